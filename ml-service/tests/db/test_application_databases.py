"""All routes on databases as the real application's versions wrote them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backtesting.engine import run
from backtesting.request import BacktestRequest
from contract.backtest import BacktestAnswer
from contract.health import HealthAnswer
from contract.model import MetaAnswer, TrainedAnswer
from contract.prediction import PredictionAnswer
from db.reader import Reader
from markets.further import ASIAN_HANDICAP, DOUBLE_CHANCE, offer_code
from testing.application import FORMS, Application, digests, running
from testing.contract import check_shape
from tests.conftest import silent

MARKETS = {
    "1x2": ("1", ("home", "draw", "away")),
    "ou25": ("5", ("over", "under")),
    "btts": ("8", ("yes", "no")),
}
ODDS = {"1x2": {"home": 2.1, "draw": 3.4, "away": 3.8}, "btts": {"yes": 1.9, "no": 1.95}}
BOOKMAKER = 8
ODD_ONES = (
    "penalties",
    "extra_time",
    "penalties_without_fulltime",
    "finished_without_fulltime",
    "awarded",
    "wo",
    "abd",
    "canc",
    "suspended",
    "postponed",
    "live",
    "tbd_midnight",
    "tbd_placeholder",
)


@pytest.fixture(scope="module", params=FORMS)
def application(
    request: pytest.FixtureRequest, forms: Path, models: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Application]:
    with running(request.param, forms, tmp_path_factory.mktemp(request.param), models) as one:
        yield one


def counted(database: Path, statement: str) -> int:
    """A number out of the database, which is opened such that nothing is written."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        ((number,),) = connection.execute(statement).fetchall()
        return int(number)


def assert_sums_to_one(answer: dict[str, Any]) -> None:
    for market in answer["prediction"].values():
        assert sum(market.values()) == pytest.approx(1.0, abs=1e-6)


def last_prices(fixture: dict[str, Any], market: str) -> dict[str, float]:
    number, outcomes = MARKETS[market]
    prices = [price for price in fixture["prices"][number] if price is not None]
    return dict(zip(outcomes, prices, strict=True))


def test_every_fixture_is_read_and_nothing_is_rejected(application: Application) -> None:
    health = application.health()
    check_shape(HealthAnswer, health)
    database = health["database"]
    assert (health["status"], health["ready"], database["status"]) == ("ok", True, "ok")
    assert database["fixtures"] == counted(application.database, "SELECT COUNT(*) FROM V3_Fixtures")
    assert database["rejected_by_reason"] == {}
    assert database["latest_result"] is not None


def test_a_coming_match_has_the_last_prices_of_its_only_bookmaker(application: Application) -> None:
    fixture, answer = application.fixtures["coming"], application.predict("coming")
    check_shape(PredictionAnswer, answer)
    assert_sums_to_one(answer)
    assert answer["basis"] == dict.fromkeys(MARKETS, "with_odds")
    for market in MARKETS:
        assert answer["odds"][market] == last_prices(fixture, market)
        source = answer["odds_source"][market]
        assert (source["from"], source["bookmaker_id"]) == ("database", BOOKMAKER)
        assert source["captured_at"] == fixture["captured_at"]
        assert answer["edge"][market] is not None


def test_of_several_prices_of_one_second_the_last_written_counts(application: Application) -> None:
    fixture = application.fixtures["several_prices_of_one_second"]
    answer = application.predict("several_prices_of_one_second")
    for market in MARKETS:
        assert answer["odds"][market] == last_prices(fixture, market)


def test_a_match_without_prices_is_predicted_without(application: Application) -> None:
    answer = application.predict("unpriced")
    assert answer["edge"] is None
    assert answer["basis"] == dict.fromkeys(MARKETS, "without_odds")
    assert "odds_missing" in answer["warnings"]


def test_prices_of_the_request_take_the_place_of_the_databases(application: Application) -> None:
    answer = application.predict("coming", odds=ODDS)
    assert answer["odds"]["1x2"] == ODDS["1x2"]
    assert answer["odds_source"]["btts"]["from"] == "request"
    assert answer["odds_source"]["ou25"]["from"] == "database"
    assert answer["basis"]["1x2"] == "with_odds"


