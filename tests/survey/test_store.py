"""The records that processes share: each is made by one of them, while the others make others."""

from __future__ import annotations

import fcntl
import hashlib
import json
from pathlib import Path

from pytest_cicache.survey import WorkflowRecord
from pytest_cicache.survey._store import RecordStore


def made(path: str) -> WorkflowRecord:
    return WorkflowRecord(path=path, seed="push")


def refused(path: str) -> WorkflowRecord:
    raise AssertionError(f"{path} was made")


class OtherProcess:
    """Makes one record: it holds its lock until it is done."""

    def __init__(self, folder: Path, path: str) -> None:
        self._path = path
        self._file = folder / f"{hashlib.sha256(path.encode()).hexdigest()[:16]}.json"
        self._lock = self._file.with_suffix(".lock").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def is_done(self) -> None:
        self._file.write_text(json.dumps(WorkflowRecord(path=self._path, seed="schedule").to_data()))
        self._lock.close()


def test_a_record_is_made_once_for_all_processes(tmp_path: Path) -> None:
    """The second store of a folder reads what the first has made."""
    RecordStore(tmp_path).get("a.yml", made)

    assert RecordStore(tmp_path).get("a.yml", refused) == made("a.yml")


def test_without_a_folder_a_record_is_made_once(tmp_path: Path) -> None:
    """For this process."""
    store = RecordStore(None)
    store.get("a.yml", made)

    assert store.get("a.yml", refused, meanwhile=["b.yml"]) == made("a.yml")


def test_while_another_process_makes_a_record_this_one_makes_another(tmp_path: Path) -> None:
    """And takes the one it was asked for as soon as that is there, before a third."""
    other = OtherProcess(tmp_path, "a.yml")
    done = []

    def make(path: str) -> WorkflowRecord:
        done.append(path)
        other.is_done()
        return made(path)

    record = RecordStore(tmp_path).get("a.yml", make, meanwhile=["a.yml", "b.yml", "c.yml"])

    assert record.seed == "schedule"
    assert done == ["b.yml"]


def test_of_several_records_those_first_that_nobody_is_making(tmp_path: Path) -> None:
    """In the order that was asked for."""
    other = OtherProcess(tmp_path, "a.yml")
    done = []

    def make(path: str) -> WorkflowRecord:
        done.append(path)
        if path == "c.yml":
            other.is_done()
        return made(path)

    records = RecordStore(tmp_path).get_all(["a.yml", "b.yml", "c.yml"], make)

    assert [record.path for record in records] == ["a.yml", "b.yml", "c.yml"]
    assert done == ["b.yml", "c.yml"]
