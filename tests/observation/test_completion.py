"""What the gateway saw completes what BuildKit says of a build's operations."""

from __future__ import annotations

import pytest

from pytest_cicache.observation import (
    BuildRecord,
    CacheOperation,
    Operation,
    Purpose,
    RegistryRecord,
    Result,
    completed,
)


def build(*operations: CacheOperation, exit_code: int = 0) -> BuildRecord:
    return BuildRecord(dockerfile="Dockerfile", target=None, vertices=(), operations=operations, exit_code=exit_code)


def export(tag: str, result: Result) -> CacheOperation:
    return CacheOperation(operation=Operation.EXPORT, type="registry", reference=f"ghcr.io/o/{tag}", result=result)


def request(name: str, status: int, *, method: str = "PUT", reference: str | None = "t") -> RegistryRecord:
    return RegistryRecord(
        run=1,
        job="j",
        step="s",
        purpose=Purpose.EXPORT,
        method=method,
        host="ghcr.io",
        image_name=f"o/{name}",
        reference=reference,
        status=status,
        message="denied: no" if status == 403 else None,
    )


@pytest.mark.parametrize(
    ("requests", "exit_code", "result", "status"),
    [
        pytest.param([request("p", 201)], 0, Result.WRITTEN, None, id="its-tag-was-put"),
        pytest.param([request("p", 403, method="POST", reference=None)], 0, Result.DENIED, 403, id="it-was-refused"),
        pytest.param([request("p", 500)], 0, Result.FAILED, None, id="the-registry-failed"),
        pytest.param([request("p", 201)], 1, Result.UNKNOWN, None, id="a-refusal-ended-the-build"),
        pytest.param([request("p-2", 201)], 0, Result.UNKNOWN, None, id="another-package"),
        pytest.param([request("p", 201, reference="u")], 0, Result.UNKNOWN, None, id="another-tag"),
        pytest.param([], 0, Result.UNKNOWN, None, id="nothing-was-asked"),
    ],
)
def test_an_export_is_settled_by_its_own_requests(
    requests: list[RegistryRecord], exit_code: int, result: Result, status: int | None
) -> None:
    """One of several exports is known by what was put under its tag, unless a refusal ended the build."""
    record = completed(build(export("p:t", Result.UNKNOWN), exit_code=exit_code), requests)

    assert [(item.result, item.status) for item in record.operations] == [(result, status)]


def test_a_denial_gets_its_status_and_words() -> None:
    """BuildKit's container driver drops the status; the challenge of the token flow is no denial."""
    seen = [request("p", 401, method="HEAD"), request("p", 403, method="POST", reference=None)]

    (denied,) = completed(build(export("p:t", Result.DENIED)), seen).operations

    assert (denied.status, denied.message) == (403, "denied: no")


def test_a_missing_tag_is_a_404() -> None:
    """An import that finds nothing has the status of its answer."""
    missing = CacheOperation(operation=Operation.IMPORT, reference="ghcr.io/o/p:t", result=Result.NOT_FOUND)

    assert completed(build(missing), []).operations[0].status == 404


def test_a_reference_that_is_none_is_left_alone() -> None:
    """What the builder refused before asking anybody has nothing to complete."""
    broken = CacheOperation(operation=Operation.IMPORT, reference="ghcr.io/O/p", result=Result.FAILED)

    assert completed(build(broken), []).operations == (broken,)
