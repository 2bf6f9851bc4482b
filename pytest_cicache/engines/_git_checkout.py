"""Lays the files of a commit out, with an index that git takes for its own.

Format: gitformat-index(5), version 2.
"""

from __future__ import annotations

import hashlib
import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path

from pytest_cicache.engines._git_objects import GitObjects, TreeEntry

__all__ = ["changes_content", "lay_out"]

_LINK, _SUBMODULE = "120000", "160000"
_CONVERTS = re.compile(rb"eol=crlf|\bcrlf\b|\bident\b|working-tree-encoding")
_LONGEST_NAME = 0xFFF


def changes_content(objects: GitObjects, tree: str) -> bool:
    """Whether attributes make git write other bytes than it has stored."""
    attributes = (entry for path, entry in objects.files(tree) if path.rpartition(b"/")[2] == b".gitattributes")
    return any(_CONVERTS.search(objects.read("blob", entry.sha)) for entry in attributes)


def lay_out(objects: GitObjects, tree: str, directory: Path, index: Path) -> None:
    """Write every file of a tree below `directory`, which has none of them, and the index that tells of them."""
    rows = list(_written(objects, tree, os.fsencode(directory)))
    content = b"DIRC" + struct.pack(">II", 2, len(rows)) + b"".join(rows)
    index.write_bytes(content + hashlib.sha1(content, usedforsecurity=False).digest())


def _written(objects: GitObjects, tree: str, root: bytes) -> Iterator[bytes]:
    folders = {root}
    for path, entry in objects.files(tree):
        place = root + b"/" + path
        _make_folder(os.path.dirname(place), folders)
        if entry.mode == _LINK:
            os.symlink(objects.read("blob", entry.sha), place)
        elif entry.mode == _SUBMODULE:
            _make_folder(place, folders)
        else:
            _write(place, objects.read("blob", entry.sha), 0o755 if entry.mode == "100755" else 0o644)
        yield _row(path, entry, os.lstat(place))


def _make_folder(folder: bytes, known: set[bytes]) -> None:
    if folder in known:
        return
    _make_folder(os.path.dirname(folder), known)
    known.add(folder)
    try:
        os.mkdir(folder)
        os.chmod(folder, 0o755)  # noqa: S103 - as on a hosted runner
    except FileExistsError:
        return


def _write(place: bytes, content: bytes, mode: int) -> None:
    file = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        os.fchmod(file, mode)
        with open(file, "wb", closefd=False) as stream:
            stream.write(content)
    finally:
        os.close(file)


def _row(path: bytes, entry: TreeEntry, found: os.stat_result) -> bytes:
    """One entry of an index; numbers are cut to 32 bits as git cuts them."""
    times = [part for moment in (found.st_ctime_ns, found.st_mtime_ns) for part in divmod(moment, 10**9)]
    mode = int(entry.mode, 8)
    facts = [*times, found.st_dev, found.st_ino, mode, found.st_uid, found.st_gid, found.st_size]
    row = struct.pack(">10I", *(number & 0xFFFFFFFF for number in facts)) + bytes.fromhex(entry.sha)
    row += struct.pack(">H", min(len(path), _LONGEST_NAME)) + path
    return row + b"\0" * (8 - len(row) % 8)
