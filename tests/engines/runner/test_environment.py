"""What a step sees of the world: GitHub's variables and ours, nothing of the person's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ALLOWED_PREFIXES = ("GITHUB_", "RUNNER_", "CICACHE_")
ALLOWED = {
    *("ACCEPT_EULA", "AGENT_TOOLSDIRECTORY", "DEBIAN_FRONTEND", "ImageOS", "XDG_CONFIG_HOME"),
    *("BASH_ENV", "CI", "DOCKER_HOST", "GIT_CONFIG_NOSYSTEM", "GIT_EXEC_PATH", "GIT_TERMINAL_PROMPT"),
    *("HOME", "HTTPS_PROXY", "LANG", "LOGNAME", "PATH", "PWD", "SHELL", "SHLVL", "TMPDIR", "TZ", "USER", "_"),
    *("http_proxy", "https_proxy", "no_proxy", "__CF_USER_TEXT_ENCODING", "OLDPWD"),
}


def variables(text: str) -> dict[str, str]:
    """The lines of `env`."""
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def workflow(step: str) -> str:
    """A workflow file of one step."""
    return f"on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n      {step}\n"


@pytest.fixture
def seen(bench) -> dict[str, str]:
    """The environment of a step."""
    step = bench.step("env > all; base64 < all | tr -d '\\n' > b64; env")
    return variables("\n".join(step.log))


def test_a_step_sees_nothing_but_what_was_set(bench, monkeypatch):
    """Whatever is in the environment of the person who runs pytest, no step sees it."""
    secret = "person-secret"
    names = (
        "AWS_ACCESS_KEY_ID AWS_PROFILE GITHUB_TOKEN GH_TOKEN DOCKER_CONFIG DOCKER_AUTH_CONFIG NPM_TOKEN XDG_RUNTIME_DIR"
    )
    for name in (*names.split(), "SSH_AUTH_SOCK", "PYTHONPATH", "VIRTUAL_ENV", "LD_PRELOAD_NOT", "GIT_DIR"):
        monkeypatch.setenv(name, secret)

    step = bench.step("env")

    found = variables("\n".join(step.log))
    assert secret not in "\n".join(step.log)
    assert {name for name in found if name not in ALLOWED and not name.startswith(ALLOWED_PREFIXES)} == set()
    assert "GITHUB_TOKEN" not in found


def test_path_leads_only_into_folders_of_ours(bench, seen):
    """PATH has no folder of the machine."""
    folders = seen["PATH"].split(os.pathsep)

    assert all(Path(folder).is_relative_to(bench.directory) for folder in folders)


@pytest.mark.parametrize("name", ["HOME", "RUNNER_TEMP", "RUNNER_TOOL_CACHE", "GITHUB_WORKSPACE", "BASH_ENV"])
def test_every_folder_of_a_step_is_thrown_away(bench, seen, name):
    """The folders are below the runner's and gone when the job has ended."""
    assert Path(seen[name]).is_relative_to(bench.directory.resolve())
    assert not Path(seen[name]).exists()


def test_tmp_is_a_folder_of_the_job(bench, seen):
    """Other jobs and this machine do not see it; the log calls it as GitHub does."""
    step = bench.step('echo x > /tmp/cicache-own && stat -c %i /tmp "$TMPDIR" && ls "$GITHUB_WORKSPACE/../../../tmp"')

    first, second, listed = step.log[-3:]
    assert first == second
    assert listed == "cicache-own"
    assert seen["TMPDIR"] == "/tmp"
    assert not Path("/tmp/cicache-own").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CI", "true"),
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_REPOSITORY", "octo/app"),
        ("GITHUB_JOB", "job"),
        ("GITHUB_ACTION", "it"),
        ("GITHUB_EVENT_NAME", "push"),
        ("GITHUB_REF", "refs/heads/feature"),
        ("RUNNER_OS", "Linux"),
        ("USER", "runner"),
        ("TZ", "UTC"),
    ],
)
def test_githubs_variables_are_there(seen, name, value):
    """Default variables have GitHub's values."""
    assert seen[name] == value


def test_the_workspace_is_named_as_on_a_hosted_runner(seen):
    """GITHUB_WORKSPACE ends with the repository's name twice, and steps start there."""
    assert seen["GITHUB_WORKSPACE"].endswith("/work/app/app")
    assert seen["PWD"] == seen["GITHUB_WORKSPACE"]


def test_the_event_file_holds_the_payload(bench):
    """GITHUB_EVENT_PATH is the event's payload as JSON."""
    step = bench.step(
        """jq -r .repository.full_name "$GITHUB_EVENT_PATH" || grep -o octo/app "$GITHUB_EVENT_PATH" | head -1"""
    )

    assert "octo/app" in step.log


@pytest.mark.parametrize("name", ["GITHUB_SHA", "RUNNER_OS", "GITHUB_REPOSITORY", "CICACHE_DOCKER_KEY"])
def test_no_env_changes_a_default_variable(bench, name):
    """`env:` and GITHUB_ENV cannot override what the runner sets."""
    job = bench.job(
        f"""
        - run: echo "{name}=mine" >> "$GITHUB_ENV"
        - id: it
          env: {{{name}: mine}}
          run: test "${name}" != mine
        """
    )

    assert job.conclusion == "success"


def test_github_token_may_be_set(bench):
    """GITHUB_TOKEN is no default variable, so a workflow may set it."""
    job = bench.job(
        """
        - run: echo "GITHUB_TOKEN=by-file" >> "$GITHUB_ENV"
        - run: test "$GITHUB_TOKEN" = by-file
        - env: {GITHUB_TOKEN: by-env}
          run: test "$GITHUB_TOKEN" = by-env
        """
    )

    assert job.conclusion == "success"


