"""How scripts are started, timed and ended."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from pytest_cicache.engines.runner.job._script import Leftovers, ShellError, run_script, shell_command
from pytest_cicache.engines.runner.steps import _timing
from pytest_cicache.errors import UnsupportedError

FILE = Path("/s.sh")
PLACE = {"PATH": os.environ["PATH"]}


@pytest.mark.parametrize(
    ("shell", "command"),
    [
        pytest.param(None, "bash -e /s.sh", id="none"),
        pytest.param("bash", "bash --noprofile --norc -e -o pipefail /s.sh", id="bash"),
        pytest.param("sh", "sh -e /s.sh", id="sh"),
        pytest.param("python", "python /s.sh", id="python"),
        pytest.param("bash -l {0}", "bash -l /s.sh", id="bash with arguments"),
        pytest.param("perl {0}", "perl /s.sh", id="custom"),
        pytest.param("env -i 'a b' {0}.x", "env|-i|a b|/s.sh.x", id="quoted"),
    ],
)
def test_shells_are_started_as_the_runner_starts_them(shell, command):
    """The table of shells."""
    words = command.split("|") if "|" in command else command.split()

    assert shell_command(shell, FILE) == words


@pytest.mark.parametrize("shell", ["perl", "zsh", "bash -x", "{0}"])
def test_a_shell_without_a_place_for_the_script_is_refused(shell):
    """GitHub's message for a shell that is neither known nor a format."""
    with pytest.raises(ShellError, match=r"Invalid shell option. Shell must be a valid built-in"):
        shell_command(shell, FILE)


@pytest.mark.parametrize("shell", ["pwsh", "powershell", "cmd", "pwsh -NoLogo {0}"])
def test_windows_shells_are_not_simulated(shell):
    """The shells of Windows are named as not simulated."""
    with pytest.raises(UnsupportedError, match=r"the shell '(pwsh|powershell|cmd)' is not simulated"):
        shell_command(shell, FILE)


def run(script: str, seconds: float = 5, directory: Path = Path("/")):
    leftovers = Leftovers()
    try:
        return run_script(
            ["sh", "-c", script], directory=directory, environment=PLACE, seconds=seconds, leftovers=leftovers
        )
    finally:
        leftovers.end()


def test_both_streams_come_in_order():
    """Output of stdout and stderr is one text, in order."""
    assert run("echo a; echo b >&2; echo c; exit 3").output == "a\nb\nc\n"


def test_the_status_is_the_scripts():
    """The exit status is reported."""
    assert run("exit 3").status == 3


def test_a_large_output_is_read_whole():
    """More than a pipe holds does not block."""
    assert len(run("head -c 3000000 /dev/zero | tr '\\0' x").output) == 3_000_000


def test_a_background_process_does_not_hold_the_step():
    """A step ends with its script although a background process holds its output open."""
    began = time.monotonic()

    assert run("sleep 60 & echo started").output == "started\n"
    assert time.monotonic() - began < 20


def test_a_script_out_of_time_is_killed_with_its_children():
    """The whole process group ends."""
    end = run("sleep 60 & echo $!; wait", seconds=0.2)

    assert end.status is None
    with pytest.raises(ProcessLookupError, match="No such process"):
        _wait_gone(int(end.output))


def _wait_gone(pid: int) -> None:
    for _ in range(100):
        os.kill(pid, 0)
        if Path(f"/proc/{pid}/stat").exists() and " Z " in Path(f"/proc/{pid}/stat").read_text():
            raise ProcessLookupError("No such process")
        time.sleep(0.01)


def test_a_command_that_is_nowhere_has_githubs_words():
    """The runner looks the shell up."""
    with pytest.raises(ShellError, match=r"^no-such-shell: command not found$"):
        run_script(["no-such-shell", "x"], directory=Path("/"), environment=PLACE, seconds=1, leftovers=Leftovers())


def test_a_directory_that_is_nowhere_has_githubs_words():
    """A wrong working-directory is named."""
    with pytest.raises(ShellError, match=r"with working directory '/no/such'. No such file or directory"):
        run("true", directory=Path("/no/such"))


def test_an_interrupt_kills_the_script(monkeypatch):
    """Ctrl-C ends the process group and is passed on."""
    from pytest_cicache.engines.runner.job import _script

    started = []

    def interrupted(process, output, seconds):
        started.append(process)
        raise KeyboardInterrupt("ctrl-c")

    monkeypatch.setattr(_script, "_collect", interrupted)

    with pytest.raises(KeyboardInterrupt, match="ctrl-c"):
        run("sleep 60")
    assert started[0].returncode == -9


def test_background_processes_live_until_the_job_ends(bench):
    """A later step still meets what an earlier one started in the background; afterwards it is gone."""
    job = bench.job(
        """
        - run: |
            sleep 60 >/dev/null 2>&1 &
            echo $! > pid
        - id: it
          run: kill -0 "$(cat pid)" && echo "alive $(cat pid)"
        """
    )

    alive = next(line for line in job.step("it").log if line.startswith("alive"))
    with pytest.raises(ProcessLookupError, match="No such process"):
        _wait_gone(int(alive.split()[1]))


