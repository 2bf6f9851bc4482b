"""The cache backends of `--cache-from` and `--cache-to`: one row a type, and what is refused in which words.

Sources: github.com/docker/buildx, util/buildflags/cache.go (what buildx adds and leaves out);
github.com/moby/buildkit, cache/remotecache/*/ (attributes, names of the vertices, refusals), at v0.34.2.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_cicache import errors
from pytest_cicache.buildkit import CacheOption
from pytest_cicache.golang import go_bool
from pytest_cicache.oci import Reference

__all__ = [
    "CACHE_BACKENDS",
    "ActionsCacheAccess",
    "CacheBackend",
    "actions_cache_access",
    "exporting_name",
    "is_left_out",
    "refused_export",
    "refused_import",
    "token_scopes",
]

_RESULTS_RECEIVER = "results-receiver.actions.githubusercontent.com"
_GO_INTEGER = re.compile(r"[+-]?[0-9]+")
_GO_DURATION = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h)(([0-9.]+)(ns|us|µs|ms|s|m|h))*|0")
_READ, _WRITE = 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheBackend:
    """One `type=`.

    `exporting` is the name of BuildKit's vertex; `imports` tells whether `--cache-from` knows the type; one that is
    not `is_near` lies with a service that no simulation has. `read_with` and `written_with` are the attributes that
    an import and an export take; BuildKit ignores any other, without a word.
    """

    type: str
    exporting: str
    read_with: frozenset[str] = frozenset()
    written_with: frozenset[str] = frozenset()
    imports: bool = True
    is_near: bool = True


_COMPRESSED = frozenset(("compression", "compression-level", "force-compression"))
_WRITTEN = frozenset(("ignore-error", "mode"))
_MANIFEST = _COMPRESSED | _WRITTEN | {"image-manifest", "oci-artifact", "oci-mediatypes"}
_SERVICE = frozenset(("ghtoken", "repository", "scope", "timeout", "token", "url", "url_v2", "version"))
_BUCKET = frozenset(("blobs_prefix", "manifests_prefix", "name", "prefix", "secret_access_key"))
_AZBLOB = _BUCKET | {"account_name", "account_url", "container"}
_S3 = _BUCKET | {
    "access_key_id",
    "bucket",
    "disable_accept_encoding",
    "endpoint_url",
    "region",
    "retry_max_attempts",
    "retry_mode",
    "session_token",
    "touch_refresh",
    "upload_parallelism",
    "use_path_style",
}

CACHE_BACKENDS: Mapping[str, CacheBackend] = {
    row.type: row
    for row in (
        CacheBackend(
            type="registry",
            exporting="exporting cache to registry",
            read_with=frozenset(("ref", "registry.insecure")),
            written_with=_MANIFEST | {"ref", "registry.insecure"},
        ),
        CacheBackend(
            type="gha",
            exporting="exporting to GitHub Actions Cache",
            read_with=_SERVICE,
            written_with=_SERVICE | _WRITTEN,
        ),
        CacheBackend(
            type="inline", exporting="exporting inline cache", imports=False, written_with=frozenset(("ignore-error",))
        ),
        CacheBackend(
            type="local",
            exporting="exporting cache to client directory",
            read_with=frozenset(("digest", "src", "tag")),
            written_with=_MANIFEST | {"dest", "reset", "tag"},
        ),
        CacheBackend(
            type="s3",
            exporting="exporting cache to Amazon S3",
            read_with=_S3,
            written_with=_S3 | _WRITTEN,
            is_near=False,
        ),
        CacheBackend(
            type="azblob",
            exporting="exporting cache to Azure Blob Storage",
            read_with=_AZBLOB,
            written_with=_AZBLOB | _WRITTEN,
            is_near=False,
        ),
    )
}
"""Every type that BuildKit knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionsCacheAccess:
    """How a `type=gha` option reaches the Actions cache: its token, its URL, which version of the service, and
    the name that tells its index from others'.
    """

    token: str
    url: str
    version: int
    scope: str

    def index_key(self, ref: str) -> str:
        """The key under which the index of a git ref's entries is kept, without its `#` and number."""
        return f"index-{self.scope}-1-{hashlib.sha256(ref.encode()).hexdigest()[:8]}"


