"""Base images that the simulation itself holds: their identity, and who may pull them.

A base image is part of the key of every step on it, by the digest of its configuration (moby/buildkit,
source/containerimage/pull.go, CacheKey). Images from elsewhere keep a stand-in that depends on their name alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_cicache import errors
from pytest_cicache.buildkit import BaseImage, BuildRequest, ImageConfig, ResolvedImage, plan_build
from pytest_cicache.dockerfile import parse_dockerfile
from pytest_cicache.engines._protocols import BuildPlace, Registries
from pytest_cicache.engines._requests import find_sources, scratch_folder
from pytest_cicache.engines.client import RefusedError
from pytest_cicache.observation import CacheOperation, Operation, Result
from pytest_cicache.oci import Reference

if TYPE_CHECKING:
    from pytest_cicache.engines.images import Registry

__all__ = ["Bases", "pull_bases"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bases:
    """What a build's own bases are: `digests` and `configs` by the reference, normalised and as written; `pulls` of
    them; `error` is BuildKit's line for one that may not be read.
    """

    digests: Mapping[str, str] = field(default_factory=dict)
    configs: Mapping[str, ImageConfig] = field(default_factory=dict)
    pulls: tuple[CacheOperation, ...] = ()
    error: str | None = None


async def pull_bases(request: BuildRequest, place: BuildPlace, registries: Registries) -> Bases:
    """Look up the base images that the simulation's registries hold, with the job's logins."""
    own = [image for image in _images(request, place) if _is_held(image, registries)]
    if not own:
        return Bases()
    # The registry client is heavy, and most builds need none.
    from pytest_cicache.engines.images import Registry

    found: dict[str, ResolvedImage] = {}
    pulls: list[CacheOperation] = []
    async with Registry.open(place.gateway, place.credential) as registry:
        for image in own:
            base, refusal = await _look_up(image, registry)
            shown = None if refusal is None else place.gateway.outward(str(refusal))
            pulls.append(_pull(image, refusal, shown))
            if refusal is not None:
                where = f"{image.written}: failed to resolve source metadata for {image.reference}"
                return Bases(pulls=tuple(pulls), error=f"failed to build: failed to solve: {where}: {shown}")
            found |= {image.reference: base, image.written: base} if base is not None else {}
    digests = {name: base.digest for name, base in found.items()}
    return Bases(digests=digests, configs={name: base.config for name, base in found.items()}, pulls=tuple(pulls))


def _images(request: BuildRequest, place: BuildPlace) -> Iterator[BaseImage]:
    """The images that a build names; none of one that cannot be read, which the builder says best."""
    with suppress(errors.CicacheError), scratch_folder(request, place) as scratch:
        sources = find_sources(request, place, scratch)
        dockerfile = parse_dockerfile(sources.text, path=sources.shown)
        yield from {image.reference: image for image in plan_build(dockerfile, request).images}.values()


def _is_held(image: BaseImage, registries: Registries) -> bool:
    reference = Reference.parse(image.reference)
    return registries.holds(reference.host, reference.image_name)


async def _look_up(image: BaseImage, registry: Registry) -> tuple[ResolvedImage | None, RefusedError | None]:
    """An image by its configuration, `None` for a tag that its package lacks here, and why it may not be read."""
    try:
        content = await registry.of_platform(await registry.find(Reference.parse(image.reference)), image.platform)
        described = await registry.config(content)
        config = ImageConfig.read(described.get("config") or {})
        return ResolvedImage(digest=registry.config_digest(content), config=config), None
    except RefusedError as error:
        return None, None if error.status == 404 else error


def _pull(image: BaseImage, refusal: RefusedError | None, message: str | None) -> CacheOperation:
    return CacheOperation(
        operation=Operation.PULL,
        type="registry",
        reference=image.reference,
        result=Result.OK if refusal is None else Result.DENIED,
        status=200 if refusal is None else refusal.status,
        message=message,
        fatal=refusal is not None,
    )
