"""Model and market on the same matches."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.intervals import mean_interval

Array = NDArray[np.float64]


def against_market(model: Array, market: Array, days: NDArray[np.int64]) -> dict[str, Any]:
    """Mean log-losses of both in nats, their paired difference and its 95% interval over UTC days.

    `model` and `market` are the log-losses of the same n matches, n at least 1, on `days` (n,).
    """
    interval = mean_interval(model - market, days)
    return {
        "n": len(model),
        "log_loss_model": float(model.mean()),
        "log_loss_market": float(market.mean()),
        "difference": float((model - market).mean()),
        "ci95": list(interval) if interval else None,
    }
