"""Inputs and attributes that nobody reads: GitHub and BuildKit drop them without an error.

https://github.com/astral-sh/python-build-standalone/issues/182
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_cicache.actions import declared_inputs
from pytest_cicache.buildx import CACHE_BACKENDS
from pytest_cicache.checks._behaviour import Behaviour, SeenOperation
from pytest_cicache.checks._finding import Finding, Severity
from pytest_cicache.errors import suggestion
from pytest_cicache.observation import Operation
from pytest_cicache.workflow import Mapping, Scalar, Step

__all__ = ["unknown_attribute", "unknown_input"]

_LOST = {
    "cache-to": "so that nothing is exported",
    "cache-from": "so that nothing is imported",
    "tags": "so that the image gets no tag",
    "push": "so that nothing is pushed",
    "password": "so that the login has no password",
}


def unknown_attribute(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the attributes of caches that BuildKit does not know."""
    for seen in behaviour.seen(None, Operation.IMPORT, Operation.EXPORT):
        known = _known(seen)
        for name in sorted(set(seen.operation.attributes) - known) if known else ():
            option = "cache-to" if seen.operation.operation is Operation.EXPORT else "cache-from"
            # What only an export takes does no harm beside an import.
            is_of_export = option == "cache-from" and name in CACHE_BACKENDS[seen.operation.type or ""].written_with
            yield Finding(
                check="unknown-attribute",
                severity=Severity.NOTE if is_of_export else Severity.WARNING,
                message=f"BuildKit ignores '{name}={seen.operation.attributes[name]}' of {option}, and "
                f"{'writes' if option == 'cache-to' else 'reads'} {seen.place} without it",
                cure=f"{suggestion(name, known)}type={seen.operation.type} takes {', '.join(sorted(known))}",
                assumes=seen.assumes,
            ).at(seen.where)


def unknown_input(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the inputs that an action does not have."""
    for job, step in behaviour.steps():
        known = declared_inputs(step.uses.text) if step.uses is not None else None
        if known is None or not isinstance(step.with_, Mapping):
            continue
        for key, _ in step.with_.entries:
            name = str(key.value).lower()
            if name not in known and not key.is_template:
                yield _of_input(job, step, key, known)


def _of_input(job: str, step: Step, key: Scalar, known: frozenset[str]) -> Finding:
    assert step.uses is not None
    near = suggestion(str(key.value), known)
    lost = next((f", {what}" for name, what in _LOST.items() if f"'{name}'" in near), "")
    return Finding(
        check="unknown-input",
        severity=Severity.WARNING,
        message=f"The job '{job}' gives {step.uses.text} the input '{key.text}', which it does not have{lost}",
        cure=f"{near}its inputs are {', '.join(sorted(known))}",
    ).at(key.position.place)


def _known(seen: SeenOperation) -> frozenset[str]:
    row = CACHE_BACKENDS.get(seen.operation.type or "")
    if row is None:
        return frozenset()
    return row.written_with if seen.operation.operation is Operation.EXPORT else row.read_with
