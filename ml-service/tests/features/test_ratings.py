"""The guarantees of the pass over matches, on simulated leagues."""

from __future__ import annotations

import math
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from features.catalogue import FEATURES, GROUPS
from features.ratings.performance import performance
from features.ratings.poisson import score_grid
from features.ratings.replay import replay
from features.ratings.state import (
    BASE_START,
    HOME_LEVEL,
    LEAGUE_PLAYED,
    LEVEL,
    MEAN,
    N_BASES,
    READ,
    UPDATE,
    Fixture,
    MatchArrays,
    Result,
    State,
    copy,
    grow,
    new_state,
)
from features.ratings.strength_settings import PERFORMANCE, START_VARIANCE, STRENGTHS
from features.ratings.transfers import update_levels

HOUR_S = 3600
DAY_S = 24 * HOUR_S
COLUMN = {feature.name: feature.column for feature in FEATURES}


def matches_of(
    home: list[int], away: list[int], kickoff: list[int], *, seed: int = 0, strength: list[float] | None = None,
    league: list[int] | None = None, season: list[int] | None = None, cup: list[int] | None = None,
) -> MatchArrays:  # fmt: skip
    """Matches with simulated goals, shots and prices; team i scores as `strength[i]` (log goals) says."""
    rng = np.random.default_rng(seed)
    n = len(home)
    power = np.array(strength if strength is not None else np.zeros(max(home + away) + 1))
    gap = power[home] - power[away] + 0.15
    goals_home, goals_away = rng.poisson(1.3 * np.exp(gap)), rng.poisson(1.3 * np.exp(-gap))
    shots = [rng.poisson(12 * np.exp(side * gap)).astype(float) for side in (1, -1)]
    ratio = np.exp(1.7 * gap)
    close = np.stack([0.74 * ratio / (1 + ratio), np.full(n, 0.26), 0.74 / (1 + ratio)], axis=1)
    times = np.array(kickoff, dtype=np.int64)
    none = np.full(n, np.nan)
    return MatchArrays(
        league=np.array(league or [0] * n, np.int32), country=np.zeros(n, np.int32),
        home=np.array(home, np.int32), away=np.array(away, np.int32),
        kickoff=times, as_of=times, known_at=times + 150 * 60, season=np.array(season or [2020] * n, np.int32),
        goals_home=goals_home.astype(float), goals_away=goals_away.astype(float),
        shots_on_target_home=shots[0] // 3, shots_on_target_away=shots[1] // 3,
        shots_home=shots[0], shots_away=shots[1], corners_home=shots[0] // 2, corners_away=shots[1] // 2,
        reds_home=none, reds_away=none, xg_home=none, xg_away=none, close=close, close_over=np.full(n, 0.5),
        moves=rng.normal(0.0, 0.1, (n, 3)),
        is_cup=np.array(cup or [0] * n, np.int8), rated=np.ones(n, np.int8),
    )  # fmt: skip


def season_of_matches(n_teams: int = 8, rounds: int = 14, **options: object) -> MatchArrays:
    """Rounds of random pairings, a week apart, all matches of a round at once."""
    rng = np.random.default_rng(7)
    home, away, kickoff = [], [], []
    for week in range(rounds):
        teams = rng.permutation(n_teams).tolist()
        home += teams[::2]
        away += teams[1::2]
        kickoff += [week * 7 * DAY_S] * (n_teams // 2)
    return matches_of(home, away, kickoff, **options)  # type: ignore[arg-type]


def timeline(matches: MatchArrays) -> tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.int64]]:
    """Every update and read in order of time, updates first."""
    n = len(matches.kickoff)
    match = np.concatenate([np.arange(n), np.arange(n)]).astype(np.int32)
    kind = np.repeat([UPDATE, READ], n).astype(np.int8)
    time = np.concatenate([matches.known_at, matches.as_of])
    order = np.lexsort((match, kind, time))
    return match[order], kind[order], time[order]


def blank(matches: MatchArrays) -> NDArray[np.float32]:
    return np.full((len(matches.kickoff), len(FEATURES)), np.nan, dtype=np.float32)


def fresh(matches: MatchArrays) -> State:
    teams = 1 + int(max(matches.home.max(), matches.away.max()))
    return new_state(teams, 1 + int(matches.league.max()), 1)


