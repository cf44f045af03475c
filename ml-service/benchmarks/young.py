"""`npm run ml:bench:young`: what forecasts with odds are worth when odds have been collected for a few weeks only.

Removes all prices from the real matches but those of the last days before a moment, trains as the service does on the
rest, and compares the next four months with the price itself. Prints its table and writes it into RESULTS.md.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
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
class YoungTraining:
    """One training: the number of matches with prices, the weight of the trees, and log-losses of the next matches.

    `losses` (n,) are the served model's, `whole` (n,) those of its trees at full weight and `price` (n,) the price's.
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
    """The matches of some years around `moment`, without prices before the last `days` before it."""
    kickoffs = dataset.fixtures["kickoff"].to_numpy()
    near = kickoffs < moment + JUDGED_DAYS * DAY_SECONDS
    part = dataset.only(near & (kickoffs > moment - FOLLOWED_DAYS * DAY_SECONDS))
    quotes = dataset.quotes
    place = index_of(part.fixtures["fixture_id"].to_numpy(), quotes.fixture_id)
    kickoff = np.append(part.fixtures["kickoff"].to_numpy(), 0)[place]
    selected = (place >= 0) & (kickoff >= moment - days * DAY_SECONDS)
    if kind == ONE:
        selected &= (quotes.bookmaker_id == BOOKMAKER) & (quotes.captured_at < kickoff - 3_600)
    return replace(part, quotes=quotes.only(selected))


def train_and_judge(dataset: Dataset, kind: str, moment: int, days: int) -> list[YoungTraining]:
    """Both markets, trained at `moment` (epoch seconds) on prices of the `days` before it."""
    young = with_last_prices(dataset, kind, moment, days)
    data = data_by_market(young, Settings().bookmakers)
    return [_outcome(data[key], kind, moment, days) for key in MARKETS]


def _outcome(data: TrainingData, kind: str, moment: int, days: int) -> YoungTraining:
    earlier = data.only(data.labelled & (data.known_at <= moment))
    upcoming = data.only(data.labelled & data.priced & (data.kickoff > moment))
    model = served(earlier)
    return YoungTraining(
        kind,
        days,
        data.market.key,
        int(usable(earlier, WITH_ODDS).sum()),
        0.0 if model.is_price else model.weight,
        _losses(model, upcoming),
        _losses(replace(model, weight=1.0), upcoming),
        log_losses(upcoming.implied, upcoming.labels),
        upcoming.days,
    )


def served(earlier: TrainingData) -> MarketModel:
    """The model that /train makes of these matches."""
    try:
        return trained(earlier, WITH_ODDS)
    except InsufficientData:
        return MarketModel.of_price(earlier.market)


def _losses(model: MarketModel, upcoming: TrainingData) -> Array:
    return log_losses(
        model.predict(upcoming.features, upcoming.implied, upcoming.deviations), upcoming.labels
    )


def rows(trainings: Sequence[YoungTraining]) -> Iterator[list[str]]:
    """A row of the table for each kind, market and number of days."""
    for kind in (ONE, ALL):
        for market in MARKETS:
            for days in DAYS:
                group = [
                    training
                    for training in trainings
                    if (training.kind, training.market, training.days) == (kind, market, days)
                ]
                group = [training for training in group if len(training.losses)]
                if group:
                    yield _row(group)


def _row(group: Sequence[YoungTraining]) -> list[str]:
    losses, whole, price, day = (
        np.concatenate([getattr(training, name) for training in group])
        for name in ("losses", "whole", "price", "day")
    )
    matches, weights = [training.matches for training in group], [training.weight for training in group]
    return [
        group[0].kind,
        group[0].market,
        str(group[0].days),
        f"{min(matches):,} to {max(matches):,}",
        f"{np.mean(weights):.3f}",
        f"{len(losses):,}",
        f"{price.mean():.4f}",
        gap_text(_gap(losses - price, day)),
        gap_text(_gap(whole - price, day)),
    ]


def _gap(difference: Array, day: Ints) -> Gap:
    return Gap(float(difference.mean()), mean_interval(difference, day))


def report(trainings: Sequence[YoungTraining], seconds: float) -> str:
    """The table in Markdown."""
    head = ["prices", "market", "days", "matches with prices", "weight", "judged", "price's log-loss"]
    head += ["with_odds less price", "trees in full less price"]
    return (
        f"{len(MONTHS)} trainings between {MONTHS[0][0]} and {MONTHS[-1][0]} on real matches that have prices of the"
        f" last days only, each judged on the {JUDGED_DAYS} days after it. Log-loss, 95% intervals over match days."
        f" Trees count in full from {TREES_IN_FULL:,} matches on. {seconds / 60:.1f} minutes.\n\n"
        + table(head, rows(trainings))
    )


def moments() -> list[int]:
    """Moments of the trainings, in epoch seconds."""
    return [int(datetime(year, month, 1, tzinfo=timezone.utc).timestamp()) for year, month in MONTHS]


def main() -> int:
    """Run the benchmark; returns 0, also without real matches."""
    started, folder = time.monotonic(), real_matches()
    if folder is None:
        print(
            "There are no real matches here: set FOOTBALL_DATA to a folder of football-data.co.uk's season files."
        )
        return 0
    with closing(Reader(imported(folder, print))) as reader:
        dataset = reader.load()
    work = [(kind, moment, days) for moment in moments() for kind in (ONE, ALL) for days in DAYS]
    with parallel_config("loky", inner_max_num_threads=1):
        parts = Parallel(n_jobs=PROCESSES, batch_size=1)(
            delayed(train_and_judge)(dataset, *each) for each in work
        )
    text = report([training for part in parts for training in part], time.monotonic() - started)
    print(text)
    write_section(TITLE, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
