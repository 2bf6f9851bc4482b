"""Cache records inside an image's own configuration (`--cache-to type=inline`)."""

from __future__ import annotations

import base64
import json
from typing import Any

from pytest_cicache.buildkit._cache_config import write_config
from pytest_cicache.buildkit._cache_records import Records
from pytest_cicache.buildkit._cache_store import CacheResult, CacheStore
from pytest_cicache.buildkit._graph import BuildVertex
from pytest_cicache.buildkit._solver import Solver

__all__ = ["inline_cache"]


def inline_cache(solver: Solver, target: BuildVertex | None, chain: CacheResult | None) -> str | None:
    """The records whose layers are the image's own, as the configuration holds them; `None` without any.

    BuildKit keeps no other layers than the image's, whatever the mode (cache/remotecache/inline).
    """
    if target is None or chain is None:
        return None
    records = Records(solver, [target], CacheStore())
    items = [item for vertex in records.vertices if (item := records.item(vertex)) is not None]
    chains = {}
    for vertex in records.vertices:
        item, own = records.item(vertex), records.chain(vertex)
        if item is not None and own is not None and own.layers == chain.layers[: len(own.layers)]:
            chains[item] = own
    text, layers = write_config(items, chains)
    if not layers:
        return None
    document = json.loads(text)
    for record in document["records"]:
        for result in record.get("layers", ()):
            result["layer"] = _depth(document["layers"], result["layer"])
    return base64.b64encode(json.dumps(document["records"], separators=(",", ":")).encode()).decode()


def _depth(layers: list[dict[str, Any]], index: int) -> int:
    """How many layers lie below one: its place in the image."""
    depth = 0
    while (parent := layers[index].get("parent", 0)) >= 0:
        depth, index = depth + 1, parent
    return depth
