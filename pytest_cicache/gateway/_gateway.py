"""The server: reads a request, asks `decide`, and answers, or passes it on to the registry behind.

What awaits is here, in `_client` and in `_upstream`; all else decides.
"""

from __future__ import annotations

import asyncio
import base64
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from pytest_cicache.actionscache import SERVICE_HOSTS, CachePlace, CacheService
from pytest_cicache.errors import GatewayError
from pytest_cicache.gateway._api_door import api_response
from pytest_cicache.gateway._client import cut, give_reply, respond
from pytest_cicache.gateway._credential import ANONYMOUS, Grant
from pytest_cicache.gateway._decide import Question, decide, ping
from pytest_cicache.gateway._decide_token import decide_token, place_of
from pytest_cicache.gateway._exchange import Exchange
from pytest_cicache.gateway._faults import Faults
from pytest_cicache.gateway._hosts import GHCR
from pytest_cicache.gateway._operation import RegistryOperation, place_of_name, route
from pytest_cicache.gateway._ports import Ports
from pytest_cicache.gateway._recorder import Attribution, Recorder
from pytest_cicache.gateway._replies import Reply, refusal
from pytest_cicache.gateway._token import bearer_token, issued, read_token_request, refused_login
from pytest_cicache.gateway._upstream import Upstream
from pytest_cicache.githubapi import API_HOST, ApiCall, GitHubApi
from pytest_cicache.http import HttpRequest, HttpResponse, HttpServer
from pytest_cicache.oci import Endpoint, ErrorCode

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from types import TracebackType

    from pytest_cicache.gateway._faults import Fault
    from pytest_cicache.gateway._state import RegistryState

__all__ = ["Gateway"]


@dataclass(frozen=True, slots=True)
class _Served:
    state: RegistryState
    recorder: Recorder
    cache: CacheService
    api: GitHubApi | None = None

    def cache_step(self, authorization: str) -> Attribution:
        """The step that the job is at whose token for the Actions cache this is."""
        grant = self.state.actions_cache.granted(bearer_token(authorization) or "")
        return self.recorder.step_of("" if grant is None else grant.job)


