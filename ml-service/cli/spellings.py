"""Spellings of names in input and files, compared in the same way as in Node's scripts.

The table of spellings is the importer's (`backend/src/import/aliases.json`). Without that file, only a club's name in
the database matches.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

TABLE = Path(__file__).resolve().parents[2] / "backend" / "src" / "import" / "aliases.json"

_TRANSLITERATION = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "\u0131": "i", "ß": "ss", "æ": "ae", "œ": "oe", "&": " and "}
    | dict.fromkeys("'\u2019`.", "")
)
"""Letters that Unicode does not decompose into a base letter and an accent, the dotless i among them, and punctuation
within words."""

Table = Mapping[str, Mapping[str, Iterable[str]]]


def plain(name: str) -> str:
    """A name in the form for comparison: lower case, no accents or punctuation, single spaces, `utd` as `united`."""
    decomposed = unicodedata.normalize("NFKD", name)
    letters = "".join(each for each in decomposed if not unicodedata.category(each).startswith("M"))
    words = re.sub(r"[\W_]+", " ", letters.lower().translate(_TRANSLITERATION)).strip()
    return re.sub(r"\butd\b", "united", words)


@dataclass(frozen=True)
class Spellings:
    """Alternative names of clubs and leagues, all in the form of `plain`.

    `usual` maps each name of a club, of any country, to its usual names, `clubs` to all its names; `leagues` maps
    country and name of a league to all its names.
    """

    usual: Mapping[str, frozenset[str]]
    clubs: Mapping[str, frozenset[str]]
    leagues: Mapping[tuple[str, str], frozenset[str]]

    @classmethod
    def read(cls, path: Path = TABLE) -> Spellings:
        """The importer's table; empty if the file is missing or invalid."""
        try:
            table = json.loads(path.read_text(encoding="utf-8"))
            return cls.of(table["clubs"], table["leagues"])
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return cls({}, {}, {})

    @classmethod
    def of(cls, clubs: Table, leagues: Table) -> Spellings:
        """From tables of other spellings by country and usual name."""
        groups = [_names(usual, others) for names in clubs.values() for usual, others in names.items()]
        return cls(
            usual=_merged((name, group[:1]) for group in groups for name in group),
            clubs=_merged((name, group) for group in groups for name in group),
            leagues={
                (plain(country), name): frozenset(group)
                for country, names in leagues.items()
                for group in (_names(usual, others) for usual, others in names.items())
                for name in group
            },
        )


def _names(usual: str, others: Iterable[str]) -> list[str]:
    return [plain(name) for name in (usual, *others)]


def _merged(pairs: Iterable[tuple[str, list[str]]]) -> dict[str, frozenset[str]]:
    merged: dict[str, list[list[str]]] = {}
    for name, names in pairs:
        merged.setdefault(name, []).append(names)
    return {name: frozenset(chain.from_iterable(groups)) for name, groups in merged.items()}
