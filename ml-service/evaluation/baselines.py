"""Baselines that a model has to beat: base rates of the league, and Elo alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from common.arrays import Floats, Ints
from evaluation.metrics import base_rates, one_hot

Labels = NDArray[np.integer[Any]]

PRIOR_MATCHES = 100
"""Weight of the overall rates in a league's own, in matches, so that a new league has rates too."""

_ELO_SCALE = 400.0
_WEAK_PENALTY = 100.0


def league_base_rates(labels: Labels, leagues: Ints, target_leagues: Ints, outcomes: int) -> Floats:
    """Share of each outcome among earlier matches of the league of each of m target matches, (m, outcomes).

    `labels` and `leagues` (n,) are those of the earlier matches, n at least 1; `target_leagues` (m,) are league ids.
    Rates shrink towards those of all leagues.
    """
    overall = base_rates(labels, outcomes)
    distinct, which = np.unique(leagues, return_inverse=True)
    counts = np.zeros((len(distinct) + 1, outcomes))
    np.add.at(counts, which, one_hot(labels, outcomes))
    place = np.searchsorted(distinct, target_leagues)
    place = np.where(np.isin(target_leagues, distinct), place, len(distinct))
    smoothed = counts[place] + PRIOR_MATCHES * overall
    return np.asarray(smoothed / smoothed.sum(axis=1, keepdims=True))


def elo_forecasts(labels: Labels, differences: Floats, target_differences: Floats, outcomes: int) -> Floats:
    """Multinomial logit of the Elo difference and its square, fitted on earlier matches: (m, outcomes).

    `labels` and `differences` (n,) are those of the earlier matches, `target_differences` (m,) those to forecast, in
    Elo points, home less away; NaN counts as 0. One pseudo-match of difference 0 with each outcome keeps every
    probability above 0.
    """
    inputs = np.concatenate([_terms(differences), _terms(np.zeros(outcomes))])
    targets = np.concatenate([labels.astype(np.int64), np.arange(outcomes)])
    fitted = LogisticRegression(C=_WEAK_PENALTY, max_iter=500).fit(inputs, targets)
    return np.asarray(fitted.predict_proba(_terms(target_differences)), dtype=np.float64)


def _terms(differences: Floats) -> Floats:
    scaled = np.nan_to_num(differences) / _ELO_SCALE
    return np.column_stack([scaled, scaled**2])
