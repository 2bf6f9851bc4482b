"""The repository under test as real git commits in a throw-away repository.

The person's own repository is only read: which files git does not ignore, and their content.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pytest_cicache.engines._process import run_tool
from pytest_cicache.errors import EngineError, UsageError

__all__ = ["NewCommit", "SourceStore", "remote_url"]

_ISOLATED = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_AUTHOR_NAME": "octocat",
    "GIT_AUTHOR_EMAIL": "octocat@users.noreply.github.com",
    "GIT_COMMITTER_NAME": "octocat",
    "GIT_COMMITTER_EMAIL": "octocat@users.noreply.github.com",
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


class SourceStore:
    """A bare repository that holds every commit of every simulation of one root.

    `root` is the folder under test, `directory` an empty folder of ours.
    """

    def __init__(self, root: Path, directory: Path) -> None:
        self.root = root
        self.directory = directory
        self._index = directory / "snapshot-index"
        self._batches = itertools.count()
        self._git("init", "--quiet", "--bare", str(directory))

    def snapshot(self, *, at: datetime) -> str:
        """Commit the root's files as they are now, uncommitted edits too; return the commit's sha."""
        names = self._names()
        index = {"GIT_INDEX_FILE": str(self._index), "GIT_WORK_TREE": str(self.root)}
        if names is None:
            self._git("add", "--all", "--", ".", environment=index, directory=self.root)
        else:
            self._update_index(names, index)
        tree = self._git("write-tree", environment=index).decode().strip()
        dates = _dates(at)
        sha = self._git("commit-tree", tree, "-m", "The repository under test", environment=dates)
        return sha.decode().strip()

    def commit(self, commits: Sequence[NewCommit], *, at: datetime) -> tuple[str, ...]:
        """Make the commits in one go and return their shas, in order."""
        reference = f"refs/batches/{next(self._batches)}"
        modes = {path: self._mode(made.parents[0], path) for made in reversed(commits) for path in made.changes}
        stream = b"".join(_fast_import(commits, reference, modes, at))
        answer = self._git("fast-import", "--quiet", "--force", "--date-format=raw", stdin=stream)
        return tuple(answer.decode().split())

    def read(self, sha: str, path: str) -> str | None:
        """Return the text of a file at a commit, `None` where there is none."""
        try:
            return self._git("cat-file", "blob", f"{sha}:{path}").decode("utf-8")
        except EngineError:
            return None
        except UnicodeDecodeError as error:
            message = f"{path} is not UTF-8 text: {error.reason} at byte {error.start}"
            raise UsageError(message) from error

    def paths(self, sha: str) -> frozenset[str]:
        """Return the path of every file at a commit."""
        listing = self._git("ls-tree", "-r", "-z", "--name-only", sha)
        return frozenset(name.decode(errors="surrogateescape") for name in listing.split(b"\0") if name)

    def changed(self, before: str, after: str) -> tuple[str, ...]:
        """Return the paths that differ between two commits, sorted."""
        if before == after:
            return ()
        listing = self._git("diff-tree", "-r", "-z", "--name-only", before, after)
        return tuple(sorted(name.decode(errors="surrogateescape") for name in listing.split(b"\0") if name))

    def check_out(self, sha: str, directory: Path, *, remote: str, branch: str | None, depth: int = 1) -> None:
        """Lay a commit's files into a folder with a `.git` of its own, as actions/checkout leaves it.

        `branch` is checked out by name, `None` leaves the head detached. The history ends at the commit for a
        `depth` of 1; for any other it is whole, which no script tells from a depth that is enough for it.
        """
        git = directory / ".git"
        for folder in ("objects/info", "refs/heads", "refs/remotes/origin"):
            (git / folder).mkdir(parents=True, exist_ok=True)
        (git / "objects/info/alternates").write_text(f"{self.directory / 'objects'}\n")
        (git / "shallow").unlink(missing_ok=True)
        if depth == 1:
            (git / "shallow").write_text(f"{sha}\n")
        (git / "config").write_text(_CONFIG.format(remote=remote))
        if branch is None:
            (git / "HEAD").write_text(f"{sha}\n")
        else:
            for place in ("refs/heads", "refs/remotes/origin"):
                (git / place / branch).parent.mkdir(parents=True, exist_ok=True)
                (git / place / branch).write_text(f"{sha}\n")
            (git / "HEAD").write_text(f"ref: refs/heads/{branch}\n")
        environment = {"GIT_DIR": str(git), "GIT_WORK_TREE": str(directory)}
        self._git("reset", "--hard", "--quiet", sha, environment=environment, directory=directory)

    def _update_index(self, names: bytes, index: Mapping[str, str]) -> None:
        """Make the index hold just these files; unchanged ones are known by their times and not read."""
        if self._index.exists():
            known = set(self._git("ls-files", "-z", "--cached", environment=index, directory=self.root).split(b"\0"))
            gone = b"".join(name + b"\0" for name in sorted(known - set(names.split(b"\0"))))
            if gone:
                remove = ("update-index", "--force-remove", "-z", "--stdin")
                self._git(*remove, environment=index, stdin=gone, directory=self.root)
        self._git("update-index", "--add", "-z", "--stdin", environment=index, stdin=names, directory=self.root)

    def _mode(self, parent: str | int, path: str) -> str:
        """The file mode a changed file keeps; a new one is an ordinary file."""
        if isinstance(parent, int):
            return "100644"
        listed = self._git("ls-tree", parent, "--", path).split()
        return listed[0].decode() if listed else "100644"

    def _names(self) -> bytes | None:
        """NUL-separated paths that git does not ignore, `None` where the root is in no repository."""
        listing = ("-c", "safe.directory=*", "-C", str(self.root), "ls-files", "-z", "--cached", "--others")
        try:
            found = run_tool(("git", *listing, "--exclude-standard"), environment={"GIT_OPTIONAL_LOCKS": "0"})
        except EngineError as error:
            if error.status is None:
                raise
            return None
        present = (name for name in found.split(b"\0") if name and self._is_file(name))
        return b"".join(name + b"\0" for name in dict.fromkeys(present))

    def _is_file(self, name: bytes) -> bool:
        path = self.root / name.decode(errors="surrogateescape")
        return path.is_symlink() or path.is_file()

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


_CONFIG = """[core]
\trepositoryformatversion = 0
\tbare = false
[remote "origin"]
\turl = {remote}
\tfetch = +refs/heads/*:refs/remotes/origin/*
[gc]
\tauto = 0
"""


def _dates(at: datetime) -> dict[str, str]:
    raw = f"{int(at.timestamp())} +0000"
    return {"GIT_AUTHOR_DATE": raw, "GIT_COMMITTER_DATE": raw}


def _fast_import(commits: Sequence[NewCommit], reference: str, modes: Mapping[str, str], at: datetime) -> list[bytes]:
    """The commits as git fast-import's stream; each commit's sha is printed by `get-mark`."""
    who = f"octocat <octocat@users.noreply.github.com> {int(at.timestamp())} +0000"
    parts: list[bytes] = []
    for mark, commit in enumerate(commits, start=1):
        lines = [f"commit {reference}-{mark}", f"mark :{mark}", f"author {who}", f"committer {who}"]
        parts.append("\n".join(lines).encode() + b"\n" + _data(commit.message))
        first, *others = (_name(parent) for parent in commit.parents)
        parts.append(f"from {first}\n".encode())
        parts.extend(f"merge {other}\n".encode() for other in others)
        parts.extend(_change(path, text, modes[path]) for path, text in sorted(commit.changes.items()))
        parts.append(f"\nget-mark :{mark}\n".encode())
    return parts


def _name(parent: str | int) -> str:
    return parent if isinstance(parent, str) else f":{parent + 1}"


def _data(text: str) -> bytes:
    content = text.encode()
    return f"data {len(content)}\n".encode() + content + b"\n"


def _change(path: str, text: str | None, mode: str) -> bytes:
    quoted = '"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if text is None:
        return f"D {quoted}\n".encode()
    return f"M {mode} inline {quoted}\n".encode() + _data(text)


def remote_url(root: Path) -> str | None:
    """The URL of the remote `origin` of a folder that is the top of a git repository, else `None`."""
    if not (root / ".git").exists():
        return None
    try:
        shown = run_tool(("git", "-c", "safe.directory=*", "-C", str(root), "remote", "get-url", "origin"))
    except EngineError:
        return None
    return shown.decode().strip()
