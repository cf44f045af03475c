"""Overload: too many clients, slow and rude ones, and junk."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

from benchmarks.speed_load import ClientConnection
from benchmarks.speed_load import requests as raw_requests
from benchmarks.speed_processes import resident_mb
from benchmarks.torture_ground import COMING, FaultRow, Ground, Tally, service, wait
from testing.server import Server

CLIENTS = 200
HEALTH_MS = 100.0
GROWTH_MB = 30.0
AS_QUICK = 2.0
"""Largest ratio of the median latency afterwards to that before, on a shared machine."""
MIB = 2**20
PATIENCE_SECONDS = 20.0

Statuses = Counter[str]
Attack = Callable[[int, Statuses, Ground], Coroutine[Any, Any, None]]
WATCHER = """
import http.client, sys, threading, time
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()
worst = 0.0
print("begun", flush=True)
while not stop.wait(0.05):
    started = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=30)
    try:
        connection.request("GET", "/health")
        good = connection.getresponse().read(1) == b"{"
    except OSError:
        good = False
    connection.close()
    worst = max(worst, (time.perf_counter() - started) * 1e3 if good else float("inf"))
print(worst)
"""


def overload(ground: Ground) -> Iterator[FaultRow]:
    """Each kind of overload against one service, with its /health, memory and latency watched."""
    folder = ground.place("overload")
    with service(folder) as server:
        _median_ms(server)
        asyncio.run(_many(server.port, Counter(), ground))
        for name, attack in ATTACKS.items():
            yield _attacked(ground, server, name, attack)


def _attacked(ground: Ground, server: Server, name: str, attack: Attack) -> FaultRow:
    tally, statuses = Tally(f"overload: {name}"), Statuses()
    pace, memory = _median_ms(server), resident_mb(server.process.pid)
    worst = _watched(server.port, lambda: asyncio.run(attack(server.port, statuses, ground)))
    wait(lambda: len(_sockets(server)) < CLIENTS // 4, 15.0)
    grown, after = resident_mb(server.process.pid) - memory, _median_ms(server)
    strange = [status for status in statuses if status.startswith("5") and status != "503"]
    tally.check(f"answers: {dict(statuses)}", not strange and bool(statuses))
    tally.check(f"/health took {worst:.0f} ms", worst < HEALTH_MS)
    tally.check(f"memory grew by {grown:.0f} MB", grown < GROWTH_MB)
    tally.check(f"slower afterwards: {after:.1f} ms", after < AS_QUICK * pace + 1.0)
    counts = ", ".join(f"{count} of {status}" for status, count in statuses.most_common(6))
    return tally.row(
        f"{counts}; /health at worst {worst:.0f} ms; {memory:.0f} MB, then {grown:+.0f};"
        f" median {pace:.1f} ms before, {after:.1f} after; load average {os.getloadavg()[0]:.0f}"
    )


def _sockets(server: Server) -> list[str]:
    """The service's open file descriptors."""
    return [path.name for path in Path(f"/proc/{server.process.pid}/fd").iterdir()]


def _median_ms(server: Server, count: int = 200) -> float:
    connection = ClientConnection(server.port)
    (request,) = raw_requests("/predict", [json.dumps({"fixture_id": COMING})])
    try:
        return statistics.median(connection.exchange(request)[0] for _ in range(count)) * 1e3
    finally:
        connection.socket.close()


def _watched(port: int, attack: Callable[[], None]) -> float:
    """The longest answer of /health during the attack, in milliseconds, measured from another process."""
    command = [sys.executable, "-c", WATCHER, str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as watcher:
        if watcher.stdout is None:
            raise RuntimeError("the watcher has no stdout")
        watcher.stdout.readline()
        try:
            attack()
        finally:
            output, _ = watcher.communicate("stop\n", timeout=60)
    return float(output)


async def _exchange(port: int, raw: bytes) -> str:
    """Send one request on its own connection; returns the status, or how it ended."""
    try:
        async with _connected(port) as (reader, writer):
            writer.write(raw)
            await writer.drain()
            return await _status(reader)
    except OSError:
        return "hung up"
    except asyncio.TimeoutError:
        return "no answer"


@contextlib.asynccontextmanager
async def _connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), PATIENCE_SECONDS)
    try:
        yield reader, writer
    finally:
        writer.close()


async def _status(reader: asyncio.StreamReader) -> str:
    """The status of an answer, read to its end."""
    line = await asyncio.wait_for(reader.readline(), PATIENCE_SECONDS)
    length = 0
    while (header := await asyncio.wait_for(reader.readline(), PATIENCE_SECONDS)).strip():
        if header.lower().startswith(b"content-length:"):
            length = int(header.partition(b":")[2])
    await asyncio.wait_for(reader.readexactly(length), PATIENCE_SECONDS)
    return line.split()[1].decode() if line else "hung up"


async def _many(port: int, statuses: Statuses, ground: Ground) -> None:
    """200 clients that send a request as soon as the last one is answered."""
    end = time.perf_counter() + ground.times(20, 4)
    body = json.dumps({"fixture_ids": list(range(1, 101))})
    request = raw_requests("/predict", [body])[0]

    async def ask() -> None:
        while time.perf_counter() < end:
            statuses[await _exchange(port, request)] += 1

    await asyncio.gather(*(ask() for _ in range(CLIENTS)))


