"""What every registry behind the gateway must do; the same tests run over each kind.

Where the reference registry (distribution 2.8) falls short of the specification, the stricter test is in
test_embedded.py.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_cicache.oci import (
    BUILDKIT_CACHE_CONFIG,
    DOCKER_CONFIG,
    DOCKER_LAYER,
    DOCKER_MANIFEST,
    DOCKER_MANIFEST_LIST,
    OCI_INDEX,
    OCI_LAYER_GZIP,
    OCI_MANIFEST,
    Digest,
)

UNKNOWN = "sha256:" + "0" * 64


def with_query(location: str, query: str) -> str:
    return f"{location}{'&' if '?' in location else '?'}{query}"


def index(*children: tuple[str, str, int], media_type: str = OCI_INDEX) -> bytes:
    manifests = [{"mediaType": kind, "digest": digest, "size": size} for kind, digest, size in children]
    return json.dumps({"schemaVersion": 2, "mediaType": media_type, "manifests": manifests}).encode()


def test_the_base_answers(client: Any) -> None:
    """A client can tell that this is a registry."""
    answer = client.send("GET", "/v2/")

    assert answer.status == 200
    assert answer.headers["Docker-Distribution-Api-Version"] == "registry/2.0"


def test_a_blob_is_pushed_in_one_put(client: Any) -> None:
    """The way BuildKit pushes: POST, then PUT with the digest; the answer names the digest."""
    digest = str(Digest.of(b"content"))

    answer = client.send("PUT", with_query(client.begin(client.name), f"digest={digest}"), b"content")

    assert answer.status == 201
    assert answer.headers["Docker-Content-Digest"] == digest
    pulled = client.send("GET", f"/v2/{client.name}/blobs/{digest}")
    assert (pulled.status, pulled.body) == (200, b"content")
    assert pulled.headers["Docker-Content-Digest"] == digest


def test_a_blob_is_pushed_in_chunks(client: Any) -> None:
    """The way docker pushes: PATCH, PATCH, PUT; each answer says how far it is."""
    location = client.begin(client.name)

    first = client.send("PATCH", location, b"abc", {"Content-Range": "0-2"})
    second = client.send("PATCH", first.headers["Location"], b"def", {"Content-Range": "3-5"})
    last = client.send("PUT", with_query(second.headers["Location"], f"digest={Digest.of(b'abcdef')}"))

    assert [first.status, second.status, last.status] == [202, 202, 201]
    assert [first.headers["Range"], second.headers["Range"]] == ["0-2", "0-5"]
    assert client.send("GET", f"/v2/{client.name}/blobs/{Digest.of(b'abcdef')}").body == b"abcdef"


def test_a_chunk_may_come_without_a_length(client: Any) -> None:
    """A streaming client sends its body in HTTP chunks."""
    pieces = (b"x" * 1000 for _ in range(50))

    patched = client.send("PATCH", client.begin(client.name), pieces)

    assert patched.status == 202
    assert patched.headers["Range"] == "0-49999"


def test_an_upload_tells_how_far_it_is(client: Any) -> None:
    """A client that lost the connection asks, and goes on."""
    patched = client.send("PATCH", client.begin(client.name), b"abc")

    status = client.send("GET", patched.headers["Location"])

    assert status.status == 204
    assert status.headers["Range"] == "0-2"


def test_a_cancelled_upload_is_gone(client: Any) -> None:
    """DELETE ends an upload."""
    location = client.begin(client.name)

    assert client.send("DELETE", location).status == 204
    answer = client.send("GET", location)
    assert (answer.status, answer.code) == (404, "BLOB_UPLOAD_UNKNOWN")


def test_a_wrong_digest_is_refused(client: Any) -> None:
    """Content that is not what the digest says never becomes a blob."""
    location = client.begin(client.name)

    answer = client.send("PUT", with_query(location, f"digest={UNKNOWN}"), b"content")

    assert (answer.status, answer.code) == (400, "DIGEST_INVALID")
    assert client.send("HEAD", f"/v2/{client.name}/blobs/{UNKNOWN}").status == 404
    assert client.send("HEAD", f"/v2/{client.name}/blobs/{Digest.of(b'content')}").status == 404


def test_a_put_without_a_digest_is_refused(client: Any) -> None:
    """An upload cannot end without saying what it is."""
    answer = client.send("PUT", client.begin(client.name), b"content")

    assert (answer.status, answer.code) == (400, "DIGEST_INVALID")


def test_an_empty_blob_is_a_blob(client: Any) -> None:
    """No byte is content, too."""
    digest = client.push_blob(b"")

    answer = client.send("GET", f"/v2/{client.name}/blobs/{digest}")
    assert (answer.status, answer.body) == (200, b"")


def test_head_of_a_blob_has_its_size_and_no_body(client: Any) -> None:
    """BuildKit asks so for every layer."""
    digest = client.push_blob(b"content")

    answer = client.send("HEAD", f"/v2/{client.name}/blobs/{digest}")

    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Content-Length"] == "7"
    assert answer.headers["Docker-Content-Digest"] == digest


@pytest.mark.parametrize(
    ("asked", "body", "content_range"),
    [
        pytest.param("bytes=2-4", b"cde", "bytes 2-4/10", id="middle"),
        pytest.param("bytes=7-", b"hij", "bytes 7-9/10", id="from"),
        pytest.param("bytes=-3", b"hij", "bytes 7-9/10", id="last"),
        pytest.param("bytes=8-100", b"ij", "bytes 8-9/10", id="over the end"),
        pytest.param("bytes=0-9", b"abcdefghij", "bytes 0-9/10", id="whole"),
    ],
)
def test_a_part_of_a_blob_can_be_read(client: Any, asked: str, body: bytes, content_range: str) -> None:
    """BuildKit resumes a broken download with a range."""
    digest = client.push_blob(b"abcdefghij")

    answer = client.send("GET", f"/v2/{client.name}/blobs/{digest}", headers={"Range": asked})

    assert (answer.status, answer.body) == (206, body)
    assert answer.headers["Content-Range"] == content_range


def test_a_range_behind_the_end_is_refused(client: Any) -> None:
    """There is nothing to send."""
    digest = client.push_blob(b"abc")

    answer = client.send("GET", f"/v2/{client.name}/blobs/{digest}", headers={"Range": "bytes=3-"})

    assert answer.status == 416
    assert answer.headers["Content-Range"] == "bytes */3"


def test_a_blob_is_mounted_from_another_image(client: Any) -> None:
    """A layer that another image holds is not sent again."""
    digest = client.push_blob(b"shared", client.other)

    answer = client.send("POST", f"/v2/{client.name}/blobs/uploads/?mount={digest}&from={client.other}")

    assert answer.status == 201
    assert answer.headers["Docker-Content-Digest"] == digest
    assert client.send("GET", f"/v2/{client.name}/blobs/{digest}").body == b"shared"


def test_a_mount_of_an_absent_blob_becomes_an_upload(client: Any) -> None:
    """The client then sends the bytes."""
    answer = client.send("POST", f"/v2/{client.name}/blobs/uploads/?mount={UNKNOWN}&from={client.other}")

    assert answer.status == 202
    assert answer.headers["Location"]


def test_an_image_does_not_see_the_blobs_of_another(client: Any) -> None:
    """Content belongs to names, though the bytes may be shared."""
    digest = client.push_blob(b"mine", client.other)
    client.push_image("t")

    answer = client.send("GET", f"/v2/{client.name}/blobs/{digest}")

    assert (answer.status, answer.code) == (404, "BLOB_UNKNOWN")


def test_a_manifest_is_found_by_tag_and_by_digest(client: Any) -> None:
    """Content type and digest come with it, for GET and HEAD."""
    digest = client.push_image("7_merge")

    for reference in ("7_merge", digest):
        got = client.send("GET", f"/v2/{client.name}/manifests/{reference}")
        head = client.send("HEAD", f"/v2/{client.name}/manifests/{reference}")
        assert (got.status, head.status) == (200, 200)
        assert str(Digest.of(got.body)) == digest
        assert head.body == b""
        for answer in (got, head):
            assert answer.headers["Docker-Content-Digest"] == digest
            assert answer.headers["Content-Type"] == OCI_MANIFEST
            assert answer.headers["Content-Length"] == str(len(got.body))


def test_a_pushed_manifest_is_answered_with_its_digest(client: Any) -> None:
    """BuildKit fails without it."""
    client.push_blob(b"{}")
    client.push_blob(b"layer")
    config, layer = Digest.of(b"{}"), Digest.of(b"layer")
    content = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": DOCKER_MANIFEST,
            "config": {"mediaType": DOCKER_CONFIG, "digest": str(config), "size": 2},
            "layers": [{"mediaType": DOCKER_LAYER, "digest": str(layer), "size": 5}],
        }
    ).encode()

    answer = client.push_manifest(content, "docker", media_type=DOCKER_MANIFEST)

    assert answer.status == 201
    assert answer.headers["Docker-Content-Digest"] == str(Digest.of(content))
    pulled = client.send("GET", f"/v2/{client.name}/manifests/docker")
    assert (pulled.body, pulled.headers["Content-Type"]) == (content, DOCKER_MANIFEST)


def test_a_tag_moves(client: Any) -> None:
    """The last push wins; the older manifest stays under its digest."""
    first, second = client.push_image("t", text="one"), client.push_image("t", text="two")

    assert client.send("HEAD", f"/v2/{client.name}/manifests/t").headers["Docker-Content-Digest"] == second
    assert client.send("HEAD", f"/v2/{client.name}/manifests/{first}").status == 200


@pytest.mark.parametrize(
    "media_type",
    [pytest.param(OCI_INDEX, id="oci"), pytest.param(DOCKER_MANIFEST_LIST, id="docker")],
)
def test_an_index_of_pushed_manifests_is_taken(client: Any, media_type: str) -> None:
    """A multi-platform image."""
    child = client.push_image("child")
    size = int(client.send("HEAD", f"/v2/{client.name}/manifests/child").headers["Content-Length"])

    answer = client.push_manifest(
        index((OCI_MANIFEST, child, size), media_type=media_type), "multi", media_type=media_type
    )

    assert answer.status == 201
    pulled = client.send("GET", f"/v2/{client.name}/manifests/multi")
    assert pulled.headers["Content-Type"] == media_type


def test_a_build_cache_as_an_index_of_layers_is_taken(client: Any) -> None:
    """BuildKit with `image-manifest=false` lists blobs as children."""
    layer, config = client.push_blob(b"layer"), client.push_blob(b"cache")
    content = index((OCI_LAYER_GZIP, layer, 5), (BUILDKIT_CACHE_CONFIG, config, 5))

    assert client.push_manifest(content, "cache", media_type=OCI_INDEX).status == 201


def test_an_index_with_an_absent_child_is_refused(client: Any) -> None:
    """Otherwise a pull would fail later."""
    client.push_image("t")

    answer = client.push_manifest(index((OCI_MANIFEST, UNKNOWN, 1)), "multi", media_type=OCI_INDEX)

    assert (answer.status, answer.code) == (400, "MANIFEST_BLOB_UNKNOWN")


def test_a_manifest_with_an_absent_layer_is_refused(client: Any) -> None:
    """The client must push the layers first."""
    config = client.push_blob(b"{}")
    content = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": 2},
            "layers": [{"mediaType": OCI_LAYER_GZIP, "digest": UNKNOWN, "size": 5}],
        }
    ).encode()

    answer = client.push_manifest(content, "t")

    assert (answer.status, answer.code) == (400, "MANIFEST_BLOB_UNKNOWN")
    assert client.send("GET", f"/v2/{client.name}/manifests/t").status == 404


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"no JSON", id="text"),
        pytest.param(b"[]", id="list"),
    ],
)
def test_what_is_no_manifest_is_refused(client: Any, content: bytes) -> None:
    """The answer says that the manifest is at fault."""
    answer = client.push_manifest(content, "t")

    assert (answer.status, answer.code) == (400, "MANIFEST_INVALID")


def test_a_manifest_under_a_wrong_digest_is_refused(client: Any) -> None:
    """A digest in the path must be the content's."""
    client.push_image("t")
    content = client.send("GET", f"/v2/{client.name}/manifests/t").body

    answer = client.push_manifest(content, UNKNOWN)

    assert (answer.status, answer.code) == (400, "DIGEST_INVALID")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        pytest.param("manifests/absent", "MANIFEST_UNKNOWN", id="tag"),
        pytest.param(f"manifests/{UNKNOWN}", "MANIFEST_UNKNOWN", id="digest"),
        pytest.param(f"blobs/{UNKNOWN}", "BLOB_UNKNOWN", id="blob"),
    ],
)
def test_what_is_not_there_is_not_found(client: Any, path: str, code: str) -> None:
    """GET says what is unknown; HEAD only that it is."""
    client.push_image("t")

    got = client.send("GET", f"/v2/{client.name}/{path}")
    head = client.send("HEAD", f"/v2/{client.name}/{path}")

    assert (got.status, got.code) == (404, code)
    assert (head.status, head.body) == (404, b"")


