"""The snapshot keeps up with what Node commits, exactly."""

from __future__ import annotations

import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import numpy as np
import pytest

from common import times
from config import Settings
from db.change_detection import ChangeDetection
from db.file_state import file_state
from db.reader import Reader
from errors import Busy, DatabaseMissing, DatabaseUnreadable
from features.builder import build
from live import follower as followers
from live.cache import BaseCache
from live.follower import LiveHistory
from live.snapshot import BaseHistory, Features, KnownFixture, Snapshot
from markets import sharpness
from markets.match_winner import MATCH_WINNER
from testing.leagues import World, add_fixture, add_price, create, finish

pytestmark = pytest.mark.usefixtures("short_memory", "easily_overtaken")

ORDER = Settings().bookmakers
NEXT = datetime(2021, 12, 11, 15, tzinfo=timezone.utc)


@pytest.fixture
def easily_overtaken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one bookmaker overtake another after thirty matches that both priced, also if both are equally good."""
    monkeypatch.setattr(sharpness, "MIN_TOGETHER", 30)
    monkeypatch.setattr(sharpness, "OVERTAKING_ERRORS", -10.0)


@pytest.fixture
def node(world: Path, database: Path) -> Iterator[sqlite3.Connection]:
    """Node's connection to a copy of the world."""
    shutil.copy(world, database)
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    yield connection
    connection.close()


def follow(path: Path) -> LiveHistory:
    return LiveHistory(path, BaseCache(path.parent, ORDER), ORDER)


@pytest.fixture
def live(node: sqlite3.Connection, database: Path) -> Iterator[LiveHistory]:
    """A follower that has read the world before a test's commits."""
    assert node
    with closing(follow(database)) as one:
        one.load()
        one.current()
        yield one


def rebuilt(path: Path) -> Snapshot:
    """The snapshot of a service that starts now, without a cache."""
    BaseCache(path.parent, ORDER)
    for cached in path.parent.glob(".base*"):
        cached.unlink()
    with closing(follow(path)) as fresh:
        fresh.load()
        return fresh.current()


def without_features(fixture: KnownFixture | None) -> tuple[object, ...] | None:
    return None if fixture is None else fixture[:-1]


def features_of(fixtures: Iterable[KnownFixture | None]) -> Features:
    return np.stack([fixture.features for fixture in fixtures if fixture is not None])


def assert_same(followed: Snapshot, fresh: Snapshot) -> None:
    """Assert that every fixture, upcoming matches and the totals are equal, bit for bit."""
    matches, expected = (snapshot.find_all(range(1, 740)) for snapshot in (followed, fresh))
    assert list(map(without_features, matches)) == list(map(without_features, expected))
    np.testing.assert_array_equal(features_of(matches), features_of(expected))
    moment = int(NEXT.timestamp())
    teams = sorted(followed.teams)
    for home, away in ((teams[0], teams[1]), (teams[-1], teams[2]), (teams[3], teams[-2])):
        np.testing.assert_array_equal(followed.read(1, home, away, moment), fresh.read(1, home, away, moment))
        assert followed.connected(home, away, moment) == fresh.connected(home, away, moment)
    assert (followed.latest_result, followed.fixtures) == (fresh.latest_result, fresh.fixtures)
    assert (followed.leagues, followed.teams) == (fresh.leagues, fresh.teams)


def play_next_round(node: sqlite3.Connection) -> None:
    for place, fixture in enumerate(open_fixtures(node)[:10]):
        finish(node, fixture, place % 4, place % 3)


def play_all_and_more(node: sqlite3.Connection) -> None:
    """More results than there are between the base and the present."""
    for place, fixture in enumerate(open_fixtures(node)):
        finish(node, fixture, place % 4, place % 3)
    for number in range(30):
        for home in range(1, 20, 2):
            fixture = add_fixture(
                node, kickoff=NEXT + timedelta(days=number), home_team_id=home, away_team_id=home + 1
            )
            finish(node, fixture, number % 3, home % 3)
            add_price(node, fixture, (2.0, 3.3, 3.9), NEXT + timedelta(days=number, hours=-1))


def open_fixtures(node: sqlite3.Connection) -> list[int]:
    rows = node.execute(
        "SELECT fixture_id FROM V3_Fixtures WHERE status_short = 'NS' ORDER BY date, fixture_id"
    )
    return [row[0] for row in rows]


