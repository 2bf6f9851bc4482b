"""The line that says why and where."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cicache.observation import (
    BuildRecord,
    CacheOperation,
    Conclusion,
    Operation,
    Purpose,
    RegistryRecord,
    Result,
    Run,
    TagChange,
    Vertex,
)
from pytest_cicache.reporting import headline, part_headline, token_headline

WORKFLOW = ".github/workflows/ci.yml"


def operation(kind: Operation, result: Result, name: str = "ghcr.io/o/p:7", **fields: object) -> CacheOperation:
    known = {"type": "registry", "reference": name, "where": f"{WORKFLOW}:31:11"}
    return CacheOperation(operation=kind, result=result, **known | fields)


def with_operations(run: Run, *operations: CacheOperation, failed: bool = False, **fields: object) -> Run:
    """The run whose one step did these, and failed perhaps."""
    (job,) = run.jobs
    (step,) = job.steps
    build = replace(step.builds[0], operations=operations, **fields)
    end = Conclusion.FAILURE if failed else Conclusion.SUCCESS
    step = replace(step, operations=operations, builds=(build,), conclusion=end)
    return replace(run, outcome=end, jobs=(replace(job, conclusion=end, steps=(step,)),))


@pytest.mark.parametrize(
    ("done", "line"),
    [
        (
            operation(Operation.EXPORT, Result.DENIED, status=403, fatal=True),
            "ci.yml:31: cache-to ghcr.io/o/p:7 denied 403 for the job's token (packages: read); it fails the build "
            "because ignore-error is not set",
        ),
        (
            operation(Operation.PUSH, Result.DENIED, status=403, fatal=True),
            "ci.yml:31: push of ghcr.io/o/p:7 denied 403 for the job's token (packages: read); it fails the build",
        ),
        (
            operation(Operation.PULL, Result.DENIED, status=403, fatal=True, message="denied"),
            "ci.yml:31: pull of ghcr.io/o/p:7 denied 403 for the job's token (packages: read) (denied); it fails the "
            "command",
        ),
        (
            operation(Operation.EXPORT, Result.FAILED, fatal=True, message="unknown cache exporter."),
            "ci.yml:31: cache-to ghcr.io/o/p:7 failed (unknown cache exporter); it fails the build",
        ),
        (
            operation(Operation.EXPORT, Result.FAILED, status=500, fatal=True, attributes={"ignore-error": "false"}),
            "ci.yml:31: cache-to ghcr.io/o/p:7 failed; it fails the build because ignore-error is false",
        ),
    ],
    ids=["export", "push", "pull", "failed", "server-error"],
)
def test_what_failed_the_run(fork_run, done, line):
    """The operation that did, by which token, and what would have kept it from failing."""
    assert str(headline(with_operations(fork_run, done, failed=True).conclusion.asked, "success")) == line


def test_a_step_that_failed_by_itself(fork_run):
    """Its place and its words."""
    run = with_operations(fork_run, failed=True)

    assert (
        str(headline(run.conclusion.asked, "success")) == "ci.yml:27: job 'caller / j' failed: step 'Build': it failed"
    )


def test_a_job_that_was_cancelled(fork_run):
    """Not what a step was denied before its time ran out."""
    run = with_operations(fork_run, operation(Operation.PULL, Result.DENIED, status=401, fatal=True), failed=True)
    (job,) = run.jobs
    step = replace(job.steps[0], conclusion=Conclusion.CANCELLED, where=f"{WORKFLOW}:9:9")
    job = replace(job, conclusion=Conclusion.CANCELLED, reason="It ran for 30 minutes.", steps=(step,))

    told = headline(replace(run, jobs=(job,)).conclusion.asked)

    assert str(told) == f"ci.yml:9: job '{job.name}' was cancelled: It ran for 30 minutes."


def test_runs_without_jobs(refused_run, quiet_run):
    """GitHub's words, or the filter."""
    assert str(headline(refused_run.conclusion.asked)) == (
        "ci.yml: Invalid workflow file: ci.yml#L3 The workflow is not valid. More."
    )
    assert str(headline(quiet_run.conclusion.asked)) == "ci.yml: not triggered by fork_pr: no branch filter fits"


def test_what_was_denied_and_ignored(fork_run):
    """A run that succeeds although it is expected to fail says what did not count."""
    line = "ci.yml:31: cache-to ghcr.io/o/p:7 denied 403 for the job's token (packages: read)"

    assert str(headline(fork_run.conclusion.asked, "failure")) == line
    assert str(headline(fork_run.denied.asked, [])) == line


