from collections.abc import Callable, Mapping, Sequence
from logging import Logger
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lightgbm import basic as basic

class Dataset:
    def __init__(
        self,
        data: NDArray[Any],
        label: NDArray[Any] | None = ...,
        reference: Dataset | None = ...,
        weight: NDArray[Any] | None = ...,
        init_score: NDArray[Any] | None = ...,
        feature_name: Sequence[str] | str = ...,
        params: Mapping[str, Any] | None = ...,
        free_raw_data: bool = ...,
    ) -> None: ...
    def construct(self) -> Dataset: ...

class Booster:
    best_iteration: int
    def __init__(
        self, params: Mapping[str, Any] | None = ..., model_file: str | None = ..., model_str: str | None = ...
    ) -> None: ...
    def predict(
        self,
        data: NDArray[Any],
        start_iteration: int = ...,
        num_iteration: int | None = ...,
        raw_score: bool = ...,
        pred_contrib: bool = ...,
        **kwargs: Any,
    ) -> NDArray[np.float64]: ...
    def model_to_string(self, num_iteration: int | None = ...) -> str: ...
    def num_feature(self) -> int: ...
    def num_trees(self) -> int: ...
    def current_iteration(self) -> int: ...
    def rollback_one_iter(self) -> Booster: ...
    def eval_train(self, feval: Callable[..., Any] | None = ...) -> list[tuple[str, str, float, bool]]: ...
    def feature_name(self) -> list[str]: ...

def train(
    params: Mapping[str, Any],
    train_set: Dataset,
    num_boost_round: int = ...,
    valid_sets: Sequence[Dataset] | None = ...,
    valid_names: Sequence[str] | None = ...,
    feval: Callable[..., Any] | None = ...,
    callbacks: Sequence[Callable[..., Any]] | None = ...,
    keep_training_booster: bool = ...,
) -> Booster: ...
def register_logger(logger: Logger) -> None: ...
def early_stopping(stopping_rounds: int, verbose: bool = ...) -> Callable[..., Any]: ...