class Gateway:
    """The loopback server that stands where ghcr.io and every other registry stand.

    `upstream` is the base URL of the registry behind; `patience` is how many seconds it, or a client in the
    middle of a body, may be silent; without `redirects` the bytes of blobs pass through here as well, for
    clients that cannot reach the registry.
    """

    def __init__(
        self,
        upstream: str,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        patience: float = 60.0,
        redirects: bool = True,
    ) -> None:
        self._upstream = Upstream(upstream, patience=patience, redirects=redirects)
        self._host = host
        self._port = port
        self._patience = patience
        self._simulations: dict[str, _Served] = {}
        self._ports = Ports(self._listen)
        self._unrecorded: int | None = None
        self._server: HttpServer | None = None

    @property
    def port(self) -> int:
        """The port it listens on; known once it has started."""
        return self._port

    @property
    def url(self) -> str:
        """The base URL that clients use."""
        return f"http://{self._host}:{self._port}"

    def open(
        self,
        simulation: str,
        state: RegistryState,
        recorder: Recorder | None = None,
        api: GitHubApi | None = None,
    ) -> None:
        """Serve a simulation's registries, and its API, under its name, the first component of its image names."""
        if simulation in self._simulations:
            raise GatewayError(f"the gateway serves a simulation named {simulation!r} already")
        cache = CacheService(state.actions_cache, patience=self._patience)
        self._simulations[simulation] = _Served(state, recorder or Recorder(), cache, api)

    def forget(self, simulation: str) -> None:
        """Serve a simulation no longer; one that is not there is left alone."""
        known = self._simulations.pop(simulation, None)
        self._ports.forget(simulation)
        if known is not None:
            known.cache.close()

    def build_port(self, simulation: str, build: Attribution) -> AbstractAsyncContextManager[int]:
        """Give a build a port of its own while it runs: what comes in there is recorded as its."""
        return self._ports.lease(simulation, build)

    async def unrecorded_port(self) -> int:
        """The port at which the engines look at registries for themselves: no record, no fault."""
        if self._unrecorded is None:
            self._unrecorded = self._listen()
        return self._unrecorded

    async def start(self) -> None:
        """Listen; raises GatewayError when the port is taken."""
        self._server = HttpServer(self._handle, host=self._host, shutdown=0.5)
        self._port = self._listen(self._port)

    async def close(self) -> None:
        """Stop listening and cut what is still open."""
        for simulation in list(self._simulations):
            self.forget(simulation)
        server, self._server = self._server, None
        if server is not None:
            await server.close()
        await self._upstream.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _listen(self, port: int = 0) -> int:
        assert self._server is not None
        try:
            return self._server.listen(port)
        except OSError as error:
            why = os.strerror(error.errno or 0).lower()
            raise GatewayError(f"cannot listen on {self._host}:{port}: {why}") from error

    # -- one request

    async def _handle(self, request: HttpRequest) -> HttpResponse | None:
        path, _, query = request.target.partition("?")
        place = None if path.startswith("/v2/") else place_of_name(path.removeprefix("/"))
        if place is not None and place[1] in SERVICE_HOSTS:
            return await self._actions_cache(request, *place)
        if place is not None and place[1] == API_HOST:
            return await self._api(request, *place)
        operation = route(request.method, path, query)
        if operation.endpoint is Endpoint.TOKEN:
            return await self._token(request, operation)
        if not operation.name:
            return self._unnamed(request, operation)
        known = self._simulations.get(operation.simulation)
        if known is None:
            code = ErrorCode.NAME_INVALID if operation.problem else ErrorCode.NAME_UNKNOWN
            return respond(refusal(code))
        exchange = self._exchange(request, operation, known)
        try:
            return await self._serve(request, exchange)
        finally:
            exchange.record()

    async def _actions_cache(self, request: HttpRequest, simulation: str, host: str, path: str) -> HttpResponse | None:
        """Let the Actions cache answer: `/SIM/HOST/…` stands for `https://HOST/…`."""
        known = self._simulations.get(simulation)
        if known is None:
            return HttpResponse(status=404)
        port = request.port
        base = f"http://{request.headers.get('Host') or f'{self._host}:{self._port}'}/{simulation}/"
        whose = self._ports.carried(simulation, port) or known.cache_step(request.headers.get("Authorization", ""))
        place = CachePlace(
            base=base,
            run=whose.run,
            job=whose.job,
            step=whose.step,
            build=whose.build,
            is_recorded=port != self._unrecorded,
        )
        return await known.cache.serve(request, host, path, place)

    async def _api(self, request: HttpRequest, simulation: str, host: str, path: str) -> HttpResponse:
        """Let the REST API answer: `/SIM/api.github.com/…` stands for `https://api.github.com/…`."""
        known = self._simulations.get(simulation)
        if known is None or known.api is None:
            return HttpResponse(status=404)
        base = f"http://{request.headers.get('Host') or f'{self._host}:{self._port}'}/{simulation}/{host}"
        try:
            async with asyncio.timeout(self._patience):
                body = b"".join([piece async for piece in request.pieces()])
        except TimeoutError:
            return HttpResponse(status=408)
        call = ApiCall.read(
            request.method,
            f"/{path}?{request.target.partition('?')[2]}",
            authorization=request.headers.get("Authorization", ""),
            body=body,
            base=base,
        )
        return api_response(known.api, call)

    def _exchange(self, request: HttpRequest, operation: RegistryOperation, known: _Served) -> Exchange:
        port = request.port
        is_recorded = port != self._unrecorded
        return Exchange(
            operation=operation,
            state=known.state,
            recorder=known.recorder if is_recorded else Recorder(),
            faults=known.state.faults if is_recorded else Faults(),
            build=self._ports.carried(operation.simulation, port),
        )

    async def _serve(self, request: HttpRequest, exchange: Exchange) -> HttpResponse | None:
        question = self._question(request, exchange)
        verdict = decide(question)
        if isinstance(verdict, Reply):
            return give_reply(exchange, verdict)
        fault = exchange.fault = exchange.faults.strike(exchange.operation)
        if fault is not None:
            spoilt = await self._strike(request, exchange, fault, question)
            if spoilt is not None:
                return spoilt
        too_large = verdict.limit is not None and (request.content_length or 0) > verdict.limit
        if too_large:
            return give_reply(exchange, refusal(ErrorCode.SIZE_INVALID, status=413))
        return await self._upstream.forward(request, exchange, verdict)

    def _question(self, request: HttpRequest, exchange: Exchange) -> Question:
        operation, state = exchange.operation, exchange.state
        authorization = request.headers.get("Authorization", "")
        grant = _granted(state, authorization)
        host = state.host(operation.host)
        identity = ANONYMOUS if host.is_open else None
        if grant is not None:
            identity = state.resolve(grant.secret, operation.host, grant.username)
        exchange.identity = identity
        exchange.pushes = grant is not None and grant.covers(operation.name, "push")
        owner = state.owner(operation.image_name.partition("/")[0])
        question = Question(
            operation=operation,
            realm=self._realm(request),
            host=host,
            settings=state.settings,
            owner=owner,
            grant=grant,
            presented=bool(authorization),
            identity=identity,
            package=state.package(operation.image_name) if operation.host == GHCR else None,
            own=None if identity is None or identity.owner is None else state.owner(identity.owner),
            is_gone=_is_gone(state, operation),
        )
        return question if operation.mount_from is None else state.with_source(question)

    def _realm(self, request: HttpRequest) -> str:
        return f"http://{request.headers.get('Host') or f'{self._host}:{self._port}'}/token"

    def _unnamed(self, request: HttpRequest, operation: RegistryOperation) -> HttpResponse:
        if operation.problem is not None:
            return respond(refusal(ErrorCode.NAME_UNKNOWN))
        authorization = request.headers.get("Authorization", "")
        known = any(_is_live(known.state, authorization) for known in self._simulations.values())
        if known and operation.endpoint is Endpoint.CATALOG:
            return respond(refusal(ErrorCode.UNSUPPORTED))
        return respond(ping(self._realm(request), known=known, presented=bool(authorization)))

    # -- tokens

    async def _token(self, request: HttpRequest, operation: RegistryOperation) -> HttpResponse | None:
        if request.method not in ("GET", "POST"):
            return respond(refusal(ErrorCode.UNSUPPORTED))
        try:
            async with asyncio.timeout(self._patience):
                form = b"".join([piece async for piece in request.pieces()]).decode(errors="replace")
        except TimeoutError:
            return respond(refusal(ErrorCode.UNAVAILABLE, "the client was silent", status=408))
        asked = read_token_request(operation.query, form, request.headers.get("Authorization", ""))
        places = [place for scope in asked.scopes if (place := place_of(scope)) is not None]
        simulation, host, image_name = places[0] if places else ("", GHCR, "")
        known = self._simulations.get(simulation) or self._that_knows(asked.password)
        if known is None:
            return respond(refused_login(403) if asked.password is not None else refusal(ErrorCode.DENIED, "denied"))
        operation = replace(operation, simulation=simulation, host=host, image_name=image_name)
        exchange = self._exchange(request, operation, known)
        exchange.identity = known.state.resolve(asked.password, host, asked.username or "")
        try:
            return await self._issue(request, exchange, decide_token(asked, known.state, method=request.method))
        finally:
            exchange.record()

    async def _issue(self, request: HttpRequest, exchange: Exchange, decided: Reply | Grant) -> HttpResponse | None:
        fault = exchange.fault = exchange.faults.strike(exchange.operation)
        if fault is not None:
            spoilt = await self._strike(request, exchange, fault, None)
            if spoilt is not None:
                return spoilt
        if isinstance(decided, Reply):
            return give_reply(exchange, decided)
        token = exchange.state.grant(decided)
        if fault is not None and fault.expire:
            exchange.state.expire(token)
        return give_reply(exchange, issued(token))

    def _that_knows(self, secret: str | None) -> _Served | None:
        if secret is None:
            return None
        return next((known for known in self._simulations.values() if known.state.knows(secret)), None)

    # -- faults

    async def _strike(
        self, request: HttpRequest, exchange: Exchange, fault: Fault, question: Question | None
    ) -> HttpResponse | None:
        """Do to a request what happens before the registry would see it; `None` lets it go on."""
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.expire and question is not None:
            token = bearer_token(request.headers.get("Authorization", "")) or ""
            exchange.state.expire(token)
            refused = decide(question.without_grant())
            return give_reply(exchange, refused) if isinstance(refused, Reply) else None
        if fault.reset and not fault.truncate:
            if request.has_body:
                await request.receive()
            cut(exchange)
        if fault.status is not None:
            headers = {name: value for name, value in fault.headers.items() if value is not None}
            return give_reply(exchange, Reply(status=fault.status, body=fault.body, headers=headers))
        return None


def _is_gone(state: RegistryState, operation: RegistryOperation) -> bool:
    """Whether a request names a manifest of ghcr.io that was deleted through the API."""
    names = operation.host == GHCR and operation.endpoint is Endpoint.MANIFEST and operation.reference
    return bool(names) and state.versions.is_gone(operation.image_name, operation.reference or "")


def _granted(state: RegistryState, authorization: str) -> Grant | None:
    token = bearer_token(authorization)
    if token is None:
        return None
    granted = state.granted(token)
    if granted is not None:
        return granted
    try:
        secret = base64.b64decode(token, validate=True).decode().strip()
    except ValueError:
        return None
    return Grant(secret=secret, any_name=True) if state.knows(secret) else None


def _is_live(state: RegistryState, authorization: str) -> bool:
    grant = _granted(state, authorization)
    return grant is not None and (grant.secret is None or state.knows(grant.secret))
