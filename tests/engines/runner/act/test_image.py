"""Jobs of act in a container of an image: which images will do, what a step sees there, and what is left of it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_cicache.engines._docker_engine import DockerEngine
from pytest_cicache.engines._ownership import owned_name
from pytest_cicache.engines.runner.act._container import BindMount, Container, in_shell, remove_leftovers
from pytest_cicache.engines.runner.act._image import JobImage, read_look
from pytest_cicache.engines.runner.act._step import ActStep
from pytest_cicache.errors import EngineUnavailableError, UsageError

IMAGE = "cicache-steps:local"
LOOK = """\
folder\t/usr/bin
command\t/usr/bin/bash
command\t/usr/bin/git
folder\t/bin
command\t/bin/bash
date\t-r\N{SPACE}
date\t--date=@
git\t/usr/lib/git-core
program\tgit-sh-setup
reaches\t4321
done\t
"""


def containers() -> list[str]:
    """The containers of jobs, by name, that this process has made."""
    listing = ["docker", "ps", "--all", "--filter", "label=pytest-cicache=job", "--format", "{{.Names}}"]
    names = subprocess.run(listing, capture_output=True, text=True, check=True).stdout.split()
    return [name for name in names if name.startswith(owned_name(""))]


def volumes() -> str:
    """The volumes and networks of the engine."""
    kinds = ("volume", "network")
    return "".join(
        subprocess.run(["docker", kind, "ls", "-q"], capture_output=True, check=True, text=True).stdout
        for kind in kinds
    )


@pytest.fixture
def engine(tmp_path):
    """The engine, asked with a configuration of its own."""
    return DockerEngine.find(tmp_path)


def test_what_an_image_has_is_read():
    """The first command of a name is the one that a shell finds, the last way to ask date that works is the best."""
    machine, reason = read_look(LOOK)

    assert reason is None
    assert machine.commands == {"bash": "/usr/bin/bash", "git": "/usr/bin/git"}
    assert machine.folders == ("/usr/bin", "/bin")
    assert (machine.git_core, machine.git_programs) == ("/usr/lib/git-core", {"git-sh-setup"})
    assert machine.date_at == "--date=@"
    assert machine.which("bash") == "/usr/bin/bash"
    assert machine.which("cargo") is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "its containers do not see the folders of this machine"),
        (LOOK.replace("done\t\n", ""), "its containers do not see the folders of this machine"),
        (LOOK + "lacks\tbash\nlacks\tenv\n", "it has no bash, env"),
        (LOOK.replace("reaches\t4321\n", ""), "its containers do not reach 127.0.0.1 of this machine"),
    ],
)
def test_why_an_image_will_not_do(text, reason):
    assert read_look(text)[1] == reason


@pytest.mark.parametrize(
    ("mount", "words"),
    [
        (BindMount(Path("/a")), '"type=bind","source=/a","target=/a"'),
        (BindMount(Path("/a"), target="/b", is_read_only=True), '"type=bind","source=/a","target=/b","readonly"'),
        (BindMount(Path('/a,b"c')), '"type=bind","source=/a,b""c","target=/a,b""c"'),
    ],
)
def test_mounts_are_lines_of_csv(mount, words):
    assert mount.words() == ("--mount", words)


@pytest.mark.parametrize(("name", "value"), [("a.b", "1 2"), ("C", "it's\n$HOME"), ("D", "")])
def test_variables_may_have_any_name_and_value(name, value):
    """A shell would refuse the first."""
    command = in_shell(["printenv", name], {name: value})

    assert subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout == f"{value}\n"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "Error: No such image: octo/runner:1",
            "the image 'octo/runner:1' is not on this machine: docker pull octo/runner:1",
        ),
        (
            "Cannot connect to the Docker daemon at unix:///nowhere. Is the docker daemon running?",
            "act cannot run jobs in the image 'octo/runner:1': Cannot connect to the Docker daemon at unix:///nowhere. "
            "Is the docker daemon running?; start Docker, or run act without an image",
        ),
    ],
)
def test_an_image_that_is_not_there(tmp_path, monkeypatch, said, told):
    """One line says what, and what to do."""
    docker = tmp_path / "docker"
    docker.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    with pytest.raises(EngineUnavailableError) as error:
        JobImage.find("octo/runner:1", tmp_path / "image")

    assert str(error.value) == told


def test_no_docker(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(EngineUnavailableError, match=r"^the command 'docker' is not installed; install Docker$"):
        JobImage.find("octo/runner:1", tmp_path / "image")


def test_another_system(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")

    with pytest.raises(EngineUnavailableError, match=r"^act cannot run jobs in the image 'octo/runner:1' on darwin: "):
        JobImage.find("octo/runner:1", tmp_path / "image")


@pytest.mark.image
def test_an_image_without_a_shell(tmp_path):
    """That of the registry holds one program."""
    with pytest.raises(EngineUnavailableError) as error:
        JobImage.find("registry:2", tmp_path / "image").look()

    assert str(error.value).startswith("act cannot run jobs in the image 'registry:2': ")
    assert '"sh": executable file not found' in str(error.value)
    assert "\n" not in str(error.value)
    assert containers() == []


@pytest.mark.image
def test_nothing_of_the_persons_docker_is_read(tmp_path, monkeypatch):
    """A configuration could hand proxies on to every container, and choose another engine."""
    (tmp_path / "config.json").write_text('{"proxies": {"default": {"httpProxy": "http://persons"}}}')
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("DOCKER_CUSTOM_HEADERS", "from=person")
    mine = DockerEngine.find(tmp_path / "mine")

    container = Container.create(mine, IMAGE, ["env"], [], Path("/"))
    try:
        said = mine.run(*container.start()[1:])
    finally:
        container.close()

    assert "persons" not in said
    assert not any(name.startswith("DOCKER_CUSTOM") for name in mine.environment)


@pytest.mark.image
def test_containers_of_a_crashed_run_are_removed_and_others_kept(engine):
    """The next session removes those whose process is no more."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    own = Container.create(engine, IMAGE, ["true"], [], Path("/"))
    crashed = Container(engine, own.name.replace(f"-{os.getpid()}-", f"-{ended.pid}-"))
    engine.run("create", "--name", crashed.name, "--label", "pytest-cicache=job", IMAGE)
    try:
        remove_leftovers(engine)
        names = engine.run("ps", "--all", "--format", "{{.Names}}").split()
        assert own.name in names
        assert crashed.name not in names
    finally:
        own.close()
        crashed.close()


