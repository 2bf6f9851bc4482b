"""What a base image is where there is no network: one that the simulation holds, or a digest made of its name."""

from __future__ import annotations

from pytest_cicache.buildkit import BaseImage, ImageConfig, ResolvedImage, sha256
from pytest_cicache.engines._protocols import BuildPlace
from pytest_cicache.oci import Reference

__all__ = ["known_base"]


def known_base(image: BaseImage, place: BuildPlace) -> ResolvedImage:
    """What the build's place tells of a base image by one of its names; else its own digest, or one of its name."""
    reference = Reference.parse(image.reference)
    short = image.reference.removeprefix("docker.io/library/").removeprefix("docker.io/")
    names = (image.written, image.reference, short, short.removesuffix(":latest"))
    config = next((place.base_configs[name] for name in names if name in place.base_configs), ImageConfig())
    for name in names:
        if name in place.base_digests:
            return ResolvedImage(digest=place.base_digests[name], config=config)
    if reference.digest is not None:
        return ResolvedImage(digest=str(reference.digest), config=config)
    return ResolvedImage(digest=sha256(f"base image {image.reference} {image.platform}"), config=config)
