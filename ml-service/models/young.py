"""Databases in which few matches have prices yet: what stands in for trees there, and the sentences that say so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from errors import InsufficientData
from models.calibration import NONE
from models.fitting import SHARES, TREES_IN_FULL, Evaluation, Recipe, newest
from models.market_model import MarketModel
from models.training_data import TrainingData


def by_price(data: TrainingData) -> Evaluation | None:
    """The margin-free price itself, tested on the newest matches with a price; None without any.

    Nothing is fitted: `fitted` admits the matches that base rates and Elo are taken from, those before the test
    days or, where there are none, all others.
    """
    priced = data.labelled & data.priced
    if not priced.any():
        return None
    test = np.zeros(len(data), dtype=np.bool_)
    test[np.flatnonzero(priced)[newest(data.days[priced], 1.0, SHARES["test"][1])]] = True
    earlier = data.labelled & (data.days < data.days[test].min())
    others = earlier if earlier.any() else data.labelled & ~test
    model = MarketModel.of_price(data.market)
    return Evaluation(Recipe(0, NONE, 0, {}), model, others if others.any() else test, test)


def without_trees(too_few: InsufficientData) -> str:
    """The sentence of a card whose model is the price itself."""
    return (
        f"There are {too_few.available:,} {too_few.unit} and it takes {too_few.required:,} to fit trees:"
        " until then the forecast is the margin-free price itself."
    )


def trees_in_part(weight: float, matches: int) -> str:
    """The sentence of a card whose trees count in part."""
    return (
        f"Trees fitted on {matches:,} finished matches with prices move the price by {weight:.2f} of what they say;"
        f" they count in full from {TREES_IN_FULL:,} on, or once they are clearly better on later matches."
    )


def summary(few: Sequence[tuple[str, InsufficientData]]) -> str:
    """The sentence of a training that has the price itself on some markets; empty where it has trees on all."""
    if not few:
        return ""
    counts = ", ".join(f"{key} {each.available:,} of {each.required:,} {each.unit}" for key, each in few)
    return f" With odds the margin-free price itself answers where trees have too little to learn from: {counts}."
