"""Predictions in the form of the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from common.times import moment_text
from contract import prediction as contract
from contract.prediction import ImpactOfFeature, OddsSource, PredictionAnswer
from contract.values import Basis
from features.catalogue import FEATURES
from live.snapshot import Snapshot
from markets.market import Market
from markets.match_winner import MATCH_WINNER
from markets.odds import margin
from markets.prices import NO_PRICE_AT
from markets.value import BestBet, value_bets
from models.explanation import explain
from models.market_model import WITH_ODDS, WITHOUT_ODDS
from models.match import Knowledge, Subject
from models.match_prices import MatchPrices, swapped
from models.serving import ServingModel

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Worded = dict[str, float]
T = TypeVar("T")

_PLACES = {feature.name: place for place, feature in enumerate(FEATURES)}
_MATCHES = [_PLACES[name] for name in ("home_matches", "away_matches")]


@dataclass(frozen=True)
class MarketForecasts:
    """One market's forecasts of n matches in the contract's words, a list of n each.

    `odds`, `source` and `edge` are None where there is no price, `bet` where none is worth it. Three arrays (n,) tell
    where there is a price, where a bet may not be looked for (`unproven`) and where prices sum below 1.
    """

    prediction: Sequence[Worded]
    basis: Sequence[Basis]
    odds: Sequence[Worded | None]
    source: Sequence[OddsSource | None]
    edge: Sequence[Worded | None]
    bet: Sequence[BestBet | None]
    priced: Mask
    unproven: Mask
    implausible: Mask

    @classmethod
    def of(
        cls,
        market: Market,
        probabilities: Array,
        with_odds: Mask,
        prices: MatchPrices,
        proven: Mask,
        min_edge: float,
    ) -> MarketForecasts:
        """From arrays of the same n matches: probabilities (n, k), with_odds and proven (n,), and their prices.

        `with_odds` tells which model answered, `proven` whether that one has shown that it beats the price.
        """
        prediction = [dict(zip(market.outcomes, row, strict=True)) for row in probabilities.tolist()]
        basis = [WITH_ODDS if with_prices else WITHOUT_ODDS for with_prices in with_odds.tolist()]
        available = prices.available
        if not available.any():
            nothing: Sequence[None] = [None] * len(prediction)
            return cls(
                prediction,
                basis,
                *(nothing,) * 4,
                priced=available,
                unproven=available,
                implausible=available,
            )
        there = available.tolist()
        bets = value_bets(market, probabilities, prices.implied, prices.odds, min_edge)
        return cls(
            prediction=prediction,
            basis=basis,
            odds=_worded(market, prices.odds, there),
            source=_sources(prices, there),
            edge=_worded(market, probabilities - prices.implied, there),
            bet=[bet if is_proven else None for bet, is_proven in zip(bets, proven.tolist(), strict=True)],
            priced=available,
            unproven=available & ~proven,
            implausible=margin(prices.odds) < 0.0,
        )


class Answerer:
    """Puts forecasts of `subjects` into the contract's words: `forecasts` by market, `features` (n, F).

    `knowledge` (n,) is what was known of each.
    """

    def __init__(
        self,
        model: ServingModel,
        snapshot: Snapshot,
        subjects: Sequence[Subject],
        knowledge: Sequence[Knowledge],
        features: NDArray[np.float32],
        forecasts: Mapping[str, MarketForecasts],
    ) -> None:
        self._model = model
        self._snapshot = snapshot
        self._subjects = subjects
        self._knowledge = knowledge
        self._features = features
        self._forecasts = forecasts

    def answers(self) -> list[PredictionAnswer]:
        """Every match's prediction, without its explanation."""
        bets = [
            sorted(filter(None, match_bets), key=lambda bet: -bet.expected_value)
            for match_bets in zip(*(one.bet for one in self._forecasts.values()), strict=True)
        ]
        parts = (
            self._by_market(lambda one: one.prediction),
            self._by_market(lambda one: one.basis),
            self._by_market(lambda one: one.odds),
            self._by_market(lambda one: one.source),
            self._by_market(lambda one: one.edge),
            bets,
            self._warnings(bets),
            [each.latest for each in self._knowledge],
        )
        return [self._answer(*row) for row in zip(self._subjects, *parts, strict=True)]

    def _by_market(self, part: Callable[[MarketForecasts], Sequence[T]]) -> list[dict[str, T]]:
        """A part of every match's forecasts, as maps over markets."""
        rows = zip(*map(part, self._forecasts.values()), strict=True)
        return [dict(zip(self._forecasts, row, strict=True)) for row in rows]

    def _answer(
        self,
        subject: Subject,
        prediction: dict[str, Worded],
        basis: dict[str, Basis],
        odds: dict[str, Worded | None],
        source: dict[str, OddsSource | None],
        edge: dict[str, Worded | None],
        bets: list[BestBet],
        warnings: list[str],
        latest: int | None,
    ) -> PredictionAnswer:
        return {
            "fixture_id": subject.fixture_id,
            "match": self._match(subject),
            "prediction": prediction,
            "basis": basis,
            "odds": odds,
            "odds_source": source,
            "edge": edge if any(edge.values()) else None,
            "value_bets": [value_bet_answer(bet) for bet in bets],
            "explanation": None,
            "scores": None,
            "warnings": warnings,
            "model_id": self._model.model_id,
            "data_as_of": moment_text(subject.moment if latest is None else latest),
        }

    def explanation(
        self, row: int, subject: Subject, prices: Mapping[str, MatchPrices], use_odds: bool
    ) -> list[ImpactOfFeature]:
        """Why the match's 1x2 probabilities are what they are."""
        key, one = MATCH_WINNER.key, slice(row, row + 1)
        match_winner = prices[key]
        model = self._model.of(key, use_odds and bool(match_winner.available[row]))
        mirrored = None
        if subject.swapped is not None:
            implied, deviations = swapped(match_winner, MATCH_WINNER)
            mirrored = (subject.swapped[None, :], implied[one], deviations[one])
        return explain(
            model,
            subject.features[None, :],
            match_winner.implied[one],
            match_winner.deviations[one],
            mirrored,
        )

    def _warnings(self, bets: Sequence[Sequence[BestBet]]) -> Iterable[list[str]]:
        """What is to be known about every match's prediction."""
        subjects, knowledge, forecasts = self._subjects, self._knowledge, self._forecasts.values()
        without_bet = np.array([not match_bets for match_bets in bets])
        home, away = without_history(self._features).T
        warnings: dict[str, Iterable[bool]] = {
            "home_team_without_history": home.tolist(),
            "away_team_without_history": away.tolist(),
            "league_without_history": [not each.league for each in knowledge],
            "pools_not_connected": [not each.connected for each in knowledge],
            "odds_missing": (~np.any([one.priced for one in forecasts], axis=0)).tolist(),
            "odds_implausible": np.any([one.implausible for one in forecasts], axis=0).tolist(),
            "in_training_data": [s.closes_at <= self._model.fitted_until for s in subjects],
            "stale_data": [each.is_stale for each in knowledge],
            "not_better_than_market": (
                without_bet & np.any([one.unproven for one in forecasts], axis=0)
            ).tolist(),
        }
        names = tuple(warnings)
        return (list(compress(names, holds)) for holds in zip(*warnings.values(), strict=True))

    def _match(self, subject: Subject) -> contract.Match:
        league = self._snapshot.leagues[subject.league_id]
        return {
            "api_id": subject.api_id,
            "league_id": subject.league_id,
            "league": league.name,
            "country": league.country,
            "home_team_id": subject.home_team_id,
            "home_team": self._snapshot.teams[subject.home_team_id],
            "away_team_id": subject.away_team_id,
            "away_team": self._snapshot.teams[subject.away_team_id],
            "date": moment_text(subject.kickoff),
        }


