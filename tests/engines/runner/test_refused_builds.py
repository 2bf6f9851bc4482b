"""What a build meant to write is told even when the build never started."""

from __future__ import annotations

import pytest

from pytest_cicache.observation import BuildRecord, CacheOperation, Operation, Result

CONTEXT = "mkdir -p ctx; printf 'FROM scratch\\n' > ctx/Dockerfile\n"
BUILDER = f"docker buildx create --use\n{CONTEXT}"
LOWERCASE = "invalid reference format: repository name (Acme/app) must be lowercase"
REFUSED = f"failed to configure registry cache exporter: {LOWERCASE}"


def failed(message, *, operation=Operation.EXPORT, reference, **attributes):
    """An operation that ended its build before it began."""
    return CacheOperation(
        operation=operation,
        type="registry",
        reference=reference,
        attributes=attributes,
        result=Result.FAILED,
        message=message,
        fatal=True,
    )


def test_the_docker_driver_exports_nothing(bench):
    """Trap T12; an inline cache would travel in the image."""
    step = bench.step(f"{CONTEXT}docker build --cache-to type=registry,ref=ghcr.io/o/p:t --cache-to type=inline ctx")

    message = "Cache export is not supported for the docker driver."
    assert step.operations == (failed(message, reference="ghcr.io/o/p:t", ref="ghcr.io/o/p:t"),)


def test_a_reference_in_upper_case_is_a_fatal_export(bench):
    """Trap T1; the other export never began. Source: trace s23."""
    bench.builder.answer = BuildRecord(
        dockerfile="Dockerfile",
        target=None,
        vertices=(),
        operations=(),
        exit_code=1,
        errors=(f"ERROR: failed to build: failed to solve: {REFUSED}",),
    )
    exports = "--cache-to type=registry,ref=ghcr.io/Acme/app:t --cache-to type=registry,ref=ghcr.io/o/p:t"
    step = bench.step(f"{BUILDER}docker buildx build {exports} ctx")

    expected = failed(REFUSED, reference="ghcr.io/Acme/app:t", ref="ghcr.io/Acme/app:t")
    assert step.operations == (expected,)
    assert step.builds[0].operations == (expected,)


@pytest.mark.parametrize(("push", "count"), [("--push", 1), ("", 0)])
def test_a_tag_with_a_slash_is_a_fatal_push(bench, push, count):
    """Trap T2: `github.ref_name` of a pull request."""
    step = bench.step(f"{BUILDER}docker buildx build {push} -t ghcr.io/o/p:7/merge ctx")

    message = 'invalid tag "ghcr.io/o/p:7/merge": invalid reference format'
    assert step.conclusion == "failure"
    assert step.operations == (failed(message, operation=Operation.PUSH, reference="ghcr.io/o/p:7/merge"),) * count


def test_the_actions_cache_of_a_script_is_left_out(bench):
    """A script has no such token: buildx drops the option."""
    step = bench.step(f"{BUILDER}docker buildx build --cache-to type=gha ctx")

    assert step.conclusion == "success"
    assert step.operations == ()
    assert step.note == "ignored: type=gha, since scripts get no ACTIONS_RUNTIME_TOKEN"
