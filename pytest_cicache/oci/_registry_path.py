"""The paths of the distribution API.

https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

__all__ = ["Endpoint", "RegistryPath", "read_registry_path"]


class Endpoint(StrEnum):
    """The resources of the distribution API, and the place beside it where tokens are issued."""

    PING = "ping"
    CATALOG = "catalog"
    TAGS = "tags"
    REFERRERS = "referrers"
    MANIFEST = "manifest"
    BLOB = "blob"
    UPLOADS = "uploads"
    UPLOAD = "upload"
    TOKEN = "token"  # noqa: S105 - a word, no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryPath:
    """One path: `reference` is a tag, a digest or, for an upload, its session; whether they are legal is not looked at.

    A tag with a slash (`7/merge`) names nothing, and is read all the same, so that an answer can say so.
    """

    endpoint: Endpoint
    name: str = ""
    reference: str | None = None


# The last word that fits wins, since a name may hold `manifests` or `blobs` as a component of its own.
_PATTERNS: tuple[tuple[Endpoint, re.Pattern[str]], ...] = (
    (Endpoint.PING, re.compile(r"/v2/?")),
    (Endpoint.CATALOG, re.compile(r"/v2/_catalog")),
    (Endpoint.TOKEN, re.compile(r"/token/?")),
    (Endpoint.TAGS, re.compile(r"/v2/(?P<name>.+)/tags/list")),
    (Endpoint.REFERRERS, re.compile(r"/v2/(?P<name>.+)/referrers/(?P<reference>[^/]+)")),
    (Endpoint.UPLOADS, re.compile(r"/v2/(?P<name>.+)/blobs/uploads/?")),
    (Endpoint.UPLOAD, re.compile(r"/v2/(?P<name>.+)/blobs/uploads/(?P<reference>(?!\.+$)[A-Za-z0-9_.=~-]+)")),
    (Endpoint.BLOB, re.compile(r"/v2/(?P<name>.+)/blobs/(?P<reference>[^/]+)")),
    (Endpoint.MANIFEST, re.compile(r"/v2/(?P<name>.+)/manifests/(?P<reference>[^/]+)")),
    (Endpoint.MANIFEST, re.compile(r"/v2/(?P<name>.+?)/manifests/(?P<reference>.+)")),
)


# The gateway and the registry behind it read the path of each request.
@lru_cache(maxsize=1024)
def read_registry_path(path: str) -> RegistryPath | None:
    """Read a path, percent-encoding undone as far as the caller undoes it; `None` for none of the API's."""
    for endpoint, pattern in _PATTERNS:
        found = pattern.fullmatch(path)
        if found is not None:
            return RegistryPath(endpoint=endpoint, **found.groupdict())
    return None
