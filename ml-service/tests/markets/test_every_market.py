"""Claims about every market of the registry."""

from __future__ import annotations

import os
import pickle
import re
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import config
import markets
from api.schemas import BacktestBody, PredictBody
from cli.app import _parser
from common.probabilities import softmax
from db.reader import Reader
from db.rows import PRICE_PLACES
from features.catalogue import FEATURES
from markets.market import UNKNOWN, Market
from markets.odds import implied_probabilities
from markets.registry import BY_KEY, INDEX, MARKETS, NAMES
from models.columns import inputs, is_column, price_columns
from models.init_scores import STARTS, starting_margins
from testing.edge import constant_app
from testing.leagues import add_fixture

KICKOFF = datetime(2024, 3, 2, 15, tzinfo=timezone.utc)
GOALS = np.array([(home, away) for home in range(7) for away in range(7)], dtype=np.float64).T
FOLDER = Path(markets.__file__).parent

every_market = pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.name)


def odds_of(market: Market) -> dict[str, float]:
    """A price of each outcome with some margin."""
    return {outcome: 0.9 * market.size + 0.1 * place for place, outcome in enumerate(market.outcomes)}


def unknown_features(rows: int) -> Any:
    return np.full((rows, len(FEATURES)), np.nan, dtype=np.float32)


def test_keys_names_and_what_the_database_calls_them_are_distinct() -> None:
    for values in (
        [market.key for market in MARKETS],
        [market.name for market in MARKETS],
        [market.title for market in MARKETS],
        [(market.market_id, market.line) for market in MARKETS],
        [(market.api_name.lower(), market.line) for market in MARKETS],
    ):
        assert len(set(values)) == len(MARKETS)
    assert list(BY_KEY) == list(INDEX) == [market.key for market in MARKETS]


@every_market
def test_its_file_and_its_line_of_the_registry_have_its_name(market: Market) -> None:
    assert (FOLDER / f"{market.name}.py").is_file()
    assert NAMES[INDEX[market.key]] == market.name


@every_market
def test_no_table_outside_its_file_is_keyed_by_it(market: Market) -> None:
    keyed = re.compile(rf"""["']{market.key}["']\s*:""")
    layers = ("db", "live", "features", "models", "backtesting", "jobs", "cli")
    sources = [path for layer in layers for path in (FOLDER.parent / layer).rglob("*.py")]
    assert [path.name for path in sources if keyed.search(path.read_text(encoding="utf-8"))] == []


@every_market
def test_every_score_settles_on_one_outcome_and_every_outcome_comes_true(market: Market) -> None:
    labels = market.settle(*GOALS)
    assert {*labels.tolist()} == {*range(market.size)}
    assert market.settle(np.array([np.nan, 1.0]), np.array([1.0, np.nan])).tolist() == [UNKNOWN, UNKNOWN]


@every_market
def test_a_match_with_its_teams_swapped_settles_on_the_swapped_outcome(market: Market) -> None:
    outcomes = np.eye(market.size)
    there, back = market.settle(GOALS[0], GOALS[1]), market.settle(GOALS[1], GOALS[0])
    np.testing.assert_array_equal(market.swap_teams(outcomes[there]), outcomes[back])


@every_market
def test_outcomes_are_described_and_base_rates_are_probabilities(market: Market) -> None:
    assert len(market.meanings) == len(market.base_rates) == market.size == len({*market.outcomes})
    assert sum(market.base_rates) == pytest.approx(1.0)
    assert min(market.base_rates) > 0.0
    assert market.training_share > 0.0


@every_market
def test_its_features_are_of_the_catalogue(market: Market) -> None:
    names = {feature.name for feature in FEATURES}
    assert {*market.comparison_features, *market.past_price_features} <= names
    assert len(market.past_price_features) in {0, market.size if market.size > 2 else 1}
    assert all(is_column(name) for name in price_columns(market))


@every_market
@pytest.mark.parametrize("start", STARTS)
def test_init_scores_are_probabilities_whatever_is_known(market: Market, start: str) -> None:
    implied = implied_probabilities(np.array([list(odds_of(market).values())] * 2))
    features = unknown_features(2)
    features[1] = 0.5
    probabilities = softmax(starting_margins(start, market, features, implied))
    assert probabilities.shape == (2, market.size)
    assert (probabilities > 0.0).all()
    if start != "price":
        np.testing.assert_allclose(probabilities[0], market.base_rates)


@every_market
def test_its_columns_compare_ratings_with_the_price(market: Market) -> None:
    implied = implied_probabilities(np.array([list(odds_of(market).values())]))
    features = np.full((1, len(FEATURES)), 0.4, dtype=np.float32)
    columns = [name for name in price_columns(market) if name.endswith("_against_price")]
    matrix = inputs(columns, market, features, implied, np.empty((1, 0), dtype=np.float32))
    assert len(columns) == len(market.comparison_features)
    assert np.isfinite(matrix).all()


@every_market
def test_a_price_that_node_writes_is_read_under_its_market_alone(
    market: Market, node: sqlite3.Connection, database: Path
) -> None:
    fixture, odds = add_fixture(node, kickoff=KICKOFF), tuple(odds_of(market).values())
    values: list[float | None] = [None, None, None]
    for place, price in zip(PRICE_PLACES[market.size], odds, strict=True):
        values[place] = price
    others = () if market.line is None else (market.line - 20.0, market.line + 20.0)
    for line in (market.line, *others):
        node.execute(
            "INSERT INTO V3_Odds_History (fixture_id, bookmaker_id, market_id, value_home_over, value_draw,"
            " value_away_under, handicap_value, capture_timestamp) VALUES (?, 8, ?, ?, ?, ?, ?, ?)",
            (fixture, market.market_id, *values, line, (KICKOFF - timedelta(hours=2)).isoformat()),
        )
    with closing(Reader(database)) as reader:
        quotes = reader.load().quotes
    assert quotes.market.tolist() == [INDEX[market.key]]
    assert tuple(quotes.of(market).odds[0, : market.size]) == odds


@every_market
def test_a_request_may_bring_its_prices_and_ask_for_its_backtest(market: Market) -> None:
    odds = odds_of(market)
    body = PredictBody.model_validate({"fixture_id": 1, "odds": {market.key: odds}})
    assert body.query().odds == {market.key: tuple(odds.values())}
    days = {"from": "2022-08-01", "to": "2022-08-02"}
    assert BacktestBody.model_validate({**days, "market": market.key}).market == market.key
    command = ["backtest", "--from", "2022-08-01", "--to", "2022-08-02", "--market", market.key]
    assert _parser().parse_args(command).market == market.key


@every_market
def test_the_description_of_the_service_has_it(market: Market) -> None:
    described = constant_app(config.load({}, Path(os.devnull))).openapi()
    schemas = described["components"]["schemas"]
    assert f"`{market.key}` ({market.title})" in described["info"]["description"]
    for schema in ("OddsBody", "Probabilities"):
        assert market.key in schemas[schema]["properties"]


@every_market
def test_it_is_the_same_in_another_process(market: Market) -> None:
    assert pickle.loads(pickle.dumps(market)) == market
