"""Jobs through real child processes."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

import config
from api import error_responses
from errors import Busy, InsufficientData, JobFailed, ServiceError, TrainingInProgress
from jobs.job import Job
from jobs.job_state import JobState
from jobs.locks import FileLock
from jobs.runner import Runner, Running, as_texts, error_of
from testing.server import alive, until

WORKER = (sys.executable, "-m", "testing.worker")


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


@pytest.fixture
def runner(models: Path) -> Runner:
    return Runner(config.load({"MODEL_DIR": str(models)}, Path(os.devnull)), WORKER)


def ask(act: int | None = None, **more: Any) -> dict[str, Any]:
    return {"league_ids": None if act is None else [act], "promote": "always", "html": False, **more}


def run(scenario: Callable[[], Awaitable[Any]]) -> Any:
    async def bounded() -> Any:
        return await asyncio.wait_for(scenario(), 30)

    return asyncio.run(bounded())


def failure_of(runner: Runner, act: int) -> tuple[ServiceError, Any]:
    async def scenario() -> ServiceError:
        running = runner.start("train", ask(act), "request")
        with pytest.raises(ServiceError) as failed:
            await running.outcome()
        return failed.value

    error = run(scenario)
    state = runner.state("train")
    assert state is not None
    return error, state


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.runner.MAX_SILENCE_SECONDS", 2.0)
    monkeypatch.setattr("jobs.runner.KILL_AFTER_SECONDS", 0.2)
    monkeypatch.setenv("ALIVE_SECONDS", "0.2")


@pytest.mark.usefixtures("impatient")
def test_a_child_that_hangs_is_ended_and_its_job_fails(runner: Runner) -> None:
    error, _ = failure_of(runner, 13)
    assert "stopped responding" in error.message


@pytest.mark.usefixtures("impatient")
def test_a_child_with_nothing_to_say_that_lives_is_left_alone(runner: Runner) -> None:
    async def scenario() -> dict[str, Any]:
        return await runner.start("train", ask(14), "request").outcome()

    assert run(scenario)["promoted"]


def test_a_job_that_succeeds_gives_its_result_and_says_so(runner: Runner) -> None:
    async def scenario() -> dict[str, Any]:
        return await runner.start("train", ask(), "request").outcome()

    assert run(scenario)["reason"] == "promote is always"
    state = runner.state("train")
    assert state is not None
    assert (state["status"], state["progress"], state["error"]) == ("succeeded", 1.0, None)
    assert state["finished_at"] is not None


def test_progress_only_grows_and_comes_with_an_estimate(runner: Runner) -> None:
    async def scenario() -> list[tuple[float, float | None]]:
        running = runner.start("train", ask(), "request")
        steps = []
        while not running.finished.is_set():
            await running.news(1.0)
            steps.append((running.job.progress, running.job.eta_seconds))
        return steps

    steps = run(scenario)
    assert steps == sorted(steps, key=lambda each: each[0])
    assert any(eta is not None and eta > 0 for _, eta in steps)


def test_the_estimate_shrinks_while_a_stage_takes_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter((100.0, 110.0, 113.0, 190.0))
    monkeypatch.setattr("jobs.runner.time.monotonic", lambda: next(clock))
    running = Running(Job.begin("train"), "request")
    running.advance("evaluating", 0.25)
    estimates = [running.job.eta_seconds]
    for _ in range(2):
        running.note_alive()
        estimates.append(running.job.eta_seconds)
    assert estimates == [30.0, 27.0, 0.0]


def test_a_large_result_arrives_whole(runner: Runner) -> None:
    async def scenario() -> dict[str, Any]:
        return await runner.start("backtest", ask(), "request").outcome()

    assert len(run(scenario)["equity"]) == 5000


def test_a_second_training_is_refused_with_the_id_of_the_first(runner: Runner) -> None:
    async def scenario() -> None:
        first = runner.start("train", ask(), "request")
        with pytest.raises(TrainingInProgress) as refused:
            runner.start("train", ask(), "request")
        assert first.job.job_id in str(refused.value.hint)
        await first.outcome()

    run(scenario)


def test_a_training_and_a_backtest_may_run_together(runner: Runner) -> None:
    async def scenario() -> None:
        await asyncio.gather(
            runner.start("train", ask(), "request").outcome(),
            runner.start("backtest", ask(), "request").outcome(),
        )

    run(scenario)


def test_another_instance_sees_the_job_and_may_not_start_one(runner: Runner, models: Path) -> None:
    other = Runner(config.load({"MODEL_DIR": str(models)}, Path(os.devnull)), WORKER)

    async def scenario() -> None:
        running = runner.start("train", ask(), "request")
        state = other.state("train")
        assert state is not None
        assert (state["job_id"], state["status"]) == (running.job.job_id, "running")
        with pytest.raises(TrainingInProgress):
            other.start("train", ask(), "request")
        await running.outcome()
        assert other.state("train") == runner.state("train")
        await other.start("train", ask(), "request").outcome()

    run(scenario)


def test_a_domain_error_of_the_child_keeps_its_class_and_words(runner: Runner) -> None:
    error, state = failure_of(runner, 2)
    assert isinstance(error, InsufficientData)
    assert state["error"] == {
        "code": "insufficient_data",
        "message": "found 3 finished matches; at least 300 are required",
        "hint": InsufficientData.default_hint,
        "fields": None,
        "request_id": "request",
    }


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (3, "failed with an unexpected error"),
        (4, "was killed"),
        (5, "ended without a result"),
        (7, "no space is left"),
        (8, "ran out of memory"),
        (12, "ran out of memory"),
        (15, "a thread could not be started; the machine may have run out of memory"),
        (10, "setting BACKTEST_BACKEND='dask'"),
    ],
)
def test_whatever_ends_a_child_is_told_in_plain_words(runner: Runner, act: int, words: str) -> None:
    error, state = failure_of(runner, act)
    assert type(error) is JobFailed
    assert words in error.message
    assert (state["status"], state["error"]["code"]) == ("failed", "internal_error")
    assert "/a/path" not in str(state)


def test_a_training_where_lightgbm_cannot_be_loaded_says_what_to_install(models: Path) -> None:
    code = "import sys; sys.modules['lightgbm'] = None; from jobs.worker import main; main()"
    settings = config.load({"MODEL_DIR": str(models)}, Path(os.devnull))
    error, _ = failure_of(Runner(settings, (sys.executable, "-c", code)), 1)
    assert "LightGBM cannot be loaded" in error.message
    assert "apt-get install libgomp1" in str(error.hint)


def test_after_a_crash_the_next_job_runs(runner: Runner) -> None:
    failure_of(runner, 4)

    async def scenario() -> dict[str, Any]:
        return await runner.start("train", ask(), "request").outcome()

    assert run(scenario)["promoted"]


def test_stopping_ends_even_a_child_that_hears_no_signal(runner: Runner, models: Path) -> None:
    async def scenario() -> int:
        runner.start("train", ask(6), "request")
        while not (models / ".child").exists():
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.2)
        await runner.stop()
        return int((models / ".child").read_text())

    assert not alive(run(scenario))
    state: Any = runner.state("train")
    assert state["error"]["message"] == "the service stopped"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no niceness")
def test_a_child_gives_way_to_everybody_else(runner: Runner, models: Path) -> None:
    async def scenario() -> tuple[int, str]:
        runner.start("train", ask(6), "request")
        while not (pid_file := models / ".child").exists() or not pid_file.read_text():
            await asyncio.sleep(0.02)
        child = int(pid_file.read_text())
        group = Path(f"/proc/{child}/autogroup")
        priority = os.getpriority(os.PRIO_PROCESS, child), group.read_text() if group.exists() else "nice 10"
        await runner.stop()
        return priority

    niceness, session = run(scenario)
    assert niceness == min(os.getpriority(os.PRIO_PROCESS, 0) + 10, 19)
    assert session.strip().endswith("nice 10")


def test_a_job_ended_before_its_child_exists_is_ended_all_the_same(runner: Runner) -> None:
    async def scenario() -> None:
        running = runner.start("backtest", ask(6), "request")
        running.end("the client disconnected")
        with pytest.raises(JobFailed, match="the client disconnected"):
            await running.outcome()

    run(scenario)


@pytest.mark.parametrize("act", [9, 11])
def test_what_a_child_leaves_behind_ends_with_it(
    act: int, runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / "left"
    monkeypatch.setenv("LEFT_BEHIND", str(left))

    async def scenario() -> None:
        await runner.start("train", ask(act), "request").outcome()

    run(scenario)
    until(lambda: not alive(int(left.read_text())), "the grandchild has ended")


def test_a_killed_training_leaves_no_temporary_file(runner: Runner, models: Path) -> None:
    (models / ".tmp-1-half").write_bytes(b"half")
    failure_of(runner, 4)
    assert sorted(path.name for path in models.iterdir()) == [".child", ".train.json", ".train.lock"]


def test_a_folder_that_cannot_be_written_does_not_stop_a_backtest(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    runner = Runner(config.load({"MODEL_DIR": str(tmp_path / "file" / "models")}, Path(os.devnull)), WORKER)

    async def scenario() -> dict[str, Any]:
        return await runner.start("backtest", ask(), "request").outcome()

    assert run(scenario)["scope"]["league_ids"] is None


def test_a_job_whose_holder_died_has_failed(tmp_path: Path) -> None:
    job_state = JobState("train", tmp_path)
    job = Job.begin("train")
    job_state.claim(job).release()
    state = job_state.read()
    assert state is not None
    assert (state["status"], state["job_id"]) == ("failed", job.job_id)
    assert job_state.read() == state


def test_a_lock_is_one_process_wide(tmp_path: Path) -> None:
    held = FileLock.take(tmp_path / "lock")
    assert held is not None
    assert FileLock.take(tmp_path / "lock") is None
    held.release()
    again = FileLock.take(tmp_path / "lock")
    assert again is not None
    again.release()


def test_a_torn_state_is_no_state(tmp_path: Path) -> None:
    (tmp_path / ".train.json").write_text('{"job_id": "x", ')
    assert JobState("train", tmp_path).read() is None


def test_settings_survive_the_way_to_the_child() -> None:
    settings = config.load({"BOOKMAKERS": "8,-1", "REQUIRE_EVIDENCE": "false"}, Path(os.devnull))
    assert config.load(as_texts(settings), Path(os.devnull)) == settings


def test_an_error_of_an_unknown_code_becomes_a_failed_job() -> None:
    error = error_of({"code": "from_the_future", "message": "m", "hint": "h", "fields": {"a": "b"}})
    assert isinstance(error, JobFailed)
    assert (error.message, error.hint, error.fields) == ("m", "h", {"a": "b"})


def test_a_locked_database_of_a_job_comes_with_a_time_to_come_back() -> None:
    error = error_of({"code": "busy", "message": "the database is locked", "hint": None, "fields": None})
    assert isinstance(error, Busy)
    assert error_responses.answer(error, "request").headers["retry-after"] == "1"


def test_a_state_that_cannot_be_read_is_not_known(runner: Runner, models: Path) -> None:
    (models / ".train.json").mkdir()
    assert runner.state("train") is None
