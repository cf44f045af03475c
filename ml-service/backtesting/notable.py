"""The biggest wins and losses, and what the model had thought."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backtesting.book import Book
from backtesting.study import Study
from backtesting.walk import Walk

MOST = 10

Ints = NDArray[np.int64]


def notable(study: Study, walked: Walk, book: Book) -> dict[str, list[dict[str, Any]]]:
    """The `MOST` biggest wins and losses, largest first; of equal ones the boldest, by edge."""
    by_profit = np.lexsort((-book.edge, -book.profit))
    by_loss = np.lexsort((-book.edge, book.profit))
    return {
        "wins": [_row(study, walked, book, int(i)) for i in by_profit[:MOST] if book.profit[i] > 0.0],
        "losses": [_row(study, walked, book, int(i)) for i in by_loss[:MOST] if book.profit[i] < 0.0],
    }


def _row(study: Study, walked: Walk, book: Book, index: int) -> dict[str, Any]:
    row, outcome = int(book.row[index]), int(book.outcome[index])
    return {
        **_match(study, row),
        "outcome": study.market.outcomes[outcome],
        "odds": float(book.odds[index, outcome]),
        "probability": float(book.probability[index]),
        "market_probability": float(book.implied[index, outcome]),
        "edge": float(book.edge[index]),
        "stake": float(book.stake[index]),
        "profit": float(book.profit[index]),
    }


def _match(study: Study, row: int) -> dict[str, Any]:
    fixture = study.dataset.fixtures.iloc[row]
    teams = study.dataset.teams.set_index("team_id")["name"]
    leagues = study.dataset.leagues.set_index("league_id")["name"]
    kickoff = datetime.fromtimestamp(int(fixture["kickoff"]), tz=timezone.utc)
    return {
        "fixture_id": int(fixture["fixture_id"]),
        "date": kickoff.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "league": str(leagues[fixture["league_id"]]),
        "home_team": str(teams[fixture["home_team_id"]]),
        "away_team": str(teams[fixture["away_team_id"]]),
        "score": f"{fixture['goals_home']:.0f}-{fixture['goals_away']:.0f}",
    }