def passed(matches: MatchArrays) -> tuple[NDArray[np.float32], State]:
    """Features and final state of the whole pass."""
    out, state = blank(matches), fresh(matches)
    match, kind, _ = timeline(matches)
    replay(matches, match, kind, state, out)
    return out, state


def altered(matches: MatchArrays, m: int, **values: float) -> MatchArrays:
    """The matches with other numbers in row `m`."""
    changed = {name: getattr(matches, name).copy() for name in values}
    for name, value in values.items():
        changed[name][m] = value
    return matches._replace(**changed)


def test_catalogue_names_every_column_once_and_only_known_groups() -> None:
    assert len({feature.name for feature in FEATURES}) == len(FEATURES)
    assert {feature.group for feature in FEATURES} == set(GROUPS)


def test_every_column_is_written_for_teams_with_a_past() -> None:
    matches = season_of_matches(season=[2019] * 56 + [2020] * 56, rounds=28)
    out, _ = passed(matches)
    assert not np.isnan(out[-4:]).any()


def test_a_pass_resumed_from_a_pickled_checkpoint_equals_the_whole_pass() -> None:
    matches = season_of_matches()
    whole, end = passed(matches)
    match, kind, _ = timeline(matches)
    out, state, half = blank(matches), fresh(matches), len(match) // 2
    replay(matches, match[:half], kind[:half], state, out)
    state = State(*pickle.loads(pickle.dumps(tuple(state))))
    replay(matches, match[half:], kind[half:], state, out)
    np.testing.assert_array_equal(out, whole)
    for resumed, straight in zip(state, end, strict=True):
        np.testing.assert_array_equal(resumed, straight)


def test_a_pass_resumed_after_growing_equals_one_that_knew_all_sizes_from_the_start() -> None:
    matches = season_of_matches(6, 10)
    whole, _ = passed(matches)
    match, kind, _ = timeline(matches)
    out, state = blank(matches), grow(new_state(0, 0, 0), 6, 1, 1)
    replay(matches, match[:20], kind[:20], state, out)
    state = grow(state, 9, 3, 2)
    replay(matches, match[20:], kind[20:], state, out)
    np.testing.assert_array_equal(out, whole)


def test_a_copy_does_not_move_with_its_original() -> None:
    matches = season_of_matches()
    match, kind, _ = timeline(matches)
    state = fresh(matches)
    duplicate = copy(state)
    replay(matches, match, kind, state, blank(matches))
    assert not np.array_equal(state.teams, duplicate.teams)
    np.testing.assert_array_equal(duplicate.teams, fresh(matches).teams)


