"""Real SQLite files in Node's V3 schema, filled with simulated leagues for tests."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np

from common.arrays import Floats

SCHEMA = """
CREATE TABLE V3_Countries (country_id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, code TEXT,
  importance_rank INTEGER);
CREATE TABLE V3_Leagues (league_id INTEGER PRIMARY KEY AUTOINCREMENT, api_id INTEGER UNIQUE, name TEXT,
  type TEXT, country_id INTEGER REFERENCES V3_Countries, importance_rank INTEGER);
CREATE TABLE V3_Teams (team_id INTEGER PRIMARY KEY AUTOINCREMENT, api_id INTEGER UNIQUE, name TEXT, code TEXT,
  country TEXT, national INTEGER, venue_id INTEGER);
CREATE TABLE V3_Fixtures (fixture_id INTEGER PRIMARY KEY AUTOINCREMENT, api_id INTEGER UNIQUE NOT NULL,
  league_id INTEGER, season_year INTEGER, round TEXT, date DATETIME, timestamp INTEGER, timezone TEXT,
  venue_id INTEGER, status_long TEXT, status_short TEXT, elapsed INTEGER, home_team_id INTEGER,
  away_team_id INTEGER, goals_home INTEGER, goals_away INTEGER, score_halftime_home INTEGER,
  score_halftime_away INTEGER, score_fulltime_home INTEGER, score_fulltime_away INTEGER,
  score_extratime_home INTEGER, score_extratime_away INTEGER, score_penalty_home INTEGER,
  score_penalty_away INTEGER, has_odds INTEGER DEFAULT 0, created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP);
CREATE INDEX fixtures_league ON V3_Fixtures (league_id, season_year);
CREATE INDEX fixtures_date ON V3_Fixtures (date);
CREATE TABLE V3_Odds (id INTEGER PRIMARY KEY AUTOINCREMENT, fixture_id INTEGER, bookmaker_id INTEGER,
  market_id INTEGER, value_home_over REAL, value_draw REAL, value_away_under REAL, handicap_value TEXT,
  updated_at DATETIME, UNIQUE (fixture_id, bookmaker_id, market_id, handicap_value));
CREATE INDEX odds_fixture ON V3_Odds (fixture_id);
CREATE TABLE V3_Odds_History (id INTEGER PRIMARY KEY AUTOINCREMENT, fixture_id INTEGER, bookmaker_id INTEGER,
  market_id INTEGER, value_home_over REAL, value_draw REAL, value_away_under REAL, handicap_value TEXT,
  capture_timestamp DATETIME);
CREATE INDEX history_fixture ON V3_Odds_History (fixture_id);
CREATE TABLE V3_Fixture_Stats (fixture_id INTEGER, team_id INTEGER, half TEXT,
  shots_on_goal INTEGER DEFAULT 0, shots_off_goal INTEGER DEFAULT 0, shots_total INTEGER DEFAULT 0,
  corner_kicks INTEGER DEFAULT 0,
  fouls INTEGER DEFAULT 0, yellow_cards INTEGER DEFAULT 0, red_cards INTEGER DEFAULT 0,
  UNIQUE (fixture_id, team_id, half));
"""

HOUR = timedelta(hours=1)

_GOALS = np.arange(15)
_LOG_FACTORIALS = np.cumsum(np.log(np.maximum(_GOALS, 1)))
_MORE_THAN_TWO = _GOALS[:, None] + _GOALS[None, :] > 2.5


@dataclass(frozen=True)
class World:
    """How many leagues, teams a league and seasons, and which parts to leave out."""

    leagues: int = 2
    teams: int = 10
    seasons: int = 4
    first_year: int = 2018
    odds: bool = True
    shots: bool = True
    upcoming_rounds: int = 2
    seed: int = 7


def create(path: Path, world: World | None = None, wal: bool = True) -> sqlite3.Connection:
    """Write a database with simulated seasons; the returned connection may continue to write, as Node would."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")  # no test loses power
    if wal:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.executescript(SCHEMA)
    connection.execute("BEGIN")
    if world is not None:
        _fill(connection, world)
    connection.execute("COMMIT")
    return connection


def add_fixture(connection: sqlite3.Connection, **values: Any) -> int:
    """Insert one fixture; `kickoff` (aware datetime) fills date and timestamp. Returns its id."""
    kickoff: datetime = values.pop("kickoff", datetime(2024, 3, 2, 15, tzinfo=timezone.utc))
    row = {
        "league_id": 1,
        "season_year": 2023,
        "date": kickoff.isoformat(),
        "timestamp": int(kickoff.timestamp()),
        "status_short": "NS",
        "home_team_id": 1,
        "away_team_id": 2,
        **values,
    }
    if "api_id" not in row:
        (highest,) = connection.execute("SELECT COALESCE(MAX(api_id), 0) FROM V3_Fixtures").fetchone()
        row["api_id"] = highest + 1
    names = ", ".join(row)
    marks = ", ".join("?" * len(row))
    cursor = connection.execute(f"INSERT INTO V3_Fixtures ({names}) VALUES ({marks})", list(row.values()))
    return int(cursor.lastrowid or 0)


