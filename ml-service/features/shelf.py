"""Past matches put aside in a file, which spare a starting service from reading a whole database again."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd

from db.dataset import Dataset
from db.reader import Digest
from features.closings import Closings
from markets.prices import Quotes

_RULE = 5
"""Changes with the rules that make fixtures and closing prices of rows: nothing made by older ones is used."""

_COLUMN = "fixtures."


@dataclass(frozen=True)
class Shelved:
    """Fixtures that kick off before `before` (epoch seconds UTC) and their closing prices.

    They hold while the database's digest of what is before `before` is `digest`. `rejected` counts the rows that
    were left out among those that are not read with what is later.
    """

    before: int
    digest: Digest
    fixtures: pd.DataFrame
    closings: Closings
    rejected: dict[str, int]

    @classmethod
    def of(cls, whole: Dataset, closings: Closings, before: int, digest: Digest, newer: Dataset) -> Shelved:
        """What of `whole` is before `before`, `newer` being the rest as it is read by itself."""
        fixtures = whole.fixtures[whole.fixtures["kickoff"] < before]
        old = closings.only(fixtures["fixture_id"].to_numpy())
        return cls(before, digest, fixtures, old, dict(Counter(whole.rejected) - Counter(newer.rejected)))

    def fits(self, newer: Dataset) -> bool:
        """Whether all leagues and teams are still there."""
        teams, leagues = newer.teams["team_id"], newer.leagues["league_id"]
        sides = self.fixtures["home_team_id"], self.fixtures["away_team_id"]
        return all(np.isin(side, teams).all() for side in sides) and bool(
            np.isin(self.fixtures["league_id"], leagues).all()
        )

    def joined(self, newer: Dataset) -> Dataset:
        """These fixtures and those of `newer`, without prices."""
        old = self.fixtures[~np.isin(self.fixtures["fixture_id"], newer.fixtures["fixture_id"])]
        parts = [part for part in (old, newer.fixtures) if len(part)]
        fixtures = pd.concat(parts, ignore_index=True) if parts else newer.fixtures
        rejected = dict(Counter(self.rejected) + Counter(newer.rejected))
        return replace(newer, fixtures=fixtures, quotes=Quotes.none(), rejected=rejected)


class Shelf:
    """The file in the folder of models. It may be lost at any time."""

    def __init__(self, folder: Path, bookmakers: Sequence[int]) -> None:
        name = "_".join(str(bookmaker) for bookmaker in bookmakers) or "any"
        self._path, *self._older = (folder / f".shelf-{rule}-{name}.npz" for rule in range(_RULE, 0, -1))

    def get(self) -> Shelved | None:
        """What was put aside, None where there is nothing that can be read."""
        try:
            with self._path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                names = [name for name in file.files if name.startswith(_COLUMN)]
                return Shelved(
                    int(file["before"]),
                    tuple(file["digest"].tolist()),
                    pd.DataFrame({name.removeprefix(_COLUMN): file[name] for name in names}),
                    Closings(file["fixture_id"], file["match_winner"], file["over"]),
                    dict(zip(file["reasons"].tolist(), file["rejected"].tolist(), strict=True)),
                )
        except (OSError, EOFError, ValueError, KeyError, BadZipFile):
            return None

    def put(self, shelved: Shelved) -> bool:
        """Put matches aside; whether there was room for them."""
        temporary = self._path.with_name(f".tmp-{os.getpid()}-{secrets.token_hex(4)}")
        closings, rejected = shelved.closings, shelved.rejected
        columns = {f"{_COLUMN}{name}": shelved.fixtures[name].to_numpy() for name in shelved.fixtures}
        try:
            with temporary.open("wb") as file:
                np.savez(
                    file,
                    before=np.int64(shelved.before),
                    digest=np.array(shelved.digest),
                    fixture_id=closings.fixture_id,
                    match_winner=closings.match_winner,
                    over=closings.over,
                    reasons=np.array(list(rejected), dtype=np.str_),
                    rejected=np.array(list(rejected.values()), dtype=np.int64),
                    **columns,
                )
            temporary.replace(self._path)
            for older in self._older:
                older.unlink(missing_ok=True)
        except OSError:
            temporary.unlink(missing_ok=True)
            return False
        return True
