"""Tags of answers: the same exactly where an answer made again would be the same."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest

from api.predictions import content_of
from common import times
from config import Settings
from models.answer import Answer, Unchanged
from models.answer_tag import TAG_BYTES
from models.predictor import Forecaster
from models.query import MatchQuery, PredictQuery
from models.trainer import TrainResult
from testing.leagues import add_price, finish

NOW = datetime(2021, 11, 20, 12, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
NEXT = datetime(2021, 12, 20, 15, tzinfo=timezone.utc)
QUERIES = {
    "played": PredictQuery(400),
    "played, scores": PredictQuery(401, scores=True),
    "coming": PredictQuery(711),
    "coming, scores": PredictQuery(711, scores=True),
    "coming by api_id": PredictQuery(api_id=711),
    "next": PredictQuery(712, explain=True),
    "next without odds": PredictQuery(712, use_odds=False),
    "other league": PredictQuery(720),
    "match": PredictQuery(match=MatchQuery(1, 1, 2, NEXT)),
    "neutral": PredictQuery(match=MatchQuery(1, 3, 4, NEXT, neutral=True)),
}
ALL = frozenset(QUERIES)
OF_COMING = frozenset({"coming", "coming, scores", "coming by api_id"})
PLAYED = frozenset({"played", "played, scores"})


class World:
    """A database that Node writes, its clock, and a predictor that follows it."""

    def __init__(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOW
        self.settings = settings
        monkeypatch.setattr(times, "time", SimpleNamespace(time=lambda: self.now.timestamp()))
        self.node = sqlite3.connect(settings.db_path, isolation_level=None)
        add_price(self.node, 712, (2.2, 3.2, 3.4), NOW + HOUR, bookmaker=77)
        self.forecaster = Forecaster(settings)
        self.forecaster.warm_up()

    def run(self, statement: str) -> None:
        assert self.node.execute(statement).rowcount > 0

    def correct_price_of(self, fixture_id: int) -> None:
        """Correct a closing price of the base history, and have that noticed."""
        self.run(f"UPDATE V3_Odds_History SET value_home_over = 1.9 WHERE fixture_id = {fixture_id}")
        self.forecaster.keep_up()

    def wait(self, time: timedelta) -> None:
        self.now += time

    def fresh(self) -> list[bytes]:
        """The answers of a predictor that starts now."""
        with closing(Forecaster(self.settings)) as other:
            other.warm_up()
            answers = other.answer_batch(list(QUERIES.values()))
        return [content_of(answer) for answer in answers if isinstance(answer, Answer)]


@pytest.fixture
def live(
    world: Path,
    database: Path,
    settings: Settings,
    trained: TrainResult,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    assert trained.promoted
    shutil.copy(world, database)
    models = tmp_path / "models"
    shutil.copytree(settings.model_dir, models)
    one = World(replace(settings, db_path=database, model_dir=models), monkeypatch)
    yield one
    one.forecaster.close()
    one.node.close()


CHANGES: dict[str, tuple[Callable[[World], object], frozenset[str]]] = {
    "nothing that is shown": (
        lambda live: live.run("UPDATE V3_Leagues SET importance_rank = 5"),
        frozenset(),
    ),
    "a price": (lambda live: add_price(live.node, 711, (2.0, 3.3, 3.9), NOW - HOUR), OF_COMING),
    "a price that goes": (
        lambda live: live.run("DELETE FROM V3_Odds_History WHERE fixture_id = 711"),
        OF_COMING,
    ),
    "the time of a capture": (
        lambda live: live.run(
            "UPDATE V3_Odds_History SET capture_timestamp = datetime(capture_timestamp, '-7 seconds')"
            " WHERE fixture_id = 711"
        ),
        OF_COMING,
    ),
    "a price of a line": (
        lambda live: add_price(live.node, 711, (1.9, None, 1.9), NOW - HOUR, market=4, line=0.5),
        frozenset({"coming, scores"}),
    ),
    "a price of a match played long ago": (lambda live: live.correct_price_of(400), ALL),
    "a price that counts by now": (lambda live: live.wait(HOUR), frozenset({"next", "next without odds"})),
    "half an hour": (lambda live: live.wait(HOUR / 2), frozenset()),
    "a month without results": (lambda live: live.wait(timedelta(days=30)), ALL - PLAYED),
    "a recent result": (lambda live: finish(live.node, 700, 7, 0), ALL - PLAYED),
    "statistics": (
        lambda live: live.run("UPDATE V3_Fixture_Stats SET shots_on_goal = 20 WHERE fixture_id = 700"),
        ALL - PLAYED,
    ),
    "a kick-off": (
        lambda live: live.run(
            "UPDATE V3_Fixtures SET date = '2021-12-25T15:00:00+00:00', timestamp = 1640444400"
            " WHERE fixture_id = 711"
        ),
        OF_COMING,
    ),
    "an id of API-Football": (
        lambda live: live.run("UPDATE V3_Fixtures SET api_id = 5000711 WHERE fixture_id = 720"),
        frozenset({"other league"}),
    ),
}


def answers_of(live: World, tags: list[bytes | None]) -> list[Answer | Unchanged]:
    answers = live.forecaster.renew_batch(list(QUERIES.values()), tags)
    return [answer for answer in answers if isinstance(answer, (Answer, Unchanged))]


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_change_leaves_as_it_is_keeps_its_tag_and_nothing_else_does(change: str, live: World) -> None:
    before = [answer for answer in answers_of(live, [None] * len(QUERIES)) if isinstance(answer, Answer)]
    assert len(before) == len(QUERIES)
    make, expected = CHANGES[change]
    make(live)
    after = answers_of(live, [answer.tag for answer in before])
    contents = [
        content_of(new if isinstance(new, Answer) else old) for old, new in zip(before, after, strict=True)
    ]
    assert contents == live.fresh()
    made = {name for name, each in zip(QUERIES, after, strict=True) if isinstance(each, Answer)}
    # Where a rating moves and no tree sends the match elsewhere, the answer is not made again.
    same = {name for name, old, new in zip(QUERIES, before, contents, strict=True) if content_of(old) == new}
    assert expected - same <= made <= expected


def test_an_answer_is_unchanged_where_either_half_of_its_tag_is_the_same(live: World) -> None:
    before = answers_of(live, [None] * len(QUERIES))
    other = bytes(TAG_BYTES)
    for tags, kind in (
        ([answer.tag[:TAG_BYTES] + other for answer in before], Unchanged),
        ([other + answer.tag[TAG_BYTES:] for answer in before], Unchanged),
        ([other + other for _ in before], Answer),
    ):
        assert {type(answer) for answer in answers_of(live, list(tags))} == {kind}


def test_an_answer_that_stays_though_ratings_moved_has_the_tag_of_one_made_now(live: World) -> None:
    before = answers_of(live, [None] * len(QUERIES))
    finish(live.node, 700, 7, 0)
    after = answers_of(live, [bytes(TAG_BYTES) + answer.tag[TAG_BYTES:] for answer in before])
    fresh = answers_of(live, [None] * len(QUERIES))
    assert [answer.tag for answer in after] == [answer.tag for answer in fresh]


@pytest.mark.parametrize(
    ("table", "key", "value"), [("V3_Teams", "team_id", 1), ("V3_Leagues", "league_id", 1)]
)
def test_a_new_name_changes_the_answers_that_show_it(table: str, key: str, value: int, live: World) -> None:
    before = [answer for answer in answers_of(live, [None] * len(QUERIES)) if isinstance(answer, Answer)]
    live.run(f"UPDATE {table} SET name = 'Caf\u00e9 \u2603' WHERE {key} = {value}")
    after = answers_of(live, [answer.tag for answer in before])
    shows = ["\u2603".encode() in content for content in live.fresh()]
    assert any(shows)
    assert not all(shows)
    assert [isinstance(answer, Answer) for answer in after] == shows


def test_answers_do_not_depend_on_what_is_asked_beside_them(live: World) -> None:
    together = answers_of(live, [None] * len(QUERIES))
    for query, answer in zip(QUERIES.values(), together, strict=True):
        (alone,) = live.forecaster.renew_batch([query], [answer.tag])
        assert isinstance(alone, Unchanged)
