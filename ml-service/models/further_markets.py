"""Prices of further markets beside what the distribution of scores says of them, and the bets on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from common.arrays import Floats, Ints, Mask
from common.times import moment_text
from config import Settings
from contract.prediction import PredictionAnswer, ValueBet
from markets.further import FURTHER_MARKETS, FurtherMarket, MarketChoice
from markets.line_offer import LineQuotes, further_implied, is_quoted
from markets.odds import margin
from markets.prices import Prices, Quotes
from markets.value import KELLY_CAP, KELLY_FRACTION, BestBet, is_worth
from models.further_prices import FIGURES, FurtherPrices
from models.match import Subject
from models.match_prices import DistinctFixtures
from models.serializer import value_bet_answer
from models.serving import ServingModel
from scores.kelly import kelly_share
from scores.settlement import cover_probability, distribution, expected_profit, settled

NOT_BETTER, IMPLAUSIBLE = "not_better_than_market", "odds_implausible"


@dataclass(frozen=True)
class LineBet(BestBet):
    """A bet on an outcome of a further market, on a `line` where it has lines.

    `probability` and `edge` are of winning a unit of what is not pushed, halves counted as halves; `expected_value`
    is the exact expected profit of a unit stake.
    """

    line: float | None


@dataclass
class FurtherAnswer:
    """One match's answer: the prices of its `further_markets`, and at most one bet a market.

    `unproven` says that bets were not looked for in some market for want of evidence, `implausible` that a book sums
    below 1.
    """

    prices: FurtherPrices = field(default_factory=FurtherPrices)
    bets: list[LineBet] = field(default_factory=list)
    unproven: bool = False
    implausible: bool = False


def further_answers(
    subjects: Sequence[Subject],
    quotes: Quotes,
    grids: Floats,
    saw_odds: Mask,
    model: ServingModel,
    settings: Settings,
) -> list[FurtherAnswer]:
    """Answers of `subjects` (n,) by the database's `quotes` on further markets and distributions of scores (n, m, m).

    `saw_odds` (n,) marks the matches of which a model saw prices. Every line comes with the price of the first
    bookmaker of the setting BOOKMAKERS that shows it.
    """
    answers = [FurtherAnswer() for _ in subjects]
    markets = [market for market in FURTHER_MARKETS if is_quoted(quotes, market)]
    if not markets:
        return answers
    neutral = np.array([subject.swapped is not None for subject in subjects])
    fixtures = DistinctFixtures.of(subjects)
    for market in markets:
        offers = _Offers.of(market, fixtures, quotes, settings.bookmakers)
        if len(offers.row):
            forecasts = _Forecasts.of(offers, *distribution(market, grids, neutral, model.halves))
            _add(answers, offers, forecasts)
            _add_bets(
                answers, offers, forecasts, _proven(market, saw_odds, model, settings), settings.min_edge
            )
    return answers


def add_further_bets(
    answers: Sequence[PredictionAnswer], rows: Sequence[int], further: Sequence[FurtherAnswer]
) -> None:
    """Put the `further` answers of `rows` into their predictions: bets, and what is to be known of prices."""
    for row, one in zip(rows, further, strict=True):
        answer = answers[row]
        bets = [*answer["value_bets"], *map(_with_line, one.bets)]
        answer["value_bets"] = sorted(bets, key=lambda bet: -bet["expected_value"])
        unproven = not bets and (one.unproven or NOT_BETTER in answer["warnings"])
        warnings = {name: None for name in answer["warnings"] if name != NOT_BETTER}
        warnings |= {IMPLAUSIBLE: None} if one.implausible else {}
        warnings |= {NOT_BETTER: None} if unproven else {}
        answer["warnings"] = list(warnings)


def _with_line(bet: LineBet) -> ValueBet:
    return {**value_bet_answer(bet), "line": bet.line}


@dataclass(frozen=True)
class _Offers:
    """Prices of one market, (e,): the index of the match, the line and the price, by match and line."""

    market: FurtherMarket
    row: Ints
    line: Floats
    prices: Prices

    @classmethod
    def of(
        cls, market: FurtherMarket, fixtures: DistinctFixtures, quotes: Quotes, bookmakers: Sequence[int]
    ) -> _Offers:
        """The latest prices of every line that bookmakers show."""
        closes_at = fixtures.closes_at
        lined = LineQuotes.of(quotes, MarketChoice(market), fixtures.ids, closes_at)
        fixture, line, prices = lined.board_at(fixtures.moments).current(closes_at).every(bookmakers)
        match, offer = np.nonzero(fixtures.index.reshape(-1, 1) == fixture[None, :])
        return cls(market, match.astype(np.int64), line[offer], prices.only(offer))


@dataclass(frozen=True)
class _Forecasts:
    """Figures (e, k) of every offer and outcome, in the order of FIGURES; `worth` is a mask of bets."""

    figures: Floats

    @classmethod
    def of(cls, offers: _Offers, values: Floats, probabilities: Floats) -> _Forecasts:
        """By the `values` (q,) of the market's quantity and their `probabilities` in every match (n, q)."""
        shares = settled(offers.market, values, probabilities[offers.row], offers.line)
        odds = offers.prices.odds
        probability, implied = cover_probability(shares), further_implied(offers.market, odds)
        stake = np.clip(KELLY_FRACTION * kelly_share(shares, odds), 0.0, KELLY_CAP)
        value = expected_profit(shares, odds)
        return cls(np.stack([probability, implied, odds, probability - implied, value, stake], axis=-1))

    def worth(self, min_edge: float) -> Mask:
        """Which outcomes are worth a bet, shape (e, k)."""
        return is_worth(self.figures[..., FIGURES.index("edge")], self.values, min_edge)

    @property
    def values(self) -> Floats:
        """Expected values (e, k)."""
        return self.figures[..., FIGURES.index("expected_value")]


