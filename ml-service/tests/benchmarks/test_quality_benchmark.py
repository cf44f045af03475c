"""The arithmetic of the quality benchmark, and that it measures the model which /train makes."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.optimize import check_grad

from benchmarks import quality, quality_baselines
from benchmarks.dixon_coles import NEWCOMER_MATCHES, Matches, Strengths, with_newcomers
from benchmarks.quality_bars import BASE, slice_bars
from benchmarks.quality_baselines import ordered_logit
from benchmarks.quality_margins import METHODS, goto_conversion, multiplicative, shin
from benchmarks.quality_panel import AVERAGE, CLOSING, ForecastPanel, average_prices
from benchmarks.quality_scores import (
    classwise_calibration_error,
    line,
    log_loss_gap,
    noise_bands,
    paired,
    rps_gap,
)
from benchmarks.quality_slices import played_before, promoted_teams, slices, tier, without_shots
from benchmarks.quality_strangers import PARTS, hidden_rows
from benchmarks.quality_tables import divisions, full_table, gap_text, seasons
from benchmarks.quality_walk import fold, left_out, trained
from common.times import day_start
from config import Settings
from db.dataset import Dataset
from db.reader import Reader
from features.catalogue import FEATURES
from markets.match_winner import MATCH_WINNER
from markets.prices import Quotes
from markets.registry import BY_KEY
from models.fitting import RESULTS_ONLY, VARIANTS
from models.market_model import WITH_ODDS, WITHOUT_ODDS
from models.query import TrainRequest
from models.store import ModelStore
from models.trainer import train
from models.training_data import TrainingData, data_by_market
from testing.leagues import World, create
from tests.conftest import silent

Array = NDArray[np.float64]
DAY = 86_400
GENERATOR = np.random.default_rng(4)


def drawn(probabilities: Array, generator: np.random.Generator) -> NDArray[np.int8]:
    limits = probabilities.cumsum(axis=1)[:, :-1]
    above = generator.random(len(probabilities))[:, None] > limits
    return np.asarray(above.sum(axis=1), dtype=np.int8)


def forecasts(matches: int) -> Array:
    return GENERATOR.dirichlet([9.0, 5.0, 6.0], matches)


def test_a_perfect_forecaster_is_inside_its_noise_band_nineteen_times_in_twenty() -> None:
    said, generator = forecasts(400), np.random.default_rng(5)
    scores = [line(said, drawn(said, generator)) for _ in range(60)]
    assert 0.88 <= np.mean([each.confidence.inside for each in scores]) <= 1.0
    assert 0.88 <= np.mean([each.classwise.inside for each in scores]) <= 1.0
    assert not all(each.confidence.inside and each.classwise.inside for each in scores)


def test_an_overconfident_forecaster_is_outside_its_noise_band() -> None:
    truth = forecasts(4_000)
    said = truth**2 / (truth**2).sum(axis=1, keepdims=True)
    scores = line(said, drawn(truth, GENERATOR))
    assert not scores.confidence.inside
    assert not scores.classwise.inside


def test_the_noise_band_narrows_with_the_square_root_of_the_matches() -> None:
    said = np.tile(forecasts(500), (16, 1))
    few, many = (noise_bands(each)[0] for each in (said[:500], said))
    assert few / many == pytest.approx(4.0, rel=0.2)


def test_classwise_error_is_the_mean_over_outcomes_of_the_gap_in_each_bin() -> None:
    said = np.tile([0.5, 0.3, 0.2], (10, 1))
    labels = np.array([0] * 6 + [1] * 3 + [2])
    assert classwise_calibration_error(said, labels) == pytest.approx((0.1 + 0.0 + 0.1) / 3)


def test_mean_probability_and_share_are_by_outcome() -> None:
    scores = line(np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]]), np.array([0, 2]))
    assert scores.mean == pytest.approx((0.3, 0.2, 0.5))
    assert scores.share == pytest.approx((0.5, 0.0, 0.5))
    assert scores.accuracy == 1.0


def test_a_paired_difference_is_below_zero_where_the_first_is_better() -> None:
    truth = forecasts(2_000)
    labels, days = drawn(truth, GENERATOR), np.arange(2_000) // 10
    guess = np.tile(truth.mean(axis=0), (2_000, 1))
    for gap in (rps_gap(truth, guess, labels, days), log_loss_gap(truth, guess, labels, days)):
        assert gap.mean < 0.0
        assert gap.clearly_below
        assert not gap.clearly_above


def test_a_paired_interval_resamples_days_and_not_matches() -> None:
    by_day = GENERATOR.normal(size=60)
    whole, alone = paired(np.repeat(by_day, 9), np.repeat(np.arange(60), 9)), paired(by_day, np.arange(60))
    assert whole.mean == pytest.approx(alone.mean)
    assert whole.interval == pytest.approx(alone.interval)


def test_few_days_give_a_difference_without_interval_that_is_clear_of_nothing() -> None:
    gap = paired(np.full(20, -1.0), np.zeros(20, dtype=np.int64))
    assert gap.interval is None
    assert not gap.clearly_below
    assert gap_text(gap) == "-1.00000"


@pytest.mark.parametrize("name", METHODS)
def test_margin_removal_leaves_odds_without_margin_as_they_are(name: str) -> None:
    fair = np.array([[0.5, 0.3, 0.2], [0.8, 0.15, 0.05]])
    np.testing.assert_allclose(METHODS[name](1.0 / fair), fair, atol=1e-8)


def test_shin_recovers_the_chances_behind_odds_set_against_insiders() -> None:
    truth, insiders = np.array([[0.6, 0.25, 0.15], [0.4, 0.3, 0.3]]), 0.03
    parts = np.sqrt(insiders * truth + (1.0 - insiders) * truth**2)
    odds = 1.0 / (parts * parts.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(shin(odds), truth, atol=1e-9)


def test_goto_conversion_moves_each_outcome_by_the_same_number_of_standard_errors() -> None:
    inverse = np.array([[0.6, 0.3, 0.15]])
    moved = (inverse - goto_conversion(1.0 / inverse)) / np.sqrt(1.0 - inverse)
    np.testing.assert_allclose(moved, moved[0, 0])
    assert moved[0, 0] > 0.0


def test_other_methods_take_more_off_long_shots_than_proportion_does() -> None:
    odds = 1.0 / np.array([[0.75, 0.2, 0.1]])
    for name, method in METHODS.items():
        assert name == "multiplicative" or method(odds)[0, 2] < multiplicative(odds)[0, 2]


def test_the_ordered_logit_finds_the_parameters_that_made_the_matches() -> None:
    differences = GENERATOR.normal(50.0, 150.0, 40_000)
    home = 1.0 / (1.0 + np.exp(-(1.8 * differences / 400.0 - 0.4)))
    unbeaten = 1.0 / (1.0 + np.exp(-(1.8 * differences / 400.0 + 0.8)))
    truth = np.column_stack([home, unbeaten - home, 1.0 - unbeaten])
    said = ordered_logit(drawn(truth, GENERATOR), differences, differences)
    np.testing.assert_allclose(said, truth, atol=0.02)


def test_the_gradient_of_the_ordered_logit_is_that_of_its_cost() -> None:
    scaled, labels = GENERATOR.normal(size=300), GENERATOR.integers(0, 3, 300)

    def cost(parameters: Array) -> float:
        return quality_baselines.cost(parameters, scaled, labels)[0]

    def gradient(parameters: Array) -> Array:
        return quality_baselines.cost(parameters, scaled, labels)[1]

    assert check_grad(cost, gradient, np.array([1.3, 0.2, 0.1])) < 1e-6


def test_a_team_without_elo_is_level_with_its_opponent() -> None:
    differences, labels = GENERATOR.normal(0.0, 100.0, 300), GENERATOR.integers(0, 3, 300)
    missing, level = ordered_logit(labels, differences, np.array([np.nan, 0.0]))
    np.testing.assert_array_equal(missing, level)


def league(pairs: list[tuple[int, int]], season: int = 2020, league_id: int = 1) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "season": season,
            "league_id": league_id,
            "home_team_id": [home for home, _ in pairs],
            "away_team_id": [away for _, away in pairs],
            "shots_on_target_home": 4.0,
        }
    )


def test_matches_played_before_are_counted_within_the_season_at_home_and_away() -> None:
    frame = pd.concat([league([(1, 2), (2, 3), (3, 1)]), league([(1, 2)], 2021)], ignore_index=True)
    assert played_before(frame, ["season"]).tolist() == [[0, 0], [1, 0], [1, 1], [0, 0]]


def test_divisions_stand_in_the_order_of_their_levels() -> None:
    for above, below in (("E0", "E1"), ("E3", "EC"), ("SC0", "SC1"), ("D1", "D2"), ("SP1", "SP2")):
        assert tier(above) < tier(below)
    assert tier("E0") == tier("D1") == tier("SC0") == 0


def test_promoted_are_those_from_a_lower_division_or_from_none_and_not_those_relegated() -> None:
    frame = pd.concat(
        [
            league([(1, 2)], 2019, 1),
            league([(3, 4)], 2019, 2),
            league([(1, 3)], 2020, 1),
            league([(2, 5)], 2020, 2),
        ],
        ignore_index=True,
    )
    assert promoted_teams(frame, np.array(["E0", "E1", "E0", "E1"])) == {(2020, 3), (2020, 5)}


def test_a_promoted_teams_slice_ends_with_its_tenth_match_and_the_first_rounds_with_the_fifth() -> None:
    frame = pd.concat([league([(1, 2)], 2019), league([(1, 3)] * 12, 2020)], ignore_index=True)
    before = np.tile([0.65, 0.2, 0.15], (len(frame), 1))
    found = slices(frame, np.array(["E0"] * len(frame)), before)
    assert found["promoted teams' first 10 matches"].tolist() == [False] + [True] * 10 + [False] * 2
    assert found["everyone's first 5 rounds"].tolist() == [True] + [True] * 5 + [False] * 7


def test_favourites_and_long_shots_go_by_the_price_before_play() -> None:
    before = np.array([[0.7, 0.2, 0.1], [0.1, 0.2, 0.7], [0.36, 0.32, 0.32], [np.nan] * 3])
    found = slices(league([(1, 2), (3, 4), (5, 6), (7, 8)]), np.array(["E0"] * 4), before)
    names = {name: np.flatnonzero(rows).tolist() for name, rows in found.items()}
    assert names["home favourites (price before play 0.6 or more)"] == [0]
    assert names["away favourites (0.6 or more)"] == [1]
    assert names["no favourite (nobody above 0.4)"] == [2]
    assert names["home long shots (0.2 or less)"] == [1]
    assert names["away long shots (0.2 or less)"] == [0]


def test_a_division_is_without_shots_where_fewer_than_half_of_its_matches_have_them() -> None:
    frame = league([(1, 2)] * 5)
    frame["shots_on_target_home"] = [np.nan, np.nan, np.nan, 3.0, 4.0]
    assert without_shots(frame).all()
    frame.loc[0, "shots_on_target_home"] = 2.0
    assert not without_shots(frame).any()


def training_data(known_at: list[int], kickoff: list[int]) -> TrainingData:
    matches = len(kickoff)
    nothing = np.full((matches, 3), np.nan)
    return TrainingData(
        market=MATCH_WINNER,
        features=np.zeros((matches, len(FEATURES)), dtype=np.float32),
        labels=np.zeros(matches, dtype=np.int8),
        kickoff=np.array(kickoff),
        known_at=np.array(known_at),
        implied=nothing,
        deviations=nothing.astype(np.float32),
        closing=nothing,
        closed_later=np.zeros(matches, dtype=np.bool_),
    )


def test_a_season_trains_on_what_was_known_when_it_began_and_on_nothing_of_its_own() -> None:
    season = np.array([2019, 2019, 2020, 2020])
    overran = training_data(known_at=[10, 105, 101, 130], kickoff=[8, 103, 100, 120])
    found = fold(overran, season, 2020)
    assert found.train.tolist() == [True, False, False, False]
    assert found.test.tolist() == [False, False, True, True]


def test_the_close_is_the_last_average_after_the_price_of_the_bet() -> None:
    kickoff = 1_000 * DAY
    quotes = Quotes(
        fixture_id=np.array([1, 1, 2, 3]),
        market=np.zeros(4, dtype=np.int8),
        bookmaker_id=np.array([AVERAGE, AVERAGE, AVERAGE, 8]),
        captured_at=np.array([kickoff - DAY, kickoff - 60, kickoff - DAY, kickoff - DAY]),
        odds=np.array([[2.0, 3.0, 4.0], [2.1, 3.1, 3.9], [1.5, 4.0, 6.0], [2.0, 3.0, 4.0]]),
    )
    fixtures = pd.DataFrame({"fixture_id": [1, 2, 3], "kickoff": [kickoff] * 3})
    found = average_prices(Dataset(fixtures, quotes, fixtures, fixtures, {}), MATCH_WINNER)
    assert found.both.tolist() == [True, False, False]
    assert found.before[:2].tolist() == [[2.0, 3.0, 4.0], [1.5, 4.0, 6.0]]
    assert found.closing[0].tolist() == [2.1, 3.1, 3.9]
    assert np.isnan(found.before[2]).all()


def panel(matches: int = 900) -> ForecastPanel:
    truth = forecasts(matches)
    blurred = 0.8 * truth + 0.2 / 3.0
    base = np.tile(truth.mean(axis=0), (matches, 1))
    return ForecastPanel(
        market=MATCH_WINNER,
        labels=drawn(truth, GENERATOR),
        days=np.arange(matches) // 5,
        season=np.where(np.arange(matches) < matches // 2, 2019, 2020),
        division=np.array(["D1", "E1", "D2"] * (matches // 3)),
        judged=np.arange(matches) % 7 > 0,
        forecasts={BASE: base, RESULTS_ONLY: base, WITHOUT_ODDS: blurred, WITH_ODDS: truth, CLOSING: truth},
    )


def test_tables_judge_every_forecaster_on_the_same_matches() -> None:
    shown = panel()
    rows = np.ones(900, dtype=np.bool_)
    judged = f"{int(shown.judged.sum()):,}"
    lines = full_table(shown, rows).splitlines()[2:]
    assert [text.split(" | ")[1] for text in lines] == [judged] * 5
    assert lines[-1].startswith(f"| {CLOSING}")
    assert lines[-1].endswith("| - | - |")


def test_a_missing_forecast_of_a_judged_match_is_refused() -> None:
    shown = panel()
    shown.forecasts[WITHOUT_ODDS][np.flatnonzero(shown.judged)[3]] = np.nan
    with pytest.raises(ValueError, match="finite"):
        shown.line(WITHOUT_ODDS, shown.judged)


def test_groups_are_the_judged_seasons_and_divisions_the_biggest_leagues_first() -> None:
    assert list(divisions(panel())) == ["D1", "D2", "E1"]
    assert list(seasons(panel())) == ["2019-20", "2020-21"]


def test_a_slice_is_measured_against_the_gap_of_the_whole() -> None:
    shown = panel()
    bad = shown.division == "D2"
    shown.forecasts[WITHOUT_ODDS][bad] = shown.forecasts[BASE][bad]
    (bar, *_) = slice_bars(shown, {"second division": bad, "nothing": np.zeros(900, dtype=np.bool_)})
    whole, part = shown.rps_gap(WITHOUT_ODDS, CLOSING), shown.rps_gap(WITHOUT_ODDS, CLOSING, bad)
    assert bar.measured == f"worst {part.mean - whole.mean:+.5f}: second division"
    assert not bar.met


def test_a_newcomer_starts_at_the_mean_of_those_that_left_and_moves_with_its_own_matches() -> None:
    now = 400 * DAY
    past = Matches(*(np.array(values) for values in ([0], [1], [now], [now], [1], [4], [1.0], [0.0])))
    attack = {1: 0.9, 2: 0.2, 3: 0.4, 4: 1.5}
    found = with_newcomers(Strengths(attack, dict(attack), 0.3, 0.0), past, now, {1}, {2, 3})
    assert found.attack[1] == 0.9
    assert found.attack[5] == pytest.approx(0.3)
    assert found.attack[4] == pytest.approx((1.5 + NEWCOMER_MATCHES * 0.3) / (1.0 + NEWCOMER_MATCHES))


def test_each_country_is_hidden_whole_and_once_in_three_seasons() -> None:
    leagues = pd.DataFrame({"league_id": [1, 2, 3, 4], "country_id": [7, 7, 8, 9]})
    fixtures = pd.DataFrame({"league_id": [1, 2, 3, 4, 1]})
    dataset = Dataset(fixtures, Quotes.none(), leagues, leagues, {})
    hidden = np.stack([hidden_rows(dataset, season) for season in range(2019, 2019 + PARTS)])
    assert hidden.sum(axis=0).tolist() == [1] * 5
    assert (hidden[:, 0] == hidden[:, 1]).all()


@pytest.mark.parametrize("key", BY_KEY)
def test_leaving_out_a_group_leaves_out_its_columns_and_no_other(key: str) -> None:
    kept = VARIANTS[left_out("elo")].columns(BY_KEY[key])
    lacking = [feature.name for feature in FEATURES if feature.group == "elo"]
    whole = VARIANTS[WITHOUT_ODDS].columns(BY_KEY[key])
    assert kept == tuple(name for name in whole if name not in lacking)
    assert set(lacking) <= set(whole)


@pytest.mark.parametrize("basis", [WITHOUT_ODDS, WITH_ODDS])
def test_the_model_that_is_measured_is_the_one_that_train_makes(
    database: Path, tmp_path: Path, basis: str
) -> None:
    create(database, World(teams=14)).close()
    settings = Settings(db_path=database, model_dir=tmp_path, threads=1)
    with closing(Reader(database)) as reader:
        dataset = reader.load()
    season = dataset.fixtures["season"].to_numpy()
    given = data_by_market(dataset, settings.bookmakers)["1x2"]
    start = int(given.kickoff[season == 2021].min())
    last = datetime.fromtimestamp(start - DAY, timezone.utc).date()
    result = train(TrainRequest(last=last, promote="always"), settings, silent)
    stored = ModelStore(tmp_path).load(result.meta["model_id"]).content["models"][basis]["1x2"]
    assert day_start(last) < start
    assert trained(given.only(fold(given, season, 2021).train), basis).to_plain() == stored


def test_without_real_matches_it_says_so_and_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FOOTBALL_DATA", str(tmp_path / "nowhere"))
    assert quality.main([]) == 0
    assert "FOOTBALL_DATA" in capsys.readouterr().out
