"""Asian handicaps on real matches: how well grids of scores say which side covers, beside the price before play."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality_bars import Bar
from benchmarks.quality_panel import AVERAGE, ForecastPanel
from benchmarks.quality_scores import Gap
from benchmarks.quality_tables import gap_text, seasons, table
from common.times import DAY_SECONDS
from contract.model import AgainstMarket
from db.dataset import Dataset
from evaluation.intervals import compare_log_losses
from evaluation.metrics import log_losses
from markets.further import ASIAN_HANDICAP, MarketChoice
from markets.line_offer import LinePrices, LineQuotes
from models.market_model import WITH_ODDS
from scores.cells import SIZE
from scores.judgement import judged
from scores.settlement import cover_probability, settled_scores, shares

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Handicaps:
    """Every match's main line and average price when a bet would be placed, and what came of it.

    `labels` (n,) has the side that covers and `weights` (n,) the part of a bet that is decided, 0 without a price.
    """

    main: LinePrices
    labels: NDArray[np.int8]
    weights: Array
    days: Ints

    @classmethod
    def of(cls, dataset: Dataset) -> Handicaps:
        """Those of the fixtures of `dataset`, which has prices of further markets."""
        ids, kickoffs = (dataset.fixtures[name].to_numpy() for name in ("fixture_id", "kickoff"))
        lined = LineQuotes.of(dataset.further_quotes, MarketChoice(ASIAN_HANDICAP), ids, kickoffs)
        main = lined.offer((AVERAGE,), AVERAGE).taken
        lines = np.nan_to_num(main.line)
        labels, weights = judged(ASIAN_HANDICAP, settled_scores(ASIAN_HANDICAP, dataset.goals(), lines))
        return cls(main, labels, np.where(main.available, weights, 0.0), kickoffs // DAY_SECONDS)

    def against_price(self, grids: Array, rows: Mask) -> AgainstMarket:
        """Log-loss of covering by `grids` (n, CELLS) and by the price, on the matches `rows` (n,)."""
        covers = cover_probability(
            shares(ASIAN_HANDICAP, grids[rows].reshape(-1, SIZE, SIZE), self.main.line[rows])
        )
        model, price = (log_losses(one, self.labels[rows]) for one in (covers, self.main.implied()[rows]))
        return compare_log_losses(model, price, self.days[rows], self.weights[rows])


def handicap_section(
    grids: Mapping[str, Array], dataset: Dataset, winner: ForecastPanel
) -> tuple[str, list[Bar]]:
    """A table and bars of the grids (n, CELLS) by basis, on the judged matches that all of them and a price have."""
    handicaps = Handicaps.of(dataset)
    rows = winner.judged & (handicaps.weights > 0.0)
    for of_basis in grids.values():
        rows &= np.isfinite(of_basis[:, 0])
    gap = _gap(handicaps.against_price(grids[WITH_ODDS], rows))
    claim = "with_odds less price before play, log-loss of covering, Asian handicap: not worse (interval not above 0)"
    bars = [Bar(claim, gap_text(gap), not gap.clearly_above)]
    head = ["basis", "matches", "n", "log-loss", "the price's", "less the price's"]
    return table(head, _rows(grids, handicaps, winner, rows)), bars


def _rows(
    grids: Mapping[str, Array], handicaps: Handicaps, winner: ForecastPanel, rows: Mask
) -> Iterator[list[str]]:
    for basis, of_basis in grids.items():
        for scope, some in {**winner.scopes(), **seasons(winner)}.items():
            if (rows & some).any():
                against = handicaps.against_price(of_basis, rows & some)
                yield [
                    basis,
                    scope,
                    f"{against['n']:,}",
                    f"{against['log_loss_model']:.5f}",
                    f"{against['log_loss_market']:.5f}",
                    gap_text(_gap(against)),
                ]


def _gap(against: AgainstMarket) -> Gap:
    interval = against["ci95"]
    return Gap(against["difference"], (interval[0], interval[1]) if interval else None)
