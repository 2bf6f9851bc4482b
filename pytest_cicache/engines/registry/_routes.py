"""The registry's paths and range headers, read without decoding anything a path trick could use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from pytest_cicache.engines.registry._refusal import RegistryRefusal
from pytest_cicache.oci import Endpoint, ErrorCode, read_registry_path

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Route", "content_range", "read_range", "route"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An endpoint with the name, the reference and the query of one request."""

    endpoint: Endpoint
    name: str = ""
    reference: str = ""
    query: Mapping[str, list[str]]

    def value(self, key: str) -> str | None:
        """Give the last value of a query parameter."""
        values = self.query.get(key)
        return values[-1] if values else None


_COLON = re.compile("%3a", re.IGNORECASE)


def route(target: str) -> Route | None:
    """Read a request target; `None` for a path the registry does not have.

    Percent-encoding is not undone but for the colon of a digest, so an encoded slash or dot stays an
    illegal character of a name.
    """
    path, _, text = target.partition("?")
    query = parse_qs(text, keep_blank_values=True) if text else {}
    found = read_registry_path(_COLON.sub(":", path))
    if found is None or found.endpoint is Endpoint.TOKEN or "/" in (found.reference or ""):
        return None
    return Route(endpoint=found.endpoint, name=found.name, reference=found.reference or "", query=query)


_CONTENT_RANGE = re.compile(r"(?:bytes[ =])?(?P<start>\d+)-(?P<end>\d+)(?:/(?:\d+|\*))?")
_RANGE = re.compile(r"bytes=(?P<start>\d*)-(?P<end>\d*)")


def content_range(header: str) -> tuple[int, int]:
    """Read the `Content-Range: 0-1023` of a chunk into its first and last offset."""
    found = _CONTENT_RANGE.fullmatch(header.strip())
    if found is None or int(found["end"]) < int(found["start"]):
        raise RegistryRefusal(ErrorCode.RANGE_INVALID, detail=f"Content-Range {header!r} is not first-last")
    return int(found["start"]), int(found["end"])


def read_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Read a `Range` header into start and stop; `None` asks for the whole.

    Several ranges, or what is no range, ask for the whole (RFC 9110, section 14.2); one that begins
    behind the end is refused.
    """
    found = _RANGE.fullmatch(header.strip()) if header else None
    if found is None or not (found["start"] or found["end"]):
        return None
    if not found["start"]:
        start, stop = max(size - int(found["end"]), 0), size
        satisfiable = int(found["end"]) > 0 and size > 0
    else:
        start = int(found["start"])
        stop = min(int(found["end"]) + 1, size) if found["end"] else size
        satisfiable = start < min(stop, size)
    if not satisfiable:
        raise RegistryRefusal(ErrorCode.RANGE_INVALID, detail=f"Range {header!r} of {size} bytes")
    return start, stop
