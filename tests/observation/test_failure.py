"""Why a run failed, in a line."""

from __future__ import annotations

import pytest

from pytest_cicache.observation import BuildRecord, Conclusion, why_failed

FAILED = {"outcome": Conclusion.FAILURE, "conclusion": Conclusion.FAILURE}


def test_nothing_failed(make_job):
    """A run that went well has no reason."""
    assert why_failed([make_job()]) is None


@pytest.mark.parametrize(
    ("reason", "words"), [(None, "job 'j' failed"), ("no runner takes it", "job 'j' failed: no runner takes it")]
)
def test_a_job_that_failed_without_a_step(make_job, reason, words):
    """Its own reason, where it has one."""
    assert why_failed([make_job(), make_job(conclusion=Conclusion.FAILURE, reason=reason)]) == words


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "it failed"),
        ({"error": "no such action"}, "no such action"),
        ({"error": "exit code 1."}, "exit code 1."),
        ({"error": "exit code 1.", "log": ("run x", "first", "last", "Error: exit code 1.")}, "exit code 1. (last)"),
    ],
)
def test_a_step_that_failed(make_job, make_step, fields, words):
    """Its error, and the last it printed where the error is only a number."""
    step = make_step(**(FAILED | {"name": "Build\nall"} | fields))
    job = make_job(conclusion=Conclusion.FAILURE, steps=(make_step("before"), step))

    assert why_failed([job]) == f"job 'j' failed: step 'Build': {words}"


def test_a_build_that_failed(make_job, make_step):
    """What buildx said last counts more than what was printed."""
    build = BuildRecord(dockerfile="Dockerfile", target=None, vertices=(), exit_code=1, errors=("#1 x", "ERROR: boom"))
    step = make_step(**FAILED, error="exit code 1.", log=("run", "printed"), builds=(build,))

    found = why_failed([make_job(conclusion=Conclusion.FAILURE, steps=(step,))])

    assert found == "job 'j' failed: step 'Step s': exit code 1. (ERROR: boom)"
