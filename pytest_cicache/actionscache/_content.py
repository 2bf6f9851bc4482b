"""The bytes of entries while they are written in blocks and afterwards; many bytes go to disk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

__all__ = ["EntryContent", "read_range"]

_IN_MEMORY = 1 << 20
_CHUNK = 256 * 1024

Extent = tuple[int, int]
"""Where a piece lies in the file: offset and length."""


def _file() -> IO[bytes]:
    return tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, prefix="cicache-entry-")


@dataclass(slots=True)
class EntryContent:
    """Pieces in one file, and which of them in which order are the content.

    Blocks come at the same time and in any order, so each is a list of pieces; nothing is copied when they are
    put together.
    """

    file: IO[bytes] = field(default_factory=_file)
    end: int = 0
    blocks: dict[str, list[Extent]] = field(default_factory=dict)
    extents: list[Extent] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return sum(length for _, length in self.extents)

    def append(self, pieces: list[Extent], data: bytes) -> None:
        """Write a piece at the end of the file and list it."""
        self.file.seek(self.end)
        self.file.write(data)
        if pieces and sum(pieces[-1]) == self.end:
            pieces[-1] = (pieces[-1][0], pieces[-1][1] + len(data))
        else:
            pieces.append((self.end, len(data)))
        self.end += len(data)

    def commit(self, names: Sequence[str]) -> bool:
        """Let these blocks, in this order, be the content; false when one of them is not there."""
        if any(name not in self.blocks for name in names):
            return False
        self.extents = [extent for name in names for extent in self.blocks[name]]
        self.blocks = {}
        return True

    def commit_at(self, pieces: dict[int, list[Extent]]) -> None:
        """Let these pieces, each at its place, be the content."""
        self.extents = [extent for start in sorted(pieces) for extent in pieces[start]]

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Read from byte `start` up to, but without, byte `stop`, in chunks."""
        before = 0
        for offset, length in self.extents:
            first, last = max(start - before, 0), min(stop - before, length)
            while first < last:
                self.file.seek(offset + first)
                chunk = self.file.read(min(last - first, _CHUNK))
                yield chunk
                first += len(chunk)
            before += length

    def close(self) -> None:
        """Drop the bytes."""
        self.file.close()


def read_range(header: str, size: int) -> tuple[int, int] | None:
    """Read `bytes=A-B` of a `Range` or `x-ms-range` header into start and stop, `None` when out of range.

    No header, or one of another form, is the whole.
    """
    first, dash, last = header.removeprefix("bytes=").partition("-")
    if not dash or not first.isdecimal() or (last and not last.isdecimal()):
        return 0, size
    start, stop = int(first), min(int(last) + 1, size) if last else size
    return (start, stop) if start < stop else None
