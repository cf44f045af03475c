"""Which teams are linked by matches, and since when: ratings of unlinked teams are not comparable."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from common.arrays import Ints
from common.numba_cache import njit
from common.times import NEVER

Indices = NDArray[np.int32]


@njit
def root_at(parent: Indices, linked_at: Ints, team: int, moment: int) -> int:
    """The team that represents `team`'s pool at `moment`."""
    while linked_at[team] <= moment:
        team = parent[team]
    return team


@njit
def same_pool(parent: Indices, linked_at: Ints, first: int, second: int, moment: int) -> bool:
    """Whether two teams were in one pool at `moment`."""
    return root_at(parent, linked_at, first, moment) == root_at(parent, linked_at, second, moment)


@njit
def link(
    home: Indices, away: Indices, known_at: Ints, parent: Indices, linked_at: Ints, size: Indices
) -> None:
    """Link the teams of matches sorted by `known_at`: union by size with dated links (Tarjan 1975).

    `parent`, `linked_at` and `size` have shape (teams,); the root of a pool has linked_at NEVER.
    """
    for match in range(len(home)):
        moment = known_at[match]
        first = root_at(parent, linked_at, home[match], moment)
        second = root_at(parent, linked_at, away[match], moment)
        if first == second:
            continue
        if size[first] < size[second]:
            first, second = second, first
        parent[second] = first
        linked_at[second] = moment
        size[first] += size[second]


class Pools:
    """Pools of teams linked by common opponents, at any moment."""

    def __init__(self, teams: int) -> None:
        self._parent = np.arange(teams, dtype=np.int32)
        self._linked_at = np.full(teams, NEVER, dtype=np.int64)
        self._size = np.ones(teams, dtype=np.int32)

    @classmethod
    def of(cls, parent: Indices, linked_at: Ints, size: Indices) -> Pools:
        """The pools of these `arrays`."""
        pools = cls(0)
        pools._parent, pools._linked_at, pools._size = parent, linked_at, size
        return pools

    def arrays(self) -> tuple[Indices, Ints, Indices]:
        """For each team, as `link` has them: its parent, since when, and the size of its pool."""
        return self._parent, self._linked_at, self._size

    def copy(self, teams: int) -> Pools:
        """An independent copy for `teams` teams, at least as many as here."""
        other = Pools(teams)
        count = len(self._parent)
        other._parent[:count] = self._parent
        other._linked_at[:count] = self._linked_at
        other._size[:count] = self._size
        return other

    def add(self, home: Indices, away: Indices, known_at: Ints) -> None:
        """Link the teams of these matches, sorted by `known_at` and later than all earlier calls'."""
        link(home, away, known_at, self._parent, self._linked_at, self._size)

    def connected(self, home: int, away: int, moment: int) -> bool:
        """Whether the two teams were in one pool at `moment` (epoch seconds)."""
        return bool(same_pool(self._parent, self._linked_at, home, away, moment))
