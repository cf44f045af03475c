"""A match's features are what was known of it at a moment, and nothing else."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from config import Settings
from db.dataset import Dataset
from db.reader import Reader
from db.schema import OPEN, STATISTICS
from features.builder import FEATURES, build
from markets.market import UNKNOWN
from markets.registry import MARKETS
from testing.leagues import add_fixture, add_price, finish

ORDER = Settings().bookmakers
START = datetime(2023, 8, 5, 15, tzinfo=timezone.utc)
Features = NDArray[np.float32]
OUTCOME = [f"{name}_{side}" for name in ("goals", *STATISTICS) for side in ("home", "away")]


def read(path: Path) -> Dataset:
    with closing(Reader(path)) as reader:
        return reader.load()


def features(dataset: Dataset) -> Features:
    """Features of every match at its kick-off."""
    return build(dataset, dataset.fixtures["kickoff"].to_numpy(), ORDER)


def last_of(path: Path) -> Features:
    """Features of the match that kicks off last."""
    row: Features = features(read(path))[-1]
    return row


def season(node: sqlite3.Connection, rounds: int = 8) -> datetime:
    """Add finished rounds of three matches with prices, a week apart; returns the moment of the next round."""
    for number in range(rounds):
        kickoff = START + timedelta(days=7 * number)
        for home, away in ((1, 2), (3, 4), (5, 6)):
            pair = (home, away) if number % 2 else (away, home)
            fixture = add_fixture(node, kickoff=kickoff, home_team_id=pair[0], away_team_id=pair[1])
            finish(node, fixture, number % 3, (number + home) % 2)
            add_price(node, fixture, (2.0 + home / 10, 3.4, 3.6), kickoff - timedelta(hours=2))
    return START + timedelta(days=7 * rounds)


@pytest.fixture(scope="module")
def whole(world: Path) -> tuple[Dataset, Features]:
    dataset = read(world)
    return dataset, features(dataset)


@pytest.mark.parametrize("row", [0, 1, 4, 7, 60, 179, 360, 361, 500, 683])
def test_features_are_identical_whether_the_database_ends_just_before_a_match_or_goes_on_for_years(
    row: int, whole: tuple[Dataset, Features]
) -> None:
    dataset, expected = whole
    kickoff = dataset.fixtures["kickoff"].to_numpy()
    rows = kickoff < kickoff[row]
    rows[row] = True
    frame = dataset.fixtures.copy()
    unplayed = (np.arange(len(frame)) == row)[:, None]
    frame[OUTCOME] = np.where(unplayed, np.nan, frame[OUTCOME])
    frame["state"] = np.where(unplayed[:, 0], OPEN, frame["state"])
    quotes = dataset.quotes.only(dataset.quotes.captured_at < kickoff[row])
    ended = replace(dataset, fixtures=frame, quotes=quotes).only(rows)
    last = features(ended)[list(ended.fixtures.index[ended.fixtures["state"] == OPEN])[-1]]
    np.testing.assert_array_equal(last, expected[row])


def test_features_differ_between_matches_and_fill_up_with_time(whole: tuple[Dataset, Features]) -> None:
    _, matrix = whole
    filled = np.isfinite(matrix).mean(axis=1)
    assert filled[0] < 0.5 < 0.9 < filled[-1]
    assert len(np.unique(matrix[300:], axis=0)) == len(matrix) - 300


def test_columns_follow_the_catalogue(whole: tuple[Dataset, Features]) -> None:
    assert whole[1].shape == (720, len(FEATURES))
    assert [feature.column for feature in FEATURES] == list(range(len(FEATURES)))


@pytest.mark.parametrize(
    ("status", "minutes", "visible"),
    [("FT", 149, False), ("FT", 150, True), ("AET", 239, False), ("AET", 240, True), ("PEN", 239, False)],
)
def test_a_result_is_seen_by_matches_from_when_it_is_known(
    status: str, minutes: int, visible: bool, node: sqlite3.Connection, database: Path
) -> None:
    kickoff = season(node)
    first = add_fixture(node, kickoff=kickoff, home_team_id=1, away_team_id=3)
    add_fixture(node, kickoff=kickoff + timedelta(minutes=minutes), home_team_id=1, away_team_id=4)
    readings = []
    for goals in (0, 6):
        finish(node, first, goals, 0)
        node.execute("UPDATE V3_Fixtures SET status_short = ? WHERE fixture_id = ?", (status, first))
        readings.append(last_of(database))
    assert np.array_equal(readings[0], readings[1], equal_nan=True) != visible


@pytest.mark.parametrize(("hours", "visible"), [(9, False), (23.9, False), (24, True)])
def test_a_result_of_which_only_the_day_is_known_is_seen_from_the_next_utc_day(
    hours: float, visible: bool, node: sqlite3.Connection, database: Path
) -> None:
    day = season(node).replace(hour=0)
    first = add_fixture(node, date=day.isoformat(), timestamp=None, home_team_id=1, away_team_id=3)
    add_fixture(node, kickoff=day + timedelta(hours=hours), home_team_id=1, away_team_id=4)
    readings = []
    for goals in (0, 6):
        finish(node, first, goals, 0)
        readings.append(last_of(database))
    assert np.array_equal(readings[0], readings[1], equal_nan=True) != visible


def test_matches_that_overlap_do_not_see_each_other_whichever_begins_first(
    node: sqlite3.Connection, database: Path
) -> None:
    kickoff = season(node)
    pair = [
        add_fixture(node, kickoff=kickoff + timedelta(hours=hours), home_team_id=1, away_team_id=3 + place)
        for place, hours in enumerate((0, 2))
    ]
    before = features(read(database))[-2:]
    for fixture in pair:
        finish(node, fixture, 5, 0)
    np.testing.assert_array_equal(features(read(database))[-2:], before)


@pytest.mark.parametrize("status", ["AWD", "WO", "CANC", "ABD", "PST", "NS", "HT"])
def test_a_match_that_does_not_count_neither_rates_nor_trains(
    status: str, node: sqlite3.Connection, database: Path
) -> None:
    kickoff = season(node)
    add_fixture(node, kickoff=kickoff + timedelta(days=2), home_team_id=1, away_team_id=4)
    without = last_of(database)
    odd = add_fixture(node, kickoff=kickoff, home_team_id=1, away_team_id=3)
    finish(node, odd, 3, 0)
    node.execute("UPDATE V3_Fixtures SET status_short = ? WHERE fixture_id = ?", (status, odd))
    add_price(node, odd, (1.2, 7.0, 15.0), kickoff - timedelta(hours=1))
    dataset = read(database)
    np.testing.assert_array_equal(features(dataset)[-1], without)
    row = dataset.fixtures.index[dataset.fixtures["fixture_id"] == odd]
    goals = dataset.fixtures.loc[row, ["goals_home", "goals_away"]].to_numpy().T
    assert all(market.settle(goals[0], goals[1]).tolist() == [UNKNOWN] for market in MARKETS)


def test_the_same_match_finished_would_have_counted(node: sqlite3.Connection, database: Path) -> None:
    kickoff = season(node)
    add_fixture(node, kickoff=kickoff + timedelta(days=2), home_team_id=1, away_team_id=4)
    without = last_of(database)
    finish(node, add_fixture(node, kickoff=kickoff, home_team_id=1, away_team_id=3), 3, 0)
    assert not np.array_equal(last_of(database), without, equal_nan=True)


def test_a_match_after_extra_time_rates_by_its_ninety_minutes(
    node: sqlite3.Connection, database: Path
) -> None:
    kickoff = season(node)
    add_fixture(node, kickoff=kickoff + timedelta(days=2), home_team_id=1, away_team_id=4)
    cup = add_fixture(node, kickoff=kickoff, home_team_id=1, away_team_id=3)
    finish(node, cup, 1, 1)
    level = last_of(database)
    node.execute(
        "UPDATE V3_Fixtures SET status_short='PEN', goals_home=6, goals_away=5 WHERE fixture_id=?", (cup,)
    )
    np.testing.assert_array_equal(last_of(database), level)


def test_the_prices_of_a_match_are_not_among_its_features(node: sqlite3.Connection, database: Path) -> None:
    kickoff = season(node)
    fixture = add_fixture(node, kickoff=kickoff, home_team_id=1, away_team_id=3)
    before = last_of(database)
    add_price(node, fixture, (1.1, 9.0, 30.0), kickoff - timedelta(hours=20))
    np.testing.assert_array_equal(last_of(database), before)


def test_a_look_at_an_earlier_moment_sees_what_was_known_then(
    node: sqlite3.Connection, database: Path
) -> None:
    kickoff = season(node)
    between = add_fixture(node, kickoff=kickoff, home_team_id=1, away_team_id=3)
    add_fixture(node, kickoff=kickoff + timedelta(days=1), home_team_id=1, away_team_id=4)
    as_of = read(database).fixtures["kickoff"].to_numpy().copy()
    as_of[-1] = int((kickoff + timedelta(hours=2)).timestamp())
    early = build(read(database), as_of, ORDER)[-1]
    finish(node, between, 4, 0)
    np.testing.assert_array_equal(build(read(database), as_of, ORDER)[-1], early)
    assert not np.array_equal(last_of(database), early, equal_nan=True)


def test_a_look_after_kick_off_is_cut_at_kick_off(node: sqlite3.Connection, database: Path) -> None:
    season(node)
    dataset = read(database)
    later = dataset.fixtures["kickoff"].to_numpy() + 30 * 86_400
    np.testing.assert_array_equal(build(dataset, later, ORDER), features(dataset))


def test_what_is_given_is_left_as_it_was(whole: tuple[Dataset, Features]) -> None:
    dataset, _ = whole
    frame, odds = dataset.fixtures.copy(), dataset.quotes.odds.copy()
    features(dataset)
    assert dataset.fixtures.equals(frame)
    np.testing.assert_array_equal(dataset.quotes.odds, odds)


def test_ids_are_names_only(whole: tuple[Dataset, Features]) -> None:
    dataset, expected = whole
    frame = dataset.fixtures.copy()
    frame[["home_team_id", "away_team_id"]] = 5_000 - frame[["home_team_id", "away_team_id"]]
    teams = dataset.teams.assign(team_id=5_000 - dataset.teams["team_id"])
    np.testing.assert_array_equal(features(replace(dataset, fixtures=frame, teams=teams)), expected)


def test_no_matches_have_no_features(node: sqlite3.Connection, database: Path) -> None:
    assert node
    assert features(read(database)).shape == (0, len(FEATURES))
