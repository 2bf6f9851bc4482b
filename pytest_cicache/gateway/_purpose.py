"""What a client meant by a request: an import, an export, a push, a pull, or only a look."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pytest_cicache.gateway._operation import RegistryOperation
from pytest_cicache.observation import Purpose
from pytest_cicache.oci import BUILDKIT_CACHE_CONFIG, Endpoint

__all__ = ["Expectations", "children", "holds_cache", "infer"]

# By host and image name, then by tag or digest: what the running build uses it for.
Expectations = Mapping[tuple[str, str], Mapping[str, frozenset[Purpose]]]

_WRITES = frozenset({Purpose.EXPORT, Purpose.PUSH})
_BY_ENDPOINT = {
    Endpoint.TAGS: Purpose.LIST,
    Endpoint.REFERRERS: Purpose.LIST,
    Endpoint.TOKEN: Purpose.TOKEN,
}


def infer(
    operation: RegistryOperation, expected: Expectations, *, pushes: bool = False, is_cache: bool = False
) -> Purpose:
    """Infer the purpose from the request, its token and what was expected.

    `pushes` tells that the bearer token was asked for with the verb push; `is_cache` that the manifest sent
    or found is a build cache.
    """
    if operation.endpoint is Endpoint.TOKEN and not operation.image_name:
        return Purpose.LOGIN
    fixed = _BY_ENDPOINT.get(operation.endpoint)
    if fixed is not None:
        return fixed
    if operation.verb == "delete":
        return Purpose.DELETE
    by_reference = expected.get((operation.host, operation.image_name), {})
    if operation.verb == "push":
        return _write(operation, by_reference, is_cache=is_cache)
    if pushes and operation.method == "HEAD":
        return Purpose.PROBE
    return _read(operation, by_reference, is_cache=is_cache)


def holds_cache(body: bytes) -> bool:
    """Tell whether a manifest, as bytes, is a build cache: its config or one of its entries says so."""
    try:
        document = json.loads(body)
    except ValueError:
        return False
    if not isinstance(document, dict):
        return False
    entries = document.get("manifests")
    parts = [document.get("config"), *(entries if isinstance(entries, list) else ())]
    return any(isinstance(part, dict) and part.get("mediaType") == BUILDKIT_CACHE_CONFIG for part in parts)


def children(body: bytes) -> tuple[str, ...]:
    """List the digests that an index, as bytes, points to; nothing for anything else."""
    try:
        document = json.loads(body)
    except ValueError:
        return ()
    entries = document.get("manifests") if isinstance(document, dict) else None
    found = (entry.get("digest") for entry in entries or () if isinstance(entry, dict))
    return tuple(digest for digest in found if isinstance(digest, str))


def _write(operation: RegistryOperation, by_reference: Mapping[str, frozenset[Purpose]], *, is_cache: bool) -> Purpose:
    if operation.mount is not None:
        return Purpose.MOUNT
    if is_cache:
        return Purpose.EXPORT
    if operation.endpoint is Endpoint.MANIFEST:
        purposes = by_reference.get(operation.reference or "", frozenset())
        return Purpose.EXPORT if Purpose.EXPORT in purposes and Purpose.PUSH not in purposes else Purpose.PUSH
    # A layer does not say which tag it is for; a name that is pushed to as well counts as pushed.
    purposes = frozenset().union(*by_reference.values()) & _WRITES
    return Purpose.EXPORT if purposes == {Purpose.EXPORT} else Purpose.PUSH


def _read(operation: RegistryOperation, by_reference: Mapping[str, frozenset[Purpose]], *, is_cache: bool) -> Purpose:
    if is_cache:
        return Purpose.IMPORT
    if operation.endpoint is Endpoint.MANIFEST:
        purposes = by_reference.get(operation.reference or "", frozenset())
    else:
        purposes = frozenset().union(*by_reference.values())
    return Purpose.IMPORT if Purpose.IMPORT in purposes and Purpose.PULL not in purposes else Purpose.PULL
