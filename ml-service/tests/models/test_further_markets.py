"""Prices of further markets beside the probabilities of the score distribution; one claim per test."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from common.arrays import Floats
from config import Settings
from contract.model import Meta
from contract.prediction import PredictionAnswer
from db.reader import Reader
from db.schema import OPEN
from errors import ServiceError
from markets.further import (
    ASIAN_HANDICAP,
    DOUBLE_CHANCE,
    HALF_TIME_FULL_TIME,
    TOTALS,
    FurtherMarket,
    offer_code,
)
from markets.prices import Quotes
from models import model_card
from models.further_evidence import further_evidence
from models.further_markets import FurtherAnswer, further_answers
from models.match import Subject
from models.predictor import Forecaster
from models.query import PredictQuery, TrainRequest
from models.serving import ServingModel
from models.store import ModelStore, load_serving
from models.trainer import TrainResult, train
from scores.first_half import half_time_full_time
from testing.contract import check_shape
from testing.leagues import World, add_further_prices, create, poisson_grid
from tests.conftest import silent
from tests.test_golden import differing

HOUR = 3600
KICKOFF = 100 * 24 * HOUR
GRIDS = np.stack([poisson_grid(1.6, 1.1), poisson_grid(1.0, 1.4)])
BOLD = Settings(require_evidence=False, min_edge=0.02, bookmakers=(8, 4))


@pytest.fixture(scope="module")
def priced(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A service over a world of many match days with prices of further markets, those of totals wide of the mark."""
    folder = tmp_path_factory.mktemp("further")
    with closing(
        create(folder / "database.sqlite", World(leagues=1, teams=12, seasons=14, first_year=2008))
    ) as node:
        add_further_prices(node, over_share=0.3)
    return Settings(db_path=folder / "database.sqlite", model_dir=folder / "models", threads=1)


@pytest.fixture(scope="module")
def result(priced: Settings) -> TrainResult:
    return train(TrainRequest(), priced, silent)


@pytest.fixture(scope="module")
def model(priced: Settings, result: TrainResult) -> ServingModel:
    assert result.promoted
    return ServingModel(load_serving(ModelStore(priced.model_dir))[0])


def subject(fixture_id: int | None) -> Subject:
    return Subject(fixture_id, 1, 1, 2, KICKOFF, KICKOFF, KICKOFF - HOUR, np.zeros(1, dtype=np.float32))


SUBJECTS = [subject(1), subject(2)]


def quotes(*rows: tuple[int, FurtherMarket, float | None, Sequence[float], int, int]) -> Quotes:
    """Quotes of (fixture, market, line, prices, bookmaker, hours before kick-off)."""
    parts = [
        Quotes(
            np.array([fixture]),
            np.array([offer_code(market, line)], dtype=np.int16),
            np.array([bookmaker]),
            np.array([KICKOFF - hours * HOUR]),
            np.array([[*odds, *[np.nan] * 7][:9]]),
        )
        for fixture, market, line, odds, bookmaker, hours in rows
    ]
    return Quotes.joined(parts)


def answers(
    some: Quotes,
    model: ServingModel,
    settings: Settings = BOLD,
    subjects: Sequence[Subject] = SUBJECTS,
    grids: Floats = GRIDS,
) -> list[FurtherAnswer]:
    return further_answers(subjects, some, grids, np.ones(len(subjects), dtype=np.bool_), model, settings)


def test_a_quarter_line_by_hand(model: ServingModel) -> None:
    """Home -0.25: a draw loses half. The grid says 0.49, 0.26 and 0.25 or so; every figure follows from these."""
    (first, _) = answers(quotes((1, ASIAN_HANDICAP, -0.25, (1.9, 2.0), 8, 24)), model)
    (entry,) = first.prices.plain()
    grid = GRIDS[0]
    win, draw = float(np.tril(grid, -1).sum()), float(np.trace(grid))
    loss = 1.0 - win - draw
    home = entry["outcomes"]["home"]
    assert (entry["market"], entry["line"]) == ("ah", -0.25)
    assert home["probability"] == pytest.approx(win / (win + loss + draw / 2.0))
    assert home["expected_value"] == pytest.approx(win * 0.9 - loss - draw / 2.0)
    assert home["edge"] == pytest.approx(home["probability"] - home["implied"])
    assert sum(one["implied"] for one in entry["outcomes"].values()) == pytest.approx(1.0)
    assert entry["odds_source"] == {
        "from": "database",
        "bookmaker_id": 8,
        "captured_at": "1970-04-10T00:00:00Z",
    }


