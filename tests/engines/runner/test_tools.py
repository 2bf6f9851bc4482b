"""The folders of PATH."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib.resources import files

import pytest

from pytest_cicache.engines.runner.job import this_machine
from pytest_cicache.engines.runner.job._tools import HARMLESS, OURS, USUAL, Tools


@pytest.fixture(scope="module")
def tools(tmp_path_factory) -> Tools:
    """Tools laid out once."""
    return Tools.make(tmp_path_factory.mktemp("tools") / "t", this_machine())


@pytest.mark.parametrize("name", sorted(OURS))
def test_ours_come_first(tools, name):
    """docker and date are executable scripts of ours, in the first folder."""
    assert os.access(tools.commands / name, os.X_OK)
    assert tools.path().split(os.pathsep)[0] == str(tools.commands)
    assert not (tools.stubs / name).exists()
    assert not (tools.harmless / name).exists()


@pytest.mark.parametrize("name", ["sh", "bash", "sed", "cat"])
def test_harmless_tools_are_the_machines(tools, name):
    """They are links to the machine's."""
    assert (tools.harmless / name).is_symlink()
    assert os.access(tools.harmless / name, os.X_OK)


@pytest.mark.parametrize("name", sorted(USUAL))
def test_usual_commands_are_stubs(tools, name):
    """Whether this machine has them or not."""
    assert (tools.stubs / name).samefile(tools.stub)
    assert os.access(tools.stubs / name, os.X_OK)


@pytest.mark.parametrize(
    ("name", "arguments", "status", "printed"),
    [
        ("tac", ["-s", " ", "{file}"], 0, "b\na "),
        ("cmp", ["/dev/null", "{file}"], 1, ""),
        ("rev", ["{file}"], 0, "b a\n"),
    ],
)
def test_harmless_tools_that_are_looked_for_behave_as_themselves(tools, tmp_path, name, arguments, status, printed):
    """They get their arguments and give their status, whatever PATH they are started with."""
    file = tmp_path / "a file"
    file.write_text("a b\n")
    command = [str(tools.harmless / name), *(word.replace("{file}", str(file)) for word in arguments)]

    ended = subprocess.run(command, env={}, capture_output=True, text=True, check=False)

    assert not (tools.harmless / name).is_symlink()
    assert (ended.returncode, ended.stdout) == (status, printed)


def test_a_harmless_tool_that_is_gone_says_so(tools, tmp_path):
    """As a shell does for a command that is nowhere."""
    gone = tmp_path / "no-such-tool"
    gone.symlink_to(tools.harmless / ".real")

    ended = subprocess.run([str(gone)], env={}, capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stderr) == (127, "no-such-tool: command not found\n")


@pytest.mark.parametrize(
    "script",
    [
        "cargo build",
        "env A=b cargo build",
        "echo build | xargs cargo",
        "sh -c 'cargo build'",
        "find . -maxdepth 0 -exec cargo build ';'",
        "nohup cargo build",
        "nice cargo build",
        'python3 -c \'import subprocess; subprocess.run(["cargo", "build"], check=True)\'',
    ],
)
@pytest.mark.parametrize("links", [True, False])
def test_whatever_starts_a_stubbed_command(tmp_path, monkeypatch, script, links):
    """The stand-in is on PATH, so that it is not only the shell that finds it; also without hard links."""
    if not links:
        monkeypatch.setattr(os, "link", _no_links)
    tools = Tools.make(tmp_path / "t", this_machine())
    stubbed = tmp_path / "stubbed"
    environment = {"PATH": tools.path(), "CICACHE_STUBBED": str(stubbed), "CICACHE_PYTHON3": tools.real["python3"]}

    subprocess.run([str(tools.harmless / "sh"), "-ec", script], env=environment, cwd=tmp_path, check=True)

    assert [line.partition("\t")[0] for line in stubbed.read_text().splitlines()] == ["cargo"]


def _no_links(source: object, target: object) -> None:
    raise PermissionError("no hard links here")


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

    made = Tools.make(tmp_path / "t", this_machine())

    assert (made.stubs / "my-own-tool").samefile(made.stub)


@pytest.mark.parametrize(
    ("pack", "unpack"), [("gzip -c", "zcat"), ("bzip2 -c", "bzcat"), ("xz -c", "xzcat"), ("tar cz", "tar xzO")]
)
def test_what_packs_and_unpacks_is_real(tools, tmp_path, pack, unpack):
    """tar and the shell scripts among them start others by their names."""
    (tmp_path / "file").write_text("content")
    script = f"{pack} file > packed && {unpack.replace('zO', 'zOf')} packed"

    shell = str(tools.harmless / "sh")
    ended = subprocess.run(
        [shell, "-ec", script], env={"PATH": tools.path()}, cwd=tmp_path, capture_output=True, check=True
    )

    assert ended.stdout == b"content"


def test_harmless_tools_that_this_machine_lacks_are_stubbed(tmp_path, monkeypatch):
    """A hosted runner has them."""
    shells = tmp_path / "shells"
    shells.mkdir()
    for name in ("sh", "bash", "git", "cat", "date"):
        (shells / name).symlink_to(shutil.which(name))
    monkeypatch.setenv("PATH", str(shells))

    made = Tools.make(tmp_path / "t", this_machine())

    for name in ("tree", "jq", "timeout"):
        assert (made.stubs / name).samefile(made.stub)
        assert not (made.commands / name).exists()
    assert not (made.stubs / "cat").exists()


BASH_4 = re.compile(
    r"\$\{\w+(?:,|\^|@[A-Za-z]\})|mapfile|readarray|(?:declare|local|typeset) -[a-zA-Z]*[An]|&>>|\|&|;;?&|coproc"
    r"|wait -n|-v \w+ \]|\$EPOCH|printf -v \w+\["
)
SHIMS = sorted((files("pytest_cicache.engines.runner") / "shims").iterdir(), key=lambda file: file.name)


@pytest.mark.parametrize("file", SHIMS, ids=lambda file: file.name)
def test_shims_keep_to_old_shells(file):
    """POSIX sh, or bash 3.2 as on macOS: each is read by the shell it names, and has no construct of bash 4."""
    text = file.read_text(encoding="utf-8")
    shell = text.partition("\n")[0].rpartition("/")[2]

    assert shell in ("sh", "bash")
    subprocess.run([shell, "-n"], input=text, text=True, check=True)
    assert [line for line in text.splitlines() if BASH_4.search(line)] == []


def test_a_python_that_looks_for_itself_is_not_taken(tmp_path, monkeypatch):
    """The shims of pyenv look for the next `python3` of PATH, which is ours: that would go on for ever."""
    shim = tmp_path / "shims" / "python3"
    shim.parent.mkdir()
    shim.write_text('#!/bin/sh\nPATH=$STEP_PATH exec python3 "$@"\n', encoding="utf-8")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}{os.pathsep}{os.environ['PATH']}")
    tools = Tools.make(tmp_path / "t", this_machine())
    environment = {"PATH": tools.path(), "STEP_PATH": tools.path(), "CICACHE_PYTHON3": tools.real["python3"]}

    ended = subprocess.run(
        ["python3", "-c", "print('one')"], env=environment, capture_output=True, text=True, timeout=20, check=False
    )

    assert ended.stdout == "one\n"