def test_tags_are_listed(client: Any) -> None:
    """Every tag, once."""
    client.push_image("b", "a", "7_merge")

    answer = client.send("GET", f"/v2/{client.name}/tags/list")

    assert answer.data["name"] == client.name
    assert sorted(answer.data["tags"]) == ["7_merge", "a", "b"]


def test_tags_of_an_unknown_image_are_not_found(client: Any) -> None:
    """A name nobody pushed to is not known."""
    answer = client.send("GET", f"/v2/{client.other}/tags/list")

    assert (answer.status, answer.code) == (404, "NAME_UNKNOWN")


def test_a_manifest_is_deleted_with_its_tags(client: Any) -> None:
    """By digest, everything that points to it goes."""
    digest = client.push_image("t", "u")
    keep = client.push_image("v", text="other")

    assert client.send("DELETE", f"/v2/{client.name}/manifests/{digest}").status == 202

    for reference in ("t", "u", digest):
        assert client.send("HEAD", f"/v2/{client.name}/manifests/{reference}").status == 404
    assert client.send("HEAD", f"/v2/{client.name}/manifests/{keep}").status == 200


def test_deleting_an_absent_manifest_is_not_found(client: Any) -> None:
    """There is nothing to delete."""
    client.push_image("t")

    answer = client.send("DELETE", f"/v2/{client.name}/manifests/{UNKNOWN}")

    assert (answer.status, answer.code) == (404, "MANIFEST_UNKNOWN")


