"""What lies in the temp folder, and whose it is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_cicache.engines import _scratch
from pytest_cicache.engines._scratch import has_room, is_process_alive, make_in_memory, scratch_prefix, sweep


@pytest.fixture
def dead() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.fixture
def zombie() -> Iterator[int]:
    """The number of a process that has ended and that nobody has reaped yet."""
    process = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.read()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    yield process.pid
    process.communicate()


def test_a_running_process_is_alive():
    """This one is, and so is the first of the machine, whoever may signal it."""
    assert is_process_alive(os.getpid())
    assert is_process_alive(1)


def test_an_ended_process_is_dead(dead: int):
    """Its number is free again."""
    assert not is_process_alive(dead)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="tells zombies by /proc")
def test_a_zombie_is_dead(zombie: int):
    """It can still be signalled, but will never do anything again."""
    os.kill(zombie, 0)

    assert not is_process_alive(zombie)


def test_only_what_the_dead_left_is_removed(tmp_path: Path, dead: int):
    """Folders and files, with all that is in them; what others made stays, whatever its name is."""
    folder = tmp_path / f"cicache-{dead}-build-x1" / "below"
    folder.mkdir(parents=True)
    (folder / "file").write_text("left")
    (tmp_path / f"cicache-{dead}-stdin-x2").write_text("left")
    kept = {f"cicache-{os.getpid()}-x3", "cicache-build-x4", f"other-{dead}-x5", f"{scratch_prefix('build')}x6"}
    for name in kept:
        (tmp_path / name).mkdir()

    sweep(tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == kept


MEMORY = Path("/dev/shm")


@pytest.fixture
def nothing_named(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that says nothing of temporary files."""
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.skipif(not has_room(MEMORY), reason="no file system in memory with 2 GiB to spare")
def test_what_soon_goes_may_be_in_memory(nothing_named: pytest.MonkeyPatch):
    """In a folder that the next session removes when this process dies."""
    made = make_in_memory()

    assert made is not None
    made.rmdir()
    assert made.parent == MEMORY
    assert made.name.startswith(scratch_prefix())


def test_a_named_folder_counts(nothing_named: pytest.MonkeyPatch, tmp_path: Path):
    """Who names a folder for temporary files gets them there."""
    nothing_named.setenv("TMPDIR", str(tmp_path))

    assert make_in_memory() is None


def test_little_room_is_left_alone(nothing_named: pytest.MonkeyPatch):
    """Others need it, too."""
    nothing_named.setattr(_scratch, "_PLENTY", 1 << 62)

    assert make_in_memory() is None


def test_no_room_where_there_is_nothing(tmp_path: Path):
    """A container may lack the folder."""
    assert not has_room(tmp_path / "missing")
