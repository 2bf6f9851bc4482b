"""How old the layers are that a run used: the time since each was first pushed to a package."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from pytest_cicache import errors
from pytest_cicache.gateway import GHCR
from pytest_cicache.githubapi import VersionLedger
from pytest_cicache.observation import BuildRecord, Operation, Result, Run
from pytest_cicache.oci import Reference

__all__ = ["layer_ages"]


def layer_ages(run: Run, versions: VersionLedger, now: datetime) -> dict[str, timedelta]:
    """By the layer's digest; a layer that was pushed by nobody yet is as old as the run.

    Where the builder does not tell which layers its steps left, they are those of the caches it took steps from.
    """
    layers = {digest for build in run.builds for digest in _layers(build, versions)}
    born = ((digest, versions.born(digest)) for digest in sorted(layers))
    return {digest: now - (at or now) for digest, at in born}


def _layers(build: BuildRecord, versions: VersionLedger) -> Iterator[str]:
    yield from build.layers.values()
    if build.layers:
        return
    for operation in build.operations:
        if operation.operation is not Operation.IMPORT or operation.result is not Result.HIT or not operation.reference:
            continue
        try:
            reference = Reference.parse(operation.reference).normalised
        except errors.ReferenceError:
            continue
        found = versions.find(reference.image_name, reference.identifier) if reference.host == GHCR else None
        yield from () if found is None else found.manifest.blobs