def test_a_blob_is_deleted_from_one_image_only(client: Any) -> None:
    """Another image that holds it keeps it."""
    digest = client.push_blob(b"shared")
    client.push_blob(b"shared", client.other)

    assert client.send("DELETE", f"/v2/{client.name}/blobs/{digest}").status == 202

    assert client.send("HEAD", f"/v2/{client.name}/blobs/{digest}").status == 404
    assert client.send("GET", f"/v2/{client.other}/blobs/{digest}").body == b"shared"


def test_an_image_can_be_pushed_again_after_it_was_deleted(client: Any) -> None:
    """A cache that was cleaned fills anew."""
    digest = client.push_image("t")
    client.send("DELETE", f"/v2/{client.name}/manifests/{digest}")

    assert client.push_image("t") == digest
    assert client.send("HEAD", f"/v2/{client.name}/manifests/t").status == 200


def test_the_catalog_lists_images(client: Any) -> None:
    """Every name that holds something."""
    client.push_image("t")
    first = client.name[:-1]

    answer = client.send("GET", f"/v2/_catalog?n=1000&last={first}")

    assert client.name in answer.data["repositories"]


def test_a_method_that_does_not_exist_is_refused(client: Any) -> None:
    """405, as the specification of HTTP says."""
    assert client.send("POST", f"/v2/{client.name}/manifests/t", b"").status == 405


def test_an_illegal_name_is_never_found(client: Any) -> None:
    """Upper case is not part of the grammar."""
    assert client.send("GET", "/v2/Owner/App/manifests/t").status in (400, 404)


def test_a_large_blob_comes_back_whole(client: Any) -> None:
    """Bigger than any buffer on the way."""
    content = bytes(range(256)) * (3 * 4096 + 1)
    digest = client.push_blob(content)

    answer = client.send("GET", f"/v2/{client.name}/blobs/{digest}")
    part = client.send("GET", f"/v2/{client.name}/blobs/{digest}", headers={"Range": "bytes=1000000-2999999"})

    assert answer.body == content
    assert (part.status, part.body) == (206, content[1000000:3000000])
