"""One market's training data: features, labels and the prices known when a bet is placed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.arrays import Floats, Ints, Mask
from common.times import DAY_SECONDS
from db.dataset import Dataset
from features.builder import FEATURES, build
from features.closings import sharpness_of
from markets.market import UNKNOWN, Labels, Market
from markets.offer import BookmakerId, Offer, offer
from markets.registry import MARKETS
from markets.sharpness import Sharpness

Features = NDArray[np.float32]
_ELO_DIFFERENCE = [feature.name for feature in FEATURES].index("elo_difference")


def labels_of(dataset: Dataset, market: Market) -> Labels:
    """Outcome indices (n,) of the matches of `dataset`, UNKNOWN without a result."""
    frame = dataset.fixtures
    return market.settle(frame["goals_home"].to_numpy(), frame["goals_away"].to_numpy())


@dataclass(frozen=True)
class TrainingData:
    """Aligned arrays, one row a match.

    `features` (n, F) of the catalogue; `labels` (n,) outcome indices, UNKNOWN without a result; `kickoff` and
    `known_at` (n,) epoch seconds UTC; `implied` (n, k) margin-free probabilities of the price at the moment of the
    bet, NaN rows where there was none; `deviations` (n, D) of `markets.market_features`; `closing` (n, k) margin-free
    probabilities of the last price before kick-off, which only fitting may look at, and `closed_later` (n,) whether
    that came after the price of the bet.
    """

    market: Market
    features: Features
    labels: Labels
    kickoff: Ints
    known_at: Ints
    implied: Floats
    deviations: Features
    closing: Floats
    closed_later: Mask

    @classmethod
    def of(cls, dataset: Dataset, market: Market, features: Features, offer: Offer) -> TrainingData:
        """The market's data over all matches of `dataset`, from their features (n, F) and offer."""
        frame = dataset.fixtures
        return cls(
            market=market,
            features=features,
            labels=labels_of(dataset, market),
            kickoff=frame["kickoff"].to_numpy(),
            known_at=frame["known_at"].to_numpy(),
            implied=offer.reference.implied(),
            deviations=offer.market_features(),
            closing=offer.closing.implied(),
            closed_later=offer.closed_later,
        )

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def days(self) -> Ints:
        """UTC day number of each kick-off."""
        return self.kickoff // DAY_SECONDS

    @property
    def labelled(self) -> Mask:
        """Which matches have a result, shape (n,)."""
        return np.asarray(self.labels != UNKNOWN)

    @property
    def priced(self) -> Mask:
        """Which matches have a price, shape (n,)."""
        return np.asarray(np.isfinite(self.implied[:, 0]))

    @property
    def elo_difference(self) -> Floats:
        """Elo points of home less away before each match, the league's home advantage included; NaN where unknown."""
        return self.features[:, _ELO_DIFFERENCE].astype(np.float64)

    def only(self, rows: Mask) -> TrainingData:
        """The matches that the mask `rows` (n,) admits; itself, not a copy, where that is all."""
        return self if rows.all() else self._with(self.features[rows], rows)

    def _with(self, features: Features, rows: Mask) -> TrainingData:
        """The matches of `rows`, whose features these are."""
        return TrainingData(
            self.market,
            features,
            self.labels[rows],
            self.kickoff[rows],
            self.known_at[rows],
            self.implied[rows],
            self.deviations[rows],
            self.closing[rows],
            self.closed_later[rows],
        )


def offer_on(
    dataset: Dataset,
    market: Market,
    bookmakers: Sequence[int],
    sharpness: Sharpness,
    bookmaker_id: BookmakerId = None,
    *,
    at_capture: bool = False,
    moments: Ints | None = None,
) -> Offer:
    """The offer on every match of `dataset`; as `markets.offer.offer`."""
    ids, kickoffs = dataset.fixtures["fixture_id"].to_numpy(), dataset.fixtures["kickoff"].to_numpy()
    return offer(
        dataset.quotes,
        market,
        ids,
        kickoffs,
        bookmakers,
        sharpness,
        bookmaker_id,
        at_capture=at_capture,
        moments=moments,
    )


def data_by_market(dataset: Dataset, bookmakers: Sequence[int]) -> dict[str, TrainingData]:
    """Every market's data by its key; features are as of the first bet on a match in any market, else kick-off."""
    sharpness = sharpness_of(dataset)
    offers = {market: offer_on(dataset, market, bookmakers, sharpness) for market in MARKETS}
    as_of = np.stack([offer.as_of for offer in offers.values()]).min(axis=0)
    features = build(dataset, as_of, bookmakers, sharpness)
    return {market.key: TrainingData.of(dataset, market, features, offer) for market, offer in offers.items()}


def only_rows(data: Mapping[str, TrainingData], rows: Mask) -> dict[str, TrainingData]:
    """Every market's data of the matches that the mask `rows` (n,) admits, with the same features in memory once."""
    features = next(iter(data.values())).features
    features = features if rows.all() else features[rows]
    return {key: market._with(features, rows) for key, market in data.items()}
