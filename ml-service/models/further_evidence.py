"""Whether forecasts of further markets beat their prices, on the test matches of a model's evaluation fits."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from common.arrays import Floats, Ints, Mask, index_of
from common.times import DAY_SECONDS
from contract.model import AgainstMarket
from contract.values import Basis
from db.dataset import Dataset
from evaluation.intervals import compare_log_losses
from evaluation.metrics import log_losses
from markets.further import FURTHER_MARKETS, MarketChoice
from markets.line_offer import LinePrices, LineQuotes
from markets.registry import MARKETS
from markets.sharpness import Sharpness
from models.market_model import BASES, WITH_ODDS, WITHOUT_ODDS
from models.model_card import TestForecasts
from models.training_data import offer_on
from scores.consistency import reconciled
from scores.first_half import Halves
from scores.grid import score_grids
from scores.halves_fit import fitted_halves
from scores.judgement import judged, scored_distribution
from scores.settlement import cover_probability, settled_scores, shares

Tests = Mapping[Basis, Mapping[str, TestForecasts]]
"""Forecasts of test matches by basis and market; without a market that no model of the basis forecasts."""


def further_evidence(
    tests: Tests, dataset: Dataset, bookmakers: tuple[int, ...]
) -> dict[Basis, dict[str, AgainstMarket | None]]:
    """Log-loss of forecasts and margin-free prices by basis and further market, paired; None without any price.

    A match is judged on its main line, at the price that stood when all that the forecasts saw was known. With odds,
    a market of which the match had no price is forecast without, as when they are served.
    """
    matches = _test_matches(tests, dataset)
    ids, kickoffs = (matches.fixtures[name].to_numpy() for name in ("fixture_id", "kickoff"))
    offers = {market.key: offer_on(matches, market, bookmakers, Sharpness.none()) for market in MARKETS}
    moments = np.stack([offer.as_of for offer in offers.values()]).max(axis=0)
    priced = {key: offer.reference.is_known for key, offer in offers.items()}
    forecasts = {basis: _forecasts(tests, basis, ids, priced) for basis in BASES}
    halves = _halves_before(dataset, int(kickoffs.min()))
    evidence: dict[Basis, dict[str, AgainstMarket | None]] = {basis: {} for basis in BASES}
    for market in FURTHER_MARKETS:
        lined = LineQuotes.of(matches.further_quotes, MarketChoice(market), ids, kickoffs)
        main = lined.board_at(moments).current(kickoffs).main(bookmakers)
        for basis in BASES:
            evidence[basis][market.key] = _comparison(matches, main, forecasts[basis], halves)
    return evidence


def _test_matches(tests: Tests, dataset: Dataset) -> Dataset:
    """The matches of any of the tests."""
    ids = [one.fixture_ids for by_market in tests.values() for one in by_market.values()]
    return dataset.only(np.isin(dataset.fixtures["fixture_id"].to_numpy(), np.concatenate(ids)))


def _halves_before(dataset: Dataset, moment: int) -> Halves:
    """How goals fell into halves in the matches whose results were known by `moment`."""
    rows = np.flatnonzero(dataset.fixtures["known_at"].to_numpy() <= moment)
    return fitted_halves(dataset.goals().only(rows), dataset.fixtures["kickoff"].to_numpy()[rows])


def _forecasts(tests: Tests, basis: Basis, ids: Ints, priced: Mapping[str, Mask]) -> dict[str, Floats]:
    """Forecasts (n, k) by market of the matches `ids` (n,), NaN rows of those that the fits have seen.

    Those with odds are of matches that are `priced` (n,) in some market.
    """
    forecasts = {key: _aligned(tests[WITHOUT_ODDS][key], ids) for key in priced}
    if basis == WITHOUT_ODDS:
        return forecasts
    unpriced = ~np.any(list(priced.values()), axis=0)
    for key, has_price in priced.items():
        if key in tests[WITH_ODDS]:
            with_odds = _aligned(tests[WITH_ODDS][key], ids)
            forecasts[key] = np.where(has_price[:, None], with_odds, forecasts[key])
        forecasts[key][unpriced] = np.nan
    return forecasts


def _aligned(test: TestForecasts, ids: Ints) -> Floats:
    """The test's probabilities of the matches `ids` (n,), NaN rows of those not in it."""
    index = index_of(test.fixture_ids, ids)
    return np.where(index[:, None] >= 0, test.probabilities[index], np.nan)


def _comparison(
    matches: Dataset, main: LinePrices, forecasts: Mapping[str, Floats], halves: Halves
) -> AgainstMarket | None:
    """Model against the price of each match's main line, on the matches with both; None without any."""
    complete = np.all([np.isfinite(values[:, 0]) for values in forecasts.values()], axis=0)
    rows = np.flatnonzero(main.available & complete)
    if len(rows) == 0:
        return None
    market, frame = main.market, matches.fixtures.iloc[rows]
    lines = main.line[rows]
    labels, weights = judged(market, settled_scores(market, matches.goals().only(rows), lines))
    decided = weights > 0.0
    if not decided.any():
        return None
    grids = score_grids(reconciled({key: values[rows] for key, values in forecasts.items()}))
    covers = cover_probability(shares(market, grids, lines, halves=halves))
    model, price = (
        log_losses(scored_distribution(market, values)[decided], labels[decided])
        for values in (covers, main.implied()[rows])
    )
    days = frame["kickoff"].to_numpy()[decided] // DAY_SECONDS
    return compare_log_losses(model, price, days, weights[decided])
