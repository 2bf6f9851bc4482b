"""Paths, queries and range headers, as the registry reads them."""

from __future__ import annotations

import pytest

from pytest_cicache.engines.registry._refusal import RegistryRefusal
from pytest_cicache.engines.registry._routes import content_range, read_range, route
from pytest_cicache.oci import Endpoint

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("target", "endpoint", "name", "reference"),
    [
        pytest.param("/v2", Endpoint.PING, "", "", id="base without a slash"),
        pytest.param("/v2/", Endpoint.PING, "", "", id="base"),
        pytest.param("/v2/_catalog?n=1", Endpoint.CATALOG, "", "", id="catalog"),
        pytest.param("/v2/o/p/manifests/t", Endpoint.MANIFEST, "o/p", "t", id="manifest"),
        pytest.param(f"/v2/o/p/manifests/{DIGEST}", Endpoint.MANIFEST, "o/p", DIGEST, id="by digest"),
        pytest.param(f"/v2/o/p/blobs/{DIGEST.replace(':', '%3A')}", Endpoint.BLOB, "o/p", DIGEST, id="encoded colon"),
        pytest.param("/v2/p/blobs/uploads/", Endpoint.UPLOADS, "p", "", id="uploads"),
        pytest.param("/v2/p/blobs/uploads", Endpoint.UPLOADS, "p", "", id="uploads without a slash"),
        pytest.param("/v2/p/blobs/uploads/0a1b", Endpoint.UPLOAD, "p", "0a1b", id="upload"),
        pytest.param("/v2/p/tags/list?n=1", Endpoint.TAGS, "p", "", id="tags"),
        pytest.param(f"/v2/p/referrers/{DIGEST}", Endpoint.REFERRERS, "p", DIGEST, id="referrers"),
        pytest.param("/v2/a/manifests/b/manifests/t", Endpoint.MANIFEST, "a/manifests/b", "t", id="a word as a name"),
        pytest.param("/v2/a/blobs/tags/list", Endpoint.TAGS, "a/blobs", "", id="another word as a name"),
        pytest.param("/v2/a/../b/manifests/t", Endpoint.MANIFEST, "a/../b", "t", id="dots stay"),
        pytest.param("/v2/a%2Fb/manifests/t", Endpoint.MANIFEST, "a%2Fb", "t", id="encoded slash stays"),
    ],
)
def test_a_target_is_an_endpoint_with_a_name(target: str, endpoint: Endpoint, name: str, reference: str) -> None:
    """Nothing is decoded but the colon of a digest."""
    found = route(target)

    assert found is not None
    assert (found.endpoint, found.name, found.reference) == (endpoint, name, reference)


@pytest.mark.parametrize(
    "target", ["", "/", "*", "/v1/", "/v2/x", "/v2/x/manifests", "/v2/x/manifests/", "/v2/x/blobs/a/b", "/v2x"]
)
def test_other_targets_are_no_endpoint(target: str) -> None:
    """The server answers 404."""
    assert route(target) is None


def test_a_query_gives_its_last_value() -> None:
    """A parameter that is not there gives nothing; an empty one gives an empty text."""
    found = route("/v2/x/tags/list?n=1&n=2&last=")

    assert found is not None
    assert [found.value(key) for key in ("n", "last", "other")] == ["2", "", None]


@pytest.mark.parametrize(
    ("header", "size", "part"),
    [
        pytest.param(None, 10, None, id="none"),
        pytest.param("bytes=0-0", 10, (0, 1), id="first byte"),
        pytest.param("bytes=3-", 10, (3, 10), id="from"),
        pytest.param("bytes=-3", 10, (7, 10), id="last three"),
        pytest.param("bytes=-30", 10, (0, 10), id="more than there is"),
        pytest.param("bytes=3-300", 10, (3, 10), id="over the end"),
        pytest.param("bytes=1-2,4-5", 10, None, id="two ranges"),
        pytest.param("bytes=-", 10, None, id="empty range"),
        pytest.param("lines=1-2", 10, None, id="another unit"),
        pytest.param("bytes=a-b", 10, None, id="no numbers"),
    ],
)
def test_a_range_is_a_part_of_the_blob(header: str | None, size: int, part: tuple[int, int] | None) -> None:
    """What is no single range of bytes asks for the whole."""
    assert read_range(header, size) == part


@pytest.mark.parametrize(
    ("header", "size"),
    [
        pytest.param("bytes=10-", 10, id="behind the end"),
        pytest.param("bytes=-0", 10, id="last nothing"),
        pytest.param("bytes=0-", 0, id="of nothing"),
        pytest.param("bytes=-1", 0, id="last of nothing"),
        pytest.param("bytes=5-4", 10, id="backwards"),
    ],
)
def test_a_range_of_nothing_is_refused(header: str, size: int) -> None:
    """416."""
    with pytest.raises(RegistryRefusal, match="invalid content range") as caught:
        read_range(header, size)
    assert caught.value.status == 416


@pytest.mark.parametrize("header", ["0-9", "bytes 0-9/*", "bytes 0-9/20", "bytes=0-9", " 0-9 "])
def test_a_content_range_has_two_offsets(header: str) -> None:
    """As the specification writes it, and as HTTP does."""
    assert content_range(header) == (0, 9)


@pytest.mark.parametrize("header", ["", "9-0", "0", "a-b", "-1-5", "0-9/x"])
def test_what_is_no_content_range_is_refused(header: str) -> None:
    """416."""
    with pytest.raises(RegistryRefusal, match="invalid content range"):
        content_range(header)