def test_the_expected_value_is_positive_exactly_where_the_price_is_above_the_fair_one(
    model: ServingModel,
) -> None:
    rows = [
        (1, ASIAN_HANDICAP, line, (1.7 + line / 5, 2.2), 8, 24) for line in (-1.0, -0.75, -0.5, -0.25, 0.0)
    ]
    (first, _) = answers(quotes(*rows), model)
    figures = [one for entry in first.prices.plain() for one in entry["outcomes"].values()]
    assert {one["expected_value"] > 0.0 for one in figures} == {True, False}
    assert all((one["probability"] * one["odds"] > 1.0) == (one["expected_value"] > 0.0) for one in figures)
    assert all((one["kelly_fraction"] > 0.0) == (one["expected_value"] > 0.0) for one in figures)
    assert max(one["kelly_fraction"] for one in figures) <= 0.05


def test_every_market_and_line_comes_in_order_with_its_preferred_price(model: ServingModel) -> None:
    first, second = answers(
        quotes(
            (1, TOTALS, 3.5, (2.9, 1.4), 4, 24),
            (1, TOTALS, 1.5, (1.3, 3.4), 4, 24),
            (1, TOTALS, 1.5, (1.35, 3.2), 8, 24),
            (1, DOUBLE_CHANCE, None, (1.3, 1.25, 1.8), 8, 24),
            (1, ASIAN_HANDICAP, 0.5, (1.2, 4.2), 8, 24),
            (2, ASIAN_HANDICAP, 0.25, (1.9, 1.9), 8, 24),
        ),
        model,
    )
    assert [(one["market"], one["line"]) for one in first.prices.plain()] == [
        ("ah", 0.5),
        ("dc", None),
        ("ou", 1.5),
        ("ou", 3.5),
    ]
    assert [one["odds_source"]["bookmaker_id"] for one in first.prices.plain()] == [8, 8, 8, 4]
    assert [(one["market"], one["line"]) for one in second.prices.plain()] == [("ah", 0.25)]


def test_the_outcomes_of_double_chance_overlap(model: ServingModel) -> None:
    (first, _) = answers(quotes((1, DOUBLE_CHANCE, None, (1.25, 1.25, 1.8), 8, 24)), model)
    outcomes = first.prices.plain()[0]["outcomes"]
    assert list(outcomes) == ["home_or_draw", "home_or_away", "draw_or_away"]
    for name in ("probability", "implied"):
        assert sum(one[name] for one in outcomes.values()) == pytest.approx(2.0)


def test_a_line_that_is_no_longer_shown_and_a_price_after_the_moment_are_left_out(
    model: ServingModel,
) -> None:
    (first, _) = answers(
        quotes(
            (1, ASIAN_HANDICAP, -1.0, (2.4, 1.6), 8, 40),
            (1, ASIAN_HANDICAP, -0.5, (1.9, 1.9), 8, 4),
            (1, ASIAN_HANDICAP, 0.0, (1.5, 2.6), 8, 0),
        ),
        model,
    )
    assert [one["line"] for one in first.prices.plain()] == [-0.5]


def test_a_match_outside_the_database_has_none_and_one_asked_twice_has_them_twice(
    model: ServingModel,
) -> None:
    some = quotes((1, ASIAN_HANDICAP, -0.5, (1.9, 1.9), 8, 4))
    subjects = [subject(1), subject(None), subject(1)]
    listed = answers(some, model, subjects=subjects, grids=GRIDS[[0, 1, 0]])
    assert [len(one.prices.plain()) for one in listed] == [1, 0, 1]
    assert listed[0] == listed[2]
    assert [one.prices.plain() for one in answers(Quotes.none(), model)] == [[], []]


def test_there_is_one_bet_a_market_on_the_line_of_highest_value(model: ServingModel) -> None:
    (first, second) = answers(
        quotes(
            (1, ASIAN_HANDICAP, -0.5, (2.3, 1.6), 8, 24),
            (1, ASIAN_HANDICAP, -0.25, (2.2, 1.7), 8, 24),
            (1, TOTALS, 3.5, (2.0, 1.3), 8, 24),
            (2, ASIAN_HANDICAP, 0.25, (1.8, 1.8), 8, 24),
        ),
        model,
    )
    (bet,) = first.bets
    values = [
        entry["outcomes"]["home"]["expected_value"]
        for entry in first.prices.plain()
        if entry["market"] == "ah"
    ]
    assert (bet.market, bet.outcome, bet.expected_value) == ("ah", "home", max(values))
    assert asdict(bet)["line"] == bet.line == (-0.5, -0.25)[int(np.argmax(values))]
    assert not first.unproven
    assert second.bets == []


def test_a_book_that_sums_below_one_is_marked(model: ServingModel) -> None:
    first, second = answers(
        quotes(
            (1, ASIAN_HANDICAP, -0.5, (2.3, 2.3), 8, 24), (2, DOUBLE_CHANCE, None, (1.3, 1.3, 1.5), 8, 24)
        ),
        model,
    )
    assert (first.implausible, second.implausible) == (True, False)


