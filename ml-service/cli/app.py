"""Command-line client of the service: `python -m cli train | predict | backtest`."""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import sys
from collections.abc import Sequence
from datetime import date
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

import config
from cli import score_tables, tables
from cli.client import DEFAULT_URL, CommandError, Follow, ServiceClient
from common.times import now
from errors import SettingError
from markets.choices import market_problem
from markets.match_winner import MATCH_WINNER
from markets.registry import BY_KEY

if TYPE_CHECKING:
    from cli.names import Directory

OK, FAILED, INTERRUPTED = 0, 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status of the process."""
    options = _parser().parse_args(arguments)
    _replace_unprintable_characters()
    try:
        options.run(options, ServiceClient(os.environ.get("ML_SERVICE_URL", "").strip() or DEFAULT_URL))
    except CommandError as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return OK


def train(options: argparse.Namespace, client: ServiceClient) -> None:
    """Train a model and print its evaluation."""
    leagues = _league_ids(options.league)
    body = {"league_ids": leagues, "from": options.first, "to": options.last, "promote": options.promote}
    with _Bar("training") as bar:
        result = client.follow("/train", body, bar.show)
    print(tables.training(result))


def predict(options: argparse.Namespace, client: ServiceClient) -> None:
    """Predict a fixture, or the next match of two teams."""
    match = _predict_body(options.match, options.api_id)
    options_of_answer = {"use_odds": options.use_odds, "explain": options.explain, "scores": options.scores}
    body = client.post("/predict", {**match, **options_of_answer})
    print(_json(body) if options.json else prediction_text(body))


def prediction_text(body: dict[str, Any]) -> str:
    """What `predict` prints of an answer."""
    parts = [tables.prediction(body)]
    if body["scores"]:
        parts.append(score_tables.scores(body["scores"]))
    if body.get("further_markets"):
        parts.append(score_tables.further_markets(body["further_markets"]))
    return "\n\n".join(parts)


def backtest(options: argparse.Namespace, client: ServiceClient) -> None:
    """Run a backtest, print its result and write it to files."""
    for path in filter(None, (options.json, options.html)):
        _check_writable(path)
    with _Bar("backtest") as bar:
        result = client.follow("/backtest", _backtest_body(options), bar.show)
    body = {key: value for key, value in result.items() if key != "type"}
    print(tables.backtest(body))
    if options.json:
        _write(options.json, json.dumps(body, indent=2))
    if options.html:
        from backtesting.report.page import render

        _write(options.html, render(body))


def _backtest_body(options: argparse.Namespace) -> dict[str, Any]:
    staking = {
        "method": options.staking,
        "fraction": options.fraction,
        "cap": options.cap,
        "bankroll": options.bankroll,
    }
    return {
        "from": options.first,
        "to": options.last,
        "league_ids": _league_ids(options.league),
        "market": options.market,
        "refit": options.refit,
        "use_odds": options.use_odds,
        "bookmaker_id": options.bookmaker,
        "min_edge": options.min_edge,
        "staking": staking,
    }


def _predict_body(match: list[str], api_id: int | None) -> dict[str, Any]:
    if api_id is not None and not match:
        return {"api_id": api_id}
    if len(match) == 1 and match[0].isdecimal() and api_id is None:
        return {"fixture_id": int(match[0])}
    if len(match) != 2 or api_id is not None:
        raise CommandError(
            "expected two teams, home first, or one fixture id, or --api-id with API-Football's id"
        )
    directory = _directory()
    home, away = (directory.team(name) for name in match)
    if home == away:
        raise CommandError("a team cannot play itself")
    return directory.predict_body(home, away)


def _league_ids(leagues: list[str]) -> list[int] | None:
    if not leagues:
        return None
    if all(league.isdecimal() for league in leagues):
        return [int(league) for league in leagues]
    directory = _directory()
    return [directory.league(league) for league in leagues]


def _directory() -> Directory:
    """Names in the database; the import takes a second, which not every command needs."""
    from cli.names import Directory

    try:
        return Directory(config.load().db_path, now())
    except SettingError as error:
        raise CommandError(error.message) from None


def _replace_unprintable_characters() -> None:
    """Print a question mark for each character that the terminal's encoding lacks."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def _json(body: dict[str, Any]) -> str:
    """Indented JSON, escaped where the terminal is not UTF-8, so that values stay exact."""
    is_utf_8 = (sys.stdout.encoding or "").lower() in ("utf-8", "utf8")
    return json.dumps(body, indent=2, ensure_ascii=not is_utf_8)


