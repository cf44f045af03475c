"""Trainings and services that are killed, stopped or run out of disk and memory."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from benchmarks.speed_processes import tree
from benchmarks.torture_ground import (
    BACKTEST,
    PATIENCE_SECONDS,
    STREAM,
    FaultRow,
    Ground,
    Tally,
    code_of,
    ended,
    faults_of_models,
    jobs_below,
    predict,
    service,
    state,
    train,
    wait,
    zombies_below,
)
from models.store import ModelStore
from testing.server import Server, alive

STOPPED_SECONDS = 5.0
SERVED_SECONDS = 2.0
WORKERS = 4
LITTLE_MEMORY = 20 * 2**20


def killed(ground: Ground) -> Iterator[FaultRow]:
    """The process of a training is killed at random moments, half of the time while it saves."""
    folder = ground.place("killed")
    moments = random.Random(5)  # noqa: S311  nothing secret
    with service(folder) as server:
        started = time.perf_counter()
        train(server)
        whole = time.perf_counter() - started
        random_moments, saving = (
            Tally("training killed at a random moment"),
            Tally("training killed as it saves"),
        )
        for _ in range(ground.times(50, 3)):
            random_moments.attempt(_killed_once(server, folder, moments.uniform(0.0, whole)))
        for _ in range(ground.times(50, 3)):
            saving.attempt(_killed_saving(server, folder, moments.uniform(0.0, 0.004)))
        random_moments.check("the next training failed", train(server).ok)
    outcome = (
        '/health: "its process was killed; the machine may have run out of memory"; the old model serves'
    )
    yield random_moments.row(outcome)
    yield saving.row("only whole pairs, no temporary file, no zombie; the next /train works")


def _killed_once(server: Server, folder: Path, seconds: float) -> list[str]:
    if not _begun(server):
        return ["the training was not accepted"]
    time.sleep(seconds)
    return _kill(server, folder)


def _killed_saving(server: Server, folder: Path, seconds: float) -> list[str]:
    if not _begun(server):
        return ["the training was not accepted"]
    models = folder / "models"
    before = set(models.iterdir())

    def saves() -> bool:
        return any(
            path.name.startswith(".tmp-") or path.suffix == ".pkl" for path in set(models.iterdir()) - before
        )

    _spin(saves)
    time.sleep(seconds)
    return _kill(server, folder)


def _spin(holds: object, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for a condition that holds for milliseconds only."""
    end = time.perf_counter() + seconds
    while callable(holds) and not holds() and time.perf_counter() < end:
        time.sleep(0.0002)


def _begun(server: Server) -> bool:
    accepted = server.post("/train", {"promote": "always"}).status_code == 202
    wait(lambda: bool(jobs_below(server.process.pid)), 10.0)
    return accepted


def _kill(server: Server, folder: Path) -> list[str]:
    for child in jobs_below(server.process.pid):
        os.kill(child, signal.SIGKILL)
    job = ended(server, "training")
    faults = faults_of_models(folder / "models")
    if job["status"] == "failed" and "killed" not in job["error"]["message"]:
        faults.append(job["error"]["message"])
    if wait(lambda: zombies_below(server.process.pid) == 0, 3.0) > 3.0:
        faults.append("a zombie")
    if not predict(server).ok:
        faults.append("no prediction")
    return faults


def disk(ground: Ground) -> Iterator[FaultRow]:
    """A disk that is full, and one that is read-only."""
    folder = ground.place("disk")
    models = folder / "models"
    spare = folder / "spare"
    models.rename(spare)
    models.mkdir()
    if os.name != "posix" or os.geteuid() != 0 or not _mount(models):
        spare.rename(models) if not any(models.iterdir()) else None
        yield FaultRow("disk full; saved_models read-only", 0, 0, "skipped: only root can mount a small disk")
        return
    try:
        shutil.copytree(spare, models, dirs_exist_ok=True)
        with service(folder) as server:
            yield _full(ground, server, models)
            yield _read_only(ground, server, models)
    finally:
        subprocess.run(["umount", "-l", str(models)], check=False)  # noqa: S607


