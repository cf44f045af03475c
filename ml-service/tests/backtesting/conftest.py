"""Backtests that several modules use, computed once."""

from __future__ import annotations

from typing import Any

import pytest

from backtesting.answer import BacktestResult, compose
from testing.simulated import Simulation, simulate
from tests.backtesting.simulations import BOLD, EFFICIENT, ONE_PROCESS, backtest


@pytest.fixture(scope="session")
def efficient() -> Simulation:
    return simulate(EFFICIENT)


@pytest.fixture(scope="session")
def efficient_result(efficient: Simulation) -> BacktestResult:
    return backtest(efficient)


@pytest.fixture(scope="session")
def efficient_answer(efficient_result: BacktestResult) -> Any:
    return compose(efficient_result, ONE_PROCESS.bookmakers)


@pytest.fixture(scope="session")
def bold_result(efficient: Simulation) -> BacktestResult:
    """The backtest of a model without prices, which sees many edges where there are none."""
    return backtest(efficient, BOLD)


@pytest.fixture(scope="session")
def bold_answer(bold_result: BacktestResult) -> Any:
    return compose(bold_result, ONE_PROCESS.bookmakers)
