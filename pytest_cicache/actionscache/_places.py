"""Where the services of the Actions cache stand, on GitHub and behind the gateway.

The runner's variables: github.com/actions/runner, src/Runner.Worker/Handlers/NodeScriptActionHandler.cs; the
paths of the first version: github.com/actions/toolkit, packages/cache/src/internal/cacheHttpClient.ts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qsl

__all__ = ["CACHE_URL", "RESULTS_URL", "RUNTIME_URL", "SERVICE_HOSTS", "CacheRoute", "Door", "read_route"]

RESULTS_HOST: Final = "results-receiver.actions.githubusercontent.com"
CACHE_HOST: Final = "artifactcache.actions.githubusercontent.com"
BLOB_HOST: Final = "productionresultssa0.blob.core.windows.net"
RESULTS_URL: Final = f"https://{RESULTS_HOST}/"
CACHE_URL: Final = f"https://{CACHE_HOST}/cicache/"
RUNTIME_URL: Final = "https://pipelinesghubeus1.actions.githubusercontent.com/cicache/"
SERVICE_HOSTS: Final = (RESULTS_HOST, CACHE_HOST, BLOB_HOST)


class Door(StrEnum):
    """What a request is for."""

    TWIRP = "twirp"
    BLOB = "blob"
    OLD_LOOK_UP = "GET cache"
    OLD_RESERVE = "POST caches"
    OLD_UPLOAD = "PATCH caches/ID"
    OLD_FINISH = "POST caches/ID"


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheRoute:
    """One request, understood: the method of the service, or the number of the entry, and the query."""

    door: Door
    method: str = ""
    number: int = 0
    query: dict[str, str]


_PATTERNS: tuple[tuple[str, str, Door, re.Pattern[str]], ...] = (
    (RESULTS_HOST, "POST", Door.TWIRP, re.compile(r"twirp/github\.actions\.results\.api\.v1\.CacheService/(\w+)")),
    (BLOB_HOST, "", Door.BLOB, re.compile(r"actions-cache/([0-9]{1,18})")),
    (CACHE_HOST, "GET", Door.OLD_LOOK_UP, re.compile(r"(?:.*/)?_apis/artifactcache/cache")),
    (CACHE_HOST, "POST", Door.OLD_RESERVE, re.compile(r"(?:.*/)?_apis/artifactcache/caches")),
    (CACHE_HOST, "PATCH", Door.OLD_UPLOAD, re.compile(r"(?:.*/)?_apis/artifactcache/caches/([0-9]{1,18})")),
    (CACHE_HOST, "POST", Door.OLD_FINISH, re.compile(r"(?:.*/)?_apis/artifactcache/caches/([0-9]{1,18})")),
)


def read_route(method: str, host: str, path: str, query: str) -> CacheRoute | None:
    """Understand a request to a host of the service, `path` without its first slash; `None` for no route."""
    for place, wanted, door, pattern in _PATTERNS:
        found = pattern.fullmatch(path) if host == place and wanted in ("", method) else None
        if found is not None:
            last = found[1] if found.groups() else ""
            parameters = dict(parse_qsl(query, keep_blank_values=True))
            if door is Door.TWIRP:
                return CacheRoute(door=door, method=last, query=parameters)
            return CacheRoute(door=door, number=int(last or 0), query=parameters)
    return None
