"""Backtests of further markets: models of the calibrated three, distributions of scores from them, bets on lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from backtesting.book import Book, Wagers
from backtesting.folds import Fold
from backtesting.inputs import BacktestInputs, MatchSelection, rows_in_scope, settleable_rows
from backtesting.leakage import audited_features, forbid_later_knowledge, forbid_later_prices
from backtesting.request import BacktestRequest
from backtesting.scores import EvaluatedMatches
from backtesting.walk_forward import FoldBasis, Forecasts, WalkForward, baseline_forecasts, walked
from backtesting.workers import Workers
from common.arrays import Floats, Ints, Mask
from common.times import DAY_SECONDS
from db.dataset import Dataset
from db.schema import FINISHED
from errors import InsufficientData
from features.closings import sharpness_of
from markets.further import DOUBLE_CHANCE, MarketChoice
from markets.line_offer import LineOffer, LineQuotes
from markets.lines import NO_LINE
from markets.market import Market
from markets.match_winner import MATCH_WINNER
from markets.offer import Offer
from markets.registry import MARKETS
from markets.sharpness import Sharpness
from models.training_data import TrainingData, offer_on
from scores.grid import grids_where_forecast
from scores.halves_fit import fitted_halves
from scores.judgement import judged, scored_distribution
from scores.kelly import kelly_share
from scores.moved_lines import moved_probabilities
from scores.settlement import (
    LOSS_SHARES,
    PUSH,
    SETTLEMENTS,
    WIN_SHARES,
    Codes,
    cover_probability,
    profit,
    settled_scores,
    shares,
)


@dataclass(frozen=True)
class FurtherInputs(MatchSelection):
    """What a backtest of a further market works on; `as_of` and `line` are of all fixtures, (n,).

    A match is forecast at `as_of` (epoch seconds UTC) and judged on `line`, NaN where no price says which. The same
    candidates are forecast on the `calibrated` markets, by key.
    """

    choice: MarketChoice
    offer: LineOffer
    as_of: Ints
    line: Floats
    calibrated: Mapping[str, BacktestInputs]

    @property
    def has_result(self) -> Mask:
        """Which fixtures have a result to settle by, shape (n,)."""
        return self.calibrated[MATCH_WINNER.key].data.labelled

    def settlements(self) -> Codes:
        """How a bet on each outcome of the candidates settles (c, k); as a push without the goals that it needs."""
        rows = self.candidates
        return settled_scores(self.choice.market, self.dataset.goals().only(rows), self.line[rows])


@dataclass(frozen=True)
class FurtherForecasts:
    """Forecasts of all candidates: distributions of scores `grids` (c, m, m), and `settled` (c, k, 5) by outcome.

    Rows are NaN where there are too few earlier matches. `covers` has cover probabilities as any forecasts.
    """

    grids: Floats
    settled: Floats
    covers: Forecasts


def prepare_further(
    dataset: Dataset, choice: MarketChoice, request: BacktestRequest, bookmakers: tuple[int, ...]
) -> FurtherInputs:
    """Prices, features and labels of every fixture; raises as `backtesting.inputs.prepare`.

    Where a match has a price of the market, everything about it is as of that price's capture.
    """
    in_scope = rows_in_scope(dataset, request)
    kickoff = dataset.fixtures["kickoff"].to_numpy()
    lined = LineQuotes.of(dataset.further_quotes, choice, dataset.fixtures["fixture_id"].to_numpy(), kickoff)
    offer = lined.offer(bookmakers, request.bookmaker_id)
    taken, line = offer.taken, _lines(choice, offer)
    sharpness = sharpness_of(dataset)
    offers, as_of = _calibrated_offers(dataset, offer, bookmakers, sharpness)
    forbid_later_prices(taken.prices.captured_at, as_of, kickoff)
    forbid_later_knowledge(as_of, kickoff)
    judged = in_scope & np.isfinite(line)
    candidates = settleable_rows(dataset, MATCH_WINNER, judged, taken.available)
    if len(candidates) == 0:
        what = f"finished matches with a price of {choice.title} in these leagues and days"
        raise InsufficientData(0, 1, what)
    features = audited_features(dataset, as_of, candidates, bookmakers, sharpness)
    data = {market: TrainingData.of(dataset, market, features, one) for market, one in offers.items()}
    calibrated = {
        market.key: BacktestInputs(
            dataset, in_scope, candidates, market, offers[market], data[market].implied, data[market]
        )
        for market in MARKETS
    }
    return FurtherInputs(dataset, in_scope, candidates, choice, offer, as_of, line, calibrated)


def _lines(choice: MarketChoice, offer: LineOffer) -> Floats:
    """The line that each match is judged on (n,): the one chosen, else that of the bet."""
    if choice.line is None and choice.market.has_lines:
        return offer.taken.line
    return np.full(len(offer.as_of), NO_LINE if choice.line is None else choice.line)


def _calibrated_offers(
    dataset: Dataset, offer: LineOffer, bookmakers: tuple[int, ...], sharpness: Sharpness
) -> tuple[dict[Market, Offer], Ints]:
    """The offers on the calibrated markets when a bet of `offer` is decided, and that moment (n,).

    Where there is none, as of the first bet in each of the calibrated markets, and the moment is the earliest.
    """
    present = offer.taken.available
    own = {market: offer_on(dataset, market, bookmakers, sharpness, at_capture=True) for market in MARKETS}
    earliest = np.stack([one.as_of for one in own.values()]).min(axis=0)
    offers = {
        market: offer_on(
            dataset, market, bookmakers, sharpness, moments=np.where(present, offer.as_of, one.as_of)
        )
        for market, one in own.items()
    }
    return offers, np.where(present, offer.as_of, earliest)


def forecast_further(
    inputs: FurtherInputs,
    folds: list[Fold],
    use_odds: bool,
    workers: Workers,
    report: Callable[[float], None],
) -> FurtherForecasts:
    """Forecast all candidates; `report` is called with the share done. Raises as `walk_forward`."""
    walks: dict[str, WalkForward] = {}
    for number, (key, one) in enumerate(inputs.calibrated.items()):

        def share_of_all(share: float, done: int = number) -> None:
            report((done + share) / len(inputs.calibrated))

        walks[key] = walked(one, folds, use_odds, workers, share_of_all)
    grids = grids_where_forecast({key: walk.probabilities for key, walk in walks.items()})
    settled = _settled(inputs, folds, grids)
    base, elo = _baselines(inputs, folds, workers.count)
    covers = Forecasts(
        folds=folds,
        fold=walks[MATCH_WINNER.key].fold,
        probabilities=cover_probability(settled),
        saw_prices=np.any([walk.saw_prices for walk in walks.values()], axis=0),
        base=base,
        elo=elo,
        models={},
        trained_on=_trained_on(walks),
    )
    return FurtherForecasts(grids, settled, covers)


def _settled(inputs: FurtherInputs, folds: list[Fold], grids: Floats) -> Floats:
    """Probabilities of settlements (c, k, 5) by distributions of scores (c, m, m).

    How goals fall into halves is learnt, as the models are, on what was known before each period.
    """
    market, lines = inputs.choice.market, inputs.line[inputs.candidates]
    settled = shares(market, grids, lines)
    if market.has_half_time:
        goals, kickoffs, known_at = (
            inputs.dataset.goals(),
            inputs.column("kickoff"),
            inputs.column("known_at"),
        )
        for fold in folds:
            earlier = np.flatnonzero(known_at <= fold.cutoff)
            halves = fitted_halves(goals.only(earlier), kickoffs[earlier])
            settled[fold.rows] = shares(market, grids[fold.rows], lines[fold.rows], halves=halves)
    return settled


def _trained_on(walks: Mapping[str, WalkForward]) -> dict[FoldBasis, int]:
    """The number of training matches by fold and basis: the most of any of the calibrated markets."""
    keys = {key for walk in walks.values() for key in walk.trained_on}
    return {key: max(walk.trained_on.get(key, 0) for walk in walks.values()) for key in keys}


def _baselines(inputs: FurtherInputs, folds: list[Fold], threads: int) -> tuple[Floats, Floats]:
    """Base rates and Elo forecasts (c, k) of double chance; NaN for lines, which are set to leave none."""
    market = inputs.choice.market
    if market != DOUBLE_CHANCE:
        nothing = np.full((len(inputs.candidates), market.size), np.nan)
        return nothing, nothing
    base, elo = baseline_forecasts(inputs.calibrated[MATCH_WINNER.key], folds, threads)
    return 1.0 - base[:, ::-1], 1.0 - elo[:, ::-1]


def further_wagers(inputs: FurtherInputs, forecasts: FurtherForecasts) -> Wagers:
    """What can be bet on at the candidates."""
    rows, taken = inputs.candidates, inputs.offer.taken
    codes, kickoff = inputs.settlements(), inputs.column("kickoff")[rows]
    odds = taken.prices.odds[rows]
    return Wagers(
        row=rows,
        kickoff=kickoff,
        settled_at=np.maximum(inputs.column("known_at")[rows], kickoff),
        probability=forecasts.covers.probabilities,
        odds=odds,
        implied=taken.implied()[rows],
        closing=_closing_line(inputs, forecasts.grids),
        returned=1.0 + profit(codes, odds),
        at_risk=WIN_SHARES[codes] + LOSS_SHARES[codes],
        kelly=kelly_share(forecasts.settled, odds),
        void=inputs.column("state")[rows] != FINISHED,
    )


def _closing_line(inputs: FurtherInputs, grids: Floats) -> Floats:
    """Margin-free closing probabilities (c, k) of the lines taken, NaN rows without a later price.

    Where the line moved, those that the forecast's distribution has once it agrees with the price of the new line.
    """
    rows, closing, market = inputs.candidates, inputs.offer.closing, inputs.choice.market
    implied = np.where(inputs.offer.closed_later[:, None], closing.implied(), np.nan)[rows]
    if not market.has_lines:
        return implied
    line = inputs.line[rows]
    present = np.isfinite(implied[:, 0]) & np.isfinite(grids[:, 0, 0])
    moved = np.full_like(implied, np.nan)
    moved[present] = moved_probabilities(
        market, grids[present], closing.line[rows][present], implied[present], line[present]
    )
    return moved


def evaluated_matches(inputs: FurtherInputs, forecasts: FurtherForecasts) -> EvaluatedMatches:
    """The candidates with a forecast and a result that is no push.

    They are scored as `scores.judgement` says.
    """
    market, covers = inputs.choice.market, forecasts.covers
    labels, weights = judged(market, inputs.settlements())
    decided = inputs.has_result[inputs.candidates] & (weights > 0.0)
    which = np.flatnonzero(covers.available & decided)
    rows = inputs.candidates[which]
    probabilities = (covers.probabilities[which], covers.base[which], covers.elo[which])
    implied = inputs.offer.taken.implied()[rows]
    model, base, elo, price = (scored_distribution(market, one) for one in (*probabilities, implied))
    return EvaluatedMatches(
        day=inputs.column("kickoff")[rows] // DAY_SECONDS,
        league=inputs.column("league_id")[rows],
        fold=covers.fold[which],
        label=labels[which],
        model=model,
        base=base,
        elo=elo,
        market=price,
        saw_prices=covers.saw_prices[which],
        weight=weights[which],
        line=inputs.line[rows],
    )


def pushed(inputs: FurtherInputs, forecasts: FurtherForecasts) -> int:
    """How many candidates with a forecast and a result are pushed."""
    is_push = (inputs.settlements()[:, 0] == PUSH) & ~_lacks_half_time(inputs)
    return int((is_push & inputs.has_result[inputs.candidates] & forecasts.covers.available).sum())


def without_half_time(inputs: FurtherInputs, forecasts: FurtherForecasts) -> int:
    """How many candidates with a forecast and a result have no half-time score, which the market settles on."""
    return int((_lacks_half_time(inputs) & forecasts.covers.available).sum())


def _lacks_half_time(inputs: FurtherInputs) -> Mask:
    rows = inputs.candidates
    goals = inputs.dataset.goals().only(rows)
    return np.asarray(inputs.has_result[rows] & ~inputs.choice.market.is_known(goals))


def without_line(inputs: FurtherInputs) -> int:
    """How many finished matches in scope have no price that says on which line they are judged."""
    return int((inputs.in_scope & inputs.has_result & ~np.isfinite(inputs.line)).sum())


def settled_bets(inputs: FurtherInputs, book: Book) -> dict[str, int]:
    """Numbers of bets by settlement, void ones left out."""
    played = book.select(~book.void)
    codes = inputs.settlements()[np.searchsorted(inputs.candidates, played.row), played.outcome]
    counts = Counter(codes.tolist())
    return {name: counts[code] for code, name in enumerate(SETTLEMENTS)}
