"""Which teams are linked by matches, and since when."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from live.connectivity import Pools

TEAMS = 7
MATCHES = st.lists(
    st.tuples(st.integers(0, TEAMS - 1), st.integers(0, TEAMS - 1), st.integers(0, 20)), max_size=12
).map(lambda rows: sorted(rows, key=lambda row: row[2]))


def pools_of(matches: list[tuple[int, int, int]]) -> Pools:
    pools = Pools(TEAMS)
    home, away, known_at = (np.array([row[place] for row in matches], dtype=np.int64) for place in range(3))
    pools.add(home.astype(np.int32), away.astype(np.int32), known_at)
    return pools


def reached(matches: list[tuple[int, int, int]], team: int, moment: int) -> set[int]:
    """Every team that a chain of matches known by `moment` links to `team`."""
    teams = {team}
    while True:
        more = {
            side
            for home, away, at in matches
            if at <= moment
            for side in (home, away)
            if {home, away} & teams
        }
        if more <= teams:
            return teams
        teams |= more


@given(MATCHES, st.integers(0, TEAMS - 1), st.integers(0, TEAMS - 1), st.integers(-1, 21))
def test_two_teams_are_connected_exactly_where_matches_known_by_then_lead_from_one_to_the_other(
    matches: list[tuple[int, int, int]], home: int, away: int, moment: int
) -> None:
    assert pools_of(matches).connected(home, away, moment) == (away in reached(matches, home, moment))


@given(MATCHES, MATCHES, st.integers(0, TEAMS - 1), st.integers(0, TEAMS - 1), st.integers(0, 20))
def test_what_is_linked_later_does_not_change_what_was(
    early: list[tuple[int, int, int]], late: list[tuple[int, int, int]], home: int, away: int, moment: int
) -> None:
    after = [(one, other, at + 21) for one, other, at in late]
    assert pools_of(early + after).connected(home, away, moment) == pools_of(early).connected(
        home, away, moment
    )


def test_a_copy_with_more_teams_knows_the_old_links_and_leaves_the_original_alone() -> None:
    first = pools_of([(0, 1, 5)])
    second = first.copy(TEAMS + 1)
    second.add(np.array([1], np.int32), np.array([TEAMS], np.int32), np.array([6]))
    assert second.connected(0, TEAMS, 6)
    assert not second.connected(0, TEAMS, 5)
    assert first.copy(TEAMS + 1).connected(0, TEAMS, 6) is False
