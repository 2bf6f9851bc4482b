"""All files of a bake call together, and what the wanted targets come to (buildx bake/bake.go)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_cicache.buildx.bake._compose import is_compose, read_compose
from pytest_cicache.buildx.bake._entries import Export
from pytest_cicache.buildx.bake._module import Evaluated, evaluate_files
from pytest_cicache.buildx.bake._overrides import TargetOverride, overridden_target, read_overrides
from pytest_cicache.buildx.bake._target import BakeGroup, BakeTarget
from pytest_cicache.buildx.bake._variables import BakeVariable
from pytest_cicache.buildx.bake.functions import Clock
from pytest_cicache.buildx.bake.hcl import BakeError, Body, Value, parse_hcl, parse_json
from pytest_cicache.dockerfile import match_path

__all__ = ["BakeFile", "Config", "Surroundings", "read_files", "resolve"]


@dataclass(frozen=True, slots=True)
class BakeFile:
    """A file of a bake call: its name as given, and its text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a bake call sees besides its files.

    `environment` is the command's; `dotenv` the text of `.env` in its folder, for compose files; `read` gives the
    text of another file, `None` where there is none, `exists` says whether there is one; `platform` is the engine's,
    `context` where the command stands.
    """

    environment: Mapping[str, str]
    clock: Clock
    dotenv: str = ""
    read: Callable[[str], str | None] = lambda path: None
    exists: Callable[[str], bool] = lambda path: False
    platform: str = "linux/amd64"
    context: str = "cwd://"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Every target and group of the files, later files over earlier ones, and the variables."""

    targets: Mapping[str, BakeTarget]
    groups: tuple[BakeGroup, ...]
    variables: tuple[tuple[BakeVariable, Value], ...] = ()

    def group(self, name: str) -> BakeGroup | None:
        """The first group of a name."""
        return next((group for group in self.groups if group.name == name), None)


def read_files(files: Sequence[BakeFile], surroundings: Surroundings) -> Config:
    """Read compose, HCL and JSON files into one. Raises BakeError, UnsupportedError."""
    composes = [file for file in files if is_compose(file.name, file.text)]
    bodies = [_body(file) for file in files if file not in composes]
    targets: dict[str, BakeTarget] = {}
    groups: list[BakeGroup] = []
    if composes:
        found, groups = read_compose(
            [(file.name, file.text) for file in composes],
            environment=surroundings.environment,
            dotenv=surroundings.dotenv,
            read=surroundings.read,
        )
        targets = {target.name: target for target in found}
    if not bodies:
        return Config(targets=targets, groups=tuple(groups))
    evaluated = evaluate_files(
        bodies,
        environment=surroundings.environment,
        builtins={"BAKE_CMD_CONTEXT": surroundings.context, "BAKE_LOCAL_PLATFORM": surroundings.platform},
        clock=surroundings.clock,
    )
    return _joined(targets, groups, evaluated)


def _body(file: BakeFile) -> Body:
    """Read a file by its ending; one without reads as HCL, then as JSON (bake/hcl.go)."""
    if file.name.endswith(".json"):
        return parse_json(file.text, file.name)
    if file.name.endswith(".hcl"):
        return parse_hcl(file.text, file.name)
    try:
        return parse_hcl(file.text, f"{file.name}.hcl")
    except BakeError:
        try:
            return parse_json(file.text, f"{file.name}.json")
        except BakeError:
            pass
        raise


def _joined(targets: dict[str, BakeTarget], groups: list[BakeGroup], evaluated: Evaluated) -> Config:
    for target in evaluated.targets:
        before = targets.get(target.name)
        targets[target.name] = target if before is None else before.merged(target)
    by_name = {group.name: group for group in groups}
    by_name.update({group.name: group for group in evaluated.groups})
    return Config(targets=targets, groups=(*by_name.values(), *evaluated.matrices), variables=evaluated.variables)


