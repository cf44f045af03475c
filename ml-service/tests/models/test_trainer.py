"""From a database to a model that serves, and the contents of its meta."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from config import Settings
from errors import DatabaseMissing, InsufficientData, InvalidRequest, LeagueNotFound
from models.query import TrainRequest
from models.store import ModelStore
from models.trainer import TrainResult, train
from testing.leagues import World, add_fixture, add_teams, create, finish
from tests.conftest import silent

MARKETS = ["1x2", "ou25", "btts"]


def test_the_meta_has_the_shape_of_the_contract(trained: TrainResult) -> None:
    meta = trained.meta
    assert set(meta) >= {
        "model_id", "created_at", "format_version", "markets", "data", "training", "models", "file", "sha256",
    }  # fmt: skip
    assert set(meta["data"]) >= {"fixtures", "league_ids", "from", "to", "fingerprint"}
    assert set(meta["training"]) >= {"seconds", "parameters", "versions"}
    assert meta["markets"] == MARKETS
    assert (meta["data"]["fixtures"], meta["data"]["league_ids"]) == (700, [1, 2])
    assert meta["data"]["from"] == "2018-08-05"


def test_every_market_has_a_card_on_both_bases(trained: TrainResult) -> None:
    for basis in ("without_odds", "with_odds"):
        assert list(trained.meta["models"][basis]) == MARKETS
        for key, card in trained.meta["models"][basis].items():
            assert set(card) >= {"features", "rounds", "calibration", "metrics", "importance"}
            assert set(card["calibration"]["chosen_on"]) == {"n", "log_loss"}
            assert {entry["feature"] for entry in card["importance"]} == set(card["features"])
            check_metrics(card["metrics"], key)


def check_metrics(metrics: dict[str, Any], key: str) -> None:
    assert set(metrics) >= {
        "n", "from", "to", "log_loss", "brier", "rps", "ece", "base_rate_log_loss", "elo_log_loss", "market",
    }  # fmt: skip
    assert set(metrics["market"]) >= {"n", "log_loss_model", "log_loss_market", "difference", "ci95"}
    assert (metrics["rps"] is None) == (key != "1x2")
    assert (metrics["elo_log_loss"] is None) == (key != "1x2")
    gap = metrics["market"]["log_loss_model"] - metrics["market"]["log_loss_market"]
    assert metrics["market"]["difference"] == pytest.approx(gap)


def test_the_model_that_is_the_first_is_promoted_and_named_current(
    trained: TrainResult, settings: Settings
) -> None:
    assert trained.promoted
    assert trained.reason
    store = ModelStore(settings.model_dir)
    assert store.current_id() == trained.meta["model_id"]
    assert store.meta(trained.meta["model_id"]) == trained.meta


@dataclass(frozen=True)
class Retraining:
    """A training of what `trained` knows, by two threads, and the progress that it reported."""

    settings: Settings
    meta: dict[str, Any]
    progress: list[tuple[str, float]]


@pytest.fixture(scope="module")
def retraining(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Retraining:
    elsewhere = replace(settings, model_dir=tmp_path_factory.mktemp("again"), threads=2)
    progress: list[tuple[str, float]] = []
    meta = train(TrainRequest(), elsewhere, lambda stage, done: progress.append((stage, done))).meta
    return Retraining(elsewhere, meta, progress)


def test_the_same_data_give_the_same_models_however_many_threads_fit_them(
    settings: Settings, trained: TrainResult, retraining: Retraining
) -> None:
    assert settings.threads != retraining.settings.threads
    assert retraining.meta["models"] == trained.meta["models"]
    assert retraining.meta["data"] == trained.meta["data"]
    contents = [
        ModelStore(where.model_dir).load(meta["model_id"]).content
        for where, meta in ((settings, trained.meta), (retraining.settings, retraining.meta))
    ]
    assert {**contents[0], "model_id": ""} == {**contents[1], "model_id": ""}


def test_the_end_asked_for_ends_fitting_and_ratings(settings: Settings, tmp_path: Path) -> None:
    request = TrainRequest(last=date(2021, 9, 5), promote="never")
    result = train(request, replace(settings, model_dir=tmp_path), silent)
    assert not result.promoted
    assert result.meta["data"]["to"] <= "2021-09-05"
    assert ModelStore(tmp_path).current_id() is None


@pytest.mark.parametrize(
    ("request_", "there_are"),
    [
        (TrainRequest(league_ids=(1,)), 350),
        (TrainRequest(first=date(2020, 1, 1)), 340),
        (TrainRequest(last=date(2018, 8, 5)), 10),
    ],
)
def test_too_small_a_choice_is_refused_with_both_counts_and_leaves_nothing(
    request_: TrainRequest, there_are: int, settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(InsufficientData) as refused:
        train(request_, replace(settings, model_dir=tmp_path), silent)
    assert (refused.value.available, refused.value.required) == (there_are, 500)
    assert list(tmp_path.iterdir()) == []


def test_a_league_that_does_not_exist_is_not_found(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(LeagueNotFound, match="77"):
        train(TrainRequest(league_ids=(1, 77)), replace(settings, model_dir=tmp_path), silent)


def test_a_league_without_matches_is_refused_before_features_are_computed(
    settings: Settings, database: Path, world: Path
) -> None:
    shutil.copy(world, database)
    with closing(sqlite3.connect(database)) as node:
        node.execute("INSERT INTO V3_Leagues (league_id, api_id, name) VALUES (77, 770, 'Ligue 1')")
        node.commit()
    stages: list[str] = []
    with pytest.raises(InvalidRequest, match="league 77, Ligue 1, has no matches"):
        train(
            TrainRequest(league_ids=(1, 77)),
            replace(settings, db_path=database),
            lambda stage, _: stages.append(stage),
        )
    assert stages == ["reading the database"]


def test_one_match_is_too_few_and_no_error_of_another_kind(
    node: sqlite3.Connection, database: Path, tmp_path: Path
) -> None:
    finish(node, add_fixture(node), 1, 0)
    with pytest.raises(InsufficientData) as refused:
        train(TrainRequest(), Settings(db_path=database, model_dir=tmp_path, threads=1), silent)
    assert refused.value.available == 1


def test_no_fixtures_are_too_few(node: sqlite3.Connection, database: Path, tmp_path: Path) -> None:
    assert node
    with pytest.raises(InsufficientData):
        train(TrainRequest(), Settings(db_path=database, model_dir=tmp_path, threads=1), silent)


def test_a_missing_database_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing):
        train(TrainRequest(), Settings(db_path=tmp_path / "no.sqlite", model_dir=tmp_path), silent)


def test_without_prices_there_are_no_models_with_odds(database: Path, tmp_path: Path) -> None:
    create(database, World(odds=False, shots=False)).close()
    result = train(TrainRequest(), Settings(db_path=database, model_dir=tmp_path, threads=1), silent)
    assert set(result.meta["models"]["with_odds"].values()) == {None}
    assert result.meta["models"]["without_odds"]["1x2"]["metrics"]["market"] is None
    assert "1x2 0 of 500 finished matches with prices" in result.reason


def test_progress_goes_from_nothing_to_nearly_all_and_never_back(retraining: Retraining) -> None:
    shares = [done for _, done in retraining.progress]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1] <= 1.0) == (0.0, True)
    assert all(stage for stage, _ in retraining.progress)


def test_awarded_and_abandoned_matches_are_not_trained_on(
    world: Path, database: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(world)) as source, closing(sqlite3.connect(database)) as target:
        source.backup(target)
        for status, fixture in (("AWD", 50), ("ABD", 51), ("CANC", 52), ("WO", 53), ("PST", 54)):
            target.execute("UPDATE V3_Fixtures SET status_short=? WHERE fixture_id=?", (status, fixture))
        target.commit()
    result = train(TrainRequest(), Settings(db_path=database, model_dir=tmp_path, threads=1), silent)
    assert result.meta["data"]["fixtures"] == 695


def test_five_hundred_matches_of_a_single_day_are_refused_without_a_crash(
    database: Path, tmp_path: Path
) -> None:
    with closing(create(database)) as node:
        add_teams(node, 40)
        node.execute("BEGIN")
        for number in range(520):
            finish(
                node,
                add_fixture(node, home_team_id=1 + number % 20, away_team_id=21 + number % 19),
                number % 3,
                1,
            )
        node.execute("COMMIT")
    with pytest.raises(InsufficientData):
        train(TrainRequest(), Settings(db_path=database, model_dir=tmp_path, threads=1), silent)


def test_prices_of_too_few_days_are_the_forecast_themselves(database: Path, tmp_path: Path) -> None:
    """A database of which Node began to collect prices some weeks ago."""
    with closing(create(database, World(leagues=2, teams=12, seasons=5, upcoming_rounds=0))) as node:
        newest = "(SELECT fixture_id FROM V3_Fixtures ORDER BY timestamp DESC, fixture_id LIMIT 600)"
        (end,) = node.execute("SELECT MAX(timestamp) FROM V3_Fixtures").fetchone()
        for table in ("V3_Odds", "V3_Odds_History"):
            node.execute(f"DELETE FROM {table} WHERE fixture_id NOT IN {newest}")
            node.execute(f"DELETE FROM {table} WHERE market_id <> 1")
        node.execute(
            f"UPDATE V3_Fixtures SET timestamp = ? + 86400 * (fixture_id % 20) WHERE fixture_id IN {newest}",
            (end,),
        )
        node.execute(
            "UPDATE V3_Fixtures SET date = strftime('%Y-%m-%dT%H:%M:%S+00:00', timestamp, 'unixepoch')"
        )
    result = train(TrainRequest(), Settings(db_path=database, model_dir=tmp_path, threads=1), silent)
    card = result.meta["models"]["with_odds"]["1x2"]
    assert (card["rounds"], card["weight"]) == (0, 0.0)
    assert "20 days" in card["reason"]
    assert "1x2 20 of 30 days" in result.reason
    assert result.meta["models"]["with_odds"]["btts"] is None
    assert result.meta["models"]["without_odds"]["1x2"]["metrics"]["market"]["n"] > 0
