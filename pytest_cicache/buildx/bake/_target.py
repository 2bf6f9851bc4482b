"""A target: its fields, how it inherits, and how `--print` shows it (buildx bake/bake.go, Target)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar, cast

from pytest_cicache.buildx.bake._entries import Attest, BakeCache, BakeSecret, Export, Ssh, entries, unique
from pytest_cicache.buildx.bake.hcl import Type, Value, convert
from pytest_cicache.golang import Json

__all__ = ["ATTRIBUTES", "BakeGroup", "BakeTarget", "decode"]

_T = TypeVar("_T")
_STRING, _BOOL = Type("string"), Type("bool")
_STRINGS, _MAP = Type("list", element=_STRING), Type("map", element=_STRING)
Kind = Type | str

ATTRIBUTES: Mapping[str, Kind] = {
    "description": _STRING,
    "inherits": _STRINGS,
    "annotations": _STRINGS,
    "attest": "attest",
    "context": _STRING,
    "contexts": _MAP,
    "dockerfile": _STRING,
    "dockerfile-inline": _STRING,
    "args": _MAP,
    "labels": _MAP,
    "tags": _STRINGS,
    "cache-from": "cache",
    "cache-to": "cache",
    "target": _STRING,
    "secret": "secret",
    "ssh": "ssh",
    "platforms": _STRINGS,
    "output": "output",
    "pull": _BOOL,
    "no-cache": _BOOL,
    "network": _STRING,
    "no-cache-filter": _STRINGS,
    "shm-size": _STRING,
    "ulimits": _STRINGS,
    "call": _STRING,
    "entitlements": _STRINGS,
    "extra-hosts": _MAP,
}
"""The arguments of a target in the order that `--print` shows them; a word stands for a list of such entries."""

_ESCAPED = {"annotations", "dockerfile-inline", "labels", "args", "extra-hosts"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BakeGroup:
    """Names of targets and groups under one name."""

    name: str
    targets: tuple[str, ...]
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BakeTarget:
    """One target; `None` is what the file does not say, a null value in a mapping likewise.

    `linked` says that only other targets need it.
    """

    name: str = ""
    description: str = ""
    inherits: tuple[str, ...] = ()
    annotations: tuple[str, ...] | None = None
    attest: tuple[Attest, ...] | None = None
    context: str | None = None
    contexts: Mapping[str, str | None] = field(default_factory=dict)
    dockerfile: str | None = None
    dockerfile_inline: str | None = None
    args: Mapping[str, str | None] = field(default_factory=dict)
    labels: Mapping[str, str | None] = field(default_factory=dict)
    tags: tuple[str, ...] | None = None
    cache_from: tuple[BakeCache, ...] | None = None
    cache_to: tuple[BakeCache, ...] | None = None
    target: str | None = None
    secret: tuple[BakeSecret, ...] | None = None
    ssh: tuple[Ssh, ...] | None = None
    platforms: tuple[str, ...] | None = None
    output: tuple[Export, ...] | None = None
    pull: bool | None = None
    no_cache: bool | None = None
    network: str | None = None
    no_cache_filter: tuple[str, ...] | None = None
    shm_size: str | None = None
    ulimits: tuple[str, ...] | None = None
    call: str | None = None
    entitlements: tuple[str, ...] | None = None
    extra_hosts: Mapping[str, str | None] = field(default_factory=dict)
    linked: bool = False

    def merged(self, other: BakeTarget) -> BakeTarget:
        """This target with another one over it."""
        return replace(
            self,
            description=other.description or self.description,
            inherits=(*self.inherits, *other.inherits),
            annotations=_added(self.annotations, other.annotations),
            attest=_over(self.attest, other.attest, _attests),
            context=_last(self.context, other.context),
            contexts={**self.contexts, **other.contexts},
            dockerfile=_last(self.dockerfile, other.dockerfile),
            dockerfile_inline=_last(self.dockerfile_inline, other.dockerfile_inline),
            args=_known(self.args, other.args),
            labels=_known(self.labels, other.labels),
            tags=_last(self.tags, other.tags),
            cache_from=_over(self.cache_from, other.cache_from, unique),
            cache_to=_last(self.cache_to, other.cache_to),
            target=_last(self.target, other.target),
            secret=_over(self.secret, other.secret, _secrets),
            ssh=_over(self.ssh, other.ssh, _keys),
            platforms=_last(self.platforms, other.platforms),
            output=_last(self.output, other.output),
            pull=_last(self.pull, other.pull),
            no_cache=_last(self.no_cache, other.no_cache),
            network=_last(self.network, other.network),
            no_cache_filter=_added(self.no_cache_filter, other.no_cache_filter),
            shm_size=_last(self.shm_size, other.shm_size),
            ulimits=_added(self.ulimits, other.ulimits),
            call=_last(self.call, other.call),
            entitlements=_added(self.entitlements, other.entitlements),
            extra_hosts=_known(self.extra_hosts, other.extra_hosts),
        )

    def normalised(self) -> BakeTarget:
        """Without duplicates and empty entries."""
        entitlements = (*(self.entitlements or ()), *(("network.host",) if self.network == "host" else ()))
        return replace(
            self,
            annotations=_distinct(self.annotations),
            attest=_attests(self.attest or ()) or None,
            tags=_distinct(self.tags),
            secret=_secrets(self.secret or ()) or None,
            ssh=_keys(self.ssh or ()) or None,
            platforms=_distinct(self.platforms),
            cache_from=unique(self.cache_from or ()) or None,
            cache_to=unique(self.cache_to or ()) or None,
            output=unique(self.output or ()) or None,
            no_cache_filter=_distinct(self.no_cache_filter),
            ulimits=_distinct(self.ulimits),
            entitlements=_distinct(entitlements),
            contexts={key: value for key, value in self.contexts.items() if value},
        )

    @property
    def json(self) -> dict[str, Json]:
        """The target as `--print` shows it."""
        found: dict[str, Json] = {}
        for name in ATTRIBUTES:
            shown = _shown(getattr(self, name.replace("-", "_")), is_escaped=name in _ESCAPED)
            if shown not in (None, [], {}) and not (name == "description" and not shown):
                found[name] = shown
        return found


def decode(name: str, value: Value) -> object:
    """An argument's value as its field holds it. Raises ValueProblem."""
    kind = ATTRIBUTES[name]
    if value is None:
        return None
    if isinstance(kind, str):
        return tuple(entries(value, kind))
    found = convert(value, kind)
    return tuple(cast("list[str]", found)) if isinstance(found, list) else found


