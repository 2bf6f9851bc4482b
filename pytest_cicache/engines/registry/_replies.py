"""The shapes of the registry's replies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_cicache.engines.registry._refusal import RegistryRefusal
from pytest_cicache.http import Headers, HttpResponse
from pytest_cicache.oci import ErrorCode, error_body

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_cicache.engines.registry._content import UploadSession
    from pytest_cicache.engines.registry._routes import Route

__all__ = ["BINARY", "VERSION", "created", "listing", "page", "progress", "reply"]

VERSION = {"Docker-Distribution-Api-Version": "registry/2.0"}
BINARY = "application/octet-stream"
_JSON = "application/json"


def reply(
    status: int, body: bytes = b"", content_type: str = _JSON, *, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Make a reply; one without a body has a content type only where the status allows a body."""
    all_headers = Headers({**VERSION, **(headers or {})})
    if body or status not in (202, 204):
        all_headers["Content-Type"] = content_type
    return HttpResponse(status=status, body=body, headers=all_headers)


def listing(data: dict[str, Any], link: str | None) -> HttpResponse:
    """Make a reply with JSON, and the link to the next page where there is one."""
    return reply(200, json.dumps(data).encode(), headers={"Link": link} if link else {})


def created(name: str, kind: str, digest: str) -> HttpResponse:
    """Make the 201 that says where new content is."""
    headers = {"Location": f"/v2/{name}/{kind}/{digest}", "Docker-Content-Digest": digest}
    return reply(201, headers=headers)


def progress(status: int, name: str, upload: UploadSession) -> HttpResponse:
    """Make the reply that says how far an upload is; 416 refuses a chunk out of order."""
    headers = {
        "Location": f"/v2/{name}/blobs/uploads/{upload.id}",
        # An empty upload is "0-0" as well: the header cannot say nothing.
        "Range": f"0-{max(upload.size - 1, 0)}",
        "Docker-Upload-UUID": upload.id,
    }
    body = error_body(ErrorCode.RANGE_INVALID) if status == 416 else b""
    return reply(status, body, headers=headers)


def page(entries: list[str], found: Route, path: str) -> tuple[list[str], str | None]:
    """Cut a sorted list to what `n` and `last` ask for; also gives the link to the rest."""
    last, text = found.value("last"), found.value("n")
    if last is not None:
        entries = [entry for entry in entries if entry > last]
    if text is None:
        return entries, None
    if not text.isascii() or not text.isdigit():
        raise RegistryRefusal(ErrorCode.PAGINATION_NUMBER_INVALID, detail={"n": text[:40]})
    limit = int(text)
    shown = entries[:limit]
    if not shown or len(shown) == len(entries):
        return shown, None
    return shown, f'<{path}?n={limit}&last={shown[-1]}>; rel="next"'
