"""What a model looks at, over many matches: mean absolute SHAP values, by the shap package.

Only training imports this: loading shap takes about a second. One match's explanation comes from the same exact
values by way of LightGBM (`MarketModel.contributions`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shap
from numpy.typing import NDArray

from contract.model import Importance
from models.lightgbm import lgb
from models.market_model import MarketModel
from models.training_data import TrainingData

MATCHES = 1_000


def importance(model: MarketModel, test: TrainingData) -> list[Importance]:
    """Every column's mean absolute SHAP value over test matches spread evenly in time, largest first.

    Empty for a model that is the price itself.
    """
    if model.is_price:
        return []
    rows = np.zeros(len(test), dtype=np.bool_)
    rows[:: max(1, len(test) // MATCHES)] = True
    some = test.only(rows)
    values = shap_values(model, model.tree_inputs(some.features, some.implied, some.deviations))
    sizes = np.abs(values).mean(axis=(0, 1))
    ranked = np.argsort(-sizes, kind="stable")
    return [{"feature": model.columns[k], "mean_abs_shap": float(sizes[k])} for k in ranked]


def shap_values(model: MarketModel, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
    """SHAP values of the trees' scores, shape (scores, n, columns); two outcomes have one score."""
    # The trees were grown on an objective of our own, which shap wants named.
    settings = {"objective": "none", "verbosity": -1, "num_threads": 1}
    explainer = shap.TreeExplainer(_SingleThreadBooster(model_str=model.trees, params=settings))
    values = explainer.shap_values(inputs)
    if isinstance(values, list):  # shap before 0.45
        return np.stack([model.weight * of_outcome for of_outcome in values])
    by_outcome = values[None] if values.ndim == 2 else np.moveaxis(values, 2, 0)
    return np.asarray(model.weight * by_outcome)


class _SingleThreadBooster(lgb.Booster):
    """Predicts by one thread, where shap would have all: LightGBM would use as many for fits in other threads."""

    def predict(self, *arguments: Any, **options: Any) -> Any:
        return super().predict(*arguments, **options, num_threads=1)
