"""What `--print` and `--list` say (buildx commands/bake.go)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from pytest_cicache.buildx.bake._command import ListOption
from pytest_cicache.buildx.bake._config import Config
from pytest_cicache.buildx.bake._target import BakeGroup, BakeTarget
from pytest_cicache.buildx.bake._variables import shown_value
from pytest_cicache.golang import Json, go_escaped

__all__ = ["print_definition", "print_list"]


def print_definition(targets: Mapping[str, BakeTarget], groups: Mapping[str, BakeGroup]) -> str:
    """The resolved definition as JSON."""
    definition: dict[str, Json] = {}
    if groups:
        definition["group"] = {name: _group(groups[name]) for name in sorted(groups)}
    definition["target"] = {name: targets[name].json for name in sorted(targets)}
    return _indented(definition)


def _group(group: BakeGroup) -> Json:
    description: dict[str, Json] = {"description": group.description} if group.description else {}
    return {**description, "targets": list(group.targets)}


def print_list(config: Config, option: ListOption) -> str:
    """The targets and groups, or the variables, by name."""
    if option.kind == "variables":
        return _variables(config, option)
    rows = sorted(
        [
            *((name, target.description, False) for name, target in config.targets.items()),
            *((group.name, _members(group), True) for group in config.groups),
        ],
        key=lambda row: row[0],
    )
    rows = [row for row in rows if not row[0].startswith("_")]
    if option.format == "table":
        return _table([("TARGET", "DESCRIPTION"), *((name, text) for name, text, _ in rows)])
    found: list[Json] = [
        {"name": name, **({"description": text} if text else {}), **({"group": True} if is_group else {})}
        for name, text, is_group in rows
    ]
    return _indented(found if found else None)


def _members(group: BakeGroup) -> str:
    names = ", ".join(sorted(group.targets))
    if group.description and names:
        return f"{group.description} ({names})"
    return group.description or names


def _variables(config: Config, option: ListOption) -> str:
    rows = sorted(config.variables, key=lambda row: row[0].name)
    if option.format == "table":
        shown = (
            (variable.name, _type(variable), _text(shown_value(variable, value)), variable.description)
            for variable, value in rows
        )
        return _table([("VARIABLE", "TYPE", "VALUE", "DESCRIPTION"), *shown])
    found: list[Json] = []
    for variable, value in rows:
        entry: dict[str, Json] = {"name": variable.name}
        entry |= {"description": variable.description} if variable.description else {}
        entry |= {"type": _type(variable)} if _type(variable) else {}
        text = shown_value(variable, value)
        entry |= {"value": text} if text is not None else {}
        found.append(entry)
    return _indented(found)


def _type(variable: object) -> str:
    kind = getattr(variable, "type", None)
    return "" if kind is None else str(kind.constraint_name)


def _text(value: str | None) -> str:
    return "<null>" if value is None else value


def _indented(value: Json) -> str:
    return go_escaped(json.dumps(value, indent=2, ensure_ascii=False))


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Columns padded with tabs of eight (Go's text/tabwriter)."""
    widths = [_width(row[column] for row in rows) for column in range(len(rows[0]) - 1)]
    lines = []
    for *cells, last in rows:
        padded = (cell + "\t" * -(-(width - len(cell)) // 8) for cell, width in zip(cells, widths, strict=True))
        lines.append("".join(padded) + last)
    return "\n".join(lines)


def _width(cells: Iterable[str]) -> int:
    longest = max(map(len, cells)) + 1
    return -(-longest // 8) * 8
