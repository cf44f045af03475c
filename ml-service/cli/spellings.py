"""Names as people and files write them, compared as Node's scripts compare them.

The table of spellings is the importer's own (`backend/src/import/aliases.json`). Where it is not there, a club goes
by its name in the database alone.
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

_UNDIVIDED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "\u0131": "i", "ß": "ss", "æ": "ae", "œ": "oe", "&": " and "}
    | dict.fromkeys("'\u2019`.", "")
)
"""Letters that Unicode does not take apart into a plain one and an accent (the i without a dot is one), and marks
within words."""

Table = Mapping[str, Mapping[str, Iterable[str]]]


def plain(name: str) -> str:
    """A name as it is compared: lower case, without accents and punctuation, single spaces, `utd` as `united`."""
    decomposed = unicodedata.normalize("NFKD", name)
    letters = "".join(each for each in decomposed if not unicodedata.category(each).startswith("M"))
    words = re.sub(r"[\W_]+", " ", letters.lower().translate(_UNDIVIDED)).strip()
    return re.sub(r"\butd\b", "united", words)


@dataclass(frozen=True)
class Spellings:
    """What else clubs and leagues are called, every name as `plain` has it.

    `usual` maps a club's name to the names that clubs so called are kept under, `clubs` to all their names, in
    whatever country; `leagues` maps the country and name of a league to all its names.
    """

    usual: Mapping[str, frozenset[str]]
    clubs: Mapping[str, frozenset[str]]
    leagues: Mapping[tuple[str, str], frozenset[str]]

    @classmethod
    def read(cls, path: Path = TABLE) -> Spellings:
        """The importer's table; empty where the file is not there or is none."""
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            return cls.of(told["clubs"], told["leagues"])
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