def test_a_step_sees_the_image_and_the_folders_of_its_job(bench, tmp_path):
    """Nothing of the person who runs it: no file, no process, no engine."""
    (tmp_path / "persons").write_text("s3cr3t")
    session = bench.directory / "act-image"
    (session / "another-job").mkdir()
    script = f"""
        ls {tmp_path}/persons {sys.prefix} 2>/dev/null || echo no files
        ls /var/run/docker.sock /run/docker.sock 2>/dev/null || echo no socket
        cat /proc/[0-9]*/comm | grep -E "pytest|dockerd" || echo no processes
        touch "$CICACHE_STUB" 2>/dev/null || echo no writing
        echo {session}/* | sed 's,{session}/,,g; s,job-[0-9a-f]*,job,'
    """

    step = bench.step(script)

    assert step.log[-5:-1] == ("no files", "no socket", "no processes", "no writing")
    assert step.log[-1] == "act-shells job tools"


def test_an_allowed_command_is_the_images(bench):
    """It runs for real, where it would be stubbed."""
    bench.stubs = replace(bench.stubs, allowed=frozenset({"setsid"}))

    assert bench.step("setsid echo real").log[-1] == "real"


def test_a_command_that_the_image_lacks_cannot_be_allowed(bench):
    bench.stubs = replace(bench.stubs, allowed=frozenset({"no-such-command"}))

    with pytest.raises(UsageError, match=r"^the image has no command 'no-such-command' that steps could be allowed"):
        bench.step("no-such-command")

    assert list(bench.directory.rglob("job-*")) == []


def test_files_belong_to_this_user(bench):
    """So that they can be removed, whoever that is."""
    assert bench.step("touch it; stat -c %u:%g it; id -u").log[-2:] == (
        f"{os.getuid()}:{os.getgid()}",
        str(os.getuid()),
    )


@pytest.mark.parametrize("script", ["true", "exit 3", "tail -f /dev/null & exit 0", "kill -9 0"])
def test_no_container_is_left(bench, script):
    before = volumes()

    bench.step(script)

    assert containers() == []
    assert volumes() == before


def test_no_container_is_left_of_a_job_that_is_given_up(bench, monkeypatch):
    """As by an interrupt, while a step runs."""
    monkeypatch.setattr(ActStep, "done", interrupted)

    with pytest.raises(KeyboardInterrupt):
        bench.step("tail -f /dev/null & true")

    assert containers() == []
    assert list(bench.directory.rglob("job-*")) == []


def interrupted(step):
    raise KeyboardInterrupt


def test_a_script_out_of_time_ends(bench):
    """It is killed in the container, by its number there."""
    bench.patience = 1.0

    step = bench.step("echo begun; tail -f /dev/null")

    assert "begun" in step.log
    assert step.note == "the script was stopped after 1 s of real time"


ACTION = """
name: a
description: a
runs:
  using: composite
  steps:
    - shell: bash
      run: |
        echo "leg ${{ matrix.leg }} in $(cat /proc/1/cmdline | tr '\\0' ' ')"
        SCRIPT
"""


@pytest.mark.parametrize(
    ("script", "conclusion"), [("true", "success"), ("exit 3", "failure"), ("tail -f /dev/null", "success")]
)
def test_what_the_simulation_carries_out_runs_in_the_container_too(bench, script, conclusion):
    """A script of a composite action that reads what act does not tell, `matrix` here."""
    bench.files["act/action.yml"] = ACTION.replace("SCRIPT", script)
    bench.patience = 3.0

    job = bench.job("- uses: actions/checkout@v4\n- {id: it, uses: ./act}", keys="strategy: {matrix: {leg: [1]}}")

    step = job.step("it")
    assert step.conclusion == conclusion
    assert ("the script was stopped after 3 s" in (step.note or "")) == script.startswith("tail")
    assert any(line.startswith("leg 1 in sh ") and line.endswith("/act/start ") for line in step.log)
    assert containers() == []
