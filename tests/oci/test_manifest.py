"""What a registry reads out of a manifest."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_cicache.errors import ReferenceError  # noqa: A004 - the field's word
from pytest_cicache.oci import (
    BUILDKIT_CACHE_CONFIG,
    DOCKER_MANIFEST,
    DOCKER_MANIFEST_LIST,
    EMPTY_JSON,
    OCI_CONFIG,
    OCI_INDEX,
    OCI_LAYER_GZIP,
    OCI_MANIFEST,
    Descriptor,
    Digest,
    Manifest,
)


def described(content: bytes, media_type: str, **more: Any) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": str(Digest.of(content)), "size": len(content), **more}


def image(**changes: Any) -> bytes:
    data = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": described(b"config", OCI_CONFIG),
        "layers": [described(b"layer", OCI_LAYER_GZIP)],
        **changes,
    }
    return json.dumps({key: value for key, value in data.items() if value is not ...}).encode()


def test_an_image_manifest_names_config_and_layers() -> None:
    """Descriptors are read whole, and the config's media type stands for the artifact type."""
    manifest = Manifest.parse(image(annotations={"a": "b"}))

    assert manifest.config is not None
    assert manifest.config.digest == Digest.of(b"config")
    assert [layer.size for layer in manifest.layers] == [5]
    assert manifest.artifact_type == OCI_CONFIG
    assert manifest.annotations == {"a": "b"}
    assert manifest.media_type == OCI_MANIFEST
    assert manifest.children == ()


def test_an_index_names_manifests() -> None:
    """Its children are manifests, and it needs no config."""
    content = {"schemaVersion": 2, "manifests": [described(b"child", OCI_MANIFEST)]}

    manifest = Manifest.parse(json.dumps(content).encode())

    assert manifest.media_type == OCI_INDEX
    assert [child.media_type for child in manifest.children] == [OCI_MANIFEST]


def test_an_artifact_names_its_subject_and_type() -> None:
    """The artifact type of its own wins over the config's media type."""
    subject = described(b"subject", OCI_MANIFEST)
    content = image(config=described(b"{}", EMPTY_JSON), subject=subject, artifactType="application/x")

    manifest = Manifest.parse(content)

    assert manifest.subject == Descriptor(media_type=OCI_MANIFEST, digest=Digest.of(b"subject"), size=7)
    assert manifest.artifact_type == "application/x"


@pytest.mark.parametrize(
    ("inner", "sent", "kind"),
    [
        pytest.param(..., None, OCI_MANIFEST, id="neither says"),
        pytest.param(..., DOCKER_MANIFEST, DOCKER_MANIFEST, id="the header says"),
        pytest.param(DOCKER_MANIFEST, None, DOCKER_MANIFEST, id="the content says"),
        pytest.param(OCI_MANIFEST, OCI_MANIFEST, OCI_MANIFEST, id="both agree"),
    ],
)
def test_the_media_type_comes_from_header_or_content(inner: Any, sent: str | None, kind: str) -> None:
    """Either may leave it out."""
    assert Manifest.parse(image(mediaType=inner), sent).media_type == kind


@pytest.mark.parametrize(
    ("content", "sent", "message"),
    [
        pytest.param(b"{", None, "not JSON", id="not JSON"),
        pytest.param(b"[" * 100_000, None, "not JSON", id="too deep"),
        pytest.param(b"\xff", None, "not JSON", id="not text"),
        pytest.param(b"[]", None, "not a JSON object", id="a list"),
        pytest.param(image(schemaVersion=1), None, "schemaVersion 1 is not 2", id="old schema"),
        pytest.param(image(mediaType="x/y"), None, "media type 'x/y' is none of", id="unknown type"),
        pytest.param(image(mediaType=3), None, "mediaType 3 is no string", id="type is a number"),
        pytest.param(image(), OCI_INDEX, "sent as '.*index.*', its mediaType is", id="types differ"),
        pytest.param(image(config=...), None, "has no config", id="no config"),
        pytest.param(image(layers={}), None, "layers {} is no list", id="layers is no list"),
        pytest.param(image(layers=[1]), None, "1 is no object", id="descriptor is no object"),
        pytest.param(image(layers=[{"size": 1}]), None, "digest None is no string", id="no digest"),
        pytest.param(image(layers=[{**described(b"", OCI_LAYER_GZIP), "size": -1}]), None, "size -1 is no", id="size"),
        pytest.param(
            image(layers=[{**described(b"", OCI_LAYER_GZIP), "size": True}]),
            None,
            "size True",
            id="bool size",
        ),
        pytest.param(image(layers=[{**described(b"", "x"), "mediaType": 1}]), None, "mediaType 1 is", id="layer type"),
        pytest.param(image(layers=[described(b"", "x", annotations=[1])]), None, "annotations", id="layer annotations"),
        pytest.param(image(annotations=[1]), None, "annotations .* is no object", id="annotations"),
        pytest.param(image(layers=[{**described(b"", "x"), "digest": "sha256:x"}]), None, "checksum", id="bad digest"),
    ],
)
def test_a_malformed_manifest_is_refused(content: bytes, sent: str | None, message: str) -> None:
    """The message says what is wrong."""
    with pytest.raises(ReferenceError, match=message):
        Manifest.parse(content, sent)


@pytest.mark.parametrize(
    "media_type",
    [pytest.param(OCI_INDEX, id="oci"), pytest.param(DOCKER_MANIFEST_LIST, id="docker")],
)
def test_a_build_cache_may_be_an_index_of_layers(media_type: str) -> None:
    """BuildKit with `image-manifest=false` lists layers and the cache config as manifests."""
    parts = [described(b"layer", OCI_LAYER_GZIP), described(b"config", BUILDKIT_CACHE_CONFIG)]
    content = json.dumps({"schemaVersion": 2, "mediaType": media_type, "manifests": parts}).encode()

    assert [child.media_type for child in Manifest.parse(content).children][1] == BUILDKIT_CACHE_CONFIG


def test_a_descriptor_prints_what_it_read() -> None:
    """Empty members are left out."""
    data = described(b"x", OCI_LAYER_GZIP, annotations={"k": "v"}, artifactType="a/b")

    assert Descriptor.from_data(data).to_data() == data
    assert Descriptor.from_data(described(b"x", "t")).to_data() == described(b"x", "t")
