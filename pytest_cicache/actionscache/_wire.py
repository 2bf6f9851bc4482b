"""The messages of the cache service in JSON and in protobuf, as Twirp allows both.

Fields: github.com/actions/toolkit, packages/cache/src/generated/results/api/v1/cache.ts; Twirp's errors:
https://twitchtv.github.io/twirp/docs/spec_v7.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

__all__ = ["METHODS", "PROTOBUF", "MalformedError", "Message", "read_message", "twirp_error", "write_message"]

PROTOBUF = "application/protobuf"
_STATUS = {
    "invalid_argument": 400,
    "malformed": 400,
    "unauthenticated": 401,
    "permission_denied": 403,
    "bad_route": 404,
    "not_found": 404,
    "already_exists": 409,
    "internal": 500,
}


class MalformedError(ValueError):
    """A request's body is no message of its kind."""


class _WireType(IntEnum):
    """Protobuf's wire types, as far as they occur."""

    VARINT = 0
    FIXED64 = 1
    BYTES = 2
    FIXED32 = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """Names of a message's fields by number, for what is asked and what is answered."""

    request: Mapping[int, str]
    reply: Mapping[int, str]


METHODS: Mapping[str, _Shape] = {
    "CreateCacheEntry": _Shape(
        request={2: "key", 3: "version"},
        reply={1: "ok", 2: "signed_upload_url", 3: "message"},
    ),
    "FinalizeCacheEntryUpload": _Shape(
        request={2: "key", 3: "size_bytes", 4: "version"},
        reply={1: "ok", 2: "entry_id", 3: "message"},
    ),
    "GetCacheEntryDownloadURL": _Shape(
        request={2: "key", 3: "restore_keys", 4: "version"},
        reply={1: "ok", 2: "signed_download_url", 3: "matched_key"},
    ),
}
"""The service's methods."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Any of the requests; what a method does not have is empty."""

    key: str = ""
    version: str = ""
    restore_keys: tuple[str, ...] = ()
    size: int = 0


@dataclass(slots=True)
class _WireField:
    """Fields while they are read; a repeated one has several values."""

    values: dict[str, list[str | int]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        value = self.values.get(name, [""])[-1]
        if not isinstance(value, str):
            raise MalformedError(f"the field {name} is no text")
        return value

    def number(self, name: str) -> int:
        try:
            return int(self.values.get(name, [0])[-1])
        except ValueError as error:
            raise MalformedError(f"the field {name} is no number") from error


def read_message(method: str, body: bytes, *, content_type: str) -> Message:
    """Read a request's body. Raises MalformedError."""
    shape = METHODS[method].request
    is_binary = content_type.partition(";")[0].strip() == PROTOBUF
    found = _from_protobuf(body, shape) if is_binary else _from_json(body, tuple(shape.values()))
    keys = found.values.get("restore_keys", [])
    return Message(
        key=found.text("key"),
        version=found.text("version"),
        restore_keys=tuple(str(key) for key in keys),
        size=found.number("size_bytes"),
    )


def write_message(method: str, values: Mapping[str, str | bool], *, content_type: str) -> tuple[bytes, str]:
    """Write a reply; gives its body and its content type."""
    if content_type.partition(";")[0].strip() != PROTOBUF:
        return json.dumps(dict(values)).encode(), "application/json"
    numbers = {name: number for number, name in METHODS[method].reply.items()}
    parts = [_field(numbers[name], name, value) for name, value in values.items() if value]
    return b"".join(parts), PROTOBUF


def twirp_error(code: str, message: str) -> tuple[int, bytes]:
    """Write an error; gives its HTTP status and its body, which is JSON whatever was asked in."""
    return _STATUS[code], json.dumps({"code": code, "msg": message}).encode()


def _from_json(body: bytes, names: tuple[str, ...]) -> _WireField:
    try:
        document = json.loads(body)
    except ValueError as error:
        raise MalformedError("the json request could not be decoded") from error
    if not isinstance(document, dict):
        raise MalformedError("the json request could not be decoded")
    found = _WireField()
    for name in names:
        value = document.get(name, document.get(_camel(name)))
        if value is not None:
            found.values[name] = value if isinstance(value, list) else [value]
    return found


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _from_protobuf(body: bytes, shape: Mapping[int, str]) -> _WireField:
    found = _WireField()
    try:
        for number, value in _fields(body):
            if number in shape:
                text = value.decode() if isinstance(value, bytes) else value
                found.values.setdefault(shape[number], []).append(text)
    except (IndexError, ValueError) as error:
        raise MalformedError("the protobuf request could not be decoded") from error
    return found


def _fields(body: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(body):
        tag, at = _varint(body, at)
        number, kind = tag >> 3, _WireType(tag & 7)
        if kind is _WireType.VARINT:
            value, at = _varint(body, at)
            yield number, value
            continue
        length = {_WireType.FIXED64: 8, _WireType.FIXED32: 4}.get(kind)
        if length is None:
            length, at = _varint(body, at)
        if at + length > len(body):
            raise IndexError
        yield number, body[at : at + length]
        at += length


def _varint(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = body[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _encoded(value: int) -> bytes:
    parts = bytearray()
    while value >= 0x80:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def _field(number: int, name: str, value: str | bool) -> bytes:
    if isinstance(value, bool) or name == "entry_id":
        return _encoded(number << 3 | _WireType.VARINT) + _encoded(int(value))
    data = value.encode()
    return _encoded(number << 3 | _WireType.BYTES) + _encoded(len(data)) + data
