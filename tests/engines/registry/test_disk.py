"""A crash at any moment loses nothing that was promised, and never leaves half a blob to be read."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_cicache.engines.registry._disk import DiskContent
from pytest_cicache.engines.registry._refusal import RegistryRefusal
from pytest_cicache.engines.registry._store import Store
from pytest_cicache.errors import EngineError
from pytest_cicache.oci import OCI_CONFIG, OCI_LAYER_GZIP, Digest

NAME = "s1/ghcr.io/o/p"
CONFIG, LAYER, OTHER = b"{}", b"layer" * 1000, b"other" * 1000


class Crash(BaseException):
    """The process dies here."""


def manifest(layer: bytes) -> bytes:
    def described(kind: str, content: bytes) -> dict[str, Any]:
        return {"mediaType": kind, "digest": str(Digest.of(content)), "size": len(content)}

    layers = [described(OCI_LAYER_GZIP, layer)]
    data = {"schemaVersion": 2, "config": described(OCI_CONFIG, CONFIG), "layers": layers}
    return json.dumps(data).encode()


def push(store: Store, content: bytes) -> None:
    upload = store.begin_upload(NAME)
    upload.append(content[: len(content) // 2])
    upload.append(content[len(content) // 2 :])
    upload.seal()
    store.finish_upload(NAME, upload, str(Digest.of(content)))


def story(store: Store, promised: list[str]) -> None:
    """Push two versions of an image and delete the first; notes what was answered with success."""
    for layer, tag in ((LAYER, "t"), (OTHER, "t")):
        for content in (CONFIG, layer):
            push(store, content)
        store.put_manifest(NAME, tag, manifest(layer), media_type=None)
        promised.append(str(Digest.of(manifest(layer))))
    store.delete_manifest(NAME, promised[0])
    promised.append("deleted")
    store.delete_blob(NAME, str(Digest.of(LAYER)))


def check(store: Store, promised: list[str]) -> None:
    """What is served is whole, and what was promised is served."""
    for content in (CONFIG, LAYER, OTHER):
        digest = str(Digest.of(content))
        try:
            size = store.blob_size(NAME, digest)
        except RegistryRefusal:
            continue
        assert store.content.read(digest, 0, size) == content
    for layer in (LAYER, OTHER):
        digest = str(Digest.of(manifest(layer)))
        try:
            entry = store.manifest(NAME, digest)
        except RegistryRefusal:
            assert digest not in promised or "deleted" in promised or digest == promised[0]
        else:
            assert store.manifest_content(entry) == manifest(layer)
            assert store.blob_size(NAME, str(Digest.of(CONFIG))) == len(CONFIG)
    if promised:
        assert store.manifest(NAME, "t").digest in {str(Digest.of(manifest(part))) for part in (LAYER, OTHER)}


def crashing(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Let the process die at the n-th step that changes the disk, before or after it is done."""
    count = [0]

    def wrap(step: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*arguments: Any, **options: Any) -> Any:
            count[0] += 2
            mine = count[0]
            if mine - 1 == at:
                raise Crash
            result = step(*arguments, **options)
            if mine == at:
                raise Crash
            return result

        return stepped

    monkeypatch.setattr(os, "fsync", wrap(os.fsync))
    monkeypatch.setattr(Path, "rename", wrap(Path.rename))
    monkeypatch.setattr(Path, "unlink", wrap(Path.unlink))
    monkeypatch.setattr(DiskContent, "record", wrap(DiskContent.record))


def test_a_crash_at_any_step_loses_nothing_promised(tmp_path: Path) -> None:
    """Every step of a story is tried as the last one."""
    crashes = 0
    for at in range(1, 200):
        directory, promised = tmp_path / str(at), []
        store = Store(DiskContent(directory))
        with pytest.MonkeyPatch.context() as patch:
            crashing(patch, at)
            try:
                story(store, promised)
            except Crash:
                crashes += 1
            else:
                break
            finally:
                store.content.close()
        again = Store(DiskContent(directory))
        check(again, promised)
        assert list((directory / "uploads").iterdir()) == []
        story(again, [])
        again.close()
    assert crashes > 30


def test_a_crash_at_any_step_of_the_restart_loses_nothing(tmp_path: Path) -> None:
    """Compacting the journal is safe, too."""
    for at in range(1, 40):
        directory, promised = tmp_path / str(at), []
        store = Store(DiskContent(directory))
        story(store, promised)
        store.begin_upload(NAME).append(b"left over")
        store.content.close()
        with pytest.MonkeyPatch.context() as patch:
            crashing(patch, at)
            content = DiskContent(directory)
            try:
                Store(content)
            except Crash:
                crashed = True
            else:
                crashed = False
            finally:
                content.close()
        again = Store(DiskContent(directory))
        check(again, promised)
        again.close()
        if not crashed:
            break
    assert at > 5


@given(cut=st.integers(0, 3000), tail=st.binary(max_size=20))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_torn_journal_is_read_up_to_the_tear(tmp_path_factory: pytest.TempPathFactory, cut: int, tail: bytes) -> None:
    """Whatever a power cut left at its end."""
    directory = tmp_path_factory.mktemp("torn")
    store = Store(DiskContent(directory))
    story(store, [])
    store.close()
    journal = directory / "journal"
    journal.write_bytes(journal.read_bytes()[:cut] + tail)

    again = Store(DiskContent(directory))

    check(again, [])
    story(again, [])
    check(again, [])
    again.close()


def test_a_blob_whose_file_is_gone_or_short_is_not_served(tmp_path: Path) -> None:
    """A rename that a power cut undid, or a file that somebody damaged."""
    store = Store(DiskContent(tmp_path))
    for content in (CONFIG, LAYER, OTHER):
        push(store, content)
    store.put_manifest(NAME, "t", manifest(LAYER), media_type=None)
    store.close()
    place = tmp_path / "content" / "sha256"
    (place / Digest.of(LAYER).encoded).write_bytes(b"lay")
    (place / Digest.of(OTHER).encoded).unlink()
    (place / Digest.of(manifest(LAYER)).encoded).unlink()

    again = Store(DiskContent(tmp_path))

    for content in (LAYER, OTHER):
        with pytest.raises(RegistryRefusal, match="blob unknown"):
            again.blob_size(NAME, str(Digest.of(content)))
    with pytest.raises(RegistryRefusal, match="manifest unknown"):
        again.manifest(NAME, "t")
    assert again.tags(NAME) == []
    assert again.blob_size(NAME, str(Digest.of(CONFIG))) == len(CONFIG)
    again.close()


def test_two_registries_cannot_share_a_directory(tmp_path: Path) -> None:
    """The second is told; when the first is gone, it may."""
    first = DiskContent(tmp_path)

    with pytest.raises(EngineError, match=f"another registry uses {tmp_path}: stop it, or choose another"):
        DiskContent(tmp_path)
    first.close()
    DiskContent(tmp_path).close()


def test_a_place_that_is_no_directory_is_named(tmp_path: Path) -> None:
    """The message says what the system said."""
    (tmp_path / "file").write_text("")

    with pytest.raises(EngineError, match=r"cannot keep a registry in .*file: .*choose another directory"):
        DiskContent(tmp_path / "file")


def test_a_digest_that_is_no_digest_has_no_place(tmp_path: Path) -> None:
    """The last line of defence against a path made of a digest."""
    content = DiskContent(tmp_path)

    with pytest.raises(Exception, match="invalid checksum digest format"):
        content.path("sha256:../../etc/passwd")
    content.close()
