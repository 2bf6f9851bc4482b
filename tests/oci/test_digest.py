"""Digests name content by its hash."""

from __future__ import annotations

import hashlib

import pytest

from pytest_cicache.errors import ReferenceError  # noqa: A004 - the field's word
from pytest_cicache.oci import Digest


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_a_digest_of_content_matches_that_content_only(algorithm: str) -> None:
    """Both algorithms of the specification are known."""
    digest = Digest.of(b"layer", algorithm)

    assert str(digest) == f"{algorithm}:{hashlib.new(algorithm, b'layer').hexdigest()}"
    assert digest.matches(b"layer")
    assert not digest.matches(b"Layer")
    assert Digest.parse(str(digest)) == digest


def test_a_running_hash_gives_the_same_digest() -> None:
    """Content that comes in pieces has the digest of the whole."""
    hasher = Digest.hasher()
    hasher.update(b"lay")
    hasher.update(b"er")

    assert Digest("sha256", hasher.hexdigest()) == Digest.of(b"layer")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("abc", "invalid checksum digest format: 'abc'", id="no algorithm"),
        pytest.param("sha256:", "invalid checksum digest format", id="empty"),
        pytest.param("sha256:" + "a" * 63, "invalid checksum digest length", id="short"),
        pytest.param("sha512:" + "a" * 64, "invalid checksum digest length", id="length of another"),
        pytest.param("sha256:" + "A" * 64, "invalid checksum digest format", id="upper case"),
        pytest.param("sha256:" + "g" * 64, "invalid checksum digest format", id="not hexadecimal"),
        pytest.param("md5:" + "a" * 32, "unsupported digest algorithm: 'md5'", id="unknown algorithm"),
        pytest.param("sha256:../../etc/passwd", "invalid checksum digest format", id="a path"),
    ],
)
def test_a_malformed_digest_is_refused(text: str, message: str) -> None:
    """The message says whether format, length or algorithm is wrong."""
    with pytest.raises(ReferenceError, match=message):
        Digest.parse(text)
