"""`--set target.key=value` (buildx bake/bake.go, newOverrides and AddOverrides)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pytest_cicache.buildx.bake._entries import (
    Attest,
    BakeCache,
    BakeSecret,
    Export,
    Ssh,
    read_attest,
    read_caches,
    read_export,
    read_secret,
    read_ssh,
    unique,
)
from pytest_cicache.buildx.bake._target import BakeTarget
from pytest_cicache.buildx.bake.hcl import BakeError, ValueProblem
from pytest_cicache.dockerfile import match_path
from pytest_cicache.golang import parse_bool

__all__ = ["TargetOverride", "overridden_target", "read_overrides"]

_T = TypeVar("_T")
_LISTS = frozenset(
    ("output", "cache-to", "cache-from", "tags", "platform", "secrets", "ssh", "attest", "entitlements")
) | {"network", "annotations"}
_TEXTS = {"context", "dockerfile", "target", "call", "shm-size", "network"}
_NAMED = {"args": "name", "contexts": "name", "labels": "name", "extra-hosts": "hostname"}


@dataclass(frozen=True, slots=True)
class TargetOverride:
    """What `--set` says about one key of one target: a value, or several that replace or add."""

    value: str = ""
    values: tuple[str, ...] = ()
    adds: bool = False


def read_overrides(
    texts: Sequence[str], targets: Sequence[str], environment: Mapping[str, str]
) -> dict[str, dict[str, TargetOverride]]:
    """Target to key to override. Raises BakeError."""
    found: dict[str, dict[str, TargetOverride]] = {}
    for text in texts:
        written, equals, value = text.partition("=")
        keys = written.removesuffix("+").split(".", 2)
        if len(keys) < 2:
            raise BakeError(f"invalid override key {written.removesuffix('+')}, expected target.name")
        if not equals and keys[1] != "args":
            raise BakeError(f"invalid override {text}, expected target.name=value")
        for name in _expanded(keys[0], targets):
            given = value if equals else None
            _add(found.setdefault(name, {}), keys, given, written, environment)
    return found


def _expanded(pattern: str, targets: Sequence[str]) -> list[str]:
    if pattern in targets:
        return [pattern]
    found = [name for name in targets if match_path(pattern).fullmatch(name)]
    if not found:
        raise BakeError(f"could not find any target matching '{pattern}'")
    return found


def _add(
    found: dict[str, TargetOverride], keys: list[str], value: str | None, written: str, environment: Mapping[str, str]
) -> None:
    key, name = ".".join(keys[1:]), keys[1]
    before = found.get(key, TargetOverride())
    if name in _LISTS:
        found[key] = (
            before if value is None else replace(before, values=(*before.values, value), adds=written.endswith("+"))
        )
        return
    if name in {"args", "contexts"} and len(keys) != 3:
        raise BakeError(f"invalid key {written}, {name} requires name")
    if value is None:
        value = environment.get(keys[2])
        if value is None:
            return
    found[key] = replace(before, value=value)


def overridden_target(target: BakeTarget, overrides: Mapping[str, TargetOverride]) -> BakeTarget:
    """A target with overrides applied; `push` and `load` come last of all. Raises BakeError."""
    late = [key for key in ("push", "load") if key in overrides]
    for key in [*(key for key in overrides if key not in late), *late]:
        try:
            target = replace(target, **_changed(target, key, overrides[key]))
        except ValueProblem as problem:
            raise BakeError(str(problem)) from None
    return target


def _changed(target: BakeTarget, key: str, override: TargetOverride) -> dict[str, Any]:
    name, dot, rest = key.partition(".")
    if name in _TEXTS:
        return {name.replace("-", "_"): override.value}
    if name in _NAMED:
        if not dot:
            what = "ip" if name == "extra-hosts" else "value"
            raise BakeError(f"invalid format for {name}, expecting {name}.<{_NAMED[name]}>=<{what}>")
        attribute = name.replace("-", "_")
        return {attribute: {**getattr(target, attribute), rest: override.value}}
    if name in {"no-cache", "pull"}:
        return {name.replace("-", "_"): _bool(name, override.value)}
    if name in {"push", "load"}:
        outputs = target.output or ()
        return {"output": (_pushed if name == "push" else _loaded)(outputs, _bool(name, override.value))}
    change = _LISTED.get(name)
    if change is None:
        raise BakeError(f"unknown key: {name}")
    return change(target, override)


def _bool(name: str, text: str) -> bool:
    found = parse_bool(text)
    if found is None:
        raise BakeError(f"invalid value {text} for boolean key {name}")
    return found


def _items(override: TargetOverride, before: tuple[str, ...] | None) -> tuple[str, ...]:
    return (*(before or ()), *override.values) if override.adds else override.values


def _entries(
    override: TargetOverride, before: tuple[_T, ...] | None, read: Callable[[str], _T], lead: str
) -> tuple[_T, ...]:
    try:
        found = tuple(read(text) for text in override.values if text)
    except ValueProblem as problem:
        raise BakeError(f"{lead}: {problem}") from None
    return (*(before or ()), *found) if override.adds else found


def _caches(override: TargetOverride, before: tuple[BakeCache, ...] | None) -> tuple[BakeCache, ...]:
    found = tuple(entry for text in override.values for entry in read_caches(text))
    return unique((*(before or ()), *found)) if override.adds else found


_OUTPUTS = "invalid value for outputs"
_LISTED: Mapping[str, Callable[[BakeTarget, TargetOverride], dict[str, Any]]] = {
    "tags": lambda target, item: {"tags": _items(item, target.tags)},
    "platform": lambda target, item: {"platforms": _items(item, target.platforms)},
    "no-cache-filter": lambda target, item: {"no_cache_filter": _items(item, target.no_cache_filter)},
    "ulimits": lambda target, item: {"ulimits": _items(item, target.ulimits)},
    "entitlements": lambda target, item: {"entitlements": (*(target.entitlements or ()), *item.values)},
    "annotations": lambda target, item: {"annotations": (*(target.annotations or ()), *item.values)},
    "cache-from": lambda target, item: {"cache_from": _caches(item, target.cache_from)},
    "cache-to": lambda target, item: {"cache_to": _caches(item, target.cache_to)},
    "secrets": lambda target, item: {"secret": _secrets(_entries(item, target.secret, read_secret, _OUTPUTS))},
    "ssh": lambda target, item: {"ssh": _keys(_entries(item, target.ssh, read_ssh, _OUTPUTS))},
    "output": lambda target, item: {"output": _entries(item, target.output, read_export, _OUTPUTS)},
    "attest": lambda target, item: {
        "attest": _attests(_entries(replace(item, adds=True), target.attest, read_attest, "invalid value for attest"))
    },
}


def _secrets(items: tuple[BakeSecret, ...]) -> tuple[BakeSecret, ...]:
    return tuple({item.id: item for item in items}.values())


def _keys(items: tuple[Ssh, ...]) -> tuple[Ssh, ...]:
    return tuple({item.id: item for item in items}.values())


def _attests(items: tuple[Attest, ...]) -> tuple[Attest, ...]:
    return tuple({item.type: item for item in items}.values())


def _pushed(outputs: tuple[Export, ...], push: bool) -> tuple[Export, ...]:
    if not push:
        kept = list(outputs)
        place = 0
        while place < len(kept):  # the last one takes the place of one that goes
            if kept[place].type == "registry":
                kept[place] = kept[-1]
                kept.pop()
            else:
                place += 1
        return tuple(_with_push(output, "false") for output in kept)
    pushed = tuple(_with_push(output, "true") for output in outputs)
    if all(output.type == "docker" for output in outputs):
        return (*pushed, Export("image", {"push": "true"}))
    return pushed


def _with_push(output: Export, value: str) -> Export:
    return replace(output, attributes={**output.attributes, "push": value}) if output.type == "image" else output


def _loaded(outputs: tuple[Export, ...], load: bool) -> tuple[Export, ...]:
    if not load:
        return outputs
    for output in outputs:
        if output.type == "docker" and not output.destination:
            return outputs
        if output.type not in {"docker", "image", "registry", "oci"}:
            return outputs
    return (*outputs, Export("docker"))
