"""Raw rows of the database made into typed columns; what cannot be true is left out and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.arrays import Floats, Ints, Mask, index_of
from common.times import now
from db.schema import (
    EXTRA_TIME,
    FINISHED,
    OPEN,
    OPTIONAL_FIXTURE,
    REQUIRED,
    STATES,
    STATISTICS,
    UNCONFIRMED,
)
from markets.odds import is_price
from markets.prices import Quotes
from markets.registry import MARKETS

Rows = Sequence[tuple[Any, ...]]

MOST_GOALS = 40
MAX_EXPECTED_GOALS = 20.0
NO_API_ID = -1
LONGEST_ODDS = 100_000.0
IMPOSSIBLE_ODDS = "impossible_odds"
UNREADABLE_MOMENT = "unreadable_capture_time"
UNKNOWN_FIXTURE = "odds_of_unknown_fixture"
OTHER_MARKET, AFTER_KICK_OFF = "odds_of_other_markets", "odds_captured_after_kick_off"
UNUSED_REASONS = (OTHER_MARKET, AFTER_KICK_OFF)
"""Why rows are not used although nothing is wrong with them."""
UNREADABLE = np.inf
UNKNOWN_TIME = np.iinfo(np.int64).min
DAY = 86_400
_NINETY_MINUTES, _EXTRA_TIME = 150 * 60, 240 * 60
PRICE_COLUMNS, PRICE_PLACES = 8, {2: (0, 2), 3: (0, 1, 2)}
"""Values a row of prices, and the places of a market's outcomes among the three, by their number."""
_SIZES = np.array([market.size for market in MARKETS])
_SET_KEYS, _PRICES, _MOMENT, _KIND = [0, 1, 2, 7], slice(3, 6), 6, 7
_PRICE, _PLACE, _SELECTIONS = 3, 4, 2
_ONE_CAPTURE_SECONDS = 60.0
"""The application writes a capture a row at a time, each with the second in which it does."""
_FORMS_OF_MOMENTS = (
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%dT%H:%M:%S.%f%z",
    "%Y-%m-%d %H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S.%f%z",
    "%a %b %d %Y %H:%M:%S %z",
    "%a, %d %b %Y %H:%M:%S %z",
)
"""ISO 8601 with +0000, and what JavaScript's String(date) and date.toUTCString() write."""
_JULIAN_EPOCH, _HALF_MILLISECOND = 2_440_587.5, 5e-4
_EARLIEST, _LATEST = -3_187_209_600, 4_102_444_800  # 1869-01-01, 2100-01-01
_IN_UTC = len("2024-08-17T14:00:00+00:00")
_SEASONS, _JULY = (1850, 2150), 6
_ON_TARGET, _SHOTS = (list(STATISTICS).index(name) for name in ("shots_on_target", "shots"))


def columns(rows: Rows, count: int) -> list[tuple[Any, ...]]:
    """The `count` columns of `rows`; empty columns where there are no rows."""
    return list(zip(*rows, strict=True)) if rows else [()] * count


def numbers(values: Sequence[Any]) -> Floats:
    """Floats, NaN for NULL and `UNREADABLE` for text or bytes that are no finite number."""
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
    """Epoch seconds UTC of ISO 8601 texts (without offset: UTC); else `UNKNOWN_TIME`."""
    try:
        seconds = _moments_in_utc(values)
    except (TypeError, ValueError):
        seconds = _moments_in_any_form(values)
    return np.where((seconds < _EARLIEST) | (seconds > _LATEST), UNKNOWN_TIME, seconds)


def _moments_in_utc(values: Sequence[Any]) -> Ints:
    """Of texts that all are such as 2024-08-17T14:00:00+00:00, in a tenth of pandas' time; raises for any other."""
    if not all(len(value) == _IN_UTC and value.endswith("+00:00") for value in values):
        raise ValueError
    return np.array([value[:-6] for value in values], dtype="datetime64[s]").astype(np.int64)


