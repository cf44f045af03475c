"""Predictions by the contract, through a real model and a real database."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from config import Settings
from errors import (
    Busy,
    DatabaseInvalidSchema,
    DatabaseMissing,
    DatabaseUnreadable,
    FixtureNotFound,
    LeagueNotFound,
    ModelInvalid,
    ModelNotTrained,
    NoCurrentModel,
    ServiceError,
    TeamNotFound,
)
from markets.odds import implied_probabilities
from markets.registry import MARKETS
from models.predictor import Forecaster
from models.query import MatchQuery, PredictQuery
from models.store import ModelStore
from models.trainer import TrainResult
from testing.leagues import World, add_fixture, add_price, create

COMING, PAST = 712, 400
FAIR_ODDS = {"1x2": (2.5, 3.4, 2.9), "ou25": (1.95, 1.95), "btts": (1.8, 2.0)}
FUTURE = datetime(2021, 12, 4, 15, tzinfo=timezone.utc)


@pytest.fixture
def copied(world: Path, database: Path, settings: Settings, trained: TrainResult) -> Settings:
    """Settings of a service over a copy of the world, with the trained model."""
    assert trained.promoted
    shutil.copy(world, database)
    return replace(settings, db_path=database)


@pytest.fixture
def node(copied: Settings) -> Iterator[sqlite3.Connection]:
    """Node's connection to the copy."""
    with closing(sqlite3.connect(copied.db_path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        yield connection


def ask(settings: Settings, query: PredictQuery) -> Any:
    """The answer of a service that starts now."""
    with closing(Forecaster(settings)) as one:
        return one.predict(query)


def between(home: int = 1, away: int = 2, neutral: bool = False, kickoff: datetime = FUTURE) -> MatchQuery:
    return MatchQuery(1, home, away, kickoff, neutral)


def probabilities(answer: Mapping[str, Any], market: str = "1x2") -> list[float]:
    return list(answer["prediction"][market].values())


def test_an_answer_has_the_shape_of_the_contract(forecaster: Forecaster) -> None:
    answer: Any = forecaster.predict(PredictQuery(COMING, explain=True))
    assert set(answer) >= {
        "fixture_id", "match", "prediction", "basis", "odds", "odds_source", "edge", "value_bets",
        "explanation", "scores", "warnings", "model_id", "data_as_of",
    }  # fmt: skip
    assert set(answer["match"]) == {
        "api_id", "league_id", "league", "country", "home_team_id", "home_team", "away_team_id", "away_team", "date",
    }  # fmt: skip
    for name in ("prediction", "basis", "odds", "odds_source", "edge"):
        assert list(answer[name]) == ["1x2", "ou25", "btts"]
    for market in MARKETS:
        for name in ("prediction", "odds", "edge"):
            assert list(answer[name][market.key]) == list(market.outcomes)
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer


@pytest.mark.parametrize("use_odds", [True, False])
@pytest.mark.parametrize("fixture", [1, PAST, COMING])
def test_probabilities_of_a_market_sum_to_one_inside_zero_and_one(
    fixture: int, use_odds: bool, forecaster: Forecaster
) -> None:
    answer: Any = forecaster.predict(PredictQuery(fixture, use_odds=use_odds))
    for market in MARKETS:
        values = probabilities(answer, market.key)
        assert sum(values) == pytest.approx(1.0, abs=1e-9)
        assert 0.0 < min(values) < max(values) < 1.0


def test_with_prices_and_without_answer_differently_and_say_which(forecaster: Forecaster) -> None:
    with_odds: Any = forecaster.predict(PredictQuery(COMING))
    without: Any = forecaster.predict(PredictQuery(COMING, use_odds=False))
    assert set(with_odds["basis"].values()) == {"with_odds"}
    assert set(without["basis"].values()) == {"without_odds"}
    assert probabilities(with_odds) != probabilities(without)
    assert without["odds"] == with_odds["odds"]


def test_the_edge_is_against_the_market_without_its_margin(forecaster: Forecaster) -> None:
    answer: Any = forecaster.predict(PredictQuery(COMING))
    for market in MARKETS:
        odds = np.array([list(answer["odds"][market.key].values())])
        expected = np.array(probabilities(answer, market.key)) - implied_probabilities(odds)[0]
        np.testing.assert_allclose(list(answer["edge"][market.key].values()), expected, atol=1e-12)
        assert sum(answer["edge"][market.key].values()) == pytest.approx(0.0, abs=1e-9)


def test_odds_that_come_along_replace_the_databases_market_by_market(forecaster: Forecaster) -> None:
    answer: Any = forecaster.predict(PredictQuery(COMING, odds={"1x2": (1.5, 4.0, 7.0)}))
    assert list(answer["odds"]["1x2"].values()) == [1.5, 4.0, 7.0]
    assert answer["odds_source"]["1x2"] == {"from": "request", "bookmaker_id": None, "captured_at": None}
    assert answer["odds_source"]["ou25"]["from"] == "database"
    assert answer["odds_source"]["ou25"]["bookmaker_id"] == 8


def test_a_match_that_is_not_in_the_database_is_answered(forecaster: Forecaster) -> None:
    answer = forecaster.predict(PredictQuery(match=between()))
    assert answer["fixture_id"] is None
    assert answer["match"]["date"] == "2021-12-04T15:00:00Z"
    assert (answer["match"]["league"], answer["match"]["home_team"]) == ("Division 1", "Town 1-1")
    assert answer["edge"] is None
    assert set(answer["odds"].values()) == {None}
    assert set(answer["basis"].values()) == {"without_odds"}


def test_a_match_asked_for_by_teams_and_date_is_predicted_as_the_fixture(forecaster: Forecaster) -> None:
    fixture = forecaster.predict(PredictQuery(COMING, odds=FAIR_ODDS))
    match = fixture["match"]
    kickoff = datetime.fromisoformat(match["date"].replace("Z", "+00:00"))
    query = MatchQuery(match["league_id"], match["home_team_id"], match["away_team_id"], kickoff)
    answer = forecaster.predict(PredictQuery(match=query, odds=FAIR_ODDS))
    assert answer["prediction"] == fixture["prediction"]


@pytest.mark.parametrize("odds", [{}, FAIR_ODDS])
def test_on_neutral_ground_the_teams_may_be_changed_over(
    odds: dict[str, tuple[float, ...]], forecaster: Forecaster
) -> None:
    one = forecaster.predict(PredictQuery(match=between(1, 4, neutral=True), odds=odds))
    turned = {**odds, "1x2": odds["1x2"][::-1]} if odds else {}
    other = forecaster.predict(PredictQuery(match=between(4, 1, neutral=True), odds=turned))
    np.testing.assert_allclose(probabilities(one), probabilities(other)[::-1], atol=1e-9)
    for market in ("ou25", "btts"):
        np.testing.assert_allclose(probabilities(one, market), probabilities(other, market), atol=1e-9)


def test_at_home_the_teams_may_not_be_changed_over(forecaster: Forecaster) -> None:
    one, other = (forecaster.predict(PredictQuery(match=between(*pair))) for pair in ((1, 4), (4, 1)))
    assert not np.allclose(probabilities(one), probabilities(other)[::-1], atol=1e-3)


@pytest.mark.parametrize("use_odds", [True, False])
def test_an_explanation_adds_up_to_the_margins_largest_first(use_odds: bool, forecaster: Forecaster) -> None:
    answer: Any = forecaster.predict(PredictQuery(COMING, explain=True, use_odds=use_odds))
    impacts = np.array([list(entry["impact"].values()) for entry in answer["explanation"]])
    sizes = np.abs(impacts).max(axis=1)
    assert np.all(np.diff(sizes) <= 1e-12)
    model = forecaster._serving_model().of("1x2", use_odds)
    explained = model.calibration.apply(impacts.sum(axis=0, keepdims=True))
    np.testing.assert_allclose(explained[0], probabilities(answer), atol=1e-5)


def test_an_explanation_names_every_input_in_words_and_is_null_unless_asked_for(
    forecaster: Forecaster,
) -> None:
    assert forecaster.predict(PredictQuery(COMING))["explanation"] is None
    entries: Any = forecaster.predict(PredictQuery(COMING, explain=True, use_odds=False))["explanation"]
    assert len({entry["feature"] for entry in entries}) == len(entries)
    assert all(set(entry) >= {"feature", "value", "impact"} and entry["description"] for entry in entries)
    assert all(list(entry["impact"]) == ["home", "draw", "away"] for entry in entries)


def test_many_fixtures_are_answered_in_the_order_asked_and_as_alone(forecaster: Forecaster) -> None:
    ids = [COMING, 99_999, 3, PAST]
    batch = forecaster.predict_batch([PredictQuery(each) for each in ids])
    predictions = [answer for answer in batch if not isinstance(answer, ServiceError)]
    assert [answer["fixture_id"] for answer in predictions] == [COMING, 3, PAST]
    assert [
        (id_, error.code) for id_, error in zip(ids, batch, strict=True) if isinstance(error, ServiceError)
    ] == [(99_999, "fixture_not_found")]
    for answer in predictions:
        assert answer == forecaster.predict(PredictQuery(answer["fixture_id"]))
        assert answer["model_id"] == forecaster.standing().model.model_id


@pytest.fixture
def football_api(node: sqlite3.Connection) -> int:
    """How much larger API-Football's ids are than the database's own, but for the first fixture, which has none."""
    more = 1_200_000
    node.execute("UPDATE V3_Fixtures SET api_id = api_id + ?", (more,))
    node.execute("UPDATE V3_Fixtures SET api_id = -5 WHERE fixture_id = 1")
    return more


def test_a_fixture_asked_for_by_its_api_id_is_answered_as_by_its_own(
    football_api: int, copied: Settings
) -> None:
    with closing(Forecaster(copied)) as one:
        for fixture_id in (COMING, PAST):
            answer = one.predict(PredictQuery(api_id=football_api + fixture_id))
            assert answer == one.predict(PredictQuery(fixture_id))
            assert answer["match"]["api_id"] == football_api + fixture_id
        assert one.predict(PredictQuery(1))["match"]["api_id"] is None


def test_a_match_outside_the_database_has_no_api_id(forecaster: Forecaster) -> None:
    assert forecaster.predict(PredictQuery(match=between()))["match"]["api_id"] is None


def test_an_id_of_the_other_kind_is_named_and_never_guessed(football_api: int, copied: Settings) -> None:
    with closing(Forecaster(copied)) as one:
        with pytest.raises(FixtureNotFound) as refused:
            one.predict(PredictQuery(football_api + COMING))
        assert refused.value.hint == (
            f"{football_api + COMING} is the api_id of fixture {COMING}; ask with api_id"
        )
        with pytest.raises(FixtureNotFound) as refused:
            one.predict(PredictQuery(api_id=COMING))
        assert refused.value.hint == f"{COMING} is a fixture_id; ask with fixture_id"


@pytest.mark.usefixtures("football_api")
def test_an_id_of_both_kinds_is_each_its_own(node: sqlite3.Connection, copied: Settings) -> None:
    node.execute("UPDATE V3_Fixtures SET api_id = ? WHERE fixture_id = ?", (PAST, COMING))
    with closing(Forecaster(copied)) as one:
        assert one.predict(PredictQuery(api_id=PAST))["fixture_id"] == COMING
        assert one.predict(PredictQuery(PAST))["fixture_id"] == PAST


@pytest.mark.usefixtures("football_api")
@pytest.mark.parametrize("api_id", [-5, -1, 0, 77, 2**62])
def test_what_is_no_api_id_is_not_found(api_id: int, copied: Settings) -> None:
    with closing(Forecaster(copied)) as one, pytest.raises(FixtureNotFound, match=f"api_id {api_id}"):
        one.predict(PredictQuery(api_id=api_id))


def test_many_fixtures_by_api_id_are_answered_in_the_order_asked(football_api: int, copied: Settings) -> None:
    ids = [football_api + PAST, 9, football_api + COMING]
    with closing(Forecaster(copied)) as one:
        first, failed, last = one.predict_batch([PredictQuery(api_id=each) for each in ids])
    assert not isinstance(first, ServiceError)
    assert not isinstance(last, ServiceError)
    assert [first["fixture_id"], last["fixture_id"]] == [PAST, COMING]
    assert isinstance(failed, ServiceError)
    assert failed.code == "fixture_not_found"


def test_an_api_id_that_node_fills_in_is_known_at_the_next_question(
    node: sqlite3.Connection, copied: Settings
) -> None:
    with closing(Forecaster(copied)) as one:
        one.predict(PredictQuery(COMING))
        node.execute("UPDATE V3_Fixtures SET api_id = 1209640 WHERE fixture_id = ?", (COMING,))
        assert one.predict(PredictQuery(api_id=1209640))["fixture_id"] == COMING


def test_a_match_names_the_country_of_its_league(forecaster: Forecaster, copied: Settings) -> None:
    assert forecaster.predict(PredictQuery(COMING))["match"]["country"] == "Land"
    with closing(sqlite3.connect(copied.db_path)) as node:
        node.execute("DROP TABLE V3_Countries")
    assert ask(copied, PredictQuery(COMING))["match"]["country"] is None


def test_an_api_id_of_a_league_is_not_taken_for_the_databases_own(
    node: sqlite3.Connection, copied: Settings
) -> None:
    node.execute("UPDATE V3_Leagues SET api_id = 39 WHERE league_id = 2")
    with pytest.raises(LeagueNotFound) as refused:
        ask(copied, PredictQuery(match=replace(between(), league_id=39)))
    assert refused.value.hint == "39 is the api_id of 2 Division 2 (Land)"


def test_requests_answered_together_get_what_each_would_get_alone(forecaster: Forecaster) -> None:
    queries = [
        PredictQuery(COMING),
        PredictQuery(COMING, use_odds=False),
        PredictQuery(match=between()),
        PredictQuery(COMING, odds=FAIR_ODDS, explain=True),
        PredictQuery(match=between(4, 7), odds=FAIR_ODDS),
        PredictQuery(COMING),
        PredictQuery(PAST),
    ]
    assert forecaster.predict_batch(queries) == [forecaster.predict(query) for query in queries]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        (PredictQuery(99_999), FixtureNotFound),
        (PredictQuery(0), FixtureNotFound),
        (PredictQuery(match=MatchQuery(77, 1, 2, FUTURE)), LeagueNotFound),
        (PredictQuery(match=MatchQuery(1, 77, 2, FUTURE)), TeamNotFound),
        (PredictQuery(match=MatchQuery(1, 1, 77, FUTURE)), TeamNotFound),
    ],
)
def test_what_is_not_there_is_not_found(
    query: PredictQuery, error: type[Exception], forecaster: Forecaster
) -> None:
    with pytest.raises(error):
        forecaster.predict(query)


