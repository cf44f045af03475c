"""Walk-forward periods: each is forecast by a model fitted on nothing later than its first day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from common.arrays import Ints
from common.times import DAY_SECONDS, date_of, day_number

MAX_LEAD_SECONDS = 14 * DAY_SECONDS
"""Matches bet on longer than this before their period begins get a fold of their own, so that the model of the others
may learn from all results until the period begins."""


@dataclass(frozen=True)
class Candidates:
    """The matches to forecast, shape (n,): when they kick off and are bet on (epoch seconds UTC), league, season."""

    kickoff: Ints
    as_of: Ints
    league_id: Ints
    season: Ints

    @property
    def days(self) -> Ints:
        """UTC day number of each kick-off."""
        return self.kickoff // DAY_SECONDS


@dataclass(frozen=True)
class Fold:
    """One period: the candidates `rows` of UTC day numbers `first` to `last`, and its model's training cutoff.

    The model is fitted on results known by `cutoff` (epoch seconds UTC): the start of the first day, or the earliest
    bet of the period where that is sooner.
    """

    first: int
    last: int
    cutoff: int
    rows: Ints


def plan_folds(candidates: Candidates, refit: str, first: date, last: date) -> list[Fold]:
    """The folds of a backtest over UTC days `first` to `last`, in order of time, those without matches left out.

    `refit` is "month", "quarter" (calendar ones, cut to the range) or "season": each league's `season`, from its
    first kick-off in the range; leagues whose seasons begin in the same month share a fold.
    """
    if refit == "season":
        return _by_season(candidates)
    days, months = candidates.days, 1 if refit == "month" else 3
    return _sorted(
        fold
        for start, end in _calendar_periods(*_cut_to_years(first, last, days), months)
        for fold in _folds(candidates, start, end, np.flatnonzero((days >= start) & (days <= end)))
    )


def _sorted(folds: Iterable[Fold]) -> list[Fold]:
    return sorted(folds, key=lambda fold: (fold.first, fold.last))


def _cut_to_years(first: date, last: date, days: Ints) -> tuple[date, date]:
    """The range cut to the calendar years of `days`: no period spans two years, and the rest has no matches."""
    begin, end = date_of(days.min()).year, date_of(days.max()).year
    return max(first, date(begin, 1, 1)), min(last, date(end, 12, 31))


def _calendar_periods(first: date, last: date, months: int) -> Iterable[tuple[int, int]]:
    """First and last day number of each calendar period of `months` months, cut to the range."""
    start = first
    while start <= last:
        following = _next_period(start, months)
        yield day_number(start), min(day_number(following) - 1, day_number(last))
        start = following


def _next_period(day: date, months: int) -> date:
    """First day of the calendar period of `months` months after the one that `day` lies in."""
    index = (day.year * 12 + day.month - 1) // months * months + months
    return date(index // 12, index % 12 + 1, 1)


def _folds(candidates: Candidates, start: int, end: int, rows: Ints) -> Iterable[Fold]:
    """The fold of one period's candidates `rows`, and one of those bet on long before the period."""
    early = candidates.as_of[rows] < start * DAY_SECONDS - MAX_LEAD_SECONDS
    if not early.all():
        yield _fold(candidates, start, end, rows[~early])
    if early.any():
        days = candidates.days[rows[early]]
        yield _fold(candidates, int(days.min()), int(days.max()), rows[early])


def _fold(candidates: Candidates, start: int, end: int, rows: Ints) -> Fold:
    return Fold(start, end, min(start * DAY_SECONDS, int(candidates.as_of[rows].min())), rows)


def _by_season(candidates: Candidates) -> list[Fold]:
    days = candidates.days
    groups = _season_groups(candidates, days)
    folds: list[Fold] = []
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        folds.extend(_folds(candidates, int(days[rows].min()), int(days[rows].max()), rows))
    return _sorted(folds)


def _season_groups(candidates: Candidates, days: Ints) -> Ints:
    """A number for each match: equal for seasons of one year that begin in the same calendar month."""
    seasons, which = np.unique(
        np.column_stack([candidates.league_id, candidates.season]), axis=0, return_inverse=True
    )
    first_days = np.full(len(seasons), np.iinfo(np.int64).max)
    np.minimum.at(first_days, which.ravel(), days)
    months = np.array([date_of(day).year * 12 + date_of(day).month for day in first_days], dtype=np.int64)
    keys = np.column_stack([seasons[:, 1], months])
    _, groups = np.unique(keys, axis=0, return_inverse=True)
    return np.asarray(groups.ravel()[which.ravel()], dtype=np.int64)
