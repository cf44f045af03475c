"""Compiles what training and serving use before their first use: `python -m models.compile`.

numba keeps what it has compiled. This needs numba and pandas alone, so that it can begin while the other packages are
on their way.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from features.catalogue import FEATURES
from features.compile import compile_features
from live.connectivity import Pools
from markets.further import DOUBLE_CHANCE
from markets.market_features import DEVIATIONS, deviations
from markets.match_winner import MATCH_WINNER
from markets.prices import Board
from models.closing_errors import ClosingErrors
from models.leaf_values import add_to_leaves
from models.quickscorer import Trees
from models.soft_labels import cross_entropy, objective
from models.training_data import TrainingData
from models.tree_contributions import TreeContributions
from scores.settlement import settled


def _compare_bookmakers() -> None:
    """Compare the bookmakers of no fixtures."""
    ids, odds = np.empty(0, dtype=np.int64), np.empty((0, 3))
    deviations(Board(0, 3, ids, ids, ids, odds), odds, odds)


def _link_teams() -> None:
    """Link no teams."""
    teams, moments = np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64)
    pools = Pools(2)
    pools.add(teams, teams, moments)
    pools.connected(0, 1, 0)


def _fit_to_labels(outcomes: int) -> None:
    """Take gradient and loss of two matches."""
    targets = np.full((2, outcomes), 1.0 / outcomes)
    # As LightGBM has them: outcome by outcome, or of the only score.
    scores = np.zeros((2, outcomes), order="F") if outcomes > 2 else np.zeros(2)
    unused: Any = None
    for function in (objective(targets), cross_entropy(targets)):
        function(scores, unused)


def _correct_closing_prices() -> None:
    """Learn from no matches what closing prices get wrong."""
    moments, prices = np.empty(0, dtype=np.int64), np.empty((0, MATCH_WINNER.size))
    ClosingErrors.of(
        TrainingData(
            market=MATCH_WINNER,
            features=np.empty((0, len(FEATURES)), dtype=np.float32),
            labels=np.empty(0, dtype=np.int8),
            kickoff=moments,
            known_at=moments,
            implied=prices,
            deviations=np.empty((0, len(DEVIATIONS)), dtype=np.float32),
            closing=prices,
            closed_later=np.empty(0, dtype=np.bool_),
        )
    )


def _refit_leaves() -> None:
    """Add no matches to no leaves."""
    gradient = np.empty(0, dtype=np.float32)
    add_to_leaves(np.empty(0, dtype=np.uint8), gradient, gradient, np.empty((2, 0)))


def _settle_bets() -> None:
    """Settle bets on no matches."""
    settled(DOUBLE_CHANCE, np.zeros(1), np.empty((0, 1)), np.empty(0))


def _walk_trees() -> None:
    """Walk no trees, and explain what they say."""
    counts, masks = np.empty(0, dtype=np.uint32), np.empty(0, dtype=np.uint64)
    trees = Trees(1, 1, counts, counts, np.empty(0, dtype=np.float32), masks, masks, np.empty(0))
    row = np.zeros((1, 1), dtype=np.float32)
    trees.predict(row)
    small, nothing = np.empty(0, dtype=np.uint8), np.empty(0)
    TreeContributions(trees, small, small, nothing, nothing, small, np.zeros(1)).of(row)


if __name__ == "__main__":
    compile_features()
    _compare_bookmakers()
    _link_teams()
    _walk_trees()
    _settle_bets()
    _correct_closing_prices()
    _refit_leaves()
    for outcomes in (2, 3):
        _fit_to_labels(outcomes)