@pytest.mark.parametrize("odds", [(1e6, 1.0000001, 1.0000001), (1.0000001, 1e6, 1e6), (1.5, 1.5, 1.5)])
def test_the_strangest_odds_get_an_answer_in_numbers(odds: tuple[float, ...], forecaster: Forecaster) -> None:
    answer: Any = forecaster.predict(PredictQuery(COMING, odds={"1x2": odds}, explain=True))
    assert sum(probabilities(answer)) == pytest.approx(1.0, abs=1e-9)
    json.dumps(answer, allow_nan=False)


def end_just_before(node: sqlite3.Connection, fixture: int) -> None:
    """Delete everything that was not known when the fixture kicked off."""
    (kickoff,) = node.execute("SELECT timestamp FROM V3_Fixtures WHERE fixture_id=?", (fixture,)).fetchone()
    node.execute("DELETE FROM V3_Fixtures WHERE timestamp >= ? AND fixture_id <> ?", (kickoff, fixture))
    node.execute(
        "UPDATE V3_Fixtures SET status_short='NS', goals_home=NULL, goals_away=NULL, score_fulltime_home=NULL,"
        " score_fulltime_away=NULL WHERE timestamp + 9000 > ?",
        (kickoff,),
    )
    left = "(SELECT fixture_id FROM V3_Fixtures)"
    for table in ("V3_Odds", "V3_Odds_History"):
        node.execute(f"DELETE FROM {table} WHERE fixture_id NOT IN {left}")
    node.execute(
        "DELETE FROM V3_Fixture_Stats WHERE fixture_id NOT IN"
        " (SELECT fixture_id FROM V3_Fixtures WHERE status_short='FT')"
    )


