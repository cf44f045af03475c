"""A load generator in a process of its own: keep-alive connections that ask again as soon as they are answered."""

from __future__ import annotations

import itertools
import json
import re
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 60.0
APART_SECONDS = 0.01
"""Between connections, so that of several workers the first to wake does not take them all."""
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_ENOUGH = 2**18


@dataclass(frozen=True)
class Load:
    """`bodies` are posted to `path` in turn, each once before any twice; without bodies the path is asked for."""

    port: int
    path: str
    bodies: Sequence[str]
    connections: int
    seconds: float


@dataclass(frozen=True)
class Answers:
    """What came back: requests a second, latencies in milliseconds, answers that were not 200."""

    rate: float
    median_ms: float
    p99_ms: float
    refused: int


def drive(load: Load) -> Answers:
    """Run `load` in another process and wait for it."""
    command = [sys.executable, "-m", "benchmarks.speed_load"]
    done = subprocess.run(
        command, cwd=ROOT, input=json.dumps(asdict(load)), capture_output=True, text=True, check=True
    )
    return Answers(**json.loads(done.stdout))


def requests(path: str, bodies: Sequence[str]) -> list[bytes]:
    """The requests as they go over the wire."""
    if not bodies:
        return [f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode()]
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    return [f"{head}content-length: {len(body.encode())}\r\n\r\n{body}".encode() for body in bodies]


class Connection:
    """One keep-alive connection with at most one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._asked = 0.0
        self._received = b""

    def ask(self, request: bytes) -> None:
        """Send a request."""
        self._received = b""
        self._asked = time.perf_counter()
        self.socket.sendall(request)

    def read(self) -> tuple[float, bool] | None:
        """Take what has come: seconds since the request and whether it was a 200, None while more is to come."""
        part = self.socket.recv(_ENOUGH)
        if not part:
            raise ConnectionError("the service hung up")
        self._received += part
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return None
        length = _LENGTH.search(head)
        if length is None or len(body) < int(length[1]):
            return None
        return time.perf_counter() - self._asked, head.startswith(b"HTTP/1.1 200")

    def exchange(self, request: bytes) -> tuple[float, bytes]:
        """Ask and wait: seconds it took and the body."""
        self.ask(request)
        while (answer := self.read()) is None:
            continue
        return answer[0], self._received.partition(b"\r\n\r\n")[2]


def run(load: Load) -> Answers:
    """Ask for `load.seconds`."""
    upcoming = itertools.cycle(requests(load.path, load.bodies))
    with selectors.DefaultSelector() as selector:
        for _ in range(load.connections):
            connection = Connection(load.port)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.ask(next(upcoming))
            time.sleep(APART_SECONDS)
        started = time.perf_counter()
        answers = list(_answers(selector, upcoming, started + load.seconds))
        seconds = time.perf_counter() - started
    latencies = np.array([latency for latency, _ in answers]) * 1e3
    refused = sum(not good for _, good in answers)
    median, high = np.percentile(latencies, [50, 99])
    return Answers(len(answers) / seconds, float(median), float(high), refused)


def _answers(
    selector: selectors.BaseSelector, upcoming: Iterator[bytes], until: float
) -> Iterator[tuple[float, bool]]:
    while time.perf_counter() < until:
        for key, _ in selector.select(PATIENCE_SECONDS):
            connection: Connection = key.data
            answer = connection.read()
            if answer is not None:
                yield answer
                connection.ask(next(upcoming))


def main() -> None:
    """Run the load that stdin describes, print what came back."""
    given: dict[str, Any] = json.load(sys.stdin)
    print(json.dumps(asdict(run(Load(**given)))))


if __name__ == "__main__":
    main()
