"""Kelly stakes of bets that may be pushed or settled by halves."""

from __future__ import annotations

import numpy as np

from common.arrays import Floats
from scores.settlement import expected_profit

_HALF_WIN, _HALF_LOSS, _WIN, _LOSS = 1, 3, 0, 4


def kelly_share(settled: Floats, odds: Floats) -> Floats:
    """Share of the bankroll, 0 to 1, of highest expected logarithm of the bankroll (Kelly 1956).

    `settled` (..., 5) are probabilities of `SETTLEMENTS` at decimal `odds` (...,). A line has half wins or half
    losses but never both, so three returns r with probabilities p move the bankroll, and the derivative's numerator
    sum(p r) + f sum(p r (R - r)) + f**2 r1 r2 r3 sum(p), with R = r1 + r2 + r3, is a quadratic in the share f, whose
    smallest positive root is the optimum. Pushes change nothing.
    """
    halved = settled[..., _HALF_LOSS] > 0.0
    win = odds - 1.0
    returns = np.stack([win, np.where(halved, -0.5, win / 2.0), np.full_like(win, -1.0)])
    middle = np.where(halved, settled[..., _HALF_LOSS], settled[..., _HALF_WIN])
    chances = np.stack([settled[..., _WIN], middle, settled[..., _LOSS]])
    gain = (chances * returns).sum(axis=0)
    slope = (chances * returns * (returns.sum(axis=0) - returns)).sum(axis=0)
    curve = returns.prod(axis=0) * chances.sum(axis=0)
    root = np.sqrt(np.maximum(slope**2 - 4.0 * curve * gain, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = 2.0 * gain / (root - slope)
    return np.where(expected_profit(settled, odds) > 0.0, np.minimum(share, 1.0), 0.0)
