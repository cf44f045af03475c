"""Why the model says what it says: exact SHAP values in words and units that people know."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.catalogue import FEATURES
from markets.consensus import DEVIATIONS
from models.inputs import AGAINST_PRICE
from models.market_model import AVERAGE_MATCH, MarketModel
from models.starts import PAST_PRICES, PRICE, RESULTS

Array = NDArray[np.float64]

_WORDS: dict[str, tuple[str, str]] = {
    **{feature.name: (feature.description, feature.unit) for feature in FEATURES},
    **{name: (f"What bookmakers quote: {name.replace('_', ' ')}", "log ratio") for name in DEVIATIONS},
    AVERAGE_MATCH: ("What the model says of no match in particular", "log probability"),
    PRICE: ("The bookmaker's price, margin removed", "log probability"),
    RESULTS: ("What results foretell", "log probability"),
    PAST_PRICES: ("What closing prices of past matches foretell", "log probability"),
}


def explain(
    model: MarketModel, features: NDArray[np.float32], fair: Array, deviations: NDArray[np.float32]
) -> list[dict[str, Any]]:
    """Every input's impact on the margins of one match, largest first; together they are the margins.

    `features` (1, F), `fair` (1, k), `deviations` (1, D). An impact is in natural logarithms of odds before
    calibration: positive makes the outcome likelier.
    """
    parts = model.contributions(features, fair, deviations)
    inputs = dict(zip(model.columns, model.inputs(features, fair, deviations)[0].tolist(), strict=True))
    entries = [_entry(model, name, inputs.get(name), impact[0]) for name, impact in parts.items()]
    return sorted(entries, key=lambda entry: -max(abs(value) for value in entry["impact"].values()))


def _entry(model: MarketModel, name: str, value: float | None, impact: Array) -> dict[str, Any]:
    description, unit = _words(name)
    return {
        "feature": name,
        "description": description,
        "unit": unit,
        "value": None if value is None or not np.isfinite(value) else value,
        "impact": dict(zip(model.market.outcomes, impact.tolist(), strict=True)),
    }


def _words(name: str) -> tuple[str, str]:
    """Description and unit of an input."""
    if name in _WORDS:
        return _WORDS[name]
    description, _ = _WORDS[name.removesuffix(AGAINST_PRICE)]
    return f"{description}, less what the price says", "log ratio"
