"""The cache configuration of a registry cache (`application/vnd.buildkit.cacheconfig.v0`) to and from records.

The format is BuildKit's (cache/remotecache/v1/types, v0.34.2).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pytest_cicache.buildkit._cache_store import CacheRecord, CacheResult, CacheStore, Layer

__all__ = ["read_config", "write_config"]


def read_config(text: bytes, layers: Mapping[str, Layer], store: CacheStore) -> None:
    """Put the records of a configuration into `store`; raises ValueError, KeyError or TypeError on nonsense."""
    document = json.loads(text)
    raw_layers = document.get("layers") or []
    records = document.get("records") or []
    done: dict[int, CacheRecord] = {}
    for index in _inputs_first(records):
        record = records[index]
        inputs = [
            [(link.get("selector", ""), done[link["link"]]) for link in links] for links in record.get("inputs") or []
        ]
        done[index] = store.add(record["digest"], inputs, _result(record, raw_layers, layers))


def _inputs_first(records: Sequence[Mapping[str, Any]]) -> Iterator[int]:
    """The numbers of records, none before those that its links lead to; raises ValueError for links in a circle."""
    begun: set[int] = set()
    ended: set[int] = set()
    # Chains of steps are longer than Python's stack.
    due = [(index, False) for index in reversed(range(len(records)))]
    while due:
        index, has_inputs = due.pop()
        if has_inputs:
            ended.add(index)
            yield index
        elif index not in ended:
            if index in begun:
                raise ValueError(f"the links of record {index} lead back to it")
            begun.add(index)
            due.append((index, True))
            links = [link["link"] for links in records[index].get("inputs") or [] for link in links]
            due += [(link, False) for link in reversed(links)]


def _result(record: Mapping[str, Any], raw: list[Any], layers: Mapping[str, Layer]) -> CacheResult | None:
    results = record.get("layers") or []
    if not results:
        return None
    newest = max(results, key=lambda result: str(result.get("createdAt", "")))
    blobs: list[str] = []
    index = newest["layer"]
    while index >= 0:
        blobs.append(raw[index]["blob"])
        index = raw[index].get("parent", 0)
    if any(blob not in layers for blob in blobs):
        return None
    return CacheResult(layers=tuple(layers[blob] for blob in reversed(blobs)), created_at=str(newest["createdAt"]))


def write_config(
    items: Iterable[CacheRecord], chains: Mapping[CacheRecord, CacheResult]
) -> tuple[bytes, tuple[Layer, ...]]:
    """The configuration of these records, and its layers in its order.

    Sorted as BuildKit sorts it, so that the same records give the same bytes. `chains` tells which records
    carry layers.
    """
    used = _with_parents(items)
    layer_index, raw_layers, layers = _layers(chains.get(item) for item in used)
    ordered = sorted(used, key=_sort_key)
    numbers = {item: number for number, item in enumerate(ordered)}
    records = [_record(item, numbers, chains.get(item), layer_index) for item in ordered]
    document = {"layers": raw_layers, "records": records}
    text = json.dumps({key: value for key, value in document.items() if value}, separators=(",", ":"))
    return text.encode(), layers


def _with_parents(items: Iterable[CacheRecord]) -> list[CacheRecord]:
    found: dict[CacheRecord, None] = {}
    waiting = list(items)
    while waiting:
        item = waiting.pop()
        if item not in found:
            found[item] = None
            waiting += [parent for links in item.inputs for _, parent in links]
    return list(found)


def _sort_key(item: CacheRecord) -> tuple[Any, ...]:
    links = [
        (len(alternatives), sorted((selector, parent.digest) for selector, parent in alternatives))
        for alternatives in item.inputs
    ]
    return (item.digest, len(links), links)


def _layers(
    chains: Iterable[CacheResult | None],
) -> tuple[dict[tuple[str, ...], int], list[dict[str, Any]], tuple[Layer, ...]]:
    paths: dict[tuple[str, ...], Layer] = {}
    for chain in chains:
        digests: tuple[str, ...] = ()
        for layer in chain.layers if chain else ():
            digests = (*digests, layer.digest)
            paths.setdefault(digests, layer)
    by_parent: dict[tuple[str, ...], int] = {}
    # a parent's number is only known once all are sorted; BuildKit sorts by blob, then by the old parent
    ordered = sorted(paths, key=lambda path: (path[-1], len(path), path))
    for number, path in enumerate(ordered):
        by_parent[path] = number
    raw: list[dict[str, Any]] = []
    for path in ordered:
        parent = by_parent[path[:-1]] if len(path) > 1 else -1
        raw.append({"blob": path[-1], "parent": parent} if parent else {"blob": path[-1]})
    return by_parent, raw, tuple(paths[path] for path in ordered)


def _record(
    item: CacheRecord,
    numbers: Mapping[CacheRecord, int],
    result: CacheResult | None,
    layer_index: Mapping[tuple[str, ...], int],
) -> dict[str, Any]:
    record: dict[str, Any] = {}
    if result is not None:
        path = tuple(layer.digest for layer in result.layers)
        record["layers"] = [{"layer": layer_index[path], "createdAt": result.created_at}]
    record["digest"] = item.digest
    if item.inputs:
        record["inputs"] = [_links(links, numbers) for links in item.inputs]
    return record


def _links(links: Iterable[tuple[str, CacheRecord]], numbers: Mapping[CacheRecord, int]) -> list[dict[str, Any]]:
    ordered = sorted(((numbers[parent], selector) for selector, parent in links))
    return [{"selector": selector, "link": number} if selector else {"link": number} for number, selector in ordered]
