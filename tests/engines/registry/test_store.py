"""The store against a model, in memory and on disk, with restarts between any two steps."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pytest_cicache.engines.registry._content import BlobStorage, MemoryContent
from pytest_cicache.engines.registry._disk import DiskContent
from pytest_cicache.engines.registry._refusal import RegistryRefusal
from pytest_cicache.engines.registry._store import Store
from pytest_cicache.oci import OCI_CONFIG, OCI_LAYER_GZIP, OCI_MANIFEST, Digest, ErrorCode

NAMES = st.sampled_from(["s1/ghcr.io/o/p", "s1/ghcr.io/o/q", "s2/ghcr.io/o/p"])
TAGS = st.sampled_from(["main", "Main", "7_merge"])
CONTENTS = st.sampled_from([b"", b"a", b"layer", b"x" * 3000])
ALGORITHMS = st.sampled_from(["sha256", "sha512"])


class StoreMachine(RuleBasedStateMachine):
    """Does to a store and to plain dictionaries the same, and compares."""

    def __init__(self) -> None:
        super().__init__()
        self.blobs: dict[str, dict[str, bytes]] = {}
        self.manifests: dict[str, dict[str, bytes]] = {}
        self.tags: dict[str, dict[str, str]] = {}

    def open(self) -> BlobStorage:
        return MemoryContent()

    @initialize()
    def start(self) -> None:
        self.store = Store(self.open())

    def known(self, name: str) -> None:
        for table in (self.blobs, self.manifests, self.tags):
            table.setdefault(name, {})

    @rule(name=NAMES, content=CONTENTS, algorithm=ALGORITHMS, cut=st.integers(0, 5))
    def push(self, name: str, content: bytes, algorithm: str, cut: int) -> None:
        upload = self.store.begin_upload(name)
        upload.append(content[:cut])
        upload.append(content[cut:])
        digest = str(Digest.of(content, algorithm))
        assert self.store.finish_upload(name, upload, digest) == digest
        self.known(name)
        self.blobs[name][digest] = content

    @rule(name=NAMES, content=CONTENTS)
    def push_with_a_wrong_digest(self, name: str, content: bytes) -> None:
        upload = self.store.begin_upload(name)
        upload.append(content)
        with pytest.raises(RegistryRefusal, match="provided digest did not match"):
            self.store.finish_upload(name, upload, str(Digest.of(b"other")))
        with pytest.raises(RegistryRefusal, match="blob upload unknown"):
            self.store.upload(name, upload.id)

    @rule(name=NAMES)
    def begin_and_cancel(self, name: str) -> None:
        upload = self.store.begin_upload(name)
        self.store.upload(name, upload.id).append(b"half")
        self.store.cancel_upload(name, upload.id)

    @rule(name=NAMES)
    def begin_and_leave(self, name: str) -> None:
        self.store.begin_upload(name).append(b"half")

    @rule(name=NAMES, source=NAMES, content=CONTENTS)
    def mount(self, name: str, source: str, content: bytes) -> None:
        digest = str(Digest.of(content))
        there = digest in self.blobs.get(source, {})
        assert self.store.mount(name, digest, source) is there
        if there:
            self.known(name)
            self.blobs[name][digest] = content

    @rule(name=NAMES, content=CONTENTS)
    def delete_blob(self, name: str, content: bytes) -> None:
        digest = str(Digest.of(content))
        if digest in self.blobs.get(name, {}):
            self.store.delete_blob(name, digest)
            del self.blobs[name][digest]
        else:
            with pytest.raises(RegistryRefusal, match="blob unknown"):
                self.store.delete_blob(name, digest)

    @rule(name=NAMES, tag=TAGS, layer=CONTENTS)
    def put_manifest(self, name: str, tag: str, layer: bytes) -> None:
        digest = str(Digest.of(layer))
        content = manifest(digest, len(layer))
        if digest not in self.blobs.get(name, {}):
            with pytest.raises(RegistryRefusal, match="blob unknown to registry") as caught:
                self.store.put_manifest(name, tag, content, media_type=OCI_MANIFEST)
            assert caught.value.code is ErrorCode.MANIFEST_BLOB_UNKNOWN
            return
        entry = self.store.put_manifest(name, tag, content, media_type=OCI_MANIFEST)
        self.manifests[name][entry.digest] = content
        self.tags[name][tag] = entry.digest

    @rule(name=NAMES, tag=TAGS)
    def delete_tag(self, name: str, tag: str) -> None:
        if tag in self.tags.get(name, {}):
            self.store.delete_manifest(name, tag)
            del self.tags[name][tag]

    @rule(name=NAMES, tag=TAGS)
    def delete_manifest(self, name: str, tag: str) -> None:
        digest = self.tags.get(name, {}).get(tag)
        if digest is not None:
            self.store.delete_manifest(name, digest)
            del self.manifests[name][digest]
            self.tags[name] = {key: value for key, value in self.tags[name].items() if value != digest}

    @rule(simulation=st.sampled_from(["s1", "s2", "s"]))
    def forget(self, simulation: str) -> None:
        self.store.forget(simulation)
        for table in (self.blobs, self.manifests, self.tags):
            for name in [name for name in table if name.startswith(f"{simulation}/")]:
                del table[name]  # type: ignore[attr-defined]

    @invariant()
    def the_store_holds_what_the_model_holds(self) -> None:
        for name in self.blobs:
            for digest, content in self.blobs[name].items():
                assert self.store.blob_size(name, digest) == len(content)
                assert self.store.content.read(digest, 0, len(content)) == content
            for digest, content in self.manifests[name].items():
                assert self.store.manifest_content(self.store.manifest(name, digest)) == content
            assert self.store.tags(name) == sorted(self.tags[name])
            for tag, digest in self.tags[name].items():
                assert self.store.manifest(name, tag).digest == digest

    @invariant()
    def nothing_else_is_kept(self) -> None:
        assert self.kept() == {
            digest for table in (self.blobs, self.manifests) for held in table.values() for digest in held
        }

    def kept(self) -> set[str]:
        assert isinstance(self.store.content, MemoryContent)
        return set(self.store.content._bytes)


class DiskMachine(StoreMachine):
    """The same on disk, where a restart may come at any time."""

    def open(self) -> BlobStorage:
        self.directory = Path(tempfile.mkdtemp())
        return DiskContent(self.directory)

    @precondition(lambda self: hasattr(self, "directory"))
    @rule(politely=st.booleans())
    def restart(self, politely: bool) -> None:
        if politely:
            self.store.close()
        else:
            self.store.content.close()
        self.store = Store(DiskContent(self.directory))
        assert list((self.directory / "uploads").iterdir()) == []
        # A name that holds nothing is not remembered.
        for name in [name for name in self.blobs if not (self.blobs[name] or self.manifests[name])]:
            for table in (self.blobs, self.manifests, self.tags):
                del table[name]  # type: ignore[attr-defined]

    def kept(self) -> set[str]:
        paths = (self.directory / "content").glob("*/*")
        return {f"{path.parent.name}:{path.name}" for path in paths}

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.directory)


def manifest(layer: str, size: int) -> bytes:
    data: dict[str, Any] = {
        "schemaVersion": 2,
        "config": {"mediaType": OCI_CONFIG, "digest": layer, "size": size},
        "layers": [{"mediaType": OCI_LAYER_GZIP, "digest": layer, "size": size}],
    }
    return json.dumps(data).encode()


TestMemory = StoreMachine.TestCase
TestDisk = DiskMachine.TestCase
TestMemory.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestDisk.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


@pytest.mark.parametrize("kind", ["memory", "disk"])
def test_content_is_there_until_it_is_removed(kind: str, tmp_path: Path) -> None:
    """The same for both kinds; only the disk has a file for it."""
    content = MemoryContent() if kind == "memory" else DiskContent(tmp_path)
    digest = str(Digest.of(b"content"))
    assert not content.has(digest, 7)

    content.put(digest, b"content")

    assert content.has(digest, 7)
    assert content.read(digest, 3, 5) == b"te"
    assert (content.path(digest) is not None) is (kind == "disk")
    content.remove(digest)
    content.remove(digest)
    assert not content.has(digest, 7)
    content.close()


@pytest.mark.parametrize("kind", ["memory", "disk"])
def test_an_upload_cancelled_by_another_request_is_unknown(kind: str, tmp_path: Path) -> None:
    """While one request waited for bytes, another deleted the upload."""
    store = Store(MemoryContent() if kind == "memory" else DiskContent(tmp_path))
    upload = store.begin_upload("o/p")
    store.append(upload, b"content")
    store.cancel_upload("o/p", upload.id)

    upload.seal()
    for late in (
        lambda: store.append(upload, b"more"),
        lambda: store.finish_upload("o/p", upload, str(Digest.of(b"content"))),
    ):
        with pytest.raises(RegistryRefusal, match="blob upload unknown"):
            late()
    store.close()


def test_a_rename_that_fails_drops_the_upload(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client sees the failure, and no file is left."""
    store = Store(DiskContent(tmp_path))
    upload = store.begin_upload("o/p")
    store.append(upload, b"content")

    def refuse(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        with pytest.raises(OSError, match="No space left on device"):
            store.finish_upload("o/p", upload, str(Digest.of(b"content")))

    assert list((tmp_path / "uploads").iterdir()) == []
    with pytest.raises(RegistryRefusal, match="blob unknown"):
        store.blob_size("o/p", str(Digest.of(b"content")))
    store.close()
