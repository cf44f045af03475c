"""The features in the order of their columns: those of each group of ratings, joined.

All are known at the moment a forecast is made: they come from matches whose results were known by then, from the
date and teams of the coming match, and never from its prices. A missing value is NaN. `home_` and `away_` name
the teams of the coming match.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from features.ratings.column import RatingColumn
from features.ratings.replay import COLUMNS

GROUPS = tuple(dict.fromkeys(column.group for column in COLUMNS))


@dataclass(frozen=True)
class Feature(RatingColumn):
    """One column of the feature matrix; `column` is its index there."""

    column: int = field(kw_only=True)


FEATURES: tuple[Feature, ...] = tuple(
    Feature(**asdict(column), column=place) for place, column in enumerate(COLUMNS)
)
