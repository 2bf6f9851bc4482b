"""What the gateway answers by itself: statuses, bodies and challenges in ghcr.io's form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_cicache.oci import ErrorCode, error_body

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_cicache.gateway._rights import Denial

__all__ = ["API_VERSION", "Forward", "Reply", "Verdict", "challenge", "refusal"]

API_VERSION = ("Docker-Distribution-Api-Version", "registry/2.0")
_JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer of the gateway's own; `message` is the registry's text in it, `denial` the rule behind it."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str | None = None
    denial: Denial | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """Pass the request on.

    With `redirect` a blob's bytes come from the registry directly; `query` replaces the request's when a
    mount is not allowed and becomes an ordinary upload; `limit` is the most bytes its body may have;
    `creates` tells that a stored manifest makes the package exist.
    """

    redirect: bool = False
    query: str | None = None
    limit: int | None = None
    creates: bool = False


Verdict = Forward | Reply


def refusal(
    code: ErrorCode,
    message: str | None = None,
    *,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    denial: Denial | None = None,
) -> Reply:
    """Answer with one error of the registry's table."""
    text = code.message if message is None else message
    return Reply(
        status=code.status if status is None else status,
        body=error_body(code, text),
        headers={"Content-Type": _JSON, **(headers or {})},
        message=f"{code.lower().replace('_', ' ')}: {text}",
        denial=denial,
    )


def challenge(realm: str, service: str, scope: str, *, error: str | None = None) -> dict[str, str]:
    """Give the header that tells a client where to fetch which token.

    https://distribution.github.io/distribution/spec/auth/token/
    """
    text = f'Bearer realm="{realm}",service="{service}",scope="{scope}"'
    return {"WWW-Authenticate": text if error is None else f'{text},error="{error}"'}
