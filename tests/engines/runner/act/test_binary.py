"""Which act is taken, and what is said where none can be."""

from __future__ import annotations

import stat

import pytest

from pytest_cicache.engines.runner.act import _binary
from pytest_cicache.engines.runner.act._binary import MEASURED, ActBinary, find_act, read_version
from pytest_cicache.errors import EngineUnavailableError


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine whose Python and PATH have nothing but what the test puts there."""
    for name in ("bin", "path"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(_binary.sys, "executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return tmp_path


def install(folder, says):
    """An act that prints a line."""
    file = folder / "act"
    file.write_text(f"#!/bin/sh\necho '{says}'\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("act version 0.2.89\n", (0, 2, 89)),
        ("act version v1.0.0", (1, 0, 0)),
        ("act 2.0 (AppArmor)", None),
        ("", None),
    ],
)
def test_versions(said, version):
    assert read_version(said) == version


def test_the_act_beside_python_comes_first(machine):
    install(machine / "path", "act version 0.3.0")
    install(machine / "bin", "act version 0.2.89")

    assert find_act() == ActBinary(str(machine / "bin" / "act"), (0, 2, 89))


def test_a_newer_one_on_path_is_noted(machine):
    install(machine / "path", "act version 0.3.0")

    assert find_act().note == "act 0.3.0 is newer than 0.2.89, which the runner was measured against"
    assert ActBinary("act", MEASURED).note is None


@pytest.mark.parametrize(
    ("says", "message"),
    [
        ("act version 0.2.60", "act 0.2.60 at {path} is older than 0.2.89: pip install 'pytest-cicache[act]'"),
        ("hello", "'{path} --version' printed 'hello', which is no act's answer: pip install 'pytest-cicache[act]'"),
    ],
)
def test_one_that_cannot_be_used(machine, says, message):
    install(machine / "path", says)

    with pytest.raises(EngineUnavailableError) as caught:
        find_act()
    assert str(caught.value) == message.format(path=machine / "path" / "act")


def test_none_at_all(machine):
    with pytest.raises(EngineUnavailableError) as caught:
        find_act()
    assert str(caught.value) == "act is not installed: pip install 'pytest-cicache[act]'"
