"""Stakes and settlement: one claim per test, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtesting.request import StakingRules
from backtesting.settlement import Bets, stake_and_settle
from markets.odds import kelly_share

HOUR = 3600
FLAT = StakingRules("flat", bankroll=1000.0)


def bets(*rows: tuple[float, float, float, str]) -> Bets:
    """Bets as (kick-off in hours, probability, odds, "won" | "lost" | "void"); results are known 3 hours later."""
    kickoff = np.array([row[0] * HOUR for row in rows], dtype=np.int64)
    probability, odds = (np.array([row[place] for row in rows]) for place in (1, 2))
    return Bets(
        kickoff=kickoff,
        settled_at=kickoff + 3 * HOUR,
        kelly=kelly_share(probability, odds),
        gain=np.array([{"won": price - 1.0, "lost": -1.0, "void": 0.0}[end] for _, _, price, end in rows]),
    )


def kelly(fraction: float = 1.0, cap: float = 1.0, bankroll: float = 1000.0) -> StakingRules:
    return StakingRules("kelly", fraction, cap, bankroll)


def test_flat_stakes_are_one_percent_of_the_first_bankroll_whatever_happened_since() -> None:
    settlement = stake_and_settle(
        bets((12, 0.5, 3.0, "won"), (36, 0.5, 3.0, "lost"), (60, 0.5, 3.0, "lost")), FLAT
    )
    assert settlement.stakes.tolist() == [10.0, 10.0, 10.0]
    assert settlement.profits.tolist() == [20.0, -10.0, -10.0]


def test_kelly_stakes_grow_with_the_bankroll_from_day_to_day() -> None:
    settlement = stake_and_settle(bets((12, 0.6, 2.0, "won"), (36, 0.6, 2.0, "lost")), kelly())
    assert settlement.stakes == pytest.approx([200.0, 240.0])
    assert settlement.profits == pytest.approx([200.0, -240.0])


def test_a_days_second_bet_knows_nothing_of_the_result_of_its_first() -> None:
    settlement = stake_and_settle(bets((12, 0.6, 2.0, "won"), (20, 0.6, 2.0, "won")), kelly())
    assert settlement.stakes == pytest.approx([200.0, 200.0])


def test_a_stake_unsettled_at_midnight_is_not_staked_again() -> None:
    settlement = stake_and_settle(bets((23, 0.6, 2.0, "won"), (30, 0.6, 2.0, "lost")), kelly())
    assert settlement.stakes == pytest.approx([200.0, 160.0])


def test_a_days_stakes_are_scaled_down_together_where_they_exceed_the_bankroll() -> None:
    settlement = stake_and_settle(bets(*[(12, 0.8, 2.0, "lost")] * 2, (13, 0.6, 2.0, "lost")), kelly())
    assert settlement.stakes == pytest.approx([1000 * 0.6 / 1.4, 1000 * 0.6 / 1.4, 1000 * 0.2 / 1.4])
    assert settlement.stakes.sum() == pytest.approx(1000.0)


def test_betting_stops_at_ruin_and_says_when() -> None:
    settlement = stake_and_settle(bets(*[(12, 0.99, 2.0, "lost")] * 2, (36, 0.6, 2.0, "won")), kelly())
    assert settlement.stakes[2] == 0.0
    assert settlement.placed.tolist() == [True, True, False]
    assert settlement.ruined_on == 1


def test_flat_stakes_shrink_to_what_is_left() -> None:
    lost = [(24.0 * day + 12, 0.5, 3.0, "lost") for day in range(11) for _ in range(9)]
    settlement = stake_and_settle(bets(*lost), StakingRules("flat", bankroll=50.0))
    assert settlement.stakes.sum() == pytest.approx(49.5)
    twelve = stake_and_settle(
        bets(*lost, *[(24.0 * 12, 0.5, 3.0, "lost")] * 3), StakingRules("flat", bankroll=50.0)
    )
    assert twelve.stakes[-3:] == pytest.approx([0.5 / 3] * 3)


def test_kelly_is_capped() -> None:
    assert stake_and_settle(bets((12, 0.9, 2.0, "won")), kelly(0.25, 0.05)).stakes == pytest.approx([50.0])


def test_bets_given_out_of_order_are_settled_in_order_of_time() -> None:
    forward = stake_and_settle(bets((12, 0.6, 2.0, "won"), (36, 0.6, 2.0, "lost")), kelly())
    backward = stake_and_settle(bets((36, 0.6, 2.0, "lost"), (12, 0.6, 2.0, "won")), kelly())
    assert backward.stakes.tolist() == forward.stakes[::-1].tolist()


@given(
    st.lists(
        st.tuples(
            st.floats(0, 240),
            st.floats(0.3, 0.95),
            st.floats(1.5, 9.0),
            st.sampled_from(["won", "lost", "void"]),
        ),
        min_size=1,
        max_size=25,
    ),
    st.sampled_from(["flat", "kelly"]),
)
def test_no_sequence_of_bets_makes_the_bankroll_negative(
    rows: list[tuple[float, float, float, str]], method: str
) -> None:
    made = bets(*rows)
    staking = kelly(1.0, 1.0) if method == "kelly" else StakingRules("flat", bankroll=0.05)
    settlement = stake_and_settle(made, staking)
    order = np.argsort(made.settled_at, kind="stable")
    assert (staking.bankroll + np.cumsum(settlement.profits[order])).min() >= -1e-9


def test_a_stake_below_one_is_a_bet_too() -> None:
    settlement = stake_and_settle(bets((12, 0.5, 3.0, "won")), StakingRules("flat", bankroll=50.0))
    assert settlement.stakes.tolist() == [0.5]
    assert settlement.placed.tolist() == [True]


def test_a_result_known_as_the_day_begins_is_in_its_bankroll() -> None:
    """Known 3 hours after kick-off at 21:00: at midnight."""
    settlement = stake_and_settle(
        bets((21, 0.9, 2.0, "won"), (36, 0.9, 2.0, "lost")), kelly(fraction=0.5, cap=0.1)
    )
    assert settlement.stakes.tolist() == pytest.approx([100.0, 110.0])
