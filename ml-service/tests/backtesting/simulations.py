"""Backtests of simulated leagues whose true probabilities are known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from backtesting.answer import BacktestResult
from backtesting.engine import BacktestRequest, compute, evaluate
from config import Settings
from testing.simulated import BOOKMAKER, Plan, Simulation

ONE_PROCESS = Settings(threads=1, bookmakers=(BOOKMAKER,))
TWO_YEARS = BacktestRequest(date(2019, 1, 1), date(2020, 12, 31), refit="season")
BOLD = replace(TWO_YEARS, use_odds=False, min_edge=0.01)
EFFICIENT = Plan(teams=16, seasons=6)


def silent(_stage: str, _fraction: float) -> None:
    """A progress callback that does nothing."""


def backtest(simulation: Simulation, request: BacktestRequest = TWO_YEARS) -> BacktestResult:
    result = compute(simulation.dataset, request, ONE_PROCESS, silent)
    assert isinstance(result, BacktestResult)
    return result


def answer(simulation: Simulation, request: BacktestRequest = TWO_YEARS) -> Any:
    return evaluate(simulation.dataset, request, ONE_PROCESS, silent)


def true_yield(simulation: Simulation, result: BacktestResult) -> float:
    """Expected yield of the bets by the true probabilities, as a share of turnover."""
    book = result.book
    chance = simulation.truth[book.row, book.outcome]
    return float((book.stake * (chance * book.odds_taken - 1.0)).sum() / book.stake.sum())
