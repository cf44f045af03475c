"""The biggest wins and losses, and what had made the model disagree with the market."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backtesting.book import Book
from backtesting.inputs import Study
from backtesting.walk_forward import Walk
from models.explanation import words
from models.init_scores import PAST_PRICES, PRICE, RESULTS
from models.market_model import AVERAGE_MATCH, BASES, MarketModel

MOST = 10
REASONS = 3

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


def notable(study: Study, walked: Walk, book: Book) -> dict[str, list[dict[str, Any]]]:
    """The `MOST` biggest wins and losses, largest first; of equal ones the boldest, by edge.

    Each has an `explanation`: the inputs that moved the margin of the outcome bet on most against the others',
    with exact SHAP values of every outcome, the price itself aside.
    """
    by_profit = np.lexsort((-book.edge, -book.profit))
    by_loss = np.lexsort((-book.edge, book.profit))
    return {
        "wins": [_row(study, walked, book, int(i)) for i in by_profit[:MOST] if book.profit[i] > 0.0],
        "losses": [_row(study, walked, book, int(i)) for i in by_loss[:MOST] if book.profit[i] < 0.0],
    }


def _row(study: Study, walked: Walk, book: Book, index: int) -> dict[str, Any]:
    row, outcome = int(book.row[index]), int(book.outcome[index])
    return {
        **_match(study, row),
        "outcome": study.market.outcomes[outcome],
        "odds": float(book.odds[index, outcome]),
        "probability": float(book.probability[index]),
        "market_probability": float(book.implied[index, outcome]),
        "edge": float(book.edge[index]),
        "stake": float(book.stake[index]),
        "profit": float(book.profit[index]),
        "explanation": _explanation(study, _model_of(study, walked, row), row, outcome),
    }


def _match(study: Study, row: int) -> dict[str, Any]:
    fixture = study.dataset.fixtures.iloc[row]
    teams = study.dataset.teams.set_index("team_id")["name"]
    leagues = study.dataset.leagues.set_index("league_id")["name"]
    kickoff = datetime.fromtimestamp(int(fixture["kickoff"]), tz=timezone.utc)
    return {
        "fixture_id": int(fixture["fixture_id"]),
        "date": kickoff.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "league": str(leagues[fixture["league_id"]]),
        "home_team": str(teams[fixture["home_team_id"]]),
        "away_team": str(teams[fixture["away_team_id"]]),
        "score": f"{fixture['goals_home']:.0f}-{fixture['goals_away']:.0f}",
    }


def _model_of(study: Study, walked: Walk, row: int) -> MarketModel:
    """The model that forecast this match."""
    place = int(np.searchsorted(study.candidates, row))
    basis = BASES[int(walked.saw_prices[place])]
    return walked.models[int(walked.fold[place]), basis]


def _explanation(study: Study, model: MarketModel, row: int, outcome: int) -> list[dict[str, Any]]:
    problem, rows = study.problem, slice(row, row + 1)
    parts = model.contributions(problem.features[rows], problem.prior[rows], problem.deviations[rows])
    values = dict(
        zip(
            model.columns,
            model.inputs(problem.features[rows], problem.prior[rows], problem.deviations[rows])[0],
            strict=True,
        )
    )
    moved = {
        name: _centred(part[0])
        for name, part in parts.items()
        if name not in (AVERAGE_MATCH, PAST_PRICES, PRICE, RESULTS)
    }
    largest = sorted(moved, key=lambda name: -abs(moved[name][outcome]))[:REASONS]
    return [
        {
            **_described(name),
            "value": float(values[name]) if np.isfinite(values[name]) else None,
            "impact": dict(zip(study.market.outcomes, moved[name].tolist(), strict=True)),
        }
        for name in largest
    ]


def _described(name: str) -> dict[str, str]:
    """An input's name, what it says to a person and its unit."""
    description, unit = words(name)
    return {"feature": name, "description": description, "unit": unit}


def _centred(impact: Array) -> Array:
    """Impact on each outcome's margin against the mean of all: only differences between margins matter."""
    return np.asarray(impact - impact.mean())
