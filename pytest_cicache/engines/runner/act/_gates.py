"""How the scripts that act starts and the runner speak: two named pipes in a folder of the job.

A script asks with one line and waits for one: `begin STEP` when it may start, answered with `go LIMIT` or `skip`; `end
STEP STATUS FILE` what its failure comes to, answered with a status; `use STEP FILE` for an action, likewise; `hash
FOLDER` for hashFiles, answered with the digest.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Ask", "Gates", "pairs_text"]

_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Ask:
    """A question: its kind, the step it is about, and what else there is."""

    kind: str
    step: str
    words: tuple[str, ...] = ()


@dataclass(slots=True)
class Gates:
    """The pipes, and the files beside them; `close` closes the pipes, the folder goes with the job."""

    folder: Path
    asks: int
    answers: int
    _rest: bytes = field(default=b"")

    @classmethod
    def open(cls, folder: Path) -> Gates:
        """Make the pipes; both ends are held open, so that nobody meets the end of one."""
        folder.mkdir()
        for name in ("ask", "answer"):
            os.mkfifo(folder / name, 0o600)
        flags = os.O_RDWR | os.O_NONBLOCK
        return cls(folder, os.open(folder / "ask", flags), os.open(folder / "answer", flags))

    def close(self) -> None:
        """Close the pipes."""
        os.close(self.asks)
        os.close(self.answers)

    def read(self) -> list[Ask]:
        """The questions that have come in."""
        self._rest += os.read(self.asks, _CHUNK)
        *lines, self._rest = self._rest.split(b"\n")
        words = (line.decode(errors="surrogateescape").split(" ") for line in lines)
        return [Ask(kind, step, tuple(more)) for kind, step, *more in words]

    def answer(self, *words: str) -> None:
        """Answer the one who waits."""
        os.write(self.answers, f"{' '.join(words)}\n".encode())

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
