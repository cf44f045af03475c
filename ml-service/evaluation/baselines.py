"""Baselines that a model has to beat: base rates of the league, and Elo alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from common.arrays import Floats, Ints
from common.probabilities import softmax
from evaluation.elo_logit import TERMS, mean_loss
from evaluation.metrics import base_rates, one_hot

Labels = NDArray[np.integer[Any]]

PRIOR_MATCHES = 100
"""Weight of the overall rates in a league's own, in matches, so that a new league has rates too."""

_ELO_SCALE = 400.0
_WEAK_PENALTY = 100.0
_AS_SCIKIT_LEARN = {"maxiter": 500, "maxls": 50, "gtol": 1e-4, "ftol": 64.0 * 2.0**-52}


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
    scaled = np.concatenate([_scaled(differences), np.zeros(outcomes)])
    coefficients = _logit(scaled, np.concatenate([labels.astype(np.int64), np.arange(outcomes)]), outcomes)
    of = _scaled(target_differences)
    return softmax(np.column_stack([of, of**2, np.ones(len(of))]) @ coefficients.T)


def _scaled(differences: Floats) -> Floats:
    return np.asarray(np.nan_to_num(differences) / _ELO_SCALE)


def _logit(scaled: Floats, labels: Labels, outcomes: int) -> Floats:
    """Coefficients (outcomes, TERMS); two outcomes have one score, the last's log-odds.

    Those of scikit-learn's LogisticRegression with C = _WEAK_PENALTY, step by step, in a third of its time.
    """
    free = slice(0 if outcomes > 2 else 1, outcomes)
    penalty = 1.0 / (_WEAK_PENALTY * len(labels))

    def loss(values: Floats) -> tuple[float, Floats]:
        coefficients = np.zeros((outcomes, TERMS))
        coefficients[free] = values.reshape(-1, TERMS)
        mean, gradient = mean_loss(coefficients, scaled, labels)
        coefficients[:, -1] = 0.0
        return mean + 0.5 * penalty * (coefficients**2).sum(), (gradient + penalty * coefficients)[
            free
        ].ravel()

    start = np.zeros(TERMS * (free.stop - free.start))
    result = minimize(loss, start, jac=True, method="L-BFGS-B", options=_AS_SCIKIT_LEARN)
    coefficients = np.zeros((outcomes, TERMS))
    coefficients[free] = result.x.reshape(-1, TERMS)
    return coefficients
