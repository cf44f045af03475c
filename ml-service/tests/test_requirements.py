"""The commands of the specification find wheels on every common Python and machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from config import ROOT

INDEX = ("pypi.org", 443)
SPECIFIED = {
    "fastapi": "0.110.0",
    "uvicorn": "0.27.1",
    "lightgbm": "4.3.0",
    "scikit-learn": "1.4.1.post1",
    "pandas": "2.2.1",
    "shap": "0.44.1",
    "python-dotenv": "1.0.1",
    "requests": "2.31.0",
}


@dataclass(frozen=True)
class Machine:
    """A kind of machine: pip's tags for it, newest first, and the values of its markers."""

    name: str
    tags: tuple[str, ...]
    sys_platform: str
    platform_machine: str

    def environment(self, python: str) -> dict[str, str]:
        """The values of markers on this machine under CPython `python`, such as 3.13."""
        return {
            "python_version": python,
            "python_full_version": f"{python}.0",
            "sys_platform": self.sys_platform,
            "platform_machine": self.platform_machine,
        }


def manylinux(processor: str) -> tuple[str, ...]:
    """The tags of wheels for a Linux of glibc 2.28, which every system with these Pythons has."""
    return tuple(f"{tag}_{processor}" for tag in ("manylinux_2_28", "manylinux_2_27", "manylinux2014"))


LINUX = Machine("Linux", manylinux("x86_64"), "linux", "x86_64")
LINUX_ARM = Machine("Linux on ARM", manylinux("aarch64"), "linux", "aarch64")
APPLE = Machine("Apple Silicon", ("macosx_14_0_arm64",), "darwin", "arm64")
INTEL_MAC = Machine("Intel Mac", ("macosx_13_0_x86_64",), "darwin", "x86_64")
WINDOWS = Machine("Windows", ("win_amd64",), "win32", "AMD64")

PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
MACHINES = (LINUX, LINUX_ARM, APPLE, INTEL_MAC, WINDOWS)
# Neither numba nor shap has wheels for 3.14 on an Intel Mac.
TARGETS = [
    pytest.param(python, machine, id=f"{python} {machine.name}")
    for python in PYTHONS
    for machine in MACHINES
    if (python, machine) != ("3.14", INTEL_MAC)
]


def lines(name: str, environment: dict[str, str]) -> list[str]:
    """The lines of a requirements file that hold where markers have the values of `environment`."""
    texts = [line.split(" #")[0] for line in (ROOT / name).read_text().splitlines()]
    requirements = [Requirement(text) for text in texts if text and not text.startswith(("#", "-"))]
    return [
        f"{one.name}{one.specifier}"
        for one in requirements
        if one.marker is None or one.marker.evaluate(environment)
    ]


@pytest.fixture(scope="session")
def index() -> None:
    """Skip if the package index must not or cannot be queried."""
    if os.environ.get("ASK_PACKAGE_INDEX") != "1":
        pytest.skip("pip queries the package index for minutes: set ASK_PACKAGE_INDEX=1, as .ci/run does")
    try:
        socket.create_connection(INDEX, timeout=5).close()
    except OSError as error:
        pytest.skip(f"pip cannot query the package index: {error}")


def test_every_specified_version_is_kept_where_it_has_a_wheel() -> None:
    for python in ("3.10", "3.11"):
        specified = {f"{name}=={version}" for name, version in SPECIFIED.items()}
        assert specified <= set(lines("requirements.txt", LINUX.environment(python)))


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_a_package_has_one_version_on_a_machine(python: str, machine: Machine) -> None:
    for name in ("requirements.txt", "constraints.txt"):
        packages = [line.split("==")[0] for line in lines(name, machine.environment(python))]
        assert len(packages) == len(set(packages))


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize(("python", "machine"), TARGETS)
def test_wheels_alone_satisfy_the_requirements(python: str, machine: Machine, tmp_path: Path) -> None:
    environment = machine.environment(python)
    for name in ("requirements.txt", "constraints.txt"):
        # pip evaluates markers for the Python that runs it, whatever --python-version says.
        (tmp_path / name).write_text("\n".join(lines(name, environment)))
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--dry-run",
        "--ignore-installed",
        "--only-binary=:all:",
    ]
    target = ["--python-version", python, "--implementation", "cp", "--target", str(tmp_path / "nowhere")]
    platforms = [f"--platform={tag}" for tag in machine.tags]
    files = ["-r", str(tmp_path / "requirements.txt"), "-c", str(tmp_path / "constraints.txt")]
    resolution = subprocess.run(
        [*command, *target, *platforms, *files], capture_output=True, text=True, check=False
    )
    assert resolution.returncode == 0, resolution.stderr
