"""The closing prices that features follow: those of the sharpest bookmaker of past seasons, while it has prices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from db.dataset import Dataset
from db.upcoming import RecentFixtures
from features.builder import build
from features.closings import Closings, closing_prices, sharpness_of
from live.snapshot import BaseHistory, Snapshot
from markets.both_score import BOTH_SCORE
from markets.match_winner import MATCH_WINNER
from markets.offer import offer
from markets.over_under import OVER_UNDER
from markets.prices import Quotes
from markets.sharpness import season_of
from testing.simulated import BOOKMAKER, DAY, Plan, Simulation, simulate

BLUNT, SHARP = BOOKMAKER, 4711
USUAL = (BLUNT,)


def quotes_of(simulation: Simulation, bookmaker: int, noise: float, seasons: range) -> Quotes:
    """A bookmaker's prices a minute before kick-off, `noise` away from the truth."""
    frame = simulation.dataset.fixtures
    generator = np.random.default_rng(bookmaker)
    probabilities = simulation.truth * np.exp(generator.normal(0.0, noise, simulation.truth.shape))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    size = len(frame)
    whole = Quotes(
        fixture_id=frame["fixture_id"].to_numpy(),
        market=np.zeros(size, dtype=np.int8),
        bookmaker_id=np.full(size, bookmaker),
        captured_at=frame["kickoff"].to_numpy() - 60,
        odds=probabilities**-0.95,
    )
    return whole.only(np.isin(frame["season"].to_numpy(), seasons))


def market_of(sharp: int = SHARP, until: int = 2020) -> Dataset:
    """Two bookmakers from 2015 to 2020; of the sharp one nothing after the season `until`."""
    simulation = simulate(Plan(leagues=5, priced=False))
    blunt = quotes_of(simulation, BLUNT, 0.35, range(2015, 2021))
    keen = quotes_of(simulation, SHARP, 0.0, range(2015, until + 1))
    parts = [blunt, replace(keen, bookmaker_id=np.full(len(keen), sharp))]
    return replace(simulation.dataset, quotes=Quotes.joined(parts))


@pytest.fixture(scope="module")
def two() -> Dataset:
    return market_of()


def followed(dataset: Dataset, season: int) -> set[int]:
    """The bookmaker whose closing prices are used in a season."""
    prices = closing_prices(dataset, MATCH_WINNER, USUAL)
    return set(prices.bookmaker_id[dataset.fixtures["season"].to_numpy() == season].tolist())


def test_before_anything_is_measured_the_usual_order_holds(two: Dataset) -> None:
    assert followed(two, 2015) == {BLUNT}


@pytest.mark.parametrize("sharp", [2, SHARP])
def test_the_sharper_one_is_followed_once_enough_matches_show_it_whatever_its_id(sharp: int) -> None:
    dataset = market_of(sharp)
    assert followed(dataset, 2017) == followed(dataset, 2020) == {sharp}


def test_an_aggregate_is_followed_only_where_the_usual_order_names_it() -> None:
    sharpness = sharpness_of(market_of(sharp=-3))
    assert sharpness.order(MATCH_WINNER, 2020, USUAL) == USUAL
    assert sharpness.order(MATCH_WINNER, 2020, (BLUNT, -3)) == (-3, BLUNT)


def test_where_the_sharper_one_is_gone_the_next_is_followed() -> None:
    dataset = market_of(until=2018)
    assert followed(dataset, 2018) == {SHARP}
    assert followed(dataset, 2019) == {BLUNT}


def test_a_season_is_not_ordered_by_what_came_after_the_april_before_it(two: Dataset) -> None:
    """Even if everything after it says the opposite."""
    frame = two.fixtures
    late = frame["kickoff"].to_numpy() >= 1_491_004_800  # 1 April 2017
    changed = {
        name: np.where(late, frame[other].to_numpy() * 5.0, frame[name].to_numpy())
        for name, other in (("goals_home", "goals_away"), ("goals_away", "goals_home"))
    }
    other = replace(two, fixtures=frame.assign(**changed))
    orders = [sharpness_of(dataset).order(MATCH_WINNER, 2017, USUAL) for dataset in (two, other)]
    assert orders[0] == orders[1] == (SHARP, BLUNT)


def test_too_few_matches_change_nothing() -> None:
    dataset = market_of(until=2015)
    assert sharpness_of(dataset).order(MATCH_WINNER, 2020, USUAL) == USUAL


def test_markets_without_two_bookmakers_keep_the_usual_order(two: Dataset) -> None:
    sharpness = sharpness_of(two)
    for market in (OVER_UNDER, BOTH_SCORE):
        assert sharpness.order(market, 2020, (7, 3)) == (7, 3)


def test_parts_put_together_say_what_the_whole_says(two: Dataset) -> None:
    cut = int(two.fixtures["kickoff"].quantile(0.6))
    parts = sharpness_of(two, before=cut).joined(sharpness_of(two, first=cut))
    whole = sharpness_of(two)
    assert parts.pairs[:, 4].sum() == whole.pairs[:, 4].sum()
    for season in range(2015, 2022):
        assert parts.order(MATCH_WINNER, season, USUAL) == whole.order(MATCH_WINNER, season, USUAL)


def test_serving_follows_the_same_closing_prices_as_training(two: Dataset) -> None:
    """Only the base has the seasons before the latest matches."""
    frame = two.fixtures
    cut = int(frame["kickoff"].quantile(0.95))
    whole = sharpness_of(two)
    base = BaseHistory.of(two, Closings.of(two, USUAL, whole), cut, sharpness_of(two, before=cut))
    recent = two.only((frame["kickoff"] >= base.since).to_numpy())
    snapshot = Snapshot(base, RecentFixtures.of(recent), USUAL)
    matches = snapshot.find_all(frame["fixture_id"].tolist())
    expected = build(two, frame["kickoff"].to_numpy(), USUAL)
    np.testing.assert_array_equal([match.features for match in matches if match], expected)


def test_the_closing_line_is_the_sharpest_ones_whosever_price_is_taken(two: Dataset) -> None:
    frame = two.fixtures
    early = replace(
        two.quotes.only(two.quotes.bookmaker_id == BLUNT),
        captured_at=two.quotes.captured_at[two.quotes.bookmaker_id == BLUNT] - DAY,
    )
    quotes = Quotes.joined([early, two.quotes])
    ids, kickoffs = frame["fixture_id"].to_numpy(), frame["kickoff"].to_numpy()
    rows = frame["season"].to_numpy() == 2020
    made = offer(quotes, MATCH_WINNER, ids, kickoffs, USUAL, sharpness_of(two), BLUNT, at_capture=True)
    sharp = closing_prices(two, MATCH_WINNER, (SHARP,), sharpness_of(two)).implied()[rows]
    np.testing.assert_array_equal(made.closing_line()[rows], sharp)


def test_a_season_begins_in_july() -> None:
    days = np.array(["2020-06-30T23:00:00", "2020-07-01T00:00:00", "2021-01-01T00:00:00"])
    kickoffs = days.astype("datetime64[s]").astype(np.int64)
    assert season_of(kickoffs).tolist() == [2019, 2020, 2020]
