"""Strengths learnt from the closing prices of past matches, and how teams did beside them."""

from __future__ import annotations

import math
from functools import partial

from common.numba_cache import njit_in_place
from features.ratings.averages import update_both_sides, write_averages
from features.ratings.column import LOG_RATIO, RatingColumn, both_sides
from features.ratings.performance import goals_and_chances, performance
from features.ratings.poisson import score_grid
from features.ratings.state import (
    DRIFT,
    LAST_DRIFT,
    OBSERVED,
    SURPRISE,
    SURPRISE_SLOW,
    Features,
    Fixture,
    Floats,
    MatchView,
    Result,
    State,
    fill,
    nan_unless,
)
from features.ratings.strength_settings import (
    LOG_RATIO_TO_RATES,
    MARKET,
    MARKET_DRAW,
    MARKET_FAST,
    MARKET_TOTAL,
    NOISE,
    NOISE_SQUARED,
)
from features.ratings.strengths import add_surprise, expectation, observe, uncertainty

_column = partial(RatingColumn, group="market_history", source="past_prices")
_in_price = partial(RatingColumn, group="market_history", source="past_prices", in_price=True)

COLUMNS = (
    _in_price("market_supremacy", LOG_RATIO, "Strength difference learnt from past closing prices"),
    _in_price("market_supremacy_recent", LOG_RATIO, "The same, from the latest prices above all"),
    _column("market_uncertainty", LOG_RATIO, "Standard deviation of that difference"),
    _in_price("market_draw_excess", "log ratio", "How far past prices favour draws beyond the usual"),
    _in_price("market_home_win", "0..1", "Chance of a home win that past closing prices imply"),
    _in_price("market_draw", "0..1", "Chance of a draw that past closing prices imply"),
    _in_price("market_away_win", "0..1", "Chance of an away win that past closing prices imply"),
    *both_sides(_in_price, "market_goals", "goals", "goals that past closing prices imply"),
    _in_price("market_over", "0..1", "Chance of over 2.5 goals that past closing prices imply"),
    _in_price("market_both_score", "0..1", "Chance that both score that past closing prices imply"),
    *both_sides(_column, "surprise", LOG_RATIO, "how much better than priced it played lately"),
    *both_sides(_in_price, "surprise_season", LOG_RATIO, "how much better than priced it played in months"),
    *both_sides(_column, "price_drift", LOG_RATIO, "how far its latest prices outran its rating"),
    *both_sides(_in_price, "price_drift_last", LOG_RATIO, "how far its last price outran its rating"),
)


@njit_in_place
def log_total(over: float, supremacy: float) -> float:
    """log(rate home) + log(rate away) behind the price of over 2.5 goals.

    The total of two Poisson variables is Poisson: its mean T solves P(N > 2; T) = over, by Newton's method. With
    the log ratio d of the rates, the sum of their logs is 2 log(T / 2) - 2 log cosh(d / 2).
    """
    mean = 2.6
    for _ in range(6):
        tail = math.exp(-mean) * (1.0 + mean + 0.5 * mean * mean)
        mean -= (1.0 - tail - over) / (0.5 * math.exp(-mean) * mean * mean)
        mean = min(max(mean, 0.5), 8.0)
    ratio = LOG_RATIO_TO_RATES * supremacy
    return 2.0 * math.log(0.5 * mean) - 2.0 * math.log(math.cosh(0.5 * ratio))


@njit_in_place
def draw_excess(home: float, draw: float, away: float) -> float:
    """log(draw / sqrt(home * away)) less what is usual at that supremacy (fitted to closing prices 2010-14)."""
    square = math.log(home / away) ** 2
    usual = -0.19758 - 0.029739 * square - 0.0011916 * square * square
    return math.log(draw / math.sqrt(home * away)) - usual


@njit_in_place
def three_way(supremacy: float, excess: float) -> tuple[float, float, float]:
    """Probabilities of home, draw and away from log(home / away) and the draw's excess: inverse of `draw_excess`."""
    square = supremacy * supremacy
    draw = math.exp(excess - 0.19758 - 0.029739 * square - 0.0011916 * square * square)
    home, away = math.exp(0.5 * supremacy), math.exp(-0.5 * supremacy)
    total = home + draw + away
    return home / total, draw / total, away / total