def finish(connection: sqlite3.Connection, fixture_id: int, home: int, away: int) -> None:
    """Write a full-time result."""
    connection.execute(
        "UPDATE V3_Fixtures SET status_short='FT', goals_home=?, goals_away=?, score_fulltime_home=?,"
        " score_fulltime_away=? WHERE fixture_id=?",
        (home, away, home, away, fixture_id),
    )


def add_price(
    connection: sqlite3.Connection,
    fixture_id: int,
    odds: tuple[float | None, float | None, float | None],
    captured: datetime | None,
    bookmaker: int = 8,
    market: int = 1,
    table: str = "V3_Odds_History",
    line: float | str | None = None,
) -> None:
    """Insert one price; `odds` are home/over, draw, away/under. Without a `line`, goals are over or under 2.5."""
    when = "capture_timestamp" if table == "V3_Odds_History" else "updated_at"
    connection.execute(
        f"INSERT INTO {table} (fixture_id, bookmaker_id, market_id, value_home_over, value_draw,"
        f" value_away_under, handicap_value, {when}) VALUES (?,?,?,?,?,?,?,?)",
        (
            fixture_id,
            bookmaker,
            market,
            *odds,
            "2.5" if market == 5 and line is None else line,
            captured.isoformat() if captured else None,
        ),
    )


def add_further_prices(connection: sqlite3.Connection, over_share: float = 0.5) -> None:
    """Prices of further markets from those that the history has, and the half-time scores of finished matches.

    The markets are a handicap of -0.5, double chance, 3.5 goals and the result at half-time. Over 3.5 goals is priced
    as `over_share` of what over 2.5 goals is, and half-time like the whole match, whatever the truth: half of each
    side's goals, rounded down, fall in the first half.
    """
    columns = "fixture_id, bookmaker_id, market_id, value_home_over, value_draw, value_away_under"
    either = "1.0 / (1.0 / {} + 1.0 / {})".format
    home, draw, away = "value_home_over", "value_draw", "value_away_under"
    over = f"{over_share} / {home}"
    for market, prices, line, source in (
        (4, f"{home}, NULL, {either(draw, away)}", "-0.5", 1),
        (12, f"{either(home, draw)}, {either(home, away)}, {either(draw, away)}", "NULL", 1),
        (5, f"1.0 / ({over}), NULL, 1.0 / (1.04 - {over})", "'3.5'", 5),
        (13, f"{home}, {draw}, {away}", "NULL", 1),
    ):
        connection.execute(
            f"INSERT INTO V3_Odds_History ({columns}, handicap_value, capture_timestamp)"
            f" SELECT fixture_id, bookmaker_id, {market}, {prices}, {line}, capture_timestamp"
            f" FROM V3_Odds_History WHERE market_id = {source} AND CAST(COALESCE(handicap_value, 2.5) AS REAL) = 2.5"
        )
    connection.execute(
        "UPDATE V3_Fixtures SET score_halftime_home = goals_home / 2, score_halftime_away = goals_away / 2"
    )


def add_teams(connection: sqlite3.Connection, count: int, league: str = "First") -> None:
    """One country, one league and `count` teams, with ids from 1."""
    connection.execute("INSERT OR IGNORE INTO V3_Countries (country_id, name) VALUES (1, 'Land')")
    connection.execute(
        "INSERT OR IGNORE INTO V3_Leagues (league_id, api_id, name, type, country_id)"
        " VALUES (1, 1, ?, 'League', 1)",
        (league,),
    )
    connection.executemany(
        "INSERT INTO V3_Teams (api_id, name) VALUES (?, ?)", [(n, f"Team {n}") for n in range(1, count + 1)]
    )


def _fill(connection: sqlite3.Connection, world: World) -> None:
    generator = np.random.default_rng(world.seed)
    connection.execute("INSERT INTO V3_Countries (name, code) VALUES ('Land', 'LD')")
    for league in range(1, world.leagues + 1):
        connection.execute(
            "INSERT INTO V3_Leagues (api_id, name, type, country_id) VALUES (?, ?, 'League', 1)",
            (league, f"Division {league}"),
        )
        for team in range(world.teams):
            connection.execute(
                "INSERT INTO V3_Teams (api_id, name) VALUES (?, ?)",
                (league * 1000 + team, f"Town {league}-{team + 1}"),
            )
        _fill_league(connection, world, league, generator)