def _check_writable(path: Path) -> None:
    """Raise CommandError before the work rather than after it."""
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise CommandError(f"{path} is not writable")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}") from None
    print(f"written: {path}")


class _Bar:
    """A progress bar on a terminal, one line per stage elsewhere."""

    def __init__(self, name: str) -> None:
        self._terminal = sys.stderr.isatty()
        self._stage = ""
        form = "{desc:<36.36} {percentage:3.0f}%|{bar}| {elapsed}{postfix}"
        self._bar = tqdm(total=1.0, desc=name, bar_format=form, disable=not self._terminal, leave=False)
        self.show: Follow = self._show

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def _show(self, job: dict[str, Any]) -> None:
        if not self._terminal and job["stage"] != self._stage:
            print(f"{job['progress']:4.0%} {job['stage']}", file=sys.stderr)
        self._stage = job["stage"]
        self._bar.set_description_str(job["stage"], refresh=False)
        if job["eta_seconds"] is not None:
            self._bar.set_postfix_str(f"about {job['eta_seconds']:.0f} s left", refresh=False)
        self._bar.n = job["progress"]
        self._bar.refresh()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cli",
        description="ServiceClient of the running service at ML_SERVICE_URL, by default " + DEFAULT_URL,
    )
    commands = parser.add_subparsers(required=True, metavar="train | predict | backtest")
    _add_train(commands.add_parser("train", help="train a model"))
    _add_predict(commands.add_parser("predict", help="predict a match"))
    _add_backtest(commands.add_parser("backtest", help="evaluate and bet on past matches"))
    return parser


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=train)
    _add_scope(parser, required=False)
    parser.add_argument("--promote", choices=("if_better", "always", "never"), default="if_better")


def _add_predict(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=predict)
    parser.add_argument(
        "match", nargs="*", metavar="TEAM", help="home and away team by name, or a fixture id"
    )
    parser.add_argument("--api-id", type=int, metavar="ID", help="API-Football's id of a fixture")
    _add_use_odds(parser)
    parser.add_argument("--explain", action="store_true", help="show which features moved 1x2 most")
    parser.add_argument(
        "--scores", action="store_true", help="show the distribution of scores, and its lines"
    )
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")


def _add_backtest(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=backtest)
    _add_scope(parser, required=True)
    _add_use_odds(parser)
    parser.add_argument(
        "--market",
        type=_market,
        default=MATCH_WINNER.key,
        help=f"{', '.join(BY_KEY)}, ah (Asian handicap), dc (double chance), ht_1x2 (half-time result), ht_ft"
        " (half-time/full-time) or ou and a line, such as ou3.5",
    )
    parser.add_argument("--refit", choices=("month", "quarter", "season"), default="quarter")
    parser.add_argument("--bookmaker", type=_bookmaker, metavar="ID|best", help="whose prices are used")
    parser.add_argument(
        "--min-edge", type=_finite, default=0.03, help="smallest edge of a bet, in probability"
    )
    parser.add_argument("--staking", choices=("flat", "kelly"), default="flat")
    parser.add_argument("--fraction", type=_finite, default=0.25, help="of Kelly's stake")
    parser.add_argument("--cap", type=_finite, default=0.05, help="largest share of the bankroll in one bet")
    parser.add_argument("--bankroll", type=_finite, default=1000.0)
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with plots")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the answer as JSON")


def _add_scope(parser: argparse.ArgumentParser, required: bool) -> None:
    parser.add_argument(
        "--league", action="append", default=[], metavar="NAME|ID", help="may be repeated; default: all"
    )
    parser.add_argument(
        "--from", dest="first", type=_day, required=required, metavar="DAY", help="YYYY-MM-DD"
    )
    parser.add_argument("--to", dest="last", type=_day, required=required, metavar="DAY", help="YYYY-MM-DD")


def _add_use_odds(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--use-odds", action=argparse.BooleanOptionalAction, default=True)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a date: expected YYYY-MM-DD, such as 2024-08-31"
        ) from None


def _market(text: str) -> str:
    problem = market_problem(text)
    if problem is not None:
        raise argparse.ArgumentTypeError(f"expected {problem}")
    return text


def _finite(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{text!r} is not a finite number")
    return number


def _bookmaker(text: str) -> int | str:
    if text != "best" and not re.fullmatch(r"-?\d+", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is neither a bookmaker id nor best")
    return text if text == "best" else int(text)


if __name__ == "__main__":
    sys.exit(main())
