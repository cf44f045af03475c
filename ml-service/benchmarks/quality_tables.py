"""The benchmark's tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality_margins import METHODS, SERVICE
from benchmarks.quality_panel import BEFORE, BIG_FIVE, CLOSING, ForecastPanel
from benchmarks.quality_scores import Gap, Line, line, log_loss_gap, rps_gap
from models.market_model import WITH_ODDS

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

NOTHING = "-"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, the first column aligned left and the others right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def gap_text(gap: Gap) -> str:
    """A mean difference and its interval, with signs."""
    if gap.interval is None:
        return f"{gap.mean:+.5f}"
    return f"{gap.mean:+.5f} [{gap.interval[0]:+.5f}, {gap.interval[1]:+.5f}]"


def full_table(panel: ForecastPanel, rows: Mask) -> str:
    """Every forecaster with every score, on the judged matches among `rows` (n,)."""
    reference = CLOSING if CLOSING in panel.forecasts else "base rates"
    aimed = panel.market.outcomes[1 if panel.market.size > 2 else 0]
    head = ["forecaster", "n", "log-loss", "RPS", "Brier", "accuracy", "ECE (luck stays below)"]
    head += ["class-wise ECE (below)", f"mean P({aimed})", aimed]
    head += [f"RPS less {reference}'s", f"log-loss less {reference}'s"]
    return table(head, (_full_row(panel, name, rows, reference) for name in panel.forecasts))


def _full_row(panel: ForecastPanel, name: str, rows: Mask, reference: str) -> list[str]:
    scores = panel.line(name, rows)
    place = 1 if panel.market.size > 2 else 0
    gaps = [NOTHING, NOTHING]
    if name != reference:
        gaps = [
            gap_text(panel.rps_gap(name, reference, rows)),
            gap_text(panel.log_loss_gap(name, reference, rows)),
        ]
    return [
        name,
        *_scores(scores),
        f"{scores.classwise.size:.4f} ({scores.classwise.band:.4f})",
        f"{scores.mean[place]:.4f}",
        f"{scores.share[place]:.4f}",
        *gaps,
    ]


def _scores(scores: Line) -> list[str]:
    return [
        f"{scores.n:,}",
        f"{scores.log_loss:.4f}",
        f"{scores.rps:.4f}",
        f"{scores.brier:.4f}",
        f"{scores.accuracy:.3f}",
        f"{scores.confidence.size:.4f} ({scores.confidence.band:.4f})",
    ]


def grouped_table(panel: ForecastPanel, title: str, groups: dict[str, Mask]) -> str:
    """Every forecaster in every group that has judged matches, the groups one below the other."""
    reference = CLOSING if CLOSING in panel.forecasts else "base rates"
    head = [title, "forecaster", "n", "log-loss", "RPS", "Brier", "accuracy", "ECE (luck stays below)"]
    head += [f"RPS less {reference}'s"]
    return table(head, _grouped_rows(panel, groups, reference))


def _grouped_rows(panel: ForecastPanel, groups: dict[str, Mask], reference: str) -> Iterable[list[str]]:
    for group, rows in groups.items():
        if not (rows & panel.judged).any():
            continue
        for name in panel.forecasts:
            gap = NOTHING if name == reference else gap_text(panel.rps_gap(name, reference, rows))
            yield [group, name, *_scores(panel.line(name, rows)), gap]


def divisions(panel: ForecastPanel) -> dict[str, Mask]:
    """Masks by division, the biggest leagues first."""
    present = set(panel.division[panel.judged].tolist())
    others = sorted(present - set(BIG_FIVE))
    ordered = [*(code for code in BIG_FIVE if code in present), *others]
    return {code: panel.division == code for code in ordered}


def seasons(panel: ForecastPanel) -> dict[str, Mask]:
    """Masks by season."""
    years = np.unique(panel.season[panel.judged]).tolist()
    return {f"{year}-{(year + 1) % 100:02d}": panel.season == year for year in years}


def slice_table(panel: ForecastPanel, names: Sequence[str], groups: dict[str, Mask]) -> str:
    """Gaps to the close in each slice, and how far they exceed those of all judged matches."""
    whole = {name: panel.rps_gap(name, CLOSING).mean for name in names}
    head = ["slice", "n", "closing RPS"]
    for name in names:
        head += [f"{name} less closing", "more than the whole"]
    return table(head, (_slice_row(panel, group, rows, whole) for group, rows in groups.items()))


def _slice_row(panel: ForecastPanel, group: str, rows: Mask, whole: dict[str, float]) -> list[str]:
    some = rows & panel.judged
    if not some.any():
        return [group, "0", NOTHING, *[NOTHING] * (2 * len(whole))]
    cells = [group, f"{int(some.sum()):,}", f"{panel.line(CLOSING, rows).rps:.4f}"]
    for name, usual in whole.items():
        gap = panel.rps_gap(name, CLOSING, rows)
        cells += [gap_text(gap), f"{gap.mean - usual:+.5f}"]
    return cells


def price_table(panels: Iterable[ForecastPanel]) -> str:
    """The service with prices against the price before play, by market and scope."""
    head = ["market", "matches", "n", "RPS less the price's", "log-loss less the price's"]
    rows = [
        [
            panel.market.key,
            scope,
            f"{int((mask & panel.judged).sum()):,}",
            gap_text(panel.rps_gap(WITH_ODDS, BEFORE, mask)),
            gap_text(panel.log_loss_gap(WITH_ODDS, BEFORE, mask)),
        ]
        for panel in panels
        for scope, mask in {**panel.scopes(), **seasons(panel)}.items()
    ]
    return table(head, rows)


def calibration_table(panels: Iterable[ForecastPanel]) -> str:
    """The effect of calibration on the service's models, and the method that each season's model chose."""
    head = ["market", "basis", "log-loss less that without calibration", "methods by season"]
    rows = [
        [panel.market.key, name, gap_text(panel.calibration_gap(name)), ", ".join(panel.calibrations[name])]
        for panel in panels
        for name in panel.uncalibrated
    ]
    return table(head, rows)


def margin_table(odds: Array, labels: NDArray[np.int8], days: Ints) -> str:
    """The ways of removing the margin, best first, each against the service's; `odds` (n, k) without NaN."""
    forecasts = {name: method(odds) for name, method in METHODS.items()}
    ranked = sorted(forecasts, key=lambda name: line(forecasts[name], labels).log_loss)
    head = ["method", "n", "log-loss", "RPS", "log-loss less the service's", "RPS less the service's"]
    return table(head, (_margin_row(name, forecasts, labels, days) for name in ranked))


def _margin_row(name: str, forecasts: dict[str, Array], labels: NDArray[np.int8], days: Ints) -> list[str]:
    scores = line(forecasts[name], labels)
    cells = [name, f"{scores.n:,}", f"{scores.log_loss:.5f}", f"{scores.rps:.5f}"]
    if name == SERVICE:
        return [*cells, NOTHING, NOTHING]
    return [
        *cells,
        gap_text(log_loss_gap(forecasts[name], forecasts[SERVICE], labels, days)),
        gap_text(rps_gap(forecasts[name], forecasts[SERVICE], labels, days)),
    ]
