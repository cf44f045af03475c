"""The ratings of one match, recorded, so that they change only on purpose.

Their settings were chosen on seasons of real matches (`npm run ml:bench:quality` measures their worth). After a
deliberate change, print `numbers()` and record them again.
"""

from __future__ import annotations

import numpy as np
import pytest

from features.catalogue import FEATURES
from features.ratings.state import MatchArrays
from tests.features.test_ratings import passed, two_divisions


def eventful() -> MatchArrays:
    """Two divisions over several years, with cup matches, red cards and different prices."""
    matches = two_divisions()
    rng, n = np.random.default_rng(11), len(matches.kickoff)
    draw = rng.uniform(0.2, 0.3, n)
    others = matches.close[:, [0, 2]] * ((1.0 - draw) / 0.74)[:, None]
    return matches._replace(
        is_cup=(np.arange(n) % 11 == 0).astype(np.int8),
        reds_home=rng.integers(0, 2, n).astype(float),
        reds_away=rng.integers(0, 2, n).astype(float),
        close=np.column_stack([others[:, 0], draw, others[:, 1]]),
        close_over=rng.uniform(0.4, 0.6, n),
        moves=rng.normal(0.0, 0.2, (n, 3)),
    )


def numbers(match: int = -1, matches: MatchArrays | None = None) -> dict[str, float]:
    """Every feature of a match, by default the last, which is no cup match."""
    out, _ = passed(matches or eventful())
    return {feature.name: float(out[match, feature.column]) for feature in FEATURES}


def without_the_beginning_of(team: int) -> tuple[MatchArrays, int]:
    """The eventful years without the early matches of a team, and the row of its first league match."""
    matches = eventful()
    late = matches.kickoff > np.quantile(matches.kickoff, 0.6)
    rows = late | ((matches.home != team) & (matches.away != team))
    matches = MatchArrays(*(column[rows] for column in matches))
    plays = ((matches.home == team) | (matches.away == team)) & (matches.is_cup == 0)
    return matches, int(np.flatnonzero(plays)[0])


EXPECTED = {
    "home_elo": 1334.9,
    "away_elo": 1343.5,
    "elo_difference": 53.428,
    "elo_expected_score": 0.57629,
    "goals_supremacy": 0.43854,
    "performance_supremacy": 1.5646,
    "performance_supremacy_recent": 1.6556,
    "performance_supremacy_lasting": 1.057,
    "performance_uncertainty": 0.22089,
    "home_attack": -0.1198,
    "home_defence": -0.1895,
    "away_attack": -0.13734,
    "away_defence": -0.16674,
    "home_expected_goals": 1.4993,
    "away_expected_goals": 1.1899,
    "home_expected_goals_recent": 1.4048,
    "away_expected_goals_recent": 1.1065,
    "home_expected_on_target": 4.6307,
    "away_expected_on_target": 2.7948,
    "poisson_home_win": 0.44355,
    "poisson_draw": 0.25519,
    "poisson_over": 0.50371,
    "poisson_both_score": 0.54038,
    "home_points_last_5": 1,
    "away_points_last_5": 0.4,
    "home_goals_for_last_5": 1,
    "away_goals_for_last_5": 0.8,
    "home_goals_against_last_5": 1,
    "away_goals_against_last_5": 1.6,
    "home_points_last_10": 0.9,
    "away_points_last_10": 0.7,
    "home_points_at_venue": 0.8,
    "away_points_at_venue": 1,
    "home_points_season": 1.1923,
    "away_points_season": 1.0435,
    "home_rest_days": 7,
    "away_rest_days": 7,
    "home_matches_30_days": 4,
    "away_matches_30_days": 4,
    "home_shots_for": 10.88,
    "away_shots_for": 9.1223,
    "home_shots_against": 14.22,
    "away_shots_against": 17.279,
    "home_on_target_for": 3.2904,
    "away_on_target_for": 2.8636,
    "home_on_target_against": 4.5311,
    "away_on_target_against": 5.4237,
    "home_corners_for": 5.2133,
    "away_corners_for": 4.399,
    "home_corners_against": 6.8232,
    "away_corners_against": 8.4176,
    "market_supremacy": 0.38118,
    "market_supremacy_recent": 0.65611,
    "market_uncertainty": 0.15434,
    "market_draw_excess": -0.23429,
    "market_home_win": 0.45099,
    "market_draw": 0.24096,
    "market_away_win": 0.30805,
    "home_market_goals": 1.3446,
    "away_market_goals": 1.075,
    "market_over": 0.43539,
    "market_both_score": 0.48701,
    "home_surprise": -0.32578,
    "away_surprise": -1.4913,
    "home_surprise_season": -0.6221,
    "away_surprise_season": -1.2714,
    "home_price_drift": 0.042719,
    "away_price_drift": 0.081234,
    "home_price_drift_last": -0.0143,
    "away_price_drift_last": 0.14378,
    "supremacy_move": 0.061383,
    "draw_move": -0.039266,
    "goals_move": 0.042838,
    "league_goals": 2.7569,
    "league_home_margin": 0.32318,
    "league_draws": 0.22459,
    "season_progress": 0.875,
    "is_cup": 0,
    "home_matches": 167,
    "away_matches": 167,
    "home_matches_in_league": 153,
    "away_matches_in_league": 144,
}


