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
_MAX_LISTED = 6

T = TypeVar("T")


@dataclass(frozen=True)
class Entry:
    """A team or league with its id and `names`, of which the first is displayed.

    `spellings` are further names in the form of `plain`; `about` distinguishes entries of one name. Among entries
    that match a text equally well, those with `matches` come first.
    """

    key: int
    names: tuple[str, ...]
    spellings: frozenset[str] = frozenset()
    matches: int = 0
    about: str = ""

    @cached_property
    def plain_names(self) -> tuple[str, ...]:
        """The names in the form of `plain`."""
        return tuple(map(plain, self.names))

    def __str__(self) -> str:
        return f"{self.names[0]}{self.about}, id {self.key}"


class Directory:
    """Names in the database as it is now, and the matches of recent and coming months."""

    def __init__(self, database: Path, now: int, spellings: Spellings | None = None) -> None:
        """`spellings` default to the importer's. Raises CommandError if the database cannot be read."""
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
        except ServiceError as error:
            raise CommandError(" - ".join(filter(None, (error.message, error.hint)))) from None

    def team(self, text: str) -> int:
        """The id of a team by its name, another spelling of it, a part of it, or its id."""
        usual = self._spellings.usual.get(plain(text), frozenset())
        return find(text, self._team_entries, "team", usual)

    def league(self, text: str) -> int:
        """The id of a league by its name, with or without its country, a part of it, or its id."""
        return find(text, self._league_entries, "league")

    @cached_property
    def _team_entries(self) -> list[Entry]:
        sides = [self._fixtures[f"{side}_team_id"].tolist() for side in ("home", "away")]
        leagues = self._fixtures["league_id"].tolist()
        matches = Counter(sides[0] + sides[1])
        last = dict(zip(sides[0] + sides[1], leagues + leagues, strict=True))
        spellings = self._spellings.clubs
        return [
            Entry(
                key,
                (name,),
                spellings.get(plain(name), frozenset()),
                matches[key],
                self._plays_in(last.get(key)),
            )
            for key, name in self._teams.items()
        ]

    def _plays_in(self, league_id: int | None) -> str:
        league = None if league_id is None else self._leagues.get(league_id)
        return ", without recent matches" if league is None else f", of {league}"

    @cached_property
    def _league_entries(self) -> list[Entry]:
        matches = self._read(Reader.matches_by_league)
        return [self._league_entry(league, matches.get(key, 0)) for key, league in self._leagues.items()]

    def _league_entry(self, league: League, matches: int) -> Entry:
        name, country = league.name, league.country
        others = self._spellings.leagues.get((plain(country or ""), plain(name)), frozenset())
        about = f", {matches:,} {'match' if matches == 1 else 'matches'}" if matches else ", without matches"
        if country is None:
            return Entry(league.league_id, (name,), others, matches, about)
        place = plain(country)
        spellings = {form for other in others for form in (other, f"{place} {other}", f"{other} {place}")}
        names = (str(league), name, f"{country} {name}")
        return Entry(league.league_id, names, frozenset(spellings), matches, about)

    def predict_body(self, home: int, away: int) -> dict[str, Any]:
        """Body of /predict: the next match of both teams, else a hypothetical one in the home team's league today."""
        coming = self._fixtures[(self._fixtures["kickoff"] >= self._now) & (self._fixtures["state"] == OPEN)]
        for first, second in ((home, away), (away, home)):
            between = coming[(coming["home_team_id"] == first) & (coming["away_team_id"] == second)]
            if len(between):
                return {"fixture_id": int(between["fixture_id"].iloc[0])}
        return {"match": self._hypothetical(home, away)}

    def _hypothetical(self, home: int, away: int) -> dict[str, Any]:
        return {
            "league_id": self._league_of(home),
            "home_team_id": home,
            "away_team_id": away,
            "date": moment_text(self._now),
        }

    def _league_of(self, team: int) -> int:
        """The league of a team's last match; reads the whole database only if there is no recent one."""
        played = _of_team(self._fixtures, team)
        if not len(played):
            played = _of_team(self._since(0).fixtures, team)
        if len(played):
            return int(played["league_id"].iloc[-1])
        raise CommandError(f"{self._teams[team]} has no league: it has never played")


def _of_team(fixtures: pd.DataFrame, team: int) -> pd.DataFrame:
    return fixtures[(fixtures["home_team_id"] == team) | (fixtures["away_team_id"] == team)]


def find(text: str, entries: Sequence[Entry], kind: str, usual: Collection[str] = ()) -> int:
    """The id of the only entry whose name is `text`, else is one of the `usual` names for it, else has it as
    another spelling, else begins with it, else contains it.

    At each step entries with matches come before those without. Digits are an id. Raises CommandError with the
    nearest names where none matches, and with all candidates where several match equally well.
    """
    if text.isdecimal():
        return _checked_id(int(text), entries, kind)
    name = plain(text)
    criteria = list(_criteria(name, usual)) if name else []
    for fits in criteria:
        candidates = [each for each in entries if fits(each)]
        best = [each for each in candidates if each.matches] or candidates
        if len(best) == 1:
            return best[0].key
        if best:
            others = [each for each in entries if any(fits(each) for fits in criteria)]
            raise CommandError(f"several {kind}s are called {text!r}: {_listed(others)}; use the id")
    raise CommandError(f"no {kind} is called {text!r}{_near(name, entries)}")


def _criteria(text: str, usual: Collection[str]) -> Iterator[Callable[[Entry], bool]]:
    """Criteria by which a text matches an entry, the strictest first."""
    yield lambda each: text in each.plain_names
    yield lambda each: each.plain_names[0] in usual
    yield lambda each: text in each.spellings
    yield lambda each: any(name.startswith(text) for name in each.plain_names)
    yield lambda each: any(text in name for name in each.plain_names)


def _checked_id(key: int, entries: Sequence[Entry], kind: str) -> int:
    if all(each.key != key for each in entries):
        raise CommandError(f"no {kind} has the id {key}")
    return key


def _listed(entries: Sequence[Entry]) -> str:
    """The entries with most matches, and how many more there are."""
    ordered = sorted(entries, key=lambda each: -each.matches)
    more = len(ordered) - _MAX_LISTED
    return "; ".join(map(str, ordered[:_MAX_LISTED])) + (f"; and {more:,} more" if more > 0 else "")


def _near(text: str, entries: Sequence[Entry]) -> str:
    """The nearest names, as the end of a message."""
    display = {name: each.names[0] for each in entries for name in (*each.spellings, *each.plain_names)}
    near = difflib.get_close_matches(text, display, _MAX_LISTED, 0.5)
    names = sorted({display[name] for name in near})
    return f"; the nearest are {', '.join(names)}" if names else ""