def _proven(market: FurtherMarket, saw_odds: Mask, model: ServingModel, settings: Settings) -> Mask:
    """Which matches (n,) are forecast by models with evidence that they beat the prices of the market."""
    without, with_odds = (model.beats_further_market(market.key, basis) for basis in (False, True))
    return np.where(saw_odds, with_odds, without) | (not settings.require_evidence)


def _add(answers: Sequence[FurtherAnswer], offers: _Offers, forecasts: _Forecasts) -> None:
    """Append the entries of one market."""
    market, prices, figures = offers.market, offers.prices, forecasts.figures
    columns = (
        offers.row,
        np.column_stack([offers.line, figures.reshape(len(figures), -1)]),
        prices.bookmaker_id,
        prices.captured_at,
        np.isfinite(figures).all(axis=(1, 2)),
        margin(prices.odds) < market.winners - 1.0,
    )
    entries = zip(*(column.tolist() for column in columns), strict=True)
    for row, values, bookmaker_id, captured_at, is_finite, is_implausible in entries:
        answer = answers[row]
        answer.prices.markets.append(market.key)
        answer.prices.values += (*values, bookmaker_id, moment_text(captured_at))
        answer.prices.is_finite &= is_finite
        answer.implausible |= is_implausible


def _add_bets(
    answers: Sequence[FurtherAnswer],
    offers: _Offers,
    forecasts: _Forecasts,
    proven: Mask,
    min_edge: float,
) -> None:
    """Append the bet of highest expected value on any line of one market, for matches that are `proven` (n,)."""
    values = np.where(forecasts.worth(min_edge), forecasts.values, -np.inf)
    for row in np.unique(offers.row).tolist():
        if not proven[row]:
            answers[row].unproven = True
            continue
        lines = np.flatnonzero(offers.row == row)
        index, outcome = np.unravel_index(np.argmax(values[lines]), values[lines].shape)
        if np.isfinite(values[lines][index, outcome]):
            answers[row].bets.append(_bet(offers, forecasts, int(lines[index]), int(outcome)))


def _bet(offers: _Offers, forecasts: _Forecasts, index: int, outcome: int) -> LineBet:
    figures = dict(zip(FIGURES, forecasts.figures[index, outcome].tolist(), strict=True))
    return LineBet(
        market=offers.market.key,
        outcome=offers.market.outcomes[outcome],
        probability=figures["probability"],
        odds=figures["odds"],
        edge=figures["edge"],
        expected_value=figures["expected_value"],
        kelly_fraction=figures["kelly_fraction"],
        line=_line(offers, index),
    )


def _line(offers: _Offers, index: int) -> float | None:
    return float(offers.line[index]) if offers.market.has_lines else None