def test_reads_leave_the_state_as_it_was() -> None:
    matches = season_of_matches()
    _, state = passed(matches)
    before = copy(state)
    reads = np.arange(len(matches.kickoff), dtype=np.int32)
    replay(matches, reads, np.full(len(reads), READ, np.int8), state, blank(matches))
    for now, then in zip(state, before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_matches_that_overlap_know_nothing_of_each_other() -> None:
    weeks = [7 * DAY_S * week for week in range(6)]
    last = weeks[-1]
    home, away = [0, 1, 0, 1, 0, 0, 0], [1, 0, 1, 0, 1, 1, 1]
    matches = matches_of(home, away, [*weeks, last + 2 * HOUR_S])
    other = altered(matches, 5, goals_home=9.0, shots_home=40.0)
    np.testing.assert_array_equal(passed(matches)[0][6], passed(other)[0][6])


def test_a_match_after_the_end_of_another_knows_its_result() -> None:
    weeks = [7 * DAY_S * week for week in range(6)]
    matches = matches_of([0] * 7, [1] * 7, [*weeks, weeks[-1] + 3 * HOUR_S])
    other = altered(matches, 5, goals_home=9.0, shots_home=40.0)
    assert not np.array_equal(passed(matches)[0][6], passed(other)[0][6])


@pytest.mark.parametrize(
    "name", ["goals_home", "shots_away", "close_over", "corners_home", "reds_home", "shots_on_target_away"]
)
def test_nothing_of_a_match_itself_reaches_its_own_features(name: str) -> None:
    matches = season_of_matches()
    m = len(matches.kickoff) - 1
    np.testing.assert_array_equal(passed(matches)[0][m], passed(altered(matches, m, **{name: 0.9}))[0][m])


def test_the_closing_price_of_a_match_does_not_reach_its_own_features() -> None:
    matches = season_of_matches()
    close = matches.close.copy()
    close[-1] = [0.05, 0.15, 0.8]
    np.testing.assert_array_equal(passed(matches)[0][-1], passed(matches._replace(close=close))[0][-1])


def test_what_was_never_observed_is_nan_and_not_zero() -> None:
    matches = season_of_matches()
    none = np.full(len(matches.kickoff), np.nan)
    statistics = {name: none for name in MatchArrays._fields if "shots" in name or "corners" in name}
    unpriced = np.full((len(none), 3), np.nan)
    bare = matches._replace(close=unpriced, close_over=none, moves=unpriced, **statistics)
    out, _ = passed(bare)
    missing = [f.column for f in FEATURES if f.group in ("market_history", "shots") or "on_target" in f.name]
    assert np.isnan(out[:, missing]).all()
    assert np.isfinite(out[-1, COLUMN["performance_supremacy"]])


def test_the_first_match_of_two_new_teams_has_no_ratings() -> None:
    out, _ = passed(season_of_matches())
    for name in ("home_elo", "away_elo", "performance_supremacy", "home_rest_days", "home_points_last_5"):
        assert np.isnan(out[0, COLUMN[name]])


def test_simulated_strengths_are_recovered() -> None:
    strength = np.linspace(-0.5, 0.5, 12)
    matches = season_of_matches(12, 60, strength=strength.tolist())
    _, state = passed(matches)
    assert np.corrcoef(state.teams[:, MEAN + PERFORMANCE], strength)[0, 1] > 0.95


def test_a_form_column_is_the_mean_of_the_last_five_matches() -> None:
    matches = matches_of([0] * 8, [1] * 8, [7 * DAY_S * week for week in range(8)])
    out, _ = passed(matches)
    assert out[7, COLUMN["home_goals_for_last_5"]] == pytest.approx(matches.goals_home[2:7].mean())
    assert out[7, COLUMN["home_rest_days"]] == 7.0


def form_worked_out(matches: MatchArrays, m: int, side: str) -> dict[str, float]:
    """Form of one side of match `m`, worked out from a list of all its earlier matches."""
    team = getattr(matches, side)[m]
    past = [
        (hosts, scored, conceded, kickoff)
        for hosts, teams, scored, conceded in (
            (True, matches.home, matches.goals_home, matches.goals_away),
            (False, matches.away, matches.goals_away, matches.goals_home),
        )
        for kickoff, who, scored, conceded in zip(matches.kickoff, teams, scored, conceded, strict=True)
        if who == team and kickoff < matches.kickoff[m]
    ]
    past.sort(key=lambda one: one[3])
    points = [3.0 * (scored > conceded) + (scored == conceded) for _, scored, conceded, _ in past]
    venue = [won for won, one in zip(points[-10:], past[-10:], strict=True) if one[0] == (side == "home")]
    since = matches.kickoff[m] - np.array([one[3] for one in past])
    return {
        "points_last_5": float(np.mean(points[-5:])),
        "goals_for_last_5": float(np.mean([one[1] for one in past[-5:]])),
        "goals_against_last_5": float(np.mean([one[2] for one in past[-5:]])),
        "points_last_10": float(np.mean(points[-10:])),
        "points_at_venue": float(np.mean(venue)) if venue else float("nan"),
        "points_season": float(np.mean(points)),
        "rest_days": float(since.min() / DAY_S),
        "matches_30_days": float((since <= 30 * DAY_S).sum()),
        "matches": float(len(past)),
    }


def test_form_and_fatigue_are_what_a_list_of_all_earlier_matches_says() -> None:
    matches = season_of_matches()
    out, _ = passed(matches)
    for m in range(8, len(matches.kickoff)):
        for side in ("home", "away"):
            for name, value in form_worked_out(matches, m, side).items():
                np.testing.assert_allclose(out[m, COLUMN[f"{side}_{name}"]], value, rtol=1e-6, err_msg=name)


def two_divisions(seasons: int = 6) -> MatchArrays:
    """Two divisions of 8, the upper one 0.8 log goals stronger; each season two change places."""
    rng = np.random.default_rng(3)
    strength = np.concatenate([np.linspace(0.2, 0.6, 8), np.linspace(-0.6, -0.2, 8)])
    divisions = [list(range(8)), list(range(8, 16))]
    home: list[int] = []
    away: list[int] = []
    kickoff: list[int] = []
    league: list[int] = []
    season: list[int] = []
    for year in range(seasons):
        for week in range(28):
            for division, teams in enumerate(divisions):
                drawn = rng.permutation(teams).tolist()
                home += drawn[::2]
                away += drawn[1::2]
                kickoff += [(year * 365 + week * 7) * DAY_S] * 4
                league += [division] * 4
                season += [2000 + year] * 4
        down = sorted(divisions[0], key=lambda team: strength[team])[:2]
        up = sorted(divisions[1], key=lambda team: strength[team])[-2:]
        divisions = [sorted({*divisions[0], *up} - {*down}), sorted({*divisions[1], *down} - {*up})]
    return matches_of(home, away, kickoff, strength=strength.tolist(), league=league, season=season)


MISSING = float("nan")


@pytest.mark.parametrize(
    ("on_target", "shots", "corners", "expected", "noise"),
    [
        ((6.0, 2.0), (14.0, 9.0), (7.0, 3.0), -0.114 + 2 * 0.533 + 5 * 0.135 + 4 * 0.104, 1.0),
        ((6.0, 2.0), (14.0, 9.0), (MISSING, 3.0), -0.041 + 2 * 0.54 + 4 * 0.341, 1.5),
        ((6.0, 2.0), (MISSING, 9.0), (7.0, 3.0), -0.041 + 2 * 0.54 + 4 * 0.341, 1.5),
        ((6.0, MISSING), (MISSING, 9.0), (7.0, 3.0), 0.035 + 2 * 1.43, 2.6),
    ],
)
def test_performance_is_told_from_the_statistics_there_are(
    on_target: tuple[float, float],
    shots: tuple[float, float],
    corners: tuple[float, float],
    expected: float,
    noise: float,
) -> None:
    prices = (MISSING,) * 7
    result = Result(2.0, 0.0, *on_target, *shots, *corners, MISSING, *prices)
    assert performance(result) == pytest.approx((expected, noise))


@pytest.mark.parametrize(("country", "moved"), [(0, [True, True]), (-1, [False, True])])
def test_what_leagues_average_moves_their_country_and_the_world(country: int, moved: list[bool]) -> None:
    matches = season_of_matches()
    _, state = passed(matches._replace(country=np.full_like(matches.country, country)))
    assert [not np.allclose(row[:N_BASES], BASE_START) for row in state.countries] == moved


def test_the_grid_of_scores_is_that_of_two_poisson_counts() -> None:
    home, away = (
        [math.exp(-rate) * rate**goals / math.factorial(goals) for goals in range(40)] for rate in (1.7, 0.9)
    )
    grid = np.outer(home, away)
    goals = np.add.outer(np.arange(40), np.arange(40))
    both = grid[1:, 1:].sum()
    expected = np.tril(grid, -1).sum(), np.trace(grid), np.triu(grid, 1).sum(), grid[goals > 2].sum(), both
    assert tuple(score_grid(1.7, 0.9)) == pytest.approx(expected, abs=1e-9)


def test_a_match_against_a_team_of_no_league_moves_no_leagues_level() -> None:
    state = new_state(2, 2, 1)
    before = state.leagues.copy()
    for leagues in ((0, -1), (-1, 0)):
        update_levels(state, STRENGTHS, 0, Fixture(1, 0, 0, 1, 0, 2020, False), *leagues, 1.0)
    np.testing.assert_array_equal(state.leagues, before)
    update_levels(state, STRENGTHS, 0, Fixture(1, 0, 0, 1, 0, 2020, False), 0, 1, 1.0)
    moved = state.leagues[:, LEVEL] - before[:, LEVEL]
    assert moved[0] == -moved[1] > 0


def test_a_promoted_team_is_placed_below_and_a_relegated_one_above_its_new_league() -> None:
    matches = two_divisions(12)
    out, state = passed(matches)
    last = (matches.season == 2011) & (matches.kickoff == matches.kickoff[matches.season == 2011].min())
    assert state.leagues[0, LEVEL + PERFORMANCE] > state.leagues[1, LEVEL + PERFORMANCE]
    for division, sign in ((0, -1.0), (1, 1.0)):
        rows = np.flatnonzero(last & (matches.league == division))
        new_home = rows[out[rows, COLUMN["home_matches_in_league"]] == 0]
        new_away = rows[out[rows, COLUMN["away_matches_in_league"]] == 0]
        home_advantage = 0.3
        for m, side in [*((m, 1.0) for m in new_home), *((m, -1.0) for m in new_away)]:
            placed = side * (out[m, COLUMN["performance_supremacy"]] - home_advantage)
            assert sign * placed > 0.0


def test_a_team_from_outside_starts_vague_and_below_its_league() -> None:
    matches = season_of_matches(8, 28, season=[2019] * 56 + [2020] * 56)
    joined = matches._replace(home=np.where(np.arange(112) == 111, 8, matches.home).astype(np.int32))
    resident, newcomer = passed(matches)[0][111], passed(joined)[0][111]
    assert newcomer[COLUMN["performance_supremacy"]] < resident[COLUMN["performance_supremacy"]]
    assert newcomer[COLUMN["performance_uncertainty"]] > resident[COLUMN["performance_uncertainty"]]


def chosen(matches: MatchArrays, rows: NDArray[np.bool_] | slice) -> MatchArrays:
    """The matches of `rows`."""
    return MatchArrays(**{name: column[rows] for name, column in matches._asdict().items()})


def together(*parts: MatchArrays) -> MatchArrays:
    """The matches of all parts, in their order."""
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in MatchArrays._fields}
    return MatchArrays(**columns)


