"""Digests of the files a COPY selects, by BuildKit's rules: content and mode, no name, no time.

Follows the facts of cache/contenthash (v0.34.2): a tarsum-like header before the bytes of a file, a folder as
its sorted names with their digests.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_cicache.buildkit._keys import sha256
from pytest_cicache.dockerfile import IgnorePatterns, MatchInfo, has_wildcards, match_path

__all__ = ["FileEntry", "FileTree", "MissingPathError", "PathSelection", "file_digest"]

_LINK_LIMIT = 255
_EMPTY = sha256(b"")


class MissingPathError(LookupError):
    """A selected path is not there; the argument is the path with a leading slash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathSelection:
    """What one source of a COPY or a mount takes: a path, perhaps with wildcards, and filters below it."""

    path: str
    wildcard: bool = False
    follow: bool = True
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    required: tuple[str, ...] = ()

    @property
    def filtered(self) -> bool:
        """Whether files are picked one by one."""
        return self.wildcard or bool(self.include) or bool(self.exclude)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """A `file`, a folder (`dir`) or a symbolic `link` of a tree; `digest` reads a file's digest."""

    kind: str
    mode: int = 0o644
    target: str = ""
    owner: tuple[int, int] = (0, 0)
    digest: Callable[[], str] = lambda: _EMPTY


def _header(mode: int, size: int, type_flag: int, target: str = "", owner: tuple[int, int] = (0, 0)) -> bytes:
    user, group = owner
    text = f"namemode{mode}uid{user}gid{group}size{size}typeflag{type_flag}linkname{target}unamegnamedevmajor0devminor0"
    return text.encode("utf-8", "surrogateescape")


def file_digest(data: bytes, mode: int = 0o644) -> str:
    """The digest of a regular file."""
    return sha256(_header(mode, len(data), 0) + data)


class FileTree:
    """The files of a build context or of an inline document, by path without leading slash.

    The top itself is the entry `""`; a context has none, since the client does not send it.
    """

    def __init__(self, entries: Mapping[str, FileEntry]) -> None:
        self._entries = dict(entries)
        self._children: dict[str, list[str]] = {"": []}
        for path in sorted(entries, key=lambda path: path.encode("utf-8", "surrogateescape")):
            folder, _, name = path.rpartition("/")
            if name:
                self._children.setdefault(folder, []).append(name)
        self._digests: dict[str, str] = {}

    @property
    def entries(self) -> Mapping[str, FileEntry]:
        """What was put in."""
        return self._entries

    def content(self, selections: Sequence[PathSelection]) -> str:
        """The digest of everything selected. Raises MissingPathError."""
        chosen = selections or (PathSelection(path="/"),)
        return sha256("\0".join(self._selected(selection) for selection in chosen))

    def files(self, selections: Sequence[PathSelection]) -> dict[str, tuple[str, int]]:
        """The digest and mode of every file and link that is selected, by its path. Raises MissingPathError."""
        found: dict[str, tuple[str, int]] = {}
        for selection in selections or (PathSelection(path="/"),):
            for path in self._taken(selection):
                entry = self._entries.get(path)
                if entry is not None and entry.kind != "dir":
                    found[path] = (self._digest(path), entry.mode)
        return found

    def _taken(self, selection: PathSelection) -> Iterator[str]:
        path = _clean(selection.path)
        if selection.filtered:
            yield from (shown.strip("/") for shown, _ in self._included(path, selection))
            return
        top = self._resolve(path, follow=selection.follow)
        yield from (name for name in self._entries if not top or name == top or name.startswith(f"{top}/"))

    def _selected(self, selection: PathSelection) -> str:
        path = _clean(selection.path)
        if not selection.filtered:
            return self._digest(self._resolve(path, follow=selection.follow))
        return self._listed(path, selection)

    def _entry(self, path: str) -> FileEntry:
        return self._entries.get("", FileEntry(kind="dir")) if path == "" else self._entries[path]

    def _digest(self, path: str) -> str:
        if path not in self._digests:
            entry = self._entry(path)
            self._digests[path] = self._folder(path) if entry.kind == "dir" else self._own(path)
        return self._digests[path]

    def _own(self, path: str) -> str:
        """The digest of the entry alone: a file, a link, a folder's header."""
        if path == "" and "" not in self._entries:
            return _EMPTY
        entry = self._entries[path]
        if entry.kind == "dir":
            return sha256(_header(entry.mode, 0, 5, owner=entry.owner))
        if entry.kind == "link":
            return sha256(_header(0o777, 0, 2, entry.target))
        return entry.digest()

    def _folder(self, path: str) -> str:
        running = hashlib.sha256(b"\0" + self._own(path).encode())
        prefix = f"{path}/" if path else ""
        for name in self._children.get(path, ()):
            raw = name.encode("utf-8", "surrogateescape")
            running.update(b"\0" + raw + self._digest(prefix + name).encode())
        return "sha256:" + running.hexdigest()

    def _resolve(self, path: str, *, follow: bool) -> str:
        """Follow links in every part of the path, in the last one only when asked."""
        done, rest, links = "", [part for part in path.split("/") if part], 0
        while rest:
            part = rest.pop(0)
            if part == "..":
                done = done.rpartition("/")[0]
                continue
            here = f"{done}/{part}" if done else part
            entry = self._entries.get(here)
            if entry is None:
                raise MissingPathError("/" + path)
            if entry.kind != "link" or (not rest and not follow):
                done = here
                continue
            links += 1
            if links > _LINK_LIMIT:
                raise MissingPathError("/" + path)
            done = "" if entry.target.startswith("/") else done
            rest = [name for name in entry.target.split("/") if name not in {"", "."}] + rest
        return done

    def _listed(self, path: str, selection: PathSelection) -> str:
        found = list(self._included(path, selection))
        for needed in selection.required:
            if not any(shown.startswith(needed) for shown, _ in found):
                raise MissingPathError(needed)
        if not found:
            return _EMPTY
        if len(found) == 1 and posixpath.basename(path) == posixpath.basename(found[0][0]):
            return found[0][1]
        prefix = "/" + _before_wildcards(path) if selection.wildcard else "/" + path
        prefix = "" if prefix == "/" else prefix
        running = hashlib.sha256()
        for shown, digest in found:
            key = shown.removeprefix(prefix).encode("utf-8", "surrogateescape").replace(b"/", b"\0")
            running.update((key or b"\0") + digest.encode())
        return "sha256:" + running.hexdigest()

    def _included(self, path: str, selection: PathSelection) -> Iterator[tuple[str, str]]:
        base = _before_wildcards(path) if selection.wildcard else path
        try:
            start = self._resolve(base, follow=selection.wildcard and base != path) if base else ""
        except MissingPathError:
            if selection.wildcard:
                return
            raise
        walk = _Walk(_Picker(selection), match_path(path) if selection.wildcard else None)
        yield from self._walk(start, base, walk, _FolderEntry())

    def _walk(self, real: str, shown: str, walk: _Walk, parent: _FolderEntry) -> Iterator[tuple[str, str]]:
        is_folder = self._entry(real).kind == "dir"
        root = parent.root if parent.root is not None else walk.root(shown)
        if root is None:
            if is_folder:
                yield from self._below(real, shown, walk, parent)
            return
        taken, infos = walk.picker.takes(shown.removeprefix(root).lstrip("/"), parent.infos)
        if is_folder:
            folder = _FolderEntry(root=root, infos=infos, above=parent, header=self._header(real, shown))
            if taken:
                yield from folder.release()
            yield from self._below(real, shown, walk, folder)
        elif taken:
            yield from parent.release()
            top = parent.root is None and walk.picker.selection.follow
            yield "/" + shown, self._linked(real) if top else self._own(real)

    def _header(self, real: str, shown: str) -> tuple[str, str] | None:
        """A folder's entry in a list; the top of the tree has none."""
        return ("/" + shown, self._own(real)) if shown else None

    def _linked(self, real: str) -> str:
        if self._entries[real].kind == "link":
            return self._digest(self._resolve(real, follow=True))
        return self._own(real)

    def _below(self, real: str, shown: str, walk: _Walk, parent: _FolderEntry) -> Iterator[tuple[str, str]]:
        for name in self._children.get(real, ()):
            inner = f"{real}/{name}" if real else name
            yield from self._walk(inner, f"{shown}/{name}" if shown else name, walk, parent)


