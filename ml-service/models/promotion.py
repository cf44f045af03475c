"""Whether a new model takes over: compared with the current one on the test matches of both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluation.intervals import mean_interval
from evaluation.metrics import log_losses
from markets.match_winner import MATCH_WINNER
from models.market_model import WITHOUT_ODDS
from models.model_card import TestForecasts
from models.store import StoredModel

MIN_IN_COMMON = 500


@dataclass(frozen=True)
class Decision:
    """Whether to promote, and the sentence that says why."""

    promoted: bool
    reason: str


@dataclass(frozen=True)
class _Comparison:
    where: str
    matches: int
    difference: float
    interval: tuple[float, float] | None

    @property
    def worse(self) -> bool:
        return self.interval is not None and self.interval[0] > 0.0

    def __str__(self) -> str:
        text = f"{self.where} log-loss {self.difference:+.5f} over {self.matches} matches"
        if self.interval is None:
            return text
        return f"{text}, 95% interval {self.interval[0]:+.5f} to {self.interval[1]:+.5f}"


def decide(
    policy: str, new_meta: Mapping[str, Any], new_content: dict[str, Any], current: StoredModel | None
) -> Decision:
    """Decide by `policy`: "always", "never" or "if_better".

    `if_better` refuses a model that does not beat base rates, one fitted on a narrower selection of leagues than
    the current one, and one whose paired log-loss is worse for some market and basis with its 95% interval (days
    resampled) wholly on that side.
    """
    if policy == "never":
        return Decision(False, "Not promoted, as asked.")
    if policy == "always":
        return Decision(True, "Promoted, as asked.")
    unfit = _no_better_than_base_rates(new_meta)
    if unfit:
        return Decision(False, f"Refused: {unfit}.")
    if current is None:
        return Decision(True, "Promoted: there was no model that could serve.")
    if _narrower(new_meta, current.meta):
        return Decision(False, "Refused: it was fitted on some leagues only, the current model on all.")
    return _compared(list(_comparisons(new_content, current.content)))


def _compared(comparisons: list[_Comparison]) -> Decision:
    """Markets and bases with too few matches in common say nothing; the others decide."""
    comparable = [comparison for comparison in comparisons if comparison.matches >= MIN_IN_COMMON]
    if not comparable:
        common = max((comparison.matches for comparison in comparisons), default=0)
        return Decision(
            True,
            f"Promoted as the newer one: {common} test matches in common with the current model are too few to"
            f" compare ({MIN_IN_COMMON} are required).",
        )
    worse = [comparison for comparison in comparable if comparison.worse]
    if worse:
        return Decision(False, "Refused: worse than the current model in " + "; ".join(map(str, worse)) + ".")
    details = "; ".join(map(str, comparable))
    return Decision(True, f"Promoted: nowhere worse than the current model beyond chance: {details}.")


def _comparisons(new: dict[str, Any], old: dict[str, Any]) -> Iterator[_Comparison]:
    for basis, markets in new["tests"].items():
        for market, plain in markets.items():
            other = old["tests"].get(basis, {}).get(market)
            if other is not None:
                yield _paired(
                    f"{market} {basis}", TestForecasts.from_plain(plain), TestForecasts.from_plain(other)
                )


def _paired(where: str, new: TestForecasts, old: TestForecasts) -> _Comparison:
    """The two on the matches that both were tested on: the same id on the same day, since ids of another database
    are of other matches."""
    _, new_rows, old_rows = np.intersect1d(new.fixture_ids, old.fixture_ids, return_indices=True)
    same = new.days[new_rows] == old.days[old_rows]
    new_rows, old_rows = new_rows[same], old_rows[same]
    if len(new_rows) == 0:
        return _Comparison(where, 0, 0.0, None)
    labels = new.labels[new_rows]
    gaps = log_losses(new.probabilities[new_rows], labels) - log_losses(old.probabilities[old_rows], labels)
    return _Comparison(where, len(new_rows), float(gaps.mean()), mean_interval(gaps, new.days[new_rows]))


def _no_better_than_base_rates(meta: Mapping[str, Any]) -> str | None:
    """The sentence that says so; markets other than 1x2 may hold next to nothing to know, so it decides."""
    metrics = meta["models"][WITHOUT_ODDS][MATCH_WINNER.key]["metrics"]
    if metrics["log_loss"] < metrics["base_rate_log_loss"]:
        return None
    return (
        f"its 1x2 log-loss of {metrics['log_loss']:.4f} does not beat base rates"
        f" ({metrics['base_rate_log_loss']:.4f}) on {metrics['n']} test matches"
    )


def _narrower(new: Mapping[str, Any], current: Mapping[str, Any]) -> bool:
    """Whether the new model was asked for on some leagues and the current one on all, or on others too."""
    selected, current_leagues = new["data"]["selected_league_ids"], current["data"]["selected_league_ids"]
    if selected is None:
        return False
    return current_leagues is None or not set(current_leagues) <= set(selected)
