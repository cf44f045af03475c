"""Checks of answers against the shapes of `contract/`."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter


def check_shape(shape: Any, answer: Any) -> None:
    """Assert that an answer is as its typed dictionary describes it and holds nothing else.

    Validation leaves out fields without a description, so that they show as a difference.
    """
    assert TypeAdapter(shape).validate_python(answer) == answer
