"""A call of the REST API and its answer, whichever door it came through."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

__all__ = ["API_HOST", "API_URL", "ApiCall", "ApiRefusedError", "ApiReply", "refused_reply", "token_of"]

API_HOST: Final = "api.github.com"
API_URL: Final = f"https://{API_HOST}"
_DOCUMENTATION = "https://docs.github.com/rest"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """One request: `path` still percent-encoded and with its first slash, `token` `None` for nobody's.

    `base` is the URL the client knows the API by, which links in the answer begin with.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    token: str | None = None
    body: bytes = b""
    base: str = API_URL

    @classmethod
    def read(
        cls, method: str, target: str, *, authorization: str = "", body: bytes = b"", base: str = API_URL
    ) -> ApiCall:
        """Read a request from its path with the query, as it was sent, and its `Authorization` header."""
        path, _, query = target.partition("?")
        return cls(
            method=method.upper(),
            path=f"/{path.lstrip('/')}",
            query=dict(parse_qsl(query, keep_blank_values=True)),
            token=token_of(authorization),
            body=body,
            base=base,
        )

    def document(self) -> dict[str, Any]:
        """The JSON object in the body; raises ApiRefusedError in GitHub's words for anything else."""
        try:
            found = json.loads(self.body or b"{}")
        except ValueError:
            raise ApiRefusedError(400, "Problems parsing JSON") from None
        if not isinstance(found, dict):
            raise ApiRefusedError(400, "Body should be a JSON object")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiReply:
    """An answer: `document` is the JSON in it, `None` for an empty body."""

    status: int = 200
    document: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None

    def body(self, base: str = API_URL) -> bytes:
        """The bytes of it, with links that begin with `base`."""
        if self.text is not None:
            return self.text.encode()
        if self.document is None:
            return b""
        text = json.dumps(self.document, separators=(",", ":"), ensure_ascii=False)
        return (text if base == API_URL else text.replace(API_URL, base)).encode()


class ApiRefusedError(Exception):
    """A call that the API refuses: its status, GitHub's words, and the page of the documentation it names."""

    def __init__(self, status: int, message: str, page: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.page = page


def refused_reply(error: ApiRefusedError, page: str = "") -> ApiReply:
    """The answer to a refused call; `page` stands where the error names none.

    https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
    """
    where = error.page or page
    document = {
        "message": str(error),
        "documentation_url": f"{_DOCUMENTATION}/{where}" if where else _DOCUMENTATION,
        "status": str(error.status),
    }
    return ApiReply(status=error.status, document=document)


def token_of(authorization: str) -> str | None:
    """The token in an `Authorization` header: `Bearer`, `token`, or the password of `Basic`."""
    kind, _, value = authorization.strip().partition(" ")
    if kind.lower() in ("bearer", "token"):
        return value.strip()
    if kind.lower() != "basic":
        return None
    try:
        return base64.b64decode(value.strip(), validate=True).decode().partition(":")[2]
    except ValueError:
        return ""