def evidence(result: TrainResult, market: str) -> dict[str, Any]:
    comparison: dict[str, Any] = result.meta["further"]["with_odds"][market]
    return comparison


def test_each_market_has_evidence_of_its_own(result: TrainResult, model: ServingModel) -> None:
    """Handicap and double chance are priced like 1x2, which is not to be beaten; the others are wide of the mark."""
    assert evidence(result, "ou")["ci95"][1] < 0.0
    assert evidence(result, "ah")["ci95"][1] > 0.0
    assert model.beats_further_market("ou", with_odds=True)
    assert evidence(result, "ht_1x2")["ci95"][1] < 0.0
    assert model.beats_further_market("ht_1x2", with_odds=True)
    assert not model.beats_further_market("ah", with_odds=True)
    assert not model.beats_further_market("dc", with_odds=True)


def test_bets_come_only_where_there_is_evidence(model: ServingModel) -> None:
    some = quotes(
        (1, ASIAN_HANDICAP, -0.5, (2.6, 1.5), 8, 24),
        (1, TOTALS, 3.5, (5.0, 1.2), 8, 24),
        (2, TOTALS, 3.5, (2.0, 1.9), 8, 24),
    )
    first, second = answers(some, model, replace(BOLD, require_evidence=True))
    assert [bet.market for bet in first.bets] == ["ou"]
    assert (first.unproven, second.unproven) == (True, False)


def test_the_evidence_is_of_test_matches_at_prices_before_kick_off(
    result: TrainResult, priced: Settings
) -> None:
    """A few heavy favourites have no price of double chance, which would be below 1."""
    against = result.meta["models"]["with_odds"]["1x2"]["metrics"]["market"]
    assert evidence(result, "ah")["n"] == pytest.approx(against["n"], abs=3)
    assert 0 < evidence(result, "dc")["n"] < against["n"]
    assert evidence(result, "ah")["log_loss_market"] < against["log_loss_market"]
    with closing(Reader(priced.db_path)) as reader:
        assert len(reader.load().further_quotes) == 0


def test_the_meta_is_as_described(result: TrainResult) -> None:
    check_shape(Meta, result.meta)
    assert set(result.meta["further"]) == {"with_odds", "without_odds"}


def test_a_model_of_a_database_without_such_prices_says_nothing_of_them(trained: TrainResult) -> None:
    assert "further" not in trained.meta


def test_a_market_without_prices_or_half_time_scores_has_no_evidence(
    result: TrainResult, priced: Settings, model: ServingModel
) -> None:
    assert result.meta["further"]["with_odds"]["ht_ft"] is None
    assert not model.beats_further_market("ht_ft", with_odds=True)
    with closing(Reader(priced.db_path)) as reader:
        dataset = reader.load(further=True)
    unknown = dataset.fixtures.assign(half_home=np.nan, half_away=np.nan)
    plain = load_serving(ModelStore(priced.model_dir))[0].content["tests"]
    tests: dict[Any, dict[str, model_card.TestForecasts]] = {
        basis: {market: model_card.TestForecasts.from_plain(one) for market, one in markets.items()}
        for basis, markets in plain.items()
    }
    evident = further_evidence(tests, replace(dataset, fixtures=unknown), priced.bookmakers)
    assert evident["with_odds"]["ht_1x2"] is None
    assert evident["with_odds"]["ah"] is not None


def test_half_time_and_full_time_by_hand(model: ServingModel) -> None:
    """Nine outcomes, all priced alike: no margin-free price is above a ninth, and a bet on the likeliest pays."""
    (first, _) = answers(quotes((1, HALF_TIME_FULL_TIME, None, (8.0,) * 9, 8, 24)), model)
    (entry,) = first.prices.plain()
    assert (entry["market"], entry["line"]) == ("ht_ft", None)
    assert list(entry["outcomes"])[:4] == ["home/home", "home/draw", "home/away", "draw/home"]
    assert [one["implied"] for one in entry["outcomes"].values()] == pytest.approx([1.0 / 9.0] * 9)
    probability = half_time_full_time(GRIDS[:1].reshape(1, -1), np.zeros(1, dtype=np.bool_), model.halves)[0]
    for one, chance in zip(entry["outcomes"].values(), probability, strict=True):
        assert one["probability"] == pytest.approx(chance)
        assert one["expected_value"] == pytest.approx(8.0 * chance - 1.0)
        assert one["kelly_fraction"] == pytest.approx(np.clip(0.25 * (8.0 * chance - 1.0) / 7.0, 0.0, 0.05))
    (bet,) = first.bets
    assert (bet.market, bet.outcome, bet.line) == ("ht_ft", "home/home", None)


