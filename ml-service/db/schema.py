"""Tables, columns and codes of Node's V3 database that the service reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

OPEN, FINISHED, VOID, POSTPONED = np.int8(0), np.int8(1), np.int8(2), np.int8(3)

STATES = {
    "FT": FINISHED,
    "AET": FINISHED,
    "PEN": FINISHED,
    "AWD": VOID,
    "WO": VOID,
    "CANC": VOID,
    "ABD": VOID,
    "PST": POSTPONED,
}
"""State of a fixture by `status_short`; live, upcoming and unknown codes are OPEN."""

EXTRA_TIME = ("AET", "PEN")
UNCONFIRMED = ("TBD",)
"""Codes of fixtures without a settled hour, whose timestamp is midnight UTC of the day."""

REQUIRED = {
    "V3_Leagues": ("league_id", "name", "type", "country_id"),
    "V3_Teams": ("team_id", "name"),
    "V3_Fixtures": (
        "fixture_id",
        "api_id",
        "league_id",
        "season_year",
        "date",
        "timestamp",
        "status_short",
        "home_team_id",
        "away_team_id",
        "goals_home",
        "goals_away",
        "score_fulltime_home",
        "score_fulltime_away",
    ),
}

OPTIONAL_FIXTURE = ("xg_home", "xg_away")
"""Columns of V3_Fixtures in newer versions of the application; read as NULL if absent."""
FIXTURE_COLUMNS = (*REQUIRED["V3_Fixtures"], *OPTIONAL_FIXTURE)
"""The columns of a row of V3_Fixtures as it is read."""
FIXTURE_ID, API_ID, STATUS = map(FIXTURE_COLUMNS.index, ("fixture_id", "api_id", "status_short"))
"""Places of these columns in such a row."""

HALF_TIME_COLUMNS = ("score_halftime_home", "score_halftime_away")
"""Columns of V3_Fixtures with the goals of the first half, read only where a market settles on them."""
HALF_TIME = ("half_home", "half_away")
"""Their names in the fixtures frame."""

_PRICE = (
    "fixture_id",
    "bookmaker_id",
    "market_id",
    "value_home_over",
    "value_draw",
    "value_away_under",
    "handicap_value",
)
_SELECTION = ("bet_id", "value_label", "value_odd")
OPTIONAL = {
    "V3_Odds": (*_PRICE, *_SELECTION, "updated_at"),
    "V3_Odds_History": (*_PRICE, "capture_timestamp"),
    "V3_Odds_Selections": (
        "fixture_id",
        "bookmaker_id",
        "market_name",
        "label",
        "odd_value",
        "captured_at",
    ),
    "V3_Fixture_Events": ("fixture_id", "team_id", "type", "detail"),
    "V3_Fixture_Stats": (
        "fixture_id",
        "team_id",
        "half",
        "shots_on_goal",
        "shots_total",
        "corner_kicks",
        "red_cards",
    ),
    "V3_Countries": ("country_id", "name"),
}

RED_CARDS = ("red card", "second yellow card")
"""Lower-case `detail` of V3_Fixture_Events for cards that send a player off."""


@dataclass(frozen=True)
class PriceForm:
    """One form of a price table: its required columns, and the one with the capture time.

    A row holds all prices of a market, or one selection. With `is_last` the table keeps only the last price.
    """

    table: str
    columns: tuple[str, ...]
    moment: str
    is_last: bool
    is_selection: bool = False


PRICE_FORMS = (
    PriceForm("V3_Odds_History", _PRICE[:6], "capture_timestamp", is_last=False),
    PriceForm(
        "V3_Odds_Selections",
        ("fixture_id", "bookmaker_id", "market_name", "label", "odd_value"),
        "captured_at",
        is_last=False,
        is_selection=True,
    ),
    PriceForm("V3_Odds", _PRICE[:6], "updated_at", is_last=True),
    PriceForm(
        "V3_Odds", ("fixture_id", "bookmaker_id", *_SELECTION), "updated_at", is_last=True, is_selection=True
    ),
)
"""Forms of price tables in versions of the application; the first one that matches a table applies."""

STATISTICS = {
    "shots_on_target": "shots_on_goal",
    "shots": "shots_total",
    "corners": "corner_kicks",
    "reds": "red_cards",
}
"""Database columns by name in the fixtures frame (each with `_home` and `_away`)."""

OUTCOME_COLUMNS = tuple(
    f"{name}_{side}" for name in ("goals", "xg", *STATISTICS) for side in ("home", "away")
)
"""Columns of the fixtures frame that the outcome of a match reveals: missing until its result is known."""
