"""Which processes use a session, told by locks that end with the process."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_cicache.engines.registry._sessions import Sessions
from pytest_cicache.errors import EngineError

ROOT = Path(__file__).parents[3]
JOIN = """
import pathlib, sys, time
from pytest_cicache.engines.registry._sessions import Sessions
sessions = Sessions(pathlib.Path(sys.argv[1]))
session = sessions.session("run")
with sessions.locked():
    session.join()
print("joined", flush=True)
time.sleep(60)
"""


def test_the_last_to_leave_is_told(tmp_path: Path) -> None:
    """Everybody else learns that the session is still used."""
    sessions = Sessions(tmp_path / "root")
    first, second = sessions.session("run"), sessions.session("run")

    with sessions.locked():
        first.join()
        second.join()
        first.write_facts(port=1)

        assert second.facts == {"port": 1}
        assert first.leave() is False
        assert second.is_used()
        assert second.leave() is True
        assert not first.is_used()


def test_leaving_without_having_joined_changes_nothing(tmp_path: Path) -> None:
    """It only tells whether somebody else is there."""
    assert Sessions(tmp_path).session("run").leave() is True


def test_a_killed_process_uses_nothing(tmp_path: Path) -> None:
    """Its lock ends with it; nobody has to compare process ids."""
    process = subprocess.Popen([sys.executable, "-c", JOIN, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    assert process.stdout.readline() == "joined\n"
    session = Sessions(tmp_path).session("run")
    assert session.is_used()

    process.send_signal(signal.SIGKILL)
    process.communicate()

    assert not session.is_used()
    session.remove()
    assert not session.directory.exists()


@pytest.mark.parametrize("content", ["", "{", "[1]"])
def test_facts_that_cannot_be_read_are_none(tmp_path: Path, content: str) -> None:
    """A crash may have left half a file."""
    session = Sessions(tmp_path).session("run")
    session.directory.mkdir()
    (session.directory / "facts.json").write_text(content)

    assert session.facts == {}


def test_a_directory_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else must not decide what is started or removed."""
    monkeypatch.setattr("os.getuid", lambda: 4242)

    with pytest.raises(EngineError, match="belongs to another user; remove it, or set TMPDIR"):
        Sessions(tmp_path)


def test_the_directory_is_closed_to_others(tmp_path: Path) -> None:
    """Nobody else can read what a session says."""
    Sessions(tmp_path / "root")

    assert (tmp_path / "root").stat().st_mode & 0o077 == 0
