"""The commands a step writes on its output (`::set-output name=x::y`).

Rules: actions/runner, src/Runner.Common/ActionCommand.cs and src/Runner.Worker/ActionCommandManager.cs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["CommandOutcome", "read_commands"]

_COMMAND = re.compile(r"^\s*::(?P<name>[A-Za-z-]+)(?:\s+(?P<properties>[^:]*(?::(?!:)[^:]*)*))?::(?P<data>.*)$")
_DATA = {"%0D": "\r", "%0A": "\n", "%25": "%"}
_PROPERTY = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}
_DEPRECATED = "The `{name}` command is deprecated and will be disabled soon."
_DISABLED = (
    "The `{name}` command is disabled. Please upgrade to using Environment Files or opt into unsecure command "
    "execution by setting the `ACTIONS_ALLOW_UNSECURE_COMMANDS` environment variable to `true`."
)


@dataclass(slots=True)
class CommandOutcome:
    """What the commands of one step did: outputs, values to hide, annotations, and the lines to show."""

    outputs: dict[str, str] = field(default_factory=dict)
    masks: list[str] = field(default_factory=list)
    annotations: list[tuple[str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    failed: bool = False


def read_commands(lines: Iterable[str]) -> CommandOutcome:
    """Carry out the commands found in a step's output."""
    outcome = CommandOutcome()
    stopped: str | None = None
    for line in lines:
        if stopped is not None:
            if line.strip() == f"::{stopped}::":
                stopped = None
            else:
                outcome.lines.append(line)
            continue
        found = _COMMAND.match(line)
        if found is None:
            outcome.lines.append(line)
            continue
        name, data = found["name"].lower(), _decode(found["data"], _DATA)
        if name == "stop-commands":
            stopped = data
        else:
            _carry_out(outcome, name, _properties(found["properties"] or ""), data, line)
    return outcome


def _carry_out(outcome: CommandOutcome, name: str, properties: Mapping[str, str], data: str, line: str) -> None:
    match name:
        case "set-output" | "save-state":
            outcome.annotations.append(("warning", _DEPRECATED.format(name=name)))
            if name == "set-output":
                outcome.outputs[properties.get("name", "")] = data
        case "set-env" | "add-path":
            outcome.annotations.append(("error", _DISABLED.format(name=name)))
            outcome.lines.append(f"Error: {_DISABLED.format(name=name)}")
            outcome.failed = True
        case "add-mask":
            if data:
                outcome.masks.append(data)
        case "error" | "warning" | "notice":
            outcome.annotations.append((name, data))
            outcome.lines.append(f"{name.capitalize()}: {data}")
        case "group":
            outcome.lines.append(data)
        case "endgroup" | "debug":
            pass
        case _:
            outcome.lines.append(line)


def _properties(text: str) -> dict[str, str]:
    pairs = (part.split("=", 1) for part in text.split(",") if "=" in part)
    return {key.strip(): _decode(value, _PROPERTY) for key, value in pairs}


def _decode(text: str, escapes: Mapping[str, str]) -> str:
    for escape, character in escapes.items():
        text = text.replace(escape, character)
    return text