def resolve(
    config: Config, names: Sequence[str], overrides: Sequence[str], environment: Mapping[str, str]
) -> tuple[dict[str, BakeTarget], dict[str, BakeGroup]]:
    """The targets that these names come to, with those they link to, and the groups. Raises BakeError."""
    resolver = _TargetResolver(config, read_overrides(overrides, list(config.targets), environment))
    wanted = list(dict.fromkeys(name for pattern in names for name in _matching(config, pattern.replace(".", "_"))))
    targets: dict[str, BakeTarget] = {}
    groups: dict[str, BakeGroup] = {}
    for name in wanted:
        found, named = _expanded(config, name, {})
        for target in dict.fromkeys(found):
            targets[target] = resolver.target(target)
        for group in named:
            if (known := config.group(group)) is not None:
                groups[group] = known
    groups = _with_default(groups, wanted)
    for name in list(targets):
        resolver.link(name, targets, ())
    return targets, groups


def _matching(config: Config, pattern: str) -> list[str]:
    if not set(pattern) & set("*?[]"):
        return [pattern]
    every = [*(group.name for group in config.groups), *config.targets]
    found = [name for name in every if match_path(pattern).fullmatch(name)]
    if not found:
        raise BakeError(f'could not find any target matching "{pattern}"')
    return found


def _expanded(
    config: Config, name: str, visited: dict[str, tuple[list[str], list[str]]]
) -> tuple[list[str], list[str]]:
    """The targets of a name and the groups among them; a group that holds itself counts once."""
    if name in visited:
        return visited[name]
    group = config.group(name)
    if group is None:
        return [name], []
    visited[name] = ([], [])
    targets: list[str] = []
    groups = [name]
    for member in dict.fromkeys(group.targets):
        found, inner = _expanded(config, member, visited)
        targets += found or [member]
        groups += inner
    visited[name] = (targets, groups)
    return targets, groups


def _with_default(groups: dict[str, BakeGroup], wanted: Iterable[str]) -> dict[str, BakeGroup]:
    for name in wanted:
        known = groups.get("default")
        if name == "default" and known is not None:
            continue
        before = known or BakeGroup(name="default", targets=())
        groups["default"] = replace(before, targets=(*before.targets, name))
    if "default" in groups:
        found = groups["default"]
        groups["default"] = replace(found, targets=tuple(sorted(set(found.targets))))
    return groups


class _TargetResolver:
    def __init__(self, config: Config, overrides: Mapping[str, Mapping[str, TargetOverride]]) -> None:
        self._config = config
        self._overrides = overrides

    def target(self, name: str) -> BakeTarget:
        """A target with everything it inherits and what overrides it."""
        found = self._inherited(name, {})
        assert found is not None
        return replace(
            found,
            name=name,
            inherits=(),
            context="." if found.context is None else found.context,
            dockerfile=found.dockerfile or "Dockerfile",
        )

    def _inherited(self, name: str, visited: dict[str, BakeTarget | None]) -> BakeTarget | None:
        if name in visited:
            return visited[name]
        visited[name] = None
        own = self._config.targets.get(name)
        if own is None:
            raise BakeError(f"failed to find target {name}")
        above = BakeTarget()
        for parent in own.inherits:
            found = self._inherited(parent, visited)
            if found is not None:
                above = above.merged(found)
        merged = overridden_target(BakeTarget().merged(above).merged(own), self._overrides.get(name, {}))
        visited[name] = merged.normalised()
        return visited[name]

    def link(self, name: str, targets: dict[str, BakeTarget], visited: tuple[str, ...]) -> None:
        """Add the targets that a target's contexts name."""
        visited = (*visited, name)
        for value in list(targets[name].contexts.values()):
            if value is None or not value.startswith("target:"):
                continue
            other = value.removeprefix("target:")
            if other == name:
                raise BakeError(f"target {other} cannot link to itself")
            if other in visited:
                raise BakeError(f"infinite loop from {name} to {other}")
            if other not in targets:
                targets[other] = replace(self.target(other), output=(Export("cacheonly"),), linked=True)
            self.link(other, targets, visited)
            self._inherit_rights(name, other, targets)

    def _inherit_rights(self, name: str, other: str, targets: dict[str, BakeTarget]) -> None:
        target, linked = targets[name], targets[other]
        rights = tuple(dict.fromkeys((*(target.entitlements or ()), *(linked.entitlements or ()))))
        targets[name] = replace(target, entitlements=rights or target.entitlements)
        own, theirs = target.platforms or (), linked.platforms or ()
        if len(own) > 1 and len(theirs) > 1 and not set(own) <= set(theirs):
            raise BakeError(
                f"target {other} can't be used by {name} because its platforms [{' '.join(own)}] are not a subset of "
                f"[{' '.join(theirs)}]"
            )
