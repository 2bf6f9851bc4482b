"""The folders of PATH."""

from __future__ import annotations

import os

import pytest

from pytest_cicache.engines.runner.job._tools import HARMLESS, OURS, USUAL, Tools


@pytest.fixture(scope="module")
def tools(tmp_path_factory) -> Tools:
    """Tools laid out once."""
    return Tools.make(tmp_path_factory.mktemp("tools") / "t")


@pytest.mark.parametrize("name", sorted(OURS))
def test_ours_come_first(tools, name):
    """docker and date are executable scripts of ours, in the first folder."""
    assert os.access(tools.commands / name, os.X_OK)
    assert tools.path().split(os.pathsep)[0] == str(tools.commands)
    assert not (tools.stubs / name).exists()
    assert not (tools.harmless / name).exists()


@pytest.mark.parametrize("name", ["sh", "bash", "sed", "git", "cat"])
def test_harmless_tools_are_the_machines(tools, name):
    """They are links to the machine's."""
    assert (tools.harmless / name).is_symlink()
    assert os.access(tools.harmless / name, os.X_OK)


@pytest.mark.parametrize("name", sorted(USUAL))
def test_usual_commands_are_stubs(tools, name):
    """Whether this machine has them or not."""
    assert os.readlink(tools.stubs / name) == ".stub"
    assert os.access(tools.stubs / name, os.X_OK)


def test_no_command_is_two_things():
    """A name is harmless, ours or a stub."""
    assert not HARMLESS & USUAL
    assert not (HARMLESS | USUAL) & set(OURS)


def test_shebangs_name_the_machines_shell(tools):
    """The scripts start where bash is not in /bin."""
    for name in OURS:
        first = (tools.commands / name).read_text().partition("\n")[0]
        assert os.access(first.removeprefix("#!"), os.X_OK)


def test_every_command_of_the_machine_is_covered(tools, tmp_path, monkeypatch):
    """A command of any folder of PATH becomes a stub; a folder that is not there does not matter."""
    (tmp_path / "my-own-tool").write_text("#!/bin/sh\n")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/no/such{os.pathsep}{os.environ['PATH']}")

    made = Tools.make(tmp_path / "t")

    assert os.readlink(made.stubs / "my-own-tool") == ".stub"
