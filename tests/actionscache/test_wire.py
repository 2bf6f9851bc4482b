from __future__ import annotations

import json

import pytest

from pytest_cicache.actionscache._wire import PROTOBUF, MalformedError, Message, read_message, write_message

LOOK_UP = "GetCacheEntryDownloadURL"
# As protoc encodes key "k", restore_keys "a-" and "b-", version "v", after an empty metadata.
ENCODED = b"\x0a\x00\x12\x01k\x1a\x02a-\x1a\x02b-\x22\x01v"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"key": "k", "restore_keys": ["a-", "b-"], "version": "v"}', "application/json"),
        (b'{"key": "k", "restoreKeys": ["a-", "b-"], "version": "v", "more": 1}', "application/json; charset=utf-8"),
        (ENCODED, PROTOBUF),
        (ENCODED + b"\x28\x96\x01\x31ABCDEFGH\x3dABCD", PROTOBUF),
    ],
)
def test_a_lookup_is_read_in_both_encodings(body: bytes, content_type: str) -> None:
    read = read_message(LOOK_UP, body, content_type=content_type)

    assert read == Message(key="k", restore_keys=("a-", "b-"), version="v")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"key": "k", "size_bytes": "300", "version": "v"}', "application/json"),
        (b'{"key": "k", "size_bytes": 300, "version": "v"}', "application/json"),
        (b"\x12\x01k\x18\xac\x02\x22\x01v", PROTOBUF),
    ],
)
def test_a_size_is_read_as_text_and_as_a_number(body: bytes, content_type: str) -> None:
    read = read_message("FinalizeCacheEntryUpload", body, content_type=content_type)

    assert read == Message(key="k", size=300, version="v")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/json"),
        (b"[]", "application/json"),
        (b"{", "application/json"),
        (b'{"key": 7}', "application/json"),
        (b"\x12\x09k", PROTOBUF),
        (b"\x12", PROTOBUF),
        (b"\x17", PROTOBUF),
        (b"\x12\x01\xff", PROTOBUF),
    ],
)
def test_nonsense_is_malformed(body: bytes, content_type: str) -> None:
    with pytest.raises(MalformedError):
        read_message(LOOK_UP, body, content_type=content_type)


def test_a_size_that_is_no_number_is_malformed() -> None:
    with pytest.raises(MalformedError, match="size_bytes"):
        read_message("FinalizeCacheEntryUpload", b'{"size_bytes": "x"}', content_type="application/json")


def test_replies_are_written_in_both_encodings() -> None:
    values: dict[str, str | bool] = {"ok": True, "entry_id": "300", "message": ""}

    body, content_type = write_message("FinalizeCacheEntryUpload", values, content_type="application/json")
    binary, binary_type = write_message("FinalizeCacheEntryUpload", values, content_type=PROTOBUF)

    assert (json.loads(body), content_type) == (values, "application/json")
    assert (binary, binary_type) == (b"\x08\x01\x10\xac\x02", PROTOBUF)


def test_a_text_is_written_with_its_length() -> None:
    values: dict[str, str | bool] = {"ok": False, "signed_upload_url": "x" * 200, "message": "é"}

    binary, _ = write_message("CreateCacheEntry", values, content_type=PROTOBUF)

    assert binary == b"\x12\xc8\x01" + b"x" * 200 + b"\x1a\x02\xc3\xa9"
