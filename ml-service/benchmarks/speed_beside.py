"""`npm run ml:bench:beside -- PATH`: predictions of this checkout beside those of another, window by window.

PATH is the other checkout's `ml-service`, with a `venv` of its own. Writes a section of RESULTS.md.
"""

from __future__ import annotations

import importlib.util
import json
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path

from benchmarks import beside
from benchmarks.speed_following import Node, Watch
from benchmarks.speed_load import ClientConnection, Load, drive, requests
from benchmarks.speed_processes import FLOOR, PLAIN, ROOT, SERVICE, Uvicorn, child, serving
from benchmarks.speed_serving import CONNECTIONS, HOT, PLAYED, QUICK, Window, median_of, one_window
from benchmarks.speed_setup import SpeedBench, prepare

ROUNDS = 7
WINDOW_SECONDS = 1.0
LISTED = 1_000
COMMITS = 9
COMMITS_A_SECOND = 10
STORM_SECONDS = 3.0
READY_SECONDS = 8.0
"""Until an idle service has prepared the answers of the upcoming season."""
HEAD = "| what | constant answer | {0} | this build | share of the constant answer, {0} | share, this build |"

Bodies = Callable[[int], Sequence[str]]


def main(arguments: Sequence[str]) -> None:
    """Measure everything and write the section of RESULTS.md."""
    other: Path = beside.parser("ml:bench:beside", __doc__).parse_args(arguments).other
    bench = prepare(False, lambda text: print(text, file=sys.stderr))
    name = beside.name_of(other)
    with tempfile.TemporaryDirectory() as folder:
        sides = {
            name: (other, _models(bench, other, Path(folder))),
            "this build": (ROOT, _models(bench, ROOT, Path(folder))),
        }
        beside.write_table(
            "Serving beside an older build", _about(bench), HEAD.format(name), _lines(bench, sides)
        )


Sides = Mapping[str, tuple[Path, Path]]


def _models(bench: SpeedBench, root: Path, folder: Path) -> Path:
    """A folder with a model that the checkout at `root` can serve."""
    models = folder / f"models-{root.parent.name}"
    shutil.copytree(bench.models, models, ignore=shutil.ignore_patterns(".base*", ".fixtures*"))
    settings = bench.settings(MODEL_DIR=str(models))
    if not child("served", {}, settings, root)["valid"]:
        shutil.rmtree(models)
        models.mkdir()
        child("train", {}, settings, root)
    return models


def _about(bench: SpeedBench) -> str:
    matches = f"{bench.matches()} and a season to come"
    return (
        f"`npm run ml:bench:beside` on {matches}, {CONNECTIONS} connections, plain uvicorn unless said otherwise."
        f" Medians of {ROUNDS} windows, the services taking turns, the first turn thrown away."
    )


def _lines(bench: SpeedBench, sides: Sides) -> Iterator[str]:
    coming, past = _ids(bench, "NS"), _ids(bench, "FT")
    with _running(bench, sides, PLAIN) as services:
        time.sleep(READY_SECONDS)
        # First, while what was made ready ahead of time has not made room for what the windows ask.
        for what, ids in (("to come", coming), ("played", past)):
            yield _lists(f"{LISTED:,} fixtures {what}, never asked before", services, ids)
        for what, bodies in _questions(coming, past).items():
            yield _rates(what, services, bodies)
    if all(importlib.util.find_spec(name) for name in ("uvloop", "httptools")):
        with _running(bench, sides, QUICK) as services:
            time.sleep(READY_SECONDS)
            for what, bodies in _questions(coming, past).items():
                yield _rates(f"{what}; uvloop and httptools", services, bodies)
    yield from _following(bench, sides, past)


def _ids(bench: SpeedBench, status: str) -> list[int]:
    """The newest fixtures of a status, in random order."""
    ids = bench.newest(PLAYED, status)
    random.Random(len(ids)).shuffle(ids)  # noqa: S311  nothing secret
    return ids


def _questions(coming: Sequence[int], past: Sequence[int]) -> dict[str, Bodies]:
    """The bodies of each round, by what they request."""
    size = len(past) // (2 * (ROUNDS + 1))
    hot = [_question(each) for each in coming[:HOT]]
    return {
        "asked before": lambda _: hot,
        # Other bytes in each round: nothing but what was made ready ahead of time is known of them.
        "never asked before, to come": lambda turn: [_question(each) + " " * (turn + 1) for each in coming],
        "never asked before, played long ago": lambda turn: list(
            map(_question, past[turn * size : (turn + 1) * size])
        ),
    }


def _question(fixture_id: int) -> str:
    return json.dumps({"fixture_id": fixture_id})


@contextmanager
def _running(
    bench: SpeedBench, sides: Sides, options: tuple[str, ...], **others: str
) -> Iterator[dict[str, Uvicorn]]:
    with ExitStack() as stack:
        services = {"floor": stack.enter_context(serving(FLOOR, options))}
        for name, (root, models) in sides.items():
            settings = bench.settings(MODEL_DIR=str(models), **others)
            services[name] = stack.enter_context(serving(SERVICE, options, settings, root))
        yield services


