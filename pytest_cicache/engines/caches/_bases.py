"""What a base image is where there is no network: a digest that depends on nothing but its name."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_cicache.buildkit import BaseImage, sha256
from pytest_cicache.oci import Reference

__all__ = ["base_digest"]


def base_digest(image: BaseImage, known: Mapping[str, str]) -> str:
    """The digest of a base image: one that is `known` by one of its names, its own, or one made of its name."""
    reference = Reference.parse(image.reference)
    short = image.reference.removeprefix("docker.io/library/").removeprefix("docker.io/")
    for name in (image.written, image.reference, short, short.removesuffix(":latest")):
        if name in known:
            return known[name]
    if reference.digest is not None:
        return str(reference.digest)
    return sha256(f"base image {image.reference} {image.platform}")
