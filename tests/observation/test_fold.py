"""The fold that makes a build's operations: what the builder told of each use, and what the gateway saw."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_cicache.observation import (
    BuildRecord,
    Ending,
    How,
    Operation,
    Purpose,
    RegistryRecord,
    Result,
    Use,
    Vertex,
    operation_of,
    settled,
)

REFERENCE = "ghcr.io/o/p:t"
IMPORT, EXPORT, PUSH = (Use(operation=item, reference=REFERENCE) for item in Operation if item in "import export push")


def build(*endings: Ending, exit_code: int = 0, source: str | None = None) -> BuildRecord:
    vertices = (Vertex(name="RUN x", cached=True, source=source),) if source else ()
    return BuildRecord(dockerfile="Dockerfile", target=None, vertices=vertices, endings=endings, exit_code=exit_code)


def export(how: How, **told: Any) -> Ending:
    return Ending(use=EXPORT, how=how, **told)


def request(name: str, status: int, *, method: str = "PUT", reference: str | None = "t") -> RegistryRecord:
    return RegistryRecord(
        run=1,
        job="j",
        step="s",
        build=1,
        purpose=Purpose.EXPORT,
        method=method,
        host="ghcr.io",
        image_name=f"o/{name}",
        reference=reference,
        status=status,
        message="denied: no" if status == 403 else None,
    )


@pytest.mark.parametrize(
    ("use", "told", "result", "status", "fatal"),
    [
        pytest.param(IMPORT, {}, Result.MISS, 200, False, id="import-nothing-of-it-used"),
        pytest.param(IMPORT, {"origin": REFERENCE}, Result.HIT, 200, False, id="import-used"),
        pytest.param(IMPORT, {"how": How.NOT_THERE, "status": 404}, Result.NOT_FOUND, 404, False, id="import-nothing"),
        pytest.param(IMPORT, {"how": How.NOT_THERE}, Result.NOT_FOUND, None, False, id="import-nothing-in-a-folder"),
        pytest.param(
            IMPORT, {"how": How.REFUSED, "error": "x: not found"}, Result.NOT_FOUND, 404, False, id="import-no-such-tag"
        ),
        pytest.param(
            IMPORT, {"how": How.REFUSED, "error": "u: 403 Forbidden"}, Result.DENIED, 403, False, id="import-denied"
        ),
        pytest.param(EXPORT, {}, Result.WRITTEN, 201, False, id="export"),
        pytest.param(EXPORT, {"how": How.EMPTY}, Result.OK, None, False, id="export-of-nothing"),
        pytest.param(EXPORT, {"how": How.CUT_OFF, "error": "canceled"}, Result.UNKNOWN, None, False, id="export-cut"),
        pytest.param(EXPORT, {"how": How.NEVER_BEGAN}, Result.CANCELLED, None, False, id="export-never-began"),
        pytest.param(EXPORT, {"how": How.UNTOLD}, Result.UNKNOWN, None, False, id="export-untold"),
        pytest.param(
            EXPORT, {"how": How.REFUSED, "error": "denied: no"}, Result.DENIED, 403, True, id="export-denied-in-words"
        ),
        pytest.param(
            EXPORT, {"how": How.REFUSED, "error": "no", "status": 401}, Result.DENIED, 401, True, id="export-denied"
        ),
        pytest.param(
            EXPORT, {"how": How.REFUSED, "error": "insufficient_scope"}, Result.DENIED, 401, True, id="export-no-scope"
        ),
        pytest.param(
            EXPORT, {"how": How.REFUSED, "error": "u: 500 Internal"}, Result.FAILED, 500, True, id="export-failed"
        ),
        pytest.param(EXPORT, {"how": How.REFUSED, "error": "EOF"}, Result.FAILED, None, True, id="export-no-answer"),
        pytest.param(PUSH, {}, Result.PUSHED, 201, False, id="push"),
        pytest.param(PUSH, {"how": How.REFUSED, "error": "denied"}, Result.DENIED, 403, True, id="push-denied"),
    ],
)
def test_what_the_builder_told_alone(
    use: Use, told: dict[str, Any], result: Result, status: int | None, fatal: bool
) -> None:
    """Each kind of ending has one result, by the builder's own word or BuildKit's text."""
    operation = operation_of(Ending(use=use, **told), used={REFERENCE})

    assert (operation.result, operation.status, operation.fatal) == (result, status, fatal)
    assert (operation.operation, operation.reference) == (use.operation, REFERENCE)


def test_a_refused_export_whose_errors_are_ignored_is_not_fatal() -> None:
    """`ignore-error=true` leaves the build a success."""
    use = Use(operation=Operation.EXPORT, reference=REFERENCE, is_optional=True)

    assert not operation_of(Ending(use=use, how=How.REFUSED, error="denied")).fatal


def test_an_import_is_hit_when_a_vertex_came_from_it() -> None:
    """The vertices of the record tell."""
    ending = Ending(use=IMPORT, origin=REFERENCE)

    assert settled(build(ending, source=REFERENCE)).operations[0].result is Result.HIT
    assert settled(build(ending, source="ghcr.io/o/p:u")).operations[0].result is Result.MISS


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
    record = settled(build(export(How.UNTOLD), exit_code=exit_code), requests)

    assert [(item.result, item.status) for item in record.operations] == [(result, status)]


def test_a_denial_gets_the_registrys_words() -> None:
    """Where BuildKit has none; the challenge of the token flow is no denial."""
    seen = [request("p", 401, method="HEAD"), request("p", 403, method="POST", reference=None)]
    (denied,) = settled(build(export(How.REFUSED, status=403)), seen).operations

    assert (denied.status, denied.message) == (403, "denied: no")


def test_settling_again_with_more_requests_forgets_nothing() -> None:
    """The fold is over the endings, not over what it made of them before."""
    record = settled(build(export(How.UNTOLD)))

    assert settled(record, [request("p", 201)]).operations[0].result is Result.WRITTEN
    assert settled(settled(record, [request("p", 201)])) == record


def test_a_reference_that_is_none_is_left_alone() -> None:
    """What the builder refused before asking anybody has nothing to complete."""
    broken = Ending(use=Use(operation=Operation.IMPORT, reference="ghcr.io/O/p"), how=How.REFUSED, error="invalid")

    assert settled(build(broken), [request("p", 403)]).operations == (operation_of(broken),)
