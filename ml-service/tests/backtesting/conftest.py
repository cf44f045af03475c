"""Backtests that several modules look at, computed once."""

from __future__ import annotations

from typing import Any

import pytest

from backtesting.answer import BacktestResult, compose
from testing.simulated import Simulation, simulate
from tests.backtesting.simulations import BOLD, FAIR, ONE_PROCESS, backtest


@pytest.fixture(scope="session")
def fair() -> Simulation:
    return simulate(FAIR)


@pytest.fixture(scope="session")
def fair_result(fair: Simulation) -> BacktestResult:
    return backtest(fair)


@pytest.fixture(scope="session")
def fair_answer(fair_result: BacktestResult) -> Any:
    return compose(fair_result, ONE_PROCESS.bookmakers)


@pytest.fixture(scope="session")
def bold_result(fair: Simulation) -> BacktestResult:
    """A model that has not seen the prices finds many edges that are none."""
    return backtest(fair, BOLD)


@pytest.fixture(scope="session")
def bold_answer(bold_result: BacktestResult) -> Any:
    return compose(bold_result, ONE_PROCESS.bookmakers)
