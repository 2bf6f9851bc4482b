"""The decision about a token request: refuse it, or say what the token stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_cicache.gateway._credential import Grant, Identity
from pytest_cicache.gateway._hosts import GHCR
from pytest_cicache.gateway._operation import place_of_name
from pytest_cicache.gateway._replies import Reply, refusal
from pytest_cicache.gateway._rights import Denial, pull_denial
from pytest_cicache.gateway._token import TokenRequest, refused_login
from pytest_cicache.oci import ErrorCode, ResourceScope

if TYPE_CHECKING:
    from pytest_cicache.gateway._state import RegistryState

__all__ = ["decide_token", "place_of"]


def place_of(scope: ResourceScope) -> tuple[str, str, str] | None:
    """Give simulation, host and image name of a scope, `None` when it names no image of the gateway."""
    return place_of_name(scope.name) if scope.type == "repository" else None


def decide_token(asked: TokenRequest, state: RegistryState, *, method: str = "GET") -> Reply | Grant:
    """Decide who asks, at every registry asked for; rights are looked up at each request, not here."""
    if method == "POST" and not state.settings.posts_tokens:
        return refusal(ErrorCode.UNSUPPORTED)
    if asked.has_bearer:
        return refusal(ErrorCode.UNAUTHORIZED)
    places = [(scope, place) for scope in asked.scopes if (place := place_of(scope)) is not None]
    for host in sorted({place[1] for _, place in places} or {GHCR}):
        identity = state.resolve(asked.password, host, asked.username or "")
        if identity is None:
            return _wrong(host, state)
        for scope, (_, scope_host, image_name) in places:
            if scope_host == host and host == GHCR and identity.is_anonymous:
                refused = _anonymous(scope, image_name, identity, state)
                if refused is not None:
                    return refused
    if not places and asked.password is None:
        # Nobody asks for ghcr.io's placeholder scope, or for none.
        return refusal(ErrorCode.DENIED, "denied", denial=Denial.UNAUTHENTICATED)
    return Grant(secret=asked.password, username=asked.username or "", scopes=asked.scopes)


def _wrong(host: str, state: RegistryState) -> Reply:
    if host == GHCR:
        return refused_login(state.settings.login_denied_status)
    return refusal(ErrorCode.UNAUTHORIZED, "incorrect username or password", denial=Denial.BAD_CREDENTIAL)


def _anonymous(scope: ResourceScope, image_name: str, identity: Identity, state: RegistryState) -> Reply | None:
    status = state.settings.anonymous_token_status
    if status is None:
        return None
    owner = state.owner(image_name.partition("/")[0])
    denial = pull_denial(identity, state.package(image_name), owner)
    if denial is None and "push" not in scope.verbs:
        return None
    if status == 403:
        return refusal(ErrorCode.DENIED, "denied", denial=Denial.UNAUTHENTICATED)
    return refusal(ErrorCode.UNAUTHORIZED, status=status, denial=Denial.UNAUTHENTICATED)
