"""Raw rows of the database converted to typed columns; invalid rows are omitted and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from itertools import chain, compress
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.arrays import Floats, Ints, Mask, index_of
from common.numba_cache import njit
from common.times import DAY_SECONDS, now
from db.schema import (
    API_ID,
    EXTRA_TIME,
    FINISHED,
    FIXTURE_COLUMNS,
    FIXTURE_ID,
    HALF_TIME,
    OPEN,
    STATES,
    STATISTICS,
    STATUS,
    UNCONFIRMED,
)
from markets.prices import Quotes
from markets.registry import MARKETS

Rows = Sequence[tuple[Any, ...]]

MAX_GOALS = 40
MAX_EXPECTED_GOALS = 20.0
NO_API_ID = -1
MAX_ODDS = 100_000.0
IMPOSSIBLE_ODDS = "impossible_odds"
UNREADABLE_MOMENT = "unreadable_capture_time"
UNKNOWN_FIXTURE = "odds_of_unknown_fixture"
OTHER_MARKET, AFTER_KICK_OFF = "odds_of_other_markets", "odds_captured_after_kick_off"
NO_LINE, IMPOSSIBLE_LINE = "odds_without_a_line", "odds_of_an_impossible_line"
ONE_SIDED = "odds_of_one_side"
UNUSED_REASONS = (AFTER_KICK_OFF,)
"""Reasons for not using valid rows that are read; those of other markets are not."""
UNREADABLE = np.inf
UNKNOWN_TIME = np.iinfo(np.int64).min
_GOALS = ("goals_home", "goals_away", "score_fulltime_home", "score_fulltime_away")
_NINETY_MINUTES, _EXTRA_TIME = 150 * 60, 240 * 60
PRICE_COLUMNS, PRICE_PLACES = 8, {2: (0, 2), 3: (0, 1, 2), 9: tuple(range(9))}
"""Values a row of prices, and the places of a market's prices, by their number; a set has three or more."""
_SIZES = np.array([market.size for market in MARKETS])
_FIXTURE, _BOOKMAKER, _MARKET, _PRICES, _MOMENT, _KIND = 0, 1, 2, [3, 4, 5], 6, 7
_SET_KEYS = [_FIXTURE, _BOOKMAKER, _MARKET, _KIND]
_PRICE, _PLACE, _SELECTIONS = 3, 4, 2
_SET_PRICES = len(_PRICES)
_MAX_CAPTURE_SECONDS = 60.0
"""The application writes the rows of one capture one after another, each with its own time."""
_TIME_FORMATS = (
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%dT%H:%M:%S.%f%z",
    "%Y-%m-%d %H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S.%f%z",
    "%a %b %d %Y %H:%M:%S %z",
    "%a, %d %b %Y %H:%M:%S %z",
)
"""ISO 8601 with +0000, and the formats of JavaScript's String(date) and date.toUTCString()."""
_JULIAN_EPOCH, _HALF_MILLISECOND = 2_440_587.5, 5e-4
_MIN_MOMENT, _MAX_MOMENT = -3_187_209_600, 4_102_444_800  # 1869-01-01, 2100-01-01
_UTC_LENGTH = len("2024-08-17T14:00:00+00:00")
_MIN_SEASON, _MAX_SEASON, _JULY = 1850, 2150, 6
_ON_TARGET, _SHOTS = (list(STATISTICS).index(name) for name in ("shots_on_target", "shots"))


def columns(rows: Rows, count: int) -> list[tuple[Any, ...]]:
    """The `count` columns of `rows`; empty columns where there are no rows."""
    return list(zip(*rows, strict=True)) if rows else [()] * count


def numbers(values: Sequence[Any]) -> Floats:
    """Floats: NaN for NULL, `UNREADABLE` for values that are not finite numbers."""
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        return np.array([_number(value) for value in values], dtype=np.float64)


def _number(value: Any) -> float:
    if value is None:
        return float("nan")
    try:
        number = float(value)
    except (TypeError, ValueError):
        return UNREADABLE
    return number if np.isfinite(number) else UNREADABLE


