"""A base history as named arrays and plain values, and back: replayed once, then mapped by every start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.array_file import Arrays
from db.dataset import Dataset
from db.rows import closing_moments
from db.schema import OUTCOME_COLUMNS
from features.encoding import Events, Index
from features.ratings.state import MatchArrays, State
from live.connectivity import Pools
from live.snapshot import BaseHistory, RowsById, Segment
from markets.prices import Quotes
from markets.sharpness import Sharpness

Plain = Mapping[str, Any]

_SHARED = ("kickoff", "known_at", *OUTCOME_COLUMNS)
"""Columns of the fixtures that the pass takes as they are."""
_RESULTS = ("known_at", "newest")
_FRAMES = {
    "leagues": {
        "league_id": np.int64,
        "name": object,
        "country_id": np.int64,
        "is_cup": np.bool_,
        "api_id": np.int64,
        "country": object,
    },
    "teams": {"team_id": np.int64, "name": object},
}


def arrays_of(base: BaseHistory) -> Arrays:
    """The arrays of a base; everything else of it is in `facts_of`."""
    segment = base.segment
    frame = segment.dataset.fixtures
    return {
        **{f"fixtures.{name}": frame[name].to_numpy() for name in frame if name not in _SHARED},
        **{f"matches.{name}": array for name, array in base.matches._asdict().items() if name != "as_of"},
        **_fields("timeline", vars(base.timeline)),
        **_fields("index", {name: getattr(base.index, name) for name in ("teams", "leagues", "countries")}),
        **_fields("by_id", vars(segment.by_id)),
        **_fields("by_api_id", vars(segment.by_api_id)),
        **_fields("sharpness", {"pairs": base.sharpness.pairs, "sums": base.sharpness.sums}),
        **_fields("pools", dict(zip(("parent", "linked_at", "size"), base.pools.arrays(), strict=True))),
        **_fields("results", dict(zip(_RESULTS, base.results, strict=True))),
        **dict(_states(base)),
        "closes_at": closing_moments(frame),
        "features": segment.features,
    }


def facts_of(base: BaseHistory) -> Plain:
    """What a base holds beside arrays, as JSON has it."""
    dataset = base.segment.dataset
    frames = {"leagues": dataset.leagues, "teams": dataset.teams}
    return {
        "cut": base.cut,
        "columns": list(dataset.fixtures),
        "checkpoints": [moment for moment, _ in base.checkpoints],
        "rejected": dataset.rejected,
        "unused": dataset.unused,
        "remarks": list(dataset.remarks),
        **{name: {column: frame[column].tolist() for column in frame} for name, frame in frames.items()},
    }


def base_of(arrays: Arrays, facts: Plain) -> BaseHistory:
    """The base that `arrays_of` and `facts_of` describe. Raises KeyError, TypeError or ValueError for others."""
    groups = {name: "matches" if name in _SHARED else "fixtures" for name in facts["columns"]}
    fixtures = {name: arrays[f"{group}.{name}"] for name, group in groups.items()}
    leagues, teams = (_frame(facts[name], kinds) for name, kinds in _FRAMES.items())
    dataset = Dataset(
        # Without a copy, of which pandas would make one block.
        pd.DataFrame(fixtures, copy=False),
        Quotes.none(),
        leagues,
        teams,
        dict(facts["rejected"]),
        dict(facts["unused"]),
        tuple(facts["remarks"]),
    )
    by_id, by_api_id = (RowsById(**_named(name, arrays)) for name in ("by_id", "by_api_id"))
    matches = _named("matches", arrays)
    return BaseHistory(
        Segment.joined(dataset, arrays["features"], arrays["closes_at"], by_id, by_api_id),
        # The base looks at every match as it kicks off.
        MatchArrays(**matches, as_of=matches["kickoff"]),
        Events(**_named("timeline", arrays)),
        tuple(
            (moment, State(**_named(f"checkpoint.{place}", arrays)))
            for place, moment in enumerate(facts["checkpoints"])
        ),
        Pools.of(**_named("pools", arrays)),
        Index(**_named("index", arrays)),
        facts["cut"],
        Sharpness(arrays["sharpness.pairs"], arrays["sharpness.sums"]),
        (arrays["results.known_at"], arrays["results.newest"]),
    )


def _states(base: BaseHistory) -> Iterator[tuple[str, NDArray[Any]]]:
    for place, (_, state) in enumerate(base.checkpoints):
        yield from _fields(f"checkpoint.{place}", state._asdict()).items()


def _fields(group: str, arrays: Arrays) -> dict[str, NDArray[Any]]:
    return {f"{group}.{name}": array for name, array in arrays.items()}


def _named(group: str, arrays: Arrays) -> dict[str, NDArray[Any]]:
    """The arrays of a group by their names in it."""
    prefix = f"{group}."
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _frame(columns: Mapping[str, list[Any]], kinds: Mapping[str, type]) -> pd.DataFrame:
    return pd.DataFrame({name: np.array(columns[name], dtype=kind) for name, kind in kinds.items()})
