"""What a model has to beat: how often each outcome happens, and Elo alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from evaluation.metrics import base_rates, one_hot

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Labels = NDArray[np.integer[Any]]

PRIOR_MATCHES = 100
"""Matches' worth of the overall rates that a league's own are mixed with, so that a new league has some."""

_ELO_SCALE = 400.0
_WEAK_PENALTY = 100.0


def league_base_rates(labels: Labels, leagues: Ints, wanted: Ints, outcomes: int) -> Array:
    """Share of each outcome among earlier matches of each wanted match's league, (len(wanted), outcomes).

    `labels` and `leagues` are those of the earlier matches; rates shrink towards those of all leagues.
    """
    overall = base_rates(labels, outcomes)
    known, which = np.unique(leagues, return_inverse=True)
    counts = np.zeros((len(known) + 1, outcomes))
    np.add.at(counts, which, one_hot(labels, outcomes))
    place = np.searchsorted(known, wanted)
    place = np.where(np.isin(wanted, known), place, len(known))
    mixed = counts[place] + PRIOR_MATCHES * overall
    return np.asarray(mixed / mixed.sum(axis=1, keepdims=True))


def elo_forecasts(labels: Labels, differences: Array, wanted: Array, outcomes: int) -> Array:
    """Multinomial logit of the Elo difference and its square, fitted on earlier matches, (len(wanted), outcomes).

    `differences` (of the earlier matches) and `wanted` are in Elo points, home less away. One made-up level
    match of each outcome keeps every probability above 0.
    """
    inputs = np.concatenate([_terms(differences), _terms(np.zeros(outcomes))])
    answers = np.concatenate([labels.astype(np.int64), np.arange(outcomes)])
    fitted = LogisticRegression(C=_WEAK_PENALTY, max_iter=500).fit(inputs, answers)
    return np.asarray(fitted.predict_proba(_terms(wanted)), dtype=np.float64)


def _terms(differences: Array) -> Array:
    scaled = np.nan_to_num(differences) / _ELO_SCALE
    return np.column_stack([scaled, scaled**2])
