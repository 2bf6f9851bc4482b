"""Ctrl-C, a request to end and a kill in the middle of a run leave nothing behind."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parent.parent / "fixtures" / "app-build"
EMBEDDED = ("--builder", "simulated", "--registry", "embedded")
REAL = ("--builder", "buildx", "--registry", "container")
IN_IMAGE = (*EMBEDDED, "--runner", "act", "--act-image", "cicache-steps:local")
# A repository whose only step waits, with a word among its arguments by which it is found.
WAITING = """
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: tail -f /dev/null {mark}
"""


@pytest.fixture
def waiting(tmp_path: Path) -> Path:
    """A root whose workflow waits, and names `mark`."""
    folder = tmp_path / "root" / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_text(WAITING.format(mark=tmp_path / "mark"))
    return tmp_path


def start(folder: Path, *engines: str) -> subprocess.Popen[bytes]:
    """A `cicache simulate` whose temporary files are all below `folder`, in the middle of its step."""
    temp = folder / "temp"
    temp.mkdir(exist_ok=True)
    code = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    code += "from pytest_cicache.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "simulate", "ci.yml", "--root", str(folder / "root"), "--event", "push"]
    environment = {**os.environ, "TMPDIR": str(temp)}
    process = subprocess.Popen([*command, *engines], env=environment, start_new_session=True)
    until(lambda: bool(steps(folder)), process)
    return process


def until(holds: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Wait until something holds, while the process lives."""
    for _ in range(600):
        if holds():
            return
        assert process.poll() is None, "the command ended before that"
        time.sleep(0.05)
    pytest.fail("nothing of the kind within 30 seconds")


def steps(folder: Path) -> list[str]:
    """The steps that run: the commands whose arguments name the mark."""
    listed = subprocess.run(["ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if str(folder / "mark") in line]


def ended(folder: Path) -> bool:
    """Whether the steps end, by and by."""
    for _ in range(100):
        if not steps(folder):
            return True
        time.sleep(0.05)
    return False


def containers() -> set[str]:
    """The names of all containers that a simulation's engines made."""
    listed = subprocess.run(
        ["docker", "ps", "--all", "--format", "{{.Names}}"], capture_output=True, text=True, check=True
    )
    return {name for name in listed.stdout.split() if "cicache-" in name}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminate"])
@pytest.mark.parametrize(
    "engines",
    [
        pytest.param(EMBEDDED, id="embedded"),
        pytest.param((*EMBEDDED, "--runner", "act"), id="act", marks=pytest.mark.act),
        pytest.param(IN_IMAGE, id="image", marks=[pytest.mark.act, pytest.mark.image]),
        pytest.param(REAL, id="real", marks=pytest.mark.docker),
    ],
)
def test_an_interrupted_run_leaves_nothing(waiting: Path, engines: tuple[str, ...], number: signal.Signals) -> None:
    """No process, container or temporary folder is left, and the exit status says it was interrupted."""
    process = start(waiting, *engines)
    assert steps(waiting)
    own = f"cicache-{process.pid}-"

    process.send_signal(number)

    assert process.wait(timeout=60) == 130
    assert ended(waiting)
    assert [path.name for path in (waiting / "temp").iterdir() if path.name.startswith(own)] == []
    if engines in (REAL, IN_IMAGE):
        assert {name for name in containers() if own in name} == set()


@pytest.mark.parametrize(
    "engines",
    [
        pytest.param(IN_IMAGE, id="image", marks=[pytest.mark.act, pytest.mark.image]),
        pytest.param(REAL, id="real", marks=pytest.mark.docker),
    ],
)
def test_what_a_killed_run_left_is_removed_at_the_next_start(waiting: Path, engines: tuple[str, ...]) -> None:
    """A killed process cannot clean up; the next one finds its containers and folders and removes them."""
    killed = start(waiting, *engines)
    own = f"cicache-{killed.pid}-"
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    assert ended(waiting) is (engines == REAL)  # what runs in a container does not hear of it
    assert {name for name in containers() if own in name}

    following = start(waiting, *engines)
    until(lambda: not any(own in name for name in containers()), following)
    until(lambda: bool(steps(waiting)), following)
    following.send_signal(signal.SIGINT)
    following.wait(timeout=60)

    assert ended(waiting)
    assert {name for name in containers() if own in name} == set()
    assert [path.name for path in (waiting / "temp").iterdir() if path.name.startswith(own)] == []


def end_at_a_random_moment(folder: Path, choice: random.Random, *engines: str) -> int:
    """Kill a `cicache simulate` somewhere in its life, its steps and commands not; return its process id."""
    environment = {**os.environ, "TMPDIR": str(folder / "temp")}
    command = [
        sys.executable,
        "-c",
        "from pytest_cicache.cli import main; main()",
        "simulate",
        "ci.yml",
        "--root",
        str(SAMPLE),
        *engines,
    ]
    process = subprocess.Popen(
        [*command, "--event", "main_merge"], env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    time.sleep(choice.uniform(0.1, 1.5 if engines == EMBEDDED else 12.0))
    process.kill()
    process.wait()
    return process.pid


@pytest.mark.parametrize(
    ("engines", "times"),
    [pytest.param(EMBEDDED, 4, id="embedded"), pytest.param(REAL, 3, id="real", marks=pytest.mark.docker)],
)
def test_runs_killed_at_random_moments_leave_nothing_after_the_next_start(
    waiting: Path, engines: tuple[str, ...], times: int
) -> None:
    """Whatever they were doing: starting, building, pushing, ending."""
    (waiting / "temp").mkdir()
    seed = int.from_bytes(os.urandom(4), "big")
    choice = random.Random(seed)
    killed = [end_at_a_random_moment(waiting, choice, *engines) for _ in range(times)]

    following = start(waiting, *engines)
    following.send_signal(signal.SIGINT)
    following.wait(timeout=60)

    left = [path.name for path in (waiting / "temp").iterdir() if path.name.startswith("cicache-")]
    assert [name for name in left if any(name.startswith(f"cicache-{number}-") for number in killed)] == [], seed
    assert [name for name in left if name.startswith(("cicache-build", "cicache-stdin"))] == [], seed
    if engines == REAL:
        assert {name for name in containers() if any(f"cicache-{number}-" in name for number in killed)} == set(), seed
