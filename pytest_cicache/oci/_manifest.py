"""Manifests and indexes: what they name, so that a registry can check and list them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_cicache import errors
from pytest_cicache.oci._descriptor import Descriptor
from pytest_cicache.oci._media_types import INDEX_TYPES, MANIFEST_TYPES, OCI_INDEX, OCI_MANIFEST

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Manifest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a manifest or an index says of other content.

    `config` and `layers` are an image manifest's, `children` an index's `manifests`; `subject` is the
    manifest it refers to; `artifact_type` is its own or, for want of one, its config's media type.
    """

    media_type: str
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()
    children: tuple[Descriptor, ...] = ()
    subject: Descriptor | None = None
    artifact_type: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, content: bytes, media_type: str | None = None) -> Manifest:
        """Read a manifest sent as `media_type`; raises ReferenceError that says what is wrong with it."""
        data = _object(content)
        kind = _media_type(data, media_type)
        config = data.get("config")
        if kind not in INDEX_TYPES and config is None:
            raise errors.ReferenceError(f"invalid manifest: {kind} has no config")
        subject = data.get("subject")
        parsed_config = None if config is None else Descriptor.from_data(config)
        artifact_type = data.get("artifactType") or (parsed_config.media_type if parsed_config else None)
        annotations = data.get("annotations") or {}
        if not isinstance(annotations, dict):
            raise errors.ReferenceError(f"invalid manifest: annotations {annotations!r} is no object")
        return cls(
            media_type=kind,
            config=parsed_config,
            layers=_descriptors(data, "layers"),
            children=_descriptors(data, "manifests"),
            subject=None if subject is None else Descriptor.from_data(subject),
            artifact_type=artifact_type if isinstance(artifact_type, str) else None,
            annotations=annotations,
        )


def _object(content: bytes) -> dict[str, Any]:
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise errors.ReferenceError(f"invalid manifest: not JSON: {error}") from error
    if not isinstance(data, dict):
        raise errors.ReferenceError("invalid manifest: not a JSON object")
    if data.get("schemaVersion") != 2:
        raise errors.ReferenceError(f"invalid manifest: schemaVersion {data.get('schemaVersion')!r} is not 2")
    return data


def _media_type(data: Mapping[str, Any], sent: str | None) -> str:
    inner = data.get("mediaType")
    if inner is not None and not isinstance(inner, str):
        raise errors.ReferenceError(f"invalid manifest: mediaType {inner!r} is no string")
    if inner and sent and inner != sent:
        raise errors.ReferenceError(f"invalid manifest: sent as {sent!r}, its mediaType is {inner!r}")
    kind = sent or inner or (OCI_INDEX if "manifests" in data else OCI_MANIFEST)
    if kind not in MANIFEST_TYPES:
        known = ", ".join(sorted(MANIFEST_TYPES))
        raise errors.ReferenceError(f"invalid manifest: media type {kind!r} is none of {known}")
    return kind


def _descriptors(data: Mapping[str, Any], member: str) -> tuple[Descriptor, ...]:
    entries = data.get(member)
    if entries is None:
        return ()
    if not isinstance(entries, list):
        raise errors.ReferenceError(f"invalid manifest: {member} {entries!r} is no list")
    return tuple(Descriptor.from_data(entry) for entry in entries)
