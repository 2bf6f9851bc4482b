"""What the image store of the runner's Docker decides: multi-platform loads, and what the docker driver can do.

GitHub's hosted runners have the classic store; `features.containerd-snapshotter` in the daemon's configuration turns
the containerd store on, which a new Docker 29 has by itself.

Sources: docker/buildx v0.29, build/opt.go (toSolveOpt) and build/build.go;
https://docs.docker.com/engine/storage/containerd/.
"""

from __future__ import annotations

from enum import StrEnum

from pytest_cicache.buildkit import BuildRequest
from pytest_cicache.buildx._exports import exports_of

__all__ = ["NO_CACHE_EXPORT", "ImageStore", "refused_by_store"]

NO_CACHE_EXPORT = (
    "ERROR: failed to build: Cache export is not supported for the docker driver.\n"
    "Switch to a different driver, or turn on the containerd image store, and try again.\n"
    "Learn more at https://docs.docker.com/go/build-cache-backends/"
)
_NO_PLATFORMS = (
    "ERROR: failed to build: Multi-platform build is not supported for the docker driver.\n"
    "Switch to a different driver, or turn on the containerd image store, and try again.\n"
    "Learn more at https://docs.docker.com/go/build-multi-platform/"
)
_NO_LISTS = "ERROR: failed to build: docker exporter does not currently support exporting manifest lists"
_NO_LIST_FILES = (
    "ERROR: failed to build: docker exporter does not support exporting manifest lists, use the oci exporter instead"
)


class ImageStore(StrEnum):
    """Where Docker keeps its images."""

    CLASSIC = "classic"
    CONTAINERD = "containerd"


def refused_by_store(request: BuildRequest, driver: str, store: ImageStore) -> str | None:
    """Why buildx does not even start, in its words; `None` where the store allows what is asked for."""
    if store is ImageStore.CONTAINERD:
        return None
    several = len(request.platforms) > 1
    if driver == "docker" and several:
        return _NO_PLATFORMS
    if driver == "docker" and any(item.type != "inline" for item in request.cache_to):
        return NO_CACHE_EXPORT
    archives = [item for item in exports_of(request) if item.type == "docker"] if several else []
    if not archives:
        return None
    return _NO_LIST_FILES if any("dest" in item.attributes for item in archives) else _NO_LISTS
