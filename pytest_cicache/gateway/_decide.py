"""The decision: a request, who asks, and the package's settings give an answer or leave to pass it on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_cicache.gateway._hosts import GHCR, RegistryHost
from pytest_cicache.gateway._operation import PathProblem, RegistryOperation
from pytest_cicache.gateway._replies import API_VERSION, Forward, Reply, Verdict, challenge, refusal
from pytest_cicache.gateway._rights import Denial, pull_denial, push_denial
from pytest_cicache.oci import Endpoint, ErrorCode

if TYPE_CHECKING:
    from pytest_cicache.gateway._credential import Grant, Identity
    from pytest_cicache.gateway._packages import Owner, Package
    from pytest_cicache.gateway._settings import Settings

__all__ = ["PLACEHOLDER", "Question", "decide", "denial_for", "ping"]

# What ghcr.io asks for where no image is named.
# https://toddysm.com/2024/02/12/authenticating-with-oci-registries-github-container-registry-ghcr-implementation
PLACEHOLDER = "repository:user/image:pull"

_METHODS: dict[Endpoint, frozenset[str]] = {
    Endpoint.PING: frozenset({"GET", "HEAD"}),
    Endpoint.CATALOG: frozenset({"GET", "HEAD"}),
    Endpoint.TAGS: frozenset({"GET", "HEAD"}),
    Endpoint.REFERRERS: frozenset({"GET", "HEAD"}),
    Endpoint.MANIFEST: frozenset({"GET", "HEAD", "PUT", "DELETE"}),
    Endpoint.BLOB: frozenset({"GET", "HEAD", "DELETE"}),
    Endpoint.UPLOADS: frozenset({"POST"}),
    Endpoint.UPLOAD: frozenset({"GET", "HEAD", "PATCH", "PUT", "DELETE"}),
    Endpoint.TOKEN: frozenset({"GET", "POST"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request with everything its answer depends on.

    `grant` is `None` without a bearer token that we know; `presented` tells whether one was sent at all;
    `identity` is who stands behind it now, `None` when that credential has ended; `source_denied` tells
    that a mount's source may not be read, `is_gone` that the manifest it names was deleted.
    """

    operation: RegistryOperation
    realm: str
    host: RegistryHost
    settings: Settings
    owner: Owner
    grant: Grant | None = None
    presented: bool = False
    identity: Identity | None = None
    package: Package | None = None
    own: Owner | None = None
    source_denied: bool = False
    is_gone: bool = False

    def without_grant(self) -> Question:
        """Ask the same with a token that is no longer good."""
        return replace(self, grant=None, identity=None, presented=True)


def decide(question: Question) -> Verdict:
    """Answer a request, or say how to pass it on; the first rule that speaks decides."""
    operation = question.operation
    refused = _malformed(operation)
    if refused is not None:
        return refused
    if question.host.is_open:
        return _forward(question)
    refused = _unauthenticated(question) or _unsupported(question)
    if refused is not None:
        return refused
    denial = denial_for(question, operation.verb)
    if denial is not None:
        return _denied(question, denial)
    if question.is_gone and operation.reads:
        return refusal(ErrorCode.MANIFEST_UNKNOWN)
    return _forward(question)


def ping(realm: str, *, known: bool, presented: bool) -> Reply:
    """Answer an endpoint that names no image: the API is here, to who has a token."""
    if known:
        return Reply(status=200, body=b"{}", headers=dict([API_VERSION, ("Content-Type", "application/json")]))
    error = "invalid_token" if presented else None
    return refusal(ErrorCode.UNAUTHORIZED, headers=_asking(realm, GHCR, PLACEHOLDER, error))


def denial_for(question: Question, verb: str) -> Denial | None:
    """Decide whether the identity may do it, by the rules of the host."""
    identity = question.identity
    if identity is None:
        return Denial.BAD_CREDENTIAL
    image_name = question.operation.image_name
    if question.host.name != GHCR:
        may = question.host.may_read if verb == "pull" else question.host.may_write
        return None if may(identity, image_name) else Denial.NOT_READABLE
    if verb == "pull":
        return pull_denial(identity, question.package, question.owner, question.own)
    return push_denial(identity, question.package, question.owner)


def _malformed(operation: RegistryOperation) -> Reply | None:
    if operation.method not in _METHODS[operation.endpoint]:
        return refusal(ErrorCode.UNSUPPORTED)
    match operation.problem:
        case None:
            return None
        case PathProblem.DIGEST:
            return refusal(ErrorCode.DIGEST_INVALID)
        case PathProblem.TAG if operation.reads:
            return refusal(ErrorCode.MANIFEST_UNKNOWN)
        case PathProblem.TAG:
            return refusal(ErrorCode.MANIFEST_INVALID, f'invalid tag "{operation.reference}"')
        case _:
            return refusal(ErrorCode.NAME_INVALID)


def _unauthenticated(question: Question) -> Reply | None:
    operation, grant = question.operation, question.grant
    if grant is None or question.identity is None:
        error = "invalid_token" if question.presented else None
    elif operation.verb == "delete" or grant.covers(operation.name, operation.verb):
        return None
    else:
        error = "insufficient_scope"
    headers = _asking(question.realm, operation.host, _wanted(operation), error)
    return refusal(ErrorCode.UNAUTHORIZED, headers=headers)


def _unsupported(question: Question) -> Reply | None:
    # ghcr.io deletes through the Packages API only: https://github.com/containers/skopeo/issues/1880
    if question.operation.verb == "delete" and question.host.name == GHCR:
        return refusal(ErrorCode.UNSUPPORTED)
    return None


def _denied(question: Question, denial: Denial) -> Reply:
    operation, grant, settings = question.operation, question.grant, question.settings
    pushes = grant is not None and grant.covers(operation.name, "push")
    if operation.endpoint is Endpoint.BLOB and operation.reads and pushes:
        # A pusher asks whether the layer is there; the refusal comes with the upload, in its own words.
        return refusal(ErrorCode.BLOB_UNKNOWN)
    if question.host.name != GHCR or denial is Denial.UNAUTHENTICATED:
        return _insufficient(question, denial)
    if denial is not Denial.NOT_READABLE or settings.pull_denied_status == 403:
        return refusal(ErrorCode.DENIED, denial.message, denial=denial)
    if settings.pull_denied_status == 404:
        return refusal(ErrorCode.MANIFEST_UNKNOWN, denial=denial)
    return _insufficient(question, denial)


def _insufficient(question: Question, denial: Denial) -> Reply:
    """Refuse as the reference registry does: with the scope that the token should have had."""
    headers = _asking(question.realm, question.operation.host, _wanted(question.operation), "insufficient_scope")
    return refusal(ErrorCode.UNAUTHORIZED, headers=headers, denial=denial)


def _wanted(operation: RegistryOperation) -> str:
    verbs = "pull" if operation.verb == "pull" else f"pull,{operation.verb}"
    return f"repository:{operation.name}:{verbs}"


def _asking(realm: str, service: str, scope: str, error: str | None) -> dict[str, str]:
    return {**dict([API_VERSION]), **challenge(realm, service, scope, error=error)}


def _forward(question: Question) -> Forward:
    operation, settings = question.operation, question.settings
    if operation.endpoint is Endpoint.MANIFEST and operation.method == "PUT":
        creates = question.host.name == GHCR and question.package is None
        return Forward(limit=settings.manifest_limit, creates=creates)
    if operation.mount is not None and question.source_denied:
        return Forward(query="")
    if operation.reads:
        return Forward(redirect=operation.endpoint is Endpoint.BLOB and operation.method == "GET")
    return Forward(limit=settings.layer_limit)
