"""Settings: every default, every bad value refused by name, value and what is expected."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from config import ROOT, Settings, load
from errors import SettingError

NO_FILE = Path("no such file")

BAD = {
    "PORT": ["0", "65536", "http", "50.5", "NaN"],
    "MIN_EDGE": ["-0.1", "1.5", "3%", "nan", "inf"],
    "REQUIRE_EVIDENCE": ["maybe", "2"],
    "BOOKMAKERS": ["52,x", "52,52", "1.5", ","],
    "DB_PATH": ["~nobody-of-this-name/x"],
    "MODEL_DIR": ["config.py"],
    "STALE_AFTER_DAYS": ["-1", "two weeks"],
    "THREADS": ["0", "many", "257"],
    "BUSY_LIMIT": ["0", "10001"],
    "BACKTEST_BACKEND": ["spark", "LOCAL"],
    "LOG_FORMAT": ["xml"],
    "ALLOWED_HOSTS": [",", " , "],
}
CASES = [(name, value) for name, values in BAD.items() for value in values]


def test_without_environment_and_file_every_setting_has_its_default() -> None:
    assert load({}, NO_FILE) == Settings()


def test_the_defaults_are_those_of_the_contract() -> None:
    settings = Settings()
    assert settings.db_path == (ROOT / "../backend/database.sqlite").resolve()
    assert (settings.host, settings.port) == ("127.0.0.1", 5050)
    assert (settings.min_edge, settings.require_evidence) == (0.03, True)
    assert settings.bookmakers == (52, 11, -1, 8, 4)


@pytest.mark.parametrize(("name", "value"), CASES)
def test_a_bad_value_is_refused_with_name_value_and_what_is_expected(name: str, value: str) -> None:
    with pytest.raises(SettingError) as refused:
        load({name: value}, NO_FILE)
    assert name in refused.value.message
    assert repr(value.strip()) in refused.value.message
    assert refused.value.message.partition("expected ")[2]


@pytest.mark.parametrize(
    ("name", "value", "field", "parsed"),
    [
        ("PORT", "8080", "port", 8080),
        ("MIN_EDGE", " 0.05 ", "min_edge", 0.05),
        ("REQUIRE_EVIDENCE", "No", "require_evidence", False),
        ("BOOKMAKERS", "8, 4,-1", "bookmakers", (8, 4, -1)),
        ("ALLOWED_HOSTS", "ML.local, *", "allowed_hosts", ("ml.local", "*")),
        ("DB_PATH", "/data/node.sqlite", "db_path", Path("/data/node.sqlite")),
        ("MODEL_DIR", "elsewhere", "model_dir", ROOT / "elsewhere"),
    ],
)
def test_a_good_value_is_parsed(name: str, value: str, field: str, parsed: object) -> None:
    assert getattr(load({name: value}, NO_FILE), field) == parsed


def test_a_blank_value_counts_as_none() -> None:
    assert load({"PORT": "  ", "DB_PATH": ""}, NO_FILE) == Settings()


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("PORT=6000\nMIN_EDGE=0.1\n")
    settings = load({"PORT": "7000"}, file)
    assert (settings.port, settings.min_edge) == (7000, 0.1)


def test_a_byte_order_mark_does_not_hide_the_first_line_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("PORT=6000\n", encoding="utf-8-sig")
    assert load({}, file).port == 6000


def test_a_file_that_is_no_utf_8_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("DB_PATH=/données\n", encoding="latin-1")
    with pytest.raises(SettingError, match=r"\.env.*UTF-8"):
        load({}, file)


def test_the_example_file_shows_every_setting_at_its_default() -> None:
    example = ROOT / ".env.example"
    assert load({}, example) == Settings()
    defaults = {
        line.partition("=")[0] for line in example.read_text().splitlines() if "=" in line and line[0] != "#"
    }
    assert defaults == {field.name.upper() for field in fields(Settings)}


def test_a_bad_setting_stops_the_start_naming_it() -> None:
    run = subprocess.run(
        [sys.executable, "-c", "import main"],
        cwd=ROOT,
        env={**os.environ, "PORT": "99999"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode != 0
    assert "PORT='99999'" in run.stderr
    assert "65535" in run.stderr