def _mount(folder: Path, *options: str) -> bool:
    how = ",".join(options or ("size=64m",))
    command = ["mount", "-t", "tmpfs", "-o", how, "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _full(ground: Ground, server: Server, models: Path) -> FaultRow:
    tally, messages = Tally("disk full"), set[str]()
    for _ in range(ground.times(5, 1)):
        with (models / "filler").open("wb") as filler:
            _fill(filler.fileno())
        answer = train(server)
        messages.add(answer.json().get("error", {}).get("message", "no error"))
        tally.check(
            f"answer: {answer.text[:120]}", answer.status_code == 500 and "no space is left" in answer.text
        )
        tally.check("no prediction meanwhile", predict(server).ok and server.health()["ready"])
        (models / "filler").unlink()
        tally.attempt(faults_of_models(models))
        tally.check("the next training failed", train(server).ok)
    return tally.row("; ".join(sorted(messages)))


def _fill(descriptor: int) -> None:
    """Fill the disk but for 16 kB."""
    room = os.fstatvfs(descriptor)
    os.posix_fallocate(descriptor, 0, room.f_bavail * room.f_frsize - 16_384)


def _read_only(ground: Ground, server: Server, models: Path) -> FaultRow:
    tally, messages = Tally("saved_models read-only"), set[str]()
    for _ in range(ground.times(5, 1)):
        subprocess.run(["mount", "-o", "remount,ro", str(models)], check=True)  # noqa: S607
        answer = train(server)
        messages.add(answer.json().get("error", {}).get("message", "no error"))
        tally.check(f"answer: {answer.text[:120]}", answer.status_code == 500 and "written" in answer.text)
        tally.check("no prediction meanwhile", predict(server).ok and server.health()["ready"])
        subprocess.run(["mount", "-o", "remount,rw", str(models)], check=True)  # noqa: S607
        tally.check("the next training failed", train(server).ok)
    return tally.row("; ".join(sorted(messages)))


def memory(ground: Ground) -> Iterator[FaultRow]:
    """The process of a training gets no more memory, from some moment on."""
    folder = ground.place("memory")
    tally, messages = Tally("training out of memory"), set[str]()
    with service(folder) as server:
        for number in range(ground.times(12, 3)):
            _begun(server)
            time.sleep(0.5 * number)
            for child in jobs_below(server.process.pid):
                _limit(child)
            job = ended(server, "training")
            message = job["error"]["message"] if job["error"] else "what it had was enough"
            messages.add(message)
            clear = any(words in message for words in ("memory", "ended without a result", "enough"))
            tally.check(f"message: {message}", clear)
            tally.check("no prediction meanwhile", predict(server).ok)
            tally.attempt(faults_of_models(folder / "models"))
        answer = train(server)
        tally.check(f"the next training failed: {answer.text[:120]}", answer.ok)
    yield tally.row("; ".join(sorted(messages)))


def _limit(pid: int) -> None:
    """Limit a process to its present memory and a little more."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
    limit = pages * os.sysconf("SC_PAGE_SIZE") + LITTLE_MEMORY
    _, most = resource.prlimit(pid, resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY or limit < most:
        resource.prlimit(pid, resource.RLIMIT_AS, (limit, limit))


def workers(ground: Ground) -> Iterator[FaultRow]:
    """Several workers on one folder of models."""
    folder = ground.place("workers")
    with service(folder, "--workers", str(WORKERS)) as server:
        wait(lambda: len(_models_by_worker(server)) == WORKERS)
        yield _one_at_a_time(ground, server)
        yield _served_soon(ground, server, folder)
        yield _holder_crashed(ground, server)


def _one_at_a_time(ground: Ground, server: Server) -> FaultRow:
    tally = Tally(f"{WORKERS} workers: one training at a time")
    for _ in range(ground.times(5, 1)):
        answers = _at_once(server, 16)
        tally.check(f"{answers.count(202)} accepted, {set(answers)}", sorted(answers) == [202] + [409] * 15)
        running = len(jobs_below(server.process.pid))
        tally.check(f"{running} children", running <= 1)
        ended(server, "training")
    return tally.row("16 at once: one 202, fifteen 409 training_in_progress naming the job")


def _at_once(server: Server, clients: int) -> list[int]:
    """The statuses of `clients` simultaneous requests for a training."""
    answers: list[int] = []

    def ask() -> None:
        answers.append(server.post("/train", {}).status_code)

    asking = [threading.Thread(target=ask) for _ in range(clients)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    return answers


def _models_by_worker(server: Server) -> dict[str, str]:
    """The model of each worker that answers; the first part of a request id identifies the worker."""
    models: dict[str, str] = {}
    for _ in range(60):
        answer = predict(server)
        if answer.ok:
            models[answer.headers["x-request-id"].split("-")[0]] = answer.json()["model_id"]
    return models


def _served_soon(ground: Ground, server: Server, folder: Path) -> FaultRow:
    tally, longest = Tally(f"{WORKERS} workers: each serves a new model within 2 s"), 0.0
    store = ModelStore(folder / "models")
    for _ in range(ground.times(10, 2)):
        answer = train(server)
        new = answer.json()["model"]["model_id"] if answer.ok else ""
        promoted = (folder / "models" / "current.json").stat().st_mtime
        last_old, worker_ids = 0.0, set[str]()
        while time.time() < promoted + 6.0:
            prediction = predict(server)
            worker_ids.add(prediction.headers["x-request-id"].split("-")[0])
            if not prediction.ok or prediction.json()["model_id"] != new:
                last_old = time.time() - promoted
        longest = max(longest, last_old)
        tally.check(
            f"an old model after {last_old:.1f} s", last_old <= SERVED_SECONDS and new == store.current_id()
        )
        tally.check(f"{len(worker_ids)} workers answered", len(worker_ids) == WORKERS)
    return tally.row(f"the last answer of an old model came {longest:.2f} s after the promotion")


def _holder_crashed(ground: Ground, server: Server) -> FaultRow:
    tally = Tally(f"{WORKERS} workers: the one that trains is killed")
    for _ in range(ground.times(2, 1)):
        server.post("/train", {})
        wait(lambda: bool(jobs_below(server.process.pid)), 10.0)
        child = jobs_below(server.process.pid)[0]
        holder = int(Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(holder, signal.SIGKILL)
        tally.check("the child lives on", _gone([child]) < STOPPED_SECONDS)
        job = ended(server, "training")
        tally.check(f"the job is {job['status']}", job["status"] == "failed")
        answer = train(server)
        tally.check(f"the next training failed: {answer.text[:80]}", answer.ok)
    return tally.row("/health: the job failed, its process ended without a result; the next /train works")


def _gone(processes: list[int], patience: float = STOPPED_SECONDS) -> float:
    """Seconds until all of them have ended."""
    return wait(lambda: not any(map(alive, processes)), patience)


def stopped(ground: Ground) -> Iterator[FaultRow]:
    """SIGTERM, then SIGKILL, during requests, a training and a backtest."""
    tally, longest = Tally("SIGTERM during requests, training and backtest"), 0.0
    for number in range(ground.times(10, 2)):
        folder = ground.place(f"stopped-{number}")
        with service(folder) as server, _work(server):
            time.sleep(0.4 * number)
            everything = tree(server.process.pid)
            started = time.perf_counter()
            status = server.stop()
            longest = max(longest, time.perf_counter() - started)
            tally.check(
                f"it took {time.perf_counter() - started:.1f} s",
                time.perf_counter() - started < STOPPED_SECONDS,
            )
            tally.check(f"status {status}", status == 0)
            tally.check("a child lives on", _gone(everything, 1.0) < 1.0)
            tally.attempt(faults_of_models(folder / "models"))
    yield tally.row(f"gone within {longest:.1f} s with all children; streams end with the error")
    yield _service_killed(ground)


def _service_killed(ground: Ground) -> FaultRow:
    tally, longest = Tally("kill -9 of the service during training and backtest"), 0.0
    for number in range(ground.times(10, 2)):
        folder = ground.place(f"shot-{number}")
        with service(folder) as server, _work(server):
            time.sleep(0.4 * number)
            everything = tree(server.process.pid)
            server.stop(signal.SIGKILL)
            seconds = _gone(everything)
            longest = max(longest, seconds)
            tally.check("a child lives on", seconds < 5.0)
        with service(folder) as server:
            tally.attempt(faults_of_models(folder / "models"))
            tally.check(
                "the job is not shown as failed", state(server, "training").get("status") != "running"
            )
            tally.check("the next training is refused", server.post("/train", {}).status_code == 202)
    return tally.row(f"its children are gone within {longest:.1f} s; a new service trains")


@contextmanager
def _work(server: Server) -> Iterator[None]:
    """A training, a backtest and requests in progress, whose outcome other rows check."""
    stop = threading.Event()
    threads = [threading.Thread(target=_ask_on, args=(server, stop)) for _ in range(4)]
    for path, body in (("/train", {}), ("/backtest", BACKTEST)):
        threads.append(threading.Thread(target=_follow, args=(server, path, body)))
    for thread in threads:
        thread.start()
    wait(lambda: len(jobs_below(server.process.pid)) == 2, 10.0)
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _ask_on(server: Server, stop: threading.Event) -> None:
    with contextlib.suppress(requests.RequestException):  # the service dies meanwhile
        while not stop.is_set():
            predict(server)


def _follow(server: Server, path: str, body: dict[str, str]) -> None:
    with (
        contextlib.suppress(requests.RequestException),  # the service dies meanwhile
        requests.post(server.url + path, json=body, headers=STREAM, stream=True, timeout=60) as answer,
    ):
        for _ in answer.iter_lines():
            continue


def left(ground: Ground) -> Iterator[FaultRow]:
    """Clients that disconnect while their job runs."""
    folder = ground.place("left")
    tally, longest = Tally("/backtest whose client leaves"), 0.0
    with service(folder) as server:
        for number in range(ground.times(10, 2)):
            with requests.post(
                f"{server.url}/backtest", json=BACKTEST, headers=STREAM, stream=True, timeout=60
            ) as answer:
                for _, _line in zip(range(2 + number % 3), answer.iter_lines(), strict=False):
                    continue
            seconds = wait(lambda: not jobs_below(server.process.pid), 10.0)
            longest = max(longest, seconds)
            job = ended(server, "backtest")
            tally.check(f"its process ran on for {seconds:.1f} s", seconds < 10.0)
            tally.check(
                f"the job: {job['error']}", bool(job["error"]) and "client left" in job["error"]["message"]
            )
        again = server.post("/backtest", BACKTEST)
        tally.check(f"the next backtest: {code_of(again)}", again.ok)
    yield tally.row(f'its processes are gone within {longest:.1f} s; /health: "the client disconnected"')
