"""From a build's command line to the uses of references that it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pytest_cicache.buildkit import BuildRequest, CacheOption
from pytest_cicache.buildx import actions_cache_access, is_left_out, refused_export
from pytest_cicache.observation import Ending, How, Operation, Use

__all__ = ["export_use", "import_use", "push_use", "refused_exports"]


def import_use(option: CacheOption) -> Use:
    """What a `--cache-from` asks for."""
    return _use(Operation.IMPORT, option)


def export_use(option: CacheOption) -> Use:
    """What a `--cache-to` asks for."""
    return _use(Operation.EXPORT, option)


def push_use(reference: str) -> Use:
    """The push of an image under a name."""
    return Use(operation=Operation.PUSH, reference=reference)


def refused_exports(request: BuildRequest, environment: Mapping[str, str]) -> tuple[Ending, ...]:
    """The exports that BuildKit refuses by their options, before any step runs; the others then never begin."""
    found = []
    for option in {option.text: option for option in request.cache_to}.values():
        if is_left_out(option, environment):
            continue
        problem = refused_export(option, actions_cache_access(option, environment))
        if problem is not None:
            found.append(Ending(use=replace(export_use(option), is_optional=False), how=How.REFUSED, error=problem))
    return tuple(found)


def _use(operation: Operation, option: CacheOption) -> Use:
    return Use(
        operation=operation,
        type=option.type,
        reference=option.reference,
        cache_scope=option.cache_scope,
        attributes=dict(option.attributes),
        is_optional=option.ignore_error,
    )
