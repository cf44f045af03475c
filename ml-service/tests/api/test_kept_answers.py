"""Kept answers are never stale, and their memory is bounded."""

from __future__ import annotations

import gc
import json
import random
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from api.coming_answers import _Allowance
from api.kept_answers import ANSWER_OVERHEAD_BYTES, DEMAND_COMMITS, KeptAnswers
from common import times
from common.times import NEVER
from config import Settings
from main import create_app
from models.answer import Standing, Validity
from models.predictor import Forecaster
from models.query import MatchQuery, PredictQuery, TrainRequest
from models.trainer import TrainResult, train
from testing.leagues import add_fixture, add_price, finish
from testing.server import Client, in_thread, until
from tests.conftest import silent

BEGIN = datetime(2021, 12, 1, 12, tzinfo=timezone.utc)
COMING = tuple(range(711, 721))
STEPS = 40
MINUTE = timedelta(minutes=1)
MATCH = {"league_id": 1, "home_team_id": 1, "away_team_id": 2, "date": "2021-12-20T15:00:00Z"}
ODDS = {"1x2": {"home": 2.5, "draw": 3.4, "away": 2.9}}


class Clock:
    """The clock of every service in this process."""

    def __init__(self) -> None:
        self.now = BEGIN

    def time(self) -> float:
        return self.now.timestamp()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(times, "time", clock)
    return clock


