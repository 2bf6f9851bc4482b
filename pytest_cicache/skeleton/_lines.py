"""The lines of a skeleton, and the digests in them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_cicache.dockerfile import Copy, Mount
    from pytest_cicache.skeleton._scope import StageScope

__all__ = ["OURS", "copy_flags", "copy_lines", "digest_of", "here_lines", "mount_key", "stage_name"]

OURS = ".cicache"
"""The folder in every stage that holds what stands for images and commands."""

_END = "CICACHE"


def stage_name(number: int) -> str:
    """The skeleton's name of the n-th stage of the Dockerfile."""
    return f"cicache-s{number}"


def here_lines(path: str, lines: list[str]) -> list[str]:
    """A file of these lines, in which BuildKit replaces variables."""
    return [f"COPY <<{_END} {path}", *lines, _END]


def digest_of(*parts: object) -> str:
    """A digest of values that have a stable repr."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def mount_key(mount: Mount) -> tuple[object, ...]:
    """What of a mount is in a RUN's key: not where its content comes from, which counts by itself."""
    identity = mount.id or {"cache": mount.target, "secret": mount.source}.get(mount.type, "")
    options = (mount.sharing or 0, mount.required, mount.size, mount.mode, mount.uid, mount.gid, mount.env)
    return mount.type, mount.target, mount.is_readonly, identity, *options


def copy_flags(copy: Copy, scope: StageScope) -> str:
    """A copy's flags but `--from`, each followed by a space."""
    values = {"chown": _numeric(scope.expand(copy.chown)), "chmod": copy.chmod}
    words = [f"--{name}={value}" for name, value in values.items() if value]
    words += [f"--{name}" for name in ("link", "parents") if getattr(copy, name)]
    words += [f"--exclude={pattern}" for pattern in copy.excludes]
    if copy.unpack is not None:
        words.append(f"--unpack={str(copy.unpack).lower()}")
    return "".join(f"{word} " for word in words)


def _numeric(owner: str) -> str:
    """An owner as numbers: no base image is there whose /etc/passwd could resolve a name."""
    numbers = (word if word.isdigit() else str(70000 + int(digest_of(word)[:6], 16)) for word in owner.split(":"))
    return ":".join(numbers) if owner else ""


def copy_lines(copy: Copy, *, flags: str, sources: Sequence[str]) -> list[str]:
    """A copy with other flags and sources."""
    keyword = "ADD" if copy.is_add else "COPY"
    if not copy.contents:
        return [f"{keyword} {flags}{json.dumps([*sources, copy.destination])}"]
    names = [f"<<{item.name}" if item.expand else f'<<"{item.name}"' for item in copy.contents]
    lines = [f"{keyword} {flags}{' '.join([*sources, *names, copy.destination])}"]
    return [*lines, *(line for item in copy.contents for line in (*item.content.splitlines(), item.name))]
