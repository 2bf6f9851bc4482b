"""Descriptors: how one piece of content names another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_cicache import errors
from pytest_cicache.oci._digest import Digest

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Descriptor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """A media type, a digest and a size in bytes, with optional annotations.

    https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md
    """

    media_type: str
    digest: Digest
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict)
    artifact_type: str | None = None

    @classmethod
    def from_data(cls, data: Any) -> Descriptor:
        """Read a descriptor's JSON; raises ReferenceError that names the member at fault."""
        if not isinstance(data, dict):
            raise errors.ReferenceError(f"invalid descriptor: {data!r} is no object")
        media_type, digest, size = data.get("mediaType", ""), data.get("digest"), data.get("size")
        if not isinstance(media_type, str):
            raise errors.ReferenceError(f"invalid descriptor: mediaType {media_type!r} is no string")
        if not isinstance(digest, str):
            raise errors.ReferenceError(f"invalid descriptor: digest {digest!r} is no string")
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise errors.ReferenceError(f"invalid descriptor: size {size!r} is no number of bytes")
        annotations = data.get("annotations")
        if annotations is not None and not isinstance(annotations, dict):
            raise errors.ReferenceError(f"invalid descriptor: annotations {annotations!r} is no object")
        artifact_type = data.get("artifactType")
        return cls(
            media_type=media_type,
            digest=Digest.parse(digest),
            size=size,
            annotations=annotations or {},
            artifact_type=artifact_type if isinstance(artifact_type, str) else None,
        )

    def to_data(self) -> dict[str, Any]:
        """Give the JSON object, members without content left out."""
        data: dict[str, Any] = {"mediaType": self.media_type, "digest": str(self.digest), "size": self.size}
        if self.artifact_type:
            data["artifactType"] = self.artifact_type
        if self.annotations:
            data["annotations"] = dict(self.annotations)
        return data
