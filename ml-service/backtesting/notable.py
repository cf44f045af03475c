"""The biggest wins and losses, with the inputs that made the model disagree with the market."""

from __future__ import annotations

import numpy as np

from backtesting.book import Book
from backtesting.inputs import BacktestInputs
from backtesting.walk_forward import Forecasts
from common.arrays import Floats
from common.times import moment_text
from contract.backtest import Notable, NotableBet, NotableMatch
from contract.prediction import ImpactOfFeature
from models.explanation import words
from models.init_scores import PAST_PRICES, PRICE, RESULTS
from models.market_model import AVERAGE_MATCH, BASES, MarketModel

MAX_BETS = 10
MAX_REASONS = 3


def notable_bets(inputs: BacktestInputs, forecasts: Forecasts, book: Book) -> dict[Notable, list[NotableBet]]:
    """The MAX_BETS biggest wins and losses, largest first; of equal ones those of largest edge.

    Each has an `explanation`: the inputs that moved the margin of the outcome bet on most against the others',
    with exact SHAP values of every outcome, the price itself aside.
    """
    by_profit = np.lexsort((-book.edge, -book.profit))[:MAX_BETS]
    by_loss = np.lexsort((-book.edge, book.profit))[:MAX_BETS]
    return {
        "wins": [_bet(inputs, forecasts, book, int(i)) for i in by_profit if book.profit[i] > 0.0],
        "losses": [_bet(inputs, forecasts, book, int(i)) for i in by_loss if book.profit[i] < 0.0],
    }


def _bet(inputs: BacktestInputs, forecasts: Forecasts, book: Book, index: int) -> NotableBet:
    row, outcome = int(book.row[index]), int(book.outcome[index])
    return {
        **_match(inputs, row),
        "outcome": inputs.market.outcomes[outcome],
        "odds": float(book.odds[index, outcome]),
        "probability": float(book.probability[index]),
        "market_probability": float(book.implied[index, outcome]),
        "edge": float(book.edge[index]),
        "stake": float(book.stake[index]),
        "profit": float(book.profit[index]),
        "explanation": _explanation(inputs, _model_of(inputs, forecasts, row), row, outcome),
    }


def _match(inputs: BacktestInputs, row: int) -> NotableMatch:
    fixture = inputs.dataset.fixtures.iloc[row]
    teams = inputs.dataset.teams.set_index("team_id")["name"]
    leagues = inputs.dataset.leagues.set_index("league_id")["name"]
    return {
        "fixture_id": int(fixture["fixture_id"]),
        "date": moment_text(int(fixture["kickoff"])),
        "league": str(leagues[fixture["league_id"]]),
        "home_team": str(teams[fixture["home_team_id"]]),
        "away_team": str(teams[fixture["away_team_id"]]),
        "score": f"{fixture['goals_home']:.0f}-{fixture['goals_away']:.0f}",
    }


def _model_of(inputs: BacktestInputs, forecasts: Forecasts, row: int) -> MarketModel:
    """The model that forecast the fixture in `row`."""
    candidate = int(np.searchsorted(inputs.candidates, row))
    basis = BASES[int(forecasts.saw_prices[candidate])]
    return forecasts.models[int(forecasts.fold[candidate]), basis]


def _explanation(inputs: BacktestInputs, model: MarketModel, row: int, outcome: int) -> list[ImpactOfFeature]:
    data, rows = inputs.data, slice(row, row + 1)
    match = data.features[rows], data.implied[rows], data.deviations[rows]
    values = dict(zip(model.columns, model.inputs(*match)[0], strict=True))
    impacts = {
        name: _centred(part[0])
        for name, part in model.contributions(*match).items()
        if name not in (AVERAGE_MATCH, PAST_PRICES, PRICE, RESULTS)
    }
    largest = sorted(impacts, key=lambda name: -abs(impacts[name][outcome]))[:MAX_REASONS]
    return [
        {
            "feature": name,
            "description": words(name)[0],
            "unit": words(name)[1],
            "value": float(values[name]) if np.isfinite(values[name]) else None,
            "impact": dict(zip(inputs.market.outcomes, impacts[name].tolist(), strict=True)),
        }
        for name in largest
    ]


def _centred(impact: Floats) -> Floats:
    """Impact on each outcome's margin (k,) less the mean of all: only differences between margins matter."""
    return np.asarray(impact - impact.mean())
