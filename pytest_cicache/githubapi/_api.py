"""The API itself: finds the endpoint, knows the caller, counts its calls, and answers; no I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pytest_cicache.actionscache import ActionsCache
from pytest_cicache.errors import UnsupportedError
from pytest_cicache.githubapi._caller import ApiCaller, require_permission
from pytest_cicache.githubapi._context import ApiContext
from pytest_cicache.githubapi._endpoints import ApiEndpoint, find_endpoint
from pytest_cicache.githubapi._versions import VersionLedger
from pytest_cicache.githubapi._wire import ApiCall, ApiRefusedError, ApiReply, refused_reply
from pytest_cicache.githubapi._world import PackageSettings, RepositoryFacts

__all__ = ["ApiRecord", "GitHubApi"]

_HOUR = timedelta(hours=1)
# https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
_EXCEEDED = "API rate limit exceeded for {}."


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRecord:
    """One call and its answer: `path` with its query, `who` is the account its limit counts for."""

    method: str
    path: str
    status: int
    who: str
    message: str | None = None


@dataclass(slots=True)
class _Window:
    """The calls of one account in the hour that began with the first of them."""

    until: datetime
    used: int = 0


class GitHubApi:
    """The REST API of one simulation; `records` are the calls so far."""

    def __init__(
        self,
        *,
        settings: PackageSettings,
        facts: RepositoryFacts,
        versions: VersionLedger,
        cache: ActionsCache,
        now: Callable[[], datetime],
    ) -> None:
        self.records: list[ApiRecord] = []
        self._settings = settings
        self._facts = facts
        self._versions = versions
        self._cache = cache
        self._now = now
        self._windows: dict[str, _Window] = {}

    def answer(self, call: ApiCall) -> ApiReply:
        """Answer a call; raises UnsupportedError for an endpoint that is not simulated."""
        found = find_endpoint(call.method, call.path)
        caller = self._settings.caller(call.token)
        if found is None and call.path.rstrip("/") not in ("", "/rate_limit"):
            why = _not_simulated(call)
            self._record(call, caller, 501, why)
            raise UnsupportedError(why)
        reply = self._reply(call, caller, found)
        refused = reply.status >= 400 and isinstance(reply.document, dict)
        self._record(call, caller, reply.status, reply.document.get("message") if refused else None)
        return reply

    def _record(self, call: ApiCall, caller: ApiCaller | None, status: int, message: str | None) -> None:
        query = "&".join(f"{name}={value}" for name, value in call.query.items())
        self.records.append(
            ApiRecord(
                method=call.method,
                path=f"{call.path}?{query}" if query else call.path,
                status=status,
                who="" if caller is None else caller.account,
                message=message,
            )
        )

    def _reply(
        self, call: ApiCall, caller: ApiCaller | None, found: tuple[ApiEndpoint, Mapping[str, str]] | None
    ) -> ApiReply:
        if caller is None:
            return refused_reply(ApiRefusedError(401, "Bad credentials"))
        if found is None:
            return self._limits(caller)
        window = self._window(caller)
        window.used += 1
        try:
            if window.used > caller.hourly_limit:
                window.used = caller.hourly_limit
                raise ApiRefusedError(403, _EXCEEDED.format(caller.account or "127.0.0.1"), _LIMITS_PAGE)
            reply = self._permitted(call, caller, *found)
        except ApiRefusedError as error:
            reply = refused_reply(error, found[0].page)
        return replace(reply, headers={**_limit_headers(caller, window), **reply.headers})

    def _permitted(self, call: ApiCall, caller: ApiCaller, endpoint: ApiEndpoint, parts: Mapping[str, str]) -> ApiReply:
        if endpoint.permission:
            self._require(endpoint, f"{parts['owner']}/{parts['repository']}", caller)
        context = ApiContext(
            call=call,
            caller=caller,
            parts=parts,
            settings=self._settings,
            facts=self._facts,
            versions=self._versions,
            cache=self._cache,
            now=self._now(),
        )
        return endpoint.answer(context)

    def _require(self, endpoint: ApiEndpoint, asked: str, caller: ApiCaller) -> None:
        repository = self._facts.repository
        if asked.lower() != repository.full_name.lower():
            raise ApiRefusedError(404, "Not Found")
        # A repository's settings nobody reads who does not administer it.
        public = repository.is_public and endpoint.permission != "administration"
        require_permission(caller, asked, endpoint.permission, endpoint.level, public=public)

    def _window(self, caller: ApiCaller) -> _Window:
        now = self._now()
        known = self._windows.get(caller.account)
        if known is None or now >= known.until:
            known = self._windows[caller.account] = _Window(now + _HOUR)
        return known

    def _limits(self, caller: ApiCaller) -> ApiReply:
        """`GET /rate_limit`, which does not count."""
        window = self._window(caller)
        core = {
            "limit": caller.hourly_limit,
            "used": window.used,
            "remaining": caller.hourly_limit - window.used,
            "reset": int(window.until.timestamp()),
            "resource": "core",
        }
        return ApiReply(document={"resources": {"core": core}, "rate": core}, headers=_limit_headers(caller, window))


_LIMITS_PAGE = "using-the-rest-api/rate-limits-for-the-rest-api"


def _limit_headers(caller: ApiCaller, window: _Window) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(caller.hourly_limit),
        "X-RateLimit-Remaining": str(caller.hourly_limit - window.used),
        "X-RateLimit-Reset": str(int(window.until.timestamp())),
        "X-RateLimit-Used": str(window.used),
        "X-RateLimit-Resource": "core",
    }


def _not_simulated(call: ApiCall) -> str:
    if call.path.rstrip("/") == "/graphql":
        return "GitHub's GraphQL API is not simulated; of the REST API, packages, caches and the repository are"
    return f"'{call.method} {call.path}' is no endpoint of GitHub's API that is simulated"
