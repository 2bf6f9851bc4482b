"""Content in files, safe against a crash at any moment.

A directory holds `content/<algorithm>/<hex>`, `uploads/` and `journal`. Content appears by a rename, after
its bytes are on the disk; the journal's lines say which names hold it. Paths are made of digests and of
random upload ids only: no name or tag that a client sends ever becomes one.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from typing import IO, TYPE_CHECKING
from weakref import WeakSet

from pytest_cicache.engines.registry._index import IndexChange, Verb
from pytest_cicache.errors import EngineError
from pytest_cicache.oci import Digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pytest_cicache.engines.registry._content import UploadSession

__all__ = ["DiskContent", "DiskUpload"]

_ALGORITHMS = ("sha256", "sha512")
_BUFFER = 256 * 1024


class DiskUpload:
    """An upload in a file of its own."""

    def __init__(self, directory: Path, algorithm: str) -> None:
        self.id = secrets.token_hex(16)
        self.size = 0
        self._sealed = -1
        self.path = directory / self.id
        self._file = self.path.open("w+b", buffering=_BUFFER)
        self._algorithm = algorithm
        self._hasher = Digest.hasher(algorithm)

    def append(self, data: bytes) -> None:
        """Add bytes at the end."""
        self._file.write(data)
        self.size += len(data)
        self._hasher.update(data)

    def digest(self, algorithm: str) -> Digest:
        """Give the digest of what arrived so far."""
        if algorithm == self._algorithm:
            return Digest(algorithm, self._hasher.hexdigest())
        self._file.seek(0)
        hasher = Digest.hasher(algorithm)
        while piece := self._file.read(_BUFFER):
            hasher.update(piece)
        return Digest(algorithm, hasher.hexdigest())

    def seal(self) -> None:
        """Bring the bytes to the disk; once is enough, and a discarded upload has none."""
        if self._sealed != self.size and not self._file.closed:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._sealed = self.size

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def discard(self) -> None:
        """Delete the file."""
        with contextlib.suppress(OSError):
            # Closing writes what is buffered, which a full disk refuses.
            self._file.close()
        self.path.unlink(missing_ok=True)


class DiskContent:
    """Content below one directory, which one process at a time may use."""

    is_durable = True

    def __init__(self, directory: Path) -> None:
        self._root = directory
        self._open: WeakSet[DiskUpload] = WeakSet()
        self._uploads = directory / "uploads"
        self._content = {name: directory / "content" / name for name in _ALGORITHMS}
        try:
            for path in (self._uploads, *self._content.values()):
                path.mkdir(parents=True, exist_ok=True)
            self._lock = (directory / "lock").open("w")
        except OSError as error:
            message = f"cannot keep a registry in {directory}: {error.strerror}; choose another directory"
            raise EngineError(message) from error
        self._take_lock()
        self._journal = self._open_journal()

    def _take_lock(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            message = f"another registry uses {self._root}: stop it, or choose another directory"
            raise EngineError(message) from error

    def _open_journal(self) -> IO[bytes]:
        # Bytes, since a torn line may be no text at all.
        return (self._root / "journal").open("a+b")

    def begin(self, algorithm: str) -> DiskUpload:
        """Start an upload in a file."""
        upload = DiskUpload(self._uploads, algorithm)
        self._open.add(upload)
        return upload

    def commit(self, upload: UploadSession, digest: str) -> None:
        """Rename the upload's file, whose bytes `seal` brought to the disk."""
        assert isinstance(upload, DiskUpload)
        try:
            upload.seal()
        finally:
            upload.close()
        upload.path.rename(self._place(digest))

    def put(self, digest: str, data: bytes) -> None:
        """Write a small file aside, then rename it."""
        upload = self.begin("sha256")
        upload.append(data)
        self.commit(upload, digest)

    def has(self, digest: str, size: int) -> bool:
        """Tell whether the file is there, whole."""
        try:
            return self._place(digest).stat().st_size == size
        except OSError:
            return False

    def read(self, digest: str, start: int, stop: int) -> bytes:
        """Read a part of the file."""
        with self._place(digest).open("rb") as file:
            file.seek(start)
            return file.read(stop - start)

    def path(self, digest: str) -> Path | None:
        """Give the file."""
        return self._place(digest)

    def remove(self, digest: str) -> None:
        """Delete the file."""
        self._place(digest).unlink(missing_ok=True)

    def record(self, *changes: IndexChange, durable: bool = False) -> None:
        """Append to the journal, in one write; a durable change brings all before it to the disk."""
        self._journal.write(b"".join(map(_line, changes)))
        self._journal.flush()
        if durable:
            for directory in self._content.values():
                _sync_directory(directory)
            os.fsync(self._journal.fileno())

    def recorded(self) -> Iterator[IndexChange]:
        """Read the journal up to the first torn line, which a crash leaves at the end."""
        self._journal.seek(0)
        for line in self._journal:
            change = _change(line)
            if change is None:
                return
            yield change

    def settle(self, changes: Iterable[IndexChange]) -> None:
        """Write the journal anew with these changes, and drop files that none of them names."""
        kept, fresh = set(), self._root / "journal.new"
        with fresh.open("wb") as journal:
            for change in changes:
                kept.add(change.key)
                journal.write(_line(change))
            journal.flush()
            os.fsync(journal.fileno())
        fresh.rename(self._root / "journal")
        _sync_directory(self._root)
        self._journal.close()
        self._journal = self._open_journal()
        self._sweep(kept)

    def _sweep(self, kept: set[str]) -> None:
        for path in self._uploads.iterdir():
            path.unlink()
        for algorithm, directory in self._content.items():
            for path in directory.iterdir():
                if f"{algorithm}:{path.name}" not in kept:
                    path.unlink()

    def close(self) -> None:
        """Let go of the journal, of uploads and of the directory."""
        for upload in list(self._open):
            upload.close()
        self._journal.close()
        self._lock.close()

    def _place(self, digest: str) -> Path:
        parsed = Digest.parse(digest)
        return self._content[parsed.algorithm] / parsed.encoded


def _line(change: IndexChange) -> bytes:
    return json.dumps([change.verb, change.name, change.key, change.details]).encode() + b"\n"


def _change(line: bytes) -> IndexChange | None:
    if not line.endswith(b"\n"):
        return None
    try:
        verb, name, key, details = json.loads(line)
        return IndexChange(Verb(verb), name, key, details)
    except (ValueError, TypeError):
        return None


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