def years_of_matches(years: tuple[int, ...], without: dict[int, int] | None = None) -> MatchArrays:
    """Twenty rounds of eight teams in each of the `years`; `without` says which team is not there in which year."""
    parts = []
    for year in years:
        rounds = season_of_matches(8, 20, seed=year, strength=np.linspace(-0.6, 0.6, 8).tolist())
        away = (without or {}).get(year, -1)
        there = (rounds.home != away) & (rounds.away != away)
        moved = {
            name: getattr(rounds, name) + (year - 2000) * 365 * DAY_S
            for name in ("kickoff", "as_of", "known_at")
        }
        dated = rounds._replace(**moved, season=np.full_like(rounds.season, year))
        parts.append(chosen(dated, there))
    return together(*parts)


def test_a_team_whose_whole_league_is_missing_for_a_season_keeps_three_quarters_of_its_strength() -> None:
    out, _ = passed(years_of_matches((2010, 2011, 2013)))
    whole = years_of_matches((2010, 2011))
    _, before = passed(whole)
    first = len(whole.kickoff)
    matches = years_of_matches((2010, 2011, 2013))
    home, away = matches.home[first], matches.away[first]
    means = before.teams[:, MEAN + PERFORMANCE]
    level = before.leagues[0, PERFORMANCE] + before.countries[-1, HOME_LEVEL + PERFORMANCE]
    expected = level + 0.75 * (means[home] - means[away])
    assert out[first, COLUMN["performance_supremacy"]] == pytest.approx(expected, rel=1e-5)
    assert out[first, COLUMN["home_matches_in_league"]] == before.teams[home, LEAGUE_PLAYED]
    settled = 2 * STRENGTHS[PERFORMANCE, START_VARIANCE]
    assert out[first, COLUMN["performance_uncertainty"]] == pytest.approx(np.sqrt(settled), rel=1e-5)


