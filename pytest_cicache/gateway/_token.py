"""Requests for a registry token, as BuildKit, docker, crane, oras and skopeo write them.

https://distribution.github.io/distribution/spec/auth/token/ (GET) and
https://distribution.github.io/distribution/spec/auth/oauth/ (POST)
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from pytest_cicache.errors import UsageError
from pytest_cicache.gateway._replies import Reply, refusal
from pytest_cicache.gateway._rights import Denial
from pytest_cicache.oci import ErrorCode, ResourceScope

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "TokenRequest",
    "basic_credential",
    "bearer_token",
    "issued",
    "read_token_request",
    "refused_login",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """Who asks and for what; `username` and `password` are `None` for nobody."""

    scopes: tuple[ResourceScope, ...] = ()
    username: str | None = None
    password: str | None = None
    has_bearer: bool = False


def read_token_request(query: str, form: str, authorization: str) -> TokenRequest:
    """Read a token request: parameters of the query (GET) or the form (POST), Basic wins over the form."""
    pairs = parse_qsl(form or query)
    parameters = dict(pairs)
    username, password = parameters.get("username"), parameters.get("password")
    if parameters.get("grant_type") == "refresh_token":
        password = parameters.get("refresh_token")
    basic = basic_credential(authorization)
    if basic is not None:
        username, password = basic
    return TokenRequest(
        scopes=_scopes(value for key, value in pairs if key == "scope"),
        username=username,
        password=password,
        has_bearer=bearer_token(authorization) is not None,
    )


def issued(token: str) -> Reply:
    """Give a token; like ghcr.io's the answer names no expiry, so clients take 60 seconds."""
    body = json.dumps({"token": token, "access_token": token}).encode()
    return Reply(status=200, body=body, headers={"Content-Type": "application/json"})


def basic_credential(authorization: str) -> tuple[str, str] | None:
    """Read `Basic …` into user name and password; one that cannot be read is an empty credential."""
    kind, _, value = authorization.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        username, _, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return username, password


def bearer_token(authorization: str) -> str | None:
    """Read `Bearer …`."""
    kind, _, value = authorization.partition(" ")
    return value.strip() if kind.lower() == "bearer" else None


def _scopes(texts: Iterable[str]) -> tuple[ResourceScope, ...]:
    found: list[ResourceScope] = []
    for part in (part for text in texts for part in text.split()):
        try:
            found.append(ResourceScope.parse(part))
        except UsageError:
            continue
    return tuple(found)


def refused_login(status: int) -> Reply:
    """Answer a wrong or ended credential as ghcr.io does; docker prints it as `denied: denied`."""
    return refusal(ErrorCode.DENIED, "denied", status=status, denial=Denial.BAD_CREDENTIAL)
