"""The repository under test as real git commits in a throw-away repository.

The person's own repository is only read: which files git does not ignore, and their content.
"""

from __future__ import annotations

import os
import posixpath
import shutil
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pytest_cicache.engines._git_checkout import changes_content, lay_out
from pytest_cicache.engines._git_objects import LINK, TREE, GitObjects
from pytest_cicache.engines._process import run_tool
from pytest_cicache.errors import EngineError, UsageError

__all__ = ["CommitFacts", "NewCommit", "SourceStore"]

Stamp = tuple[int, ...]
_TICK = 100_000_000
_ISOLATED = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCommit:
    """A commit to make: its parents, and the files it changes on top of the first one.

    A parent is a sha, or the index of an earlier commit of the same batch; a file of `None` is deleted.
    """

    parents: tuple[str | int, ...]
    message: str
    changes: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitFacts:
    """What a commit says of itself; `seconds` are those since 1970."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: str
    seconds: int
    message: str


class SourceStore:
    """A bare repository that holds every commit of every simulation of one root.

    `root` is the folder under test, `directory` an empty folder of ours.
    """

    def __init__(self, root: Path, directory: Path) -> None:
        self.root = root
        self.directory = directory
        self._index = directory / "snapshot-index"
        self._unreadable: frozenset[str] = frozenset()
        self._taken: tuple[Mapping[bytes, Stamp] | None, str] | None = None
        self._objects = GitObjects(directory / "objects", self._unpack)
        _begin(directory)

    def snapshot(self, *, at: datetime) -> str:
        """Commit the root's files as they are now, uncommitted edits too; return the commit's sha."""
        now = time.time_ns()
        stamps = self._stamps()
        if stamps is None or self._taken is None or self._taken[0] != stamps:
            tree = self._take(None if stamps is None else b"".join(name + b"\0" for name in stamps))
            # A file may change once more in the tick of the clock in which it has just changed.
            is_settled = stamps is not None and all(now - stamp[-1] > _TICK for stamp in stamps.values())
            self._taken = (stamps, tree) if is_settled else None
        else:
            tree = self._taken[1]
        return self._objects.commit(tree, (), "The repository under test\n", who=_who(at))

    def _take(self, names: bytes | None) -> str:
        """Make a tree of the files that can be read; return its sha."""
        index = {"GIT_INDEX_FILE": str(self._index), "GIT_WORK_TREE": str(self.root)}
        try:
            self._take_in(names, index)
        except EngineError:
            self._unreadable = frozenset(self._not_readable(names))
            if not self._unreadable:
                raise
            self._take_in(names, index)
        return self._git("write-tree", environment=index).decode().strip()

    def commit(self, commits: Sequence[NewCommit], *, at: datetime) -> tuple[str, ...]:
        """Make the commits in order and return their shas."""
        made: list[str] = []
        for commit in commits:
            parents = [made[parent] if isinstance(parent, int) else parent for parent in commit.parents]
            tree = self._objects.edit(self._objects.tree_of(parents[0]), commit.changes)
            made.append(self._objects.commit(tree, parents, commit.message, who=_who(at)))
        return tuple(made)

    def read(self, sha: str, path: str) -> str | None:
        """Return the text of a file at a commit, `None` where there is none."""
        entry = self._objects.find(self._objects.tree_of(sha), path)
        if entry is None and path in self._unreadable:
            raise UsageError(f"{path} cannot be read: Permission denied")
        if entry is None or entry.mode == TREE:
            return None
        try:
            text = self._objects.read("blob", entry.sha).decode("utf-8")
            return self._behind_link(sha, path, text) if entry.mode == LINK else text
        except UnicodeDecodeError as error:
            message = f"{path} is not UTF-8 text: {error.reason} at byte {error.start}"
            raise UsageError(message) from error

    def content(self, sha: str, path: str) -> bytes | None:
        """Return the bytes of a file at a commit, `None` where there is none."""
        entry = self._objects.find(self._objects.tree_of(sha), path)
        return None if entry is None or entry.mode == TREE else self._objects.read("blob", entry.sha)

    def describe(self, sha: str) -> CommitFacts:
        """Return what a commit says of itself."""
        head, _, message = self._objects.read("commit", sha).decode(errors="replace").partition("\n\n")
        lines = [line.split(" ", 1) for line in head.splitlines()]
        author = next(text for kind, text in lines if kind == "author")
        return CommitFacts(
            sha=sha,
            tree=lines[0][1],
            parents=tuple(text for kind, text in lines if kind == "parent"),
            author=author.partition(" <")[0],
            seconds=int(author.split()[-2]),
            message=message,
        )

    def paths(self, sha: str) -> frozenset[str]:
        """Return the path of every file at a commit, and of those of the root that cannot be read."""
        return self._unreadable.union(_text(path) for path, _ in self._objects.files(self._objects.tree_of(sha)))

    def _behind_link(self, sha: str, path: str, target: str) -> str:
        """The text of the file a link leads to; raises UsageError when there is none."""
        place = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        entry = self._objects.find(self._objects.tree_of(sha), place)
        if entry is None or entry.mode in (TREE, LINK):
            raise UsageError(f"{path} is a link to '{target}', which is not there")
        return self._objects.read("blob", entry.sha).decode("utf-8")

    def changed(self, before: str, after: str) -> tuple[str, ...]:
        """Return the paths that differ between two commits, sorted."""
        found = self._objects.changed(self._objects.tree_of(before), self._objects.tree_of(after))
        return tuple(sorted(set(map(_text, found))))

    def check_out(
        self,
        sha: str,
        directory: Path,
        *,
        remote: str,
        branch: str | None,
        depth: int = 1,
        tags: bool = False,
        name: str | None = None,
        config: str = "",
    ) -> None:
        """Lay a commit's files into a folder with a `.git` of its own, as actions/checkout leaves it.

        `name` is what the commit is called there, by a replacement of git's where it is not its own name.
        `branch` is checked out by name, `None` leaves the head detached. The history ends at the commit for a
        `depth` of 1; for any other it is whole, which no script tells from a depth that is enough for it. `config` is
        what else its configuration says.
        """
        git = directory / ".git"
        for folder in ("objects/info", "refs/heads"):
            (git / folder).mkdir(parents=True, exist_ok=True)
        (git / "objects/info/alternates").write_text(f"{self.directory / 'objects'}\n")
        (git / "shallow").unlink(missing_ok=True)
        if depth == 1:
            (git / "shallow").write_text(f"{sha}\n")
        history = "" if depth == 1 and not tags else _WHOLE_HISTORY
        (git / "config").write_text(_CONFIG.format(remote=remote) + history + config)
        shown = name or sha
        if shown != sha:
            (git / "refs/replace").mkdir(parents=True, exist_ok=True)
            (git / "refs/replace" / shown).write_text(f"{sha}\n")
        if branch is None:
            (git / "HEAD").write_text(f"{shown}\n")
        else:
            for place in ("refs/heads", "refs/remotes/origin"):
                (git / place / branch).parent.mkdir(parents=True, exist_ok=True)
                (git / place / branch).write_text(f"{shown}\n")
            (git / "HEAD").write_text(f"ref: refs/heads/{branch}\n")
        tree = self._objects.tree_of(sha)
        if not (git / "index").exists() and not changes_content(self._objects, tree):
            lay_out(self._objects, tree, directory, git / "index")
            return
        environment = {"GIT_DIR": str(git), "GIT_WORK_TREE": str(directory)}
        self._git("reset", "--hard", "--quiet", shown, environment=environment, directory=directory)

    def serve(self, directory: Path, refs: Mapping[str, str], *, head: str) -> None:
        """Make a folder the bare repository that git fetches from and pushes to: these refs, on every commit made."""
        directory.mkdir(exist_ok=True)
        if not (directory / "objects").exists():
            # What is pushed is stored where every commit is.
            (directory / "objects").symlink_to(self.directory / "objects")
            (directory / "config").write_text(_SERVED)
        shutil.rmtree(directory / "refs", ignore_errors=True)
        (directory / "refs").mkdir()
        (directory / "HEAD").write_text(f"ref: {head}\n")
        lines = "".join(f"{sha} {name}\n" for name, sha in sorted(refs.items()))
        (directory / "packed-refs").write_text(f"# pack-refs with: sorted \n{lines}")

    def served(self, directory: Path) -> dict[str, str]:
        """Return the refs of a repository that was served, as pushes have left them."""
        environment = {"GIT_DIR": str(directory)}
        listed = self._git("for-each-ref", "--format=%(objectname) %(refname)", environment=environment)
        pairs = (line.split(" ", 1) for line in listed.decode(errors="surrogateescape").splitlines())
        return {name: sha for sha, name in pairs}

    def _unpack(self, kind: str, sha: str) -> bytes:
        return self._git("cat-file", kind, sha)

    def _update_index(self, names: bytes, index: Mapping[str, str]) -> None:
        """Make the index hold just these files; unchanged ones are known by their times and not read."""
        if self._index.exists():
            known = set(self._git("ls-files", "-z", "--cached", environment=index, directory=self.root).split(b"\0"))
            gone = b"".join(name + b"\0" for name in sorted(known - set(names.split(b"\0"))))
            if gone:
                remove = ("update-index", "--force-remove", "-z", "--stdin")
                self._git(*remove, environment=index, stdin=gone, directory=self.root)
        self._git("update-index", "--add", "-z", "--stdin", environment=index, stdin=names, directory=self.root)

    def _take_in(self, names: bytes | None, index: Mapping[str, str]) -> None:
        """Bring the index up to date with the files that can be read."""
        if names is None:
            left_out = (f":(exclude,literal){path}" for path in sorted(self._unreadable))
            self._git("add", "--all", "--", ".", *left_out, environment=index, directory=self.root)
            return
        kept = (name for name in names.split(b"\0") if name and _text(name) not in self._unreadable)
        self._update_index(b"".join(name + b"\0" for name in kept), index)

    def _not_readable(self, names: bytes | None) -> Iterator[str]:
        """The paths of the files that whoever runs this may not read."""
        every = (path.relative_to(self.root).as_posix() for path in self.root.rglob("*"))
        for name in every if names is None else map(_text, filter(None, names.split(b"\0"))):
            path = self.root / name
            if path.is_file() and not path.is_symlink() and not _may_read(path):
                yield name

    def _stamps(self) -> dict[bytes, Stamp] | None:
        """The files that git does not ignore with what tells whether they changed, `None` where there is no git."""
        listing = ("-c", "safe.directory=*", "-C", str(self.root), "ls-files", "-z", "--cached", "--others")
        try:
            found = run_tool(("git", *listing, "--exclude-standard"), environment={"GIT_OPTIONAL_LOCKS": "0"})
        except EngineError as error:
            if error.status is None:
                raise
            return None
        stamped = ((name, _stamp(os.path.join(os.fsencode(self.root), name))) for name in found.split(b"\0") if name)
        return {name: stamp for name, stamp in stamped if stamp is not None}

    def _git(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        directory: Path | None = None,
    ) -> bytes:
        return run_tool(
            ("git", *arguments),
            directory=directory or self.directory,
            environment={"GIT_DIR": str(self.directory), **_ISOLATED, **(environment or {})},
            stdin=stdin,
        )


def _stamp(path: bytes) -> Stamp | None:
    """What changes with a file or link; `None` for all else."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISLNK(found.st_mode):
        return None
    return found.st_mode, found.st_size, found.st_ino, found.st_mtime_ns, found.st_ctime_ns