def moments(values: Sequence[Any]) -> Ints:
    """Epoch seconds of ISO 8601 texts, UTC if without offset; `UNKNOWN_TIME` for other values."""
    try:
        seconds = _moments_in_utc(values)
    except (TypeError, ValueError):
        seconds = _moments_of_any_format(values)
    return np.where((seconds < _MIN_MOMENT) | (seconds > _MAX_MOMENT), UNKNOWN_TIME, seconds)


def _moments_in_utc(values: Sequence[Any]) -> Ints:
    """Moments of texts that all look like 2024-08-17T14:00:00+00:00, ten times faster than pandas; else raises."""
    if not all(len(value) == _UTC_LENGTH and value.endswith("+00:00") for value in values):
        raise ValueError
    return np.array([value[:-6] for value in values], dtype="datetime64[s]").astype(np.int64)


def _moments_of_any_format(values: Sequence[Any]) -> Ints:
    series = pd.Series(values, dtype=object)
    # pandas would also parse "now".
    is_text = series.map(lambda value: isinstance(value, str) and value[:1].isdigit()).astype(bool)
    parsed = pd.to_datetime(series.where(is_text), format="ISO8601", utc=True, errors="coerce")
    return parsed.to_numpy(dtype="datetime64[s]").astype(np.int64)


def julian_seconds(days: Floats) -> Floats:
    """Whole epoch seconds of Julian days (n,), which SQLite returns to the millisecond; NaN stays NaN."""
    return np.asarray(np.floor((days - _JULIAN_EPOCH) * DAY_SECONDS + _HALF_MILLISECOND))