def add_a_league(node: sqlite3.Connection) -> None:
    node.execute("INSERT INTO V3_Countries (country_id, name) VALUES (2, 'Elsewhere')")
    node.execute(
        "INSERT INTO V3_Leagues (league_id, api_id, name, type, country_id) VALUES (3, 99, 'Cup', 'Cup', 2)"
    )
    node.execute("INSERT INTO V3_Teams (team_id, api_id, name) VALUES (30, 9030, 'Newcomer')")
    finish(node, add_fixture(node, kickoff=NEXT, league_id=3, home_team_id=30, away_team_id=1), 1, 2)
    add_fixture(node, kickoff=NEXT + timedelta(days=3), league_id=3, home_team_id=2, away_team_id=30)


def statement(text: str) -> Callable[[sqlite3.Connection], object]:
    return lambda node: node.execute(text)


COMMITS: dict[str, Callable[[sqlite3.Connection], object]] = {
    "the results of a round": play_next_round,
    "more results than are kept apart": play_all_and_more,
    "a league, its teams and matches": add_a_league,
    "a fixture": lambda node: add_fixture(node, kickoff=NEXT, home_team_id=4, away_team_id=9),
    "a postponement": statement(
        "UPDATE V3_Fixtures SET status_short = 'PST', date = '2021-12-20T15:00:00+00:00', timestamp = 1640012400"
        " WHERE fixture_id = 720"
    ),
    "an award": statement("UPDATE V3_Fixtures SET status_short = 'AWD' WHERE fixture_id = 690"),
    "a correction of a recent result": lambda node: finish(node, 700, 7, 0),
    "a fixture that goes": statement("DELETE FROM V3_Fixtures WHERE fixture_id = 720"),
    "a fixture that turns bad": statement("UPDATE V3_Fixtures SET away_team_id = 999 WHERE fixture_id = 719"),
    "a new name": statement("UPDATE V3_Teams SET name = 'Renamed' WHERE team_id = 3"),
    "recent statistics": statement("UPDATE V3_Fixture_Stats SET shots_on_goal = 20 WHERE fixture_id = 700"),
    "recent prices": statement("UPDATE V3_Odds_History SET value_home_over = 1.5 WHERE fixture_id = 700"),
    "a kick-off without a date": statement("UPDATE V3_Fixtures SET date = NULL WHERE fixture_id = 718"),
}


@pytest.mark.parametrize("commit", COMMITS)
def test_after_a_commit_the_history_equals_a_full_rebuild(
    commit: str, node: sqlite3.Connection, database: Path, live: LiveHistory
) -> None:
    before = live.current()
    COMMITS[commit](node)
    now = live.current()
    assert now is not before
    assert_same(now, rebuilt(database))