def _moments_in_any_form(values: Sequence[Any]) -> Ints:
    given = pd.Series(values, dtype=object)
    # Pandas would read "now" too.
    is_text = given.map(lambda value: isinstance(value, str) and value[:1].isdigit()).astype(bool)
    parsed = pd.to_datetime(given.where(is_text), format="ISO8601", utc=True, errors="coerce")
    return parsed.to_numpy(dtype="datetime64[s]").astype(np.int64)


def julian_seconds(days: Floats) -> Floats:
    """Whole epoch seconds of Julian day numbers (n,), which SQLite gives to the millisecond; NaN stays NaN."""
    return np.asarray(np.floor((days - _JULIAN_EPOCH) * DAY + _HALF_MILLISECOND))


def known_at(kickoff: Ints, day_only: Mask, extra_time: Mask) -> Ints:
    """When a result is known, epoch seconds: 150 minutes after kick-off, 240 with extra time.

    Where only the day is known, at the start of the next UTC day. All arrays have shape (n,).
    """
    played = kickoff + np.where(extra_time, _EXTRA_TIME, _NINETY_MINUTES)
    return np.where(day_only, (kickoff // DAY + 1) * DAY, played)


def fixtures(rows: Rows, league_ids: Ints, team_ids: Ints, rejected: Counter[str]) -> pd.DataFrame:
    """The fixtures frame of `Dataset` without statistics; rows that cannot be true go into `rejected`."""
    raw = columns(rows, len(REQUIRED["V3_Fixtures"]) + len(OPTIONAL_FIXTURE))
    unconfirmed = np.array([code in UNCONFIRMED for code in raw[6]], dtype=np.bool_)
    kickoff, day_only = _kickoffs(raw[4], raw[5], unconfirmed)
    extra_time = np.array([code in EXTRA_TIME for code in raw[6]], dtype=np.bool_)
    state = np.array([STATES.get(code, OPEN) for code in raw[6]], dtype=np.int8)
    home_goals, away_goals, readable = _ninety_minutes(raw[9:13], state, extra_time)
    league, season, home, away = (numbers(raw[place]) for place in (2, 3, 7, 8))
    fixture_id = np.array(raw[0], dtype=np.int64)
    xg_home, xg_away = _expected_goals(raw[13:15], np.isfinite(home_goals))
    reasons = {
        "impossible_kickoff": kickoff == UNKNOWN_TIME,
        "impossible_score": ~readable,
        "finished_without_score": (state == FINISHED) & ~extra_time & ~np.isfinite(home_goals + away_goals),
        "finished_before_kickoff": (state == FINISHED) & (kickoff > now()),
        "unknown_league": ~np.isin(league, league_ids),
        "unknown_team": ~(np.isin(home, team_ids) & np.isin(away, team_ids)),
        "team_against_itself": home == away,
    }
    good = ~np.any(list(reasons.values()), axis=0)
    reasons["duplicate_api_id"] = _repeated(raw[1], good)
    admitted = _admitted(reasons, rejected)
    order = admitted[np.lexsort((fixture_id[admitted], kickoff[admitted]))]
    return pd.DataFrame(
        {
            "fixture_id": fixture_id[order],
            "api_id": api_ids(raw[1])[order],
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


def api_ids(values: Sequence[Any]) -> Ints:
    """API-Football's ids, `NO_API_ID` where there is none that can be one."""
    ids = numbers(values)
    usable = np.isfinite(ids) & (ids >= 0) & (ids < 2.0**53)
    return np.where(usable, np.where(usable, ids, 0.0).astype(np.int64), NO_API_ID)


def _expected_goals(values: Sequence[Sequence[Any]], played: Mask) -> tuple[Floats, Floats]:
    """Expected goals of both sides, each shape (n,), of matches `played`; NaN where missing.

    A side may have none, but a match in which both have exactly none has not been measured.
    """
    home, away = (numbers(column) for column in values)
    with np.errstate(invalid="ignore"):
        measured = played & (np.minimum(home, away) >= 0) & (np.maximum(home, away) <= MAX_EXPECTED_GOALS)
        measured &= home + away > 0
    return np.where(measured, home, np.nan), np.where(measured, away, np.nan)


def _kickoffs(dates: Sequence[Any], timestamps: Sequence[Any], unconfirmed: Mask) -> tuple[Ints, Mask]:
    """Kick-off in epoch seconds and whether only its day is known.

    Only the day is known of a date at 00:00 UTC without a timestamp or, where the hour is `unconfirmed`, with one.
    The timestamp counts where there is no date or it agrees with the date within a day: what is read anew after a
    commit is found by its date.
    """
    stamps = numbers(timestamps)
    texts = moments(dates)
    undated = np.array([date is None for date in dates], dtype=np.bool_)
    with np.errstate(invalid="ignore"):
        near = (texts != UNKNOWN_TIME) & (np.abs(stamps - texts) <= DAY)
        stamped = (stamps >= _EARLIEST) & (stamps <= _LATEST) & (near | undated)
    kickoff = np.where(stamped, np.where(stamped, stamps, 0.0).astype(np.int64), texts)
    return kickoff, (unconfirmed | ~stamped) & (kickoff % DAY == 0)


def _ninety_minutes(
    goals: Sequence[Sequence[Any]], state: NDArray[np.int8], extra_time: Mask
) -> tuple[Floats, Floats, Mask]:
    """Goals after 90 minutes for FINISHED matches (else NaN), and which rows have possible scores."""
    final_home, final_away, full_home, full_away = (numbers(column) for column in goals)
    possible = np.ones(len(state), dtype=np.bool_)
    for column in (final_home, final_away, full_home, full_away):
        with np.errstate(invalid="ignore"):
            possible &= np.isnan(column) | ((column >= 0) & (column <= MOST_GOALS) & (column % 1 == 0))
    whole = np.isfinite(full_home) & np.isfinite(full_away)
    use_final = ~whole & ~extra_time
    home = np.where(use_final, final_home, full_home)
    away = np.where(use_final, final_away, full_away)
    usable = (state == FINISHED) & possible & np.isfinite(home) & np.isfinite(away)
    return np.where(usable, home, np.nan), np.where(usable, away, np.nan), possible


def _repeated(api_ids: Sequence[Any], good: Mask) -> Mask:
    """Rows whose api_id an earlier `good` row already has."""
    series = pd.Series(api_ids, dtype=object)
    return np.asarray(good & (series.where(good).duplicated() & series.notna()).to_numpy())


def _admitted(reasons: dict[str, Mask], rejected: Counter[str]) -> NDArray[np.intp]:
    """Rows with none of the reasons against them; each other row counts under its first."""
    left_out = np.zeros(len(next(iter(reasons.values()))), dtype=np.bool_)
    for reason, against in reasons.items():
        fresh = against & ~left_out
        if fresh.any():
            rejected[reason] += int(fresh.sum())
        left_out |= against
    return np.flatnonzero(~left_out)


def _seasons(given: Floats, kickoff: Ints) -> Ints:
    """The seasons given, the year of the July before kick-off where one is missing or impossible."""
    months = kickoff.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    july_before = 1970 + months // 12 - (months % 12 < _JULY)
    with np.errstate(invalid="ignore"):
        possible = (given >= _SEASONS[0]) & (given <= _SEASONS[1])
    return np.where(possible, np.where(possible, given, 0.0).astype(np.int64), july_before)


def with_statistics(frame: pd.DataFrame, raw: Floats) -> pd.DataFrame:
    """`frame` with the full-time statistics of both sides; a row of zeros means missing.

    `raw` (n, 2 + len(STATISTICS)) holds fixture id, team id and the statistics; of several rows of a side the last
    counts. Fewer shots than shots on target are none that were counted.
    """
    raw = raw[np.isfinite(raw[:, :2]).all(axis=1)]
    values = raw[:, 2:].copy()
    values[~np.isfinite(values) | (values < 0)] = np.nan
    values[np.nansum(values[:, :3], axis=1) == 0] = np.nan
    with np.errstate(invalid="ignore"):
        values[values[:, _SHOTS] < values[:, _ON_TARGET], _SHOTS] = np.nan
    row = index_of(frame["fixture_id"].to_numpy(), raw[:, 0].astype(np.int64))
    found = {}
    for side in ("home", "away"):
        teams = np.append(frame[f"{side}_team_id"].to_numpy(), 0)
        mine = (row >= 0) & (teams[row] == raw[:, 1])
        said = np.full((len(frame), len(STATISTICS)), np.nan)
        said[row[mine]] = values[mine]
        found.update({f"{name}_{side}": said[:, place] for place, name in enumerate(STATISTICS)})
    return pd.concat([frame, pd.DataFrame(found, index=frame.index)], axis=1)


def with_red_cards(frame: pd.DataFrame, events: Floats) -> pd.DataFrame:
    """`frame` with the red cards of finished matches whose statistics are missing, counted from their events.

    `events` (n, 3) holds fixture id, team id and 1 for a red card; a match without any event has not been followed.
    """
    row = index_of(
        frame["fixture_id"].to_numpy(), np.nan_to_num(events[:, 0], nan=-1.0, posinf=-1.0).astype(np.int64)
    )
    events, row = events[row >= 0], row[row >= 0]
    followed = np.zeros(len(frame), dtype=np.bool_)
    followed[row] = True
    followed &= (frame["state"] == FINISHED).to_numpy()
    columns = {}
    for side in ("home", "away"):
        cards = row[(events[:, 2] == 1.0) & (events[:, 1] == frame[f"{side}_team_id"].to_numpy()[row])]
        counted = np.bincount(cards, minlength=len(frame)).astype(np.float64)
        known = frame[f"reds_{side}"].to_numpy()
        columns[f"reds_{side}"] = np.where(np.isnan(known) & followed, counted, known)
    return frame.assign(**columns)


def table(pages: Iterable[Rows], width: int) -> Floats:
    """All pages of rows of `width` values, shape (n, width): NaN for NULL, `UNREADABLE` for what is no number."""
    parts = [_page(page, width) for page in pages if page]
    return np.concatenate(parts) if parts else np.empty((0, width))


def _page(page: Rows, width: int) -> Floats:
    values = chain.from_iterable(page)
    try:  # half of the time that numpy takes to find out for itself what shape a list of rows has
        return np.fromiter(values, dtype=np.float64, count=len(page) * width).reshape(-1, width)
    except (TypeError, ValueError):
        return np.column_stack([numbers(column) for column in columns(page, width)])


@dataclass(frozen=True)
class ApiNames:
    """Fixtures by API-Football's id, where that is the id of no fixture here; both of shape (n,)."""

    api_id: Ints
    fixture_id: Ints

    @classmethod
    def of(cls, rows: Rows) -> ApiNames:
        """Rows of fixture id and API id, of which some may have none that can be one."""
        ids, names = columns(rows, 2)
        known = api_ids(names)
        named = known != NO_API_ID
        return cls(known[named], np.array(ids, dtype=np.int64)[named])


def api_names(rows: Rows) -> ApiNames:
    """The names of all fixtures of a database, `rows` being all of V3_Fixtures."""
    pairs = ApiNames.of([row[:2] for row in rows])
    free = ~np.isin(pairs.api_id, np.array([row[0] for row in rows], dtype=np.int64))
    return ApiNames(pairs.api_id[free], pairs.fixture_id[free])


@dataclass(frozen=True)
class PricedFixtures:
    """Fixtures whose prices are wanted, each captured before its `closes_at` (n,), epoch seconds UTC."""

    fixture_id: Ints
    closes_at: Ints
    api_names: ApiNames

    @classmethod
    def of(cls, fixtures: pd.DataFrame, names: ApiNames) -> PricedFixtures:
        """Those of the fixtures frame."""
        return cls(fixtures["fixture_id"].to_numpy(), closing_moments(fixtures), names)

    def resolved(self, ids: Ints) -> Ints:
        """Fixture ids of the ids (m,) in a table of prices, which may be API-Football's."""
        place = index_of(self.api_names.api_id, ids)
        foreign = (place >= 0) & (index_of(self.fixture_id, ids) < 0)
        return np.where(foreign, np.append(self.api_names.fixture_id, 0)[place], ids)


def closing_moments(fixtures: pd.DataFrame) -> Ints:
    """When the last price of each match of the fixtures frame may be captured: before kick-off.

    Where only the day of a match to come is known, no price of that day is too late.
    """
    whole_day = (fixtures["day_only"] & (fixtures["state"] == OPEN)).to_numpy()
    return np.asarray(fixtures["kickoff"].to_numpy() + np.where(whole_day, DAY, 0))


@dataclass(frozen=True)
class PriceCounts:
    """Rows of prices that are not used, by reason: those `rejected` for a fault, and those right but `unused`."""

    rejected: Counter[str] = field(default_factory=Counter)
    unused: Counter[str] = field(default_factory=Counter)


def price_sets(pages: Iterable[Rows]) -> Floats:
    """Full sets of prices (n, 8), as `quotes` takes them, of rows as `db.price_tables` reads them.

    A row holds fixture id, bookmaker id and index into MARKETS, then three prices, or one price and its place among
    the three, then the moment of capture (Julian day, or a text), and 0 or 1 for a set of the history or a last one,
    2 or 3 for one selection of them.
    """
    parts = [_price_page(page) for page in pages if page]
    raw = np.concatenate(parts) if parts else np.empty((0, PRICE_COLUMNS))
    raw[:, _MOMENT] = julian_seconds(raw[:, _MOMENT])
    selections = raw[:, _KIND] >= _SELECTIONS
    return np.concatenate([raw[~selections], _joined(raw[selections])]) if selections.any() else raw


def _price_page(page: Rows) -> Floats:
    values = chain.from_iterable(page)
    try:
        return np.fromiter(values, dtype=np.float64, count=len(page) * PRICE_COLUMNS).reshape(
            -1, PRICE_COLUMNS
        )
    except (TypeError, ValueError):
        given = columns(page, PRICE_COLUMNS)
        return np.column_stack(
            [
                julian_days(values) if place == _MOMENT else numbers(values)
                for place, values in enumerate(given)
            ]
        )


def julian_days(values: Sequence[Any]) -> Floats:
    """Julian days of moments that SQLite could not read: numbers are days already, texts of other programs' forms."""
    return np.array([_julian_day(value) for value in values], dtype=np.float64)


def _julian_day(value: Any) -> float:
    if not isinstance(value, str):
        return _number(value)
    text = value.split("(")[0].strip().replace("GMT+", "+").replace("GMT-", "-").replace("GMT", "+0000")
    for form in _FORMS_OF_MOMENTS:
        with suppress(ValueError):
            return datetime.strptime(text, form).astimezone(timezone.utc).timestamp() / DAY + _JULIAN_EPOCH
    return UNREADABLE


def _joined(selections: Floats) -> Floats:
    """Sets of selections: the newest of each outcome among those captured together, at the moment of the last.

    Where a table keeps the last prices alone, all of a bookmaker's on one market belong together.
    """
    is_last = selections[:, _KIND] > _SELECTIONS
    moment = np.where(is_last, 0.0, np.nan_to_num(selections[:, _MOMENT], posinf=0.0))
    order = np.lexsort((moment, *selections[:, 2::-1].T, is_last))
    selections, moment = selections[order], moment[order]
    apart = np.any(selections[1:, _SET_KEYS] != selections[:-1, _SET_KEYS], axis=1)
    begins = np.append(True, apart | (np.diff(moment) > _ONE_CAPTURE_SECONDS))
    sets = selections[np.flatnonzero(begins)]
    sets[:, _KIND] -= _SELECTIONS
    member = np.cumsum(begins) - 1
    sets[:, _PRICES] = np.nan
    place = selections[:, _PLACE].astype(np.int64)
    sets[member, _PRICES.start + place] = selections[:, _PRICE]
    with np.errstate(invalid="ignore"):
        latest = np.fmax.reduceat(selections[:, _MOMENT], np.flatnonzero(begins))
    sets[:, _MOMENT] = latest
    return sets


def quotes(raw: Floats, fixtures: PricedFixtures, counts: PriceCounts) -> Quotes:
    """The history of prices and the last ones as one, each captured before its kick-off.

    `raw` (n, 8) holds fixture and bookmaker ids, the index into MARKETS, three prices, the moment of capture
    (epoch seconds, NaN where the table does not say, infinite where it cannot be read) and 1 for a last price, 0
    for the history's. What is left out is added to `counts`.

    A last price counts as captured at its `updated_at`. Where that is missing or not before kick-off, it is a
    closing price just before it, and of a match to come it is known now. Of several rows of one last price the one
    updated last counts. Where the same bookmaker has a history, it counts only if it was updated after all of that
    and before kick-off.
    """
    with np.errstate(invalid="ignore"):
        timed = (raw[:, _MOMENT] >= _EARLIEST) & (raw[:, _MOMENT] <= _LATEST)
    market, last = raw[:, 2].astype(np.int8), raw[:, _KIND] == 1.0
    odds = _in_order(raw[:, _PRICES], market)
    possible = _are_prices(odds, market) & np.isfinite(raw[:, :2]).all(axis=1)
    unread = possible & ~timed & (~last | ~np.isnan(raw[:, _MOMENT]))
    _count(counts.rejected, IMPOSSIBLE_ODDS, ~possible)
    _count(counts.rejected, UNREADABLE_MOMENT, unread)
    usable = possible & (timed | last)
    if not usable.all():
        raw, market, odds, last, timed = (each[usable] for each in (raw, market, odds, last, timed))
    captured = np.where(timed, raw[:, _MOMENT], UNKNOWN_TIME).astype(np.int64)
    fixture, bookmaker = fixtures.resolved(raw[:, 0].astype(np.int64)), raw[:, 1].astype(np.int64)
    closes_at = _closing_moment_of(fixture, fixtures)
    late = last & ((captured == UNKNOWN_TIME) | (captured >= closes_at))
    there = closes_at != UNKNOWN_TIME
    kept = there & (last | (captured < closes_at))
    _count(counts.unused, AFTER_KICK_OFF, there & ~kept)
    known = np.minimum(closes_at - 1, now())
    whole = Quotes(fixture, market, bookmaker, np.where(late, known, captured), odds)
    order = np.lexsort((captured, whole.captured_at, bookmaker, fixture, market))
    order = order[kept[order]]
    ordered = whole.only(order)
    return ordered.only(~_told_by_history(ordered, last[order], late[order]))


def _count(counts: Counter[str], reason: str, rows: Mask) -> None:
    if rows.any():
        counts[reason] += int(rows.sum())


def _in_order(values: Floats, market: NDArray[np.int8]) -> Floats:
    """Prices (n, 3) in the order of their market's outcomes, whose second of two stands third in the database."""
    odds = values.copy()
    two_way = _SIZES[market] == 2
    odds[two_way, 1] = odds[two_way, 2]
    odds[two_way, 2] = np.nan
    return odds


def _are_prices(odds: Floats, market: NDArray[np.int8]) -> Mask:
    """Which rows are full sets of prices."""
    with np.errstate(invalid="ignore"):
        believable = ~(odds > LONGEST_ODDS).any(axis=1)
    return np.asarray(believable & np.where(_SIZES[market] == 2, is_price(odds[:, :2]), is_price(odds)))


def _closing_moment_of(fixture: Ints, fixtures: PricedFixtures) -> Ints:
    """`closes_at` of each quote's fixture, `UNKNOWN_TIME` where there is no such fixture."""
    return np.append(fixtures.closes_at, UNKNOWN_TIME)[index_of(fixtures.fixture_id, fixture)]


def _told_by_history(given: Quotes, last: Mask, late: Mask) -> Mask:
    """Which of the sorted quotes are last prices whose bookmaker's history says at least as late what the price was.

    `late` are those that were updated at no time before kick-off.
    """
    if not last.any():
        return last
    keys = np.column_stack([given.market, given.fixture_id, given.bookmaker_id])
    begins = np.flatnonzero(np.append(True, np.any(keys[1:] != keys[:-1], axis=1)))
    told = np.maximum.reduceat(np.where(last, UNKNOWN_TIME, given.captured_at), begins)
    told = np.repeat(told, np.diff(np.append(begins, len(given))))
    return np.asarray(last & (told != UNKNOWN_TIME) & (late | (given.captured_at <= told)))
