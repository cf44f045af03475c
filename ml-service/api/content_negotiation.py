"""Content negotiation by the Accept header (RFC 9110, 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WEIGHT = re.compile(r"\s*q\s*=\s*(0(\.\d{0,3})?|1(\.0{0,3})?)\s*", re.IGNORECASE)


def best_media_type(lines: Sequence[str], offered: Sequence[str]) -> str:
    """The media type of `offered` with the highest weight in the header's `lines`; the earliest among equals.

    The last one offered is the default: wildcards mean it alone, and clients that accept none of them get it.
    """
    weights, default = _weights(lines), offered[-1]
    ranges = (default, f"{default.partition('/')[0]}/*", "*/*")
    weights[default] = next((weights[each] for each in ranges if each in weights), 0.0)
    best = max(offered, key=lambda media_type: weights.get(media_type, 0.0))
    return best if weights.get(best, 0.0) > 0.0 else default


def _weights(lines: Sequence[str]) -> dict[str, float]:
    """Weight by media range, in lower case."""
    weights: dict[str, float] = {}
    for each in ",".join(lines).split(","):
        media_range, *parameters = each.split(";")
        weights[media_range.strip().lower()] = _weight(parameters)
    return weights


def _weight(parameters: Sequence[str]) -> float:
    """The last valid weight among a range's parameters; 1 without any."""
    values = [float(match[1]) for match in map(_WEIGHT.fullmatch, parameters) if match]
    return values[-1] if values else 1.0
