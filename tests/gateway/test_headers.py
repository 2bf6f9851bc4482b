"""What passes in headers, in each direction."""

from __future__ import annotations

import pytest

from pytest_cicache.gateway._headers import (
    answer_headers,
    error_message,
    expected_bytes,
    request_headers,
    spoil,
)

UPSTREAM = "http://127.0.0.1:5000"


def test_credentials_stay_with_the_gateway() -> None:
    """The registry behind sees what concerns the content, and no credential."""
    sent = [("Accept", "a"), ("authorization", "Bearer x"), ("Host", "h"), ("Range", "bytes=1-"), ("Expect", "e")]

    assert request_headers(sent) == [("Accept", "a"), ("Range", "bytes=1-")]
    assert request_headers(sent, whole=True) == [("Accept", "a")]
    assert request_headers([("Content-Length", "3"), ("Accept", "a")], empty=True) == [("Accept", "a")]


@pytest.mark.parametrize(
    ("header", "passed"),
    [
        pytest.param(("Location", f"{UPSTREAM}/v2/a/b"), [("Location", "/v2/a/b")], id="absolute-location"),
        pytest.param(("Location", "/v2/a/b"), [("Location", "/v2/a/b")], id="relative-location"),
        pytest.param(
            ("Link", f'<{UPSTREAM}/v2/a/tags/list?last=x>; rel="next"'),
            [("Link", '</v2/a/tags/list?last=x>; rel="next"')],
            id="link",
        ),
        pytest.param(("Docker-Content-Digest", "sha256:1"), [("Docker-Content-Digest", "sha256:1")], id="digest"),
        pytest.param(("Connection", "close"), [], id="hop-by-hop"),
        pytest.param(("WWW-Authenticate", "Basic"), [], id="its-own-challenge"),
    ],
)
def test_addresses_become_the_gateways(header: tuple[str, str], passed: list[tuple[str, str]]) -> None:
    """A client that follows a header stays on the gateway."""
    assert answer_headers([header], UPSTREAM) == passed


def test_a_fault_changes_headers() -> None:
    """A text replaces, `None` removes."""
    headers = [("Location", "/a"), ("content-type", "t"), ("ETag", "e")]

    assert spoil(headers, {"location": None, "Content-Type": "x"}) == [("ETag", "e"), ("Content-Type", "x")]


@pytest.mark.parametrize(
    ("size", "asked", "count"),
    [
        pytest.param(10, "", 10, id="whole"),
        pytest.param(10, "bytes=4-", 6, id="rest"),
        pytest.param(10, "bytes=4-5", 2, id="part"),
        pytest.param(10, "bytes=4-99", 6, id="beyond"),
        pytest.param(10, "bytes=99-", 0, id="after"),
        pytest.param(10, "bytes=-3", 10, id="suffix-is-not-understood"),
    ],
)
def test_bytes_of_a_redirected_read(size: int, asked: str, count: int) -> None:
    """Bytes that do not pass through are counted from the size and the range."""
    assert expected_bytes(size, asked) == count


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param(b'{"errors":[{"code":"DENIED","message":"m"}]}', "denied: m", id="both"),
        pytest.param(b'{"errors":[{"code":"BLOB_UNKNOWN"}]}', "blob unknown", id="code-only"),
        pytest.param(b'{"errors":[]}', None, id="no-error"),
        pytest.param(b'{"errors":["x"]}', None, id="odd-error"),
        pytest.param(b'{"errors":[{"code":null}]}', "none", id="odd-code"),
        pytest.param(b"<html>", None, id="html"),
        pytest.param(b"[1]", None, id="list"),
    ],
)
def test_error_texts(body: bytes, text: str | None) -> None:
    """A registry's error reads as clients print it."""
    assert error_message(body) == text
