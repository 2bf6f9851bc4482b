"""A job in act sees nothing of the person who runs it, reads nothing of the repository, and leaves nothing behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_cicache.engines.runner.act import _job
from pytest_cicache.errors import EngineError, UnsupportedError

pytestmark = pytest.mark.act


def left(bench):
    """What jobs have left in the folder of their runner."""
    return [path.name for path in bench.directory.rglob("job-*")]


def test_no_variable_of_the_person_reaches_a_step(bench, monkeypatch):
    for name in ("GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "ACT_TOKEN"):
        monkeypatch.setenv(name, "the person's")

    step = bench.step("env")

    assert not any("the person's" in line for line in step.log)


def test_gh_is_not_asked_for_a_token(bench, tmp_path, monkeypatch):
    """act runs `gh auth token` where no token was given."""
    gh = tmp_path / "gh"
    gh.write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\necho the-persons\n")
    gh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    step = bench.step("echo ${{ github.token }} | wc -c")

    assert step.conclusion == "success"
    assert not (tmp_path / "asked").exists()


def test_files_of_the_person_and_of_the_repository_are_not_read(bench, tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    for folder in (home, tmp_path):
        (folder / ".actrc").write_text("--env FROM_ACTRC=1\n")
        (folder / ".env").write_text("FROM_DOTENV=1\n")
        (folder / ".secrets").write_text("FROM_SECRETS=1\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(tmp_path)
    bench.files.update({".actrc": "--env FROM_ACTRC=1\n", ".env": "FROM_DOTENV=1\n"})

    job = bench.job("- uses: actions/checkout@v4\n- {id: it, run: 'env; echo [${{ secrets.FROM_SECRETS }}]'}")

    assert job.step("it").log[-1] == "[]"
    assert not any(line.startswith("FROM_") for line in job.step("it").log)


def test_a_step_has_no_docker_and_nothing_on_stdin(bench):
    step = bench.step('echo "$DOCKER_HOST"; read -r line || echo end of input')

    assert step.log[-2:] == ("unix:///nonexistent/docker.sock", "end of input")


def test_the_home_of_a_step_is_empty(bench):
    assert bench.step('find "$HOME" -mindepth 1 | wc -l').log[-1] == "0"


def test_secrets_are_for_one_reader(bench):
    """act reads them from a file beside the workspace."""
    step = bench.step('find "$GITHUB_WORKSPACE/../../.." -name secrets.yml -perm 600 | wc -l')

    assert step.log[-1] == "1"


@pytest.mark.parametrize("script", ["exit 3", "tail -f /dev/null & exit 0", "kill -9 0"])
def test_nothing_is_left(bench, script):
    bench.step(script)

    assert left(bench) == []
    assert _started_below(bench.directory) == []


def test_act_killed_in_the_middle(bench):
    """One line says what ended, and where; nothing is left."""
    script = "act=$(sed 's/.*) . \\([0-9]*\\) .*/\\1/' /proc/$PPID/stat); kill -9 $act; tail -f /dev/null"

    with pytest.raises(
        EngineError, match=r"ci\.yml:\d+:\d+: act ended with status (-?9|137) before the step 'it' did"
    ) as error:
        bench.step(script)

    assert "\n" not in str(error.value)
    assert left(bench) == []
    assert _started_below(bench.directory) == []


def test_act_that_stands_still_while_a_script_prints(bench, tmp_path, monkeypatch):
    """The lines of what was left running give it no more time."""
    monkeypatch.setattr(_job, "_PATIENCE", 1.0)
    bench.patience = 1.0
    line = '{"raw_output": true, "msg": "more", "stage": "Main", "stepID": ["it"]}'
    script = f"""
        act=$(sed 's/.*) . \\([0-9]*\\) .*/\\1/' /proc/$PPID/stat)
        exec 3>"$CICACHE_GATES/output"
        (for i in {{1..900}}; do echo '{line}' >&3; read -t 0.02 <> <(:) || true; done; kill -CONT $act) &
        kill -STOP $act
    """

    with pytest.raises(EngineError, match=r"act did not get over the step 'it' within 1 s"):
        bench.step(script)


def test_a_job_that_act_refuses(bench):
    """What GitHub has and act does not is said by name, with its place."""
    with pytest.raises(UnsupportedError, match=r"ci\.yml:10:14: act takes no expression for all of 'env'"):
        bench.job("- id: it\n  run: echo\n  env: ${{ fromJSON('{}') }}")


def _started_below(folder: Path) -> list[str]:
    """The processes whose command line or directory lies below a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace")
            place = os.readlink(process / "cwd")
        except OSError:
            continue
        if str(folder) in words or place.startswith(str(folder)):
            found.append(words.replace("\0", " "))
    return found