async def _slow(port: int, statuses: Statuses, ground: Ground) -> None:
    """Clients that send one byte at a time, slowly."""
    request = raw_requests("/predict", [json.dumps({"fixture_id": COMING})])[0]
    end = time.perf_counter() + ground.times(25, 20)

    async def trickle() -> None:
        try:
            async with _connected(port) as (reader, writer):
                for byte in request[:-1]:
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(0.05)
                    if reader.at_eof():
                        break
                while time.perf_counter() < end and not reader.at_eof():
                    await asyncio.sleep(0.5)
                statuses["hung up on" if reader.at_eof() else "still waited for"] += 1
        except OSError:
            statuses["hung up on"] += 1

    await asyncio.gather(*(trickle() for _ in range(CLIENTS)))


async def _leaving(port: int, statuses: Statuses, ground: Ground) -> None:
    """Clients that disconnect in the middle of their request or of the answer."""
    body = json.dumps({"fixture_ids": list(range(1, 701))})
    request = raw_requests("/predict", [body])[0]
    moments = random.Random(5)  # noqa: S311  nothing secret

    async def leave() -> None:
        with contextlib.suppress(OSError):
            async with _connected(port) as (_, writer):
                writer.write(request[: moments.randrange(1, len(request) + 1)])
                await writer.drain()
                await asyncio.sleep(moments.uniform(0.0, 0.02))
                writer.transport.abort()
        statuses["left"] += 1

    for _ in range(ground.times(100, 20)):
        await asyncio.gather(*(leave() for _ in range(20)))


async def _large(port: int, statuses: Statuses, ground: Ground) -> None:
    """Bodies around and far above the limit, declared and in chunks."""
    head = b"POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    requests = [
        head + f"content-length: {size}\r\n\r\n".encode() + b" " * size
        for size in (MIB - 1, MIB, MIB + 1, 8 * MIB)
    ]
    requests += [head + b"transfer-encoding: chunked\r\n\r\n" + chunk * count for count in (20, 100)]
    for _ in range(ground.times(50, 5)):
        for status in await asyncio.gather(*(_exchange(port, request) for request in requests)):
            statuses[status] += 1


async def _junk(port: int, statuses: Statuses, ground: Ground) -> None:
    """10,000 random requests, most of them invalid."""
    moments = random.Random(7)  # noqa: S311  nothing secret
    for _ in range(ground.times(500, 50)):
        for status in await asyncio.gather(*(_exchange(port, _nonsense(moments)) for _ in range(20))):
            statuses[status] += 1


_VALUES = (
    "null",
    "-1",
    "1e400",
    "NaN",
    "true",
    '"x"',
    "[]",
    "{}",
    "10000000000000000000",
    "[[[[]]]]",
    "0.5",
    '"\\ud800"',
)
_NAMES = (
    "fixture_id",
    "fixture_ids",
    "match",
    "odds",
    "explain",
    "use_odds",
    "from",
    "to",
    "wait",
    "junk",
    "staking",
)


def _nonsense(moments: random.Random) -> bytes:
    members = ", ".join(f'"{moments.choice(_NAMES)}": {moments.choice(_VALUES)}' for _ in range(3))
    bodies = (f"{{{members}}}", members, "[" * moments.randrange(1, 5000), moments.randbytes(40).hex())
    body = moments.choice(bodies).encode() if moments.random() < 0.8 else moments.randbytes(60)
    path = moments.choice(
        ("/predict", "/backtest", "/health", "/model/current", "/%00", "/../../etc/passwd", "/x?y=1")
    )
    method = moments.choice(("POST", "POST", "POST", "GET", "PUT", "DELETE", "BREW"))
    host = moments.choice(("localhost", "localhost", "localhost", "evil.example", "", "[::1"))
    kind = moments.choice(("application/json", "application/json", "text/plain", "multipart/form-data"))
    if moments.random() < 0.05:
        return moments.randbytes(200) + b"\r\n\r\n"
    head = f"{method} {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


ATTACKS: dict[str, Attack] = {
    "200 clients at once": _many,
    "200 slow clients": _slow,
    "clients that leave half-way": _leaving,
    "bodies of 1 MiB and more": _large,
    "10,000 requests of junk": _junk,
}


def keepalive(ground: Ground) -> Iterator[FaultRow]:
    """Small answers on keep-alive connections, from one worker and from several."""
    folder = ground.place("keepalive")
    medians: dict[int, float] = {}
    for workers in (1, 4):
        with service(folder, "--workers", str(workers)) as server:
            medians[workers] = min(_median_ms(server, 100) for _ in range(ground.times(20, 5)))
    tally = Tally("keep-alive requests to 4 workers")
    tally.check("several workers are slower", medians[4] < AS_QUICK * medians[1] + 1.0)
    yield tally.row(f"a median answer in {medians[4]:.2f} ms, with one worker {medians[1]:.2f} ms")
