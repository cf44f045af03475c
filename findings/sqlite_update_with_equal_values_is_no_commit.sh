#!/bin/sh
# SQLite 3.54.1 (through apsw 3.54.1.0; 3.40.1 does the same): an UPDATE that writes the values that are there already
# changes nothing that a watcher of the file can see.
#
# A writer saves whole rows whether they changed or not, and reads back `changes()` 1. One expects each such save to
# be a commit: that `PRAGMA data_version` moves for other connections, or the file's time, or the WAL's size. None
# does, in rollback mode or WAL mode, so the cheapest filter of idle saves is there for free. An upsert
# (ON CONFLICT DO UPDATE) behaves alike. INSERT OR REPLACE with equal values, and two updates there and back in one
# transaction, are commits, though not a value differs afterwards.
#
# Seen, whether data_version moves, in both modes: equal UPDATE no, other value yes, equal upsert no, equal REPLACE
# yes, there and back yes.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check apsw==3.54.1.0
OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'EOF'
import os
import tempfile

import apsw

STATEMENTS = {
    "equal UPDATE": ("UPDATE price SET bookmaker = 'A', odds = 2.5 WHERE id = 1", False),
    "equal upsert": (
        "INSERT INTO price VALUES (1, 'A', 2.5) ON CONFLICT (id) DO UPDATE SET odds = excluded.odds", False
    ),
    "equal REPLACE": ("INSERT OR REPLACE INTO price VALUES (1, 'A', 2.5)", True),
    "there and back": (
        "BEGIN; UPDATE price SET odds = 9 WHERE id = 1; UPDATE price SET odds = 2.5 WHERE id = 1; COMMIT", True
    ),
    "other value": ("UPDATE price SET odds = 2.6 WHERE id = 1", True),
}
for mode in ("delete", "wal"):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "prices.sqlite")
        writer, watcher = apsw.Connection(path), apsw.Connection(path)
        writer.execute(f"PRAGMA journal_mode = {mode}").fetchall()
        writer.execute("CREATE TABLE price (id INTEGER PRIMARY KEY, bookmaker TEXT, odds REAL)")
        writer.execute("INSERT INTO price VALUES (1, 'A', 2.5)")


        def state():
            (version,) = watcher.execute("PRAGMA data_version").fetchone()
            files = [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if not name.endswith("-shm")]
            return version, [(os.stat(file).st_mtime_ns, os.path.getsize(file)) for file in files]


        for name, (statement, is_commit) in STATEMENTS.items():
            version, files = state()
            writer.execute(statement)
            later, later_files = state()
            print(mode, name, "changes()", writer.changes(), "data_version moves", later != version)
            assert writer.changes() == 1
            assert (later != version) == is_commit
            assert is_commit or later_files == files
        writer.close()
        watcher.close()
EOF
