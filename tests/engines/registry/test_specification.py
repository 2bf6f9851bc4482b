"""Where the embedded registry is stricter or fuller than the reference registry: specification 1.1 whole."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_cicache.oci import OCI_INDEX, OCI_MANIFEST, Digest

UNKNOWN = "sha256:" + "0" * 64


def artifact(client: Any, subject: str, kind: str, **more: Any) -> bytes:
    config = client.push_blob(b"{}")
    data = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": kind,
        "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": config, "size": 2},
        "layers": [],
        "subject": {"mediaType": OCI_MANIFEST, "digest": subject, "size": 1},
        **more,
    }
    return json.dumps(data).encode()


def test_tags_come_in_pages(embedded: Any) -> None:
    """Each page links to the next; the last links to none."""
    embedded.push_image(*"abcde")
    path, seen = f"/v2/{embedded.name}/tags/list?n=2", []

    while path:
        answer = embedded.send("GET", path)
        seen.append(answer.data["tags"])
        link = answer.headers["Link"] or ""
        assert not link or link.endswith('; rel="next"')
        path = link.partition("<")[2].partition(">")[0]

    assert seen == [["a", "b"], ["c", "d"], ["e"]]


def test_tags_after_a_tag(embedded: Any) -> None:
    """`last` need not exist."""
    embedded.push_image(*"ace")

    assert embedded.send("GET", f"/v2/{embedded.name}/tags/list?n=5&last=b").data["tags"] == ["c", "e"]


def test_tags_are_in_lexical_order(embedded: Any) -> None:
    """However they were pushed."""
    embedded.push_image("b", "a", "7_merge", "A")

    tags = embedded.send("GET", f"/v2/{embedded.name}/tags/list").data["tags"]

    assert tags == ["7_merge", "A", "a", "b"]


@pytest.mark.parametrize(
    ("number", "status"),
    [
        pytest.param("0", 200, id="none"),
        pytest.param("-1", 400, id="negative"),
        pytest.param("x", 400, id="a word"),
        pytest.param("", 400, id="empty"),
        pytest.param("9" * 400, 200, id="more digits than any count"),
    ],
)
def test_a_page_size_is_a_number(embedded: Any, number: str, status: int) -> None:
    """Zero asks for nothing; what is no number is refused."""
    embedded.push_image("a", "b")

    answer = embedded.send("GET", f"/v2/{embedded.name}/tags/list?n={number}")

    assert answer.status == status
    assert status == 200 or answer.code == "PAGINATION_NUMBER_INVALID"


def test_the_catalog_comes_in_pages(embedded: Any) -> None:
    """The link leads from page to page."""
    for name in ("c/x", "c/y", "c/z"):
        embedded.push_blob(b"x", name)

    first = embedded.send("GET", "/v2/_catalog?n=2")
    rest = embedded.send("GET", first.headers["Link"].partition("<")[2].partition(">")[0])

    assert first.data["repositories"] + rest.data["repositories"] == ["c/x", "c/y", "c/z"]
    assert rest.headers["Link"] is None


def test_a_blob_is_pushed_in_one_request(embedded: Any) -> None:
    """POST with the digest and the content."""
    digest = Digest.of(b"content")

    answer = embedded.send("POST", f"/v2/{embedded.name}/blobs/uploads/?digest={digest}", b"content")

    assert answer.status == 201
    assert answer.headers["Location"] == f"/v2/{embedded.name}/blobs/{digest}"
    assert embedded.send("GET", answer.headers["Location"]).body == b"content"


@pytest.mark.parametrize("way", ["POST", "PUT"])
def test_content_can_have_a_sha512_digest(embedded: Any, way: str) -> None:
    """A client may choose the longer digest, even when the upload began without saying so."""
    digest = Digest.of(b"content", "sha512")
    start = f"/v2/{embedded.name}/blobs/uploads/"
    location = start if way == "POST" else embedded.begin(embedded.name)

    answer = embedded.send(way, f"{location}?digest={digest}", b"content")

    assert answer.status == 201
    assert embedded.send("GET", f"/v2/{embedded.name}/blobs/{digest}").body == b"content"


def test_a_manifest_can_have_a_sha512_digest_and_tags_beside(embedded: Any) -> None:
    """Pushed by digest, with tags as parameters."""
    content = artifact(embedded, UNKNOWN, "a/b")
    digest = Digest.of(content, "sha512")

    answer = embedded.push_manifest(content, f"{digest}?tag=one&tag=two")

    assert (answer.status, answer.headers["Docker-Content-Digest"]) == (201, str(digest))
    assert answer.headers.get_all("OCI-Tag") == ["one", "two"]
    head = embedded.send("HEAD", f"/v2/{embedded.name}/manifests/two")
    assert head.headers["Docker-Content-Digest"] == str(digest)


@pytest.mark.parametrize(
    ("header", "status"),
    [
        pytest.param("3-5", 202, id="next"),
        pytest.param("bytes 3-5/*", 202, id="as HTTP writes it"),
        pytest.param("0-2", 416, id="again"),
        pytest.param("4-6", 416, id="gap"),
        pytest.param("5-3", 416, id="backwards"),
        pytest.param("abc", 416, id="no range"),
        pytest.param("3-9", 400, id="another length"),
    ],
)
def test_a_chunk_must_follow_the_last(embedded: Any, header: str, status: int) -> None:
    """A chunk out of order is refused, and the upload can go on."""
    location = embedded.begin(embedded.name)
    embedded.send("PATCH", location, b"abc")

    answer = embedded.send("PATCH", location, b"def", {"Content-Range": header})

    assert answer.status == status
    size = 6 if status == 202 else 3
    assert embedded.send("GET", location).headers["Range"] == f"0-{size - 1}"


def test_the_last_chunk_must_follow_too(embedded: Any) -> None:
    """PUT may bring the last chunk."""
    location = embedded.begin(embedded.name)
    embedded.send("PATCH", location, b"abc")
    end = f"{location}?digest={Digest.of(b'abcdef')}"

    refused = embedded.send("PUT", end, b"def", {"Content-Range": "4-6"})
    taken = embedded.send("PUT", end, b"def", {"Content-Range": "3-5"})

    assert (refused.status, refused.headers["Range"]) == (416, "0-2")
    assert taken.status == 201


def test_an_upload_belongs_to_its_image(embedded: Any) -> None:
    """Another name cannot write to it."""
    upload = embedded.begin(embedded.name).rpartition("/")[2]

    answer = embedded.send("PATCH", f"/v2/{embedded.other}/blobs/uploads/{upload}", b"x")

    assert (answer.status, answer.code) == (404, "BLOB_UPLOAD_UNKNOWN")


def test_a_mount_without_a_source_becomes_an_upload(embedded: Any) -> None:
    """Content never crosses from one simulation to another unasked."""
    digest = embedded.push_blob(b"shared", embedded.other)

    answer = embedded.send("POST", f"/v2/{embedded.name}/blobs/uploads/?mount={digest}")

    assert answer.status == 202


def test_referrers_name_what_refers_to_a_digest(embedded: Any) -> None:
    """With type and annotations; the subject need not exist."""
    content = artifact(embedded, UNKNOWN, "application/sbom", annotations={"k": "v"})
    pushed = embedded.push_manifest(content, "sbom")

    answer = embedded.send("GET", f"/v2/{embedded.name}/referrers/{UNKNOWN}")

    assert pushed.headers["OCI-Subject"] == UNKNOWN
    assert answer.headers["Content-Type"] == OCI_INDEX
    assert answer.headers["OCI-Filters-Applied"] is None
    assert answer.data["manifests"] == [
        {
            "mediaType": OCI_MANIFEST,
            "digest": str(Digest.of(content)),
            "size": len(content),
            "artifactType": "application/sbom",
            "annotations": {"k": "v"},
        }
    ]


def test_referrers_are_filtered_by_type(embedded: Any) -> None:
    """The answer says that the filter was applied."""
    for kind in ("a/one", "a/two"):
        embedded.push_manifest(artifact(embedded, UNKNOWN, kind), kind.replace("/", "-"))

    answer = embedded.send("GET", f"/v2/{embedded.name}/referrers/{UNKNOWN}?artifactType=a/two")

    assert answer.headers["OCI-Filters-Applied"] == "artifactType"
    assert [entry["artifactType"] for entry in answer.data["manifests"]] == ["a/two"]


def test_a_deleted_referrer_is_gone(embedded: Any) -> None:
    """And nothing at all is an empty index."""
    content = artifact(embedded, UNKNOWN, "a/b")
    embedded.push_manifest(content, "t")
    embedded.send("DELETE", f"/v2/{embedded.name}/manifests/{Digest.of(content)}")

    answer = embedded.send("GET", f"/v2/{embedded.name}/referrers/{UNKNOWN}")

    assert (answer.status, answer.data["manifests"]) == (200, [])
    assert embedded.send("GET", f"/v2/{embedded.other}/referrers/{UNKNOWN}").data["manifests"] == []


def test_a_tag_is_deleted_alone(embedded: Any) -> None:
    """The manifest and its other tags stay."""
    digest = embedded.push_image("t", "u")

    assert embedded.send("DELETE", f"/v2/{embedded.name}/manifests/t").status == 202

    assert embedded.send("HEAD", f"/v2/{embedded.name}/manifests/t").status == 404
    assert embedded.send("HEAD", f"/v2/{embedded.name}/manifests/u").status == 200
    assert embedded.send("HEAD", f"/v2/{embedded.name}/manifests/{digest}").status == 200


def test_a_layer_that_lives_elsewhere_is_not_demanded(embedded: Any) -> None:
    """Windows base layers are foreign."""
    config = embedded.push_blob(b"{}")
    layer = {
        "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "digest": UNKNOWN,
        "size": 1,
    }
    content = json.dumps(
        {"schemaVersion": 2, "config": {"mediaType": "a/b", "digest": config, "size": 2}, "layers": [layer]}
    ).encode()

    assert embedded.push_manifest(content, "windows").status == 201


def test_every_missing_layer_is_named(embedded: Any) -> None:
    """The detail lists them."""
    config, other = embedded.push_blob(b"{}"), "sha256:" + "1" * 64
    layers = [{"mediaType": "a/b", "digest": digest, "size": 1} for digest in (UNKNOWN, other)]
    content = json.dumps(
        {"schemaVersion": 2, "config": {"mediaType": "a/b", "digest": config, "size": 2}, "layers": layers}
    ).encode()

    answer = embedded.push_manifest(content, "t")

    assert answer.data["errors"][0]["detail"]["missing"] == [UNKNOWN, other]


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        pytest.param(".hidden", "TAG_INVALID", id="dot first"),
        pytest.param("t" * 129, "TAG_INVALID", id="long"),
        pytest.param("a%2Fb", "TAG_INVALID", id="encoded slash"),
        pytest.param("sha256:abc", "DIGEST_INVALID", id="half a digest"),
    ],
)
def test_an_illegal_tag_is_refused(embedded: Any, tag: str, code: str) -> None:
    """The grammar of the specification decides."""
    config = embedded.push_blob(b"{}")
    content = json.dumps(
        {"schemaVersion": 2, "config": {"mediaType": "a/b", "digest": config, "size": 2}, "layers": []}
    ).encode()

    answer = embedded.push_manifest(content, tag)

    assert (answer.status, answer.code) == (400, code)


def test_an_index_can_refer_to_a_subject(embedded: Any) -> None:
    """Without a type of its own it is listed without one."""
    subject = {"mediaType": OCI_MANIFEST, "digest": UNKNOWN, "size": 1}
    content = json.dumps({"schemaVersion": 2, "manifests": [], "subject": subject}).encode()
    embedded.push_manifest(content, "t", media_type=OCI_INDEX)

    answer = embedded.send("GET", f"/v2/{embedded.name}/referrers/{UNKNOWN}")

    expected = {"mediaType": OCI_INDEX, "digest": str(Digest.of(content)), "size": len(content)}
    assert answer.data["manifests"] == [expected]
