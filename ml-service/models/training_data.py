"""One market as the trees see it: features, labels and the prices known when a bet would be placed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from db.dataset import Dataset
from features.builder import FEATURES, build
from features.closings import closing_prices
from markets.market import UNKNOWN, Labels, Market
from markets.market_features import deviations
from markets.prices import NEVER, Board, Prices, bet_moments, board
from markets.registry import MARKETS

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Features = NDArray[np.float32]
DAY = 86_400
_ELO_DIFFERENCE = [feature.name for feature in FEATURES].index("elo_difference")


@dataclass(frozen=True)
class Problem:
    """Aligned arrays, one row a match.

    `features` (n, F) of the catalogue; `labels` (n,) outcome indices, UNKNOWN without a result; `kickoff` and
    `known_at` (n,) epoch seconds UTC; `prior` (n, k) margin-free probabilities of the price at the moment of the
    bet, NaN rows where there was none; `deviations` (n, D) of `markets.market_features`; `closing` (n, k) margin-free
    probabilities of the last price before kick-off, which only fitting may look at, and `closed_later` (n,) whether
    that came after the price of the bet.
    """

    market: Market
    features: Features
    labels: Labels
    kickoff: Ints
    known_at: Ints
    prior: Array
    deviations: Features
    closing: Array
    closed_later: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def days(self) -> Ints:
        """UTC day number of each kick-off."""
        return self.kickoff // DAY

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """Which matches have a result, shape (n,)."""
        return np.asarray(self.labels != UNKNOWN)

    @property
    def priced(self) -> NDArray[np.bool_]:
        """Which matches have a price, shape (n,)."""
        return np.asarray(np.isfinite(self.prior[:, 0]))

    @property
    def elo_difference(self) -> Array:
        """Elo points of home less away before each match, the league's home advantage included; NaN where unknown."""
        return self.features[:, _ELO_DIFFERENCE].astype(np.float64)

    def only(self, rows: NDArray[np.bool_]) -> Problem:
        """The matches that `rows`, a mask, admits."""
        return Problem(
            self.market,
            self.features[rows],
            self.labels[rows],
            self.kickoff[rows],
            self.known_at[rows],
            self.prior[rows],
            self.deviations[rows],
            self.closing[rows],
            self.closed_later[rows],
        )


@dataclass(frozen=True)
class Offer:
    """The price a bet on each match would take, with what other bookmakers quoted at that moment.

    `moment` (n,) is when the bet is placed, NEVER where there is no price.
    """

    moment: Ints
    prices: Prices
    prior: Array
    deviations: Features

    @classmethod
    def on(cls, shown: Board, moment: Ints, kickoffs: Ints, bookmakers: Sequence[int]) -> Offer:
        """What a board of every match at its `moment` offers by the order of `bookmakers`; times (n,)."""
        prices = shown.in_bet_window(kickoffs).preferred(bookmakers)
        prior = prices.implied()
        return cls(moment, prices, prior, deviations(shown, prior, prices.odds))


def offer(dataset: Dataset, market: Market, bookmakers: Sequence[int]) -> Offer:
    """The prices of every match of `dataset` when a bet would be placed."""
    ids, kickoffs = dataset.fixtures["fixture_id"].to_numpy(), dataset.fixtures["kickoff"].to_numpy()
    moments = bet_moments(dataset.quotes, market, ids, kickoffs, bookmakers)
    shown = board(dataset.quotes, market, ids, kickoffs, moments)
    return Offer.on(shown, moments, kickoffs, bookmakers)


def problem(
    dataset: Dataset, market: Market, features: Features, made: Offer, bookmakers: Sequence[int]
) -> Problem:
    """The market's problem over all matches of `dataset`, from its features and offer."""
    frame = dataset.fixtures
    kickoffs = frame["kickoff"].to_numpy()
    closing = closing_prices(dataset, market, bookmakers)
    return Problem(
        market=market,
        features=features,
        labels=market.settle(frame["goals_home"].to_numpy(), frame["goals_away"].to_numpy()),
        kickoff=kickoffs,
        known_at=frame["known_at"].to_numpy(),
        prior=made.prior,
        deviations=made.deviations,
        closing=closing.implied(),
        closed_later=closing.captured_at > made.prices.captured_at,
    )


def problems(dataset: Dataset, bookmakers: Sequence[int]) -> dict[str, Problem]:
    """Every market's problem, all looked at when the first bet on the match would be placed, else at kick-off."""
    offers = {market.key: offer(dataset, market, bookmakers) for market in MARKETS}
    kickoffs = dataset.fixtures["kickoff"].to_numpy()
    moments = np.stack([made.moment for made in offers.values()])
    as_of = np.where(moments == NEVER, kickoffs, moments).min(axis=0)
    features = build(dataset, as_of, bookmakers)
    return {
        market.key: problem(dataset, market, features, offers[market.key], bookmakers) for market in MARKETS
    }
