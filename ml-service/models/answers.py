"""Predictions in the form of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from config import Settings
from features.catalogue import FEATURES
from features.history import History
from markets.odds import margin
from markets.outcomes import MATCH_WINNER, Market
from markets.prices import NEVER
from markets.value import ValueBet, value_bets
from models.explanation import explain
from models.market_model import WITH_ODDS, WITHOUT_ODDS
from models.pricing import Quoted, swapped
from models.serving import ServingModel
from models.subjects import Subject
from times import DAY_SECONDS, moment_text

Array = NDArray[np.float64]
Worded = dict[str, float]

_PLACE = {feature.name: place for place, feature in enumerate(FEATURES)}


@dataclass(frozen=True)
class Forecasts:
    """One market's forecasts of n matches in the contract's words, a list of n each.

    `odds`, `source` and `edge` are None where there is no price, `bet` where none is worth it. `unproven` tells where
    a bet may not be looked for, `implausible` where the prices sum below 1.
    """

    prediction: list[Worded]
    basis: list[str]
    odds: list[Worded | None]
    source: list[dict[str, Any] | None]
    edge: list[Worded | None]
    bet: list[ValueBet | None]
    unproven: list[bool]
    implausible: list[bool]

    @classmethod
    def of(
        cls,
        market: Market,
        probabilities: Array,
        with_odds: NDArray[np.bool_],
        prices: Quoted,
        proven: NDArray[np.bool_],
        min_edge: float,
    ) -> Forecasts:
        """From arrays of the same n matches: probabilities (n, k), with_odds and proven (n,), and their prices.

        `with_odds` tells which model answered, `proven` whether that one has shown that it beats the price.
        """
        known, edges = prices.known, probabilities - prices.fair
        there = known.tolist()
        bets = value_bets(market, probabilities, prices.fair, prices.odds, min_edge)
        return cls(
            prediction=[dict(zip(market.outcomes, row, strict=True)) for row in probabilities.tolist()],
            basis=[WITH_ODDS if with_prices else WITHOUT_ODDS for with_prices in with_odds.tolist()],
            odds=_worded(market, prices.odds, there),
            source=_sources(prices, there),
            edge=_worded(market, edges, there),
            bet=[bet if shown else None for bet, shown in zip(bets, proven.tolist(), strict=True)],
            unproven=(known & ~proven).tolist(),
            implausible=(margin(prices.odds) < 0.0).tolist(),
        )


class Answerer:
    """Puts forecasts into the contract's words."""

    def __init__(self, settings: Settings, model: ServingModel, history: History) -> None:
        self._settings = settings
        self._model = model
        self._history = history

    def answer(self, row: int, subject: Subject, said: Mapping[str, Forecasts]) -> dict[str, Any]:
        """The prediction of match `row`, without its explanation."""
        edge = {key: one.edge[row] for key, one in said.items()}
        bets = [one.bet[row] for one in said.values()]
        worth = sorted(filter(None, bets), key=lambda bet: -bet.expected_value)
        latest = self._history.latest_known(subject.moment)
        return {
            "fixture_id": subject.fixture_id,
            "match": self._match(subject),
            "prediction": {key: one.prediction[row] for key, one in said.items()},
            "basis": {key: one.basis[row] for key, one in said.items()},
            "odds": {key: one.odds[row] for key, one in said.items()},
            "odds_source": {key: one.source[row] for key, one in said.items()},
            "edge": edge if any(edge.values()) else None,
            "value_bets": [asdict(bet) for bet in worth],
            "explanation": None,
            "warnings": self._warnings(row, subject, said, latest, bool(worth)),
            "model_id": self._model.model_id,
            "data_as_of": moment_text(subject.moment if latest is None else latest),
        }

    def explanation(
        self, row: int, subject: Subject, prices: Mapping[str, Quoted], use_odds: bool
    ) -> list[dict[str, Any]]:
        """Why the match's 1x2 probabilities are what they are."""
        key, one = MATCH_WINNER.key, slice(row, row + 1)
        mine = prices[key]
        model = self._model.of(key, use_odds and bool(mine.known[row]))
        mirrored = None
        if subject.swapped is not None:
            fair, deviations = swapped(mine, MATCH_WINNER)
            mirrored = (subject.swapped[None, :], fair[one], deviations[one])
        return explain(model, subject.features[None, :], mine.fair[one], mine.deviations[one], mirrored)

    def _warnings(
        self, row: int, subject: Subject, said: Mapping[str, Forecasts], latest: int | None, has_bets: bool
    ) -> list[str]:
        history, moment, features = self._history, subject.moment, subject.features
        stale_from = self._settings.stale_after_days * DAY_SECONDS
        found = {
            "home_team_without_history": not features[_PLACE["home_matches"]] > 0,
            "away_team_without_history": not features[_PLACE["away_matches"]] > 0,
            "league_without_history": not history.league_known(subject.league_id, moment),
            "pools_not_connected": not history.connected(subject.home_team_id, subject.away_team_id, moment),
            "odds_missing": not any(one.odds[row] for one in said.values()),
            "odds_implausible": any(one.implausible[row] for one in said.values()),
            "in_training_data": subject.kickoff <= self._model.fitted_until,
            "stale_data": latest is None or moment - latest > stale_from,
            "not_better_than_market": not has_bets and any(one.unproven[row] for one in said.values()),
        }
        return [warning for warning, holds in found.items() if holds]

    def _match(self, subject: Subject) -> dict[str, Any]:
        return {
            "league_id": subject.league_id,
            "league": self._history.leagues[subject.league_id],
            "home_team_id": subject.home_team_id,
            "home_team": self._history.teams[subject.home_team_id],
            "away_team_id": subject.away_team_id,
            "away_team": self._history.teams[subject.away_team_id],
            "date": moment_text(subject.kickoff),
        }


def _worded(market: Market, values: Array, there: list[bool]) -> list[Worded | None]:
    """Values (n, k) by outcome, None where there are none."""
    names = market.outcomes
    return [
        dict(zip(names, row, strict=True)) if known else None
        for row, known in zip(values.tolist(), there, strict=True)
    ]


def _sources(prices: Quoted, there: list[bool]) -> list[dict[str, Any] | None]:
    """Where each price comes from, None where there is none."""
    columns = prices.from_request.tolist(), prices.bookmaker_id.tolist(), prices.captured_at.tolist()
    return [
        _source(*row) if known else None for row, known in zip(zip(*columns, strict=True), there, strict=True)
    ]


def _source(from_request: bool, bookmaker_id: int, captured: int) -> dict[str, Any]:
    if from_request:
        return {"from": "request", "bookmaker_id": None, "captured_at": None}
    return {
        "from": "database",
        "bookmaker_id": bookmaker_id,
        "captured_at": None if captured == NEVER else moment_text(captured),
    }
