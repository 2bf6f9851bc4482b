"""The processes that start scripts, from job to job."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_cicache.engines.runner.job import _launcher
from pytest_cicache.engines.runner.job._launcher import Launcher, Launchers
from pytest_cicache.engines.runner.job._script import run_script


@pytest.fixture(params=[True, False], ids=["apart", "beside other processes"])
def apart(request, monkeypatch) -> bool:
    """Whether scripts see only the processes of their job."""
    if request.param and not _launcher.hides_processes():
        pytest.skip("bubblewrap is not installed, or does not work here")
    monkeypatch.setattr(_launcher, "hides_processes", lambda: request.param)
    return request.param


@pytest.fixture
def launchers(apart) -> Iterator[Launchers]:
    """The launchers of a session."""
    made = Launchers()
    yield made
    made.close()


def say(launcher: Launcher, script: str) -> str:
    """What a script says that a launcher starts."""
    environment = {"PATH": os.environ["PATH"]}
    command = ["sh", "-c", script]
    return run_script(command, directory=Path("/"), environment=environment, seconds=5, launcher=launcher).output


def test_a_job_takes_what_an_earlier_one_has_left_empty(launchers):
    """The scripts of both have the same parent."""
    first = launchers.take()
    parent = say(first, "echo $PPID")
    launchers.give_back(first)

    second = launchers.take()

    assert second is first
    assert say(second, "echo $PPID") == parent
    launchers.give_back(second)


def test_jobs_side_by_side_have_launchers_of_their_own(launchers):
    """Nothing is shared while both run."""
    first, second = launchers.take(), launchers.take()

    assert first is not second
    launchers.give_back(first)
    launchers.give_back(second)


@pytest.mark.parametrize(
    "script",
    ["tail -f /dev/null & echo $!", "setsid tail -f /dev/null >/dev/null 2>&1 & sleep 0.2; echo $!"],
    ids=["in its group", "in a session of its own"],
)
def test_the_next_job_meets_nothing_of_the_last(launchers, apart, script):
    """What was left running is ended; where it has left its group, that needs a space of its own."""
    first = launchers.take()
    number = say(first, script).strip()
    launchers.give_back(first)

    second = launchers.take()
    found = say(second, f"sleep 0.1; ps -o stat= -p {number} | grep -qv Z && kill -9 {number} && echo found")
    launchers.give_back(second)

    assert found == ("found\n" if "setsid" in script and not apart else "")


def test_a_script_has_its_own_environment_alone(launchers, monkeypatch):
    """Nothing of this process's is handed on."""
    monkeypatch.setenv("MINE", "1")
    launcher = launchers.take()

    names = {line.partition("=")[0] for line in say(launcher, "env").splitlines()}

    launchers.give_back(launcher)
    assert names - {"PWD", "SHLVL", "_", "OLDPWD"} == {"CICACHE_LOG", "PATH"}


def test_open_files_of_this_process_are_not_handed_on(launchers, tmp_path):
    """A script has the three standard streams and no more."""
    with open(tmp_path / "open", "w") as file:
        os.set_inheritable(file.fileno(), True)
        launcher = launchers.take()
        numbers = say(launcher, "ls /dev/fd/")
        launchers.give_back(launcher)

    assert {"0", "1", "2"} <= set(numbers.split()) <= {"0", "1", "2", "3"}


def test_a_launcher_that_has_ended_is_not_taken(launchers):
    """bubblewrap ends it with the thread that began it."""
    launchers.prepare()
    (idle,) = launchers._idle
    assert idle._process is not None
    idle._process.kill()
    idle._process.wait()

    other = launchers.take()

    assert other is not idle
    assert say(other, "echo on") == "on\n"
    launchers.give_back(other)


def test_launchers_of_threads_that_end(launchers):
    """A job in one thread, and the next in another."""
    for number in range(3):
        said = []
        thread = threading.Thread(target=_job, args=(launchers, said))
        thread.start()
        thread.join()
        assert said == ["on\n"], number


def _job(launchers: Launchers, said: list[str]) -> None:
    launcher = launchers.take()
    said.append(say(launcher, "echo on"))
    launchers.give_back(launcher)


def test_a_group_that_is_told_of_ends_with_the_job(launchers, tmp_path):
    """A script may begin groups of its own, as act does for each step; one it tells of is found again."""
    mark = tmp_path / "mark"
    launcher = launchers.take()
    group = say(launcher, f"setsid sh -c 'echo $$; exec tail -f /dev/null {mark} >/dev/null 2>&1' & sleep 0.2").strip()
    assert processes(mark)

    launcher.know(int(group))
    launchers.give_back(launcher)

    assert gone(mark)


def test_one_process_may_be_killed(launchers, tmp_path):
    """The others of its job run on."""
    first, second = tmp_path / "first", tmp_path / "second"
    launcher = launchers.take()
    script = "setsid sh -c 'echo $$; exec tail -f /dev/null {} >/dev/null 2>&1' & sleep 0.2"
    number = say(launcher, script.format(first)).strip()
    say(launcher, script.format(second))

    launcher.kill_process(int(number))

    assert gone(first)
    assert processes(second)
    launcher.end()
    for process in processes(second):
        os.kill(process, signal.SIGKILL)


def processes(mark: Path) -> list[int]:
    """The processes that have a path among their arguments."""
    listed = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,args="], capture_output=True, text=True, check=True)
    lines = (line.split(None, 1) for line in listed.stdout.splitlines())
    return [int(number) for number, words in lines if words.endswith(f"/dev/null {mark}")]


def gone(mark: Path) -> bool:
    """Whether they end, by and by."""
    return any(not processes(mark) or time.sleep(0.02) for _ in range(100))
