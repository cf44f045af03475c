"""Selections of leagues, checked before they are used."""

from __future__ import annotations

import pytest

from db.leagues import League, check_leagues
from errors import InvalidRequest, LeagueNotFound

LEAGUES = {
    league.league_id: league
    for league in (
        League(39, "Ligue 1", "Country 4", 1039),
        League(40, "Cup", None, -1),
        League(1491, "Premier League", "England", 39),
        League(1494, "La Liga", "Spain", 140),
    )
}
PLAYED = frozenset({1491, 1494})


def test_leagues_with_matches_are_a_selection() -> None:
    check_leagues((1491, 1494), LEAGUES, PLAYED)


def test_a_league_without_matches_is_named_and_so_is_the_one_that_was_meant() -> None:
    with pytest.raises(InvalidRequest) as refused:
        check_leagues((1491, 39), LEAGUES, PLAYED)
    assert refused.value.message == (
        "league 39, Ligue 1 (Country 4), has no matches; 39 is the api_id of 1491 Premier League (England)"
    )
    assert refused.value.fields == {"league_ids": "leagues without matches: 39"}


def test_every_league_without_matches_is_named() -> None:
    with pytest.raises(InvalidRequest, match=r"league 39, Ligue 1 .*; league 40, Cup, has no matches$"):
        check_leagues((40, 39), LEAGUES, PLAYED)


def test_ids_that_no_league_has_are_all_named() -> None:
    with pytest.raises(LeagueNotFound, match=r"^there is no league 7, 77$") as refused:
        check_leagues((77, 7, 39), LEAGUES, PLAYED)
    assert refused.value.hint == LeagueNotFound.default_hint


def test_an_api_id_that_is_no_id_of_a_league_is_named_with_the_right_one() -> None:
    with pytest.raises(LeagueNotFound) as refused:
        check_leagues((140,), LEAGUES, PLAYED)
    assert refused.value.hint == "140 is the api_id of 1494 La Liga (Spain)"


def test_of_many_ids_that_no_league_has_the_first_are_named() -> None:
    with pytest.raises(LeagueNotFound, match=r"^there is no league 2000, .*, 2009 and 90 more$"):
        check_leagues(range(2000, 2100), LEAGUES, PLAYED)