def _fill_league(
    connection: sqlite3.Connection, world: World, league: int, generator: np.random.Generator
) -> None:
    first = (league - 1) * world.teams + 1
    strength = generator.normal(0.0, 0.35, world.teams)
    for season in range(world.first_year, world.first_year + world.seasons):
        strength = 0.9 * strength + generator.normal(0.0, 0.12, world.teams)
        rounds = list(round_robin(world.teams))
        last = season == world.first_year + world.seasons - 1
        for number, pairs in enumerate(rounds):
            kickoff = datetime(season, 8, 5, 15, tzinfo=timezone.utc) + timedelta(days=7 * number)
            upcoming = last and number >= len(rounds) - world.upcoming_rounds
            for place, (home, away) in enumerate(pairs):
                rates = (
                    1.45 * np.exp(strength[home] - strength[away]),
                    1.15 * np.exp(strength[away] - strength[home]),
                )
                fixture = add_fixture(
                    connection,
                    kickoff=kickoff + HOUR * (2 * (place % 3)),
                    league_id=league,
                    season_year=season,
                    home_team_id=first + home,
                    away_team_id=first + away,
                )
                _play(
                    connection,
                    world,
                    fixture,
                    (first + home, first + away),
                    rates,
                    kickoff,
                    upcoming,
                    generator,
                )


def _play(
    connection: sqlite3.Connection,
    world: World,
    fixture: int,
    teams: tuple[int, int],
    rates: tuple[float, float],
    kickoff: datetime,
    upcoming: bool,
    generator: np.random.Generator,
) -> None:
    if not upcoming:
        goals = generator.poisson(rates)
        finish(connection, fixture, int(goals[0]), int(goals[1]))
        if world.shots:
            _add_shots(connection, fixture, teams, rates, generator)
    if world.odds:
        _add_prices(connection, fixture, rates, kickoff, generator)


def _add_shots(
    connection: sqlite3.Connection,
    fixture: int,
    teams: tuple[int, int],
    rates: tuple[float, float],
    generator: np.random.Generator,
) -> None:
    for team, rate in zip(teams, rates, strict=True):
        on_target = int(generator.poisson(3.2 * rate)) + 1
        total = on_target + int(generator.poisson(5.0 * rate))
        connection.execute(
            "INSERT INTO V3_Fixture_Stats (fixture_id, team_id, half, shots_on_goal, shots_total,"
            " corner_kicks) VALUES (?,?,?,?,?,?)",
            (fixture, team, "FT", on_target, total, int(generator.poisson(5))),
        )


def _add_prices(
    connection: sqlite3.Connection,
    fixture: int,
    rates: tuple[float, float],
    kickoff: datetime,
    generator: np.random.Generator,
) -> None:
    for hours, noise in ((24, 0.06), (1, 0.03)):
        for bookmaker, margin in ((8, 0.06), (4, 0.03)):
            noisy = [rate * float(np.exp(generator.normal(0.0, noise))) for rate in rates]
            for market, probabilities in true_probabilities(noisy[0], noisy[1]).items():
                odds = [max(round(1.0 / (p * (1.0 + margin)), 3), 1.01) for p in probabilities]
                three = (odds[0], odds[1], odds[2]) if len(odds) == 3 else (odds[0], None, odds[1])
                when = kickoff - HOUR * hours
                add_price(connection, fixture, three, when, bookmaker, market)
                if hours == 1:
                    add_price(connection, fixture, three, when, bookmaker, market, "V3_Odds")


def true_probabilities(home: float, away: float) -> dict[int, list[float]]:
    """Probabilities of markets 1, 5 and 8 for independent Poisson goals with these means."""
    grid = poisson_grid(home, away, 15)
    over = float(grid[_MORE_THAN_TWO].sum())
    both = float(grid[1:, 1:].sum())
    wins = [float(np.tril(grid, -1).sum()), float(np.trace(grid)), float(np.triu(grid, 1).sum())]
    return {1: [p / sum(wins) for p in wins], 5: [over, 1.0 - over], 8: [both, 1.0 - both]}


def poisson_grid(home: float, away: float, size: int = 11) -> Floats:
    """The distribution (size, size) of independent Poisson goals with these means, home goals by row."""
    return np.outer(_poisson(home, size), _poisson(away, size))


def _poisson(mean: float, size: int) -> Floats:
    counts = np.exp(_GOALS[:size] * np.log(mean) - mean - _LOG_FACTORIALS[:size])
    return np.asarray(counts / counts.sum())


def round_robin(teams: int) -> Iterator[list[tuple[int, int]]]:
    """A double round robin by the circle method."""
    wheel = list(range(teams))
    halves = []
    for turn in range(teams - 1):
        pairs = [(wheel[i], wheel[-1 - i]) for i in range(teams // 2)]
        halves.append([pair if turn % 2 else (pair[1], pair[0]) for pair in pairs])
        wheel.insert(1, wheel.pop())
    yield from halves
    yield from ([(away, home) for home, away in pairs] for pairs in halves)
