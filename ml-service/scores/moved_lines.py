"""What the price of one line says of another: the distribution of scores tilted until it agrees with the price."""

from __future__ import annotations

import numpy as np

from common.arrays import Floats
from markets.further import FurtherMarket
from scores.settlement import SETTLEMENTS, Codes, cover_probability, distribution, settle

_MAX_TILT = 8.0
_HALVINGS = 48


def moved_probabilities(
    market: FurtherMarket, grids: Floats, lines: Floats, implied: Floats, other_lines: Floats
) -> Floats:
    """Cover probabilities (n, k) of bets on `other_lines`, where those on `lines` have the ones `implied`.

    `lines` and `other_lines` have shape (n,), `implied` (n, k) and grids (n, m, m). Of all distributions of the
    margin or total that agree with the price, the one of least Kullback-Leibler divergence from the grid's is taken,
    an exponential tilt (Csiszar 1975). Where both lines are equal the result is `implied` itself; rows with NaN stay
    NaN.
    """
    values, probabilities = distribution(market, grids)
    codes = settle(market.leads(values[None, :], lines[:, None]))[..., 0]
    low, high = np.full(len(lines), -_MAX_TILT), np.full(len(lines), _MAX_TILT)
    rises = market.leads(values[-1:], np.zeros(1))[0, 0] > 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        covers = _covers(_tilted(values, probabilities, middle), codes)
        above = (covers > implied[:, 0]) == rises
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    other = settle(market.leads(values[None, :], other_lines[:, None]))[..., 0]
    first = _covers(_tilted(values, probabilities, (low + high) / 2.0), other)
    first = np.where(lines == other_lines, implied[:, 0], first)
    first = np.where(np.isfinite(implied[:, 0]), first, np.nan)
    return np.column_stack([first, 1.0 - first])


def _tilted(values: Floats, probabilities: Floats, tilt: Floats) -> Floats:
    """Probabilities (n, q) in proportion to their former ones times exp(tilt * value)."""
    powers = tilt[:, None] * values[None, :]
    weights = probabilities * np.exp(powers - powers.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _covers(probabilities: Floats, codes: Codes) -> Floats:
    """Cover probabilities (n,) of a bet that settles as `codes` (n, q) say."""
    parts = [(probabilities * (codes == place)).sum(axis=1) for place in range(len(SETTLEMENTS))]
    return cover_probability(np.column_stack(parts))
