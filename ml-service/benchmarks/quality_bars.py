"""The bars for the forecasts, each with its measurement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality_panel import BEFORE, CLOSING, ForecastPanel
from benchmarks.quality_scores import Gap
from benchmarks.quality_tables import divisions, gap_text, table
from models.fitting import RESULTS_ONLY
from models.market_model import WITH_ODDS, WITHOUT_ODDS

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

BASE, ELO, DIXON_COLES = "base rates", "Elo, ordered logit", "Dixon-Coles (penaltyblog)"
GAPS = {RESULTS_ONLY: (0.0039, 0.0036), WITHOUT_ODDS: (0.0020, 0.0020)}
"""RPS above the close that is allowed: in all divisions, in the five biggest leagues."""
PUBLISHED = 0.0061
"""Score-driven Dixon-Coles on 2,660 Premier League matches, other seasons than these."""
AHEAD = -0.00025
WORST_SLICE = 0.003


@dataclass(frozen=True)
class Bar:
    """A claim about the forecasts, the figure measured for it, and whether the figure meets it."""

    claim: str
    measured: str
    met: bool


def bars_table(bars: list[Bar]) -> str:
    """Every bar as a row of a Markdown table."""
    rows = ([bar.claim, bar.measured, "yes" if bar.met else "**no**"] for bar in bars)
    return table(["bar", "measured (95% interval over match days)", "met"], rows)


def closing_bars(winner: ForecastPanel) -> Iterator[Bar]:
    """How near the service comes to the closing line without the match's own prices."""
    for name, limits in GAPS.items():
        for (scope, rows), limit in zip(winner.scopes().items(), limits, strict=True):
            gap = winner.rps_gap(name, CLOSING, rows)
            claim = f"{name} less closing average, RPS, {scope}: {limit:+.4f} or less"
            yield Bar(claim, gap_text(gap), gap.mean <= limit)
    gap = winner.rps_gap(RESULTS_ONLY, CLOSING, winner.division == "E0")
    claim = f"{RESULTS_ONLY} less closing average, RPS, E0: below the best published, {PUBLISHED:+.4f}"
    yield Bar(claim, gap_text(gap), gap.mean < PUBLISHED)


def price_bars(panels: dict[str, ForecastPanel]) -> Iterator[Bar]:
    """Whether the service with prices is better than the price itself."""
    gap = panels["1x2"].rps_gap(WITH_ODDS, BEFORE)
    claim = f"with_odds less average price before play, RPS, 1x2: {AHEAD:+.5f} or less, interval below 0"
    yield Bar(claim, gap_text(gap), gap.mean <= AHEAD and gap.clearly_below)
    gap = panels["ou25"].log_loss_gap(WITH_ODDS, BEFORE)
    claim = "with_odds less price before play, log-loss, ou25: not worse (interval not above 0)"
    yield Bar(claim, gap_text(gap), not gap.clearly_above)


def rival_bars(winner: ForecastPanel) -> Iterator[Bar]:
    """The service beats Dixon-Coles and Elo in log-loss overall; neither is significantly better in a division."""
    for name in (RESULTS_ONLY, WITHOUT_ODDS):
        for rival in (ELO, DIXON_COLES):
            if rival in winner.forecasts:
                yield _rival(winner, name, rival)


def _rival(winner: ForecastPanel, name: str, rival: str) -> Bar:
    gap = winner.log_loss_gap(name, rival)
    lost = [
        code
        for code, rows in divisions(winner).items()
        if winner.log_loss_gap(name, rival, rows).clearly_above
    ]
    measured = f"{gap_text(gap)}; better than the service in {', '.join(lost) or 'no division'}"
    claim = f"{name} less {rival}, log-loss, 1x2: interval below 0; the rival clearly better in no division"
    return Bar(claim, measured, gap.clearly_below and not lost)


def goals_bars(panels: dict[str, ForecastPanel]) -> Iterator[Bar]:
    """Over/under and both teams to score have a lower log-loss than base rates."""
    for key, name in (("ou25", WITHOUT_ODDS), ("ou25", WITH_ODDS), ("btts", WITHOUT_ODDS)):
        gap = panels[key].log_loss_gap(name, BASE)
        claim = f"{name} less base rates, log-loss, {key}: interval below 0"
        yield Bar(claim, gap_text(gap), gap.clearly_below)


def calibration_bars(panels: dict[str, ForecastPanel]) -> Iterator[Bar]:
    """Confidence ECE is inside the noise band; class-wise ECE and mean P(draw) are no worse than the close's."""
    for key, panel in panels.items():
        for name in (WITHOUT_ODDS, WITH_ODDS):
            if name in panel.forecasts:
                errors = panel.line(name, panel.judged).confidence
                claim = f"confidence ECE of {name}, {key}: inside the noise band"
                yield Bar(claim, f"{errors.size:.4f}, band to {errors.band:.4f}", errors.inside)
    yield from _against_closing(panels["1x2"])


def _against_closing(winner: ForecastPanel) -> Iterator[Bar]:
    market = winner.line(CLOSING, winner.judged)
    for name in (WITHOUT_ODDS, WITH_ODDS):
        ours = winner.line(name, winner.judged)
        claim = f"class-wise ECE of {name}, 1x2: not above the close's"
        measured = f"{ours.classwise.size:.4f} (the close {market.classwise.size:.4f})"
        yield Bar(claim, measured, ours.classwise.size <= market.classwise.size)
        off, theirs = (abs(line.mean[1] - line.share[1]) for line in (ours, market))
        claim = f"mean P(draw) of {name}: no further from the draws than the close's"
        measured = f"{ours.mean[1]:.4f} of {ours.share[1]:.4f}, off {off:.4f} (the close {theirs:.4f})"
        yield Bar(claim, measured, off <= theirs)


def slice_bars(winner: ForecastPanel, groups: dict[str, Mask]) -> Iterator[Bar]:
    """No slice is much worse than all matches together."""
    for name in (WITHOUT_ODDS, RESULTS_ONLY, WITH_ODDS):
        whole = winner.rps_gap(name, CLOSING).mean
        worse = {
            group: winner.rps_gap(name, CLOSING, rows).mean - whole
            for group, rows in groups.items()
            if (rows & winner.judged).any()
        }
        worst = max(worse, key=lambda group: worse[group])
        claim = f"{name}: no slice more than {WORST_SLICE:+.3f} RPS further from the close than the whole"
        yield Bar(claim, f"worst {worse[worst]:+.5f}: {worst}", worse[worst] <= WORST_SLICE)


def stranger_bar(gap: Gap, n: int) -> Bar:
    """A league that is new to the model, against its base rates."""
    claim = "without_odds in a league never seen, from its teams' 20th match on, less base rates, log-loss: below 0"
    return Bar(claim, f"{gap_text(gap)}, n = {n:,}", bool(np.isfinite(gap.mean)) and gap.clearly_below)