@pytest.mark.parametrize("fixture", [2, 97, 181, 361, 405, 540, 699])
def test_a_prediction_is_identical_whether_the_database_ends_just_before_the_match_or_goes_on(
    fixture: int, node: sqlite3.Connection, copied: Settings
) -> None:
    query = PredictQuery(fixture, explain=True)
    whole = ask(copied, query)
    end_just_before(node, fixture)
    assert ask(copied, query) == whole


def test_a_past_match_gets_its_last_price_before_kick_off(node: sqlite3.Connection, copied: Settings) -> None:
    before = ask(copied, PredictQuery(PAST))
    (kickoff,) = node.execute("SELECT timestamp FROM V3_Fixtures WHERE fixture_id=?", (PAST,)).fetchone()
    moment = datetime.fromtimestamp(kickoff, timezone.utc)
    add_price(node, PAST, (9.0, 9.0, 1.1), moment, bookmaker=52)
    assert ask(copied, PredictQuery(PAST)) == before
    add_price(node, PAST, (9.0, 9.0, 1.1), moment - timedelta(minutes=1), bookmaker=52)
    assert ask(copied, PredictQuery(PAST))["odds_source"]["1x2"]["bookmaker_id"] == 52


def test_a_match_of_today_without_an_hour_gets_the_price_of_today_and_was_not_trained_on(
    node: sqlite3.Connection, copied: Settings
) -> None:
    now = datetime.now(timezone.utc)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    fixture = add_fixture(node, kickoff=today, status_short="TBD")
    add_price(node, fixture, (2.0, 3.4, 4.0), now - timedelta(seconds=1), bookmaker=52)
    answer = ask(copied, PredictQuery(fixture))
    assert answer["odds"]["1x2"] == {"home": 2.0, "draw": 3.4, "away": 4.0}
    assert "in_training_data" not in answer["warnings"]


