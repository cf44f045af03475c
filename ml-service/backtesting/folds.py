"""Walk-forward periods: each is forecast by a model that knows nothing from its first day on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from backtesting.days import DAY_SECONDS, as_date, day_number, days_of

Ints = NDArray[np.int64]

OLDEST_SECONDS = 14 * DAY_SECONDS
"""A bet decided this long before its period begins does not age the model of all others: it gets one of its own."""


@dataclass(frozen=True)
class Matches:
    """The matches to forecast, shape (n,): when they kick off and are bet on (epoch seconds), league, season."""

    kickoff: Ints
    as_of: Ints
    league_id: Ints
    season: Ints


@dataclass(frozen=True)
class Fold:
    """One period: matches `rows` of UTC days `first` to `last`, by a model of results known by `cutoff`.

    `cutoff` (epoch seconds) is the start of the first day, or the earliest bet of the period if that is sooner.
    """

    first: int
    last: int
    cutoff: int
    rows: Ints


def plan(matches: Matches, refit: str, first: date, last: date) -> list[Fold]:
    """The periods of a backtest over UTC days `first` to `last`, in order of time, those without matches left out.

    Matches of a period that are bet on OLDEST_SECONDS before it make up one more, of their own days.

    `refit` is "month", "quarter" (calendar ones, cut to the range) or "season": each league's `season`, from
    its first kick-off in the range; leagues whose seasons begin in the same month share a period.
    """
    if refit == "season":
        return _by_season(matches)
    days, months = days_of(matches.kickoff), 1 if refit == "month" else 3
    return _sorted(
        fold
        for start, end in _calendar(*_within(first, last, days), months)
        for fold in _folds(matches, start, end, np.flatnonzero((days >= start) & (days <= end)))
    )


def _sorted(folds: Iterable[Fold]) -> list[Fold]:
    return sorted(folds, key=lambda fold: (fold.first, fold.last))


def _within(first: date, last: date, days: Ints) -> tuple[date, date]:
    """The range cut to the calendar years of the matches on `days`, of which no period ever holds two."""
    begin, end = as_date(days.min()).year, as_date(days.max()).year
    return max(first, date(begin, 1, 1)), min(last, date(end, 12, 31))


def _calendar(first: date, last: date, months: int) -> Iterable[tuple[int, int]]:
    """First and last day number of each calendar period, cut to the range."""
    start = first
    while start <= last:
        following = _month_after(start, months)
        yield day_number(start), min(day_number(following) - 1, day_number(last))
        start = following


def _month_after(day: date, months: int) -> date:
    """First day of the calendar period of `months` months after the one `day` lies in."""
    index = (day.year * 12 + day.month - 1) // months * months + months
    return date(index // 12, index % 12 + 1, 1)


def _folds(matches: Matches, start: int, end: int, rows: Ints) -> Iterable[Fold]:
    """The fold of the matches `rows`, which are of one period, and that of those bet on long before it."""
    early = matches.as_of[rows] < start * DAY_SECONDS - OLDEST_SECONDS
    if not early.all():
        yield _fold(matches, start, end, rows[~early])
    if early.any():
        days = days_of(matches.kickoff[rows[early]])
        yield _fold(matches, int(days.min()), int(days.max()), rows[early])


def _fold(matches: Matches, start: int, end: int, rows: Ints) -> Fold:
    return Fold(start, end, min(start * DAY_SECONDS, int(matches.as_of[rows].min())), rows)


def _by_season(matches: Matches) -> list[Fold]:
    days = days_of(matches.kickoff)
    groups = _season_groups(matches, days)
    folds: list[Fold] = []
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        folds.extend(_folds(matches, int(days[rows].min()), int(days[rows].max()), rows))
    return _sorted(folds)


def _season_groups(matches: Matches, days: Ints) -> Ints:
    """A number for each match: equal for seasons of one year that begin in the same calendar month."""
    pairs, which = np.unique(
        np.column_stack([matches.league_id, matches.season]), axis=0, return_inverse=True
    )
    begins = np.full(len(pairs), np.iinfo(np.int64).max)
    np.minimum.at(begins, which.ravel(), days)
    months = np.array([as_date(day).year * 12 + as_date(day).month for day in begins], dtype=np.int64)
    keys = np.column_stack([pairs[:, 1], months])
    _, groups = np.unique(keys, axis=0, return_inverse=True)
    return np.asarray(groups.ravel()[which.ravel()], dtype=np.int64)
