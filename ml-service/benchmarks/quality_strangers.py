"""Leagues that are new to a model: neither in its training nor in the database until the season begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality_slices import STRANGER_MATCHES, played_before
from benchmarks.quality_walk import SeasonFold, Work, forecast
from db.dataset import Dataset
from models.market_model import WITHOUT_ODDS
from models.training_data import TrainingData, data_by_market

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

PARTS = 3
NAME = "without_odds, league never seen"


def hidden_countries(dataset: Dataset, season: int) -> list[int]:
    """A third of the countries, a different third each season; whole countries, since teams move within them."""
    countries = sorted(dataset.leagues["country_id"].unique())
    return [int(country) for place, country in enumerate(countries) if (place + season) % PARTS == 0]


def hidden_rows(dataset: Dataset, season: int) -> Mask:
    """Matches of the season's hidden countries, shape (n,)."""
    hidden = dataset.leagues["league_id"][
        dataset.leagues["country_id"].isin(hidden_countries(dataset, season))
    ]
    return dataset.fixtures["league_id"].isin(hidden).to_numpy()


def hidden_forecasts(
    dataset: Dataset, whole: TrainingData, by_season: Sequence[SeasonFold], bookmakers: Sequence[int]
) -> Array:
    """Probabilities (n, 3) without odds where both teams have played STRANGER_MATCHES since they came, else NaN.

    `whole` is the match winner's data over the whole of `dataset`. The models learn from the other countries;
    the hidden ones' matches from before the season are deleted before features are computed.
    """
    forecasts = np.full((len(whole), whole.market.size), np.nan)
    for fold in by_season:
        rows, probabilities = _season(dataset, whole, fold, bookmakers)
        forecasts[rows] = probabilities
    return forecasts


def _season(
    dataset: Dataset, whole: TrainingData, fold: SeasonFold, bookmakers: Sequence[int]
) -> tuple[Ints, Array]:
    hidden = hidden_rows(dataset, fold.season)
    model_fold = SeasonFold(fold.season, fold.train & ~hidden, fold.test & hidden)
    present = ~hidden | fold.test
    present &= whole.kickoff <= whole.kickoff[fold.test].max()
    reduced = dataset.only(present)
    features = np.full_like(whole.features, np.nan)
    features[present] = data_by_market(reduced, bookmakers)[whole.market.key].features
    hidden_fixtures = reduced.fixtures[hidden[present]].reset_index(drop=True)
    experienced = played_before(hidden_fixtures, ["season"]).min(axis=1) >= STRANGER_MATCHES
    result = forecast(
        whole, replace(whole, features=features), Work(NAME, whole.market.key, WITHOUT_ODDS, model_fold)
    )
    rows = np.flatnonzero(present & hidden)[experienced]
    return rows, result.probabilities[rows]
