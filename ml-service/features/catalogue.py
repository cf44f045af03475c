"""The features in the order of their columns: name, unit, what it says to a person, group.

All are known at the moment a forecast is made: they come from matches whose results were known by then, from the
date and teams of the coming match, and never from its prices. A missing value is NaN. `home_` and `away_` name
the teams of the coming match.
"""

from __future__ import annotations

from dataclasses import dataclass

GROUPS = ("elo", "strength", "form", "fatigue", "shots", "market_history", "league", "experience")


@dataclass(frozen=True)
class Feature:
    """One column of the feature matrix; `column` is where `features.ratings.read_row` writes it."""

    name: str
    unit: str
    description: str
    group: str
    column: int


_LOG_RATIO = "log of home chance over away chance"
_SIDES = ("home", "away")

_Row = tuple[str, str, str, str]


def _both_sides(name: str, unit: str, description: str, group: str) -> list[_Row]:
    return [(f"{side}_{name}", unit, f"{side.capitalize()} team: {description}", group) for side in _SIDES]


def _elo() -> list[_Row]:
    return [
        *_both_sides("elo", "Elo points", "Elo rating before the match", "elo"),
        ("elo_difference", "Elo points", "Home Elo minus away Elo plus the league's home advantage", "elo"),
        ("elo_expected_score", "0..1", "Home team's expected score by Elo, a draw counting half", "elo"),
    ]


def _strength() -> list[_Row]:
    return [
        ("goals_supremacy", _LOG_RATIO, "Strength difference learnt from goals", "strength"),
        (
            "performance_supremacy",
            _LOG_RATIO,
            "Strength difference from goals, shots, corners, reds",
            "strength",
        ),
        (
            "performance_supremacy_recent",
            _LOG_RATIO,
            "The same, from the latest matches above all",
            "strength",
        ),
        ("performance_supremacy_lasting", _LOG_RATIO, "The same, over years", "strength"),
        ("performance_uncertainty", _LOG_RATIO, "Standard deviation of that difference", "strength"),
        ("home_attack", "log goals", "Home team: attack against the league's average", "strength"),
        ("home_defence", "log goals", "Home team: defence against the league's average", "strength"),
        ("away_attack", "log goals", "Away team: attack against the league's average", "strength"),
        ("away_defence", "log goals", "Away team: defence against the league's average", "strength"),
        *_both_sides("expected_goals", "goals", "goals expected of the strengths", "strength"),
        *_both_sides("expected_goals_recent", "goals", "goals expected of the latest strengths", "strength"),
        *_both_sides("expected_on_target", "shots", "shots on target expected", "strength"),
        ("poisson_home_win", "0..1", "Chance of a home win by the goals expected", "strength"),
        ("poisson_draw", "0..1", "Chance of a draw by the goals expected", "strength"),
        ("poisson_over", "0..1", "Chance of over 2.5 goals by the goals expected", "strength"),
        ("poisson_both_score", "0..1", "Chance that both score by the goals expected", "strength"),
    ]


def _form() -> list[_Row]:
    return [
        *_both_sides("points_last_5", "points a match", "points over the last 5 matches", "form"),
        *_both_sides("goals_for_last_5", "goals a match", "goals scored over the last 5 matches", "form"),
        *_both_sides(
            "goals_against_last_5", "goals a match", "goals conceded over the last 5 matches", "form"
        ),
        *_both_sides("points_last_10", "points a match", "points over the last 10 matches", "form"),
        *_both_sides("points_at_venue", "points a match", "points at this venue, of the last 10", "form"),
        *_both_sides("points_season", "points a match", "points this season", "form"),
        *_both_sides("rest_days", "days", "days since the last match", "fatigue"),
        *_both_sides("matches_30_days", "matches", "matches in the last 30 days", "fatigue"),
    ]


def _shots() -> list[_Row]:
    return [
        *_both_sides("shots_for", "shots a match", "shots lately", "shots"),
        *_both_sides("shots_against", "shots a match", "shots conceded lately", "shots"),
        *_both_sides("on_target_for", "shots a match", "shots on target lately", "shots"),
        *_both_sides("on_target_against", "shots a match", "shots on target conceded lately", "shots"),
        *_both_sides("corners_for", "corners a match", "corners lately", "shots"),
        *_both_sides("corners_against", "corners a match", "corners conceded lately", "shots"),
    ]


def _market_history() -> list[_Row]:
    group = "market_history"
    return [
        ("market_supremacy", _LOG_RATIO, "Strength difference learnt from past closing prices", group),
        ("market_supremacy_recent", _LOG_RATIO, "The same, from the latest prices above all", group),
        ("market_uncertainty", _LOG_RATIO, "Standard deviation of that difference", group),
        ("market_draw_excess", "log ratio", "How far past prices favour draws beyond the usual", group),
        ("market_home_win", "0..1", "Chance of a home win that past closing prices foretell", group),
        ("market_draw", "0..1", "Chance of a draw that past closing prices foretell", group),
        ("market_away_win", "0..1", "Chance of an away win that past closing prices foretell", group),
        *_both_sides("market_goals", "goals", "goals that past closing prices foretell", group),
        ("market_over", "0..1", "Chance of over 2.5 goals that past closing prices foretell", group),
        ("market_both_score", "0..1", "Chance that both score that past closing prices foretell", group),
        *_both_sides("surprise", _LOG_RATIO, "how much better than priced it played lately", group),
        *_both_sides("surprise_season", _LOG_RATIO, "how much better than priced it played in months", group),
        *_both_sides("price_drift", _LOG_RATIO, "how far its latest prices outran its rating", group),
        *_both_sides("price_drift_last", _LOG_RATIO, "how far its last price outran its rating", group),
    ]


def _league() -> list[_Row]:
    return [
        ("league_goals", "goals a match", "Goals a match in the league", "league"),
        (
            "league_home_margin",
            "goals a match",
            "Home goals minus away goals a match in the league",
            "league",
        ),
        ("league_draws", "0..1", "Share of draws in the league", "league"),
        ("season_progress", "share", "Share of the season that the two teams have played", "league"),
        ("is_cup", "0 or 1", "Whether the match is of a cup", "league"),
        *_both_sides("matches", "matches", "matches known", "experience"),
        *_both_sides(
            "matches_in_league", "matches", "league matches since it came to this league", "experience"
        ),
    ]


def _columns() -> tuple[Feature, ...]:
    rows = [*_elo(), *_strength(), *_form(), *_shots(), *_market_history(), *_league()]
    return tuple(Feature(*row, column=column) for column, row in enumerate(rows))


FEATURES: tuple[Feature, ...] = _columns()