def exporting_name(kind: str) -> str:
    """The name of the vertex that exports a cache of a type."""
    row = CACHE_BACKENDS.get(kind)
    return f"exporting cache to {kind}" if row is None else row.exporting


def is_left_out(option: CacheOption, environment: Mapping[str, str]) -> bool:
    """Tell whether buildx drops an option without a word: the Actions cache without token or URL."""
    return option.type == "gha" and actions_cache_access(option, environment) is None


def actions_cache_access(option: CacheOption, environment: Mapping[str, str]) -> ActionsCacheAccess | None:
    """How an option reaches the Actions cache by its attributes and the variables of buildx; `None` for not at all."""
    given = option.attributes
    version = given.get("version", "2" if go_bool(environment.get("ACTIONS_CACHE_SERVICE_V2", "")) else "")
    token = given.get("token", environment.get("ACTIONS_RUNTIME_TOKEN", ""))
    results = environment.get("ACTIONS_RESULTS_URL", "")
    new = given.get("url_v2", results if version == "2" else "")
    old = given.get("url", environment.get("ACTIONS_CACHE_URL", results))
    if not token or not (new or old):
        return None
    is_new = bool(new) and given.get("version") != "1"
    url = new if is_new else old
    if not is_new and "version" not in given and _RESULTS_RECEIVER in url:
        is_new = True
    return ActionsCacheAccess(token=token, url=url, version=2 if is_new else 1, scope=option.cache_scope or "")


def refused_export(option: CacheOption, access: ActionsCacheAccess | None = None) -> str | None:
    """Why BuildKit refuses an export before anything runs, in its words."""
    if option.type not in CACHE_BACKENDS:
        return f'unknown cache exporter: "{option.type}"'
    problem = _problem(option, access)
    return problem and f"failed to configure {option.type} cache exporter: {problem}"


def refused_import(option: CacheOption, access: ActionsCacheAccess | None = None) -> str | None:
    """Why BuildKit refuses an import, in its words; the build goes on without it."""
    row = CACHE_BACKENDS.get(option.type)
    if row is None or not row.imports:
        return f"unknown cache importer: {option.type}"
    problem = None if option.type == "registry" else _problem(option, access)
    return problem and f"failed to configure {option.type} cache importer: {problem}"


def token_scopes(token: str) -> tuple[tuple[str, bool, bool], ...]:
    """The scopes of a runtime token: the git ref, may it be read, may it be written.

    Raises ValueError with go-actions-cache's words.
    """
    parts = token.split(".")
    if len(parts) != 3:
        raise ValueError("token is malformed: token contains an invalid number of segments")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        scopes = json.loads(claims["ac"])
        return tuple(
            (item["Scope"], bool(item["Permission"] & _READ), bool(item["Permission"] & _WRITE)) for item in scopes
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError("invalid token without access controls") from error


def _problem(option: CacheOption, access: ActionsCacheAccess | None) -> str | None:
    if option.type == "registry":
        try:
            Reference.parse(option.reference or "")
        except errors.ReferenceError as error:
            return str(error)
        return None
    return _actions_cache_problem(option, access) if option.type == "gha" and access is not None else None


def _actions_cache_problem(option: CacheOption, access: ActionsCacheAccess) -> str | None:
    version = option.attributes.get("version")
    if version is not None and not _GO_INTEGER.fullmatch(version):
        return (
            f'failed to parse api version "{version}", expected positive integer: strconv.ParseInt: '
            f'parsing "{version}": invalid syntax'
        )
    timeout = option.attributes.get("timeout")
    if timeout is not None and not _GO_DURATION.fullmatch(timeout):
        return f'failed to parse timeout for github actions cache: time: invalid duration "{timeout}"'
    try:
        token_scopes(access.token)
    except ValueError as error:
        return str(error)
    return None
