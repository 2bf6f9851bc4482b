"""Where the bytes are: content by digest, and uploads on their way to become content.

This module keeps them in memory; `_disk` keeps them in files behind the same interface.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Protocol

from pytest_cicache.oci import Digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pytest_cicache.engines.registry._index import IndexChange

__all__ = ["BlobStorage", "MemoryContent", "MemoryUpload", "UploadSession"]


class UploadSession(Protocol):
    """Bytes of one blob that is still arriving."""

    id: str
    size: int

    def append(self, data: bytes) -> None:
        """Add bytes at the end."""

    def digest(self, algorithm: str) -> Digest:
        """Give the digest of what arrived so far."""

    def seal(self) -> None:
        """Make sure that what arrived will still be there after a crash; may take a while."""

    def discard(self) -> None:
        """Drop what arrived."""


class BlobStorage(Protocol):
    """Holds content by digest."""

    is_durable: bool

    def begin(self, algorithm: str) -> UploadSession:
        """Start an upload whose running hash is of that algorithm."""

    def commit(self, upload: UploadSession, digest: str) -> None:
        """Make the whole upload content, at once: before this nobody sees a byte of it."""

    def put(self, digest: str, data: bytes) -> None:
        """Store a small piece at once."""

    def has(self, digest: str, size: int) -> bool:
        """Tell whether the content is there, whole."""

    def read(self, digest: str, start: int, stop: int) -> bytes:
        """Give the bytes from `start` up to `stop`."""

    def path(self, digest: str) -> Path | None:
        """Give the file that holds it, `None` when no file does."""

    def remove(self, digest: str) -> None:
        """Drop content nobody uses."""

    def record(self, *changes: IndexChange, durable: bool = False) -> None:
        """Remember changes of the index; `durable` ones survive a power cut, with all before them."""

    def recorded(self) -> Iterator[IndexChange]:
        """Give the remembered changes back, oldest first."""

    def settle(self, changes: Iterable[IndexChange]) -> None:
        """Take these changes as all there is to remember, and drop everything else."""

    def close(self) -> None:
        """Let go of files; no upload can go on afterwards."""


class MemoryUpload:
    """An upload kept as the pieces that arrived."""

    def __init__(self, algorithm: str) -> None:
        self.id = secrets.token_hex(16)
        self.size = 0
        self.pieces: list[bytes] = []
        self._algorithm = algorithm
        self._hasher = Digest.hasher(algorithm)

    def append(self, data: bytes) -> None:
        """Add bytes at the end."""
        self.pieces.append(data)
        self.size += len(data)
        self._hasher.update(data)

    def digest(self, algorithm: str) -> Digest:
        """Give the digest of what arrived so far."""
        if algorithm == self._algorithm:
            return Digest(algorithm, self._hasher.hexdigest())
        return Digest.of(b"".join(self.pieces), algorithm)

    def seal(self) -> None:
        """Nothing in memory survives a crash."""

    def discard(self) -> None:
        """Drop the pieces."""
        self.pieces.clear()


class MemoryContent:
    """Content as bytes in this process."""

    is_durable = False

    def __init__(self) -> None:
        self._bytes: dict[str, bytes] = {}

    def begin(self, algorithm: str) -> MemoryUpload:
        """Start an upload in memory."""
        return MemoryUpload(algorithm)

    def commit(self, upload: UploadSession, digest: str) -> None:
        """Join the pieces."""
        assert isinstance(upload, MemoryUpload)
        self._bytes[digest] = upload.pieces[0] if len(upload.pieces) == 1 else b"".join(upload.pieces)
        upload.discard()

    def put(self, digest: str, data: bytes) -> None:
        """Keep the bytes."""
        self._bytes[digest] = data

    def has(self, digest: str, size: int) -> bool:
        """Tell whether it is there."""
        return digest in self._bytes

    def read(self, digest: str, start: int, stop: int) -> bytes:
        """Give a slice; the whole is not copied."""
        return self._bytes[digest][start:stop]

    def path(self, digest: str) -> Path | None:
        """No file holds it."""
        return None

    def remove(self, digest: str) -> None:
        """Forget the bytes."""
        self._bytes.pop(digest, None)

    def record(self, *changes: IndexChange, durable: bool = False) -> None:
        """Nothing is remembered beyond this process."""

    def recorded(self) -> Iterator[IndexChange]:
        """Nothing was remembered."""
        return iter(())

    def settle(self, changes: Iterable[IndexChange]) -> None:
        """Nothing is remembered beyond this process."""

    def close(self) -> None:
        """Drop everything."""
        self._bytes.clear()