def test_a_team_that_its_league_played_a_season_without_has_returned() -> None:
    matches = years_of_matches((2010, 2011, 2012, 2013), without={2012: 7})
    out, _ = passed(matches)
    plays = (matches.season == 2013) & ((matches.home == 7) | (matches.away == 7))
    first = int(np.flatnonzero(plays)[0])
    side, other = ("home", "away") if matches.home[first] == 7 else ("away", "home")
    assert out[first, COLUMN[f"{side}_matches_in_league"]] == 0
    assert out[first, COLUMN[f"{other}_matches_in_league"]] > 0


def test_a_season_longer_than_the_one_before_ends_at_one() -> None:
    short, long = years_of_matches((2010,)), years_of_matches((2011,))
    cut = short.kickoff < np.quantile(short.kickoff, 0.4)
    progress = passed(together(chosen(short, cut), long))[0][:, COLUMN["season_progress"]]
    assert np.nanmax(progress) == 1.0


def test_a_league_at_rest_learns_what_home_advantage_became_elsewhere() -> None:
    """Matches behind closed doors came to all leagues at once."""
    busy = years_of_matches((2011, 2012))
    rest = years_of_matches((2010,))
    at_rest = rest._replace(league=np.ones_like(rest.league), home=rest.home + 8, away=rest.away + 8)
    upcoming = chosen(at_rest, slice(1))._replace(
        kickoff=busy.kickoff[-1:] + 7 * DAY_S, as_of=busy.kickoff[-1:] + 7 * DAY_S,
        known_at=busy.kickoff[-1:] + 8 * DAY_S, season=np.array([2012], np.int32),
    )  # fmt: skip

    def supremacy(home_goals: float) -> float:
        doors = busy._replace(goals_home=busy.goals_home + home_goals)
        return float(passed(together(at_rest, doors, upcoming))[0][-1, COLUMN["performance_supremacy"]])

    assert supremacy(-1.0) < supremacy(0.0) < supremacy(1.0)