@pytest.mark.parametrize(
    ("keys", "script", "conclusion"),
    [
        pytest.param("", "false | true", "success", id="no shell, no pipefail"),
        pytest.param("shell: bash", "false | true", "failure", id="bash has pipefail"),
        pytest.param("", "false; true", "failure", id="-e"),
        pytest.param("shell: sh", "false; true", "failure", id="sh has -e"),
        pytest.param("shell: python", "import sys; sys.exit(0)", "success", id="python"),
        pytest.param("shell: bash {0}", "false; true", "success", id="custom without -e"),
    ],
)
def test_what_a_shell_takes_for_a_failure(bench, keys, script, conclusion):
    """`pipefail` belongs to `shell: bash` alone."""
    assert bench.step(script, keys=keys).conclusion == conclusion


def test_a_failed_script_has_githubs_message(bench):
    """The last line of the log says how it failed."""
    step = bench.step("echo before; exit 7; echo after")

    assert step.error == "Process completed with exit code 7."
    assert step.log[-2:] == ("before", "Error: Process completed with exit code 7.")


def test_a_signal_counts_as_a_shell_counts_it(bench):
    """A script that a signal ended has 128 and its number."""
    assert bench.step("kill -TERM $$").error == "Process completed with exit code 143."


@pytest.mark.parametrize(
    ("top", "keys", "step", "expected"),
    [
        pytest.param("defaults: {run: {working-directory: top}}", "", "", "top", id="workflow"),
        pytest.param(
            "defaults: {run: {working-directory: top}}",
            "defaults: {run: {working-directory: sub}}",
            "",
            "sub",
            id="job",
        ),
        pytest.param("", "defaults: {run: {working-directory: sub}}", "working-directory: top/in", "in", id="step"),
        pytest.param("", "", "working-directory: ${{ format('{0}', 'top') }}", "top", id="expression"),
    ],
)
def test_working_directory_of_step_job_workflow(bench, top, keys, step, expected):
    """The step's wins, then the job's default, then the workflow's."""
    job = bench.job(
        f"""
        - run: mkdir -p top/in sub
          working-directory: .
        - id: it
          run: basename "$PWD"
          {step}
        """,
        top=top,
        keys=keys,
    )

    assert job.step("it").log[-1] == expected


def test_default_shell_of_the_job(bench):
    """`defaults.run.shell: bash` counts as if each step said so."""
    job = bench.job("- id: it\n  run: false | true", keys="defaults: {run: {shell: bash}}")

    assert job.conclusion == "failure"


def test_a_missing_working_directory_fails_the_step(bench):
    """The step fails with the runner's words, and the run goes on."""
    step = bench.step("true", keys="working-directory: nowhere")

    assert step.conclusion == "failure"
    assert "work/app/app/nowhere'. No such file or directory" in step.error


def test_pwsh_is_assumed(bench):
    """A script in a shell that is not simulated is taken to succeed."""
    step = bench.step("false", keys="shell: pwsh")

    assert (step.mode, step.conclusion) == ("assumed", "success")
    assert step.assumptions[0].what.startswith("the shell 'pwsh' is not simulated")
    assert step.assumptions[0].stub == "step:job/it:output=value"


def test_a_step_out_of_time_fails_and_the_job_goes_on(bench, monkeypatch):
    """`timeout-minutes` of a step fails it in the runner's words."""
    monkeypatch.setattr(_timing, "_SECONDS_PER_MINUTE", 0.1)
    job = bench.job(
        """
        - id: slow
          timeout-minutes: 2
          run: echo begun; sleep 30
        - id: after
          if: failure()
          run: echo after
        """
    )

    assert job.step("slow").error == "The action 'Run echo begun; sleep 30' has timed out after 2 minutes."
    assert "begun" in job.step("slow").log
    assert job.step("after").conclusion == "success"
    assert job.conclusion == "failure"


def test_a_job_out_of_time_is_cancelled(bench, monkeypatch):
    """`timeout-minutes` of a job cancels it; only steps for that case still run."""
    monkeypatch.setattr(_timing, "_SECONDS_PER_MINUTE", 0.2)
    job = bench.job(
        """
        - id: slow
          run: sleep 30
        - id: next
          run: echo next
        - id: on-failure
          if: failure()
          run: echo failed
        - id: on-cancel
          if: cancelled()
          run: "true"
        """,
        keys="timeout-minutes: 1",
    )

    conclusions = [step.conclusion for step in job.steps[:3]]
    assert conclusions == ["cancelled", "skipped", "skipped"]
    assert job.conclusion == "cancelled"
    assert job.reason == (
        "The job running on runner GitHub Actions 1 has exceeded the maximum execution time of 1 minutes."
    )
