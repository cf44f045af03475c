"""Intervals by resampling whole days."""

from __future__ import annotations

import numpy as np

from evaluation.intervals import MIN_DAYS, day_bootstrap, mean_interval

GENERATOR = np.random.default_rng(1)


def test_the_interval_of_a_mean_of_independent_days_is_the_normal_one() -> None:
    values = GENERATOR.normal(1.0, 2.0, 4_000)
    interval = mean_interval(values, np.arange(4_000))
    assert interval is not None
    half = 1.96 * values.std() / np.sqrt(4_000)
    np.testing.assert_allclose(interval, (values.mean() - half, values.mean() + half), atol=0.0025)


def test_matches_of_one_day_that_go_alike_widen_the_interval() -> None:
    by_day = GENERATOR.normal(0.0, 1.0, 100)
    values = np.repeat(by_day, 10)
    together = mean_interval(values, np.repeat(np.arange(100), 10))
    apart = mean_interval(values, np.arange(1_000))
    assert together is not None
    assert apart is not None
    assert together[1] - together[0] > 2.5 * (apart[1] - apart[0])


def test_the_same_data_give_the_same_interval() -> None:
    values, days = GENERATOR.normal(size=200), np.arange(200) // 2
    assert mean_interval(values, days) == mean_interval(values, days)


def test_the_order_of_matches_within_a_day_does_not_matter() -> None:
    values, days = GENERATOR.integers(0, 9, 100).astype(float), np.arange(100) // 2
    assert mean_interval(values, days) == mean_interval(values.reshape(-1, 2)[:, ::-1].ravel(), days)


def test_fewer_than_thirty_days_give_no_interval_and_thirty_do() -> None:
    days = np.arange(MIN_DAYS)
    values = days.astype(float)
    assert mean_interval(values[:-1], days[:-1]) is None
    assert mean_interval(values, days) is not None


def test_no_matches_give_no_interval() -> None:
    assert mean_interval(np.empty(0), np.empty(0, dtype=np.int64)) is None


def test_a_resample_that_may_have_no_stakes_gives_no_interval() -> None:
    stakes = np.zeros(40)
    stakes[0] = 1.0
    assert day_bootstrap(stakes, stakes, np.arange(40)) is None


def test_a_ratio_weighs_days_by_their_denominators() -> None:
    profit, stakes = np.tile([1.0, 9.0], 50), np.tile([1.0, 9.0], 50)
    assert day_bootstrap(profit, stakes, np.arange(100)) == (1.0, 1.0)
