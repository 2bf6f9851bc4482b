"""Digests and the names of cache records, as BuildKit makes them."""

from __future__ import annotations

import hashlib

__all__ = ["record_key", "sha256"]


def sha256(data: bytes | str) -> str:
    """The digest of bytes or of a text's UTF-8 form, as `sha256:<hex>`."""
    raw = data if isinstance(data, bytes) else data.encode("utf-8", "surrogateescape")
    return "sha256:" + hashlib.sha256(raw).hexdigest()


def record_key(key: str, output: int = 0) -> str:
    """The name of a cache record: BuildKit's `rootKey` (solver/cachemanager.go)."""
    return sha256(f"{key}@{output}")
