"""How act, the scripts that it starts and the runner speak: named pipes in a folder of the job.

What act prints comes in at `output`, from a container too without a detour, so that it is there before what is asked
after it. A script asks with one line, words parted by tabs, and waits for one: `begin STEP GROUP` when it may start,
answered with `go LIMIT` or `skip`; `end STEP STATUS ACTION OUTPUT ENV PATH THERE` what its end comes to, answered
with a status; `use STEP FILE` for an action, likewise; `hash FOLDER` for hashFiles, answered with the digest. `runs
STEP PROCESS` is told.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_cicache.engines.runner.job import JobWide
from pytest_cicache.engines.runner.steps import FileCommandError, read_lines, read_pairs

__all__ = ["Ask", "Gates", "ScriptAsk", "pairs_text"]

_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Ask:
    """A question: its kind, the step it is about, and what else there is."""

    kind: str
    step: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScriptAsk:
    """A script that has ended: its status, the id of its step, and what its step handed on in files so far.

    `there` are the folders it put on PATH that are there, where it ran.
    """

    status: int
    action: str
    output: Path
    env: Path
    path: Path
    there: frozenset[str]

    @classmethod
    def read(cls, words: tuple[str, ...]) -> ScriptAsk:
        """The words of the question."""
        status, action, output, env, path, there = words
        return cls(int(status), action, Path(output), Path(env), Path(path), frozenset(there.split(":")))

    def outputs(self) -> dict[str, str]:
        """What it wrote to GITHUB_OUTPUT; nothing where that breaks the format, which act will say."""
        return _pairs(self.output)

    def keep_reachable(self, job: JobWide) -> None:
        """Leave out the folders of the machine that it put on PATH, and keep act's own PATH from being replaced."""
        wanted = read_lines(_text(self.path))
        kept = [folder for folder in wanted if folder not in self.there or job.is_own(folder)]
        if kept != wanted:
            self.path.write_text("".join(f"{folder}\n" for folder in kept), encoding="utf-8")
        pairs = _pairs(self.env)
        if "PATH" in pairs:
            pairs["CICACHE_PATH"] = pairs.pop("PATH")
            self.env.write_text(pairs_text(pairs), encoding="utf-8")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _pairs(file: Path) -> dict[str, str]:
    try:
        return read_pairs(_text(file))
    except FileCommandError:
        return {}


@dataclass(slots=True)
class Gates:
    """The pipes, and the files beside them; `close` closes the pipes, the folder goes with the job."""

    folder: Path
    output: int
    asks: int
    answers: int
    _rest: bytes = field(default=b"")

    @classmethod
    def open(cls, folder: Path) -> Gates:
        """Make the pipes; both ends are held open, so that nobody meets the end of one."""
        folder.mkdir()
        for name in ("output", "ask", "answer"):
            os.mkfifo(folder / name, 0o600)
        flags = os.O_RDWR | os.O_NONBLOCK
        output, asks, answers = (os.open(folder / name, flags) for name in ("output", "ask", "answer"))
        return cls(folder, output, asks, answers)

    def close(self) -> None:
        """Close the pipes."""
        for pipe in (self.output, self.asks, self.answers):
            os.close(pipe)

    def read(self) -> list[Ask]:
        """The questions that have come in."""
        self._rest += os.read(self.asks, _CHUNK)
        *lines, self._rest = self._rest.split(b"\n")
        words = (line.decode(errors="surrogateescape").split("\t") for line in lines)
        return [Ask(kind, step, tuple(more)) for kind, step, *more in words]

    def answer(self, *words: str) -> None:
        """Answer the one who waits."""
        os.write(self.answers, "\t".join(words).encode() + b"\n")

    def leave(self, name: str, text: str) -> None:
        """Put a file where the script looks for it."""
        (self.folder / name).write_text(text, encoding="utf-8", errors="surrogateescape")

    def text(self, name: str) -> str:
        """What the script has put there."""
        return (self.folder / name).read_text(encoding="utf-8", errors="surrogateescape")

    def environment(self) -> dict[str, str]:
        """The variables of the step that asks."""
        pairs = (pair.partition("=") for pair in self.text("environment").split("\0") if pair)
        return {name: value for name, _, value in pairs}


def pairs_text(pairs: Mapping[str, str]) -> str:
    """Pairs as GITHUB_OUTPUT and GITHUB_ENV take them, whatever their values hold."""
    lines = []
    for name, value in pairs.items():
        end = "cicache"
        while end in value.split("\n"):
            end += "_"
        lines.append(f"{name}<<{end}\n{value}\n{end}\n")
    return "".join(lines)
