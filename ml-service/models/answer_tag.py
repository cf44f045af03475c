"""A digest of all that an answer is made from: while it is the same, so is the answer.

After a commit a kept answer is compared by it, which takes a fraction of the time of making the answer again. A tag
has two halves: what the model is told, and, where that has changed, what it says of it.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from itertools import compress
from typing import Literal

import numpy as np

from common.arrays import Ints
from live.snapshot import Snapshot
from markets.prices import Quotes
from models.answer import Standing
from models.match import NO_ID, Knowledge, Subject

TAG_BYTES = 16
"""Of one half."""
_SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")


def circumstances(
    standing: Standing,
    subjects: Sequence[Subject],
    knowledge: Sequence[Knowledge],
    quotes: Quotes,
    further: tuple[Sequence[bool], Quotes],
) -> list[bytes]:
    """A digest of what the answer about each of `subjects` (n,) is made from under `standing`, but for features.

    `quotes` are the database's of them. `further` tells which subjects' further markets are asked for (n,), and has
    the quotes of these. The request and the settings are not in it.
    """
    model_id, snapshot = standing.model.model_id, standing.snapshot
    has_further, further_quotes = further
    of_further = iter(_prices(list(compress(subjects, has_further)), further_quotes))
    return [
        _digest(_facts(model_id, subject, of_subject, snapshot), prices, next(of_further) if more else b"")
        for subject, of_subject, prices, more in zip(
            subjects, knowledge, _prices(subjects, quotes), has_further, strict=True
        )
    ]


def input_tags(around: Sequence[bytes], subjects: Sequence[Subject]) -> list[bytes]:
    """The first half of each tag (n,): what the answer is made from, of `circumstances` and features."""
    return [
        _digest(
            one,
            subject.features.tobytes(),
            b"" if subject.swapped is None else subject.swapped.tobytes(),
        )
        for one, subject in zip(around, subjects, strict=True)
    ]


def outcome_tags(around: Sequence[bytes], outcomes: Sequence[bytes]) -> list[bytes]:
    """The second half of each tag (n,): `circumstances` and what the model says, which often outlasts features.

    A result moves ratings of the whole world in their last digits, and few trees send a match elsewhere for that.
    """
    return [_digest(*parts) for parts in zip(around, outcomes, strict=True)]


def has_inputs(tag: bytes | None, inputs: bytes) -> bool:
    """Whether an answer with this tag was made from the same."""
    return tag is not None and tag[:TAG_BYTES] == inputs


def has_outcome(tag: bytes | None, outcome: bytes) -> bool:
    """Whether an answer with this tag says the same."""
    return tag is not None and tag[TAG_BYTES:] == outcome


def _digest(*parts: bytes) -> bytes:
    """The digest of all parts; those of other lengths have another."""
    lengths = struct.pack(f"{len(parts)}q", *map(len, parts))
    return hashlib.blake2b(b"".join((lengths, *parts)), digest_size=TAG_BYTES).digest()


def _facts(model_id: str, subject: Subject, knowledge: Knowledge, snapshot: Snapshot) -> bytes:
    """What an answer says of a match, and what it depends on, but for features and prices."""
    league = snapshot.leagues[subject.league_id]
    facts = (
        model_id,
        subject.fixture_id,
        subject.api_id,
        *league,
        subject.home_team_id,
        snapshot.teams[subject.home_team_id],
        subject.away_team_id,
        snapshot.teams[subject.away_team_id],
        subject.kickoff,
        subject.closes_at,
        *knowledge,
        # Without any result the answer names its own moment.
        subject.moment if knowledge.latest is None else None,
    )
    return repr(facts).encode("utf-8", "surrogatepass")


def _prices(subjects: Sequence[Subject], quotes: Quotes) -> list[bytes]:
    """All prices of each subject (n,), and how many of them do not count yet."""
    if not len(quotes):
        return [b"0:"] * len(subjects)
    rows, begins, ends = _spans(subjects, quotes)
    captured = quotes.captured_at[rows]
    table = np.empty((len(captured), 3 + quotes.odds.shape[1]))
    bits = table.view(np.int64)
    bits[:, 0], bits[:, 1], bits[:, 2], table[:, 3:] = (
        quotes.market[rows],
        quotes.bookmaker_id[rows],
        captured,
        quotes.odds[rows],
    )
    whole, width = table.tobytes(), table.itemsize * table.shape[1]
    moments = np.array([min(subject.moment, subject.closes_at - 1) for subject in subjects])
    spans = zip(begins, ends, _waiting(captured, begins, ends, moments), strict=True)
    return [b"%d:" % later + whole[begin * width : end * width] for begin, end, later in spans]


def _spans(subjects: Sequence[Subject], quotes: Quotes) -> tuple[Ints | slice, list[int], list[int]]:
    """Rows of `quotes` in order of fixture, and where those of each subject (n,) begin and end in that order."""
    if len(subjects) == 1:
        return slice(None), [0], [len(quotes)]
    order = np.argsort(quotes.fixture_id, kind="stable")
    ids = quotes.fixture_id[order]
    subject_ids = np.array([NO_ID if each.fixture_id is None else each.fixture_id for each in subjects])
    begins, ends = (ids.searchsorted(subject_ids, side=side).tolist() for side in _SIDES)
    return order, begins, ends


def _waiting(captured: Ints, begins: Sequence[int], ends: Sequence[int], moments: Ints) -> list[int]:
    """How many of each subject's prices were captured after its moment, (n,)."""
    if captured.max() <= moments.min():
        return [0] * len(moments)
    spans = zip(begins, ends, moments.tolist(), strict=True)
    return [int((captured[begin:end] > moment).sum()) for begin, end, moment in spans]
