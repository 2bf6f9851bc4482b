"""Reads a build context's folder as BuildKit's client sends it: without ignored files, owners and times."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from pytest_cicache.buildkit import CONTEXT, BuildPlan, FileEntry, FileTree, file_digest
from pytest_cicache.dockerfile import IgnorePatterns, MatchInfo, read_ignore_file
from pytest_cicache.engines._requests import BuildSources
from pytest_cicache.errors import MissingFileError

__all__ = ["ContextReader", "read_trees"]


def read_trees(
    reader: ContextReader, plan: BuildPlan, sources: BuildSources, linked: Mapping[str, BuildSources], directory: Path
) -> dict[str, FileTree]:
    """The files of every context, by the names that the plan and those it links to give them.

    `linked` are the sources of the builds that a context stands for, by target. Raises MissingFileError in buildx's
    words.
    """
    scope = plan.options.scope
    trees = {scope + CONTEXT: FileTree({})}
    for other, link in plan.links.items():
        trees |= read_trees(reader, link, linked[other], linked, directory)
    if sources.folder is not None:
        trees[scope + CONTEXT] = reader.read(sources.folder, dockerfile=sources.file)
    for name, value in plan.folders.items():
        folder = directory / value
        if not folder.is_dir():
            raise MissingFileError(
                f"failed to build: failed to get build context {name}: stat {value}: no such file or directory"
            )
        trees[scope + name] = reader.read(folder)
    return trees


class ContextReader:
    """Reads folders; the digest of a file is kept for as long as its size and times stay."""

    def __init__(self) -> None:
        self._digests: dict[tuple[int, int, int, int, int, int], str] = {}

    def read(self, folder: Path, *, dockerfile: Path | None = None) -> FileTree:
        """The files of a folder.

        What `<dockerfile>.dockerignore` lists is left out, else what the folder's `.dockerignore` lists.
        """
        patterns = IgnorePatterns(_ignored(folder, dockerfile))
        entries: dict[str, FileEntry] = {}
        self._walk(folder, "", patterns, (), entries)
        return FileTree(entries)

    def _walk(
        self, folder: Path, prefix: str, patterns: IgnorePatterns, above: MatchInfo, entries: dict[str, FileEntry]
    ) -> None:
        with os.scandir(folder) as found:
            children = sorted(found, key=lambda child: child.name)
        for child in children:
            path = f"{prefix}{child.name}"
            ignored, info = patterns.match(path, above)
            status = child.stat(follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                self._folder(Path(child.path), path, status, (patterns, info, ignored), entries)
            elif not ignored and (entry := self._entry(Path(child.path), status)) is not None:
                entries[path] = entry

    def _folder(
        self,
        folder: Path,
        path: str,
        status: os.stat_result,
        ignoring: tuple[IgnorePatterns, MatchInfo, bool],
        entries: dict[str, FileEntry],
    ) -> None:
        patterns, info, ignored = ignoring
        if ignored and not patterns.takes_back:
            return
        inner: dict[str, FileEntry] = {}
        self._walk(folder, f"{path}/", patterns, info, inner)
        if inner or not ignored:
            entries[path] = FileEntry(kind="dir", mode=_mode(status))
            entries.update(inner)

    def _entry(self, path: Path, status: os.stat_result) -> FileEntry | None:
        if stat.S_ISLNK(status.st_mode):
            return FileEntry(kind="link", target=os.readlink(path))
        if not stat.S_ISREG(status.st_mode):
            return None
        mode = _mode(status)
        key = (
            status.st_dev,
            status.st_ino,
            status.st_size,
            status.st_mtime_ns,
            status.st_ctime_ns,
            mode,
        )

        def digest() -> str:
            if key not in self._digests:
                self._digests[key] = file_digest(path.read_bytes(), mode)
            return self._digests[key]

        return FileEntry(kind="file", mode=mode, digest=digest)


def _mode(status: os.stat_result) -> int:
    return stat.S_IMODE(status.st_mode)


def _ignored(folder: Path, dockerfile: Path | None) -> tuple[str, ...]:
    candidates = [] if dockerfile is None else [dockerfile.with_name(f"{dockerfile.name}.dockerignore")]
    for candidate in (*candidates, folder / ".dockerignore"):
        if candidate.is_file():
            return read_ignore_file(candidate.read_text(encoding="utf-8", errors="surrogateescape"))
    return ()