@pytest.mark.parametrize(
    ("imports", "why"),
    [
        ((), "the build imports no cache"),
        (
            (operation(Operation.IMPORT, Result.NOT_FOUND), operation(Operation.IMPORT, Result.DENIED, status=403)),
            "ghcr.io/o/p:7 not found, ghcr.io/o/p:7 denied 403",
        ),
    ],
)
def test_the_first_step_that_missed(fork_run, imports, why):
    """With what became of the imports."""
    run = with_operations(fork_run, *imports, vertices=(Vertex(name="[1/1] RUN b", cached=False),))

    assert str(headline(run.cache.misses.asked, [])) == f"ci.yml:28: [1/1] RUN b of Dockerfile was not cached: {why}"


def test_a_cache_that_was_not_imported(fork_run):
    """What was tried instead, at the line that names it."""
    run = with_operations(
        fork_run,
        operation(Operation.IMPORT, Result.HIT, "ghcr.io/o/p:main"),
        operation(Operation.IMPORT, Result.NOT_FOUND, "ghcr.io/o/p:dev", where=f"{WORKFLOW}:32:11"),
    )

    assert str(headline(run.cache.imported_from("dev").asked)) == (
        "ci.yml:32: no step came from 'dev'; tried: ghcr.io/o/p:main hit, ghcr.io/o/p:dev not found"
    )


@pytest.mark.parametrize(
    ("result", "after", "expected", "line"),
    [
        (Result.WRITTEN, ("7",), set(), "ci.yml:31: cache-to ghcr.io/o/p:7 written"),
        (
            Result.DENIED,
            (),
            {"7"},
            "ci.yml:31: cache-to ghcr.io/o/p:7 denied for the job's token (packages: read)",
        ),
        (Result.DENIED, (), {"8"}, "nothing in the run writes the tag '8'"),
        (Result.WRITTEN, ("9",), set(), "the tag '9' is added although it is not expected"),
    ],
)
def test_tags(fork_run, result, after, expected, line):
    """The line that wrote a tag too many, or did not write one that is missing."""
    run = with_operations(fork_run, operation(Operation.EXPORT, result))
    run = replace(run, packages={"o/p": TagChange(after=after)})

    assert str(headline(run.tags.added.asked, expected)) == line
    assert str(headline(run.tags["o/p"].added.asked, expected)) == line


def test_a_build_without_steps(fork_run):
    """A build that did not begin is the reason for hits that are not there."""
    failed = BuildRecord(dockerfile="D", target=None, vertices=(), exit_code=1, where=f"{WORKFLOW}:9:3")
    (job,) = fork_run.jobs
    run = replace(fork_run, jobs=(replace(job, steps=(replace(job.steps[0], builds=(failed,)),)),))

    assert str(headline(run.cache.hits.asked, [1])) == "ci.yml:9: <Build D: 0 of 0 steps cached, exit code 1>"


def test_a_package_that_does_not_exist(fork_run):
    """Is why reading it is denied, in whatever words."""
    denied = operation(Operation.IMPORT, Result.DENIED, status=403, message="denied:\ndenied")
    record = RegistryRecord(
        run=1,
        job="j",
        step="s",
        purpose=Purpose.IMPORT,
        method="HEAD",
        host="ghcr.io",
        image_name="o/p",
        status=403,
        absent=True,
    )
    run = replace(with_operations(fork_run, denied), requests=(record,))

    assert str(headline(run.denied.asked, [])) == (
        "ci.yml:31: cache-from ghcr.io/o/p:7 denied 403 since the package does not exist"
    )


def test_a_job_and_a_step_that_failed(fork_run):
    """The same line as for the run; those that did not fail say what is known of them."""
    run = with_operations(fork_run, operation(Operation.PUSH, Result.DENIED, status=403, fatal=True), failed=True)
    (job,) = run.jobs
    skipped = replace(job, reason="its condition is false", conclusion=Conclusion.SKIPPED)

    line = "ci.yml:31: push of ghcr.io/o/p:7 denied 403 for the job's token (packages: read); it fails the build"
    assert str(part_headline(run, job)) == line
    assert str(part_headline(run, job.steps[0])) == line
    assert part_headline(fork_run, fork_run.jobs[0]) is None
    assert str(part_headline(fork_run, fork_run.jobs[0].steps[0])) == "ci.yml:27: step 'build' success: stubbed: npm"
    assert str(part_headline(replace(run, jobs=(skipped,)), skipped)) == (
        "ci.yml:12: job 'caller / j' skipped: its condition is false"
    )
    assert part_headline(fork_run, job) is None


def test_a_token(fork_run):
    """The last reason, of the permission that is named."""
    token = fork_run.token

    assert str(token_headline(fork_run, token, ["packages"])) == (
        "ci.yml:12: the token has packages: read (from a fork)"
    )
    assert token_headline(fork_run, replace(token), ["packages"]) is None