def _shown(value: object, *, is_escaped: bool) -> Json:
    if isinstance(value, Mapping):
        return {key: _shown(value[key], is_escaped=is_escaped) for key in sorted(value)}
    if isinstance(value, tuple):
        return [_shown(item, is_escaped=is_escaped) for item in value]
    if isinstance(value, (BakeCache, Export, Attest)):
        return {key: item for key, item in sorted(value.json.items())}  # noqa: C416 - another type of values
    if isinstance(value, (BakeSecret, Ssh)):
        return cast("Json", value.json)
    if isinstance(value, str) and is_escaped:
        return value.replace("${", "$${").replace("%{", "%%{")
    return cast("Json", value)


def _last(first: _T | None, second: _T | None) -> _T | None:
    return first if second is None else second


def _added(first: tuple[_T, ...] | None, second: tuple[_T, ...] | None) -> tuple[_T, ...] | None:
    return first if second is None else (*(first or ()), *second)


def _over(
    first: tuple[_T, ...] | None, second: tuple[_T, ...] | None, unify: Callable[[Sequence[_T]], tuple[_T, ...]]
) -> tuple[_T, ...] | None:
    if second is None:
        return first
    return unify((*(first or ()), *second))


def _known(first: Mapping[str, str | None], second: Mapping[str, str | None]) -> dict[str, str | None]:
    return {**first, **{key: value for key, value in second.items() if value is not None}}


def _attests(items: Sequence[Attest]) -> tuple[Attest, ...]:
    return tuple({item.type: item for item in items}.values())


def _secrets(items: Sequence[BakeSecret]) -> tuple[BakeSecret, ...]:
    return tuple({item.id: item for item in items}.values())


def _keys(items: Sequence[Ssh]) -> tuple[Ssh, ...]:
    return tuple({item.id: item for item in items}.values())


def _distinct(items: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if items is None else tuple(dict.fromkeys(item for item in items if item))
