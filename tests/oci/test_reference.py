"""References, as the docker tools read them."""

from __future__ import annotations

import re

import pytest

from pytest_cicache.errors import ReferenceError  # noqa: A004 - the field's word
from pytest_cicache.oci import Digest, Reference, is_image_name, is_tag

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "host", "image_name", "tag", "digest"),
    [
        pytest.param("debian", "docker.io", "library/debian", None, None, id="official image"),
        pytest.param("debian:12", "docker.io", "library/debian", "12", None, id="official image with tag"),
        pytest.param("owner/app", "docker.io", "owner/app", None, None, id="hub user"),
        pytest.param("docker.io/debian", "docker.io", "library/debian", None, None, id="hub by name"),
        pytest.param("index.docker.io/a/b", "docker.io", "a/b", None, None, id="hub by its old name"),
        pytest.param("ghcr.io/o/p:7_merge", "ghcr.io", "o/p", "7_merge", None, id="ghcr"),
        pytest.param("localhost/x", "localhost", "x", None, None, id="localhost"),
        pytest.param("localhost:5000/x:1", "localhost:5000", "x", "1", None, id="port"),
        pytest.param("[::1]:5000/x", "[::1]:5000", "x", None, None, id="ipv6"),
        pytest.param("Owner/x", "Owner", "x", None, None, id="a capital makes a host"),
        pytest.param(f"ghcr.io/o/p@{DIGEST}", "ghcr.io", "o/p", None, DIGEST, id="digest"),
        pytest.param(f"ghcr.io/o/p:t@{DIGEST}", "ghcr.io", "o/p", "t", DIGEST, id="tag and digest"),
        pytest.param("ghcr.io/a.b/c__d/e---f", "ghcr.io", "a.b/c__d/e---f", None, None, id="separators"),
    ],
)
def test_a_reference_is_read_as_docker_reads_it(
    text: str, host: str, image_name: str, tag: str | None, digest: str | None
) -> None:
    """Host, image name, tag and digest come out as docker's normalisation gives them."""
    reference = Reference.parse(text)

    assert (reference.host, reference.image_name, reference.tag) == (host, image_name, tag)
    assert (reference.digest and str(reference.digest)) == digest


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "ghcr.io/Owner/x:t",
            "invalid reference format: repository name (Owner/x) must be lowercase",
            id="upper case",
        ),
        pytest.param("X", "invalid reference format: repository name (library/X) must be lowercase", id="X"),
        pytest.param("", "invalid reference format", id="empty"),
        pytest.param("a b", "invalid reference format", id="space"),
        pytest.param("ghcr.io/o/p:", "invalid reference format", id="empty tag"),
        pytest.param("ghcr.io/o/p:7/merge", "invalid reference format", id="slash in the tag"),
        pytest.param("ghcr.io/o/p:" + "t" * 129, "invalid reference format", id="long tag"),
        pytest.param("ghcr.io//p", "invalid reference format", id="empty component"),
        pytest.param("ghcr.io/o/../p", "invalid reference format", id="dots"),
        pytest.param("ghcr.io/o/-p", "invalid reference format", id="leading dash"),
        pytest.param("ghcr.io/o/p\n", "invalid reference format", id="line end"),
        pytest.param("ghcr.io/" + "a" * 256, "repository name must not be more than 255 characters", id="long name"),
        pytest.param(
            "a" * 64,
            f"invalid repository name ({'a' * 64}), cannot specify 64-byte hexadecimal strings",
            id="an image id",
        ),
        pytest.param("x@sha256:" + "a" * 63, "invalid checksum digest length", id="short digest"),
        pytest.param("x@md5:" + "a" * 32, "unsupported digest algorithm", id="unknown algorithm"),
    ],
)
def test_what_is_no_reference_is_refused_in_dockers_words(text: str, message: str) -> None:
    """The message is the one the docker tools print."""
    with pytest.raises(ReferenceError, match=f"^{re.escape(message)}$"):
        Reference.parse(text)


@pytest.mark.parametrize(
    ("text", "canonical", "identifier"),
    [
        pytest.param("debian", "docker.io/library/debian:latest", "latest", id="the default tag"),
        pytest.param("ghcr.io/o/p:t", "ghcr.io/o/p:t", "t", id="tag"),
        pytest.param(f"ghcr.io/o/p@{DIGEST}", f"ghcr.io/o/p@{DIGEST}", DIGEST, id="digest needs no tag"),
        pytest.param(f"ghcr.io/o/p:t@{DIGEST}", f"ghcr.io/o/p:t@{DIGEST}", DIGEST, id="digest wins"),
    ],
)
def test_normalising_adds_the_tag_latest(text: str, canonical: str, identifier: str) -> None:
    """Only a reference with neither tag nor digest gets `latest`."""
    reference = Reference.parse(text)

    assert str(reference.normalised) == canonical
    assert reference.identifier == identifier
    assert Reference.parse(str(reference)) == reference


def test_the_name_is_host_and_image_name() -> None:
    """The tag is no part of the name."""
    assert Reference.parse("ghcr.io/o/p:t").name == "ghcr.io/o/p"


@pytest.mark.parametrize(
    ("text", "legal"),
    [
        pytest.param("a/b", True, id="plain"),
        pytest.param("a" * 255, True, id="longest"),
        pytest.param("a" * 256, False, id="too long"),
        pytest.param("a/../b", False, id="dots"),
        pytest.param("a%2fb", False, id="encoded slash"),
        pytest.param("A/b", False, id="upper case"),
        pytest.param("a/", False, id="ends with a slash"),
        pytest.param("a_b__c", True, id="underscores"),
        pytest.param("a___b", False, id="three underscores"),
        pytest.param("a\n", False, id="line end"),
    ],
)
def test_image_names_follow_the_grammar(text: str, legal: bool) -> None:
    """The grammar of the distribution specification decides."""
    assert is_image_name(text) is legal


@pytest.mark.parametrize(
    ("text", "legal"),
    [
        pytest.param("_x", True, id="underscore first"),
        pytest.param("t" * 128, True, id="longest"),
        pytest.param("t" * 129, False, id="too long"),
        pytest.param(".t", False, id="dot first"),
        pytest.param("-t", False, id="dash first"),
        pytest.param("a+b", False, id="plus"),
        pytest.param("", False, id="empty"),
        pytest.param("é", False, id="letter outside ASCII"),
    ],
)
def test_tags_follow_the_grammar(text: str, legal: bool) -> None:
    """The grammar of the distribution specification decides."""
    assert is_tag(text) is legal


def test_a_reference_can_be_built_from_parts() -> None:
    """The text is canonical however it was made."""
    reference = Reference(host="ghcr.io", image_name="o/p", tag="t", digest=Digest.parse(DIGEST))

    assert str(reference) == f"ghcr.io/o/p:t@{DIGEST}"
