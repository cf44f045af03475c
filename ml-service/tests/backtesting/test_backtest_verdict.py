"""What the answer concludes: sentences, samples it would take, and periods of the calendar."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from backtesting.folds import Candidates, plan_folds
from backtesting.scores import reliability
from backtesting.verdict import compare_with_market, headline, judge_profit, required_sample_size
from common.times import DAY_SECONDS, date_of, day_number


def candidates(*kickoffs: tuple[date, int, int], hours_before: int = 24) -> Candidates:
    """Candidates as (day of kick-off, league, season), at noon."""
    seconds = np.array([day_number(day) * DAY_SECONDS + DAY_SECONDS // 2 for day, _, _ in kickoffs])
    return Candidates(
        kickoff=seconds,
        as_of=seconds - hours_before * 3600,
        league_id=np.array([league for _, league, _ in kickoffs]),
        season=np.array([season for _, _, season in kickoffs]),
    )


def test_quarters_begin_with_the_calendars_and_are_cut_to_the_range() -> None:
    bet_on = candidates(
        (date(2020, 2, 20), 1, 2019), (date(2020, 4, 1), 1, 2019), (date(2020, 9, 30), 1, 2020)
    )
    folds = plan_folds(bet_on, "quarter", date(2020, 2, 15), date(2020, 9, 30))
    assert [(date_of(fold.first), date_of(fold.last)) for fold in folds] == [
        (date(2020, 2, 15), date(2020, 3, 31)),
        (date(2020, 4, 1), date(2020, 6, 30)),
        (date(2020, 7, 1), date(2020, 9, 30)),
    ]


def test_months_without_matches_are_left_out() -> None:
    bet_on = candidates((date(2020, 11, 20), 1, 2020), (date(2021, 1, 3), 1, 2020))
    folds = plan_folds(bet_on, "month", date(2020, 11, 1), date(2021, 1, 31))
    assert [date_of(fold.first) for fold in folds] == [date(2020, 11, 1), date(2021, 1, 1)]


def test_every_match_is_of_exactly_one_period() -> None:
    days = [(date_of(day_number(date(2020, 1, 1)) + 11 * n), 1 + n % 3, 2020) for n in range(60)]
    for refit in ("month", "quarter", "season"):
        folds = plan_folds(candidates(*days), refit, date(2020, 1, 1), date(2021, 12, 31))
        assert sorted(np.concatenate([fold.rows for fold in folds]).tolist()) == list(range(60))


def test_a_bet_before_the_period_begins_moves_its_models_knowledge_back() -> None:
    bet_on = candidates((date(2020, 4, 1), 1, 2019), (date(2020, 5, 1), 1, 2019))
    (fold,) = plan_folds(bet_on, "quarter", date(2020, 4, 1), date(2020, 6, 30))
    assert fold.cutoff == bet_on.as_of[0] == (day_number(date(2020, 3, 31))) * DAY_SECONDS + DAY_SECONDS // 2


def test_a_bet_long_before_its_period_has_a_period_of_its_own_and_ages_no_other_model() -> None:
    bet_on = candidates((date(2020, 4, 20), 1, 2019), (date(2020, 5, 1), 1, 2019))
    bet_on.as_of[1] = day_number(date(2019, 12, 1)) * DAY_SECONDS
    usual, early = plan_folds(bet_on, "quarter", date(2020, 4, 1), date(2020, 6, 30))
    assert (usual.cutoff, usual.rows.tolist()) == (day_number(date(2020, 4, 1)) * DAY_SECONDS, [0])
    assert (early.cutoff, early.rows.tolist()) == (bet_on.as_of[1], [1])
    assert date_of(early.first) == date_of(early.last) == date(2020, 5, 1)


def test_a_model_knows_nothing_from_the_first_day_of_its_period_on() -> None:
    (fold,) = plan_folds(
        candidates((date(2020, 4, 20), 1, 2019)), "quarter", date(2020, 4, 1), date(2020, 6, 30)
    )
    assert fold.cutoff == day_number(date(2020, 4, 1)) * DAY_SECONDS


def test_season_periods_follow_each_leagues_own_season() -> None:
    autumn = [(date(2020, 8, 15), 1, 2020), (date(2021, 5, 1), 1, 2020), (date(2021, 8, 14), 1, 2021)]
    summer = [(date(2021, 3, 1), 2, 2021), (date(2021, 11, 1), 2, 2021)]
    folds = plan_folds(candidates(*autumn, *summer), "season", date(2020, 7, 1), date(2021, 12, 31))
    assert [(date_of(fold.first), date_of(fold.last)) for fold in folds] == [
        (date(2020, 8, 15), date(2021, 5, 1)),
        (date(2021, 3, 1), date(2021, 11, 1)),
        (date(2021, 8, 14), date(2021, 8, 14)),
    ]


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


def test_a_perfect_forecast_stays_within_its_noise_band_nineteen_times_in_twenty() -> None:
    generator = np.random.default_rng(5)
    home = generator.uniform(0.05, 0.9, 60_000)
    labels = np.where(generator.uniform(size=60_000) < home, 0, 1).astype(np.int8)
    rows = reliability(np.column_stack([home, 1.0 - home]), labels, ("yes", "no"))
    inside = [row["low"] <= row["observed"] <= row["high"] for row in rows]
    assert np.mean(inside) > 0.85
    assert sum(row["n"] for row in rows) == 120_000
    assert all(row["from"] <= row["predicted"] <= row["to"] for row in rows)
