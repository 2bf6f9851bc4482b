"""The registry's error codes, the status each is sent with, and the JSON they travel in."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

__all__ = ["ErrorCode", "error_body"]


class ErrorCode(StrEnum):
    """A code of the distribution specification, or of the reference registry where that has none.

    `status` is the HTTP status it is sent with, `message` the text the reference registry gives it.
    https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
    """

    BLOB_UNKNOWN = "BLOB_UNKNOWN"
    BLOB_UPLOAD_INVALID = "BLOB_UPLOAD_INVALID"
    BLOB_UPLOAD_UNKNOWN = "BLOB_UPLOAD_UNKNOWN"
    DENIED = "DENIED"
    DIGEST_INVALID = "DIGEST_INVALID"
    MANIFEST_BLOB_UNKNOWN = "MANIFEST_BLOB_UNKNOWN"
    MANIFEST_INVALID = "MANIFEST_INVALID"
    MANIFEST_UNKNOWN = "MANIFEST_UNKNOWN"
    NAME_INVALID = "NAME_INVALID"
    NAME_UNKNOWN = "NAME_UNKNOWN"
    PAGINATION_NUMBER_INVALID = "PAGINATION_NUMBER_INVALID"
    RANGE_INVALID = "RANGE_INVALID"
    SIZE_INVALID = "SIZE_INVALID"
    TAG_INVALID = "TAG_INVALID"
    TOOMANYREQUESTS = "TOOMANYREQUESTS"
    UNAUTHORIZED = "UNAUTHORIZED"
    UNAVAILABLE = "UNAVAILABLE"
    UNKNOWN = "UNKNOWN"
    UNSUPPORTED = "UNSUPPORTED"

    @property
    def status(self) -> int:
        """The HTTP status an error of this code is sent with."""
        return _TABLE[self][0]

    @property
    def message(self) -> str:
        """The text the reference registry sends with it."""
        return _TABLE[self][1]


_TABLE: dict[ErrorCode, tuple[int, str]] = {
    ErrorCode.BLOB_UNKNOWN: (404, "blob unknown to registry"),
    ErrorCode.BLOB_UPLOAD_INVALID: (400, "blob upload invalid"),
    ErrorCode.BLOB_UPLOAD_UNKNOWN: (404, "blob upload unknown to registry"),
    ErrorCode.DENIED: (403, "requested access to the resource is denied"),
    ErrorCode.DIGEST_INVALID: (400, "provided digest did not match uploaded content"),
    ErrorCode.MANIFEST_BLOB_UNKNOWN: (400, "blob unknown to registry"),
    ErrorCode.MANIFEST_INVALID: (400, "manifest invalid"),
    ErrorCode.MANIFEST_UNKNOWN: (404, "manifest unknown"),
    ErrorCode.NAME_INVALID: (400, "invalid repository name"),
    ErrorCode.NAME_UNKNOWN: (404, "repository name not known to registry"),
    ErrorCode.PAGINATION_NUMBER_INVALID: (400, "invalid number of results requested"),
    ErrorCode.RANGE_INVALID: (416, "invalid content range"),
    ErrorCode.SIZE_INVALID: (400, "provided length did not match content length"),
    ErrorCode.TAG_INVALID: (400, "manifest tag did not match URI"),
    ErrorCode.TOOMANYREQUESTS: (429, "too many requests"),
    ErrorCode.UNAUTHORIZED: (401, "authentication required"),
    ErrorCode.UNAVAILABLE: (503, "service unavailable"),
    ErrorCode.UNKNOWN: (500, "unknown error"),
    ErrorCode.UNSUPPORTED: (405, "The operation is unsupported."),
}


def error_body(code: ErrorCode, message: str | None = None, detail: Any = None) -> bytes:
    """Give the JSON body of one error; without a message it is the code's own."""
    error: dict[str, Any] = {"code": code.value, "message": code.message if message is None else message}
    if detail is not None:
        error["detail"] = detail
    return json.dumps({"errors": [error]}, separators=(",", ":")).encode()
