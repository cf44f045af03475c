"""Scores and reliability."""

from __future__ import annotations

import numpy as np

from backtesting.scores import EvaluatedMatches, reliability


def test_a_perfect_forecast_stays_within_its_noise_band_nineteen_times_in_twenty() -> None:
    generator = np.random.default_rng(5)
    home = generator.uniform(0.05, 0.9, 60_000)
    labels = np.where(generator.uniform(size=60_000) < home, 0, 1).astype(np.int8)
    model, zeros = np.column_stack([home, 1.0 - home]), np.zeros(60_000, dtype=np.int64)
    matches = EvaluatedMatches(
        zeros, zeros, zeros, labels, model, model, model, model, zeros > 0, np.ones(60_000), home
    )
    rows = reliability(matches, ("yes", "no"))
    inside = [row["low"] <= row["observed"] <= row["high"] for row in rows]
    assert np.mean(inside) > 0.85
    assert sum(row["n"] for row in rows) == 120_000
    assert all(row["from"] <= row["predicted"] <= row["to"] for row in rows)
