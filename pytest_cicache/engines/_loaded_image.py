"""An image as a builder hands it over for the job's own image store: configuration and layers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["LayerBlob", "LoadedImage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerBlob:
    """One compressed layer; `read` gives its bytes."""

    digest: str
    size: int
    media_type: str
    read: Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedImage:
    """An image for one platform: its configuration as bytes, and its layers from the bottom up."""

    config: bytes
    layers: tuple[LayerBlob, ...]

    @property
    def id(self) -> str:
        """The image's identifier: the digest of its configuration."""
        return f"sha256:{hashlib.sha256(self.config).hexdigest()}"

    @property
    def described(self) -> dict[str, Any]:
        """The configuration, read."""
        document = json.loads(self.config)
        return document if isinstance(document, dict) else {}
