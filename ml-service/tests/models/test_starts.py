"""Where margins start: at past prices if there are any, else at results, else at base rates."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from common.probabilities import softmax
from features.catalogue import FEATURES
from markets.match_winner import LOGIT_FEATURES, MATCH_WINNER
from markets.registry import BY_KEY
from models.init_scores import PAST_PRICES, RESULTS, starting_margins

PLACE = {feature.name: place for place, feature in enumerate(FEATURES)}
LEVEL = {
    "elo_difference": 60.0,
    "performance_supremacy": 0.4,
    "performance_supremacy_recent": 0.4,
    "performance_supremacy_lasting": 0.4,
    "home_expected_goals": 1.5,
    "away_expected_goals": 1.2,
    "home_expected_on_target": 4.8,
    "away_expected_on_target": 4.0,
    "poisson_draw": 0.26,
    "league_draws": 0.26,
    "season_progress": 0.5,
}
PRICES = {"market_home_win": 0.2, "market_draw": 0.3, "market_away_win": 0.5}


def features_of(*matches: dict[str, float]) -> NDArray[np.float32]:
    rows = np.full((len(matches), len(FEATURES)), np.nan, dtype=np.float32)
    for row, match in zip(rows, matches, strict=True):
        for name, value in match.items():
            row[PLACE[name]] = value
    return rows


def winner(start: str, *matches: dict[str, float]) -> NDArray[np.float64]:
    features = features_of(*matches)
    return softmax(starting_margins(start, MATCH_WINNER, features, np.full((len(matches), 3), np.nan)))


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("elo_difference", 160.0),
        ("performance_supremacy", 0.9),
        ("performance_supremacy_recent", 0.9),
        ("performance_supremacy_lasting", 0.9),
        ("home_expected_goals", 2.0),
        ("home_expected_on_target", 6.0),
    ],
)
def test_whatever_says_that_the_home_team_is_stronger_makes_it_likelier_to_win(
    name: str, better: float
) -> None:
    level, stronger = winner(RESULTS, LEVEL, {**LEVEL, name: better})
    assert stronger[0] > level[0]
    assert stronger[2] < level[2]


def test_the_latest_matches_count_for_more_as_the_season_goes_on() -> None:
    gained = {**LEVEL, "performance_supremacy_recent": 0.9}
    early, late = winner(RESULTS, {**gained, "season_progress": 0.1}, {**gained, "season_progress": 0.9})
    assert late[0] > early[0]


def test_without_shots_on_target_goals_stand_for_them() -> None:
    bare = {name: value for name, value in LEVEL.items() if "on_target" not in name}
    same_ratio = {**LEVEL, "home_expected_on_target": 5.0, "away_expected_on_target": 4.0}
    np.testing.assert_allclose(winner(RESULTS, bare), winner(RESULTS, same_ratio), rtol=1e-6)


def test_past_prices_come_first_then_results_then_how_often_things_happen() -> None:
    starts = winner(PAST_PRICES, {**LEVEL, **PRICES}, LEVEL, {})
    np.testing.assert_allclose(starts[0], list(PRICES.values()), rtol=1e-6)
    np.testing.assert_array_equal(starts[1], winner(RESULTS, LEVEL)[0])
    np.testing.assert_allclose(starts[2], [0.45, 0.27, 0.28])


def test_results_do_not_look_at_past_prices() -> None:
    np.testing.assert_array_equal(winner(RESULTS, {**LEVEL, **PRICES}), winner(RESULTS, LEVEL))


@pytest.mark.parametrize(("key", "name"), [("ou25", "poisson_over"), ("btts", "poisson_both_score")])
def test_markets_of_goals_start_from_the_goals_expected(key: str, name: str) -> None:
    features = features_of({name: 0.6}, {})
    margins = starting_margins(RESULTS, BY_KEY[key], features, np.full((2, 2), np.nan))
    np.testing.assert_allclose(softmax(margins), [[0.6, 0.4], [0.5, 0.5]], rtol=1e-6)


def test_the_logit_names_all_features_that_it_reads() -> None:
    level, others = winner(
        RESULTS, LEVEL, {feature.name: LEVEL.get(feature.name, 0.9) for feature in FEATURES}
    )
    np.testing.assert_array_equal(level, others)
    assert LEVEL.keys() == {*LOGIT_FEATURES}
    varied = {**LEVEL, "performance_supremacy_recent": 0.5}  # else the season does not count
    for name, value in varied.items():
        level, other = winner(RESULTS, varied, {**varied, name: 1.1 * value})
        assert not np.array_equal(level, other), name