class _FolderEntry:
    """A folder on the way down: its header is listed once something in it is."""

    def __init__(
        self,
        *,
        root: str | None = None,
        infos: tuple[MatchInfo, MatchInfo] = ((), ()),
        above: _FolderEntry | None = None,
        header: tuple[str, str] | None = None,
    ) -> None:
        self.root = root
        self.infos = infos
        self.above = above
        self.header = header

    def release(self) -> Iterator[tuple[str, str]]:
        if self.above is not None:
            yield from self.above.release()
        if self.header is not None:
            yield self.header
            self.header = None


class _Picker:
    """The include and exclude patterns of one selection."""

    def __init__(self, selection: PathSelection) -> None:
        self.selection = selection
        self._include = IgnorePatterns(selection.include) if selection.include else None
        self._exclude = IgnorePatterns(selection.exclude) if selection.exclude else None

    def takes(self, relative: str, above: tuple[MatchInfo, MatchInfo]) -> tuple[bool, tuple[MatchInfo, MatchInfo]]:
        included: MatchInfo = ()
        excluded: MatchInfo = ()
        if self._include is not None:
            wanted, included = self._include.match(relative, above[0])
            if not wanted:
                return False, (included, above[1])
        if self._exclude is not None:
            unwanted, excluded = self._exclude.match(relative, above[1])
            if unwanted:
                return False, (included, excluded)
        return True, (included, excluded)


@dataclass(frozen=True, slots=True)
class _Walk:
    """What one walk looks for: a pattern to find the top, and the filters below it."""

    picker: _Picker
    expression: re.Pattern[str] | None

    def root(self, shown: str) -> str | None:
        """The path itself when the selection begins here."""
        return shown if self.expression is None or self.expression.match(shown) else None


def _clean(path: str) -> str:
    return posixpath.normpath("/" + path).strip("/")


def _before_wildcards(path: str) -> str:
    parts = []
    for part in path.split("/"):
        if has_wildcards(part):
            break
        parts.append(part)
    return "/".join(parts)
