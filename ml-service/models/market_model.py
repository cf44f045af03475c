"""One market's model on one basis: trees whose margins start from the price, or from nothing, then calibrated.

Without trees a model is the price itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract.values import Basis
from errors import ModelInvalid
from markets.market import Market
from markets.registry import BY_KEY
from models.calibration import NONE, Calibration
from models.columns import inputs, is_column
from models.init_scores import PRICE, STARTS, starting_margins
from models.quickscorer import Trees
from models.tree_contributions import TreeContributions

Array = NDArray[np.float64]
Features = NDArray[np.float32]

WITH_ODDS: Basis = "with_odds"
WITHOUT_ODDS: Basis = "without_odds"
BASES = (WITHOUT_ODDS, WITH_ODDS)
AVERAGE_MATCH = "average_match"


@dataclass(frozen=True)
class MarketModel:
    """Probabilities of one market's outcomes.

    `trees` is LightGBM's own text, empty where there are none; `columns` names its inputs: features of the catalogue
    and, with odds, what other bookmakers quoted. `means` holds the mean of each column that no training match
    lacked, None for the others; it is empty where there are no trees. Margins start as `start` of
    `models.init_scores` says and end with `shift`, a constant an outcome. `weight`, in (0, 1], is the share of what
    trees and shift say that counts.
    """

    market: Market
    basis: str
    start: str
    trees: str
    columns: tuple[str, ...]
    rounds: int
    shift: tuple[float, ...]
    calibration: Calibration
    weight: float = 1.0
    means: tuple[float | None, ...] = ()

    @classmethod
    def of_price(cls, market: Market) -> MarketModel:
        """The margin-free price itself as a forecast of `market`."""
        return cls(market, WITH_ODDS, PRICE, "", (), 0, (0.0,) * market.size, NONE)

    @property
    def is_price(self) -> bool:
        """Whether this is the price itself: without trees and uncalibrated."""
        return not self.trees

    def predict(self, features: Features, implied: Array, deviations: Features) -> Array:
        """Probabilities (n, k), rows summing to 1 inside (0, 1).

        `features` (n, F) as of the catalogue, `implied` (n, k) margin-free probabilities of the price, `deviations`
        (n, D) of `markets.market_features`; without odds the last two are not looked at.
        """
        if self.is_price:
            return implied.copy()
        return self.calibration.apply(self.margins(features, implied, deviations))

    def margins(self, features: Features, implied: Array, deviations: Features) -> Array:
        """Unnormalised log-probabilities (n, k) before calibration; a market of two outcomes has (s, 0)."""
        start = self._start(features, implied)
        if self.is_price:
            return start
        raw = self._walked.predict(self.tree_inputs(features, implied, deviations))
        return start + self.weight * (as_margins(raw, self.market) + self.shift)

    def contributions(self, features: Features, implied: Array, deviations: Features) -> dict[str, Array]:
        """Exact SHAP values (Lundberg et al. 2020) of the margins, shape (n, k) by column.

        With AVERAGE_MATCH, what the trees say of no match in particular, and the start, they add up to the margins.
        """
        start = {self.start: self._start(features, implied)}
        if self.is_price:
            return start
        raw = self._contributions.of(self.tree_inputs(features, implied, deviations))
        parts = np.zeros((raw.shape[2], len(raw), self.market.size))
        parts[:, :, : raw.shape[1]] = np.moveaxis(raw, 2, 0)  # as `as_margins`, of all columns at once
        parts[-1] += self.shift
        parts *= self.weight
        return {**dict(zip((*self.columns, AVERAGE_MATCH), parts, strict=True)), **start}

    def inputs(self, features: Features, implied: Array, deviations: Features) -> Features:
        """The columns of each match, shape (n, len(columns)), NaN where missing."""
        return inputs(self.columns, self.market, features, implied, deviations)

    def tree_inputs(self, features: Features, implied: Array, deviations: Features) -> Features:
        """What trees see of each match, shape (n, len(columns)): its columns, NaN where training knows missing ones.

        Where no training match lacked a value, LightGBM 4.3.0 takes a missing one for zero (`NumericalDecision` of
        its tree.h): for Elo, the weakest team there is. The mean of training stands in for it.
        """
        matrix = self.inputs(features, implied, deviations)
        if self.means:
            np.copyto(matrix, self._stand_ins, where=np.isnan(matrix))
        return matrix

    def _start(self, features: Features, implied: Array) -> Array:
        return starting_margins(self.start, self.market, features, implied)

    @cached_property
    def _stand_ins(self) -> Features:
        return np.array(self.means, dtype=np.float32)

    @cached_property
    def _contributions(self) -> TreeContributions:
        return TreeContributions.parse(self.trees, self._walked)

    @cached_property
    def _walked(self) -> Trees:
        return Trees.parse(self.trees)

    def warm_up(self) -> None:
        """Load the trees now, if any; ModelInvalid where they cannot be read."""
        if self.is_price:
            return
        try:
            count = self._walked.columns
            self._walked.predict(np.zeros((1, count), dtype=np.float32))
        except (KeyError, ValueError) as error:
            raise ModelInvalid("a model's trees cannot be read") from error
        if count != len(self.columns):
            raise ModelInvalid("a model's trees do not fit its columns")

    def to_plain(self) -> dict[str, Any]:
        """Built-in types that `from_plain` reads back."""
        return {
            "market": self.market.key,
            "basis": self.basis,
            "start": self.start,
            "trees": self.trees,
            "columns": list(self.columns),
            "means": list(self.means),
            "rounds": self.rounds,
            "shift": list(self.shift),
            "weight": self.weight,
            "calibration": {
                "method": self.calibration.method,
                "parameters": {name: list(rows) for name, rows in self.calibration.parameters.items()},
            },
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> MarketModel:
        """The model that `to_plain` wrote; ModelInvalid where it wants what this code does not compute."""
        try:
            model = cls(
                market=BY_KEY[plain["market"]],
                basis=plain["basis"],
                start=plain["start"],
                trees=plain["trees"],
                columns=tuple(plain["columns"]),
                means=tuple(plain.get("means", ())),
                rounds=int(plain["rounds"]),
                shift=tuple(float(value) for value in plain["shift"]),
                calibration=Calibration(plain["calibration"]["method"], plain["calibration"]["parameters"]),
                weight=float(plain.get("weight", 1.0)),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelInvalid("a model file lacks a part") from error
        if model.start not in STARTS or len(model.shift) != model.market.size:
            raise ModelInvalid("a model starts or ends in a way that is not known")
        if len(model.means) not in (0, len(model.columns)):
            raise ModelInvalid("a model has means of other columns than its trees")
        if model.is_price and (model.start != PRICE or model.columns):
            raise ModelInvalid("a model without trees is not the price itself")
        try:
            model.calibration.apply(np.zeros((1, model.market.size)))
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ModelInvalid("a model's calibration lacks a part") from error
        unknown = {name for name in model.columns if not is_column(name)}
        if unknown:
            raise ModelInvalid(
                "the model wants features that are not computed: " + ", ".join(sorted(unknown))
            )
        return model


def as_margins(raw: Array, market: Market) -> Array:
    """LightGBM's raw scores as margins (n, k): a binary objective gives one column, the first outcome's."""
    if market.size > 2:
        return raw
    margins = np.zeros((raw.size, 2))
    margins[:, 0] = raw.reshape(-1)
    return margins