@njit_in_place
def update(result: Result, state: State, settings: Floats, fixture: Fixture) -> None:
    """Follow the closing price, then take in how the match went beside it."""
    home, draw, away = result.close_home, result.close_draw, result.close_away
    if math.isnan(home + draw + away):
        return
    supremacy = math.log(home / away)
    drift = 0.0
    for f in (MARKET_FAST, MARKET):
        noise = settings[f, NOISE] * (1.0 + settings[f, NOISE_SQUARED] * supremacy * supremacy)
        drift = observe(state, settings, f, fixture, supremacy, noise)
    excess = draw_excess(home, draw, away)
    observe(state, settings, MARKET_DRAW, fixture, excess, settings[MARKET_DRAW, NOISE])
    value, noise = performance(result)
    surprise = (value - supremacy) / noise
    add_surprise(state, settings, MARKET, fixture, surprise)
    add_surprise(state, settings, MARKET_FAST, fixture, surprise)
    for a in (SURPRISE, SURPRISE_SLOW):
        update_both_sides(state, fixture, a, surprise, -surprise)
    for a in (DRIFT, LAST_DRIFT):
        update_both_sides(state, fixture, a, drift, -drift)
    update_total(result, state, settings, fixture, supremacy)


@njit_in_place
def update_total(result: Result, state: State, settings: Floats, fixture: Fixture, supremacy: float) -> None:
    """Follow the closing price of over 2.5 goals, then the goals themselves."""
    if math.isnan(result.close_over):
        return
    total = log_total(result.close_over, supremacy)
    observe(state, settings, MARKET_TOTAL, fixture, total, settings[MARKET_TOTAL, NOISE])
    mean = 2.0 * math.exp(0.5 * total) * math.cosh(0.5 * LOG_RATIO_TO_RATES * supremacy)
    home, away = goals_and_chances(result)
    surprise = min(home + away, 8.0) - mean
    add_surprise(state, settings, MARKET_TOTAL, fixture, surprise)
    add_surprise(state, settings, MARKET_DRAW, fixture, surprise)


@njit_in_place
def prices_observed(state: State, f: int, fixture: Fixture) -> float:
    """Priced matches behind the team with fewer of them, by the prices that strength `f` follows."""
    return float(min(state.teams[fixture.home, OBSERVED + f], state.teams[fixture.away, OBSERVED + f]))


@njit_in_place
def write(view: MatchView, out: Features, at: int) -> int:
    """Write the values of COLUMNS from column `at` on; returns the column after them."""
    state, settings, fixture, base = view.state, view.settings, view.fixture, view.base
    home, away = view.home_arrival, view.away_arrival
    supremacy = expectation(state, settings, MARKET, fixture, base, home, away)
    recent = expectation(state, settings, MARKET_FAST, fixture, base, home, away)
    excess = expectation(state, settings, MARKET_DRAW, fixture, base, home, away)
    total = expectation(state, settings, MARKET_TOTAL, fixture, base, home, away)
    deviation = uncertainty(state, settings, MARKET, fixture, home, away)
    at = write_supremacy(
        prices_observed(state, MARKET, fixture), supremacy, recent, deviation, excess, out, at
    )
    at = write_total(prices_observed(state, MARKET_TOTAL, fixture), total, supremacy, out, at)
    return write_averages(state, fixture, SURPRISE, LAST_DRIFT, out, at)


@njit_in_place
def write_supremacy(
    prices: float,
    supremacy: float,
    recent: float,
    deviation: float,
    excess: float,
    out: Features,
    at: int,
) -> int:
    """Supremacy behind past prices, and the probabilities of the match winner from it."""
    home, draw, away = three_way(supremacy, excess)
    return fill(
        out,
        at,
        (
            nan_unless(prices, supremacy),
            nan_unless(prices, recent),
            nan_unless(prices, deviation),
            nan_unless(prices, excess),
            nan_unless(prices, home),
            nan_unless(prices, draw),
            nan_unless(prices, away),
        ),
    )


@njit_in_place
def write_total(prices: float, total: float, supremacy: float, out: Features, at: int) -> int:
    """Goal rates of both teams behind past prices, and over 2.5 and both to score from them."""
    ratio = LOG_RATIO_TO_RATES * supremacy
    home, away = math.exp(0.5 * (total + ratio)), math.exp(0.5 * (total - ratio))
    scores = score_grid(min(home, 12.0), min(away, 12.0))
    return fill(
        out,
        at,
        (
            nan_unless(prices, home),
            nan_unless(prices, away),
            nan_unless(prices, scores.over),
            nan_unless(prices, scores.both),
        ),
    )
