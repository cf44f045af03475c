"""A load generator in its own process: each keep-alive connection sends a request as soon as the last is answered."""

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
"""Between connections, so that the first of several workers to wake does not take them all."""
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_MAX_RECEIVED_BYTES = 2**18


@dataclass(frozen=True)
class Load:
    """Requests for `seconds`: `bodies` posted to `path` in turn, again and again; a GET of `path` without bodies."""

    port: int
    path: str
    bodies: Sequence[str]
    connections: int
    seconds: float


@dataclass(frozen=True)
class Answers:
    """Requests a second, latencies in milliseconds, and the number of answers other than 200."""

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
    """The raw bytes of each request."""
    if not bodies:
        return [f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode()]
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    return [f"{head}content-length: {len(body.encode())}\r\n\r\n{body}".encode() for body in bodies]


class ClientConnection:
    """One keep-alive connection with at most one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sent_at = 0.0
        self._received = b""

    def ask(self, request: bytes) -> None:
        """Send a request."""
        self._received = b""
        self._sent_at = time.perf_counter()
        self.socket.sendall(request)

    def read(self) -> tuple[float, bool] | None:
        """Receive: seconds since the request and whether the answer is a 200, None while the answer is incomplete."""
        received = self.socket.recv(_MAX_RECEIVED_BYTES)
        if not received:
            raise ConnectionError("the service hung up")
        self._received += received
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return None
        length = _LENGTH.search(head)
        if length is None or len(body) < int(length[1]):
            return None
        return time.perf_counter() - self._sent_at, head.startswith(b"HTTP/1.1 200")

    def exchange(self, request: bytes) -> tuple[float, bytes]:
        """Send a request and wait for its answer: seconds and the body."""
        self.ask(request)
        while (answer := self.read()) is None:
            continue
        return answer[0], self._received.partition(b"\r\n\r\n")[2]


def run(load: Load) -> Answers:
    """Send requests for `load.seconds` and summarise the answers."""
    upcoming = itertools.cycle(requests(load.path, load.bodies))
    with selectors.DefaultSelector() as selector:
        for _ in range(load.connections):
            connection = ClientConnection(load.port)
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
            connection: ClientConnection = key.data
            answer = connection.read()
            if answer is not None:
                yield answer
                connection.ask(next(upcoming))


def main() -> None:
    """Run the load that stdin describes as JSON and print its `Answers` as JSON."""
    fields: dict[str, Any] = json.load(sys.stdin)
    print(json.dumps(asdict(run(Load(**fields)))))


if __name__ == "__main__":
    main()