def known_at(kickoff: Ints, day_only: Mask, extra_time: Mask) -> Ints:
    """When a result is known, in epoch seconds: 150 minutes after kick-off, 240 with extra time.

    If only the day is known, at the start of the next UTC day. All arrays have shape (n,).
    """
    played = kickoff + np.where(extra_time, _EXTRA_TIME, _NINETY_MINUTES)
    return np.where(day_only, (kickoff // DAY_SECONDS + 1) * DAY_SECONDS, played)


def fixtures(rows: Rows, league_ids: Ints, team_ids: Ints, rejected: Counter[str]) -> pd.DataFrame:
    """The fixtures frame of `Dataset` without statistics; invalid rows are counted in `rejected`."""
    raw = dict(zip(FIXTURE_COLUMNS, columns(rows, len(FIXTURE_COLUMNS)), strict=True))
    kickoff, day_only, extra_time = _times(raw)
    state = np.array([STATES.get(code, OPEN) for code in raw["status_short"]], dtype=np.int8)
    home_goals, away_goals, readable = _ninety_minutes([raw[name] for name in _GOALS], state, extra_time)
    league, season, home, away = (
        numbers(raw[name]) for name in ("league_id", "season_year", "home_team_id", "away_team_id")
    )
    fixture_id = np.array(raw["fixture_id"], dtype=np.int64)
    xg_home, xg_away = _expected_goals((raw["xg_home"], raw["xg_away"]), np.isfinite(home_goals))
    reasons = {
        "impossible_kickoff": kickoff == UNKNOWN_TIME,
        "impossible_score": ~readable,
        "finished_without_score": (state == FINISHED) & ~extra_time & ~np.isfinite(home_goals + away_goals),
        "finished_before_kickoff": (state == FINISHED) & (kickoff > now()),
        "unknown_league": ~np.isin(league, league_ids),
        "unknown_team": ~(np.isin(home, team_ids) & np.isin(away, team_ids)),
        "team_against_itself": home == away,
    }
    valid = ~np.any(list(reasons.values()), axis=0)
    reasons["duplicate_api_id"] = _duplicates(raw["api_id"], valid)
    rows_left = _valid_rows(reasons, rejected)
    order = rows_left[np.lexsort((fixture_id[rows_left], kickoff[rows_left]))]
    return pd.DataFrame(
        {
            "fixture_id": fixture_id[order],
            "api_id": api_ids(raw["api_id"])[order],
            "league_id": league[order].astype(np.int64),
            "season": _seasons(season[order], kickoff[order]),
            "home_team_id": home[order].astype(np.int64),
            "away_team_id": away[order].astype(np.int64),
            "kickoff": kickoff[order],
            "known_at": known_at(kickoff, day_only, extra_time)[order],
            "day_only": day_only[order],
            "state": state[order],
            "goals_home": home_goals[order],
            "goals_away": away_goals[order],
            "xg_home": xg_home[order],
            "xg_away": xg_away[order],
        }
    )


def results(rows: Rows, known_from: int) -> list[int]:
    """Ids of the finished fixtures in `rows` whose results are known at `known_from` (epoch seconds) or later."""
    finished = [row for row in rows if STATES.get(row[STATUS]) == FINISHED]
    raw = dict(zip(FIXTURE_COLUMNS, columns(finished, len(FIXTURE_COLUMNS)), strict=True))
    is_late = known_at(*_times(raw)) >= known_from
    return list(compress(raw["fixture_id"], is_late.tolist()))


def _times(raw: Mapping[str, Sequence[Any]]) -> tuple[Ints, Mask, Mask]:
    """Kick-offs, whether only their days are known, and whether there was extra time, as `known_at` takes them."""
    codes = raw["status_short"]
    unconfirmed, extra_time = (
        np.array([code in some for code in codes], dtype=np.bool_) for some in (UNCONFIRMED, EXTRA_TIME)
    )
    return *_kickoffs(raw["date"], raw["timestamp"], unconfirmed), extra_time


def api_ids(values: Sequence[Any]) -> Ints:
    """API-Football's ids; `NO_API_ID` for missing and invalid values."""
    ids = numbers(values)
    usable = np.isfinite(ids) & (ids >= 0) & (ids < 2.0**53)
    return np.where(usable, np.where(usable, ids, 0.0).astype(np.int64), NO_API_ID)


def _expected_goals(values: Sequence[Sequence[Any]], played: Mask) -> tuple[Floats, Floats]:
    """Expected goals of both sides, each shape (n,), of matches in the mask `played`; NaN = missing.

    One side may have 0, but 0 for both means that the match was not measured.
    """
    home, away = (numbers(column) for column in values)
    with np.errstate(invalid="ignore"):
        measured = played & (np.minimum(home, away) >= 0) & (np.maximum(home, away) <= MAX_EXPECTED_GOALS)
        measured &= home + away > 0
    return np.where(measured, home, np.nan), np.where(measured, away, np.nan)


def _kickoffs(dates: Sequence[Any], timestamps: Sequence[Any], unconfirmed: Mask) -> tuple[Ints, Mask]:
    """Kick-off in epoch seconds, and whether only its day is known.

    Only the day is known for 00:00 UTC without a timestamp, or with one if the hour is `unconfirmed`. The timestamp
    applies if there is no date or if both agree within a day, since rows are read again by their date.
    """
    stamps = numbers(timestamps)
    texts = moments(dates)
    undated = np.array([date is None for date in dates], dtype=np.bool_)
    with np.errstate(invalid="ignore"):
        near = (texts != UNKNOWN_TIME) & (np.abs(stamps - texts) <= DAY_SECONDS)
        stamped = (stamps >= _MIN_MOMENT) & (stamps <= _MAX_MOMENT) & (near | undated)
    kickoff = np.where(stamped, np.where(stamped, stamps, 0.0).astype(np.int64), texts)
    return kickoff, (unconfirmed | ~stamped) & (kickoff % DAY_SECONDS == 0)


def _ninety_minutes(
    goals: Sequence[Sequence[Any]], state: NDArray[np.int8], extra_time: Mask
) -> tuple[Floats, Floats, Mask]:
    """Goals after 90 minutes of FINISHED matches (else NaN), and the mask of rows with possible scores."""
    final_home, final_away, full_home, full_away = (numbers(column) for column in goals)
    possible = np.ones(len(state), dtype=np.bool_)
    for column in (final_home, final_away, full_home, full_away):
        with np.errstate(invalid="ignore"):
            possible &= np.isnan(column) | ((column >= 0) & (column <= MAX_GOALS) & (column % 1 == 0))
    has_full_time = np.isfinite(full_home) & np.isfinite(full_away)
    use_final = ~has_full_time & ~extra_time
    home = np.where(use_final, final_home, full_home)
    away = np.where(use_final, final_away, full_away)
    usable = (state == FINISHED) & possible & np.isfinite(home) & np.isfinite(away)
    return np.where(usable, home, np.nan), np.where(usable, away, np.nan), possible


def _duplicates(api_ids: Sequence[Any], valid: Mask) -> Mask:
    """Rows whose api_id an earlier `valid` row has."""
    present = [api_id for api_id in api_ids if api_id is not None]
    if len(set(present)) == len(present):  # as nearly always, found in a tenth of the time of pandas
        return np.zeros(len(valid), dtype=np.bool_)
    series = pd.Series(api_ids, dtype=object)
    return np.asarray(valid & (series.where(valid).duplicated() & series.notna()).to_numpy())


def _valid_rows(reasons: dict[str, Mask], rejected: Counter[str]) -> NDArray[np.intp]:
    """Indexes of rows without a reason to reject them; the others are counted under their first reason."""
    invalid = np.zeros(len(next(iter(reasons.values()))), dtype=np.bool_)
    for reason, mask in reasons.items():
        new = mask & ~invalid
        if new.any():
            rejected[reason] += int(new.sum())
        invalid |= mask
    return np.flatnonzero(~invalid)


def _seasons(years: Floats, kickoff: Ints) -> Ints:
    """Seasons; a missing or impossible one becomes the year of the last July before kick-off."""
    months = kickoff.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    july_before = 1970 + months // 12 - (months % 12 < _JULY)
    with np.errstate(invalid="ignore"):
        possible = (years >= _MIN_SEASON) & (years <= _MAX_SEASON)
    return np.where(possible, np.where(possible, years, 0.0).astype(np.int64), july_before)


def with_statistics(frame: pd.DataFrame, raw: Floats) -> pd.DataFrame:
    """`frame` with the full-time statistics of both sides; a row of zeros means missing.

    `raw` (n, 2 + len(STATISTICS)) holds fixture id, team id and the statistics; of several rows of a side the last
    counts. Fewer shots than shots on target mean that shots were not counted.
    """
    raw = raw[np.isfinite(raw[:, :2]).all(axis=1)]
    values = raw[:, 2:].copy()
    values[~np.isfinite(values) | (values < 0)] = np.nan
    values[np.nansum(values[:, :3], axis=1) == 0] = np.nan
    with np.errstate(invalid="ignore"):
        values[values[:, _SHOTS] < values[:, _ON_TARGET], _SHOTS] = np.nan
    row = index_of(frame["fixture_id"].to_numpy(), raw[:, 0].astype(np.int64))
    statistics = {}
    for side in ("home", "away"):
        teams = np.append(frame[f"{side}_team_id"].to_numpy(), 0)
        is_side = (row >= 0) & (teams[row] == raw[:, 1])
        columns = np.full((len(frame), len(STATISTICS)), np.nan)
        columns[row[is_side]] = values[is_side]
        statistics.update({f"{name}_{side}": columns[:, index] for index, name in enumerate(STATISTICS)})
    return pd.concat([frame, pd.DataFrame(statistics, index=frame.index)], axis=1)


def with_red_cards(frame: pd.DataFrame, events: Floats) -> pd.DataFrame:
    """`frame` with red cards counted from events, for finished matches without statistics.

    `events` (n, 3) holds fixture id, team id and 1 for a red card; for a match without any event they are unknown.
    """
    row = index_of(
        frame["fixture_id"].to_numpy(), np.nan_to_num(events[:, 0], nan=-1.0, posinf=-1.0).astype(np.int64)
    )
    events, row = events[row >= 0], row[row >= 0]
    has_events = np.zeros(len(frame), dtype=np.bool_)
    has_events[row] = True
    has_events &= (frame["state"] == FINISHED).to_numpy()
    columns = {}
    for side in ("home", "away"):
        cards = row[(events[:, 2] == 1.0) & (events[:, 1] == frame[f"{side}_team_id"].to_numpy()[row])]
        counts = np.bincount(cards, minlength=len(frame)).astype(np.float64)
        reds = frame[f"reds_{side}"].to_numpy()
        columns[f"reds_{side}"] = np.where(np.isnan(reds) & has_events, counts, reds)
    return frame.assign(**columns)


def with_half_time(frame: pd.DataFrame, raw: Floats) -> pd.DataFrame:
    """`frame` with the first half's goals of both sides, NaN where unknown, or impossible beside the result.

    `raw` (n, 3) holds fixture id and goals of the home and the away side.
    """
    row = index_of(raw[:, 0].astype(np.int64), frame["fixture_id"].to_numpy())
    goals = raw[row, 1:]
    full = frame[["goals_home", "goals_away"]].to_numpy()
    with np.errstate(invalid="ignore"):
        possible = ((goals >= 0) & (goals <= full) & (goals % 1 == 0)).all(axis=1)
    goals = np.where(possible[:, None], goals, np.nan)
    return frame.assign(**dict(zip(HALF_TIME, goals.T, strict=True)))


def table(pages: Iterable[Rows | Floats], width: int, moment: int | None = None) -> Floats:
    """All pages of rows of `width` values, shape (n, width): NaN for NULL, `UNREADABLE` for non-numbers.

    The values at `moment` are Julian days.
    """
    parts = [_page(page, width, moment) for page in pages if len(page)]
    return np.concatenate(parts) if parts else np.empty((0, width))


def _page(page: Rows | Floats, width: int, moment: int | None) -> Floats:
    if isinstance(page, np.ndarray):
        return page
    values = chain.from_iterable(page)
    try:  # twice as fast as np.array, which has to infer the shape
        return np.fromiter(values, dtype=np.float64, count=len(page) * width).reshape(-1, width)
    except (TypeError, ValueError):
        return np.column_stack(
            [
                julian_days(column) if place == moment else numbers(column)
                for place, column in enumerate(columns(page, width))
            ]
        )


@dataclass(frozen=True)
class ApiNames:
    """Fixtures by API-Football's id, if no fixture has that id as its own; both of shape (n,)."""

    api_id: Ints
    fixture_id: Ints

    @classmethod
    def of(cls, rows: Rows) -> ApiNames:
        """From rows of fixture id and API id; rows without a valid API id are skipped."""
        ids, raw = columns(rows, 2)
        converted = api_ids(raw)
        present = converted != NO_API_ID
        return cls(converted[present], np.array(ids, dtype=np.int64)[present])


def api_names(rows: Rows) -> ApiNames:
    """Names of all fixtures; `rows` are all rows of V3_Fixtures."""
    pairs = ApiNames.of([(row[FIXTURE_ID], row[API_ID]) for row in rows])
    free = ~np.isin(pairs.api_id, np.array([row[FIXTURE_ID] for row in rows], dtype=np.int64))
    return ApiNames(pairs.api_id[free], pairs.fixture_id[free])


@dataclass(frozen=True)
class PricedFixtures:
    """Fixtures to read prices of, each captured before its `closes_at` (n,), epoch seconds UTC."""

    fixture_id: Ints
    closes_at: Ints
    api_names: ApiNames

    @classmethod
    def of(cls, fixtures: pd.DataFrame, names: ApiNames) -> PricedFixtures:
        """The fixtures of the fixtures frame."""
        return cls(fixtures["fixture_id"].to_numpy(), closing_moments(fixtures), names)

    def equal(self, others: PricedFixtures) -> bool:
        """Whether these are the same in the same order."""
        pairs = zip(self._arrays(), others._arrays(), strict=True)
        return all(np.array_equal(one, other) for one, other in pairs)

    def _arrays(self) -> tuple[Ints, ...]:
        return self.fixture_id, self.closes_at, self.api_names.api_id, self.api_names.fixture_id


def closing_moments(fixtures: pd.DataFrame) -> Ints:
    """Moments before which prices of the fixtures frame's matches count: their kick-offs.

    If only the day of an upcoming match is known, the end of that day.
    """
    whole_day = (fixtures["day_only"] & (fixtures["state"] == OPEN)).to_numpy()
    return np.asarray(fixtures["kickoff"].to_numpy() + np.where(whole_day, DAY_SECONDS, 0))


@dataclass(frozen=True)
class PriceCounts:
    """Price rows that are not used, by reason: invalid ones are `rejected`, valid ones `unused`."""

    rejected: Counter[str] = field(default_factory=Counter)
    unused: Counter[str] = field(default_factory=Counter)


def price_sets(pages: Iterable[Rows | Floats]) -> Floats:
    """Full sets of prices (n, 8), as `quotes` takes them, from rows as `db.price_tables` reads them.

    A row holds fixture id, bookmaker id and index into MARKETS or code of a further market, then three prices, or
    one price and its place, then the capture time (Julian day or text), and its kind: 0 for a set of the history, 1
    for a last set, 2 or 3 for one selection of these. Where a set has more prices, those from the fourth on follow in
    further columns.
    """
    raw = with_seconds(table(pages, PRICE_COLUMNS, moment=_MOMENT))
    selections = raw[:, _KIND] >= _SELECTIONS
    if not selections.any():
        return raw
    joined = _joined(raw[selections])
    sets = raw[~selections]
    more = np.full((len(sets), joined.shape[1] - PRICE_COLUMNS), np.nan)
    return np.concatenate([np.column_stack([sets, more]), joined])


def with_seconds(raw: Floats) -> Floats:
    """Rows of prices (n, 8 or more), changed in place: capture times in epoch seconds, not Julian days."""
    raw[:, _MOMENT] = julian_seconds(raw[:, _MOMENT])
    return raw


def julian_days(values: Sequence[Any]) -> Floats:
    """Julian days of moments that SQLite could not parse: numbers are days already, texts have other formats."""
    return np.array([_julian_day(value) for value in values], dtype=np.float64)


def _julian_day(value: Any) -> float:
    if not isinstance(value, str):
        return _number(value)
    text = value.split("(")[0].strip().replace("GMT+", "+").replace("GMT-", "-").replace("GMT", "+0000")
    for form in _TIME_FORMATS:
        with suppress(ValueError):
            return (
                datetime.strptime(text, form).astimezone(timezone.utc).timestamp() / DAY_SECONDS
                + _JULIAN_EPOCH
            )
    return UNREADABLE


def _joined(selections: Floats) -> Floats:
    """Sets of prices from selections captured together: the newest of each outcome, at the time of the last.

    In a table that keeps only last prices, all of a bookmaker's selections on one market form a set.
    """
    is_last = selections[:, _KIND] > _SELECTIONS
    moment = np.where(is_last, 0.0, np.nan_to_num(selections[:, _MOMENT], posinf=0.0))
    order = np.lexsort((moment, *(selections[:, key] for key in (_MARKET, _BOOKMAKER, _FIXTURE)), is_last))
    selections, moment = selections[order], moment[order]
    apart = np.any(selections[1:, _SET_KEYS] != selections[:-1, _SET_KEYS], axis=1)
    begins = np.append(True, apart | (np.diff(moment) > _MAX_CAPTURE_SECONDS))
    place = selections[:, _PLACE].astype(np.int64)
    more = max(int(place.max()) + 1 - len(_PRICES), 0)
    sets = np.column_stack([selections[begins], np.full((int(begins.sum()), more), np.nan)])
    sets[:, _KIND] -= _SELECTIONS
    sets[:, _PRICES] = np.nan
    member, columns_of = np.cumsum(begins) - 1, np.array(_price_columns(sets))
    sets[member, columns_of[place]] = selections[:, _PRICE]
    with np.errstate(invalid="ignore"):
        latest = np.fmax.reduceat(selections[:, _MOMENT], np.flatnonzero(begins))
    sets[:, _MOMENT] = latest
    return sets


def with_both_sides(raw: Floats, counts: PriceCounts, sizes: Ints) -> Floats:
    """The rows of `raw` (n, 8 or more) with a price of every outcome; the others are counted as unused.

    Of three outcomes only the first and the last count; `sizes` are the numbers of outcomes by code of the market.
    """
    odds = raw[:, _price_columns(raw)]
    both = ~np.isnan(odds[:, [0, 2]]).any(axis=1)
    long = sizes[raw[:, _MARKET].astype(np.int64)] > len(_PRICES)
    both &= ~long | ~np.isnan(odds).any(axis=1)
    _count(counts.unused, ONE_SIDED, int((~both).sum()))
    return np.asarray(raw[both])


def _price_columns(raw: Floats) -> list[int]:
    return [*_PRICES, *range(PRICE_COLUMNS, raw.shape[1])]


def quotes(raw: Floats, fixtures: PricedFixtures, counts: PriceCounts, sizes: Ints = _SIZES) -> Quotes:
    """Quotes from the price history and the last prices, each captured before its kick-off.

    `raw` (n, 8) holds fixture and bookmaker ids, the index into MARKETS, three prices, the capture time (epoch
    seconds; NaN is missing, infinite unreadable) and 1 for a last price, 0 for one of the history; and further
    columns where a set has more prices. Rows not used are added to `counts`. For further markets, codes of
    `markets.further` stand in place of the index into MARKETS; `sizes` are the numbers of outcomes by either.

    A last price counts as captured at its `updated_at`. If that is missing or not before kick-off, it is a closing
    price just before kick-off, or for an upcoming match captured now. Of several rows of one last price the one
    updated last counts. If the same bookmaker has a history, a last price counts only if it was updated after all of
    it and before kick-off.
    """
    ordered, last, late = _in_order_of_capture(raw, fixtures, counts, sizes)
    mask = _not_superseded(
        ordered.market.astype(np.int64),
        ordered.fixture_id,
        ordered.bookmaker_id,
        ordered.captured_at,
        last,
        late,
    )
    return ordered if mask.all() else ordered.only(mask)


def _in_order_of_capture(
    raw: Floats, fixtures: PricedFixtures, counts: PriceCounts, sizes: Ints
) -> tuple[Quotes, Mask, Mask]:
    """The usable quotes of `raw` in their order, and masks of last prices and of those not updated before kick-off.

    A function of its own so that the columns it needs are freed at its end: they are of millions of rows.
    """
    columns, marks, unused = _screened(
        raw,
        np.array(_price_columns(raw)),
        sizes,
        _sorted_pair(fixtures.fixture_id, fixtures.closes_at),
        _sorted_pair(fixtures.api_names.api_id, fixtures.api_names.fixture_id),
        now(),
    )
    fixture, market, bookmaker, captured, moment, odds = columns
    unsorted = Quotes(fixture, market.astype(np.min_scalar_type(-len(sizes))), bookmaker, moment, odds)
    for counter, reason, rows in zip(
        (counts.rejected, counts.rejected, counts.unused),
        (IMPOSSIBLE_ODDS, UNREADABLE_MOMENT, AFTER_KICK_OFF),
        unused,
        strict=True,
    ):
        _count(counter, reason, rows)
    order = np.lexsort((captured, moment, bookmaker, fixture, unsorted.market))
    last, late = marks
    return unsorted.only(order), last[order], late[order]


def _sorted_pair(ids: Ints, values: Ints) -> tuple[Ints, Ints]:
    """Both (n,) in ascending order of `ids`."""
    order = np.argsort(ids, kind="stable")
    return ids[order], values[order]


@njit
def _screened(
    raw: Floats,
    prices: Ints,
    sizes: Ints,
    closings: tuple[Ints, Ints],
    names: tuple[Ints, Ints],
    present: int,
) -> tuple[tuple[Ints, Ints, Ints, Ints, Ints, Floats], tuple[Mask, Mask], tuple[int, int, int]]:
    """The rows of `raw` that count, as columns, not yet sorted; see `quotes`.

    `prices` are the columns of `raw` with prices, `closings` ids of fixtures and the moments before which prices
    count, `names` API-Football's ids and the fixtures they name, both ascending; `present` is now. Returns fixture,
    index of market, bookmaker, capture time or UNKNOWN_TIME, moment from which the price counts, and odds; whether
    it is a last price, and one not updated before kick-off; and the numbers of impossible rows, of rows with an
    unreadable capture time, and of those captured after kick-off.
    """
    size, count = len(raw), 0
    fixture, market, bookmaker = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
    captured, moment = np.empty(size, np.int64), np.empty(size, np.int64)
    odds = np.empty((size, len(prices)))
    last, late = np.empty(size, np.bool_), np.empty(size, np.bool_)
    impossible, untimed, after = 0, 0, 0
    price_id, place = 0, _place_of(0, closings[0], names)
    for row in raw:
        outcomes = sizes[int(row[_MARKET])]
        _put_odds(row, prices, outcomes, odds[count])
        if not (
            _is_set(odds[count], outcomes) and np.isfinite(row[_FIXTURE]) and np.isfinite(row[_BOOKMAKER])
        ):
            impossible += 1
            continue
        timed, is_last = _MIN_MOMENT <= row[_MOMENT] <= _MAX_MOMENT, row[_KIND] == 1.0
        if not timed and not (is_last and np.isnan(row[_MOMENT])):
            untimed += 1
        if not (timed or is_last):
            continue
        # Rows of a fixture mostly stand together.
        if int(row[_FIXTURE]) != price_id:
            price_id = int(row[_FIXTURE])
            place = _place_of(price_id, closings[0], names)
        if place < 0:
            continue
        closes_at, when = closings[1][place], int(row[_MOMENT]) if timed else UNKNOWN_TIME
        if not is_last and when >= closes_at:
            after += 1
            continue
        is_late = is_last and (when == UNKNOWN_TIME or when >= closes_at)
        fixture[count], market[count] = closings[0][place], int(row[_MARKET])
        bookmaker[count] = int(row[_BOOKMAKER])
        captured[count], moment[count] = when, min(closes_at - 1, present) if is_late else when
        last[count], late[count] = is_last, is_late
        count += 1
    columns = (
        fixture[:count],
        market[:count],
        bookmaker[:count],
        captured[:count],
        moment[:count],
        odds[:count],
    )
    return columns, (last[:count], late[:count]), (impossible, untimed, after)


@njit
def _put_odds(row: Floats, prices: Ints, outcomes: int, out: Floats) -> None:
    """Prices in the order of outcomes; the database stores the second of two as the third."""
    for place, column in enumerate(prices):
        out[place] = row[column]
    if outcomes == 2:
        out[1], out[2] = out[2], np.nan


@njit
def _is_set(odds: Floats, outcomes: int) -> bool:
    """Whether `odds` (k,) are a full set of valid prices, with none too high in the further places."""
    needed = outcomes if outcomes <= _SET_PRICES else len(odds)
    # `markets.odds.is_price` again: compiled code calls no function of another folder.
    for place in range(len(odds)):
        if odds[place] > MAX_ODDS or (place < needed and not 1.0 < odds[place] < np.inf):
            return False
    return True


@njit
def _place_of(price_id: int, fixture_ids: Ints, names: tuple[Ints, Ints]) -> int:
    """The place among `fixture_ids` of an id in a price table, which may be API-Football's; -1 where unknown."""
    place = _place(price_id, fixture_ids)
    if place < 0:
        name = _place(price_id, names[0])
        place = _place(names[1][name], fixture_ids) if name >= 0 else -1
    return place


@njit
def _place(item: int, ids: Ints) -> int:
    """The place of `item` among ascending ids, -1 where it is absent."""
    place = int(np.searchsorted(ids, item))
    return place if place < len(ids) and ids[place] == item else -1


def _count(counts: Counter[str], reason: str, rows: int) -> None:
    if rows:
        counts[reason] += rows


@njit
def _not_superseded(
    market: Ints,
    fixture: Ints,
    bookmaker: Ints,
    captured: Ints,
    last: Mask,
    late: Mask,
) -> Mask:
    """The mask of sorted quotes (n,) without last prices whose bookmaker has a history that is at least as new.

    `late` marks those without an update time before kick-off.
    """
    mask = np.ones(len(last), np.bool_)
    start = 0
    while start < len(last):
        end, newest = start, UNKNOWN_TIME
        while (
            end < len(last)
            and market[end] == market[start]
            and fixture[end] == fixture[start]
            and bookmaker[end] == bookmaker[start]
        ):
            if not last[end]:
                newest = max(newest, captured[end])
            end += 1
        for row in range(start, end):
            if last[row] and newest != UNKNOWN_TIME and (late[row] or captured[row] <= newest):
                mask[row] = False
        start = end
    return mask
