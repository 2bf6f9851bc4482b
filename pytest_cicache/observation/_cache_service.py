"""What was asked of the Actions cache, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["ActionsCacheRecord", "CacheCall"]


class CacheCall(StrEnum):
    """What one request to the Actions cache does."""

    LOOK_UP = "look up"
    RESERVE = "reserve"
    UPLOAD = "upload"
    FINISH = "finish"
    DOWNLOAD = "download"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionsCacheRecord:
    """One request to the Actions cache and its answer.

    `key` is the one asked for and `matched` the one found; `scope` is the git ref whose entry was found or
    is written; `message` is the service's error text; `sent` and `received` count the bytes of entries; `build` is the
    number of the build that asked, 0 where none did.
    """

    run: int
    job: str
    step: str
    build: int = 0
    call: CacheCall
    key: str = ""
    version: str = ""
    matched: str | None = None
    scope: str | None = None
    status: int = 0
    message: str | None = None
    sent: int = 0
    received: int = 0
