"""`npm run ml:bench:young`: what forecasts with odds are worth where odds have been collected for some weeks only.

Takes the prices of all but the last days before a moment away from the real matches, trains as the service does on
what is left, and judges the next four months beside the price itself. Prints its table and writes it into RESULTS.md.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone

import numpy as np
from joblib import Parallel, delayed, parallel_config
from numpy.typing import NDArray

from benchmarks.data import imported, real_matches
from benchmarks.quality_scores import Gap
from benchmarks.quality_tables import gap_text, table
from benchmarks.quality_walk import PROCESSES, trained
from benchmarks.results import write_section
from common.arrays import index_of
from common.times import DAY_SECONDS
from config import Settings
from db.dataset import Dataset
from db.reader import Reader
from errors import InsufficientData
from evaluation.intervals import mean_interval
from evaluation.metrics import log_losses
from markets.match_winner import MATCH_WINNER
from markets.over_under import OVER_UNDER
from models.fitting import TREES_IN_FULL, usable
from models.market_model import WITH_ODDS, MarketModel
from models.training_data import TrainingData, data_by_market

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

TITLE = "Young databases"
MONTHS = (
    (2019, 10),
    (2020, 10),
    (2021, 2),
    (2021, 10),
    (2022, 2),
    (2022, 10),
    (2023, 2),
    (2023, 10),
    (2024, 2),
)
"""Moments of training, in seasons later than those that TREES_IN_FULL was chosen on (2008 to 2019)."""
DAYS = (40, 200, 400)
JUDGED_DAYS, FOLLOWED_DAYS = 120, 5 * 365
ONE, ALL = "one bookmaker, captured once", "all bookmakers, with closing prices"
BOOKMAKER = 8
MARKETS = (MATCH_WINNER.key, OVER_UNDER.key)


@dataclass(frozen=True)
class Judged:
    """One training: the matches with prices behind it, the weight of its trees, and log-losses of the next matches.

    `losses` are of the served model, `whole` of its trees at full weight and `price` of the price itself, (n,) each.
    """

    kind: str
    days: int
    market: str
    matches: int
    weight: float
    losses: Array
    whole: Array
    price: Array
    day: Ints


def with_last_prices(dataset: Dataset, kind: str, moment: int, days: int) -> Dataset:
    """The matches of some years around `moment` without the prices of those that kicked off `days` before it."""
    kickoffs = dataset.fixtures["kickoff"].to_numpy()
    near = kickoffs < moment + JUDGED_DAYS * DAY_SECONDS
    part = dataset.only(near & (kickoffs > moment - FOLLOWED_DAYS * DAY_SECONDS))
    quotes = dataset.quotes
    place = index_of(part.fixtures["fixture_id"].to_numpy(), quotes.fixture_id)
    kickoff = np.append(part.fixtures["kickoff"].to_numpy(), 0)[place]
    kept = (place >= 0) & (kickoff >= moment - days * DAY_SECONDS)
    if kind == ONE:
        kept &= (quotes.bookmaker_id == BOOKMAKER) & (quotes.captured_at < kickoff - 3_600)
    return replace(part, quotes=quotes.only(kept))


def judged(dataset: Dataset, kind: str, moment: int, days: int) -> list[Judged]:
    """Both markets, trained at `moment` (epoch seconds) on prices of the `days` before it."""
    young = with_last_prices(dataset, kind, moment, days)
    given = data_by_market(young, Settings().bookmakers)
    return [_judged(given[key], kind, moment, days) for key in MARKETS]


def _judged(given: TrainingData, kind: str, moment: int, days: int) -> Judged:
    earlier = given.only(given.labelled & (given.known_at <= moment))
    asked = given.only(given.labelled & given.priced & (given.kickoff > moment))
    model = served(earlier)
    return Judged(
        kind,
        days,
        given.market.key,
        int(usable(earlier, WITH_ODDS).sum()),
        0.0 if model.is_price else model.weight,
        _losses(model, asked),
        _losses(replace(model, weight=1.0), asked),
        log_losses(asked.implied, asked.labels),
        asked.days,
    )


def served(earlier: TrainingData) -> MarketModel:
    """The model that /train makes of these matches."""
    try:
        return trained(earlier, WITH_ODDS)
    except InsufficientData:
        return MarketModel.of_price(earlier.market)


def _losses(model: MarketModel, asked: TrainingData) -> Array:
    return log_losses(model.predict(asked.features, asked.implied, asked.deviations), asked.labels)


def rows(found: Sequence[Judged]) -> Iterator[list[str]]:
    """A row of the table for every kind, market and number of days."""
    for kind in (ONE, ALL):
        for market in MARKETS:
            for days in DAYS:
                some = [one for one in found if (one.kind, one.market, one.days) == (kind, market, days)]
                some = [one for one in some if len(one.losses)]
                if some:
                    yield _row(some)


def _row(some: Sequence[Judged]) -> list[str]:
    losses, whole, price, day = (
        np.concatenate([getattr(one, name) for one in some]) for name in ("losses", "whole", "price", "day")
    )
    matches, weights = [one.matches for one in some], [one.weight for one in some]
    return [
        some[0].kind,
        some[0].market,
        str(some[0].days),
        f"{min(matches):,} to {max(matches):,}",
        f"{np.mean(weights):.3f}",
        f"{len(losses):,}",
        f"{price.mean():.4f}",
        gap_text(_gap(losses - price, day)),
        gap_text(_gap(whole - price, day)),
    ]


def _gap(difference: Array, day: Ints) -> Gap:
    return Gap(float(difference.mean()), mean_interval(difference, day))


def report(found: Sequence[Judged], seconds: float) -> str:
    """The table in Markdown."""
    head = ["prices", "market", "days", "matches with prices", "weight", "judged", "price's log-loss"]
    head += ["with_odds less price", "trees in full less price"]
    return (
        f"{len(MONTHS)} trainings between {MONTHS[0][0]} and {MONTHS[-1][0]} on real matches that have prices of the"
        f" last days only, each judged on the {JUDGED_DAYS} days after it. Log-loss, 95% intervals over match days."
        f" Trees count in full from {TREES_IN_FULL:,} matches on. {seconds / 60:.1f} minutes.\n\n"
        + table(head, rows(found))
    )


def moments() -> list[int]:
    """When the models are trained, in epoch seconds."""
    return [int(datetime(year, month, 1, tzinfo=timezone.utc).timestamp()) for year, month in MONTHS]


def main() -> int:
    """Run the benchmark; 0 also where there are no real matches."""
    started, folder = time.monotonic(), real_matches()
    if folder is None:
        print(
            "There are no real matches here: set FOOTBALL_DATA to a folder of football-data.co.uk's season files."
        )
        return 0
    dataset = Reader(imported(folder, print)).load()
    work = [(kind, moment, days) for moment in moments() for kind in (ONE, ALL) for days in DAYS]
    with parallel_config("loky", inner_max_num_threads=1):
        parts = Parallel(n_jobs=PROCESSES, batch_size=1)(delayed(judged)(dataset, *each) for each in work)
    text = report([one for part in parts for one in part], time.monotonic() - started)
    print(text)
    write_section(TITLE, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
