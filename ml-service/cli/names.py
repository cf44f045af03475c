"""Teams, leagues and fixtures by name, from the database that the service reads."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from cli.client import CommandError
from cli.spellings import Spellings, plain
from common.times import DAY_SECONDS, moment_text
from db.dataset import Dataset
from db.leagues import League, leagues_of
from db.reader import Reader
from db.schema import OPEN
from errors import ServiceError

RECENT_DAYS = 400
_MOST_NAMED = 6

T = TypeVar("T")


@dataclass(frozen=True)
class Named:
    """Something with an id that goes by `names`, the first of which is shown.

    `spellings` are what else it is called, in the form of `plain`; `about` tells it from others of its name. Of those
    that a text fits equally well, the ones with `matches` come first.
    """

    key: int
    names: tuple[str, ...]
    spellings: frozenset[str] = frozenset()
    matches: int = 0
    about: str = ""

    @cached_property
    def plain_names(self) -> tuple[str, ...]:
        """The names as they are compared."""
        return tuple(map(plain, self.names))

    def __str__(self) -> str:
        return f"{self.names[0]}{self.about}, id {self.key}"


class Directory:
    """Names as the database has them now, and the matches of the last and the coming months."""

    def __init__(self, database: Path, now: int, spellings: Spellings | None = None) -> None:
        """`spellings` are the importer's where None are given. Raises CommandError where there is no reading it."""
        self._database = database
        self._now = now
        self._spellings = Spellings.read() if spellings is None else spellings
        dataset = self._since(now - RECENT_DAYS * DAY_SECONDS)
        self._fixtures = dataset.fixtures
        self._teams = dict(
            zip(dataset.teams["team_id"].tolist(), dataset.teams["name"].tolist(), strict=True)
        )
        self._leagues = leagues_of(dataset.leagues)

    def _since(self, moment: int) -> Dataset:
        return self._read(lambda reader: reader.recent(moment, ()))

    def _read(self, read: Callable[[Reader], T]) -> T:
        try:
            with closing(Reader(self._database)) as reader:
                return read(reader)
        except ServiceError as wrong:
            raise CommandError(" - ".join(filter(None, (wrong.message, wrong.hint)))) from None

    def team(self, text: str) -> int:
        """The id of a team by its name, another spelling of it, a part of it, or its id."""
        usual = self._spellings.usual.get(plain(text), frozenset())
        return find(text, self._named_teams, "team", usual)

    def league(self, text: str) -> int:
        """The id of a league by its name, with or without its country's, a part of it, or its id."""
        return find(text, self._named_leagues, "league")

    @cached_property
    def _named_teams(self) -> list[Named]:
        sides = [self._fixtures[f"{side}_team_id"].tolist() for side in ("home", "away")]
        leagues = self._fixtures["league_id"].tolist()
        matches = Counter(sides[0] + sides[1])
        last = dict(zip(sides[0] + sides[1], leagues + leagues, strict=True))
        known = self._spellings.clubs
        return [
            Named(
                key, (name,), known.get(plain(name), frozenset()), matches[key], self._plays_in(last.get(key))
            )
            for key, name in self._teams.items()
        ]

    def _plays_in(self, league_id: int | None) -> str:
        league = None if league_id is None else self._leagues.get(league_id)
        return ", without recent matches" if league is None else f", of {league}"

    @cached_property
    def _named_leagues(self) -> list[Named]:
        matches = self._read(Reader.matches_by_league)
        return [self._named_league(league, matches.get(key, 0)) for key, league in self._leagues.items()]

    def _named_league(self, league: League, matches: int) -> Named:
        name, country = league.name, league.country
        others = self._spellings.leagues.get((plain(country or ""), plain(name)), frozenset())
        about = f", {matches:,} {'match' if matches == 1 else 'matches'}" if matches else ", without matches"
        if country is None:
            return Named(league.league_id, (name,), others, matches, about)
        place = plain(country)
        spellings = {form for other in others for form in (other, f"{place} {other}", f"{other} {place}")}
        names = (str(league), name, f"{country} {name}")
        return Named(league.league_id, names, frozenset(spellings), matches, about)

    def question(self, home: int, away: int) -> dict[str, Any]:
        """What to ask /predict: their next match, else one in the home team's league today."""
        coming = self._fixtures[(self._fixtures["kickoff"] >= self._now) & (self._fixtures["state"] == OPEN)]
        for first, second in ((home, away), (away, home)):
            between = coming[(coming["home_team_id"] == first) & (coming["away_team_id"] == second)]
            if len(between):
                return {"fixture_id": int(between["fixture_id"].iloc[0])}
        return {"match": self._supposed(home, away)}

    def _supposed(self, home: int, away: int) -> dict[str, Any]:
        return {
            "league_id": self._league_of(home),
            "home_team_id": home,
            "away_team_id": away,
            "date": moment_text(self._now),
        }

    def _league_of(self, team: int) -> int:
        """The league that a team played in last, looked for further back only where need be."""
        played = _of_team(self._fixtures, team)
        if not len(played):
            played = _of_team(self._since(0).fixtures, team)
        if len(played):
            return int(played["league_id"].iloc[-1])
        raise CommandError(f"{self._teams[team]} has never played, so has no league")


def _of_team(fixtures: pd.DataFrame, team: int) -> pd.DataFrame:
    return fixtures[(fixtures["home_team_id"] == team) | (fixtures["away_team_id"] == team)]


def find(text: str, among: Sequence[Named], kind: str, usual: Collection[str] = ()) -> int:
    """The id of the only one that is called `text`, else known by one of the `usual` names for it, else by another
    spelling, else whose name begins with it, else contains it.

    Each time those with matches come before those without. Digits are an id. Raises CommandError, with the nearest
    names where none fits and all that do where several fit equally well.
    """
    if text.isdecimal():
        return _known(int(text), among, kind)
    wanted = plain(text)
    fits = list(_fits(wanted, usual)) if wanted else []
    for fit in fits:
        found = [each for each in among if fit(each)]
        best = [each for each in found if each.matches] or found
        if len(best) == 1:
            return best[0].key
        if best:
            others = [each for each in among if any(fit(each) for fit in fits)]
            raise CommandError(f"several {kind}s are called {text!r}: {_listed(others)}; give the id")
    raise CommandError(f"no {kind} is called {text!r}{_near(wanted, among)}")


def _fits(wanted: str, usual: Collection[str]) -> Iterator[Callable[[Named], bool]]:
    """Ways in which a text may fit, the surest first."""
    yield lambda each: wanted in each.plain_names
    yield lambda each: each.plain_names[0] in usual
    yield lambda each: wanted in each.spellings
    yield lambda each: any(name.startswith(wanted) for name in each.plain_names)
    yield lambda each: any(wanted in name for name in each.plain_names)


def _known(key: int, among: Sequence[Named], kind: str) -> int:
    if all(each.key != key for each in among):
        raise CommandError(f"no {kind} has the id {key}")
    return key


def _listed(found: Sequence[Named]) -> str:
    """Those with most matches first."""
    shown = sorted(found, key=lambda each: -each.matches)
    more = len(shown) - _MOST_NAMED
    return "; ".join(map(str, shown[:_MOST_NAMED])) + (f"; and {more:,} more" if more > 0 else "")


def _near(wanted: str, among: Sequence[Named]) -> str:
    """The nearest names, as the end of a message."""
    shown = {name: each.names[0] for each in among for name in (*each.spellings, *each.plain_names)}
    near = difflib.get_close_matches(wanted, shown, _MOST_NAMED, 0.5)
    names = sorted({shown[name] for name in near})
    return f"; near are {', '.join(names)}" if names else ""
