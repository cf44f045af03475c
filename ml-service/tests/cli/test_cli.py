"""The command line against a running service and a real database."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cli import app, tables
from cli.client import CommandError, in_words
from cli.names import Directory, Entry, find
from cli.spellings import TABLE, Spellings, plain
from common.times import DAY_SECONDS, moment_text, now
from testing.edge import API_ID_OFFSET
from testing.server import ROOT, Server, free_port, serving

NAMES = {1: "Arsenal", 2: "Arsenal Sarandí", 3: "Chelsea", 4: "Atlético Madrid", 5: "Real Madrid"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("service")
    with serving(folder) as started:
        database = folder / "names.sqlite"
        write_database(database)
        before = {name: os.environ.get(name) for name in ("ML_SERVICE_URL", "DB_PATH")}
        os.environ.update(ML_SERVICE_URL=started.url, DB_PATH=str(database))
        yield started
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def write_database(path: Path) -> None:
    """Five teams: Arsenal has played Chelsea and will again; the others played long ago, or never."""
    connection = sqlite3.connect(path)
    connection.executescript(_SCHEMA)
    connection.execute("INSERT INTO V3_Leagues VALUES (1, 39, 'Premier League', 'League', 1, 1)")
    connection.executemany(
        "INSERT INTO V3_Teams (team_id, api_id, name) VALUES (?, ?, ?)",
        [(key, key, name) for key, name in NAMES.items()],
    )
    for fixture_id, (days, home, away, status) in enumerate(_PLAYED, 1):
        moment = now() + days * DAY_SECONDS
        goals = (1, 0) if status == "FT" else (None, None)
        connection.execute(
            "INSERT INTO V3_Fixtures (fixture_id, api_id, league_id, season_year, date, timestamp, status_short,"
            " home_team_id, away_team_id, goals_home, goals_away, score_fulltime_home, score_fulltime_away)"
            " VALUES (?, ?, 1, 2024, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (fixture_id, fixture_id, moment_text(moment), moment, status, home, away, *goals, *goals),
        )
    connection.commit()
    connection.close()


_PLAYED = [(-900, 4, 3, "FT"), (-30, 3, 1, "FT"), (20, 1, 3, "NS"), (40, 1, 3, "NS")]
_SCHEMA = """
CREATE TABLE V3_Countries (country_id INTEGER PRIMARY KEY, name TEXT, code TEXT, importance_rank INTEGER);
CREATE TABLE V3_Leagues (league_id INTEGER PRIMARY KEY, api_id INTEGER, name TEXT, type TEXT, country_id INTEGER,
    importance_rank INTEGER);
CREATE TABLE V3_Teams (team_id INTEGER PRIMARY KEY, api_id INTEGER, name TEXT, code TEXT, country TEXT,
    national INTEGER, venue_id INTEGER);
CREATE TABLE V3_Fixtures (fixture_id INTEGER PRIMARY KEY, api_id INTEGER, league_id INTEGER, season_year INTEGER,
    round TEXT, date TEXT, timestamp INTEGER, timezone TEXT, venue_id INTEGER, status_long TEXT,
    status_short TEXT, elapsed INTEGER, home_team_id INTEGER, away_team_id INTEGER, goals_home INTEGER,
    goals_away INTEGER, score_halftime_home INTEGER, score_halftime_away INTEGER, score_fulltime_home INTEGER,
    score_fulltime_away INTEGER, score_extratime_home INTEGER, score_extratime_away INTEGER,
    score_penalty_home INTEGER, score_penalty_away INTEGER, has_odds INTEGER, created_at TEXT, updated_at TEXT);
