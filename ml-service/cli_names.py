"""Teams, leagues and fixtures by name, from the database that the service reads."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cli_client import CommandError
from db.dataset import Dataset
from db.reader import Reader
from db.schema import OPEN
from errors import ServiceError
from times import DAY_SECONDS, moment_text

RECENT_DAYS = 400
_MOST_NAMED = 6


class Directory:
    """Names as the database has them now, and the matches of the last and the coming months."""

    def __init__(self, database: Path, now: int) -> None:
        self._database = database
        self._now = now
        dataset = self._since(now - RECENT_DAYS * DAY_SECONDS)
        self._fixtures = dataset.fixtures
        self._teams = _by_id(dataset.teams, "team_id")
        self._leagues = _by_id(dataset.leagues, "league_id")

    def _since(self, moment: int) -> Dataset:
        reader = Reader(self._database)
        try:
            return reader.recent(moment, ())
        except ServiceError as wrong:
            raise CommandError(" - ".join(filter(None, (wrong.message, wrong.hint)))) from None
        finally:
            reader.close()

    def team(self, text: str) -> int:
        """The id of a team by its name, a part of it, or its id."""
        return find(text, self._teams, "team")

    def league(self, text: str) -> int:
        """The id of a league by its name, a part of it, or its id."""
        return find(text, self._leagues, "league")

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


def find(text: str, names: Mapping[int, str], kind: str) -> int:
    """The id whose name is `text`, else the only one that begins with it, else the only one that contains it.

    Digits are an id. Raises CommandError, with the nearest names where none fits and all where several do.
    """
    if text.isdecimal():
        return _known(int(text), names, kind)
    wanted = plain(text)
    for fits in (str.__eq__, str.startswith, str.__contains__):
        found = [key for key, name in names.items() if fits(plain(name), wanted)]
        if len(found) == 1:
            return found[0]
        if found:
            raise CommandError(f"several {kind}s are called {text!r}: {_listed(found, names)}; give the id")
    near = difflib.get_close_matches(wanted, [plain(name) for name in names.values()], _MOST_NAMED, 0.5)
    hint = ", ".join(sorted({name for name in names.values() if plain(name) in near}))
    raise CommandError(f"no {kind} is called {text!r}" + (f"; near are {hint}" if hint else ""))


def plain(name: str) -> str:
    """A name without accents and case."""
    decomposed = unicodedata.normalize("NFKD", name.strip())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


def _known(key: int, names: Mapping[int, str], kind: str) -> int:
    if key not in names:
        raise CommandError(f"no {kind} has the id {key}")
    return key


def _listed(keys: list[int], names: Mapping[int, str]) -> str:
    shown = ", ".join(f"{names[key]} ({key})" for key in keys[:_MOST_NAMED])
    return shown + (", ..." if len(keys) > _MOST_NAMED else "")


def _by_id(frame: pd.DataFrame, key: str) -> dict[int, str]:
    return dict(zip(frame[key].tolist(), frame["name"].tolist(), strict=True))
