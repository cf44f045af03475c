"""Why the model says what it says: exact SHAP values in words and units that people know."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from contract.prediction import ImpactOfFeature
from features.catalogue import FEATURES
from markets.market_features import DEVIATIONS
from models.columns import AGAINST_PRICE
from models.init_scores import PAST_PRICES, PRICE, RESULTS
from models.market_model import AVERAGE_MATCH, MarketModel

Array = NDArray[np.float64]
Features = NDArray[np.float32]
Inputs = tuple[Features, Array, Features]

_WORDS: dict[str, tuple[str, str]] = {
    **{feature.name: (feature.description, feature.unit) for feature in FEATURES},
    **{name: (f"What bookmakers quote: {name.replace('_', ' ')}", "log ratio") for name in DEVIATIONS},
    AVERAGE_MATCH: ("What the model says of no match in particular", "log probability"),
    PRICE: ("The bookmaker's price, margin removed", "log probability"),
    RESULTS: ("What results imply", "log probability"),
    PAST_PRICES: ("What closing prices of past matches imply", "log probability"),
}


def explain(
    model: MarketModel,
    features: Features,
    implied: Array,
    deviations: Features,
    mirrored: Inputs | None = None,
) -> list[ImpactOfFeature]:
    """Every input's impact on the margins of one match, largest first; together they are the margins.

    `features` (1, F), `implied` (1, k), `deviations` (1, D). On a neutral ground `mirrored` holds the same of the
    match with its teams changed over, and impacts and margins are the means of both. An impact is in natural
    logarithms of odds before calibration: positive makes the outcome likelier.
    """
    parts = {name: part[0] for name, part in model.contributions(features, implied, deviations).items()}
    if mirrored is not None:
        others = {_mirror(name): part[0, ::-1] for name, part in model.contributions(*mirrored).items()}
        parts = {name: (part + others[name]) / 2.0 for name, part in parts.items()}
    inputs = dict(zip(model.columns, model.inputs(features, implied, deviations)[0].tolist(), strict=True))
    outcomes = model.market.outcomes
    entries = [_entry(outcomes, name, inputs.get(name), impact) for name, impact in parts.items()]
    return sorted(entries, key=lambda entry: -max(map(abs, entry["impact"].values())))


def _mirror(name: str) -> str:
    """The column that says of the one team what `name` says of the other."""
    for side, other in (("home_", "away_"), ("away_", "home_")):
        if name.startswith(side):
            return other + name.removeprefix(side)
    return name


def _entry(outcomes: Sequence[str], name: str, value: float | None, impact: Array) -> ImpactOfFeature:
    description, unit = words(name)
    return {
        "feature": name,
        "description": description,
        "unit": unit,
        "value": None if value is None or not math.isfinite(value) else value,
        "impact": dict(zip(outcomes, impact.tolist(), strict=True)),
    }


@cache
def words(name: str) -> tuple[str, str]:
    """Description and unit of an input."""
    if name in _WORDS:
        return _WORDS[name]
    description, _ = _WORDS[name.removesuffix(AGAINST_PRICE)]
    return f"{description}, less what the price says", "log ratio"
