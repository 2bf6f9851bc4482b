"""The commands a step writes on its output (`::set-output name=x::y`).

Rules: actions/runner, src/Runner.Common/ActionCommand.cs and src/Runner.Worker/ActionCommandManager.cs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["CommandOutcome", "read_commands"]

_Escapes = tuple[tuple[str, str], ...]
_DATA: _Escapes = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
_PROPERTY: _Escapes = (*_DATA[:2], ("%3A", ":"), ("%2C", ","), ("%25", "%"))
_OLD: _Escapes = (("%3B", ";"), *_DATA[:2], ("%5D", "]"), ("%25", "%"))
_DEPRECATED = (
    "The `{name}` command is deprecated and will be disabled soon. Please upgrade to using Environment Files. "
    "For more information see: https://github.blog/changelog/2022-10-11-github-actions-deprecating-save-state-"
    "and-set-output-commands/"
)
_DISABLED = (
    "The `{name}` command is disabled. Please upgrade to using Environment Files or opt into unsecure command "
    "execution by setting the `ACTIONS_ALLOW_UNSECURE_COMMANDS` environment variable to `true`. For more "
    "information see: https://github.blog/changelog/2020-10-01-github-actions-deprecating-set-env-and-add-path-"
    "commands/"
)
_BAD_END = (
    "You cannot use a endToken that is an empty string, the string 'pause-logging', or another workflow command. "
    "For more information see: https://docs.github.com/actions/learn-github-actions/workflow-commands-for-github-"
    "actions#example-stopping-and-starting-workflow-commands or opt into insecure command execution by setting the "
    "`ACTIONS_ALLOW_UNSECURE_STOPCOMMAND_TOKENS` environment variable to `true`."
)
_KNOWN = """
add-mask add-matcher add-path debug echo endgroup error group notice remove-matcher save-state
set-env set-output stop-commands warning
"""
_NAMES = frozenset(_KNOWN.split())


@dataclass(slots=True)
class CommandOutcome:
    """What the commands of one step did: outputs, variables, PATH entries, values to hide, lines to show.

    `failed` tells that a command could not be carried out, which fails the step.
    """

    outputs: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    masks: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class _Command:
    name: str
    properties: Mapping[str, str]
    data: str


def read_commands(lines: Iterable[str], *, unsecure: bool = False) -> CommandOutcome:
    """Carry out the commands found in a step's output; `unsecure` allows `set-env` and `add-path`."""
    outcome = CommandOutcome()
    stopped: str | None = None
    for line in lines:
        names = _NAMES if stopped is None else {stopped.lower()}
        command = _parse(line, names)
        if command is None:
            outcome.lines.append(line)
        elif stopped is not None:
            stopped = None
        elif command.name == "stop-commands":
            stopped = _stop_token(outcome, command, line)
        else:
            _carry_out(outcome, command, line, unsecure=unsecure)
    return outcome


def _parse(line: str, names: Iterable[str]) -> _Command | None:
    """The command of a line, if it has one of these names."""
    text = line.lstrip()
    if text.startswith("::"):
        end = text.find("::", 2)
        head, data, separator = text[2:end], text[end + 2 :], ","
        escapes, data_escapes = _PROPERTY, _DATA
    else:
        start = line.find("##[")
        end = line.find("]", start)
        head, data, separator = line[start + 3 : end], line[end + 1 :], ";"
        escapes, data_escapes = _OLD, _OLD
        if start < 0:
            return None
    name, _, properties = head.partition(" ")
    if end < 0 or name.lower() not in names:
        return None
    return _Command(name.lower(), _properties(properties, separator, escapes), _decode(data, data_escapes))


def _stop_token(outcome: CommandOutcome, command: _Command, line: str) -> str | None:
    token = command.data
    if not token or token.lower() in {*_NAMES, "pause-logging"}:
        _fail(outcome, line, _BAD_END)
        return None
    return token


def _carry_out(outcome: CommandOutcome, command: _Command, line: str, *, unsecure: bool) -> None:
    name, data = command.name, command.data
    match name:
        case "set-output" | "save-state" | "set-env" | "add-path":
            _set(outcome, command, line, unsecure=unsecure)
        case "add-mask" if data.strip():
            outcome.masks.append(data)
        case "add-mask":
            outcome.lines.append("Warning: Can't add secret mask for empty string in ##[add-mask] command.")
        case "error" | "warning" | "notice":
            outcome.lines.append(f"{name.capitalize()}: {data}")
        case "group":
            outcome.lines.append(data)
        case _:
            return


def _set(outcome: CommandOutcome, command: _Command, line: str, *, unsecure: bool) -> None:
    name, key = command.name, command.properties.get("name", "")
    if name in ("set-env", "add-path") and not unsecure:
        _fail(outcome, line, _DISABLED.format(name=name))
    elif name == "add-path":
        outcome.paths.append(command.data)
    elif not key:
        _fail(outcome, line, f"Required field 'name' is missing in ##[{name}] command.")
    elif name == "set-env":
        outcome.variables[key] = command.data
    else:
        outcome.lines.append(f"Warning: {_DEPRECATED.format(name=name)}")
        if name == "set-output":
            outcome.outputs[key] = command.data


def _fail(outcome: CommandOutcome, line: str, why: str) -> None:
    outcome.lines += [f"Error: Unable to process command '{line}' successfully.", f"Error: {why}"]
    outcome.failed = outcome.failed or why


def _properties(text: str, separator: str, escapes: _Escapes) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.strip().split(separator))
    return {key.lower(): _decode(value, escapes) for key, _, value in pairs if key and value}


def _decode(text: str, escapes: _Escapes) -> str:
    for escaped, character in escapes:
        text = text.replace(escaped, character)
    return text
