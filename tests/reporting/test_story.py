"""A run told in lines."""

from __future__ import annotations

from dataclasses import replace

from pytest_cicache.observation import CacheOperation, Conclusion, Operation, Result
from pytest_cicache.reporting import run_lines, story


def test_the_whole_story(fork_run):
    """Who had which token and why, what was tried in which order, what missed first, what was denied."""
    assert list(run_lines(fork_run)) == [
        "ci.yml on fork_pr in o/r: success",
        "  job caller / j: success",
        "    token packages: read",
        "      job permissions",
        "      from a fork",
        "    step Build: stubbed: npm",
        "    login ghcr.io: accepted",
        "    build Dockerfile target app in step Build: 1 of 2 steps cached",
        "      import ghcr.io/o/p:7: not found",
        "      import ghcr.io/o/p:main: hit",
        "      export ghcr.io/o/p:7: denied 403: denied: installation not allowed to Write organization package"
        " (ci.yml:31:11)",
        "      first not cached: [2/2] RUN b: b differs",
        "  tag added: o/p:x",
        "  tag moved: o/p:main",
        "  tag uncertain: o/p:7",
    ]


def test_a_run_that_did_not_start(refused_run):
    """GitHub's text is in it, its second line set off."""
    assert story(refused_run)[1:] == ("  Invalid workflow file: ci.yml#L3", "    The workflow is not valid. More.")


def test_an_event_that_was_not_let_in(quiet_run):
    """The reason is in it."""
    assert story(quiet_run) == (
        "ci.yml on fork_pr in o/r: skipped",
        "  not triggered: no branch filter fits",
    )


def test_failures_are_told(fork_run):
    """A failed step's error, a skipped job's reason, and the last words of a failed build."""
    (job,) = fork_run.jobs
    (step,) = job.steps
    (build,) = step.builds
    build = replace(build, exit_code=1, errors=("ERROR: boom",))
    step = replace(step, error="Process completed with exit code 1.", builds=(build,))
    skipped = replace(job, name="k", conclusion=Conclusion.SKIPPED, reason="its condition is false", steps=())
    lines = story(replace(fork_run, jobs=(replace(job, steps=(step,)), skipped)))

    assert "    step Build: Process completed with exit code 1." in lines
    assert "      ERROR: boom" in lines
    assert "  job k: skipped (its condition is false)" in lines


def test_a_failed_step_without_a_build_shows_the_end_of_its_log(fork_run):
    """Five lines, without the header and the error that is told already."""
    (job,) = fork_run.jobs
    log = ("Run make", *(f"line {number}" for number in range(9)), "Error: Process completed with exit code 2.")
    step = replace(job.steps[0], name="Run make\nmore", error="exit code 2", builds=(), operations=(), log=log)
    lines = story(replace(fork_run, jobs=(replace(job, steps=(step,)),)))

    start = lines.index("    step Run make: exit code 2")
    assert lines[start + 1 : start + 7] == (
        *(f"      line {number}" for number in range(4, 9)),
        "    step Run make: stubbed: npm",
    )


def test_what_was_refused_before_a_build_is_told(fork_run):
    """An export that no builder ever saw, and a build that did not start."""
    (job,) = fork_run.jobs
    (step,) = job.steps
    refused = replace(step.operations[3], result=Result.FAILED, status=None, message="not supported.", fatal=True)
    build = replace(step.builds[0], vertices=(), operations=(), exit_code=1, errors=("ERROR: boom",))
    step = replace(step, operations=(refused,), builds=(build,))
    lines = story(replace(fork_run, jobs=(replace(job, steps=(step,)),)))

    assert "    export ghcr.io/o/p:7: failed: not supported, which fails the build (ci.yml:31:11)" in lines
    assert "    build Dockerfile target app in step Build: did not start" in lines


def test_what_is_asked_over_and_over_is_told_once(fork_run):
    """A script that polls for an image fills one line."""
    (job,) = fork_run.jobs
    (step,) = job.steps
    polled = CacheOperation(
        operation=Operation.PULL, type="registry", reference="ghcr.io/o/p:x", result=Result.NOT_FOUND, fatal=True
    )
    there = replace(polled, result=Result.OK, fatal=False)
    step = replace(step, builds=(), operations=(polled, polled, polled, there))
    lines = story(replace(fork_run, jobs=(replace(job, steps=(step,)),)))

    assert [line.strip() for line in lines if line.strip().startswith("pull")] == [
        "pull ghcr.io/o/p:x: not found, which fails the command (3 times)",
        "pull ghcr.io/o/p:x: ok",
    ]


def test_a_failed_run_begins_with_why(fork_run):
    """Below its title."""
    (job,) = fork_run.jobs
    (step,) = job.steps
    refused = replace(step.operations[3], fatal=True)
    step = replace(step, conclusion=Conclusion.FAILURE, operations=(refused,))
    job = replace(job, conclusion=Conclusion.FAILURE, steps=(step,))
    run = replace(fork_run, outcome=Conclusion.FAILURE, jobs=(job,))

    assert story(run)[:2] == (
        "ci.yml on fork_pr in o/r: failure",
        "  ci.yml:31: cache-to ghcr.io/o/p:7 denied 403 for the job's token (packages: read); it fails the build "
        "because ignore-error is not set",
    )
    assert story(replace(run, jobs=()))[1] == "  tag added: o/p:x"
