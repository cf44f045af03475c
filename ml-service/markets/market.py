"""What a market is: everything that the service knows of one, which nothing else repeats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int8]
Settle = Callable[[Floats, Floats], NDArray[np.int64]]
"""Index (n,) of the outcome that came true, by the 90-minute goals (n,) of the home and the away team."""
Column = Callable[[str], Floats]
"""A feature (n,) by its name in `features.catalogue`; NaN where it is unknown."""

UNKNOWN: int = -1


@dataclass(frozen=True)
class Market:
    """A market that settles on 90 minutes. Its file in this folder has its `name`, its constant that in capitals.

    - `key` and `outcomes` name it in requests and answers; `title`, `subject` and `meanings` (one an outcome, after
      "price of" and "probability of") say in words what they are.
    - `market_id`, `api_name` and `line` (None where it has none) name it in the database, as API-Football does.
    - `rule` settles it; `has_sides` where the outcomes change places from first to last when the teams do.
    - `base_rates` (k,), how often each outcome happens, is the init score where no features say more;
      `past_price_features` are those with what closing prices of past matches say of the outcomes, or of the first
      of two; `from_results` gives probabilities (n, k) by features of results and statistics, NaN where unknown.
    - `comparison_features` are the features that a model with odds sees less what the price says: log-ratios of the
      first outcome to the last, or probabilities of the first of two.
    - `training_share` is the time that its training takes, relative to the other markets.
    """

    key: str
    name: str
    title: str
    subject: str
    outcomes: tuple[str, ...]
    meanings: tuple[str, ...]
    market_id: int
    api_name: str
    rule: Settle
    base_rates: tuple[float, ...]
    past_price_features: tuple[str, ...]
    from_results: Callable[[Column], Floats]
    comparison_features: tuple[str, ...]
    training_share: float
    line: float | None = None
    has_sides: bool = False

    @property
    def size(self) -> int:
        """Number of outcomes."""
        return len(self.outcomes)

    @property
    def label_suffix(self) -> str:
        """What follows an outcome in the database's label of one selection: a space and the line, or nothing."""
        return "" if self.line is None else f" {self.line:g}"

    def settle(self, goals_home: Floats, goals_away: Floats) -> Labels:
        """Index of the outcome that came true for each match, `UNKNOWN` where goals are NaN.

        Both arrays have shape (n,) and hold 90-minute goals.
        """
        has_result = np.isfinite(goals_home) & np.isfinite(goals_away)
        labels = self.rule(np.nan_to_num(goals_home), np.nan_to_num(goals_away))
        return np.where(has_result, labels, UNKNOWN).astype(np.int8)

    def swap_teams(self, probabilities: Floats) -> Floats:
        """Probabilities (n, k) of the same match with home and away team changed over."""
        return probabilities[:, ::-1] if self.has_sides else probabilities


def two_outcomes(first: Floats) -> Floats:
    """Probabilities (n, 2) of a market of two outcomes by those of the first, (n,)."""
    both = np.empty((len(first), 2))
    both[:, 0], both[:, 1] = first, 1.0 - first
    return both
