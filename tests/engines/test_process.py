"""Tools run to their end."""

from __future__ import annotations

import pytest

from pytest_cicache.engines._process import run_tool
from pytest_cicache.errors import EngineError, EngineUnavailableError


def test_output_and_input(tmp_path):
    """What the tool printed is given back; stdin, folder and environment reach it."""
    said = run_tool(["sh", "-c", "cat; pwd; echo $X"], stdin=b"in\n", directory=tmp_path, environment={"X": "y"})

    assert said.decode().split() == ["in", str(tmp_path), "y"]


def test_a_failure_carries_status_and_output():
    """The error names the command, its status and what it said."""
    with pytest.raises(EngineError, match=r"'sh -c echo broken >&2; exit 3 …' ended with status 3: broken") as raised:
        run_tool(["sh", "-c", "echo broken >&2; exit 3"])
    assert (raised.value.status, raised.value.output) == (3, "broken")


def test_a_tool_that_is_not_there():
    """The error says what to do."""
    with pytest.raises(
        EngineUnavailableError, match="the command 'no-such-tool' is not installed; install it or put it"
    ):
        run_tool(["no-such-tool"])


def test_a_tool_that_takes_too_long():
    """The error says how long was waited."""
    with pytest.raises(EngineError, match=r"'sleep 60 …' did not end within 0\.05 seconds"):
        run_tool(["sleep", "60"], timeout=0.05)


def test_what_the_environment_says_to_git_is_left_out(monkeypatch):
    """Variables of a git hook do not reach the tool, others do."""
    monkeypatch.setenv("GIT_DIR", "/x")
    monkeypatch.setenv("OTHER", "kept")

    assert run_tool(["sh", "-c", "echo [$GIT_DIR][$OTHER]"]) == b"[][kept]\n"