def without_history(features: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which home and which away teams have played no match, of `features` (n, F): (n, 2)."""
    return ~(features[:, _MATCHES] > 0)


def value_bet_answer(bet: BestBet) -> contract.ValueBet:
    """The bet as the contract has it."""
    return {
        "market": bet.market,
        "outcome": bet.outcome,
        "probability": bet.probability,
        "odds": bet.odds,
        "edge": bet.edge,
        "expected_value": bet.expected_value,
        "kelly_fraction": bet.kelly_fraction,
    }


def _worded(market: Market, values: Array, there: list[bool]) -> list[Worded | None]:
    """Values (n, k) by outcome, None where there are none."""
    names = market.outcomes
    return [
        dict(zip(names, row, strict=True)) if has_price else None
        for row, has_price in zip(values.tolist(), there, strict=True)
    ]


def _sources(prices: MatchPrices, there: list[bool]) -> list[OddsSource | None]:
    """Where each price comes from, None where there is none."""
    columns = prices.from_request.tolist(), prices.bookmaker_id.tolist(), prices.captured_at.tolist()
    return [
        _source(*row) if has_price else None
        for row, has_price in zip(zip(*columns, strict=True), there, strict=True)
    ]


def _source(from_request: bool, bookmaker_id: int, captured: int) -> OddsSource:
    if from_request:
        return {"from": "request", "bookmaker_id": None, "captured_at": None}
    return {
        "from": "database",
        "bookmaker_id": bookmaker_id,
        "captured_at": None if captured == NO_PRICE_AT else moment_text(captured),
    }