def chances(matches: MatchArrays, strength: list[float]) -> MatchArrays:
    """The matches with expected goals that show the teams' strengths, while the goals are random."""
    gap = np.array(strength)[matches.home] - np.array(strength)[matches.away] + 0.15
    return matches._replace(xg_home=1.3 * np.exp(gap), xg_away=1.3 * np.exp(-gap))


def without_statistics(matches: MatchArrays) -> MatchArrays:
    none = np.full(len(matches.kickoff), np.nan)
    names = [
        f"{name}_{side}" for name in ("shots", "shots_on_target", "corners") for side in ("home", "away")
    ]
    return matches._replace(
        **dict.fromkeys(names, none), close=np.full((len(none), 3), np.nan), close_over=none
    )


@pytest.mark.parametrize("statistics", [True, False])
@pytest.mark.parametrize(
    "feature",
    ["performance_supremacy", "goals_supremacy", "poisson_home_win", "performance_supremacy_recent"],
)
def test_strengths_learn_from_expected_goals_where_they_are_there(feature: str, statistics: bool) -> None:
    strength = np.linspace(-0.5, 0.5, 12).tolist()
    bare = season_of_matches(12, 60, strength=strength)
    bare = bare if statistics else without_statistics(bare)
    truth = np.array(strength)[bare.home] - np.array(strength)[bare.away]
    late = bare.kickoff > np.median(bare.kickoff)

    def agreement(matches: MatchArrays) -> float:
        values = passed(matches)[0][late, COLUMN[feature]]
        return float(np.corrcoef(values, truth[late])[0, 1])

    assert agreement(chances(bare, strength)) > agreement(bare)


def test_expected_goals_of_one_side_alone_change_nothing() -> None:
    bare = season_of_matches()
    half = bare._replace(xg_home=np.full(len(bare.kickoff), 3.0))
    np.testing.assert_array_equal(passed(half)[0], passed(bare)[0])


def test_a_cup_match_keeps_a_team_in_its_league_and_counts_for_its_ratings() -> None:
    cup = [0] * 112
    cup[60] = 1
    leagues = [0] * 112
    leagues[60] = 1
    matches = season_of_matches(8, 28, cup=cup, league=leagues)
    out, state = passed(matches)
    assert out[60, COLUMN["is_cup"]] == 1.0
    assert np.isfinite(out).any(axis=1).all()
    changed = passed(altered(matches, 60, goals_home=9.0))[1]
    assert (
        changed.teams[matches.home[60], MEAN + PERFORMANCE]
        > state.teams[matches.home[60], MEAN + PERFORMANCE]
    )


SCRIPT = """
import sys
import numpy as np
from tests.features.test_ratings import passed, two_divisions
out, state = passed(two_divisions(3))
np.savez(sys.argv[1], out=out, teams=state.teams, leagues=state.leagues, countries=state.countries)
"""


def test_plain_python_gives_the_same_numbers_as_the_compiled_pass(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    target = tmp_path / "plain.npz"
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(root)}
    subprocess.run([sys.executable, "-c", SCRIPT, str(target)], check=True, cwd=root, env=environment)
    out, state = passed(two_divisions(3))
    with np.load(target) as plain:
        np.testing.assert_array_equal(plain["out"], out)
        for name in State._fields:
            np.testing.assert_allclose(plain[name], getattr(state, name), rtol=1e-12)
