"""How long a prediction stays as it is.

It depends on the model, the database, the request, and for a coming match on the moment: a result becomes known 150
minutes after kick-off, a price counts from its capture, and after some days data are stale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from common.times import DAY_SECONDS, NEVER
from live.snapshot import Snapshot
from markets.prices import Quotes
from models.answer import Standing, Validity
from models.match import Subject


def validities(
    standing: Standing, subjects: Sequence[Subject], quotes: Sequence[Quotes], stale_after_days: float
) -> list[Validity]:
    """How long the predictions of `subjects` hold, made with the database's `quotes` of them."""
    changes = [_price_changes(subjects, some) for some in quotes]
    untils = [
        min(
            *(of_prices.get(subject.fixture_id, NEVER) for of_prices in changes),
            _next_change(subject, standing.snapshot, stale_after_days),
        )
        if subject.is_coming
        else NEVER
        for subject in subjects
    ]
    return [
        Validity(standing, subject.moment, until) for subject, until in zip(subjects, untils, strict=True)
    ]


def _price_changes(subjects: Sequence[Subject], quotes: Quotes) -> dict[int | None, int]:
    """By fixture, when the next of its prices counts.

    One that counts from the present second may be a last price without a time of its own, which counts as captured
    whenever it is read.
    """
    moments = {subject.fixture_id: subject.moment for subject in subjects if subject.is_coming}
    if not moments:
        return {}
    pending = quotes.captured_at >= min(moments.values())
    changes: dict[int | None, int] = {}
    if not pending.any():
        return changes
    for fixture_id, captured in zip(
        quotes.fixture_id[pending].tolist(), quotes.captured_at[pending].tolist(), strict=True
    ):
        moment = moments.get(fixture_id)
        if moment is not None and captured >= moment:
            changes[fixture_id] = min(changes.get(fixture_id, NEVER), max(captured, moment + 1))
    return changes


def _next_change(subject: Subject, snapshot: Snapshot, stale_after_days: float) -> int:
    """When the next result is known to a coming match, or its data become stale, or it kicks off."""
    latest = snapshot.latest_known(subject.moment)
    if latest is None:  # the prediction then names its own moment
        return subject.moment + 1
    stale = math.floor(latest + stale_after_days * DAY_SECONDS) + 1
    changes = [subject.closes_at, snapshot.next_known(subject.moment)]
    return min([*changes, stale] if stale > subject.moment else changes)
