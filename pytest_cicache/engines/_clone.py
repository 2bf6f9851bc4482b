"""What git says of a person's folder: its remotes, its branches, and what is checked out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pytest_cicache.engines._process import run_tool
from pytest_cicache.errors import EngineError

__all__ = ["KnownBranches", "head_commit", "known_branches", "remote_url"]

_ORIGIN, _HERE = "refs/remotes/origin/", "refs/heads/"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBranches:
    """Branches that a clone knows: the default branch of `origin`, and which of some names there are, there or here."""

    default: str | None = None
    names: frozenset[str] = frozenset()


def remote_url(root: Path, remote: str = "origin") -> str | None:
    """The URL of a remote of a folder that is the top of a git repository, else `None`."""
    shown = _asked(root, "remote", "get-url", remote) if (root / ".git").exists() else None
    return None if shown is None else shown.strip()


def known_branches(root: Path, names: Iterable[str]) -> KnownBranches:
    """What a folder that is the top of a git repository knows of these branches; nothing in any other folder."""
    wanted = [f"{place}{name}" for name in names for place in (_ORIGIN, _HERE)]
    form = "--format=%(refname) %(symref)"
    shown = _asked(root, "for-each-ref", form, f"{_ORIGIN}HEAD", *wanted) if (root / ".git").exists() else None
    found = dict(line.split(" ", 1) for line in (shown or "").splitlines())
    head = found.pop(f"{_ORIGIN}HEAD", "")
    return KnownBranches(
        default=head.removeprefix(_ORIGIN) or None,
        names=frozenset(name.removeprefix(_ORIGIN).removeprefix(_HERE) for name in found),
    )


def head_commit(root: Path) -> str | None:
    """The commit that is checked out in a folder, with `-dirty` where files differ from it; `None` outside of git."""
    shown = _asked(root, "describe", "--always", "--dirty", "--exclude=*", "--abbrev=40")
    return None if shown is None else shown.strip()


def _asked(root: Path, *words: str) -> str | None:
    try:
        return run_tool(("git", "-c", "safe.directory=*", "-C", str(root), *words)).decode(errors="replace")
    except EngineError:
        return None
