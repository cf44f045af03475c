"""The benchmark of young databases removes the prices that it claims to remove."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.young import ALL, BOOKMAKER, ONE, with_last_prices
from db.dataset import Dataset
from markets.prices import Quotes
from testing.simulated import DAY, Plan, simulate

DAYS = 40


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    whole = simulate(Plan(seasons=3)).dataset
    other = replace(whole.quotes, bookmaker_id=np.full(len(whole.quotes), 4))
    return replace(whole, quotes=Quotes.joined([whole.quotes, other]))


@pytest.mark.parametrize("kind", [ONE, ALL])
def test_only_the_last_days_and_what_comes_have_prices(kind: str, dataset: Dataset) -> None:
    frame = dataset.fixtures
    moment = int(frame["kickoff"].quantile(0.7))
    young = with_last_prices(dataset, kind, moment, DAYS)
    assert young.fixtures["kickoff"].min() < moment - 300 * DAY
    kickoff = young.fixtures.set_index("fixture_id")["kickoff"]
    priced = kickoff.loc[np.unique(young.quotes.fixture_id)]
    assert moment - DAYS * DAY <= priced.min() < moment < priced.max()


def test_one_bookmaker_has_one_price_a_match(dataset: Dataset) -> None:
    moment = int(dataset.fixtures["kickoff"].quantile(0.7))
    quotes = with_last_prices(dataset, ONE, moment, DAYS).quotes
    assert set(quotes.bookmaker_id.tolist()) == {BOOKMAKER}
    assert len(np.unique(quotes.fixture_id)) == len(quotes)
