"""Builds of which something is unknown: what is still built, and what nobody can tell."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from pytest_cicache.buildkit import BuildRequest, CacheOption, Output
from pytest_cicache.buildx import CACHE_BACKENDS, pushed_names
from pytest_cicache.engines._uses import export_use, import_use, push_use
from pytest_cicache.expressions import holds_unknown, origins, show_unknown, told_placeholders
from pytest_cicache.observation import Ending, How, Use

__all__ = ["is_opaque", "split_unknown", "without_caches"]

Named = TypeVar("Named", CacheOption, Output)
# The attributes that name where something is kept.
_NAMES = ("name", "ref", "scope")
# The types of caches that a builder is not given: where they lie is outside of what is simulated.
_ELSEWHERE = frozenset(row.type for row in CACHE_BACKENDS.values() if not row.is_near)


def split_unknown(request: BuildRequest) -> tuple[BuildRequest, list[Ending]]:
    """A build without its unknown references, and what was to be done with them, which are sent nowhere."""
    request = _told(request)
    imports = [_unknown(import_use(option)) for option in request.cache_from if _is_unknown(option)]
    exports = [_unknown(export_use(option)) for option in request.cache_to if _is_unknown(option)]
    names = [tag for tag in request.tags if holds_unknown(tag)]
    outputs = tuple(output for output in request.outputs if not holds_unknown(dict(output.attributes)))
    pushed = [name for name in pushed_names(request) if holds_unknown(name)]
    tags = tuple(tag for tag in request.tags if tag not in names)
    if names and not tags:
        outputs = tuple(_unpushed(output) for output in outputs)
    known = replace(
        request,
        cache_from=tuple(option for option in request.cache_from if not _is_unknown(option)),
        cache_to=tuple(option for option in request.cache_to if not _is_unknown(option)),
        tags=tags,
        outputs=outputs,
        push=request.push and bool(tags or outputs or not pushed),
        platforms=tuple(platform for platform in request.platforms if not holds_unknown(platform)),
    )
    return known, [*imports, *exports, *(_unknown(push_use(name)) for name in pushed)]


def _told(request: BuildRequest) -> BuildRequest:
    """The build with names that are unknown where the secrets that they are made of are."""

    def tell(option: Named) -> Named:
        told = {name: told_placeholders(option.attributes[name]) for name in _NAMES if name in option.attributes}
        return replace(option, attributes={**option.attributes, **told})

    return replace(
        request,
        tags=tuple(map(told_placeholders, request.tags)),
        outputs=tuple(map(tell, request.outputs)),
        cache_from=tuple(map(tell, request.cache_from)),
        cache_to=tuple(map(tell, request.cache_to)),
    )


def _unpushed(output: Output) -> Output:
    """An output that would push what has no known name, without the push."""
    if not output.pushes or output.names:
        return output
    return Output(type="image", attributes={**output.attributes, "push": "false"})


def is_opaque(request: BuildRequest) -> bool:
    """Whether nobody can tell what is built: the context, the Dockerfile, the target or a named context is unknown."""
    inline = request.dockerfile_text
    parts = (request.context, request.dockerfile, inline, request.target, dict(request.build_contexts))
    return any(part is not None and holds_unknown(part) for part in parts) or any(
        map(is_opaque, request.links.values())
    )


def without_caches(request: BuildRequest) -> tuple[BuildRequest, list[Ending]]:
    """A build without the caches that lie outside of what is simulated, and what was to be done with them, unknown."""
    imports = [_unknown(import_use(option)) for option in request.cache_from if option.type in _ELSEWHERE]
    exports = [_unknown(export_use(option)) for option in request.cache_to if option.type in _ELSEWHERE]
    known = replace(
        request,
        cache_from=tuple(option for option in request.cache_from if option.type not in _ELSEWHERE),
        cache_to=tuple(option for option in request.cache_to if option.type not in _ELSEWHERE),
    )
    return known, [*imports, *exports]


def _is_unknown(option: CacheOption) -> bool:
    return holds_unknown(option.text) or holds_unknown(dict(option.attributes))


def _unknown(use: Use) -> Ending:
    value = [use.reference or "", dict(use.attributes)]
    shown = replace(
        use,
        reference=use.reference and show_unknown(use.reference),
        cache_scope=use.cache_scope and show_unknown(use.cache_scope),
        attributes={name: show_unknown(text) for name, text in use.attributes.items()},
    )
    assumes = tuple(dict.fromkeys(each for origin in origins(value) for each in origin.assumptions))
    return Ending(use=shown, how=How.UNTOLD, assumes=assumes)
