"""The line that says what a long run is doing."""

from __future__ import annotations

import io
import threading

import pytest

from pytest_cicache.simulation import LiveLine


class Doing:
    """Says a text, and when it has been asked often enough."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.count = 0
        self.was_asked = threading.Event()

    def __call__(self) -> str:
        self.count += 1
        if self.count > 2:
            self.was_asked.set()
        return self.text


@pytest.fixture(autouse=True)
def nowhere(monkeypatch):
    """These tests may run in a CI."""
    monkeypatch.delenv("CI", raising=False)


def test_what_is_done_is_shown_and_erased():
    """Behind the cursor, which stays where it is; a text is written once."""
    terminal, doing = io.StringIO(), Doing("fork_pr: job build")

    with LiveLine(terminal, doing, patience=0, every=0.001):
        assert doing.was_asked.wait(30)

    assert terminal.getvalue() == "\x1b7  fork_pr: job build\x1b[K\x1b8\x1b7\x1b[K\x1b8"


@pytest.mark.parametrize(("text", "patience"), [("", 0), ("fork_pr", 3600)], ids=["idle", "short"])
def test_what_is_short_is_not_shown(text, patience):
    """Nor is nothing."""
    terminal, doing = io.StringIO(), Doing(text)

    with LiveLine(terminal, doing, patience=patience, every=0.001):
        assert doing.was_asked.wait(30)

    assert terminal.getvalue() == ""


def test_a_ci_is_left_alone(monkeypatch):
    """Its log keeps every line."""
    monkeypatch.setenv("CI", "true")
    terminal = io.StringIO()

    with LiveLine(terminal, lambda: "fork_pr", patience=0, every=0.001):
        pass

    assert terminal.getvalue() == ""


def test_a_simulation_says_what_it_is_doing(simulation, monkeypatch):
    """Event, job and step; nothing once the run is over."""
    said = []
    heard = property(lambda self: said[-1], lambda self, text: said.append(text))
    monkeypatch.setattr(type(simulation), "doing", heard, raising=False)

    simulation.run("ci.yml", "push:branch=main")

    assert said[0] == "push on ci.yml"
    assert "push on ci.yml: job build, step said" in said
    assert said[-1] == ""