def test_what_node_commits_is_in_the_next_prediction(node: sqlite3.Connection, copied: Settings) -> None:
    with closing(Forecaster(copied)) as one:
        before: Any = one.predict(PredictQuery(COMING))
        add_price(node, COMING, (6.0, 4.0, 1.6), FUTURE - timedelta(days=20), bookmaker=52)
        after: Any = one.predict(PredictQuery(COMING))
        new = add_fixture(node, kickoff=FUTURE, league_id=2, home_team_id=12, away_team_id=15)
        assert one.predict(PredictQuery(new))["match"]["home_team_id"] == 12
    assert list(after["odds"]["1x2"].values()) == [6.0, 4.0, 1.6]
    assert probabilities(after) != probabilities(before)


def warned(settings: Settings, query: PredictQuery) -> set[str]:
    return set(ask(settings, query)["warnings"])


def newcomer(node: sqlite3.Connection) -> None:
    node.execute("INSERT INTO V3_Teams (team_id, api_id, name) VALUES (50, 9050, 'Newcomer')")
    node.execute(
        "INSERT INTO V3_Leagues (league_id, api_id, name, type, country_id) VALUES (9, 99, 'Cup', 'Cup', 1)"
    )


NOTHING = PredictQuery(match=between())
WARNINGS: dict[str, tuple[PredictQuery, PredictQuery]] = {
    "home_team_without_history": (PredictQuery(match=between(50, 1)), NOTHING),
    "away_team_without_history": (PredictQuery(match=between(1, 50)), NOTHING),
    "league_without_history": (PredictQuery(match=MatchQuery(9, 1, 2, FUTURE)), NOTHING),
    "pools_not_connected": (PredictQuery(match=between(1, 11)), NOTHING),
    "odds_missing": (NOTHING, PredictQuery(match=between(), odds={"btts": (1.9, 1.9)})),
    "odds_implausible": (
        PredictQuery(match=between(), odds={"ou25": (2.1, 2.1)}),
        PredictQuery(match=between(), odds={"ou25": (2.0, 2.0)}),
    ),
    "in_training_data": (PredictQuery(700), PredictQuery(COMING)),
    "stale_data": (PredictQuery(match=between(kickoff=FUTURE + timedelta(days=9))), NOTHING),
    "not_better_than_market": (PredictQuery(COMING), NOTHING),
}


