"""Slices of matches in which a forecaster can be bad while its average looks good."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Codes = NDArray[np.str_]

PROMOTED_MATCHES = 10
FIRST_ROUNDS = 5
MIN_SHOT_SHARE = 0.5
CLEAR_FAVOURITE, NO_FAVOURITE, LONG_SHOT = 0.6, 0.4, 0.2
STRANGER_MATCHES = 20
_LOWEST = 99


def slices(fixtures: pd.DataFrame, division: Codes, before: Array) -> dict[str, Mask]:
    """Masks (n,) by name; `division` (n,) holds codes, `before` (n, 3) margin-free prices before play."""
    played = played_before(fixtures, ["season", "league_id"])
    with np.errstate(invalid="ignore"):
        return {
            f"promoted teams' first {PROMOTED_MATCHES} matches": _promoted(fixtures, division, played),
            f"everyone's first {FIRST_ROUNDS} rounds": np.asarray(played.max(axis=1) < FIRST_ROUNDS),
            "divisions without shots": without_shots(fixtures),
            f"home favourites (price before play {CLEAR_FAVOURITE:g} or more)": before[:, 0]
            >= CLEAR_FAVOURITE,
            f"away favourites ({CLEAR_FAVOURITE:g} or more)": before[:, 2] >= CLEAR_FAVOURITE,
            f"no favourite (nobody above {NO_FAVOURITE:g})": before.max(axis=1) <= NO_FAVOURITE,
            f"home long shots ({LONG_SHOT:g} or less)": before[:, 0] <= LONG_SHOT,
            f"away long shots ({LONG_SHOT:g} or less)": before[:, 2] <= LONG_SHOT,
        }


def played_before(fixtures: pd.DataFrame, within: Sequence[str]) -> Ints:
    """Number of matches that home and away team played before each match, shape (n, 2).

    Only matches with equal values in the columns `within` count. `fixtures` are in order of time.
    """
    sides = [fixtures[[*within]].assign(team=fixtures[f"{side}_team_id"]) for side in ("home", "away")]
    both = pd.concat(sides).sort_index(kind="stable")
    return np.asarray(both.groupby([*within, "team"]).cumcount().to_numpy(dtype=np.int64).reshape(-1, 2))


def tier(code: str) -> int:
    """Levels between a division and its country's top, from its code: 0 for E0 and D1; EC is England's lowest."""
    digit = re.search(r"\d+$", code)
    if digit is None:
        return _LOWEST
    return int(digit[0]) if code[: digit.start()] in ("E", "SC") else int(digit[0]) - 1


def promoted_teams(fixtures: pd.DataFrame, division: Codes) -> set[tuple[int, int]]:
    """(season, team) of teams that were in a lower division, or in none of the data's, the season before."""
    sides = [
        pd.DataFrame(
            {"season": fixtures["season"], "team": fixtures[side], "tier": [tier(c) for c in division]}
        )
        for side in ("home_team_id", "away_team_id")
    ]
    tiers = pd.concat(sides).groupby(["season", "team"])["tier"].min().to_dict()
    first = int(fixtures["season"].min())
    return {
        (season, team)
        for (season, team), now in tiers.items()
        if season > first and tiers.get((season - 1, team), _LOWEST + 1) > now
    }


def _promoted(fixtures: pd.DataFrame, division: Codes, played: Ints) -> Mask:
    promoted = promoted_teams(fixtures, division)
    early = np.zeros(len(fixtures), dtype=np.bool_)
    for place, side in enumerate(("home_team_id", "away_team_id")):
        pairs = zip(fixtures["season"], fixtures[side], strict=True)
        new = np.array([pair in promoted for pair in pairs], dtype=np.bool_)
        early |= new & (played[:, place] < PROMOTED_MATCHES)
    return early


def without_shots(fixtures: pd.DataFrame) -> Mask:
    """Matches of a division and season of which fewer than half have shots on target, shape (n,)."""
    has_shots = fixtures["shots_on_target_home"].notna()
    share = has_shots.groupby([fixtures["league_id"], fixtures["season"]]).transform("mean")
    return np.asarray(share < MIN_SHOT_SHARE)
