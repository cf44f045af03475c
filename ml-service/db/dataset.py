"""The data that the reader passes to features, training and backtest."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from common.arrays import Floats, Mask
from db.schema import HALF_TIME
from markets.further import Goals
from markets.prices import Quotes


@dataclass(frozen=True)
class Dataset:
    """Usable matches, prices and names of the database at one moment.

    `fixtures` is sorted by (kickoff, fixture_id) under a RangeIndex:

    | column | type | meaning |
    |---|---|---|
    | fixture_id, league_id, season, home_team_id, away_team_id | int64 | |
    | api_id | int64 | API-Football's id of the fixture; `db.rows.NO_API_ID` = none |
    | kickoff | int64 | epoch seconds UTC; midnight where only the day is known |
    | known_at | int64 | when the result is known: see `db.rows.known_at` |
    | day_only | bool | only the day of kick-off is known |
    | state | int8 | OPEN, FINISHED, VOID or POSTPONED of `db.schema` |
    | goals_home, goals_away | float64 | after 90 minutes; NaN unless FINISHED |
    | half_home, half_away | float64 | goals of the first half; NaN = unknown; only with `further_quotes` |
    | xg_home, xg_away | float64 | expected goals after 90 minutes; NaN = missing |
    | shots_on_target_home ... reds_away | float64 | full-time statistics; NaN = missing |

    `leagues` has league_id, api_id (int64, `db.rows.NO_API_ID` = none), name, country_id (int64, -1 = none),
    country (its name, None = unknown) and is_cup; `teams` has team_id and name. `rejected` counts invalid rows by
    reason, `unused` valid rows that the service does not use; `remarks` are sentences on what the service cannot read
    or reads slowly, and what to do about it. `further_quotes` are prices of further markets, none unless they were
    asked for; their `market` holds codes of `markets.further`.
    """

    fixtures: pd.DataFrame
    quotes: Quotes
    leagues: pd.DataFrame
    teams: pd.DataFrame
    rejected: dict[str, int]
    unused: dict[str, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    further_quotes: Quotes = field(default_factory=Quotes.none)

    def goals(self) -> Goals:
        """Goals of all fixtures by side."""
        return Goals(*map(self._column, ("goals_home", "goals_away", *HALF_TIME)))

    def _column(self, name: str) -> Floats:
        """A column of `fixtures`, NaN where it was not read."""
        missing = np.full(len(self.fixtures), np.nan)
        return self.fixtures[name].to_numpy() if name in self.fixtures else missing

    def only(self, rows: Mask) -> Dataset:
        """A dataset of the fixtures in the mask `rows`; prices and names are unchanged."""
        if rows.all():
            return self
        return replace(self, fixtures=self.fixtures[rows].reset_index(drop=True))