def test_env_of_step_wins_over_job_over_workflow(bench):
    """`env` of the step wins, then the job's, then the workflow's; entries of one map do not see each other."""
    job = bench.job(
        """
        - id: it
          env: {A: step, SEEN: "${{ env.A }}"}
          run: echo "$A $B $C $SEEN"
        """,
        keys="env: {A: job, B: job}",
        top="env: {A: workflow, B: workflow, C: workflow}",
    )

    assert "step job workflow job" in job.step("it").log


def test_a_path_of_the_workflow_keeps_docker_and_date_ours(bench):
    """A PATH written to GITHUB_ENV counts, but `docker` and `date` stay the simulation's."""
    job = bench.job(
        """
        - run: |
            mkdir bin; printf '#!/bin/sh\\necho mine' > bin/mine; chmod +x bin/mine; cp bin/mine bin/docker
            echo "PATH=$PWD/bin:$PATH" >> "$GITHUB_ENV"
        - id: it
          run: mine && docker --version
        """
    )

    assert "mine" in job.step("it").log
    assert any(line.startswith("Docker version 28") for line in job.step("it").log)


def test_github_path_prepends_and_a_repeat_moves_to_the_front(bench):
    """Later lines of GITHUB_PATH come first, a repeated one moves."""
    job = bench.job(
        """
        - run: printf '/one\\n/two\\n\\n/one\\n' >> "$GITHUB_PATH"
        - id: it
          run: echo "${PATH%%:*}"; rest=${PATH#*:}; echo "${rest%%:*}"
        """
    )

    assert job.step("it").log[-2:] == ("/one", "/two")


def test_date_is_the_simulations(bench):
    """`date` tells the simulation's time in UTC, and computes other dates as ever."""
    step = bench.step("date +%Y-%m-%dT%H:%M; date -u -d @0 +%Y || date -u -r 0 +%Y")

    assert step.log[-2:] == ("2026-11-24T09:30", "1970")


@pytest.mark.parametrize(
    ("script", "note"),
    [
        pytest.param("terraform apply", "stubbed: terraform", id="a usual command"),
        pytest.param("no-such-command-here x", "stubbed: no-such-command-here", id="a command that is nowhere"),
        pytest.param("sudo apt-get update && npm ci", "stubbed: npm, sudo", id="several"),
    ],
)
def test_other_commands_are_stubbed_and_said_so(bench, script, note):
    """A command that is not harmless succeeds, says so in the log, and is noted."""
    step = bench.step(script)

    assert step.conclusion == "success"
    assert step.note == note
    assert any(line.startswith("cicache: stubbed:") for line in step.log)


def test_sh_scripts_meet_stubs_too(bench):
    """A usual command is stubbed in sh, which has no hook for commands that are nowhere."""
    assert bench.step("terraform plan", keys="shell: sh").note == "stubbed: terraform"


def test_a_test_gives_a_stub_behaviour(bench):
    """A stand-in for a command is an executable script of the test's."""
    bench.stubs = type(bench.stubs)(commands={"briefcase": '#!/bin/sh\necho "briefcase got $1"\n'})

    step = bench.step("briefcase create")

    assert "briefcase got create" in step.log
    assert step.note is None


def test_an_allowed_command_runs_for_real(bench, tmp_path, monkeypatch):
    """`allow` lets a command of the machine through."""
    tool = tmp_path / "mytool"
    tool.write_text("#!/bin/sh\necho real\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    bench.stubs = type(bench.stubs)(allowed=frozenset({"mytool"}))

    assert "real" in bench.step("mytool").log


def test_nothing_reaches_the_network(bench):
    """A program that honours the proxy variables gets nowhere."""
    script = """
        python3 - <<'EOF'
        import urllib.request
        try:
            urllib.request.urlopen("https://ghcr.io/v2/", timeout=2)
        except OSError as error:
            print("refused", type(error).__name__)
        EOF
        """

    assert any(line.startswith("refused") for line in bench.step(script).log)


@pytest.mark.skipif(sys.platform != "linux", reason="umask is read from /proc")
def test_umask_is_a_hosted_runners(bench):
    """Files are made with umask 022 whatever the person's is."""
    assert "0022" in bench.step("umask").log


def test_git_knows_nobody(bench):
    """git in a step has neither the person's name nor configuration."""
    bench.files = {"a": "x"}
    job = bench.job("- id: it\n  run: git config --get user.name || echo nobody; git init -q . && echo made")

    assert job.step("it").log[-2:] == ("nobody", "made")


def test_the_shim_folders_hold_no_stub_for_harmless_tools(bench):
    """A harmless tool of this machine is really that tool."""
    there = subprocess.run(["bash", "-c", "command -v sed"], capture_output=True, check=True)

    assert there.stdout
    assert "b" in bench.step("echo a | sed s/a/b/").log


@pytest.mark.parametrize(("label", "system"), [("ubuntu-24.04", "Linux X64"), ("self-hosted", "Linux X64")])
def test_the_runner_is_that_of_the_label(bench, label, system):
    """`runner.os` and RUNNER_OS follow `runs-on`."""
    text = workflow("- {id: it, run: 'echo $RUNNER_OS ${{ runner.arch }}'}").replace("ubuntu-latest", label)
    (job,), _ = bench.run(text)

    assert job.step("it").log[-1] == system


def test_a_hosted_image_and_its_processor(bench):
    """In variables and in the `runner` context."""
    script = "echo $ImageOS $RUNNER_ARCH ${{ runner.arch }} ${{ runner.environment }}"

    assert bench.step(script).log[-1] == "ubuntu24 X64 X64 github-hosted"
