"""How scripts are started, timed and ended."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pytest_cicache.engines.runner.job import LOG_IS_CUT, LONGEST_LOG
from pytest_cicache.engines.runner.job._launcher import Launcher
from pytest_cicache.engines.runner.job._script import ShellError, run_script, shell_command
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
        pytest.param('bash -c "{0} x', "bash|-c|/s.sh x", id="a quote that is not closed"),
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


def run(script: str, seconds: float = 5, directory: Path = Path("/"), shell: str = "sh"):
    launcher = Launcher()
    try:
        return run_script(
            [shell, "-c", script], directory=directory, environment=PLACE, seconds=seconds, launcher=launcher
        )
    finally:
        launcher.end()


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


def test_a_script_out_of_time_is_killed_with_its_children(tmp_path):
    """The whole process group ends."""
    name = f"{tmp_path}/x"
    end = run(f"tail -f /dev/null {name} & wait", seconds=0.3)

    assert end.status is None
    assert _is_gone(name)


def _is_gone(name: str) -> bool:
    """Whether no process, or soon none, has an argument."""
    for _ in range(100):
        listed = subprocess.run(["ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True, check=True)
        if name not in listed.stdout:
            return True
        time.sleep(0.02)
    return False


def test_a_command_that_is_nowhere_has_githubs_words():
    """The runner looks the shell up."""
    with pytest.raises(ShellError, match=r"^no-such-shell: command not found$"):
        run("x", shell="no-such-shell")


def test_a_directory_that_is_nowhere_has_githubs_words():
    """A wrong working-directory is named."""
    with pytest.raises(ShellError, match=r"with working directory '/no/such'. No such file or directory"):
        run("true", directory=Path("/no/such"))


def test_an_interrupt_kills_the_script(tmp_path, monkeypatch):
    """Ctrl-C ends the process group and is passed on."""
    from pytest_cicache.engines.runner.job import _script

    def interrupted(launcher, output, deadline):
        raise KeyboardInterrupt("ctrl-c")

    monkeypatch.setattr(_script, "_collect", interrupted)

    with pytest.raises(KeyboardInterrupt, match="ctrl-c"):
        run(f"tail -f /dev/null {tmp_path}/x")
    assert _is_gone(f"{tmp_path}/x")


def test_background_processes_live_until_the_job_ends(bench):
    """A later step still meets what an earlier one started in the background; afterwards it is gone."""
    job = bench.job(
        """
        - run: |
            touch background
            tail -f "$PWD/background" >/dev/null 2>&1 &
            echo $! > background
        - id: it
          run: kill -0 "$(cat background)" && echo "alive $PWD/background"
        """
    )

    alive = next(line for line in job.step("it").log if line.startswith("alive"))
    assert _is_gone(alive.split()[1])


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


def test_a_flood_ends_with_the_scripts_time():
    """What it prints without end gives it no more."""
    end = run("yes", seconds=0.2)

    assert end.status is None
    assert end.output.endswith(f"y\n\n{LOG_IS_CUT}\n") or len(end.output) < LONGEST_LOG


def test_the_log_of_a_flood_is_cut(bench):
    """And says so; the step is what it is."""
    step = bench.step("head -c 6000000 /dev/zero | tr '\\0' x | fold -w 1000; exit 3")

    assert step.error == "Process completed with exit code 3."
    assert LOG_IS_CUT in step.log[-3:]
    assert sum(map(len, step.log)) < 1.1 * LONGEST_LOG


def test_a_script_may_remove_the_temporary_folder(bench):
    """What it has handed on stays, and so does the job's clock."""
    job = bench.job(
        """
        - {id: a, run: 'sleep 60; echo x=1 >>"$GITHUB_OUTPUT"; rm -rf "$RUNNER_TEMP"'}
        - {id: b, run: 'test ! -s "$GITHUB_OUTPUT"'}
        """
    )

    assert [step.conclusion for step in job.steps] == ["success", "success"]
    assert dict(job.step("a").outputs) == {"x": "1"}


def test_a_missing_working_directory_fails_the_step(bench):
    """The step fails with the runner's words, and the run goes on; the folder has the name that it has on GitHub."""
    step = bench.step("true", keys="working-directory: nowhere")
    below_tmp = bench.step("true", keys="working-directory: /tmp/nowhere")

    assert (step.conclusion, below_tmp.conclusion) == ("failure", "failure")
    assert "'/home/runner/work/app/app/nowhere'. No such file or directory" in step.error
    assert "'/tmp/nowhere'. No such file or directory" in below_tmp.error


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


@pytest.fixture(params=[True, False], ids=["apart", "beside other processes"])
def apart(request, runner, monkeypatch):
    """Whether steps see only the processes of their job."""
    from pytest_cicache.engines.runner.job import _launcher

    if request.param and not _launcher.hides_processes():
        pytest.skip("bubblewrap is not installed, or does not work here")
    monkeypatch.setattr(_launcher, "hides_processes", lambda: request.param)
    runner.close()
    yield request.param
    runner.close()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="there is no /proc")
def test_a_step_does_not_see_the_persons_environment(bench, apart, monkeypatch):
    """Not in the process that started it; where steps are apart, in no process at all."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cr3t-of-a-person")
    script = "grep -c s[3]cr3t /proc/$PPID/environ || true; cat /proc/[0-9]*/comm 2>/dev/null | sort -u | paste -sd ,"

    *_, parent, names = bench.step(script).log

    assert parent == "0"
    assert set(names.split(",")) <= {"bash", "bwrap", "cat", "paste", "sort", *_names_of_python()} or not apart


def _names_of_python() -> set[str]:
    return {Path(sys.executable).name, Path(sys.executable).resolve().name}


def test_processes_of_a_job_see_each_other(bench, apart):
    """A step can end what an earlier step has started."""
    job = bench.job(
        """
        - run: |
            tail -f /dev/null >/dev/null 2>&1 &
            echo $! > background
        - run: kill "$(cat background)"
        """
    )

    assert job.conclusion == "success"


def test_a_script_that_kills_what_started_it(bench, apart):
    """The step fails as one that was killed, and the next one starts as ever."""
    job = bench.job("- id: first\n  run: kill -9 $PPID; tail -f /dev/null\n- id: it\n  if: always()\n  run: echo on")

    assert job.step("first").error == "Process completed with exit code 137."
    assert job.step("it").log[-1] == "on"


def test_background_output_does_not_break_what_writes_it(bench, apart):
    """What is left running may go on writing to the log of its step."""
    job = bench.job(
        """
        - run: |
            (while echo more; do read -t 0.02 <> <(:) || true; done; echo ended > ended) &
            echo started
        - id: it
          run: test ! -e ended && echo "still writing"
        """
    )

    assert job.step("it").log[-1] == "still writing"