def _rates(what: str, services: Mapping[str, Uvicorn], bodies: Bodies) -> str:
    windows: dict[str, list[Window]] = {name: [] for name in services}
    for turn in range(ROUNDS + 1):
        for name, service in services.items():
            windows[name].append(one_window(service, "/predict", bodies(turn), seconds=WINDOW_SECONDS))
    middle = {name: median_of(each[1:]) for name, each in windows.items()}
    floor, other, ours = middle.values()
    return _line(
        f"`/predict`, {what}", str(floor), str(other), str(ours), _beside(other, floor), _beside(ours, floor)
    )


def _beside(window: Window, floor: Window) -> str:
    return f"{window.rate / floor.rate:.2f}, p99 {window.p99_ms / floor.p99_ms:.2f}"


def _lists(what: str, services: Mapping[str, Uvicorn], ids: Sequence[int]) -> str:
    names = [name for name in services if name != "floor"]
    connections = {name: ClientConnection(services[name].port) for name in names}
    times: dict[str, list[float]] = {name: [] for name in names}
    lists = [ids[start : start + LISTED] for start in range(0, len(ids) - LISTED, LISTED)][-ROUNDS:]
    for request in requests("/predict", [json.dumps({"fixture_ids": each}) for each in lists]):
        for name in names:
            times[name].append(connections[name].exchange(request)[0] * 1e3)
    for connection in connections.values():
        connection.socket.close()
    other, ours = (statistics.median(times[name]) for name in names)
    return _line(
        f"`/predict`, {what}",
        "",
        f"{other:.0f} ms",
        f"{ours:.0f} ms",
        f"{ours / other:.2f} of the older build's time",
        "",
    )


def _following(bench: SpeedBench, sides: Sides, past: Sequence[int]) -> Iterator[str]:
    """Rows about commits: from one to the answer that shows it, and rates while Node commits ten times a second."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        services: dict[str, Uvicorn] = {}
        nodes: dict[str, Node] = {}
        for name, (root, models) in sides.items():
            path = Path(folder) / f"{root.parent.name}.sqlite"
            shutil.copy(bench.database, path)
            nodes[name] = stack.enter_context(closing(Node(path)))
            settings = bench.settings(DB_PATH=str(path), MODEL_DIR=str(models))
            services[name] = stack.enter_context(serving(SERVICE, PLAIN, settings, root))
        yield _commit_delay(bench, services, nodes)
        hot = [_question(each) for each in _ids(bench, "NS")[:HOT]]
        size = len(past) // (4 * ROUNDS)
        fresh = [
            list(map(_question, past[start : start + size])) for start in range(0, len(past) - size, size)
        ]
        yield _storm("asked before the last commit", services, nodes, lambda _: hot)
        yield _storm(
            "never asked before, played long ago", services, nodes, lambda turn: fresh[turn % len(fresh)]
        )


def _commit_delay(bench: SpeedBench, services: Mapping[str, Uvicorn], nodes: Mapping[str, Node]) -> str:
    fixture = bench.newest(1)[0]
    watches = {name: Watch(service, fixture) for name, service in services.items()}
    times: dict[str, list[float]] = {name: [] for name in services}
    for _ in range(COMMITS):
        for name, watch in watches.items():
            times[name].append(watch.until_shown(partial(nodes[name].commit, 1)) * 1e3)
    other, ours = (statistics.median(each) for each in times.values())
    what = "a result is committed: the next prediction shows it"
    return _line(
        what, "", f"{other:.0f} ms", f"{ours:.0f} ms", f"{ours / other:.2f} of the older build's time", ""
    )


def _storm(what: str, services: Mapping[str, Uvicorn], nodes: Mapping[str, Node], bodies: Bodies) -> str:
    shares: dict[str, list[float]] = {name: [] for name in services}
    for turn in range(3):
        for name, service in services.items():
            quiet = _rate(service, bodies(2 * turn))
            with _committing(nodes[name]):
                busy = _rate(service, bodies(2 * turn + 1))
            shares[name].append(busy / quiet)
    other, ours = (f"{statistics.median(each):.2f} of its rate without commits" for each in shares.values())
    return _line(
        f"`/predict` while {COMMITS_A_SECOND} scores a second are corrected, {what}", "", other, ours, "", ""
    )


def _rate(service: Uvicorn, bodies: Sequence[str]) -> float:
    return drive(Load(service.port, "/predict", bodies, CONNECTIONS, STORM_SECONDS)).rate


@contextmanager
def _committing(node: Node) -> Iterator[None]:
    """A thread corrects scores at a steady rate; it mostly sleeps."""
    ended = threading.Event()

    def commit() -> None:
        due = time.perf_counter()
        while not ended.wait(max(0.0, due - time.perf_counter())):
            node.correct()
            due += 1.0 / COMMITS_A_SECOND

    thread = threading.Thread(target=commit)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main(sys.argv[1:])
