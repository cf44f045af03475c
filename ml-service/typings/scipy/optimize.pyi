from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

class OptimizeResult:
    x: Any
    fun: float
    success: bool

def minimize_scalar(
    fun: Callable[[float], float], bounds: tuple[float, float] = ..., method: str = ...
) -> OptimizeResult: ...
def minimize(
    fun: Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64]]],
    x0: NDArray[np.float64],
    jac: bool = ...,
    method: str = ...,
) -> OptimizeResult: ...
def check_grad(
    func: Callable[[NDArray[np.float64]], float],
    grad: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    x0: NDArray[np.float64],
) -> float: ...