@pytest.fixture(scope="module")
def forecaster(priced: Settings, result: TrainResult) -> Iterator[Forecaster]:
    assert result.promoted
    with closing(Forecaster(replace(priced, min_edge=0.001))) as one:
        one.warm_up()
        yield one


@pytest.fixture(scope="module")
def coming(priced: Settings) -> list[int]:
    with closing(Reader(priced.db_path)) as reader:
        fixtures = reader.load().fixtures
    return [int(fixture) for fixture in fixtures["fixture_id"][fixtures["state"] == OPEN]]


def test_json_of_prices_is_that_of_the_dictionaries(model: ServingModel) -> None:
    some = quotes(
        (1, ASIAN_HANDICAP, -0.25, (1.9, 2.0), 8, 24),
        (1, ASIAN_HANDICAP, 0.0, (1.7, 2.2), 4, 23),
        (1, DOUBLE_CHANCE, None, (1.3, 1.25, 1.8), 8, 24),
        (1, HALF_TIME_FULL_TIME, None, (4, 15, 34, 5, 6, 9, 26, 15, 7), 8, 24),
    )
    first, second = (one.prices for one in answers(some, model))
    assert json.loads(first.json()) == first.plain()
    assert [(entry["market"], entry["line"]) for entry in first.plain()] == [
        ("ah", -0.25),
        ("ah", 0.0),
        ("dc", None),
        ("ht_ft", None),
    ]
    assert (second.json(), second.plain()) == (b"[]", [])


def test_a_figure_that_is_not_finite_is_refused_for_its_match_alone(model: ServingModel) -> None:
    some = quotes(
        (1, ASIAN_HANDICAP, -0.25, (1.9, 2.0), 8, 24), (2, ASIAN_HANDICAP, -0.25, (1.9, 2.0), 8, 24)
    )
    first, second = answers(some, model, grids=np.stack([GRIDS[0], np.full_like(GRIDS[0], np.nan)]))
    assert json.loads(first.prices.json()) == first.prices.plain()
    with pytest.raises(ValueError, match="not finite"):
        second.prices.json()


def test_a_prediction_with_scores_has_every_line_of_the_database(
    forecaster: Forecaster, coming: list[int]
) -> None:
    answer = forecaster.predict(PredictQuery(coming[0], scores=True))
    check_shape(PredictionAnswer, answer)
    entries = {(entry["market"], entry["line"]): entry["outcomes"] for entry in answer["further_markets"]}
    assert list(entries) == [("ah", -0.5), ("dc", None), ("ou", 3.5), ("ht_1x2", None)]
    winner = answer["prediction"]["1x2"]
    assert entries["ah", -0.5]["home"]["probability"] == pytest.approx(winner["home"], abs=1e-6)
    assert entries["dc", None]["home_or_draw"]["probability"] == pytest.approx(1 - winner["away"], abs=1e-6)
    scores = answer["scores"]
    assert scores is not None
    assert entries["ou", 3.5]["over"]["probability"] == pytest.approx(scores["totals"]["3.5"]["over"])
    at_half_time = {outcome: each["probability"] for outcome, each in entries["ht_1x2", None].items()}
    assert at_half_time == pytest.approx(scores["first_half"]["1x2"])
    assert entries["ah", -0.5]["away"]["implied"] == pytest.approx(
        1 - answer["prediction"]["1x2"]["home"], abs=0.1
    )


def test_a_plain_prediction_has_no_further_markets_and_does_not_read_them(
    forecaster: Forecaster, coming: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Reader, "both_quotes_of", None)
    answer = forecaster.predict(PredictQuery(coming[0]))
    assert "further_markets" not in answer
    assert answer["scores"] is None


def test_value_bets_of_further_markets_stand_among_the_others_with_their_line(
    forecaster: Forecaster, coming: list[int]
) -> None:
    answers = [forecaster.predict(PredictQuery(fixture, scores=True)) for fixture in coming]
    bets = [bet for answer in answers for bet in answer["value_bets"]]
    assert {(bet["market"], bet["line"]) for bet in bets} == {("ou", 3.5), ("ht_1x2", None)}
    assert all(
        ("not_better_than_market" in answer["warnings"]) == (not answer["value_bets"]) for answer in answers
    )


def test_many_predictions_are_those_of_one(forecaster: Forecaster, coming: list[int]) -> None:
    batch = forecaster.predict_batch([PredictQuery(fixture, scores=True) for fixture in coming])
    many = [answer for answer in batch if not isinstance(answer, ServiceError)]
    single = [forecaster.predict(PredictQuery(fixture, scores=True)) for fixture in coming]
    batched, alone = ([one["further_markets"] for one in answers] for answers in (many, single))
    assert list(differing(batched, alone, "further_markets")) == []
