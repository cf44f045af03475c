"""What a client says it takes: the header Accept (RFC 9110, 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WEIGHT = re.compile(r"\s*q\s*=\s*(0(\.\d{0,3})?|1(\.0{0,3})?)\s*", re.IGNORECASE)


def preferred(lines: Sequence[str], offered: Sequence[str]) -> str:
    """Which of the media types `offered` the header's lines want most, the earliest of those they want alike.

    The last is the usual one: it alone is meant by a wildcard, and it is sent to those who want none of them.
    """
    weights, usual = _weights(lines), offered[-1]
    meant = (usual, f"{usual.partition('/')[0]}/*", "*/*")
    weights[usual] = next((weights[each] for each in meant if each in weights), 0.0)
    wanted = max(offered, key=lambda media_type: weights.get(media_type, 0.0))
    return wanted if weights.get(wanted, 0.0) > 0.0 else usual


def _weights(lines: Sequence[str]) -> dict[str, float]:
    """Weight by media range, in lower case."""
    weights: dict[str, float] = {}
    for each in ",".join(lines).split(","):
        media_range, *parameters = each.split(";")
        weights[media_range.strip().lower()] = _weight(parameters)
    return weights


def _weight(parameters: Sequence[str]) -> float:
    """The last readable weight among a range's parameters; without one the client wants it wholly."""
    given = [float(found[1]) for found in map(_WEIGHT.fullmatch, parameters) if found]
    return given[-1] if given else 1.0