def _begin(directory: Path) -> None:
    """Make a folder a bare repository, as `git init` without its templates (gitrepository-layout(5))."""
    (directory / "objects").mkdir()
    (directory / "refs").mkdir()
    (directory / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
    (directory / "HEAD").write_text("ref: refs/heads/main\n")


_CONFIG = """[core]
\trepositoryformatversion = 0
\tbare = false
[remote "origin"]
\turl = {remote}
\tfetch = +refs/heads/*:refs/remotes/origin/*
[gc]
\tauto = 0
"""
# Tells our git command that the script was given the tags and the past of the real repository.
_WHOLE_HISTORY = "[cicache]\n\thistory = whole\n"


_SERVED = """[core]
\trepositoryformatversion = 0
\tbare = true
[receive]
\tunpackLimit = 1000000
\tautogc = false
[uploadpack]
\tallowAnySHA1InWant = true
\tallowFilter = true
"""


def _who(at: datetime) -> str:
    """Who made a commit and when, as git writes it."""
    return f"octocat <octocat@users.noreply.github.com> {int(at.timestamp())} +0000"


def _may_read(path: Path) -> bool:
    return os.access(path, os.R_OK, effective_ids=os.access in os.supports_effective_ids)


def _text(path: bytes) -> str:
    return path.decode(errors="surrogateescape")