@pytest.fixture(scope="module")
def models(settings: Settings, trained: TrainResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the trained model and an older one."""
    assert trained.promoted
    models = tmp_path_factory.mktemp("two") / "models"
    shutil.copytree(settings.model_dir, models)
    older = TrainRequest(last=BEGIN.date() - timedelta(days=200), promote="never")
    train(older, replace(settings, model_dir=models), silent)
    return models


@pytest.fixture
def copied(world: Path, database: Path, settings: Settings, models: Path, tmp_path: Path) -> Settings:
    """A service over a copy of the world, with two models."""
    shutil.copy(world, database)
    shutil.copytree(models, tmp_path / "models")
    return replace(settings, db_path=database, model_dir=tmp_path / "models")


class Node:
    """Commits random changes of the kinds that Node makes."""

    def __init__(self, connection: sqlite3.Connection, clock: Clock, models: Path) -> None:
        self._connection = connection
        self._clock = clock
        self._models = models
        self._ids = [path.name.removesuffix(".meta.json") for path in models.glob("*.meta.json")]
        self.model_id = json.loads((models / "current.json").read_text())["model_id"]
        self.random = random.Random(20)
        self.steps = (
            self._play,
            self._correct,
            self._reprice,
            self._capture,
            self._capture_handicap,
            self._remove_prices,
            self._bump_times,
            self._rename,
            self._move,
            self._announce,
            self._promote,
            self._wait,
            self._wait,
            self._wait,
        )

    def step(self) -> str:
        """Do one random change; returns its name."""
        chosen = self.random.choice(self.steps)
        chosen()
        return chosen.__name__

    def _play(self) -> None:
        """End a match that has kicked off, perhaps before its 150 minutes are over."""
        rows = self._connection.execute(
            "SELECT fixture_id FROM V3_Fixtures WHERE status_short = 'NS' AND timestamp <= ?",
            (int(self._clock.time()),),
        ).fetchall()
        if rows:
            finish(self._connection, self.random.choice(rows)[0], self.random.randrange(4), 1)

    def _correct(self) -> None:
        """Change the score of a match of the last weeks."""
        rows = self._connection.execute(
            "SELECT fixture_id FROM V3_Fixtures WHERE status_short = 'FT' ORDER BY timestamp DESC LIMIT 20"
        ).fetchall()
        finish(self._connection, self.random.choice(rows)[0], self.random.randrange(4), 2)

    def _reprice(self) -> None:
        self._connection.execute(
            "UPDATE V3_Odds SET value_home_over = value_home_over * 1.01 WHERE fixture_id = ?",
            (self._coming(),),
        )

    def _capture(self) -> None:
        """Add a price: captured just now, in some minutes, at an unknown time, or after the kick-off."""
        minutes = self.random.choice((-1, 0, 1, 30, None, 60 * 24 * 30))
        when = None if minutes is None else self._clock.now + minutes * MINUTE
        home = round(self.random.uniform(1.5, 4.0), 2)
        table = "V3_Odds" if when is None else self.random.choice(("V3_Odds", "V3_Odds_History"))
        bookmaker = self.random.randrange(20, 10_000)
        add_price(self._connection, self._coming(), (home, 3.4, 3.0), when, bookmaker, 1, table)

    def _capture_handicap(self) -> None:
        """Add a price of a line: captured just now, or in some minutes."""
        when = self._clock.now + self.random.choice((0, 1, 30)) * MINUTE
        line = self.random.choice((-0.25, 0.0, 0.5))
        home = round(self.random.uniform(1.7, 2.2), 2)
        add_price(self._connection, self._coming(), (home, None, 1.9), when, market=4, line=line)

    def _remove_prices(self) -> None:
        table = self.random.choice(("V3_Odds", "V3_Odds_History"))
        self._connection.execute(f"DELETE FROM {table} WHERE fixture_id = ?", (self._coming(),))

    def _bump_times(self) -> None:
        self._connection.execute(
            "UPDATE V3_Odds SET updated_at = ? WHERE fixture_id = ?",
            (self._clock.now.isoformat(), self._coming()),
        )

    def _rename(self) -> None:
        name = f"Town {self.random.randrange(10**6)} \N{SNOWMAN}"
        team = self.random.randrange(1, 21)
        self._connection.execute("UPDATE V3_Teams SET name = ? WHERE team_id = ?", (name, team))

    def _move(self) -> None:
        kickoff = self._clock.now + timedelta(hours=self.random.randrange(1, 200))
        self._connection.execute(
            "UPDATE V3_Fixtures SET \"date\" = ?, timestamp = ? WHERE fixture_id = ? AND status_short = 'NS'",
            (kickoff.isoformat(), int(kickoff.timestamp()), self._coming()),
        )

    def _announce(self) -> None:
        kickoff = self._clock.now + timedelta(days=self.random.randrange(1, 20))
        home = self.random.randrange(1, 10)
        add_fixture(
            self._connection, kickoff=kickoff, season_year=2021, home_team_id=home, away_team_id=home + 10
        )

    def _promote(self) -> None:
        self.model_id = self.random.choice(self._ids)
        (self._models / "current.json").write_text(json.dumps({"model_id": self.model_id}))

    def _wait(self) -> None:
        self._clock.now += timedelta(
            seconds=self.random.choice((1, 1, 60, 3_600, 9_000, 86_400, 15 * 86_400))
        )

    def _coming(self) -> int:
        return self.random.choice(COMING)


def questions(node: Node) -> Iterator[dict[str, Any]]:
    """Bodies of clients' requests, most of them repeated."""
    for fixture_id in (*COMING[:4], 400, 740, 10_000):
        yield {"fixture_id": fixture_id}
    yield {"fixture_id": COMING[5], "use_odds": False}
    yield {"fixture_id": COMING[6], "odds": ODDS}
    yield {"fixture_id": COMING[7], "explain": True}
    yield {"fixture_ids": COMING, "scores": True}
    yield {"api_id": node.random.randrange(700, 730)}
    yield {"match": MATCH}
    yield {"match": {**MATCH, "neutral": True}, "scores": True}
    yield {"fixture_ids": [*COMING, 30, 31, 99_999]}


def without_request_ids(answer: Any) -> Any:
    """The body of an answer without the request ids of its errors."""
    body = answer.json()
    for each in [body, *body.get("errors", [])]:
        if "error" in each:
            each["error"].pop("request_id")
    return answer.status_code, body


def test_no_answer_is_stale_whatever_is_committed_promoted_or_becomes_known(
    copied: Settings, clock: Clock
) -> None:
    uncached = replace(copied, kept_answers_mb=0)
    keeping_app = create_app(copied)
    with (
        closing(sqlite3.connect(copied.db_path, isolation_level=None)) as connection,
        in_thread(keeping_app) as keeping,
        in_thread(create_app(uncached)) as computing,
    ):
        node = Node(connection, clock, copied.model_dir)
        kinds = set()
        for number in range(STEPS):
            happened = node.step()
            kinds.add(happened)
            for each in (keeping, computing):
                until(lambda each=each: serves(each, node.model_id), "the promoted model serves")
            for question in questions(node):
                expected = without_request_ids(computing.post("/predict", json=question))
                for _ in range(2):
                    answer = without_request_ids(keeping.post("/predict", json=question))
                    assert answer == expected, (number, happened, question)
    assert kinds == {step.__name__ for step in node.steps}


def serves(client: Client, model_id: str) -> bool:
    return bool(client.get("/health").json()["model"]["model_id"] == model_id)


def test_answers_about_coming_fixtures_are_ready_before_anybody_asks(copied: Settings, clock: Clock) -> None:
    app = create_app(copied)
    cache: KeptAnswers = app.state.service.predictions.cache
    with (
        closing(sqlite3.connect(copied.db_path, isolation_level=None)) as connection,
        in_thread(app),
    ):
        coming = [
            PredictQuery(row[0])
            for row in connection.execute(
                "SELECT fixture_id FROM V3_Fixtures WHERE timestamp > ?", (int(clock.time()),)
            )
        ]
        assert coming
        until(lambda: all(query in cache for query in coming), "all are ready")
        more = PredictQuery(add_fixture(connection, kickoff=clock.now + timedelta(days=2)))
        until(lambda: more in cache, "so is one that Node announces")


def test_what_was_asked_again_before_a_commit_is_made_again_at_the_first_question_after_it(
    copied: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int | None] = []
    renew = Forecaster.renew_batch

    def recorded(self: Forecaster, queries: Sequence[PredictQuery], tags: Sequence[bytes | None]) -> Any:
        made.extend(query.fixture_id for query in queries)
        return renew(self, queries, tags)

    monkeypatch.setattr(Forecaster, "renew_batch", recorded)
    asked_again, asked_once, first = 600, 601, 602  # played long ago: these are not made ready ahead of time
    with (
        closing(sqlite3.connect(copied.db_path, isolation_level=None)) as connection,
        in_thread(create_app(copied)) as client,
    ):
        for fixture_id in (asked_again, asked_again, asked_once, first):
            assert client.post("/predict", json={"fixture_id": fixture_id}).status_code == 200
        finish(connection, COMING[0] - 1, 2, 1)
        made.clear()
        client.post("/predict", json={"fixture_id": first})
        until(lambda: asked_again in made, "the other is made again too")
        assert asked_once not in made


def validity(standing: Standing, since: int = 0, before: int = NEVER) -> Validity:
    return Validity(standing, since, before)


@pytest.fixture
def standing() -> Standing:
    return under_another_model()


def under_another_model() -> Standing:
    return cast(Standing, SimpleNamespace(model=object()))


def after_a_commit(standing: Standing) -> Standing:
    return cast(Standing, SimpleNamespace(model=standing.model))


ONE, TWO = PredictQuery(1), PredictQuery(2)


def test_an_answer_is_given_again_only_under_its_standing_and_until_its_time(standing: Standing) -> None:
    cache = KeptAnswers(10_000)
    cache.put(ONE, b"answer", validity(standing, 5, 8), b"tag")
    assert [cache.to_query(ONE, standing, moment) for moment in (5, 7)] == [b"answer", b"answer"]
    assert cache.to_query(ONE, standing, 8) is None
    cache.put(ONE, b"answer", validity(standing, 5, 8), b"tag")
    assert cache.to_query(ONE, standing, 4) is None
    cache.put(ONE, b"answer", validity(standing), b"tag")
    assert cache.to_query(ONE, after_a_commit(standing), 5) is None


def test_after_a_commit_an_answer_is_given_once_it_is_kept_again(standing: Standing) -> None:
    cache = KeptAnswers(10_000)
    cache.put(ONE, b"answer", validity(standing), b"tag")
    cache.put_request(b"one", ONE)
    later = after_a_commit(standing)
    assert cache.to_request(b"one", later, 5) is None
    assert cache.former(ONE) == (b"answer", b"tag")
    cache.put(ONE, b"answer", validity(later), b"tag")
    assert cache.to_request(b"one", later, 5) == b"answer"
    assert cache.to_query(ONE, standing, 5) is None


def test_an_answer_whose_time_is_over_may_be_right_again(standing: Standing) -> None:
    cache = KeptAnswers(10_000)
    cache.put(ONE, b"answer", validity(standing, 5, 8), b"tag")
    assert cache.to_query(ONE, standing, 8) is None
    assert cache.former(ONE) == (b"answer", b"tag")


def test_what_was_asked_again_before_a_commit_is_due_after_it_the_longest_ago_first(
    standing: Standing,
) -> None:
    explained, three = PredictQuery(3, explain=True), PredictQuery(3)
    cache = KeptAnswers(10_000)
    for query in (ONE, TWO, three, explained):
        cache.put(query, b"answer", validity(standing), b"tag")
    for query in (ONE, three, explained, ONE):
        cache.to_query(query, standing, 5)
    assert cache.due(10) == []
    cache.to_query(TWO, after_a_commit(standing), 5)
    assert cache.due(1) == [three]
    assert cache.due(10) == [three, ONE]
    assert cache.due(10) == []


def test_nothing_is_due_that_was_renewed_or_asked_long_ago_or_is_of_another_model(standing: Standing) -> None:
    cache = KeptAnswers(10_000)
    for query in (ONE, TWO):
        cache.put(query, b"answer", validity(standing), b"tag")
        cache.to_query(query, standing, 5)
    later = after_a_commit(standing)
    cache.put(ONE, b"answer", validity(later), b"tag")
    assert cache.due(10) == [TWO]
    cache.to_query(PredictQuery(3), under_another_model(), 5)
    assert cache.due(10) == []
    cache.put(ONE, b"answer", validity(standing), b"tag")
    cache.to_query(ONE, standing, 5)
    for _ in range(DEMAND_COMMITS + 1):
        cache.to_query(TWO, after_a_commit(standing), 5)
    assert cache.due(10) == []


def test_under_another_model_nothing_is_left(standing: Standing) -> None:
    cache = KeptAnswers(10_000)
    cache.put(ONE, b"answer", validity(standing), b"tag")
    assert cache.to_query(ONE, under_another_model(), 5) is None
    assert (cache.former(ONE).tag, cache.room) == (None, 10_000)


def test_former_answers_leave_room_for_others(standing: Standing) -> None:
    size = ANSWER_OVERHEAD_BYTES + 100
    cache = KeptAnswers(3 * size)
    for number in (1, 2, 3):
        cache.put(PredictQuery(number), bytes(100), validity(standing), b"tag")
    assert cache.room == 0
    later = after_a_commit(standing)
    assert cache.to_query(ONE, later, 0) is None
    assert cache.room == 3 * size
    cache.put(ONE, bytes(100), validity(later), b"tag")
    assert cache.room == 2 * size
    cache.put(PredictQuery(4), bytes(100), validity(later), b"tag")
    assert (cache.room, cache.size) == (size, 3 * size)
    assert cache.former(TWO).tag is None


def test_the_bytes_of_a_request_are_answered_as_long_as_what_they_ask_for(standing: Standing) -> None:
    cache = KeptAnswers(10_000)
    cache.put_request(b"one", ONE)
    assert not cache.knows(b"one")
    cache.put(ONE, b"answer", validity(standing, 5, 8), b"tag")
    for request in (b"one", b"one "):
        cache.put_request(request, ONE)
    assert [cache.to_request(each, standing, 7) for each in (b"one", b"one ", b"two")] == [
        b"answer",
        b"answer",
        None,
    ]
    assert cache.to_request(b"one", standing, 8) is None
    cache.put(ONE, b"newer", validity(standing, 8), b"tag")
    assert cache.to_request(b"one ", standing, 8) == b"newer"
    assert cache.to_request(b"one", under_another_model(), 8) is None
    assert not cache.knows(b"one")


def test_the_least_recently_used_answers_make_room(standing: Standing) -> None:
    size = ANSWER_OVERHEAD_BYTES + 100
    cache = KeptAnswers(3 * size)
    queries = [PredictQuery(each) for each in range(1, 5)]
    for query in queries[:3]:
        cache.put(query, bytes(100), validity(standing), b"tag")
    assert cache.to_query(queries[0], standing, 0) is not None
    cache.put(queries[3], bytes(100), validity(standing), b"tag")
    assert [query in cache for query in queries] == [True, False, True, True]
    assert cache.size == 3 * size


def test_the_bytes_of_requests_make_room_before_answers_do(standing: Standing) -> None:
    cache = KeptAnswers(20_000)
    cache.put(ONE, bytes(100), validity(standing), b"tag")
    cache.put(TWO, bytes(100), validity(standing), b"tag")
    for number in range(1_000):
        cache.put_request(str(number).encode(), ONE)
    assert [query in cache for query in (ONE, TWO)] == [True, True]
    assert [cache.knows(request) for request in (b"0", b"999")] == [False, True]
    assert cache.size <= 20_000


def test_memory_stays_within_its_bound_and_is_returned(standing: Standing) -> None:
    cache = KeptAnswers(50_000)
    generator = random.Random(1)
    for _ in range(2_000):
        query = PredictQuery(generator.randrange(300))
        cache.put(query, bytes(generator.randrange(3_000)), validity(standing), b"tag")
        cache.put_request(bytes(generator.randrange(300)), query)
        assert 0 < cache.size <= 50_000
    cache.to_query(ONE, under_another_model(), 0)
    assert (len(cache), cache.size) == (0, 0)


def test_garbage_collection_does_not_look_through_kept_answers(standing: Standing) -> None:
    cache = KeptAnswers(10_000_000)
    match = MatchQuery(1, 2, 3, BEGIN)
    gc.collect()
    before = len(gc.get_objects())
    for number in range(1, 1_001):
        query = PredictQuery(match=match, odds={"1x2": (2.0, 3.0, 4.0 + number)})
        cache.put(query, b"answer %d" % number, validity(standing), b"tag")
        cache.put_request(b"question %d" % number, query)
    del query
    gc.collect()
    assert len(cache) == 1_000
    assert len(gc.get_objects()) - before < 100


def test_without_memory_nothing_is_kept(standing: Standing) -> None:
    cache = KeptAnswers(0)
    cache.put(ONE, b"answer", validity(standing), b"tag")
    cache.put_request(b"question", ONE)
    assert (len(cache), cache.knows(b"question")) == (0, False)


def test_equal_queries_have_one_key_and_others_another() -> None:
    match = MatchQuery(1, 2, 3, BEGIN)
    both = {"1x2": (2.0, 3.0, 4.0), "ou25": (1.9, 1.9)}
    queries = [
        PredictQuery(1),
        PredictQuery(2),
        PredictQuery(api_id=1),
        PredictQuery(1, use_odds=False),
        PredictQuery(1, explain=True),
        PredictQuery(1, scores=True),
        PredictQuery(match=match),
        PredictQuery(match=replace(match, neutral=True)),
        PredictQuery(match=replace(match, kickoff=BEGIN + MINUTE)),
        PredictQuery(match=match, odds=both),
        PredictQuery(match=match, odds={"1x2": both["1x2"]}),
        PredictQuery(match=match, odds={**both, "1x2": (2.0, 3.0, 4.1)}),
    ]
    assert len({query.key for query in queries}) == len(queries)
    assert PredictQuery(match=replace(match), odds=dict(reversed(both.items()))).key == queries[9].key


def test_work_that_nobody_asked_for_keeps_to_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [0.0]
    monkeypatch.setattr("api.coming_answers.time", SimpleNamespace(monotonic=lambda: moment[0]))
    allowance = _Allowance(0.05, 3.0)
    worked = 0.0
    for _ in range(10_000):
        moment[0] += 0.005
        if allowance.is_left():
            with allowance:
                moment[0] += 0.1
            worked += 0.1
    assert worked == pytest.approx(3.0 + 0.05 * moment[0], abs=0.2)
