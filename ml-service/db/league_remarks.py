"""What looks odd about the leagues of a database, in sentences for whoever looks after it."""

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

OLD_DAYS = 180
"""The longest break between two seasons, a winter in the north, takes five months."""
MOST_NAMED = 3
"""Leagues named in a sentence; of more their number is said."""

_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = re.compile(
    r"\d{1,4}[-./ ]\d{1,2}[-./ ]\d{1,4}(?:[T ]\d.*)?"  # 12/08/2023, 2023-08-12 15:00
    rf"|\d{{1,2}}[-./ ]{_MONTH}(?:[-./ ]\d{{2,4}})?"  # 12 Aug 2023; 2-Jan, which Excel makes of 1-2
    rf"|{_MONTH}[-./ ]\d{{1,4}}"  # Aug-23
    r"|\d{4}[-/]\d{2,4}|\d{5,}",  # 2023/24, 20230812, Excel's 45150
    re.IGNORECASE,
)


def league_remarks(fixtures: pd.DataFrame, leagues: pd.DataFrame, now: int) -> tuple[str, ...]:
    """Sentences on leagues with matches: names like dates, seasons missing between others, old newest results.

    `fixtures` and `leagues` are those of a `Dataset`, `now` is in epoch seconds UTC. Cups are not asked for every
    season: many are played every few years.
    """
    names = leagues_of(leagues)
    played = np.unique(fixtures["league_id"].to_numpy()).tolist()
    cups = set(leagues["league_id"].to_numpy()[leagues["is_cup"].to_numpy(dtype=np.bool_)].tolist())
    finished = fixtures[fixtures["state"].to_numpy() == FINISHED]
    results = finished["league_id"].to_numpy(), finished["season"].to_numpy(), finished["kickoff"].to_numpy()
    return (
        *_like_dates([names[league] for league in played]),
        *_missing_seasons(names, cups, *results[:2]),
        *_old(names, *results[::2], now),
    )


def _like_dates(leagues: Sequence[League]) -> Iterator[str]:
    odd = [f"{league} (league_id {league.league_id})" for league in leagues if _is_date(league.name)]
    if odd:
        yield (
            f"{_listed(odd)}: the name looks like a date, as where the columns of a file were shifted or changed by a"
            " spreadsheet; mend the file and import it again"
        )


def _is_date(name: str) -> bool:
    return bool(_DATE.fullmatch(name.strip()))


def _missing_seasons(
    names: dict[int, League], cups: set[int], league_ids: Ints, seasons: Ints
) -> Iterator[str]:
    """Leagues with the same gap share a sentence."""
    there = np.unique(np.column_stack([league_ids, seasons]), axis=0)
    gaps = []
    for league, rows in groupby(there.tolist(), key=lambda row: row[0]):
        known = [season for _, season in rows]
        missing = sorted(set(range(known[0], known[-1])).difference(known))
        if missing and league not in cups:
            gaps.append((_spans(missing), f"{known[0]} to {known[-1]}", str(names[league])))
    for (missing_text, span), alike in groupby(sorted(gaps), key=lambda gap: gap[:2]):
        yield (
            f"{_listed([name for *_, name in alike])}: of the seasons {span} there is nothing of {missing_text};"
            " import them, since ratings are vague after a gap"
        )


def _spans(seasons: Sequence[int]) -> str:
    """Years in a row as one: 2012, 2015 to 2017."""
    runs = [
        [season for _, season in run]
        for _, run in groupby(enumerate(seasons), key=lambda placed: placed[1] - placed[0])
    ]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


def _old(names: dict[int, League], league_ids: Ints, kickoffs: Ints, now: int) -> Iterator[str]:
    whose, place = np.unique(league_ids, return_inverse=True)
    newest = np.full(len(whose), np.iinfo(np.int64).min)
    np.maximum.at(newest, place, kickoffs)
    old = [
        f"{names[league]} (to {day_text(last)})"
        for last, league in sorted(zip(newest.tolist(), whose.tolist(), strict=True), reverse=True)
        if now - last > OLD_DAYS * DAY_SECONDS
    ]
    if old:
        yield f"{_listed(old)}: the newest result is more than {OLD_DAYS} days old; import what was played since"


def _listed(names: Sequence[str]) -> str:
    """The names, of many the first few and how many others there are."""
    if len(names) <= MOST_NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED} other leagues"
