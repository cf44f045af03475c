"""Remarks name leagues with odd data, and no others."""

from __future__ import annotations

from datetime import datetime, timezone

import numpy as np
import pandas as pd
import pytest

from db.league_remarks import MAX_LISTED, league_remarks
from db.rows import NO_API_ID
from db.schema import FINISHED, OPEN

NOW = int(datetime(2024, 6, 1, tzinfo=timezone.utc).timestamp())


def leagues(*names: str, cups: tuple[int, ...] = ()) -> pd.DataFrame:
    """Leagues with ids from 1 of one country."""
    ids = range(1, len(names) + 1)
    return pd.DataFrame(
        {
            "league_id": ids, "api_id": NO_API_ID, "name": names, "country_id": 1, "country": "Land",
            "is_cup": [i in cups for i in ids],
        }
    )  # fmt: skip


def matches(seasons: dict[int, list[int]], state: np.int8 = FINISHED) -> pd.DataFrame:
    """One match per season, in the May after it begins, by league."""
    rows = [(league, season) for league, years in seasons.items() for season in years]
    kickoff = [int(datetime(season + 1, 5, 12, tzinfo=timezone.utc).timestamp()) for _, season in rows]
    ids, years = zip(*rows, strict=True)
    return pd.DataFrame({"league_id": ids, "season": years, "kickoff": kickoff, "state": state})


WHOLE = [2020, 2021, 2022, 2023]


def test_sound_leagues_and_leagues_without_matches_are_not_remarked_on() -> None:
    assert league_remarks(matches({1: WHOLE}), leagues("Premier League", "12/08/2023"), NOW) == ()


def test_no_matches_at_all_are_no_remark() -> None:
    none = matches({1: WHOLE}).iloc[:0]
    assert league_remarks(none, leagues("Premier League"), NOW) == ()


@pytest.mark.parametrize(
    "name",
    [
        "12/08/2023",
        "2023-08-12",
        "2023-08-12 15:00",
        "12.8.23",
        "12 Aug 2023",
        "2-Jan",
        "Aug-23",
        "2023/24",
        "45150",
    ],
)
def test_a_name_that_looks_like_a_date_is_named(name: str) -> None:
    (remark,) = league_remarks(matches({1: WHOLE, 2: WHOLE}), leagues("Serie A", name), NOW)
    assert remark.startswith(f"{name} (Land) (league_id 2): the name looks like a date")


@pytest.mark.parametrize("name", ["2. Bundesliga", "Ligue 1", "1. Division", "U19", "Serie A 2", "March Cup"])
def test_other_names_with_numbers_are_names(name: str) -> None:
    assert league_remarks(matches({1: WHOLE}), leagues(name), NOW) == ()


def test_seasons_missing_between_others_are_named_with_their_league() -> None:
    remarks = league_remarks(matches({1: [2012, 2014, 2018, 2019, 2023], 2: WHOLE}), leagues("A", "B"), NOW)
    (remark,) = remarks
    assert remark.startswith(
        "A (Land): of the seasons 2012 to 2023, 2013, 2015 to 2017, 2020 to 2022 are missing"
    )


def test_a_season_with_fixtures_but_no_result_is_missing() -> None:
    frame = pd.concat([matches({1: [2021, 2023]}), matches({1: [2022]}, OPEN)])
    (remark,) = league_remarks(frame, leagues("A"), NOW)
    assert "2022 are missing" in remark


def test_cups_may_be_played_every_few_years() -> None:
    assert league_remarks(matches({1: [2011, 2015, 2019, 2023]}), leagues("World Cup", cups=(1,)), NOW) == ()


def test_old_newest_results_are_named_newest_first_and_of_many_how_many() -> None:
    several = {league: list(range(2010, 2023 - league)) for league in range(1, MAX_LISTED + 3)}
    (remark,) = league_remarks(matches(several), leagues(*"ABCDE"), NOW)
    assert remark.startswith(
        "A (Land) (to 2022-05-12), B (Land) (to 2021-05-12), C (Land) (to 2020-05-12) and 2 other leagues"
    )
    assert "180 days" in remark
