"""The service as users run it: uvicorn in a separate process, on a free port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import uvicorn

ROOT = Path(__file__).resolve().parent.parent
CONSTANT = ("--factory", "testing.edge:constant_app")
TIMEOUT_SECONDS = 120.0
REQUEST_SECONDS = 600.0
"""Both are long for a machine that is busy with other work: jobs run at low priority."""


class Server:
    """One uvicorn process; its log is in the file `log`."""

    def __init__(self, folder: Path, *options: str, app: tuple[str, ...] = CONSTANT, **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"uvicorn-{self.port}.log"
        models = folder / "models"
        models.mkdir(exist_ok=True)
        database = folder / "database.sqlite"
        database.touch()
        paths = {"MODEL_DIR": str(models), "DB_PATH": str(database)}
        environment = {**os.environ, **paths, **settings}
        command = [sys.executable, "-m", "uvicorn", *app, "--port", str(self.port), *options]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def wait_until_up(self) -> None:
        until(self._answers, "the service answers")

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(self.log.read_text())
        try:
            return requests.get(f"{self.url}/health", timeout=5).ok
        except requests.ConnectionError:
            return False

    def health(self) -> dict[str, Any]:
        body: dict[str, Any] = requests.get(f"{self.url}/health", timeout=REQUEST_SECONDS).json()
        return body

    def post(self, path: str, body: Any = None, **options: Any) -> requests.Response:
        return requests.post(f"{self.url}{path}", json=body, timeout=REQUEST_SECONDS, **options)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Signal the process and wait for it; returns its exit status."""
        self.process.send_signal(number)
        return self.process.wait(TIMEOUT_SECONDS)

    def sweep(self) -> None:
        """Kill whatever is left of its process group."""
        if self.process.poll() is None:
            self.stop(signal.SIGKILL)
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


class Client:
    """Requests to a service in this process, over connections that stay open."""

    def __init__(self, url: str, session: requests.Session) -> None:
        self.url = url
        self._session = session

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return self.request("POST", path, **options)

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        return self._session.request(method, self.url + path, timeout=REQUEST_SECONDS, **options)


@contextmanager
def in_thread(app: Any) -> Iterator[Client]:
    """An application in a thread of this process, so that a test can access its objects.

    Its socket is created like those of uvicorn's --workers and --reload.
    """
    listening = socket.socket(socket.AF_INET)
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        until(lambda: server.started, "the application has started")
        with requests.Session() as session:
            session.trust_env = False  # neither a proxy nor a .netrc concerns it
            yield Client(f"http://localhost:{listening.getsockname()[1]}", session)
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def serving(folder: Path, *options: str, **settings: Any) -> Iterator[Server]:
    """A service that is ready to answer; it is stopped afterwards."""
    server = Server(folder, *options, **settings)
    try:
        server.wait_until_up()
        yield server
    finally:
        server.sweep()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(holds: Any, what: str) -> None:
    """Wait until `holds()` is true; raises AssertionError after `TIMEOUT_SECONDS`."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"not true after {TIMEOUT_SECONDS} s: {what}")
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
