"""The real matches in a database of their own, imported once with the project's importer."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

Say = Callable[[str], None]

REPOSITORY = Path(__file__).resolve().parent.parent.parent
DEFAULT_DATA = REPOSITORY.parent / "shared" / "data" / "football-data"
IMPORTER = (REPOSITORY / "backend" / "scripts" / "db-import.js", REPOSITORY / "backend" / "src")


def real_matches() -> Path | None:
    """The folder of season files: FOOTBALL_DATA, else beside the project; None where there is none."""
    folder = Path(os.environ.get("FOOTBALL_DATA") or DEFAULT_DATA).resolve()
    return folder if folder.is_dir() else None


def cache() -> Path:
    """The folder of files that later runs use again."""
    folder = Path(tempfile.gettempdir()) / "statfoot-quality"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def imported(folder: Path, say: Say) -> Path:
    """The database of `folder`'s matches, made again when the files or the importer change."""
    database = cache() / f"matches-{_digest(folder)}.sqlite"
    if not database.exists():
        say(f"importing {folder}")
        _import(folder, database)
    return database


def _import(folder: Path, database: Path) -> None:
    unfinished = database.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    # npm's place on the PATH is the user's own.
    command = ["npm", "run", "--silent", "db:import", "--", str(folder), "--db", str(unfinished)]
    subprocess.run(command, cwd=REPOSITORY, check=True)
    unfinished.rename(database)


def _digest(folder: Path) -> str:
    """Changes with the names, sizes and times of the season files and with the importer's source."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.csv")):
        status = path.stat()
        digest.update(f"{path.relative_to(folder)} {status.st_size} {status.st_mtime_ns}\n".encode())
    for root in IMPORTER:
        for path in sorted(root.rglob("*.js")) if root.is_dir() else [root]:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