@pytest.mark.parametrize("commit", COMMITS)
def test_days_before_its_coming_matches_too(
    commit: str, node: sqlite3.Connection, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They then stand apart from those of the last days."""
    monkeypatch.setattr(times, "time", SimpleNamespace(time=(NEXT - timedelta(days=12)).timestamp))
    with closing(follow(database)) as live:
        live.load()
        before = live.current()
        assert len(before.surroundings.matches.kickoff) > 0
        COMMITS[commit](node)
        fresh = rebuilt(database)
        for ids in ([711], [720], [718, 719], range(1, 740)):
            now = live.current_of(ids)
            assert all(same_fixture(now, fresh, each) for each in ids)
        assert_same(live.current(), fresh)
        COMMITS["a fixture"](node)
        now = live.current()
        assert_same(now, rebuilt(database))
    with closing(Reader(database)) as reader:
        whole = reader.load()
    expected = build(whole, whole.fixtures["kickoff"].to_numpy(), ORDER)
    matches = now.find_all(whole.fixtures["fixture_id"].tolist())
    np.testing.assert_array_equal(features_of(matches), expected)


@pytest.mark.parametrize(
    ("change", "is_noticed"),
    [
        ("date = '2021-12-24T15:00:00+00:00', timestamp = 1640358000", False),
        ("date = '2021-11-29T18:00:00+00:00', timestamp = 1638208800", True),
        ("home_team_id = away_team_id, away_team_id = home_team_id", False),
        ("status_short = 'CANC'", False),
        ("api_id = 1000717", False),
        ("fixture_id = 800", True),
        ("season_year = 2030", False),
    ],
)
def test_a_snapshot_of_some_fixtures_is_right_about_these(
    change: str, is_noticed: bool, node: sqlite3.Connection, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only where what is near shows a change of what is ahead are all of those looked at."""
    monkeypatch.setattr(times, "time", SimpleNamespace(time=(NEXT - timedelta(days=12)).timestamp))
    sums = Mock(wraps=ChangeDetection.sums)
    monkeypatch.setattr(ChangeDetection, "sums", lambda *some: sums(*some))
    with closing(follow(database)) as live:
        live.load()
        live.current()
        node.execute(f"UPDATE V3_Fixtures SET {change} WHERE fixture_id = 720")
        fresh = rebuilt(database)
        sums.reset_mock()
        assert same_fixture(live.current_of([719, 700]), fresh, 719)
        assert sums.called == is_noticed
        for fixture_id in (720, 800):
            assert same_fixture(live.current_of([fixture_id]), fresh, fixture_id)
        assert_same(live.current(), fresh)


def same_fixture(one: Snapshot, other: Snapshot, fixture_id: int) -> bool:
    first, second = one.find(fixture_id), other.find(fixture_id)
    if first is None or second is None:
        return first is second
    return without_features(first) == without_features(second) and np.array_equal(
        first.features, second.features, equal_nan=True
    )


@pytest.mark.parametrize(
    "commit", [name for name in COMMITS if name not in ("a fixture that goes", "a kick-off without a date")]
)
def test_after_a_commit_of_what_is_new_nothing_old_is_read_again(
    commit: str, node: sqlite3.Connection, live: LiveHistory
) -> None:
    COMMITS[commit](node)
    assert live.verify()


def test_prices_of_coming_matches_leave_the_history_as_it_is(
    node: sqlite3.Connection, live: LiveHistory
) -> None:
    before, stamp = live.current(), live.stamp
    add_price(node, 715, (2.0, 3.3, 3.9), NEXT - timedelta(days=1))
    assert live.current() is before
    assert live.stamp != stamp


def test_a_corrected_score_leaves_the_closing_prices_and_a_price_does_not(
    node: sqlite3.Connection, live: LiveHistory
) -> None:
    first = live.current()
    finish(node, 700, 7, 0)
    second = live.current()
    assert second is not first
    assert second.closed is first.closed
    node.execute("UPDATE V3_Odds_History SET value_home_over = 1.9 WHERE fixture_id = 700")
    assert live.current().closed is not first.closed


def test_a_result_from_before_its_kick_off_counts_once_that_has_come(
    node: sqlite3.Connection, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(now=NEXT - timedelta(days=1))
    monkeypatch.setattr(times, "time", SimpleNamespace(time=lambda: clock.now.timestamp()))
    fixture = add_fixture(node, kickoff=NEXT, home_team_id=4, away_team_id=9)
    with closing(follow(database)) as live:
        live.load()
        finish(node, fixture, 2, 1)
        assert live.current().find(fixture) is None
        clock.now = NEXT + timedelta(hours=1)
        add_price(node, 715, (2.0, 3.3, 3.9), NEXT - timedelta(days=1))
        assert live.current().find(fixture) is not None
        assert_same(live.current(), rebuilt(database))


def test_without_a_commit_the_history_is_the_very_same(live: LiveHistory) -> None:
    assert live.current() is live.current()


OLD_CORRECTIONS = {
    "a result": "UPDATE V3_Fixtures SET score_fulltime_home = score_fulltime_home + 1 WHERE fixture_id = 40",
    "a result that is void": "UPDATE V3_Fixtures SET status_short = 'ABD' WHERE fixture_id = 40",
    "shots": "UPDATE V3_Fixture_Stats SET shots_on_goal = 30 WHERE fixture_id = 40",
    "a closing price": "UPDATE V3_Odds_History SET value_home_over = 1.2 WHERE fixture_id = 40",
    "a fixture that goes": "DELETE FROM V3_Fixtures WHERE fixture_id = 40",
    "two teams changed over": "UPDATE V3_Fixtures SET home_team_id = away_team_id, away_team_id = home_team_id"
    " WHERE fixture_id = 40",
    "a league that is a cup": "UPDATE V3_Leagues SET type = 'Cup' WHERE league_id = 1",
    "a league that is gone": "DELETE FROM V3_Leagues WHERE league_id = 1",
}


@pytest.mark.parametrize("correction", OLD_CORRECTIONS)
def test_a_late_correction_of_an_old_row_is_noticed_and_then_known(
    correction: str, node: sqlite3.Connection, database: Path, live: LiveHistory
) -> None:
    assert live.verify()
    node.execute(OLD_CORRECTIONS[correction])
    assert not live.verify()
    live.load()
    assert live.verify()
    assert_same(live.current(), rebuilt(database))


def test_an_old_match_that_is_added_late_is_noticed(
    node: sqlite3.Connection, database: Path, live: LiveHistory
) -> None:
    late = add_fixture(
        node, kickoff=datetime(2019, 3, 1, 20, tzinfo=timezone.utc), home_team_id=1, away_team_id=11
    )
    finish(node, late, 2, 0)
    assert not live.verify()
    live.load()
    assert_same(live.current(), rebuilt(database))


def test_every_correction_is_either_followed_or_noticed(
    node: sqlite3.Connection, database: Path, live: LiveHistory
) -> None:
    """Corrections around the end of the base are among them."""
    cut = live.current().base.cut
    rows = node.execute(
        "SELECT fixture_id FROM V3_Fixtures WHERE status_short = 'FT' AND ABS(timestamp - ?) < 4 * 86400",
        (cut,),
    ).fetchall()
    assert len(rows) >= 10
    for (fixture,) in rows:
        goals = node.execute(
            "SELECT goals_home, goals_away FROM V3_Fixtures WHERE fixture_id = ?", (fixture,)
        ).fetchone()
        finish(node, fixture, 9, 9)
        if live.verify():
            assert_same(live.current(), rebuilt(database))
        finish(node, fixture, *goals)


def test_a_file_renamed_into_place_is_followed(
    node: sqlite3.Connection, database: Path, live: LiveHistory, tmp_path: Path
) -> None:
    node.close()
    copy = tmp_path / "copy.sqlite"
    shutil.copy(database, copy)
    with closing(sqlite3.connect(copy, isolation_level=None)) as exported:
        play_next_round(exported)
    copy.replace(database)
    assert_same(live.current(), rebuilt(database))


def test_a_database_of_other_leagues_renamed_into_place_is_noticed(
    node: sqlite3.Connection, database: Path, live: LiveHistory, tmp_path: Path
) -> None:
    node.close()
    other = tmp_path / "other.sqlite"
    create(other, World(leagues=1, seasons=3, seed=9, first_year=2020)).close()
    other.replace(database)
    now = live.current()
    assert now.find(1) is not None
    assert not live.verify()
    live.load()
    assert_same(live.current(), rebuilt(database))


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (lambda path: path.unlink(), DatabaseMissing),
        (lambda path: path.write_bytes(b"no database" * 999), DatabaseUnreadable),
    ],
)
def test_while_the_database_is_bad_there_is_an_error_and_afterwards_the_history(
    spoil: Callable[[Path], object], error: type[Exception], world: Path, database: Path, tmp_path: Path
) -> None:
    create(database, World(leagues=1, teams=6, seasons=2), wal=False).close()
    good = tmp_path / "good.sqlite"
    shutil.copy(database, good)
    with closing(follow(database)) as live:
        live.load()
        before = live.current()
        spoil(database)
        for _ in range(2):
            with pytest.raises(error):
                live.current()
        shutil.copy(good, database.with_suffix(".new"))
        database.with_suffix(".new").replace(database)
        assert_same(live.current(), before)
    assert world


