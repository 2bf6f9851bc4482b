"""What the cache service answers to a call, and what is recorded of it; changes the cache's state, does no I/O."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from pytest_cicache.actionscache._access import CacheGrant
from pytest_cicache.actionscache._cache import ActionsCache, ReservationRefused
from pytest_cicache.actionscache._entries import CacheEntry, Reservation, WantedEntry
from pytest_cicache.actionscache._wire import METHODS, MalformedError, Message, read_message, twirp_error, write_message
from pytest_cicache.observation import CacheCall

__all__ = [
    "CacheCaller",
    "Noted",
    "ServiceAnswer",
    "answer_old_look_up",
    "answer_old_reserve",
    "answer_twirp",
    "finish",
]

_LONGEST_KEY = 512
_CALLS = {
    "CreateCacheEntry": CacheCall.RESERVE,
    "FinalizeCacheEntryUpload": CacheCall.FINISH,
    "GetCacheEntryDownloadURL": CacheCall.LOOK_UP,
}
_NO_TOKEN = "invalid or expired runtime token"  # noqa: S105 - a message


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What a record says of a call."""

    call: CacheCall
    key: str = ""
    version: str = ""
    matched: str | None = None
    scope: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAnswer:
    """A reply's status, body and headers, and what to note; `noted` is `None` for what is no call."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    noted: Noted | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheCaller:
    """Who calls: the token, and how to write the signed URL of an entry (number, `r` or `w`).

    `size` gives how many bytes were uploaded for a reservation's number, `None` when none were.
    """

    token: str
    url: Callable[[int, str], str]
    size: Callable[[int], int | None]


def answer_twirp(
    cache: ActionsCache, caller: CacheCaller, method: str, body: bytes, content_type: str
) -> ServiceAnswer:
    """Answer a call of the second version of the service."""
    if method not in METHODS:
        return _failed(None, "bad_route", f"no handler for method {method!r}")
    try:
        message = read_message(method, body, content_type=content_type)
    except MalformedError as error:
        return _failed(Noted(call=_CALLS[method]), "malformed", str(error))
    noted = Noted(call=_CALLS[method], key=message.key, version=message.version)
    grant = cache.granted(caller.token)
    if grant is None:
        return _failed(noted, "unauthenticated", _NO_TOKEN)
    if not message.key or len(message.key) > _LONGEST_KEY:
        return _failed(noted, "invalid_argument", f"key must have 1 to {_LONGEST_KEY} characters")
    if noted.call is CacheCall.LOOK_UP:
        values, noted = _look_up(cache, caller, grant, message)
    elif noted.call is CacheCall.FINISH:
        values, noted = _finish(cache, caller, message)
    else:
        reserved = cache.reserve(caller.token, message.key, message.version)
        if isinstance(reserved, ReservationRefused) and reserved.is_taken:
            return _failed(noted, "already_exists", reserved.reason)
        values, noted = _reserved(caller, message, reserved)
    reply, reply_type = write_message(method, values, content_type=content_type)
    return ServiceAnswer(body=reply, content_type=reply_type, noted=noted)


def answer_old_look_up(cache: ActionsCache, caller: CacheCaller, query: Mapping[str, str]) -> ServiceAnswer:
    """Answer `GET cache` of the first version: 204 for a miss."""
    keys = query.get("keys", "").split(",")
    wanted = WantedEntry(key=keys[0], version=query.get("version", ""), restore_keys=tuple(keys[1:]))
    noted = Noted(call=CacheCall.LOOK_UP, key=wanted.key, version=wanted.version)
    grant = cache.granted(caller.token)
    if grant is None:
        return _old_failure(401, _NO_TOKEN, "InvalidToken", noted)
    entry = cache.look_up(grant, wanted) if wanted.key else None
    if entry is None:
        return ServiceAnswer(status=204, noted=noted)
    document = {
        "cacheKey": entry.key,
        "scope": entry.scope,
        "cacheVersion": entry.version,
        "creationTime": entry.created.isoformat(),
        "archiveLocation": caller.url(entry.number, "r"),
    }
    return ServiceAnswer(body=json.dumps(document).encode(), noted=_found(noted, entry))


def answer_old_reserve(cache: ActionsCache, caller: CacheCaller, body: bytes) -> ServiceAnswer:
    """Answer `POST caches` of the first version."""
    try:
        message = read_message("CreateCacheEntry", body, content_type="application/json")
    except MalformedError as error:
        return _old_failure(400, str(error), "BadRequest", Noted(call=CacheCall.RESERVE))
    noted = Noted(call=CacheCall.RESERVE, key=message.key, version=message.version)
    if cache.granted(caller.token) is None:
        return _old_failure(401, _NO_TOKEN, "InvalidToken", noted)
    reserved = cache.reserve(caller.token, message.key, message.version)
    if isinstance(reserved, ReservationRefused):
        status, kind = (409, "ArtifactCacheItemAlreadyExistsException") if reserved.is_taken else (403, "AccessDenied")
        return _old_failure(status, reserved.reason, kind, noted)
    return ServiceAnswer(
        status=201, body=json.dumps({"cacheId": reserved.number}).encode(), noted=replace(noted, scope=reserved.scope)
    )


def finish(cache: ActionsCache, reservation: Reservation, size: int) -> Noted:
    """Let an upload become an entry."""
    entry = cache.finish(reservation, size)
    return Noted(call=CacheCall.FINISH, key=entry.key, version=entry.version, scope=entry.scope)


def _look_up(
    cache: ActionsCache, caller: CacheCaller, grant: CacheGrant, message: Message
) -> tuple[dict[str, str | bool], Noted]:
    wanted = WantedEntry(key=message.key, version=message.version, restore_keys=message.restore_keys)
    noted = Noted(call=CacheCall.LOOK_UP, key=message.key, version=message.version)
    entry = cache.look_up(grant, wanted)
    if entry is None:
        return {"ok": False, "signed_download_url": "", "matched_key": ""}, noted
    url = caller.url(entry.number, "r")
    return {"ok": True, "signed_download_url": url, "matched_key": entry.key}, _found(noted, entry)


def _finish(cache: ActionsCache, caller: CacheCaller, message: Message) -> tuple[dict[str, str | bool], Noted]:
    reservation = cache.reserved(caller.token, message.key, message.version)
    size = None if reservation is None else caller.size(reservation.number)
    if reservation is None or size is None or size != message.size:
        noted = Noted(call=CacheCall.FINISH, key=message.key, version=message.version, message="no such upload")
        return {"ok": False, "entry_id": "0", "message": ""}, noted
    return {"ok": True, "entry_id": str(reservation.number), "message": ""}, finish(cache, reservation, size)


def _reserved(
    caller: CacheCaller, message: Message, reserved: Reservation | ReservationRefused
) -> tuple[dict[str, str | bool], Noted]:
    noted = Noted(call=CacheCall.RESERVE, key=message.key, version=message.version)
    if isinstance(reserved, ReservationRefused):
        return {"ok": False, "signed_upload_url": "", "message": reserved.reason}, replace(
            noted, message=reserved.reason
        )
    url = caller.url(reserved.number, "w")
    return {"ok": True, "signed_upload_url": url, "message": ""}, replace(noted, scope=reserved.scope)


def _found(noted: Noted, entry: CacheEntry) -> Noted:
    return replace(noted, matched=entry.key, scope=entry.scope)


def _failed(noted: Noted | None, code: str, message: str) -> ServiceAnswer:
    status, body = twirp_error(code, message)
    return ServiceAnswer(status=status, body=body, noted=noted and replace(noted, message=message))


def _old_failure(status: int, message: str, kind: str, noted: Noted) -> ServiceAnswer:
    document = {"message": message, "typeName": kind, "typeKey": kind, "errorCode": 0}
    return ServiceAnswer(status=status, body=json.dumps(document).encode(), noted=replace(noted, message=message))
