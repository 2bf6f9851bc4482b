"""The import table of the package, enforced."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "pytest_cicache"
PURE = {
    "golang": set(),
    "globs": set(),
    "oci": set(),
    "expressions": set(),
    "events": set(),
    "permissions": {"events", "oci"},
    "workflow": {"events", "expressions", "permissions"},
    "plan": {"events", "expressions", "permissions", "workflow"},
    "dockerfile": {"globs", "golang", "oci"},
    "buildkit": {"golang", "oci", "dockerfile"},
    "buildx": {"golang", "oci", "expressions", "dockerfile", "buildkit"},
    "skeleton": {"oci", "dockerfile", "buildkit"},
    "actions": {"events", "expressions", "oci", "workflow", "dockerfile", "buildkit", "buildx"},
    "observation": {"events", "oci", "permissions", "workflow", "plan"},
    "checks": {"events", "oci", "permissions", "workflow", "plan", "buildx", "actions", "observation"},
    "reporting": {"events", "expressions", "oci", "permissions", "workflow", "plan", "observation", "checks"},
}
BELOW = {
    "http": set(),
    "gateway": {"http", "oci", "permissions", "observation", "actionscache", "githubapi"},
    "actionscache": {"http", "oci", "permissions", "observation"},
    "githubapi": {"events", "oci", "permissions", "observation", "actionscache"},
    "history": {"events", "oci", "observation", "githubapi"},
    "engines": {*PURE, "http"},
    "simulation": {*PURE, "gateway", "actionscache", "githubapi", "history", "engines"},
    "survey": {*PURE, "engines", "simulation"},
    "cli": {*PURE, "gateway", "engines", "simulation", "survey"},
    "plugin": {*PURE, "gateway", "engines", "simulation", "survey", "hookspecs"},
    "hookspecs": {"events", "observation", "checks"},
}
ALLOWED: dict[str, set[str]] = {**PURE, **BELOW, "errors": set()}
# Inside `engines`, whose own modules are shared by all: who may know whom.
ENGINES: dict[str, set[str]] = {
    "registry": set(),
    "client": set(),
    "caches": {"client"},
    "simulated": {"client", "caches"},
    "buildx": {"caches"},
    "images": {"client", "caches", "simulated"},
    "docker": {"client", "images"},
    "runner.job": {"docker"},
    "runner.steps": {"docker", "runner.job"},
    "runner.inprocess": {"docker", "runner.job", "runner.steps"},
    "runner.act": {"docker", "runner.job", "runner.steps"},
    "runner": {"runner.job"},
}
# What decides in a package below the line does no I/O either.
PURE_BELOW = {
    "actionscache": {"_access", "_cache", "_decide", "_entries", "_places", "_wire"},
    "githubapi": {path.stem for path in (PACKAGE / "githubapi").glob("*.py")},
    "history": {path.stem for path in (PACKAGE / "history").glob("*.py")},
}
IMPURE_MODULES = {"asyncio", "aiohttp", "socket", "subprocess", "os", "time", "pathlib", "random", "tempfile"}


def _modules() -> Iterator[pytest.param]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.parent == PACKAGE and path.stem == "__init__":
            continue
        yield pytest.param(path, id=str(path.relative_to(PACKAGE)))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}:{node.lineno} is a relative import"
            yield node.module or ""
            if node.module == "pytest_cicache":
                yield from (f"pytest_cicache.{alias.name}" for alias in node.names)


def _layer(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", list(_modules()))
def test_imports_follow_the_layer_table(path: Path) -> None:
    """A module imports only from the layers its own may know."""
    layer = _layer(path)
    names = [name for name in _imports(path) if name.startswith("pytest_cicache.")]
    foreign = {name.split(".")[1] for name in names} - {layer, "errors"}

    assert foreign <= ALLOWED[layer], f"{layer} may not import {sorted(foreign - ALLOWED[layer])}"


def _room(module: str) -> str | None:
    """The room of `engines` that a dotted name lies in; `None` for its shared modules."""
    inside = module.removeprefix("pytest_cicache.engines.")
    return max((room for room in ENGINES if f"{inside}.".startswith(f"{room}.")), key=len, default=None)


@pytest.mark.parametrize("path", [p for p in _modules() if _layer(p.values[0]) == "engines"])
def test_engines_know_each_other_by_the_table(path: Path) -> None:
    """A room of `engines` imports only from those its row names, and only what they re-export."""
    own = _room(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts))
    if own is None:
        return
    names = [name for name in _imports(path) if name.startswith("pytest_cicache.engines.")]
    others = [(name, room) for name in names if (room := _room(name)) not in {own, None}]

    assert {room for _, room in others} <= ENGINES[own]
    assert [name for name, room in others if name != f"pytest_cicache.engines.{room}"] == []


@pytest.mark.parametrize("path", list(_modules()))
def test_no_module_reaches_into_another_package(path: Path) -> None:
    """What a package does not re-export is its own."""
    layer = _layer(path)
    private = [
        name
        for name in _imports(path)
        if name.startswith("pytest_cicache.") and "._" in name and name.split(".")[1] != layer
    ]

    assert private == []


def _is_pure(path: Path) -> bool:
    return _layer(path) in PURE or path.stem in PURE_BELOW.get(_layer(path), ())


@pytest.mark.parametrize("path", [p for p in _modules() if _is_pure(p.values[0])])
def test_pure_layers_import_nothing_that_does_io(path: Path) -> None:
    """Nothing above the line does I/O, reads a clock or is async."""
    names = {name.split(".")[0] for name in _imports(path)}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    asynchronous = [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]

    assert names & IMPURE_MODULES == set()
    assert asynchronous == []


def test_no_two_classes_have_the_same_name() -> None:
    """A name means one thing in the whole package; an underscore before it makes no other."""
    places: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name.lstrip("_"), []).append(str(path.relative_to(PACKAGE)))

    assert {name: found for name, found in places.items() if len(found) > 1} == {}