"""


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = app.main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.mark.usefixtures("server")
def test_two_names_find_their_next_match(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "predict", "arsenal", "chel", "--json")
    assert status == app.OK
    assert json.loads(out)["fixture_id"] == 3


@pytest.mark.usefixtures("server")
def test_two_teams_the_other_way_round_meet_in_the_same_match(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(run(capsys, "predict", "Chelsea", "Arsenal", "--json")[1])["fixture_id"] == 3


@pytest.mark.parametrize("home", ["Chelsea", "ATLETICO MADRID"])
@pytest.mark.usefixtures("server")
def test_teams_without_a_match_are_supposed_to_meet_in_the_home_teams_league(
    capsys: pytest.CaptureFixture[str], home: str
) -> None:
    status, out, err = run(capsys, "predict", home, "Real Madrid", "--json", "--no-use-odds")
    assert (status, err) == (app.OK, "")
    body = json.loads(out)
    assert (body["fixture_id"], body["match"]["league_id"], body["match"]["away_team_id"]) == (None, 1, 5)


@pytest.mark.usefixtures("server")
def test_a_fixture_id_is_predicted_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "predict", "3")
    assert status == app.OK
    assert "Home v Málaga, League (Land), 2030-01-01 15:00 UTC (fixture 3)" in out
    assert ["1x2", "home", "50.0%", "-", "-", "without", "odds"] in [
        line.split() for line in out.splitlines()
    ]


@pytest.mark.usefixtures("server")
def test_a_fixture_is_predicted_by_its_api_id(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "predict", "--api-id", str(API_ID_OFFSET + 3), "--json")
    assert (status, json.loads(out)["fixture_id"]) == (app.OK, 3)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("predict", "Arsnal", "Chelsea"), "the nearest are Arsenal"),
        (("predict", "madrid", "Chelsea"), "several teams are called 'madrid'"),
        (("predict", "Arsenal", "99"), "no team has the id 99"),
        (("predict", "Arsenal", "arsenal"), "cannot play itself"),
        (("predict", "Arsenal"), "two teams"),
        (("predict",), "--api-id"),
        (("predict", "3", "--api-id", "5000003"), "or one fixture id, or --api-id"),
        (("predict", "--api-id", "77"), "there is no fixture"),
        (("predict", "Real Madrid", "Arsenal"), "has never played"),
        (("predict", "1000001"), "there is no fixture 1000001 - npm run db:fixtures"),
        (("train", "--league", "2"), "found 3 finished matches; at least 300 are required"),
        (("train", "--league", "serie"), "no league is called 'serie'"),
        (("backtest", "--from", "2024-02-01", "--to", "2024-01-01"), "must not be before from"),
    ],
)
@pytest.mark.usefixtures("server")
def test_what_goes_wrong_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    status, out, err = run(capsys, *arguments)
    *_, last = err.splitlines()
    assert (status, out) == (app.FAILED, "")
    assert last.startswith("error: ")
    assert words in last
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("--from", "yesterday", "--to", "2024-01-01"),
            "'yesterday' is not a date: expected YYYY-MM-DD",
        ),
        (("--bookmaker", "bet365"), "'bet365' is neither a bookmaker id nor best"),
        (("--min-edge", "nan"), "'nan' is not a finite number"),
        (("--bankroll", "much"), "'much' is not a finite number"),
    ],
)
def test_what_cannot_be_read_is_a_usage_error(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    with pytest.raises(SystemExit) as stopped:
        app.main(["backtest", *arguments])
    assert stopped.value.code == 2
    assert words in capsys.readouterr().err


def test_a_service_that_is_not_there_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ML_SERVICE_URL", f"http://localhost:{free_port()}")
    status, _, err = run(capsys, "predict", "3")
    assert (status, err.count("\n")) == (app.FAILED, 1)
    assert "start it with npm run ml:start" in err


@pytest.mark.parametrize("url", ["http://", "nonsense", "ftp://x", "http://[", "http://*", "localhost:5050"])
def test_an_address_that_is_no_url_is_told_by_its_setting(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("ML_SERVICE_URL", url)
    status, _, err = run(capsys, "predict", "3")
    assert (status, err.count("\n")) == (app.FAILED, 1)
    assert err.startswith("error: ML_SERVICE_URL=")


def test_the_address_is_read_as_nodes_client_reads_it(
    server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ML_SERVICE_URL", f"  {server.url}/?x=1#y ")
    assert run(capsys, "predict", "3")[0] == app.OK


@pytest.mark.usefixtures("server")
def test_a_file_that_cannot_be_written_is_told_before_the_work(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    days = ("--from", "2024-01-01", "--to", "2024-02-01")
    for path in (tmp_path, tmp_path / "none" / "report.html"):
        status, out, err = run(capsys, "backtest", *days, "--html", str(path))
        assert (status, out, err) == (app.FAILED, "", f"error: {path} is not writable\n")


def test_what_is_wrong_with_a_field_is_told_once() -> None:
    error = {"message": "from: no such day", "fields": {"from": "no such day", "to": "missing"}, "hint": None}
    assert in_words(error) == "from: no such day - to: missing"


@pytest.mark.usefixtures("server")
def test_a_missing_database_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DB_PATH", str(tmp_path / "none"))
    assert "there is no database" in run(capsys, "predict", "Arsenal", "Chelsea")[2]
    monkeypatch.setenv("MIN_EDGE", "much")
    assert "MIN_EDGE" in run(capsys, "predict", "Arsenal", "Chelsea")[2]


def test_the_defaults_of_a_backtest_are_the_services() -> None:
    arguments = app._parser().parse_args(["backtest", "--from", "2024-01-01", "--to", "2024-02-01"])
    from api.schemas import BacktestBody

    least = BacktestBody.model_validate({"from": "2024-01-01", "to": "2024-02-01"})
    assert BacktestBody.model_validate(app._backtest_body(arguments)) == least


@pytest.mark.parametrize(
    ("text", "problem"),
    [("ou3.1", "must be a multiple of 0.25"), ("ou", "needs its line"), ("handicap", "dc")],
)
def test_a_market_that_cannot_be_bet_on_is_refused_before_the_service_is_asked(
    text: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    days = ("--from", "2024-01-01", "--to", "2024-02-01")
    with pytest.raises(SystemExit):
        app._parser().parse_args(["backtest", *days, "--market", text])
    assert problem in capsys.readouterr().err


def test_the_table_of_a_handicap_backtest_has_its_lines() -> None:
    money = {"bets": 4, "staked": 30.0, "profit": 5.0, "yield": 0.1667}
    row = {"line": -0.25, "evaluated": 9, "log_loss_where_priced": 0.69, "market_log_loss": 0.7, **money}
    (text,) = tables._lines([row])
    assert text.splitlines()[1].split() == ["-0.25", "9", "0.6900", "0.7000", "4", "30.00", "+5.00", "+16.7%"]
    assert tables._lines([]) == tables._lines(None) == []
    assert tables._settled({"win": 3, "half_win": 1, "push": 0}) == [("settled", "3 win, 1 half win")]


@pytest.mark.parametrize(("text", "bookmaker"), [("-1", -1), ("8", 8), ("best", "best")])
def test_a_bookmaker_is_any_that_the_service_takes(text: str, bookmaker: int | str) -> None:
    days = ("--from", "2024-01-01", "--to", "2024-02-01")
    arguments = app._parser().parse_args(["backtest", *days, "--bookmaker", text])
    assert app._backtest_body(arguments)["bookmaker_id"] == bookmaker


def test_names_are_found_whole_first_then_by_their_beginning_then_within() -> None:
    teams = [Entry(key, (name,)) for key, name in NAMES.items()]
    assert find("Arsenal", teams, "team") == 1
    assert find("arsenal s", teams, "team") == 2
    assert find("sarandi", teams, "team") == 2
    assert find("5", teams, "team") == 5
    for text in ("ars", "A"):
        with pytest.raises(CommandError, match="several"):
            find(text, teams, "team")
    for text in ("", "-", "99"):
        with pytest.raises(CommandError, match="no team"):
            find(text, teams, "team")


def league(key: int, name: str, country: str, matches: int) -> Entry:
    """A league with its name in the directory."""
    return Entry(key, (f"{name} ({country})", name, f"{country} {name}"), matches=matches)


LEAGUES = [
    *(league(key, "Premier League", f"Country {key}", 0) for key in range(1, 167)),
    league(1491, "Premier League", "England", 3800),
    league(1492, "Serie A", "Italy", 3800),
    league(1493, "Serie A", "Brazil", 380),
    league(1494, "Serie A", "Ecuador", 0),
    league(1495, "Serie A Women", "Italy", 90),
]


def test_of_leagues_of_one_name_the_one_with_matches_is_meant() -> None:
    assert find("premier league", LEAGUES, "league") == 1491


@pytest.mark.parametrize(
    "text", ["Italy Serie A", "serie a italy", "Serie A (Italy)", "Italy - Serie A", "ITALY: Serie A"]
)
def test_a_league_is_known_with_its_country_in_either_order(text: str) -> None:
    assert find(text, LEAGUES, "league") == 1492


def test_a_league_without_matches_is_known_by_its_country() -> None:
    assert find("Premier League Country 77", LEAGUES, "league") == 77


def test_leagues_that_a_name_may_mean_are_listed_with_most_matches_first() -> None:
    with pytest.raises(CommandError) as refused:
        find("serie a", LEAGUES, "league")
    assert str(refused.value) == (
        "several leagues are called 'serie a': Serie A (Italy), id 1492; Serie A (Brazil), id 1493; "
        "Serie A Women (Italy), id 1495; Serie A (Ecuador), id 1494; use the id"
    )
    with pytest.raises(CommandError, match=r"Serie A \(Italy\), id 1492; .*; and 165 more; use the id"):
        find("a", LEAGUES, "league")


SPELLINGS = Spellings.of(
    {
        "England": {"Man United": ["Manchester United", "Man Utd"], "Man City": ["Manchester City"]},
        "Argentina": {"Arsenal Sarandi": ["Arsenal", "Arsenal de Sarandi"]},
    },
    {"England": {"Premier League": ["EPL", "Barclays Premier League"]}},
)


def team(text: str, *names: str) -> int:
    """The position among `names` of the team that `text` finds."""
    candidates = [
        Entry(place, (name,), SPELLINGS.clubs.get(plain(name), frozenset()))
        for place, name in enumerate(names)
    ]
    return find(text, candidates, "team", SPELLINGS.usual.get(plain(text), frozenset()))


@pytest.mark.parametrize("name", ["Man United", "Manchester United", "Manchester Utd"])
@pytest.mark.parametrize("text", ["Manchester United", "man utd", "MAN UNITED", "Manchester Utd"])
def test_a_club_is_found_by_every_spelling_of_it(text: str, name: str) -> None:
    assert team(text, "Chesterfield", name, "DC United") == 1


def test_a_spelling_means_the_club_that_is_kept_for_it_first() -> None:
    assert team("Arsenal de Sarandi", "Arsenal", "Arsenal Sarandi") == 1
    assert team("Arsenal", "Arsenal", "Arsenal Sarandi") == 0


def test_near_names_are_those_of_any_spelling() -> None:
    with pytest.raises(CommandError, match=r"nearest are .*Man United$"):
        team("Manchester Untied", "Chesterfield", "Man United")


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    """Three leagues of one name, two of England and one of nowhere, and matches in one of them."""
    database = tmp_path / "names.sqlite"
    write_database(database)
    with closing(sqlite3.connect(database)) as node:
        node.execute("INSERT INTO V3_Countries (country_id, name) VALUES (1, 'England')")
        node.execute("INSERT INTO V3_Leagues VALUES (2, 1001, 'Premier League', 'League', 1, 1)")
        node.execute("INSERT INTO V3_Leagues VALUES (3, 1002, 'Premier League', 'League', NULL, 1)")
        node.execute("INSERT INTO V3_Teams (team_id, name) VALUES (6, 'Arsenal'), (7, 'Man United')")
        node.commit()
    return Directory(database, now(), SPELLINGS)


@pytest.mark.parametrize(
    "text", ["Premier League", "England Premier League", "epl", "Barclays Premier League England"]
)
def test_a_directory_finds_the_league_that_has_matches(text: str, directory: Directory) -> None:
    assert directory.league(text) == 1


def test_a_directory_tells_leagues_apart_by_country_matches_and_id(directory: Directory) -> None:
    with closing(sqlite3.connect(directory._database)) as node:
        node.execute("UPDATE V3_Fixtures SET league_id = 2 WHERE fixture_id = 1")
        node.commit()
    with pytest.raises(CommandError) as refused:
        directory.league("Premier League")
    assert str(refused.value) == (
        "several leagues are called 'Premier League': Premier League (England), 3 matches, id 1; Premier League "
        "(England), 1 match, id 2; Premier League, without matches, id 3; use the id"
    )


def test_a_directory_finds_the_team_that_has_played_of_late(directory: Directory) -> None:
    assert directory.team("Arsenal") == 1
    assert directory.team("Manchester United") == 7


def test_a_directory_tells_teams_apart_by_league_and_id(directory: Directory) -> None:
    with closing(sqlite3.connect(directory._database)) as node:
        node.execute("UPDATE V3_Fixtures SET home_team_id = 6 WHERE fixture_id = 4")
        node.commit()
    both = Directory(directory._database, now(), SPELLINGS)
    with pytest.raises(CommandError) as refused:
        both.team("Arsenal")
    assert str(refused.value) == (
        "several teams are called 'Arsenal': Arsenal, of Premier League (England), id 1; Arsenal, of Premier League "
        "(England), id 6; Arsenal Sarandí, without recent matches, id 2; use the id"
    )


@pytest.mark.skipif(not TABLE.exists(), reason="the importer's table of spellings is not here")
@pytest.mark.parametrize(
    ("text", "name"),
    [("Manchester United", "Man United"), ("PSG", "Paris SG"), ("Atletico Madrid", "Ath Madrid")],
)
def test_clubs_are_known_by_the_importers_spellings(text: str, name: str) -> None:
    assert plain(name) in Spellings.read().usual[plain(text)]


@pytest.mark.parametrize(
    ("name", "compared"),
    [
        ("Brighton & Hove Albion", "brighton and hove albion"),
        ("Nott'm Forest", "nottm forest"),
        ("FC København", "fc kobenhavn"),
        ("Beşiktaş J.K.", "besiktas jk"),
        ("IŞIK", "isik"),
        ("Groß_Gerau-Süd", "gross gerau sud"),
        ("Oxford Utd", "oxford united"),
    ],
)
def test_names_are_compared_without_accents_and_marks(name: str, compared: str) -> None:
    assert plain(name) == compared


@pytest.mark.parametrize(
    "text", [None, "", "[]", "{}", '{"clubs": 1, "leagues": {}}', '{"clubs": {"A": []}}']
)
def test_without_a_table_of_spellings_names_are_those_of_the_database(
    text: str | None, tmp_path: Path
) -> None:
    table = tmp_path / "aliases.json"
    if text is not None:
        table.write_text(text)
    assert Spellings.read(table) == Spellings({}, {}, {})


@pytest.mark.usefixtures("server")
def test_the_script_exits_with_its_status() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "predict", "3"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("form", "expected"), [((), "Home v M?laga"), (("--json",), r'"M\u00e1laga"')])
@pytest.mark.usefixtures("server")
def test_a_terminal_without_all_letters_is_no_failure(form: tuple[str, ...], expected: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "predict", "3", *form],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        timeout=60,
    )
    assert done.stderr == ""
    assert expected in done.stdout


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    text = tables.table(("name", "n"), [("a", "100"), ("longer", "1")])
    assert text.splitlines() == ["name      n", "a       100", "longer    1"]


def test_a_training_is_told_market_by_market() -> None:
    metrics: dict[str, Any] = {
        "n": 100,
        "log_loss": 0.99,
        "base_rate_log_loss": 1.06,
        "elo_log_loss": None,
        "market": {"difference": 0.01, "ci95": [-0.01, 0.03]},
    }
    model = {
        "model_id": "m",
        "models": {"without_odds": {"1x2": {"metrics": metrics}}, "with_odds": {"btts": None}},
    }
    text = tables.training({"promoted": False, "reason": "it is worse", "model": model})
    assert text.startswith("model m was not promoted: it is worse")
    assert text.splitlines()[-1].split() == [
        *("without_odds", "1x2", "100", "0.9900", "1.0600", "-", "+0.0100", "-0.0100", "to", "+0.0300")
    ]


def test_a_prediction_is_told_with_its_bets_and_reasons() -> None:
    from models.query import PredictQuery
    from testing.edge import prediction

    body: Any = prediction(PredictQuery(fixture_id=1))
    body["value_bets"] = [
        {
            "market": "1x2",
            "outcome": "home",
            "odds": 2.2,
            "edge": 0.05,
            "expected_value": 0.1,
            "kelly_fraction": 0.02,
        }
    ]
    body["explanation"] = [
        {"feature": "elo", "value": None, "impact": {"home": 0.1, "draw": 0.0, "away": -0.1}}
    ]
    lines = [line.split() for line in tables.prediction(body).splitlines()]
    assert ["1x2", "home", "2.20", "+5.0%", "+10.0%", "2.0%"] in lines
    assert ["elo", "-", "+0.100", "+0.000", "-0.100"] in lines


def test_a_backtest_is_told() -> None:
    body: dict[str, Any] = {
        "scope": {"market": "1x2", "from": "2024-01-01", "to": "2024-02-01"},
        "matches": {"evaluated": 10},
        "verdict": "Nothing here shows that this model knows more than the market.",
        "metrics": {
            "model": dict.fromkeys(("n", "log_loss", "brier", "rps", "ece", "accuracy"), 1),
            "market": None,
        },
        "versus_market": None,
        "bets": {
            **dict.fromkeys(("count", "won", "void"), 1),
            **dict.fromkeys(("staked", "profit", "ending_bankroll", "max_drawdown"), 1.0),
            "yield": None,
            "yield_ci95": None,
            "closing_line_value": {"mean": 0.01},
        },
        "periods": [
            {
                **dict.fromkeys(("from", "to"), "2024-01-01"),
                **dict.fromkeys(("trained_on", "evaluated", "bets"), 5),
                **dict.fromkeys(("log_loss", "profit"), 1.0),
                "market_log_loss": None,
            }
        ],
    }
    text = tables.backtest(body)
    assert text.splitlines()[2] == body["verdict"]
    assert "no match has prices" in text
    assert "closing line value  +1.00%" in text
    body["versus_market"] = {"n": 9, "log_loss_difference": 0.01, "ci95": None}
    assert "on 9 matches: +0.0100, 95% interval -" in tables.backtest(body)