def test_a_writer_that_holds_the_file_makes_it_busy_and_the_next_look_works(database: Path) -> None:
    small = World(leagues=1, teams=6, seasons=2)
    with closing(create(database, small, wal=False)) as node, closing(follow(database)) as live:
        live.load()
        live.current()
        node.execute("BEGIN EXCLUSIVE")
        finish(node, 1, 4, 4)
        with pytest.raises(Busy):
            live.current()
        node.execute("COMMIT")
        assert_same(live.current(), rebuilt(database))


def test_a_cache_gives_the_same_history_as_reading_everything(
    node: sqlite3.Connection, database: Path
) -> None:
    with closing(follow(database)) as first:
        first.load()
    play_next_round(node)
    with closing(follow(database)) as second:
        second.load()
        now = second.current()
    assert now.base.sharpness.order(MATCH_WINNER, 2021, ORDER) != ORDER
    assert_same(now, rebuilt(database))


@pytest.mark.parametrize("most", [0, 10_000])
def test_a_cache_that_many_results_came_after_gives_the_same_history(
    most: int, node: sqlite3.Connection, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the base is made again on the way or not, and at the next start too."""
    monkeypatch.setattr(followers, "MAX_RECENT_RESULTS", most)
    with closing(follow(database)) as first:
        first.load()
    play_all_and_more(node)
    snapshots = []
    for _ in range(2):
        with closing(follow(database)) as later:
            later.load()
            assert later.verify()
            snapshots.append((later.current(), later.current().base.segment.dataset.rejected))
    anew = rebuilt(database)
    for snapshot, rejected in snapshots:
        assert (snapshot.base.cut == anew.base.cut) == (most == 0)
        assert rejected == anew.base.segment.dataset.rejected
        assert_same(snapshot, anew)


def test_rows_left_out_are_counted_alike_with_and_without_a_shelf(
    node: sqlite3.Connection, database: Path
) -> None:
    node.execute("UPDATE V3_Fixtures SET away_team_id = home_team_id WHERE fixture_id IN (40, 700, 720)")
    node.execute("UPDATE V3_Odds_History SET value_home_over = 0.5 WHERE fixture_id IN (50, 701)")
    counted = []
    for _ in range(2):
        with closing(follow(database)) as one:
            one.load()
            counted.append(one.current().base.segment.dataset.rejected)
    assert counted[0]["team_against_itself"] == 3
    assert counted[0]["impossible_odds"] > 2
    assert counted[1] == counted[0]


def test_a_team_that_is_gone_takes_its_matches_off_the_cache(
    node: sqlite3.Connection, database: Path
) -> None:
    with closing(follow(database)) as first:
        first.load()
    node.execute("DELETE FROM V3_Teams WHERE team_id = 7")
    with closing(follow(database)) as second:
        second.load()
        assert_same(second.current(), rebuilt(database))


def test_when_many_results_have_come_the_archive_moves_on(
    node: sqlite3.Connection, live: LiveHistory, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "MAX_RECENT_RESULTS", 200)
    before = live.current().base
    play_all_and_more(node)
    live.current()
    live.keep_up()
    loaded = live._base
    live.keep_up()
    assert live._base is loaded, "once moved on it stays, also where nobody has asked since"
    now = live.current()
    assert now.base.cut > before.cut
    assert now.results <= 200
    assert live.verify()
    assert_same(now, rebuilt(database))


@pytest.mark.parametrize("correction", OLD_CORRECTIONS)
def test_a_cache_is_not_believed_where_the_database_was_corrected_since(
    correction: str, node: sqlite3.Connection, database: Path
) -> None:
    with closing(follow(database)) as first:
        first.load()
    node.execute(OLD_CORRECTIONS[correction])
    with closing(follow(database)) as second:
        second.load()
        now = second.current()
    assert_same(now, rebuilt(database))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short", b"nonsense" * 50])
def test_a_damaged_cache_is_as_good_as_none(content: bytes, node: sqlite3.Connection, database: Path) -> None:
    assert node
    with closing(follow(database)) as first:
        first.load()
    for cache in database.parent.glob(".base*"):
        cache.unlink()
        cache.write_bytes(content)
        with closing(follow(database)) as second:
            second.load()
            now = second.current()
        assert_same(now, rebuilt(database))


def read_nothing(*_: object) -> None:
    raise AssertionError("the database is read")


def test_a_start_on_the_very_files_of_the_cache_reads_none_of_their_rows(
    node: sqlite3.Connection, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert node
    rest(database)
    with closing(follow(database)) as first:
        first.load()
        before = first.current()
    with monkeypatch.context() as patch, closing(follow(database)) as second:
        for name in ("load", "later", "digest"):
            patch.setattr(Reader, name, read_nothing)
        second.load()
        now = second.current()
    assert_same(now, before)
    assert health_of(now) == health_of(before)


def test_rows_of_files_that_only_look_the_same_are_read_in_a_moment(
    node: sqlite3.Connection, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "file_state", lambda _: (1, 2, 3))
    with closing(follow(database)) as first:
        first.load()
    node.execute(OLD_CORRECTIONS["a result"])
    with closing(follow(database)) as second:
        second.load()
        second.keep_up()
        assert second.verify()
        assert_same(second.current(), rebuilt(database))


def test_commits_between_two_starts_do_not_make_the_second_replay_the_base(
    node: sqlite3.Connection, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(follow(database)) as first:
        first.load()
    play_next_round(node)
    node.execute("UPDATE V3_Fixtures SET away_team_id = home_team_id WHERE fixture_id = 720")
    with monkeypatch.context() as patch, closing(follow(database)) as second:
        patch.setattr(BaseHistory, "of", read_nothing)
        second.load()
        assert second.verify()
        now = second.current()
    anew = rebuilt(database)
    assert_same(now, anew)
    assert health_of(now) == health_of(anew)


def test_a_start_after_that_one_reads_nothing_again(
    node: sqlite3.Connection, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(follow(database)) as first:
        first.load()
    play_next_round(node)
    rest(database)
    with closing(follow(database)) as second:
        second.load()
    with monkeypatch.context() as patch, closing(follow(database)) as third:
        patch.setattr(Reader, "later", read_nothing)
        third.load()
        now = third.current()
    assert_same(now, rebuilt(database))


def test_two_services_on_one_database_map_the_same_file(node: sqlite3.Connection, database: Path) -> None:
    assert node
    with closing(follow(database)) as one, closing(follow(database)) as other:
        one.load()
        other.load()
        assert len(list(database.parent.glob(".base*.arrays"))) == 1


def test_what_a_service_does_to_its_base_stays_in_its_memory(
    node: sqlite3.Connection, database: Path
) -> None:
    assert node
    with closing(follow(database)) as one, closing(follow(database)) as other:
        one.load()
        other.load()
        one.current().base.segment.features[:] = 0.0
        assert_same(other.current(), rebuilt(database))


def rest(database: Path) -> None:
    """Wait until the times of the database's files prove that nothing has been written since."""
    while file_state(database) is None:
        time.sleep(0.001)


def health_of(snapshot: Snapshot) -> tuple[object, ...]:
    dataset = snapshot.base.segment.dataset
    remarks = dataset.remarks, snapshot.league_remarks
    return dataset.rejected, dataset.unused, remarks, snapshot.fixtures, snapshot.latest_result


def test_another_database_in_its_place_is_read_anew_before_anything_is_answered(
    live: LiveHistory, database: Path, tmp_path: Path
) -> None:
    assert live.loaded
    other = tmp_path / "other.sqlite"
    create(other, World(leagues=2, teams=12, seasons=5, seed=1), wal=False).close()
    other.replace(database)
    assert not live.loaded
    live.load()
    assert live.current().fixtures == 2 * 12 * 11 * 5


def test_a_newer_copy_in_its_place_is_not_read_anew(
    live: LiveHistory, node: sqlite3.Connection, database: Path, tmp_path: Path
) -> None:
    assert live.loaded
    node.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copy = tmp_path / "copy.sqlite"
    shutil.copy(database, copy)
    copy.replace(database)
    assert live.loaded


def test_a_team_that_comes_after_its_old_fixture_makes_it_known(
    node: sqlite3.Connection, database: Path
) -> None:
    late = add_fixture(node, kickoff=datetime(2019, 3, 1, 20, tzinfo=timezone.utc), home_team_id=999)
    finish(node, late, 2, 0)
    with closing(follow(database)) as live:
        live.load()
        assert live.current().find(late) is None
        node.execute("INSERT INTO V3_Teams (team_id, api_id, name) VALUES (999, 999, 'Late')")
        assert not live.verify()
    with closing(follow(database)) as restarted:
        restarted.load()
        assert restarted.current().find(late) is not None
        assert_same(restarted.current(), rebuilt(database))


def begun(database: Path) -> LiveHistory:
    """A follower that has read what answers need, and no more."""
    one = follow(database)
    one.begin()
    return one


def test_answers_come_before_the_counts_and_the_cache_and_are_the_same_afterwards(
    node: sqlite3.Connection, database: Path
) -> None:
    add_price(node, 99_999, (2.0, 3.4, 4.0), None, table="V3_Odds")
    with closing(begun(database)) as live:
        before = live.current()
        assert (live.is_complete, live.unread) == (False, None)
        assert not list(database.parent.glob(".base*"))
        live.complete()
        assert live.is_complete
        assert live.unread is not None
        assert live.unread.unknown == 1
        assert len(list(database.parent.glob(".base*"))) == 2
        base = live.current().base
        assert base is not before.base, "the one that is mapped from the cache"
        assert base.unsettled_ids == before.base.unsettled_ids
        assert {"unsettled_ids", "first_results", "newest_by_season"} <= set(vars(base)), (
            "no request waits for them"
        )
        assert_same(live.current(), before)


@pytest.mark.parametrize("wal", [True, False])
@pytest.mark.parametrize("commit", ["the results of a round", "more results than are kept apart"])
def test_a_commit_before_the_counts_is_followed_and_makes_them_no_other(
    commit: str, wal: bool, node: sqlite3.Connection, database: Path
) -> None:
    """The digest is of the rows that the base was made of; in rollback mode those are read again."""
    node.execute(f"PRAGMA journal_mode = {'WAL' if wal else 'DELETE'}")
    with closing(begun(database)) as live:
        live.current()
        COMMITS[commit](node)
        assert live.current().latest_result is not None
        live.complete()
        assert live.verify() == wal
        live.keep_up()
        assert live.verify()
        assert_same(live.current(), rebuilt(database))


@pytest.mark.parametrize("wal", [True, False])
@pytest.mark.parametrize("correction", OLD_CORRECTIONS)
def test_a_correction_before_the_counts_is_noticed_and_then_known(
    correction: str, wal: bool, node: sqlite3.Connection, database: Path
) -> None:
    node.execute(f"PRAGMA journal_mode = {'WAL' if wal else 'DELETE'}")
    with closing(begun(database)) as live:
        node.execute(OLD_CORRECTIONS[correction])
        live.complete()
        assert not live.verify()
        live.keep_up()
        assert live.verify()
        assert_same(live.current(), rebuilt(database))


def test_what_is_put_off_and_fails_is_an_error_and_all_is_read_again(
    node: sqlite3.Connection, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert node

    def fail(*_: object) -> None:
        raise DatabaseUnreadable("the disk is gone")

    with closing(begun(database)) as live:
        with monkeypatch.context() as patch:
            patch.setattr(Reader, "unread_prices", fail)
            with pytest.raises(DatabaseUnreadable):
                live.complete()
        before = live.current()
        assert live.unread is None
        live.keep_up()
        assert live.unread is not None
        assert live.verify()
        assert_same(live.current(), before)


def test_a_file_that_takes_its_place_before_the_counts_stays(
    node: sqlite3.Connection, database: Path, tmp_path: Path
) -> None:
    node.close()
    other = tmp_path / "other.sqlite"
    create(other, World(leagues=2, teams=12, seasons=5, seed=1), wal=False).close()
    with closing(begun(database)) as live:
        assert live.loaded
        other.replace(database)
        assert not live.loaded
        live.complete()
        assert not live.loaded
        live.load()
        assert live.current().fixtures == 2 * 12 * 11 * 5


@pytest.mark.parametrize("ending", [LiveHistory.complete, LiveHistory.close, LiveHistory.begin])
def test_what_is_put_off_holds_no_snapshot_in_the_end(
    ending: Callable[[LiveHistory], None], node: sqlite3.Connection, database: Path
) -> None:
    with closing(begun(database)) as live:
        play_next_round(node)
        node.execute("PRAGMA busy_timeout = 0")
        ((is_held, *_),) = node.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
        assert is_held
        ending(live)
        if ending is LiveHistory.begin:
            live.complete()
        ((is_held, *_),) = node.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
        assert not is_held


def test_a_cache_that_other_code_made_does_not_stay(node: sqlite3.Connection, database: Path) -> None:
    assert node
    with closing(follow(database)) as first:
        first.load()
    files = set(database.parent.glob(".base*"))
    for file in files:
        file.rename(file.with_name(re.sub(r"base-[0-9a-f]+", "base-0123", file.name)))
    with closing(follow(database)) as second:
        second.load()
    assert set(database.parent.glob(".base*")) == files
