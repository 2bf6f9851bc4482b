"""`hashFiles(…)` over a workspace.

Rules: actions/runner, src/Misc/expressionFunc/hashFiles; its patterns are those of @actions/glob.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from pytest_cicache.globs import GlobRules, translate

__all__ = ["hash_files"]


def hash_files(root: Path, arguments: Iterable[str]) -> str:
    """Return the sha256 over the digests of the matched files below `root`, empty when there are none."""
    lines = [line.strip() for text in arguments for line in text.splitlines()]
    patterns = [line for line in lines if line and not line.startswith(("#", "--"))]
    found = [path for path in _files(root) if _is_wanted(root, path, patterns)]
    if not found:
        return ""
    digests = (hashlib.sha256(path.read_bytes()).digest() for path in found)
    return hashlib.sha256(b"".join(digests)).hexdigest()


def _files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders.sort()
        yield from (Path(folder, name) for name in sorted(names) if Path(folder, name).is_file())


def _is_wanted(root: Path, path: Path, patterns: Iterable[str]) -> bool:
    """Whether the last pattern that matches a file, or a folder it is in, is no exclusion."""
    name = path.relative_to(root).as_posix()
    parts = name.split("/")
    names = ["/".join(parts[:end]) for end in range(len(parts), 0, -1)]
    wanted = False
    for pattern in patterns:
        bare = pattern.lstrip("!")
        if any(_glob(_below(root, bare)).fullmatch(candidate) for candidate in names):
            wanted = (len(pattern) - len(bare)) % 2 == 0
    return wanted


def _below(root: Path, pattern: str) -> str:
    """A pattern relative to the root."""
    return pattern.removeprefix(f"{root}/").removeprefix("./").rstrip("/")


@lru_cache(maxsize=256)
def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern, _ACTIONS_GLOB))


def _character_class(inner: str) -> str:
    escaped = inner.replace("\\", "\\\\")
    return "[" + (f"^{escaped[1:]}" if inner.startswith("!") else escaped) + "]"


_ACTIONS_GLOB = GlobRules(
    escapes=False,
    stars=lambda has_slash, ends: "(?:.*/)?" if has_slash else ".*",
    character_class=_character_class,
)
