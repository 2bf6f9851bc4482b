"""What `act --json --verbose` prints: one object a line, read into what became of each step.

Fields: nektos/act, pkg/runner/step.go, pkg/runner/command.go, pkg/runner/job_executor.go (0.2.89).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_cicache.engines.runner.job import LOG_IS_CUT, LONGEST_LOG

__all__ = ["LogLine", "StepReport", "in_githubs_words", "is_noise", "read_line"]

_LAST = "--complete-job"
# What `shims/act-shell` prints when a script has ended.
_END = "\x1e\x1e\x1e"
_SHOWN = {"error": "Error", "warning": "Warning", "notice": "Notice"}

# What Go calls the signals that end a script, by the number in the status that the runner reports.
_SIGNALS = {
    "hangup": 1,
    "interrupt": 2,
    "quit": 3,
    "aborted": 6,
    "killed": 9,
    "segmentation fault": 11,
    "terminated": 15,
}


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a job: `step` is the step's number or id in the job, with those of composite actions behind it."""

    fields: Mapping[str, Any]
    step: tuple[str, ...] = ()
    stage: str = ""

    def text(self, name: str) -> str:
        """A field as text, empty where there is none."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""

    @property
    def ends_steps(self) -> bool:
        """Whether all main steps of the job are over."""
        return self.stage == "Post" or _LAST in self.fields.get("stepid", ()) or "jobResult" in self.fields


def is_noise(line: bytes) -> bool:
    """Whether a line only tells what act thinks, which is most of what it prints."""
    return b'"level":"debug"' in line and b'"stepResult"' not in line


def read_line(text: str) -> LogLine | None:
    """Read a line; `None` for what is no object, such as a usage error."""
    try:
        fields = json.loads(text)
    except ValueError:
        return None
    if not isinstance(fields, dict):
        return None
    step = fields.get("stepID")
    known = tuple(map(str, step)) if isinstance(step, list) else ()
    return LogLine(fields, known, str(fields.get("stage", "")))


@dataclass(slots=True)
class StepReport:
    """What act says of a main step.

    `result` is `success`, `failure` or `skipped`, `None` while it runs; `is_forgiven` says that a failure does not
    fail the job; `error` is act's own word for it; `lines` are those of the log.
    """

    result: str | None = None
    is_forgiven: bool = False
    error: str | None = None
    lines: list[str] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    masks: list[str] = field(default_factory=list)
    _ended: tuple[str, ...] | None = None
    _room: int = LONGEST_LOG

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to come but outputs; of a condition that cannot be evaluated there is no result."""
        return self.result is not None or self.error is not None

    def take(self, line: LogLine) -> None:
        """Take in a line of the step, or of one inside it."""
        if line.fields.get("raw_output"):
            self._take_output(line)
        elif "command" in line.fields:
            self._take_command(line)
        elif line.text("stepResult"):
            self.result = line.text("stepResult") if len(line.step) == 1 else self.result
        elif line.text("msg") == "Failed but continue next step" and len(line.step) == 1:
            self.is_forgiven = True
        elif line.text("level") == "error":
            self.error = line.text("msg").strip().removeprefix("❌").strip()

    def _take_output(self, line: LogLine) -> None:
        """Take what a script printed; an empty line behind its end is act's own, when it reads a full terminal late."""
        output, mark, _ = line.text("msg").removesuffix("\n").partition(_END)
        if output or not (mark or line.step == self._ended):
            self._keep(output)
        self._ended = line.step if mark else self._ended

    def _keep(self, output: str) -> None:
        """Take lines into the log; of a flood only the beginning is kept."""
        if self._room > 0:
            self._room -= len(output) + 1
            self.lines += [*output.split("\n"), *([LOG_IS_CUT] if self._room <= 0 else [])]

    def _take_command(self, line: LogLine) -> None:
        name, value = line.text("command"), line.text("arg")
        is_own = len(line.step) == 1
        match name:
            case "set-output":
                if is_own:
                    self.outputs[line.text("name")] = value
            case "set-env" if line.text("level") == "error":
                self.lines.append(f"Error: {line.text('msg')}")
            case "set-env":
                self.variables[line.text("name")] = value
            case "add-path":
                self.paths.append(value)
            case "add-mask":
                self.masks.append(value)
            case "error" | "warning" | "notice":
                self.lines.append(f"{_SHOWN[name]}: {value}")
            case "group":
                self.lines.append(value)


def in_githubs_words(error: str | None) -> str:
    """A failure as GitHub's runner would tell it, where act tells a status or a signal; else act's own words."""
    kind, _, rest = (error or "exit status 1").partition(" ")
    if kind == "signal:" and rest in _SIGNALS:
        return f"Process completed with exit code {128 + _SIGNALS[rest]}."
    if error is None or (kind == "exit" and rest.startswith("status ")):
        return f"Process completed with exit code {rest.removeprefix('status ')}."
    return error