@pytest.mark.parametrize("warning", WARNINGS)
def test_a_warning_is_given_where_it_holds_and_not_where_it_does_not(
    warning: str, node: sqlite3.Connection, copied: Settings
) -> None:
    newcomer(node)
    holds, holds_not = WARNINGS[warning]
    earlier = replace(copied, stale_after_days=16.0)
    assert warning in warned(earlier, holds)
    assert warning not in warned(earlier, holds_not)


def believing(settings: Settings, **more: Any) -> Settings:
    """Settings that ask for no evidence."""
    return replace(settings, require_evidence=False, **more)


LONG = {"1x2": (20.0, 25.0, 30.0), "ou25": (1.01, 40.0), "btts": (9.0, 1.02)}


def test_value_bets_are_one_a_market_of_highest_expected_value_best_first(
    settings: Settings, trained: TrainResult
) -> None:
    assert trained.promoted
    answer = ask(believing(settings), PredictQuery(match=between(), odds=LONG, use_odds=False))
    bets = answer["value_bets"]
    assert [bet["market"] for bet in bets]
    assert len({bet["market"] for bet in bets}) == len(bets)
    values = [bet["expected_value"] for bet in bets]
    assert values == sorted(values, reverse=True)
    for bet in bets:
        chance, edges = answer["prediction"][bet["market"]], answer["edge"][bet["market"]]
        odds = answer["odds"][bet["market"]]
        assert (bet["probability"], bet["edge"]) == (chance[bet["outcome"]], edges[bet["outcome"]])
        assert bet["expected_value"] == pytest.approx(bet["probability"] * bet["odds"] - 1.0)
        assert bet["edge"] >= settings.min_edge
        assert 0.0 < bet["kelly_fraction"] <= 0.05
        allowed = [chance[name] * odds[name] - 1 for name in odds if edges[name] >= settings.min_edge]
        assert bet["expected_value"] == pytest.approx(max(allowed))
    assert "not_better_than_market" not in answer["warnings"]


