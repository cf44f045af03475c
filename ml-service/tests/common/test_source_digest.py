"""What code does decides its digest; what it says about itself does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.source_digest import BASE_HISTORY, FEATURES, ROOT, source_digest

CODE = '''"""Ratings."""

ELO_K = 20.0  # a match
"""Points."""


def gain(surprise: float) -> float:
    """Points won."""
    # half of it
    return f"{ELO_K * surprise} # no comment"
'''


def digest_of(folder: Path, name: str, code: str) -> str:
    root = folder / name
    root.mkdir()
    (root / "ratings.py").write_text(code)
    return source_digest(("ratings.py",), root)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""Ratings."""', '"""Ratings of teams."""'),
        ("  # a match", ""),
        ("# half of it", "# a third of it"),
        ('"""Points."""', '"""Points a match."""'),
        ('    """Points won."""\n', ""),
    ],
)
def test_comments_and_docstrings_leave_the_digest_alone(old: str, new: str, tmp_path: Path) -> None:
    assert digest_of(tmp_path, "old", CODE) == digest_of(tmp_path, "new", CODE.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"), [("20.0", "32.0"), ("# no comment", "# one"), ("return ", "return 'x' + ")]
)
def test_a_change_of_code_changes_the_digest(old: str, new: str, tmp_path: Path) -> None:
    assert digest_of(tmp_path, "old", CODE) != digest_of(tmp_path, "new", CODE.replace(old, new))


@pytest.mark.parametrize("name", [*FEATURES, *BASE_HISTORY])
def test_every_name_is_of_a_file_or_folder_that_is_there(name: str) -> None:
    assert (ROOT / name).exists()
