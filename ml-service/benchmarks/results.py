"""RESULTS.md: one section a benchmark, with the commit and the day it was measured on."""

from __future__ import annotations

import subprocess
from datetime import datetime, timezone
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
_TITLE = "# Results\n"
_SECTION = "\n## "


def write_section(title: str, markdown: str, path: Path = RESULTS) -> None:
    """Put `markdown` under the heading `title`, in the place of what stood there; other sections stay."""
    whole = path.read_text(encoding="utf-8") if path.exists() else _TITLE
    head, *sections = whole.split(_SECTION)
    kept = {section.partition("\n")[0]: section for section in sections}
    kept[title] = f"{title}\n\nMeasured at {commit()}, {datetime.now(timezone.utc):%Y-%m-%d}.\n\n{markdown}"
    texts = [head, *(kept[name] for name in kept)]
    path.write_text(_SECTION.join(text.rstrip() + "\n" for text in texts), encoding="utf-8")


def commit(folder: Path = RESULTS.parent) -> str:
    """The commit checked out at `folder`, `-dirty` where files differ from it; "no commit" without a repository."""
    command = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    told = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return f"commit `{told.stdout.strip()}`" if told.returncode == 0 else "no commit"
