"""JSON and digests exactly as Go writes them, for cache keys equal to BuildKit's."""

from __future__ import annotations

import hashlib
import json

__all__ = ["Json", "go_json", "record_key", "sha256"]

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]

_ESCAPES = {"&": "\\u0026", "<": "\\u003c", ">": "\\u003e", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def go_json(value: Json) -> str:
    """`value` as encoding/json writes a struct: no spaces, given order, HTML characters escaped."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    for character, escape in _ESCAPES.items():
        if character in text:
            text = text.replace(character, escape)
    return text


def sha256(data: bytes | str) -> str:
    """The digest of bytes or of a text's UTF-8 form, as `sha256:<hex>`."""
    raw = data if isinstance(data, bytes) else data.encode("utf-8", "surrogateescape")
    return "sha256:" + hashlib.sha256(raw).hexdigest()


def record_key(key: str, output: int = 0) -> str:
    """The name of a cache record: BuildKit's `rootKey` (solver/cachemanager.go)."""
    return sha256(f"{key}@{output}")