def test_an_edge_smaller_than_wanted_is_no_value_bet(settings: Settings, trained: TrainResult) -> None:
    assert trained.promoted
    query = PredictQuery(match=between(), odds=LONG, use_odds=False)
    assert ask(believing(settings, min_edge=1.0), query)["value_bets"] == []


def test_without_evidence_there_is_no_value_bet_and_a_warning(
    settings: Settings, trained: TrainResult
) -> None:
    assert trained.promoted
    answer = ask(settings, PredictQuery(match=between(), odds=LONG, use_odds=False))
    assert answer["value_bets"] == []
    assert "not_better_than_market" in answer["warnings"]


def with_evidence(settings: Settings, folder: Path, basis: str, interval: list[float] | None) -> Settings:
    """The trained model with another interval against the market on its card."""
    shutil.copytree(settings.model_dir, folder)
    (path,) = folder.glob("*.meta.json")
    meta = json.loads(path.read_bytes())
    for each in ("with_odds", "without_odds"):
        for card in meta["models"][each].values():
            card["metrics"]["market"]["ci95"] = interval if each == basis else [-0.01, 0.01]
    path.write_text(json.dumps(meta))
    return replace(settings, model_dir=folder)


@pytest.mark.parametrize(
    ("basis", "interval", "proven"),
    [
        ("without_odds", [-0.03, -0.001], True),
        ("without_odds", [-0.03, 0.001], False),
        ("without_odds", [0.01, 0.02], False),
        ("without_odds", None, False),
        ("with_odds", [-0.03, -0.001], False),
    ],
)
def test_evidence_is_an_interval_below_zero_of_the_model_that_answers(
    basis: str,
    interval: list[float] | None,
    proven: bool,
    settings: Settings,
    trained: TrainResult,
    tmp_path: Path,
) -> None:
    assert trained.promoted
    changed = with_evidence(settings, tmp_path / "models", basis, interval)
    answer = ask(changed, PredictQuery(match=between(), odds=LONG, use_odds=False))
    assert bool(answer["value_bets"]) == proven
    assert ("not_better_than_market" in answer["warnings"]) != proven


def test_health_tells_of_database_and_model(forecaster: Forecaster, trained: TrainResult) -> None:
    health = forecaster.health()
    assert health["ready"]
    assert health["database"]["status"] == "ok"
    assert (health["database"]["fixtures"], health["database"]["rejected_rows"]) == (720, 0)
    assert health["model"] == {"status": "ok", "model_id": trained.meta["model_id"], "detail": None}


