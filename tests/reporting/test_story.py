"""A run told in lines."""

from __future__ import annotations

from dataclasses import replace

from pytest_cicache.observation import Conclusion
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
        "      export ghcr.io/o/p:7: denied 403: denied: installation not allowed to Write organization package",
        "      first not cached: [2/2] RUN b",
        "  tag added: o/p:x",
        "  tag moved: o/p:main",
        "  tag uncertain: o/p:7",
    ]


def test_a_run_that_did_not_start(refused_run):
    """GitHub's text is in it."""
    assert story(refused_run)[1].startswith("  Invalid workflow file: ci.yml#L3")


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
