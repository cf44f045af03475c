"""How forecasts of further markets are scored: what came true, and how much of a match counts."""

from __future__ import annotations

import numpy as np

from common.arrays import Floats
from markets.further import FurtherMarket
from markets.market import Labels
from scores.settlement import LOSS_SHARES, WIN_SHARES, Codes


def scored_distribution(market: FurtherMarket, covers: Floats) -> Floats:
    """What is scored of cover probabilities (n, k): rows that sum to 1.

    Outcomes of double chance overlap; the one that does not come true does not, and its probabilities are those of
    the match winner.
    """
    return covers if market.winners == 1 else 1.0 - covers


def judged(market: FurtherMarket, codes: Codes) -> tuple[Labels, Floats]:
    """Index of what came true in `scored_distribution` and weight of each match, both (n,), by settlements (n, k).

    Of two sides, the one that gains came true. A match counts for the part of a bet that is decided, 0 when pushed:
    so the mean log-loss is least for the true cover probabilities.
    """
    gains = WIN_SHARES[codes] if market.winners == 1 else LOSS_SHARES[codes]
    return gains.argmax(axis=1).astype(np.int8), np.asarray(gains.max(axis=1))
