"""Which headers pass the gateway, in each direction, and how addresses in them change."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["answer_headers", "error_message", "expected_bytes", "local_path", "request_headers", "spoil"]

# https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)
_NOT_SENT = _HOP_BY_HOP | {
    "accept-encoding",
    "authorization",
    "expect",
    "host",
    "proxy-authorization",
    "cookie",
}
_NOT_ANSWERED = _HOP_BY_HOP | {"content-length", "date", "server", "www-authenticate"}
_ADDRESSES = frozenset({"location", "link"})
_RANGE = re.compile(r"bytes=(?P<first>\d+)-(?P<last>\d*)")


def request_headers(
    headers: Iterable[tuple[str, str]], *, whole: bool = False, empty: bool = False
) -> list[tuple[str, str]]:
    """Choose the headers the registry behind gets to see; credentials are not among them.

    With `whole` a range is not passed either: the question is about all of a blob. With `empty` there is
    no body, and so no length.
    """
    dropped = _NOT_SENT | ({"range"} if whole else set()) | ({"content-length"} if empty else set())
    return [(name, value) for name, value in headers if name.lower() not in dropped]


def answer_headers(headers: Iterable[tuple[str, str]], upstream: str) -> list[tuple[str, str]]:
    """Choose the headers the client gets to see, addresses of the registry behind made relative.

    The length is not among them: it is that of the body which is sent in the end.
    """
    return [
        (name, local_path(value, upstream) if name.lower() in _ADDRESSES else value)
        for name, value in headers
        if name.lower() not in _NOT_ANSWERED
    ]


def local_path(value: str, upstream: str) -> str:
    """Take the registry's own address out of a `Location` or `Link`, which leaves a path on the gateway."""
    return value.replace(f"{upstream}/", "/")


def spoil(headers: Iterable[tuple[str, str]], changes: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """Apply a fault's headers: a text replaces or adds one, `None` removes it."""
    changed = {name.lower() for name in changes}
    kept = [(name, value) for name, value in headers if name.lower() not in changed]
    return kept + [(name, value) for name, value in changes.items() if value is not None]


def expected_bytes(size: int, range_header: str) -> int:
    """Count the bytes of a blob that a request with this `Range` header gets."""
    found = _RANGE.fullmatch(range_header.strip())
    if found is None:
        return size
    last = int(found["last"]) if found["last"] else size - 1
    return max(0, min(last, size - 1) - int(found["first"]) + 1)


def error_message(body: bytes) -> str | None:
    """Read the text of a registry's error body as clients print it: `denied: installation not …`."""
    try:
        error = json.loads(body)["errors"][0]
        code, message = str(error["code"]), error.get("message")
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    words = code.lower().replace("_", " ")
    return f"{words}: {message}" if message else words