@pytest.mark.parametrize("begun", [True, False])
def test_health_is_not_ready_while_a_writer_keeps_the_database_locked(begun: bool, copied: Settings) -> None:
    with closing(sqlite3.connect(copied.db_path)) as writer, closing(Forecaster(copied)) as one:
        writer.execute("PRAGMA journal_mode = DELETE")
        if begun:
            one.warm_up()
            assert one.health()["ready"]
        writer.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Busy):
            one.predict(PredictQuery(COMING))
        health: Any = one.health()
        assert (health["ready"], health["database"]["status"]) == (False, "ok")
        assert "locked" in health["database"]["detail"]


def test_health_counts_the_rows_left_out_and_says_why(node: sqlite3.Connection, copied: Settings) -> None:
    node.execute("UPDATE V3_Fixtures SET away_team_id = home_team_id WHERE fixture_id IN (5, 6)")
    node.execute(
        "UPDATE V3_Odds SET value_draw = 0 WHERE fixture_id = 9 AND bookmaker_id = 8 AND market_id = 1"
    )
    with closing(Forecaster(copied)) as one:
        one.warm_up()
        one.complete()
        database: Any = one.health()["database"]
    assert (database["fixtures"], database["rejected_rows"]) == (718, 3)
    assert "2 team_against_itself" in database["detail"]
    assert "1 impossible_odds" in database["detail"]


def test_health_counts_what_is_not_used_and_names_the_index_that_node_may_make(
    node: sqlite3.Connection, copied: Settings
) -> None:
    add_price(node, COMING, (2.0, 3.4, 4.0), None, market=10, table="V3_Odds")
    node.executescript("DROP INDEX odds_fixture; DROP INDEX history_fixture")
    with closing(Forecaster(copied)) as one:
        one.warm_up()
        one.complete()
        database: Any = one.health()["database"]
    assert (database["rejected_rows"], database["unused_by_reason"]) == (0, {"odds_of_other_markets": 1})
    assert "CREATE INDEX idx_v3_odds_history_fixture ON V3_Odds_History (fixture_id)" in database["detail"]


def test_health_counts_the_same_after_a_start_from_cached_fixtures(
    node: sqlite3.Connection, copied: Settings
) -> None:
    add_price(node, COMING, (2.0, 3.4, 4.0), None, market=10, table="V3_Odds")
    add_price(node, 99_999, (2.0, 3.4, 4.0), None, table="V3_Odds")
    add_price(node, PAST, (2.0, 3.4, 4.0), FUTURE)
    counts = []
    for _ in range(2):
        with closing(Forecaster(copied)) as one:
            one.warm_up()
            one.complete()
            database: Any = one.health()["database"]
            counts.append((database["rejected_by_reason"], database["unused_by_reason"]))
    assert counts[0] == counts[1]
    assert counts[0][1] == {"odds_captured_after_kick_off": 1, "odds_of_other_markets": 1}


def rename_an_empty_file(path: Path) -> None:
    path.with_suffix(".empty").touch()
    path.with_suffix(".empty").replace(path)


FAULTS: dict[str, tuple[Callable[[Path], object], type[Exception], str]] = {
    "missing": (lambda path: path.unlink(), DatabaseMissing, "missing"),
    "no sqlite": (lambda path: path.write_bytes(b"nothing" * 999), DatabaseUnreadable, "unreadable"),
    "empty": (rename_an_empty_file, DatabaseInvalidSchema, "invalid_schema"),
}


@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_database_gives_its_error_and_state_until_it_is_good_again(
    fault: str, begun: bool, copied: Settings, world: Path
) -> None:
    spoil, error, status = FAULTS[fault]
    with closing(Forecaster(copied)) as one:
        if begun:
            one.warm_up()
        spoil(copied.db_path)
        for _ in range(2):
            with pytest.raises(error):
                one.predict(PredictQuery(COMING))
            health = one.health()
            assert (health["database"]["status"], health["ready"]) == (status, False)
        shutil.copy(world, copied.db_path.with_suffix(".new"))
        copied.db_path.with_suffix(".new").replace(copied.db_path)
        assert one.predict(PredictQuery(COMING))["fixture_id"] == COMING
        assert one.health()["ready"]


