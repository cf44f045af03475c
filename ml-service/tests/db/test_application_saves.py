"""A service beside an application that saves its whole database with sql.js: the next answer knows what was saved."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from db.reader import Reader
from testing.application import Application, running, saving

VERSIONS, WAYS = ("sql.js-old", "sql.js"), ("in place", "by rename", "by copy")
SCORES = ((9, 0), (0, 9), (8, 0), (0, 8))


@pytest.fixture(scope="module", params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def application(
    version: str, forms: Path, models: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Application]:
    form = {"sql.js-old": "unique-lines", "sql.js": "unique-lines-new"}[version]
    with running(form, forms, tmp_path_factory.mktemp(form), models) as one:
        yield one


@pytest.fixture(scope="module")
def save_result(application: Application) -> Iterator[Callable[..., None]]:
    with saving(application.database) as save_result:
        yield save_result


@pytest.fixture
def save(
    way: str, version: str, application: Application, save_result: Callable[..., None]
) -> Callable[[tuple[int, int]], None]:
    """Saves a score of the last match at home of a coming match's home side."""
    fixture = application.fixtures["last_at_home"]["fixture_id"]

    def save_score(goals: tuple[int, int]) -> None:
        save_result(**{"with": version, "saving": way, "fixture": fixture, "goals": goals})

    return save_score


def on_disk(database: Path, fixture_id: int) -> tuple[int, int]:
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        statement = "SELECT goals_home, goals_away FROM V3_Fixtures WHERE fixture_id = ?"
        ((home, away),) = connection.execute(statement, (fixture_id,)).fetchall()
        return home, away


@pytest.mark.parametrize("way", WAYS)
def test_the_next_prediction_knows_a_result_that_was_saved(
    save: Callable[[tuple[int, int]], None], application: Application
) -> None:
    """Saves let the home side of an upcoming match win its last match by far, then lose it by far."""
    last = application.fixtures["last_at_home"]["fixture_id"]
    chances = []
    for score in SCORES:
        save(score)
        assert on_disk(application.database, last) == score
        answer = application.predict("coming", use_odds=False)
        chances.append(answer["prediction"]["1x2"]["home"])
    won, lost = chances[::2], chances[1::2]
    assert min(won) > max(lost), chances


@pytest.mark.parametrize("way", WAYS)
def test_a_reader_that_stays_open_reads_the_goals_that_were_saved(
    save: Callable[[tuple[int, int]], None], application: Application
) -> None:
    last = application.fixtures["last_at_home"]["fixture_id"]
    with closing(Reader(application.database)) as reader:
        stamps = set()
        for score in SCORES:
            save(score)
            stamps.add(reader.stamp())
            fixtures = reader.recent(4_000_000_000, [last]).fixtures
            home, away = fixtures["goals_home"].iloc[0], fixtures["goals_away"].iloc[0]
            assert (home, away) == score
        assert len(stamps) == len(SCORES)
