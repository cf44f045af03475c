"""Predictions in the form of the contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from config import Settings
from features.catalogue import FEATURES
from features.history import History
from markets.outcomes import BY_KEY, MARKETS, MATCH_WINNER
from markets.prices import NEVER
from markets.value import ValueBet, value_bet
from models.explanation import explain
from models.market_model import WITH_ODDS, WITHOUT_ODDS
from models.pricing import Quoted, swapped
from models.serving import ServingModel
from models.subjects import Subject
from times import DAY_SECONDS, moment_text

Lists = list[list[float]]

_PLACE = {feature.name: place for place, feature in enumerate(FEATURES)}


@dataclass(frozen=True)
class Forecasts:
    """One market's forecasts of n matches, as lists for quick picking.

    `odds` and `fair` are None where there is no price; `with_odds` tells which model answered; `margin` is the
    bookmaker's, NaN without a price.
    """

    probabilities: Lists
    with_odds: list[bool]
    odds: list[list[float] | None]
    fair: list[list[float] | None]
    margin: list[float]
    bookmaker_id: list[int]
    captured_at: list[int]
    from_request: list[bool]

    @classmethod
    def of(
        cls, probabilities: NDArray[np.float64], with_odds: NDArray[np.bool_], prices: Quoted
    ) -> Forecasts:
        """From arrays: probabilities (n, k), with_odds (n,) and the prices of the same n matches."""
        known = prices.known.tolist()
        odds = [row if there else None for row, there in zip(prices.odds.tolist(), known, strict=True)]
        fair = [row if there else None for row, there in zip(prices.fair.tolist(), known, strict=True)]
        return cls(
            probabilities.tolist(),
            with_odds.tolist(),
            odds,
            fair,
            (np.sum(1.0 / prices.odds, axis=1) - 1.0).tolist(),
            prices.bookmaker_id.tolist(),
            prices.captured_at.tolist(),
            prices.from_request.tolist(),
        )


class Answerer:
    """Puts forecasts into the contract's words."""

    def __init__(self, settings: Settings, model: ServingModel, history: History) -> None:
        self._settings = settings
        self._model = model
        self._history = history

    def answer(self, row: int, subject: Subject, said: Mapping[str, Forecasts]) -> dict[str, Any]:
        """The prediction of match `row`, without its explanation."""
        edges = {key: _edge(one.probabilities[row], one.fair[row]) for key, one in said.items()}
        bets, unproven = self._bets(row, said)
        latest = self._history.latest_known(subject.moment)
        warnings = self._warnings(row, subject, said, latest)
        return {
            "fixture_id": subject.fixture_id,
            "match": self._match(subject),
            "prediction": {key: _by_outcome(key, one.probabilities[row]) for key, one in said.items()},
            "basis": {key: WITH_ODDS if one.with_odds[row] else WITHOUT_ODDS for key, one in said.items()},
            "odds": {key: _by_outcome(key, one.odds[row]) for key, one in said.items()},
            "odds_source": {key: _source(one, row) for key, one in said.items()},
            "edge": {key: _by_outcome(key, edge) for key, edge in edges.items()}
            if any(edges.values())
            else None,
            "value_bets": [asdict(bet) for bet in bets],
            "explanation": None,
            "warnings": [*warnings, "not_better_than_market"] if unproven and not bets else warnings,
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

    def _bets(self, row: int, said: Mapping[str, Forecasts]) -> tuple[list[ValueBet], bool]:
        """Value bets, best first, where the model has shown that it beats the price; whether somewhere it has not."""
        bets, unproven = [], False
        for market in MARKETS:
            one = said[market.key]
            odds, fair = one.odds[row], one.fair[row]
            if odds is None or fair is None:
                continue
            if self._settings.require_evidence and not self._model.beats_market(
                market.key, one.with_odds[row]
            ):
                unproven = True
                continue
            bet = value_bet(market, one.probabilities[row], fair, odds, self._settings.min_edge)
            if bet is not None:
                bets.append(bet)
        return sorted(bets, key=lambda bet: -bet.expected_value), unproven

    def _warnings(
        self, row: int, subject: Subject, said: Mapping[str, Forecasts], latest: int | None
    ) -> list[str]:
        history, moment = self._history, subject.moment
        stale_from = self._settings.stale_after_days * DAY_SECONDS
        found = {
            "home_team_without_history": not subject.features[_PLACE["home_matches"]] > 0,
            "away_team_without_history": not subject.features[_PLACE["away_matches"]] > 0,
            "league_without_history": not history.league_known(subject.league_id, moment),
            "pools_not_connected": not history.connected(subject.home_team_id, subject.away_team_id, moment),
            "odds_missing": all(one.odds[row] is None for one in said.values()),
            "odds_implausible": any(one.margin[row] < 0.0 for one in said.values()),
            "in_training_data": subject.kickoff <= self._model.fitted_until,
            "stale_data": latest is None or moment - latest > stale_from,
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


def _edge(predicted: Sequence[float], fair: Sequence[float] | None) -> list[float] | None:
    return None if fair is None else [p - f for p, f in zip(predicted, fair, strict=True)]


def _by_outcome(key: str, values: Sequence[float] | None) -> dict[str, float] | None:
    return None if values is None else dict(zip(BY_KEY[key].outcomes, values, strict=True))


def _source(one: Forecasts, row: int) -> dict[str, Any] | None:
    if one.odds[row] is None:
        return None
    if one.from_request[row]:
        return {"from": "request", "bookmaker_id": None, "captured_at": None}
    captured = one.captured_at[row]
    return {
        "from": "database",
        "bookmaker_id": one.bookmaker_id[row],
        "captured_at": None if captured == NEVER else moment_text(captured),
    }
