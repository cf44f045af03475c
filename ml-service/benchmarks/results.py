"""RESULTS.md: one section a benchmark, with the commit and the day it was measured on."""

from __future__ import annotations

import subprocess
from datetime import datetime, timezone
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
_TITLE = "# Results\n"
_SECTION = "\n## "


def write_section(title: str, markdown: str, path: Path = RESULTS) -> None:
    """Replace the section `title` by `markdown`, or append it; other sections stay as they are."""
    document = path.read_text(encoding="utf-8") if path.exists() else _TITLE
    head, *sections = document.split(_SECTION)
    by_title = {section.partition("\n")[0]: section for section in sections}
    by_title[title] = (
        f"{title}\n\nMeasured at {commit()}, {datetime.now(timezone.utc):%Y-%m-%d}.\n\n{markdown}"
    )
    texts = [head, *(by_title[name] for name in by_title)]
    path.write_text(_SECTION.join(text.rstrip() + "\n" for text in texts), encoding="utf-8")


def commit(folder: Path = RESULTS.parent) -> str:
    """The commit checked out at `folder`, `-dirty` where files differ from it; "no commit" without a repository."""
    command = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return f"commit `{result.stdout.strip()}`" if result.returncode == 0 else "no commit"
