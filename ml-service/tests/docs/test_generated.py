"""Generated files say what the code says today."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from config import ROOT, Settings
from docs import markdown
from docs.generate import generated
from errors import documented

NODE_CLIENT = "../backend/src/services/ml"
FILES = (
    "docs/routes.md",
    "docs/errors.md",
    "docs/settings.md",
    ".env.example",
    f"{NODE_CLIENT}/contract.d.ts",
    f"{NODE_CLIENT}/markets.js",
)


@pytest.fixture(scope="module")
def texts() -> dict[Path, str]:
    return generated()


@pytest.mark.parametrize("name", FILES)
def test_a_generated_file_is_what_the_code_writes(texts: dict[Path, str], name: str) -> None:
    path = (ROOT / name).resolve()
    assert path.read_text(encoding="utf-8") == texts[path], "run python -m docs.generate"


def test_every_generated_file_is_compared(texts: dict[Path, str]) -> None:
    assert set(texts) == {(ROOT / name).resolve() for name in FILES}


def test_every_error_code_has_a_row(texts: dict[Path, str]) -> None:
    page = texts[ROOT / "docs/errors.md"]
    codes = {kind.code for kind in documented()} - {"invalid_setting"}
    assert {code for code in codes if f" | `{code}` | " not in page} == set()


def test_every_setting_has_a_row_with_its_default(texts: dict[Path, str]) -> None:
    page = texts[ROOT / "docs/settings.md"]
    for field in fields(Settings):
        default = field.metadata["default"]
        assert f"| `{field.name.upper()}` | {markdown.code(default)} |" in page


def test_a_vertical_bar_does_not_end_a_cell() -> None:
    assert markdown.table(("a",), [("x|y",)]).splitlines()[-1] == r"| x\|y |"