@pytest.mark.parametrize("name", ODD_ONES)
def test_a_match_that_did_not_go_as_planned_is_predicted_all_the_same(
    name: str, application: Application
) -> None:
    answer = application.predict(name, explain=True)
    assert_sums_to_one(answer)
    assert answer["fixture_id"] == application.fixtures[name]["fixture_id"]


def test_a_kick_off_is_given_in_utc_whatever_the_offset_of_its_date(application: Application) -> None:
    dates = {name: application.predict(name)["match"]["date"] for name in application.fixtures}
    assert dates == {name: fixture["kick_off"] for name, fixture in application.fixtures.items()}
    offset = "SELECT COUNT(*) FROM V3_Fixtures WHERE \"date\" LIKE '%+01:00' AND fixture_id = "
    fixture_id = application.fixtures["several_prices_of_one_second"]["fixture_id"]
    assert counted(application.database, offset + str(fixture_id)) == 1


def test_halves_are_not_added_to_the_whole_and_zeros_are_no_statistics(application: Application) -> None:
    with closing(Reader(application.database)) as reader:
        fixtures = reader.load().fixtures.set_index("fixture_id")
    columns = "fixture_id, MAX(CASE half WHEN 'FT' THEN shots_total END), COUNT(*), SUM(shots_total)"
    statement = (
        f"SELECT {columns} FROM V3_Fixture_Stats JOIN V3_Fixtures USING (fixture_id)"
        " WHERE team_id = home_team_id AND status_short = 'FT' GROUP BY fixture_id"
    )
    with closing(sqlite3.connect(f"{application.database.as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute(statement).fetchall()
    assert {halves for _, _, halves, _ in rows} == {1, 3}
    for fixture_id, shots, _, total in rows:
        read = fixtures.at[fixture_id, "shots_home"]
        assert np.isnan(read) if total == 0 else read == shots


def test_a_league_by_its_api_id_is_refused_and_the_answer_names_the_right_one(
    application: Application,
) -> None:
    """There are dozens of one name, and the id that API-Football has is some other league's here."""
    right = counted(application.database, "SELECT league_id FROM V3_Leagues WHERE api_id = 39")
    answer = application.predict("penalties")
    assert (answer["match"]["league"], answer["match"]["country"]) == ("League Cup", "England")
    for route in ("/backtest", "/train"):
        days = {"from": "2020-01-01", "to": "2030-12-31"}
        refused = application.post(route, {**days, "league_ids": [39]})
        assert refused.status_code in (404, 422)
        assert f"39 is the api_id of {right} Premier League (England)" in refused.text


def test_a_match_is_found_by_either_id_and_they_are_never_mixed_up(application: Application) -> None:
    small = application.fixtures["small_api_id"]
    by_api_id = application.post("/predict", {"api_id": small["api_id"]}).json()
    by_fixture_id = application.post("/predict", {"fixture_id": small["api_id"]}).json()
    assert by_api_id["fixture_id"] == small["fixture_id"]
    assert by_api_id["match"]["api_id"] == small["api_id"]
    assert by_fixture_id["fixture_id"] == small["api_id"]
    assert by_fixture_id["match"]["api_id"] != small["api_id"]


def test_an_api_id_that_is_no_fixture_id_is_not_found_and_the_hint_names_the_fixture(
    application: Application,
) -> None:
    coming = application.fixtures["coming"]
    answer = application.post("/predict", {"fixture_id": coming["api_id"]})
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "fixture_not_found"
    assert str(coming["fixture_id"]) in answer.json()["error"]["hint"]
    right = application.post("/predict", {"api_id": coming["api_id"]}).json()
    assert right["prediction"] == application.predict("coming")["prediction"]


def test_many_are_predicted_at_once_in_the_order_asked(application: Application) -> None:
    ids = [application.fixtures[name]["fixture_id"] for name in ("coming", *ODD_ONES)][::-1]
    body = application.post("/predict", {"fixture_ids": ids}).json()
    assert [each["fixture_id"] for each in body["predictions"]] == ids
    assert body["errors"] == []


def test_the_model_that_serves_is_told(application: Application) -> None:
    current = application.server.get("/model/current")
    assert current.status_code == 200
    check_shape(MetaAnswer, current.json())
    assert current.json()["model_id"] == application.predict("coming")["model_id"]


def test_a_backtest_of_some_weeks_knows_the_market(application: Application) -> None:
    day = datetime.now(timezone.utc).date()
    body: Any = run(BacktestRequest(day - timedelta(days=28), day), application.settings, silent)
    assert body["matches"]["evaluated"] >= 72
    assert body["versus_market"]["n"] > 20, (
        "also where one bookmaker alone is kept, which is that of every third match"
    )


def test_handicaps_and_double_chances_are_read_in_every_form(application: Application) -> None:
    tables = {
        "selections": ("V3_Odds WHERE bet_id IN (4, 12)",),
        "selection-history": ("V3_Odds_Selections WHERE market_name IN ('Asian Handicap', 'Double Chance')",),
    }.get(
        application.form,
        ("V3_Odds WHERE market_id IN (4, 12)", "V3_Odds_History WHERE market_id IN (4, 12)"),
    )
    with closing(Reader(application.database)) as reader:
        quotes = reader.load(further=True).further_quotes
    rows = sum(counted(application.database, f"SELECT COUNT(*) FROM {table}") for table in tables)
    markets = {int(code): int((quotes.market == code).sum()) for code in np.unique(quotes.market)}
    assert set(markets) == {offer_code(ASIAN_HANDICAP, -0.5), offer_code(DOUBLE_CHANCE)}
    assert 0 < sum(markets.values()) <= rows
    assert application.health()["database"]["unused_by_reason"].get("odds_of_other_markets", 0) == 0


@pytest.mark.parametrize("application", ["selection-history"], indirect=True)
def test_the_service_answers_with_the_backtest_of_its_database(application: Application) -> None:
    day = datetime.now(timezone.utc).date()
    first = day - timedelta(days=28)
    answer = application.post("/backtest", {"from": str(first), "to": str(day)})
    assert answer.status_code == 200, answer.text
    check_shape(BacktestAnswer, answer.json())
    expected = run(BacktestRequest(first, day), application.settings, silent)
    assert answer.json()["metrics"] == json.loads(json.dumps(expected["metrics"]))


@pytest.mark.parametrize("application", ["api-ids"], indirect=True)
def test_a_training_on_prices_under_api_ids_uses_them(application: Application) -> None:
    answer = application.post("/train", {"wait": True, "promote": "always"})
    assert answer.status_code == 200, answer.text
    check_shape(TrainedAnswer, answer.json())
    cards = answer.json()["model"]["models"]["with_odds"]
    assert cards["1x2"]["metrics"]["market"]["n"] > 100
    assert application.predict("coming")["model_id"] == answer.json()["model"]["model_id"]


@pytest.mark.parametrize("application", ["recent-odds"], indirect=True)
def test_a_training_on_odds_of_some_weeks_says_why_the_price_itself_answers(application: Application) -> None:
    body = application.post("/train", {"wait": True, "promote": "always"}).json()
    priced = counted(
        application.database,
        "SELECT COUNT(*) FROM V3_Fixtures WHERE status_short IN ('FT', 'AET', 'PEN')"
        " AND score_fulltime_home IS NOT NULL AND fixture_id IN (SELECT fixture_id FROM V3_Odds WHERE market_id = 1)",
    )
    assert str(priced) in body["reason"]
    assert str(priced) in body["model"]["models"]["with_odds"]["1x2"]["reason"]
    answer = application.predict("coming")
    assert answer["basis"]["1x2"] == "with_odds"
    assert list(answer["edge"]["1x2"].values()) == pytest.approx([0.0, 0.0, 0.0], abs=1e-6)
    assert answer["value_bets"] == []


def test_nothing_was_written(application: Application) -> None:
    application.stop()
    assert digests(application.database) == application.written