EXPECTED_OF_MOVERS = {
    "home": {
        "home_elo": 1515.1,
        "away_elo": 1380.2,
        "elo_difference": 196.35,
        "elo_expected_score": 0.75589,
        "goals_supremacy": 2.0126,
        "performance_supremacy": 3.1978,
        "performance_supremacy_recent": 3.2548,
        "performance_supremacy_lasting": 2.7264,
        "performance_uncertainty": 0.52173,
        "home_attack": 0.28142,
        "home_defence": 0.095665,
        "away_attack": -0.10447,
        "away_defence": -0.15682,
        "home_expected_goals": 2.1993,
        "away_expected_goals": 0.92187,
        "home_expected_goals_recent": 2.2892,
        "away_expected_goals_recent": 0.80669,
        "home_expected_on_target": 6.6809,
        "away_expected_on_target": 1.9816,
        "poisson_home_win": 0.66433,
        "poisson_draw": 0.19047,
        "poisson_over": 0.60341,
        "market_supremacy": 1.154,
        "market_supremacy_recent": 0.68717,
        "market_uncertainty": 0.51905,
        "market_draw_excess": -0.10523,
        "market_home_win": 0.58368,
        "market_draw": 0.23223,
        "market_away_win": 0.18407,
        "home_market_goals": 1.8217,
        "away_market_goals": 0.92522,
        "market_over": 0.51778,
        "market_both_score": 0.5059,
    },
    "away": {
        "home_elo": 1287.4,
        "away_elo": 1598.8,
        "elo_difference": -249.99,
        "elo_expected_score": 0.19169,
        "goals_supremacy": -2.2589,
        "performance_supremacy": -2.6054,
        "performance_supremacy_recent": -2.8663,
        "performance_supremacy_lasting": -2.2835,
        "performance_uncertainty": 0.52174,
        "home_attack": -0.31723,
        "home_defence": -0.25045,
        "away_attack": 0.39956,
        "away_defence": 0.16981,
        "home_expected_goals": 0.87171,
        "away_expected_goals": 2.1576,
        "home_expected_goals_recent": 0.65882,
        "away_expected_goals_recent": 2.1929,
        "home_expected_on_target": 2.4608,
        "away_expected_on_target": 6.3931,
        "poisson_home_win": 0.13971,
        "poisson_draw": 0.19213,
        "poisson_over": 0.58334,
        "market_supremacy": -0.90834,
        "market_supremacy_recent": -0.60339,
        "market_uncertainty": 0.51909,
        "market_draw_excess": -0.13841,
        "market_home_win": 0.21846,
        "market_draw": 0.23971,
        "market_away_win": 0.54183,
        "home_market_goals": 1.0519,
        "away_market_goals": 1.7928,
        "market_over": 0.54114,
        "market_both_score": 0.54239,
    },
}
"""The first match in another division of a team that went up or down, at home or away."""
MOVERS = {"home": 1125, "away": 1124}


EXPECTED_OF_NEWCOMERS = {
    "home": {
        "away_elo": 1563.6,
        "elo_difference": -28.998,
        "elo_expected_score": 0.45837,
        "goals_supremacy": -0.54397,
        "performance_supremacy": -1.2676,
        "performance_supremacy_recent": -1.7661,
        "performance_supremacy_lasting": -0.31372,
        "performance_uncertainty": 0.49327,
        "away_attack": 0.011101,
        "away_defence": 0.067592,
        "home_expected_goals": 1.2993,
        "away_expected_goals": 1.293,
        "home_expected_goals_recent": 1.074,
        "away_expected_goals_recent": 1.2768,
        "home_expected_on_target": 3.3441,
        "away_expected_on_target": 4.7891,
        "poisson_home_win": 0.3693,
        "poisson_draw": 0.26437,
        "poisson_over": 0.47963,
        "season_progress": 0.23077,
    },
    "away": {
        "home_elo": 1431.4,
        "elo_difference": 151.15,
        "elo_expected_score": 0.70476,
        "goals_supremacy": 0.17401,
        "performance_supremacy": 0.58205,
        "performance_supremacy_recent": 0.12707,
        "performance_supremacy_lasting": 0.99778,
        "performance_uncertainty": 0.48952,
        "home_attack": -0.18531,
        "home_defence": 0.08864,
        "home_expected_goals": 1.3362,
        "away_expected_goals": 0.90564,
        "home_expected_goals_recent": 1.1546,
        "away_expected_goals_recent": 0.94545,
        "home_expected_on_target": 4.903,
        "away_expected_on_target": 3.2539,
        "poisson_home_win": 0.46689,
        "poisson_draw": 0.27941,
        "poisson_over": 0.38847,
        "season_progress": 0.2963,
    },
}
"""The first match of a team that comes out of nowhere, at home or away."""
NEWCOMERS = {"home": 2, "away": 0}


def test_every_feature_is_the_number_that_it_was() -> None:
    actual = numbers()
    assert actual.keys() == EXPECTED.keys()
    assert changed(actual, EXPECTED) == {}


@pytest.mark.parametrize("side", MOVERS)
def test_the_ratings_of_a_team_that_moved_are_the_numbers_that_they_were(side: str) -> None:
    actual = numbers(MOVERS[side])
    assert actual[f"{side}_matches_in_league"] == 0
    assert changed(actual, EXPECTED_OF_MOVERS[side]) == {}


@pytest.mark.parametrize("side", NEWCOMERS)
def test_the_ratings_of_a_newcomer_are_the_numbers_that_they_were(side: str) -> None:
    matches, first = without_the_beginning_of(NEWCOMERS[side])
    actual = numbers(first, matches)
    assert actual[f"{side}_matches"] == 0
    assert changed(actual, EXPECTED_OF_NEWCOMERS[side]) == {}


def changed(actual: dict[str, float], expected: dict[str, float]) -> dict[str, float]:
    return {
        name: actual[name]
        for name, value in expected.items()
        if actual[name] != pytest.approx(value, rel=1e-4, abs=1e-6)
    }
