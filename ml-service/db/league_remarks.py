"""Sentences on leagues that look wrong, for the operator of the database."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
import pandas as pd

from common.arrays import Ints
from common.times import DAY_SECONDS, day_text
from db.leagues import League, leagues_of
from db.schema import FINISHED

MAX_RESULT_AGE_DAYS = 180
"""The longest break between seasons, a northern winter, takes five months."""
MAX_LISTED = 3
"""Leagues listed in a sentence; the others are counted."""

_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = re.compile(
    r"\d{1,4}[-./ ]\d{1,2}[-./ ]\d{1,4}(?:[T ]\d.*)?"  # 12/08/2023, 2023-08-12 15:00
    rf"|\d{{1,2}}[-./ ]{_MONTH}(?:[-./ ]\d{{2,4}})?"  # 12 Aug 2023; 2-Jan, into which Excel turns 1-2
    rf"|{_MONTH}[-./ ]\d{{1,4}}"  # Aug-23
    r"|\d{4}[-/]\d{2,4}|\d{5,}",  # 2023/24, 20230812, Excel's 45150
    re.IGNORECASE,
)


def league_remarks(fixtures: pd.DataFrame, leagues: pd.DataFrame, now: int) -> tuple[str, ...]:
    """Sentences on leagues with matches: names like dates, seasons missing between others, old newest results.

    `fixtures` and `leagues` are those of a `Dataset`, `now` is in epoch seconds UTC. Cups may lack seasons: many are
    played every few years.
    """
    names = leagues_of(leagues)
    played = np.unique(fixtures["league_id"].to_numpy()).tolist()
    cups = set(leagues["league_id"].to_numpy()[leagues["is_cup"].to_numpy(dtype=np.bool_)].tolist())
    finished = fixtures["state"].to_numpy() == FINISHED
    ids, seasons, kickoffs = (
        fixtures[name].to_numpy()[finished] for name in ("league_id", "season", "kickoff")
    )
    return (
        *_date_like_names([names[league] for league in played]),
        *_missing_seasons(names, cups, ids, seasons),
        *_old(names, ids, kickoffs, now),
    )


def _date_like_names(leagues: Sequence[League]) -> Iterator[str]:
    suspects = [f"{league} (league_id {league.league_id})" for league in leagues if _is_date(league.name)]
    if suspects:
        yield (
            f"{_listed(suspects)}: the name looks like a date; a spreadsheet may have changed the file or shifted its"
            " columns: fix the file and import it again"
        )


def _is_date(name: str) -> bool:
    return bool(_DATE.fullmatch(name.strip()))


def _missing_seasons(
    names: dict[int, League], cups: set[int], league_ids: Ints, seasons: Ints
) -> Iterator[str]:
    """Leagues with the same gap share a sentence."""
    pairs = np.unique(np.column_stack([league_ids, seasons]), axis=0)
    gaps = []
    for league, rows in groupby(pairs.tolist(), key=lambda row: row[0]):
        present = [season for _, season in rows]
        missing = sorted(set(range(present[0], present[-1])).difference(present))
        if missing and league not in cups:
            gaps.append((_spans(missing), f"{present[0]} to {present[-1]}", str(names[league])))
    for (missing_text, span), alike in groupby(sorted(gaps), key=lambda gap: gap[:2]):
        yield (
            f"{_listed([name for *_, name in alike])}: of the seasons {span}, {missing_text} are missing:"
            " import them, since ratings are less certain after a gap"
        )


def _spans(seasons: Sequence[int]) -> str:
    """Consecutive years as ranges: 2012, 2015 to 2017."""
    runs = [
        [season for _, season in run]
        for _, run in groupby(enumerate(seasons), key=lambda pair: pair[1] - pair[0])
    ]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


def _old(names: dict[int, League], league_ids: Ints, kickoffs: Ints, now: int) -> Iterator[str]:
    unique_ids, index = np.unique(league_ids, return_inverse=True)
    newest = np.full(len(unique_ids), np.iinfo(np.int64).min)
    np.maximum.at(newest, index, kickoffs)
    old = [
        f"{names[league]} (to {day_text(last)})"
        for last, league in sorted(zip(newest.tolist(), unique_ids.tolist(), strict=True), reverse=True)
        if now - last > MAX_RESULT_AGE_DAYS * DAY_SECONDS
    ]
    if old:
        yield f"{_listed(old)}: the newest result is more than {MAX_RESULT_AGE_DAYS} days old: import later results"


def _listed(names: Sequence[str]) -> str:
    """The first few names, and the number of others."""
    if len(names) <= MAX_LISTED:
        return ", ".join(names)
    return f"{', '.join(names[:MAX_LISTED])} and {len(names) - MAX_LISTED} other leagues"
