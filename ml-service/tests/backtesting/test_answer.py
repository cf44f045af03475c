"""The answer holds the fields of the contract, and its figures add up."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backtesting.answer import BacktestResult, compose
from backtesting.settlement import Settlement
from testing.simulated import Simulation
from tests.backtesting.simulations import (
    ONE_PROCESS,
    TWO_YEARS,
    answer,
)


def test_the_verdict_says_whether_it_could_be_luck_and_how_many_matches_it_takes(
    efficient_answer: dict[str, Any],
) -> None:
    assert efficient_answer["evidence"]["market"]["could_be_luck"] is True
    assert efficient_answer["evidence"]["market"]["needed_to_know"] > 0
    assert re.search(r"could be luck.*take about [\d,]+ matches", efficient_answer["verdict"])


def test_the_answer_is_strict_json_of_finite_numbers(efficient_answer: dict[str, Any]) -> None:
    text = json.dumps(efficient_answer, allow_nan=False)
    assert json.loads(text) == efficient_answer


def test_the_answer_has_every_field_of_the_contract(efficient_answer: dict[str, Any]) -> None:
    assert set(efficient_answer) >= {
        *("scope", "matches", "metrics", "versus_market", "calibration", "bets"),
        *("favourite", "equity", "periods"),
    }
    assert set(efficient_answer["metrics"]) == {"model", "base_rate", "elo", "market"}
    for scores in efficient_answer["metrics"].values():
        assert set(scores) >= {"n", "log_loss", "brier", "rps", "ece", "accuracy"}
    assert set(efficient_answer["bets"]) >= {
        *("count", "won", "void", "staked", "profit", "yield", "yield_ci95"),
        *("ending_bankroll", "max_drawdown", "closing_line_value"),
    }
    assert set(efficient_answer["periods"][0]) >= {
        *("from", "to", "trained_on", "evaluated", "log_loss", "market_log_loss", "bets", "profit")
    }
    assert set(efficient_answer["versus_market"]) >= {
        *("n", "log_loss_difference", "ci95", "rps_difference", "rps_ci95")
    }


def test_profit_adds_up_in_every_breakdown(bold_answer: dict[str, Any]) -> None:
    bets = bold_answer["bets"]
    for part in ("periods", "by_league", "by_edge", "by_price"):
        assert sum(row["profit"] for row in bold_answer[part]) == pytest.approx(bets["profit"])
    assert bets["ending_bankroll"] == pytest.approx(1000.0 + bets["profit"])
    assert bold_answer["equity"][-1]["bankroll"] == pytest.approx(bets["ending_bankroll"])
    assert max(point["drawdown"] for point in bold_answer["equity"]) == bets["max_drawdown"]


def test_a_ruined_bettor_is_told_so_and_ends_with_nothing(bold_result: BacktestResult) -> None:
    lost = np.zeros(len(bold_result.book))
    lost[:4] = 250.0
    book = replace(bold_result.book, stake=lost, profit=-lost).select(lost > 0.0)
    ruined = replace(bold_result, book=book, settlement=Settlement(lost, -lost, ruined_on=17_900))
    body = compose(ruined, ONE_PROCESS.bookmakers)
    assert body["bets"]["ending_bankroll"] == 0.0
    assert body["bets"]["max_drawdown"] == 1.0
    assert body["bets"]["ruined_on"] == "2019-01-04"
    assert "The bankroll was gone by 2019-01-04 and betting stopped" in body["verdict"]


def test_markets_of_two_outcomes_have_no_rps(efficient: Simulation) -> None:
    body = answer(efficient, replace(TWO_YEARS, market="btts"))
    assert body["metrics"]["model"]["rps"] is None
    assert {row["outcome"] for row in body["calibration"]} == {"yes", "no"}


def test_notable_bets_are_explained_by_what_moved_the_model(bold_answer: dict[str, Any]) -> None:
    losses = bold_answer["notable"]["losses"]
    assert len(losses) == 10
    assert losses == sorted(losses, key=lambda bet: bet["profit"])
    assert all(len(bet["explanation"]) == 3 for bet in losses)
    assert all(abs(sum(reason["impact"].values())) < 1e-9 for bet in losses for reason in bet["explanation"])
