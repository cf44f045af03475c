"""Conclusions: their sentences, and the sample size that settles the question."""

from __future__ import annotations

import pytest

from backtesting.verdict import compare_with_market, headline, judge_profit, required_sample_size


def test_an_effect_of_its_own_interval_needs_about_twice_the_matches_for_eighty_percent_power() -> None:
    assert required_sample_size(0.01, (0.0, 0.02), 1000) == pytest.approx(
        1000 * (2.8016 / 1.96) ** 2, rel=1e-3
    )


def test_twice_the_effect_needs_a_quarter_of_the_matches() -> None:
    small, large = (
        required_sample_size(0.01, (-0.01, 0.03), 1000),
        required_sample_size(0.02, (0.0, 0.04), 1000),
    )
    assert small is not None
    assert large is not None
    assert small / large == pytest.approx(4.0, rel=1e-2)


def test_no_effect_at_all_needs_no_count() -> None:
    assert required_sample_size(0.0, (-0.01, 0.01), 1000) is None
    assert compare_with_market(500, 0.0, (-0.01, 0.01)).sentence.endswith("no difference to speak of.")


@pytest.mark.parametrize(
    ("difference", "interval", "words"),
    [
        (-0.004, (-0.006, -0.002), "more than luck explains"),
        (0.004, (0.002, 0.006), "the market is better, and that is no accident"),
        (-0.001, (-0.003, 0.001), "this could be luck; if it is real, it would take about"),
    ],
)
def test_the_sentence_about_the_market_follows_its_interval(
    difference: float, interval: tuple[float, float], words: str
) -> None:
    assert words in compare_with_market(5000, difference, interval).sentence


def test_too_few_days_are_called_that() -> None:
    assert "too few days" in compare_with_market(80, -0.1, None).sentence
    assert "too few days" in judge_profit(80, 0.2, None).sentence
    assert judge_profit(0, None, None).could_be_luck is None


def test_the_headline_puts_a_certain_loss_first() -> None:
    better = compare_with_market(5000, -0.004, (-0.006, -0.002))
    lost = judge_profit(900, -0.1, (-0.15, -0.05))
    won = judge_profit(900, 0.1, (0.05, 0.15))
    assert "lost money" in headline(better, lost, -0.004, -0.1)
    assert "made money beyond luck" in headline(better, won, -0.004, 0.1)
    assert "no market" in headline(None, judge_profit(0, None, None), None, None)
