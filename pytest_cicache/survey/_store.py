"""Records that several processes make and share, each made once: a file and its lock in one folder."""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pytest_cicache.survey._record import WorkflowRecord

__all__ = ["RecordStore"]


class RecordStore:
    """The records of one session; without a folder those of this process alone."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._known: dict[str, WorkflowRecord] = {}

    def get(self, path: str, make: Callable[[str], WorkflowRecord], meanwhile: Iterable[str] = ()) -> WorkflowRecord:
        """The record of a workflow, made here unless another process has made it or is about to.

        While another process makes it, this one makes those of `meanwhile` that nobody else does.
        """
        others = iter(meanwhile)
        while not self._take(path, make, wait=False):
            if not any(self._take(other, make, wait=False) for other in others):
                self._take(path, make, wait=True)
        return self._known[path]

    def get_all(self, paths: Sequence[str], make: Callable[[str], WorkflowRecord]) -> list[WorkflowRecord]:
        """The records of several workflows: those first that no other process is making."""
        return [self.get(path, make, meanwhile=paths) for path in paths]

    def _take(self, path: str, make: Callable[[str], WorkflowRecord], *, wait: bool) -> bool:
        """Whether a record is known now; without waiting it is not where another process is making it."""
        if path not in self._known:
            with self._locked(path, wait=wait) as file:
                if file is not None or self._folder is None:
                    self._known[path] = _read(file) or self._made(path, file, make)
        return path in self._known

    def _made(self, path: str, file: Path | None, make: Callable[[str], WorkflowRecord]) -> WorkflowRecord:
        record = make(path)
        if file is not None:
            file.write_text(json.dumps(record.to_data()), encoding="utf-8")
        return record

    @contextmanager
    def _locked(self, path: str, *, wait: bool) -> Iterator[Path | None]:
        """The file of a record, locked; `None` without a folder, and where another process has the lock."""
        if self._folder is None:
            yield None
            return
        name = hashlib.sha256(path.encode()).hexdigest()[:16]
        with (self._folder / f"{name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield None
                return
            yield self._folder / f"{name}.json"


def _read(file: Path | None) -> WorkflowRecord | None:
    if file is None or not file.exists():
        return None
    return WorkflowRecord.from_data(json.loads(file.read_text(encoding="utf-8")))
