"""Folds are periods of the calendar or of leagues, and their models know no later results."""

from __future__ import annotations

from datetime import date

import numpy as np

from backtesting.folds import Candidates, plan_folds
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
