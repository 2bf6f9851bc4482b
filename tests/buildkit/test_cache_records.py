"""Records and links: what is kept, what is exported, and the configuration that carries it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from pytest_cicache.buildkit import CacheResult, CacheStore, Layer, Records, inline_cache, read_config, record_key

TEXT = "FROM scratch\nCOPY a /\nRUN one\n"
STAGES = "FROM scratch AS made\nCOPY a /\nRUN make\nFROM scratch\nCOPY --from=made /out /\nRUN use\n"


def result(*digests: str) -> CacheResult:
    layers = tuple(Layer(digest=digest, size=1, media_type="l") for digest in digests)
    return CacheResult(layers=layers, created_at="2026-11-27T00:00:00Z")


def test_a_record_is_found_by_its_digest_and_every_input() -> None:
    """A selector is part of the link: the same parent with another one leads elsewhere."""
    store = CacheStore()
    one, two = store.add("one", [], None), store.add("two", [], None)
    both = store.add("both", [[("", one)], [("/s", two)]], None)

    assert store.find("both", [[("", one)], [("/s", two)]]) == [both]
    assert store.find("both", [[("", one)], [("", two)]]) == []
    assert store.find("both", [[("", one)]]) == [both]
    assert store.find("other", [[("", one)], [("/s", two)]]) == []
    assert store.find("one", []) == [one]


def test_adding_a_record_again_adds_what_is_new_about_it() -> None:
    """Another way to it, and a result where it had none; a result that is there stays."""
    store = CacheStore()
    key, content = store.add("key", [], None), store.add("content", [], None)
    first = store.add("copy", [[("", key)]], None)
    again = store.add("copy", [[("", key), ("", content)]], result("l"))
    third = store.add("copy", [[("", content)]], result("m"))

    assert first is again is third
    assert first.inputs == [[("", key), ("", content)]]
    assert first.result is not None
    assert [layer.digest for layer in first.result.layers] == ["l"]
    assert store.find("copy", [[("", content)]]) == [first]


def test_a_copy_is_linked_by_the_content_of_what_it_copies(kitchen: Any) -> None:
    """The root of content has no output: `sha256(digest)@-1` (solver/edge.go, solver/cachemanager.go)."""
    built = kitchen.build(TEXT)
    cache = built.exported("main")
    copy = built.graph.steps[0]
    content = built.solver.content(copy.inputs[-1])
    (record,) = cache.by_digest[copy.record]

    assert content is not None
    assert record_key(content, -1) in cache.roots
    assert any(parent.digest == record_key(content, -1) for links in record.inputs for _, parent in links)


def test_max_gives_every_step_its_layers_and_min_the_result_alone(kitchen: Any) -> None:
    """mode=min keeps the records of all steps but layers of the targets only (solver/exporter.go)."""
    built = kitchen.build(STAGES)

    def steps_with_layers(everything: bool) -> list[bool]:
        store = built.exported("main", everything=everything)
        return [any(item.result for item in store.by_digest.get(step.record, ())) for step in built.graph.steps]

    assert steps_with_layers(everything=True) == [True, True, True, True]
    assert steps_with_layers(everything=False) == [False, False, True, True]


def test_the_same_build_gives_the_same_configuration(kitchen: Any) -> None:
    """Byte for byte, so that an export of an unchanged cache writes nothing new (measured: s14)."""
    own = CacheStore()
    first = kitchen.build(STAGES, own=own).config()
    again = kitchen.build(STAGES, own=own).config()

    assert first == again


def test_what_is_read_is_what_was_written(kitchen: Any) -> None:
    """Records, links and layers come back; layers know where they can be read."""
    built = kitchen.build(STAGES)
    text, layers = built.config()
    cache = built.exported("main")
    document = json.loads(text)

    assert len(document["records"]) == sum(map(len, cache.by_digest.values()))
    results = [item.result for items in cache.by_digest.values() for item in items if item.result is not None]
    assert {layer.digest for found in results for layer in found.layers} == {layer.digest for layer in layers}
    assert all(layer.is_elsewhere for found in results for layer in found.layers)


def test_what_another_cache_knew_of_a_step_is_kept_in_an_export(kitchen: Any) -> None:
    """A build that hits exports the records it hit on, so that the next one finds the same (measured: s04)."""
    cache = kitchen.build(TEXT).exported("main")
    files = {"a": "1"}
    second = kitchen.build(TEXT, files, cache).exported("second")

    assert kitchen.build(TEXT, files, second).outcomes == "IC"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"[", id="no-json"),
        pytest.param(b'{"records": [{}]}', id="no-digest"),
        pytest.param(b'{"records": [{"digest": "d", "inputs": [[{"link": 7}]]}]}', id="a-link-to-nothing"),
    ],
)
def test_a_configuration_that_is_none_is_refused(text: bytes) -> None:
    """The import then fails, and the build goes on without it."""
    with pytest.raises((ValueError, KeyError, TypeError, IndexError)):
        read_config(text, {}, CacheStore())


def test_links_in_a_circle_are_nonsense() -> None:
    """A configuration that leads back to itself is no cache."""
    records = [{"digest": f"sha256:{number}", "inputs": [[{"link": 1 - number}]]} for number in range(2)]

    with pytest.raises(ValueError, match="the links of record 0 lead back to it"):
        read_config(json.dumps({"records": records}).encode(), {}, CacheStore())


def test_a_result_whose_layer_is_not_in_the_manifest_is_none() -> None:
    """The record stays: it may still lead to others."""
    layers = [{"blob": "sha256:a", "parent": -1}]
    document = {"layers": layers, "records": [{"digest": "d", "layers": [{"layer": 0, "createdAt": "x"}]}]}
    store = CacheStore()
    read_config(json.dumps(document).encode(), {}, store)

    assert store.roots["d"].result is None


def test_an_inline_cache_has_the_layers_of_the_image_by_their_place(kitchen: Any) -> None:
    """Steps of other stages have records without layers (cache/remotecache/inline)."""
    built = kitchen.build(STAGES)
    (target,) = built.targets
    chain = Records(built.solver, [target], CacheStore()).chain(target)
    text = inline_cache(built.solver, target, chain)
    assert text is not None
    records = json.loads(base64.b64decode(text))

    assert [layer["layer"] for record in records for layer in record.get("layers", ())] == [0, 1]
    assert len(records) > 2


def test_a_build_without_layers_has_no_inline_cache(kitchen: Any) -> None:
    """Nothing is said instead of an empty list."""
    built = kitchen.build(TEXT)
    (target,) = built.targets

    assert inline_cache(built.solver, None, None) is None
    assert inline_cache(built.solver, target, None) is None
    assert inline_cache(built.solver, target, CacheResult(layers=(), created_at="2026-11-27T00:00:00Z")) is None
