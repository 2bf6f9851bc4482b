"""Digests: the content addresses of blobs and manifests."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Protocol

from pytest_cicache import errors

__all__ = ["Digest", "Hasher"]

# https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#digests
_DIGEST = re.compile(r"(?P<algorithm>[a-z0-9]+(?:[+._-][a-z0-9]+)*):(?P<encoded>[a-zA-Z0-9=_-]+)")
_LENGTHS = {"sha256": 64, "sha512": 128}
_HEX = re.compile(r"[0-9a-f]+")


class Hasher(Protocol):
    """A running hash, as hashlib makes them."""

    def update(self, data: bytes, /) -> None:
        """Take more content."""

    def hexdigest(self) -> str:
        """Give the hash of what was taken so far."""


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """The address of content by its hash: `sha256:<64 hex>` or `sha512:<128 hex>`."""

    algorithm: str
    encoded: str

    @classmethod
    def parse(cls, text: str) -> Digest:
        """Read a digest; raises ReferenceError with the docker tools' words for a malformed one."""
        found = _DIGEST.fullmatch(text)
        if found is None:
            raise errors.ReferenceError(f"invalid checksum digest format: {text!r}")
        algorithm, encoded = found["algorithm"], found["encoded"]
        if algorithm not in _LENGTHS:
            supported = ", ".join(sorted(_LENGTHS))
            raise errors.ReferenceError(f"unsupported digest algorithm: {algorithm!r} is none of {supported}")
        if len(encoded) != _LENGTHS[algorithm]:
            raise errors.ReferenceError(f"invalid checksum digest length: {text!r}")
        if _HEX.fullmatch(encoded) is None:
            raise errors.ReferenceError(f"invalid checksum digest format: {text!r}")
        return cls(algorithm, encoded)

    @classmethod
    def of(cls, content: bytes, algorithm: str = "sha256") -> Digest:
        """Give the digest of some content."""
        return cls(algorithm, hashlib.new(algorithm, content).hexdigest())

    @staticmethod
    def hasher(algorithm: str = "sha256") -> Hasher:
        """Give a running hash whose `hexdigest()` is the encoded part."""
        return hashlib.new(algorithm)

    def matches(self, content: bytes) -> bool:
        """Tell whether the content is what this digest names."""
        return hashlib.new(self.algorithm, content).hexdigest() == self.encoded

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.encoded}"