def test_one_match_in_one_league_is_predicted(copied: Settings, tmp_path: Path) -> None:
    path = tmp_path / "one.sqlite"
    with closing(create(path, World(leagues=1, teams=2, seasons=1, upcoming_rounds=1))) as node:
        node.execute("DELETE FROM V3_Fixtures WHERE fixture_id = 1")
    answer = ask(replace(copied, db_path=path), PredictQuery(2))
    assert {"home_team_without_history", "league_without_history"} <= set(answer["warnings"])
    assert sum(probabilities(answer)) == pytest.approx(1.0)


def test_without_a_model_nothing_is_predicted_and_health_says_so(settings: Settings, tmp_path: Path) -> None:
    with closing(Forecaster(replace(settings, model_dir=tmp_path / "none"))) as one:
        with pytest.raises(ModelNotTrained):
            one.predict(PredictQuery(COMING))
        with pytest.raises(NoCurrentModel):
            one.current_meta()
        health = one.health()
        assert (health["model"]["status"], health["model"]["model_id"], health["ready"]) == (
            "missing",
            None,
            False,
        )


def copy_of(settings: Settings, folder: Path) -> tuple[ModelStore, str]:
    shutil.copytree(settings.model_dir, folder)
    store = ModelStore(folder)
    (model_id,) = store.ids()
    return store, model_id


def resaved(
    store: ModelStore, model_id: str, new_id: str, change: Callable[[dict[str, Any]], object]
) -> None:
    """Save a changed copy of a model, whole and with the right digest, and promote it."""
    stored = store.load(model_id)
    content = {**stored.content, "model_id": new_id}
    change(content)
    store.save(content, {**stored.meta, "model_id": new_id})
    store.promote(new_id)


def add_unknown_feature(content: dict[str, Any]) -> None:
    columns = content["models"]["without_odds"]["1x2"]["columns"]
    columns[0] = "phase_of_the_moon"


def spoil_trees(content: dict[str, Any]) -> None:
    content["models"]["without_odds"]["ou25"]["trees"] = "no trees"


UNSERVABLE: dict[str, Callable[[dict[str, Any]], object]] = {
    "unknown features": add_unknown_feature,
    "trees that cannot be read": spoil_trees,
    "a market that is missing": lambda content: content["models"]["without_odds"].pop("btts"),
    "no models": lambda content: content.pop("models"),
    "an unknown calibration": lambda content: content["models"]["without_odds"]["1x2"]["calibration"].update(
        method="os.system"
    ),
}


@pytest.mark.parametrize("fault", UNSERVABLE)
def test_a_model_that_this_code_cannot_serve_is_refused_and_the_newest_valid_one_serves(
    fault: str, settings: Settings, trained: TrainResult, tmp_path: Path
) -> None:
    assert trained.promoted
    store, model_id = copy_of(settings, tmp_path / "models")
    resaved(store, model_id, "99990101T000000000Z-ffffff", UNSERVABLE[fault])
    with closing(Forecaster(replace(settings, model_dir=tmp_path / "models"))) as one:
        answer = one.predict(PredictQuery(COMING))
        health = one.health()
    assert answer["model_id"] == model_id
    assert (health["model"]["status"], health["model"]["model_id"]) == ("invalid", model_id)
    assert health["model"]["detail"]
    assert health["ready"]


def test_a_lone_model_that_cannot_be_read_is_invalid(
    settings: Settings, trained: TrainResult, tmp_path: Path
) -> None:
    assert trained.promoted
    _, model_id = copy_of(settings, tmp_path / "models")
    (tmp_path / "models" / f"{model_id}.pkl").write_bytes(b"")
    with closing(Forecaster(replace(settings, model_dir=tmp_path / "models"))) as one:
        with pytest.raises(ModelInvalid):
            one.predict(PredictQuery(COMING))
        with pytest.raises(ModelInvalid):
            one.current_meta()
        assert one.health()["model"]["status"] == "invalid"


def test_a_newly_promoted_model_serves_after_a_refresh(
    settings: Settings, trained: TrainResult, tmp_path: Path
) -> None:
    assert trained.promoted
    store, model_id = copy_of(settings, tmp_path / "models")
    with closing(Forecaster(replace(settings, model_dir=tmp_path / "models"))) as one:
        one.warm_up()
        resaved(store, model_id, "99990101T000000000Z-ffffff", lambda content: content)
        one.refresh_model()
        assert one.predict(PredictQuery(COMING))["model_id"] == "99990101T000000000Z-ffffff"
