"""What a build meant to write is told even when the build never started."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cicache.buildx import parse_build
from pytest_cicache.engines._uses import refused_exports
from pytest_cicache.observation import CacheOperation, Operation, Result, operation_of

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
    (operation,) = step.operations
    assert replace(operation, where="") == failed(message, reference="ghcr.io/o/p:t", ref="ghcr.io/o/p:t")


def test_a_reference_in_upper_case_is_a_fatal_export():
    """Trap T1, whether or not its errors are ignored; the other export never began. Source: trace s23."""
    wrong = "type=registry,ref=ghcr.io/Acme/app:t,ignore-error=true"
    words = ("build", "--cache-to", wrong, "--cache-to", "type=registry,ref=ghcr.io/o/p:t", ".")
    found = refused_exports(parse_build(words, environment={}), {})

    attributes = {"ref": "ghcr.io/Acme/app:t", "ignore-error": "true"}
    expected = failed(REFUSED, reference="ghcr.io/Acme/app:t", **attributes)
    assert [operation_of(ending) for ending in found] == [expected]


@pytest.mark.parametrize(("push", "count"), [("--push", 1), ("", 0)])
def test_a_tag_with_a_slash_is_a_fatal_push(bench, push, count):
    """Trap T2: `github.ref_name` of a pull request."""
    step = bench.step(f"{BUILDER}docker buildx build {push} -t ghcr.io/o/p:7/merge ctx")

    message = 'invalid tag "ghcr.io/o/p:7/merge": invalid reference format'
    assert step.conclusion == "failure"
    expected = failed(message, operation=Operation.PUSH, reference="ghcr.io/o/p:7/merge")
    assert [replace(operation, where="") for operation in step.operations] == [expected] * count


def test_the_actions_cache_of_a_script_is_left_out(bench):
    """A script has no such token: buildx drops the option."""
    step = bench.step(f"{BUILDER}docker buildx build --cache-to type=gha ctx")

    assert step.conclusion == "success"
    assert step.operations == ()
    assert step.note == "ignored: type=gha, since scripts get no ACTIONS_RUNTIME_TOKEN"
