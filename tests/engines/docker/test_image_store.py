"""The job's own images, and archives of them."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import tarfile

import pytest

from pytest_cicache.engines._image_archive import read_archive, write_archive
from pytest_cicache.engines.docker._image_store import StoredImage, StoredImages
from pytest_cicache.engines.images import placeholder
from pytest_cicache.oci import Reference


def stored(name: str) -> StoredImage:
    return StoredImage(image=placeholder(name))


def test_a_name_leads_to_the_image_that_had_it_last():
    """A second image takes the name from the first, which stays under its identifier."""
    store = StoredImages()
    first, second = stored("a"), stored("b")
    store.keep(first, ["app"])
    store.keep(second, ["docker.io/library/app:latest"])

    assert store.find("app:latest") is second
    assert store.find(first.image.id) is store.find(first.image.id[7:19]) is first
    assert [(name, tag) for name, tag, _ in store.listed()] == [("app", "latest"), ("<none>", "<none>")]


def test_an_image_goes_with_its_last_name():
    """`rmi` of one of two names only untags."""
    store = StoredImages()
    image = stored("a")
    store.keep(image, ["app:1", "app:2"])

    assert store.forget("app:1") == ["Untagged: app:1"]
    assert store.forget("app:2") == ["Untagged: app:2", f"Deleted: {image.image.id}"]
    assert store.find(image.image.id) is None
    assert store.forget("app:2") == []


def test_an_image_is_found_by_what_a_registry_calls_it():
    """`name@digest` after a push or a pull."""
    store = StoredImages()
    image = stored("a")
    store.keep(image, ["ghcr.io/o/app:1"])
    store.note_digest(image.image, Reference.parse("ghcr.io/o/app"), f"sha256:{'1' * 64}")

    assert store.find(f"ghcr.io/o/app@sha256:{'1' * 64}") is image
    assert store.named("ghcr.io/o/app") == ["ghcr.io/o/app:1"]


async def _packed(names: list[str], image: StoredImage) -> bytes:
    layers = [await layer.read() for layer in image.image.layers]
    return write_archive([(names, image.image, layers)])


@pytest.mark.parametrize("compress", [pytest.param(bytes, id="tar"), pytest.param(gzip.compress, id="tar.gz")])
def test_an_archive_gives_back_what_went_in(compress):
    """Names, identifier and layers, compressed or not."""
    image = stored("a")
    data = compress(asyncio.run(_packed(["app:1", "ghcr.io/o/app:2"], image)))

    ((names, read),) = read_archive(data)

    assert names == ["app:1", "ghcr.io/o/app:2"]
    assert read.id == image.image.id
    assert [layer.digest for layer in read.layers] == [layer.digest for layer in image.image.layers]


def test_a_layout_without_dockers_list_is_read_too():
    """`type=oci` has `index.json` alone; attestations are no images."""
    image = stored("a")
    with tarfile.open(fileobj=io.BytesIO(asyncio.run(_packed(["app:1"], image)))) as whole:
        files = {member.name: whole.extractfile(member).read() for member in whole}
    index = json.loads(files.pop("index.json"))
    files.pop("manifest.json")
    index["manifests"].append({**index["manifests"][0], "platform": {"os": "unknown", "architecture": "unknown"}})
    files["index.json"] = json.dumps(index).encode()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))

    ((names, read),) = read_archive(buffer.getvalue())

    assert names == ["docker.io/library/app:1"]
    assert read.id == image.image.id


@pytest.mark.parametrize(
    "data", [b"", b"no archive", gzip.compress(b"nor this", mtime=0)], ids=["empty", "text", "gzip"]
)
def test_what_is_no_archive_is_refused(data):
    """With the reason."""
    with pytest.raises(ValueError, match="not an image archive"):
        read_archive(data)
