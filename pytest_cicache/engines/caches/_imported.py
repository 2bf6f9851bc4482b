"""What an import gives, of whichever type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_cicache.buildkit import CacheStore
from pytest_cicache.oci import BUILDKIT_CACHE_CONFIG, INDEX_TYPES, MANIFEST_TYPES

__all__ = ["ImportedCache", "cache_parts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedCache:
    """How one import ended: the records, or BuildKit's error and the status behind it.

    `refs` are the git refs whose indexes the Actions cache had, `None` for another type.
    """

    reference: str
    shown: str
    store: CacheStore | None = None
    error: str | None = None
    status: int | None = None
    refs: tuple[str, ...] | None = None


def cache_parts(manifest: Mapping[str, Any], media_type: str) -> tuple[list[Any], Mapping[str, Any] | None]:
    """The layers of a cache manifest and the descriptor of its records; `None` for an image's.

    Raises ValueError for another kind of document.
    """
    if media_type in INDEX_TYPES:
        entries = manifest.get("manifests") or []
        return entries, next((entry for entry in entries if entry["mediaType"] == BUILDKIT_CACHE_CONFIG), None)
    if media_type not in MANIFEST_TYPES:
        raise ValueError("unsupported or uninferrable manifest type")
    config = manifest["config"]
    return manifest.get("layers") or [], config if config.get("mediaType") == BUILDKIT_CACHE_CONFIG else None
