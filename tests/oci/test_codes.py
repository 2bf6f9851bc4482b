"""Error codes and the JSON they travel in."""

from __future__ import annotations

import json

import pytest

from pytest_cicache.oci import ErrorCode, error_body


@pytest.mark.parametrize("code", list(ErrorCode))
def test_every_code_has_a_status_and_a_message(code: ErrorCode) -> None:
    """No code of the table is left out."""
    assert 400 <= code.status < 600
    assert code.message


@pytest.mark.parametrize(
    ("code", "status"),
    [
        pytest.param(ErrorCode.UNAUTHORIZED, 401, id="unauthorized"),
        pytest.param(ErrorCode.DENIED, 403, id="denied"),
        pytest.param(ErrorCode.MANIFEST_UNKNOWN, 404, id="manifest unknown"),
        pytest.param(ErrorCode.MANIFEST_BLOB_UNKNOWN, 400, id="manifest blob unknown"),
        pytest.param(ErrorCode.RANGE_INVALID, 416, id="range invalid"),
        pytest.param(ErrorCode.TOOMANYREQUESTS, 429, id="too many requests"),
    ],
)
def test_a_code_is_sent_with_its_status(code: ErrorCode, status: int) -> None:
    """The statuses are those of the reference registry."""
    assert code.status == status


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param(
            (ErrorCode.DENIED, "permission_denied: write_package"),
            {"code": "DENIED", "message": "permission_denied: write_package"},
            id="own message",
        ),
        pytest.param(
            (ErrorCode.MANIFEST_UNKNOWN,),
            {"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"},
            id="the code's message",
        ),
        pytest.param((ErrorCode.DENIED, ""), {"code": "DENIED", "message": ""}, id="no message at all"),
        pytest.param(
            (ErrorCode.BLOB_UNKNOWN, None, {"digest": "sha256:1"}),
            {"code": "BLOB_UNKNOWN", "message": "blob unknown to registry", "detail": {"digest": "sha256:1"}},
            id="detail",
        ),
    ],
)
def test_an_error_body_holds_one_error(arguments: tuple[object, ...], error: dict[str, object]) -> None:
    """The body is the JSON of the distribution specification."""
    assert json.loads(error_body(*arguments)) == {"errors": [error]}  # type: ignore[arg-type]
