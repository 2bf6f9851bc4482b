"""The server: reads a request, asks `decide`, and answers, redirects or relays it to the registry behind.

It is the only module here that awaits.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import aiohttp
from aiohttp import web
from aiohttp.http import HttpProcessingError
from yarl import URL

from pytest_cicache.actionscache import SERVICE_HOSTS, CacheService, Place
from pytest_cicache.errors import GatewayError
from pytest_cicache.gateway._client import Client, cut, give_reply, respond
from pytest_cicache.gateway._credential import ANONYMOUS, Grant
from pytest_cicache.gateway._decide import Question, decide, ping
from pytest_cicache.gateway._decide_token import decide_token, place_of
from pytest_cicache.gateway._exchange import Exchange
from pytest_cicache.gateway._faults import Faults
from pytest_cicache.gateway._headers import (
    answer_headers,
    error_message,
    expected_bytes,
    request_headers,
    spoil,
)
from pytest_cicache.gateway._hosts import GHCR
from pytest_cicache.gateway._operation import Endpoint, Operation, place_of_name, route
from pytest_cicache.gateway._ports import Ports
from pytest_cicache.gateway._purpose import children, holds_cache
from pytest_cicache.gateway._recorder import Attribution, Recorder
from pytest_cicache.gateway._replies import Forward, Reply, refusal
from pytest_cicache.gateway._token import bearer_token, issued, read_token_request, refused_login
from pytest_cicache.oci import ErrorCode, error_body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager
    from types import TracebackType

    from pytest_cicache.gateway._faults import Fault
    from pytest_cicache.gateway._state import RegistryState

__all__ = ["Gateway"]

_ERROR_LIMIT = 64 * 1024
_CHUNK = 256 * 1024
_LOG = logging.getLogger(__package__)
_LOG.addFilter(lambda record: not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError)))
_WRONG_DIGEST = f"sha256:{'0' * 64}"
_SKIPPED = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


@dataclass(frozen=True, slots=True)
class _Simulation:
    state: RegistryState
    recorder: Recorder
    cache: CacheService

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
        self._upstream = upstream.rstrip("/")
        self._host = host
        self._port = port
        self._patience = patience
        self._redirects = redirects
        self._simulations: dict[str, _Simulation] = {}
        self._ports = Ports(self._listen)
        self._unrecorded: int | None = None
        self._session: aiohttp.ClientSession | None = None
        self._runner: web.ServerRunner | None = None

    @property
    def port(self) -> int:
        """The port it listens on; known once it has started."""
        return self._port

    @property
    def url(self) -> str:
        """The base URL that clients use."""
        return f"http://{self._host}:{self._port}"

    def open(self, simulation: str, state: RegistryState, recorder: Recorder | None = None) -> None:
        """Serve a simulation's registries under its name, the first component of its image names."""
        if simulation in self._simulations:
            raise GatewayError(f"the gateway serves a simulation named {simulation!r} already")
        cache = CacheService(state.actions_cache, patience=self._patience)
        self._simulations[simulation] = _Simulation(state, recorder or Recorder(), cache)

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
            self._unrecorded = await self._listen()
        return self._unrecorded

    async def start(self) -> None:
        """Listen; raises GatewayError when the port is taken."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10)
        self._session = aiohttp.ClientSession(
            timeout=timeout,
            connector=aiohttp.TCPConnector(limit=0),
            auto_decompress=False,
            read_bufsize=_CHUNK,
            skip_auto_headers=_SKIPPED,
        )
        server = web.Server(self._handle, access_log=None, read_bufsize=_CHUNK, logger=_LOG)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.5)
        await self._runner.setup()
        try:
            self._port = await self._listen(self._port)
        except GatewayError:
            await self.close()
            raise

    async def close(self) -> None:
        """Stop listening and cut what is still open."""
        for simulation in list(self._simulations):
            self.forget(simulation)
        runner, self._runner = self._runner, None
        session, self._session = self._session, None
        if runner is not None:
            await runner.cleanup()
        if session is not None:
            await session.close()
            # Its connections end in the loop's next turn, which must still come.
            await asyncio.sleep(0)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _listen(self, port: int = 0) -> int:
        assert self._runner is not None
        site = web.TCPSite(self._runner, self._host, port)
        try:
            await site.start()
        except OSError as error:
            raise GatewayError(f"cannot listen on {self._host}:{port}: {error.strerror}") from error
        return int(self._runner.addresses[-1][1])

    # -- one request

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path, _, query = request.raw_path.partition("?")
        place = None if path.startswith("/v2/") else place_of_name(path.removeprefix("/"))
        if place is not None and place[1] in SERVICE_HOSTS:
            return await self._actions_cache(request, *place)
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

    async def _actions_cache(
        self, request: web.BaseRequest, simulation: str, host: str, path: str
    ) -> web.StreamResponse:
        """Let the Actions cache answer: `/SIM/HOST/…` stands for `https://HOST/…`."""
        known = self._simulations.get(simulation)
        if known is None:
            return web.Response(status=404)
        port = _port_of(request)
        base = f"http://{request.headers.get('Host') or f'{self._host}:{self._port}'}/{simulation}/"
        whose = self._ports.carried(simulation, port) or known.cache_step(request.headers.get("Authorization", ""))
        place = Place(
            base=base,
            run=whose.run,
            job=whose.job,
            step=whose.step,
            build=whose.build,
            is_recorded=port != self._unrecorded,
        )
        return await known.cache.serve(request, host, path, place)

    def _exchange(self, request: web.BaseRequest, operation: Operation, known: _Simulation) -> Exchange:
        port = _port_of(request)
        is_recorded = port != self._unrecorded
        return Exchange(
            operation=operation,
            state=known.state,
            recorder=known.recorder if is_recorded else Recorder(),
            faults=known.state.faults if is_recorded else Faults(),
            build=self._ports.carried(operation.simulation, port),
        )

    async def _serve(self, request: web.BaseRequest, exchange: Exchange) -> web.StreamResponse:
        question = self._question(request, exchange)
        verdict = decide(question)
        if isinstance(verdict, Reply):
            return give_reply(request, exchange, verdict)
        fault = exchange.fault = exchange.faults.strike(exchange.operation)
        if fault is not None:
            spoilt = await self._strike(request, exchange, fault, question)
            if spoilt is not None:
                return spoilt
        too_large = verdict.limit is not None and (request.content_length or 0) > verdict.limit
        if too_large:
            return give_reply(request, exchange, refusal(ErrorCode.SIZE_INVALID, status=413))
        return await self._guarded(request, exchange, verdict)

    def _question(self, request: web.BaseRequest, exchange: Exchange) -> Question:
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
        )
        return question if operation.mount_from is None else state.with_source(question)

    def _realm(self, request: web.BaseRequest) -> str:
        return f"http://{request.headers.get('Host') or f'{self._host}:{self._port}'}/token"

    def _unnamed(self, request: web.BaseRequest, operation: Operation) -> web.StreamResponse:
        if operation.problem is not None:
            return respond(refusal(ErrorCode.NAME_UNKNOWN))
        authorization = request.headers.get("Authorization", "")
        known = any(_is_live(known.state, authorization) for known in self._simulations.values())
        if known and operation.endpoint is Endpoint.CATALOG:
            return respond(refusal(ErrorCode.UNSUPPORTED))
        return respond(ping(self._realm(request), known=known, presented=bool(authorization)))

    # -- tokens

    async def _token(self, request: web.BaseRequest, operation: Operation) -> web.StreamResponse:
        if request.method not in ("GET", "POST"):
            return respond(refusal(ErrorCode.UNSUPPORTED))
        try:
            async with asyncio.timeout(self._patience):
                form = (await request.read()).decode(errors="replace")
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

    async def _issue(self, request: web.BaseRequest, exchange: Exchange, decided: Reply | Grant) -> web.StreamResponse:
        fault = exchange.fault = exchange.faults.strike(exchange.operation)
        if fault is not None:
            spoilt = await self._strike(request, exchange, fault, None)
            if spoilt is not None:
                return spoilt
        if isinstance(decided, Reply):
            return give_reply(request, exchange, decided)
        token = exchange.state.grant(decided)
        if fault is not None and fault.expire:
            exchange.state.expire(token)
        return give_reply(request, exchange, issued(token))

    def _that_knows(self, secret: str | None) -> _Simulation | None:
        if secret is None:
            return None
        return next((known for known in self._simulations.values() if known.state.knows(secret)), None)

    # -- faults

    async def _strike(
        self, request: web.BaseRequest, exchange: Exchange, fault: Fault, question: Question | None
    ) -> web.StreamResponse | None:
        """Do to a request what happens before the registry would see it; `None` lets it go on."""
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.expire and question is not None:
            token = bearer_token(request.headers.get("Authorization", "")) or ""
            exchange.state.expire(token)
            refused = decide(question.without_grant())
            return give_reply(request, exchange, refused) if isinstance(refused, Reply) else None
        if fault.reset and not fault.truncate:
            if request.can_read_body:
                await request.content.readany()
            return cut(request, exchange)
        if fault.status is not None:
            headers = {name: value for name, value in fault.headers.items() if value is not None}
            return give_reply(request, exchange, Reply(status=fault.status, body=fault.body, headers=headers))
        return None

    # -- the registry behind

    async def _guarded(self, request: web.BaseRequest, exchange: Exchange, forward: Forward) -> web.StreamResponse:
        """Pass a request on, and turn what goes wrong behind into what a client may see."""
        client = Client(request, exchange, limit=forward.limit, patience=self._patience)
        try:
            async with asyncio.timeout(self._patience) as client.deadline:
                return await self._pass_on(client, forward)
        except (aiohttp.ClientError, OSError) as error:
            if client.has_begun or client.has_left:
                return cut(request, exchange)
            return give_reply(request, exchange, client.explain(error))

    async def _pass_on(self, client: Client, forward: Forward) -> web.StreamResponse:
        fault = client.exchange.fault
        spoils = fault is not None and (fault.truncate or fault.corrupt or fault.answer_status or fault.headers)
        if forward.redirect and self._redirects and not spoils:
            redirected = await self._redirect(client)
            if redirected is not None:
                return redirected
        operation = client.exchange.operation
        body = await client.manifest() if _is_manifest_push(operation) else client.body()
        async with self._send(client, operation.method, body, query=forward.query) as answer:
            if client.has_left:
                # The registry's complaint about half a body is for nobody.
                return cut(client.request, client.exchange)
            if forward.creates and answer.status < 300 and client.exchange.identity is not None:
                client.exchange.state.create_package(client.exchange.identity, operation.image_name)
            return await self._relay(client, answer)

    async def _redirect(self, client: Client) -> web.StreamResponse | None:
        """Send a reader of a blob to the registry behind, as ghcr.io sends it to its storage."""
        async with self._send(client, "HEAD", None) as answer:
            if answer.status != 200:
                return None
            size = answer.content_length or 0
        exchange = client.exchange
        exchange.status = 307
        exchange.received = expected_bytes(size, client.request.headers.get("Range", ""))
        location = str(self._target(exchange.operation, None))
        return web.Response(status=307, headers={"Location": location})

    def _target(self, operation: Operation, query: str | None) -> URL:
        query = operation.query if query is None else query
        return URL(f"{self._upstream}{operation.path}{'?' if query else ''}{query}", encoded=True)

    def _send(
        self,
        client: Client,
        method: str,
        body: AsyncIterator[bytes] | bytes | None,
        *,
        query: str | None = None,
    ) -> aiohttp.client._RequestContextManager:
        assert self._session is not None
        return self._session.request(
            method,
            self._target(client.exchange.operation, query),
            data=body,
            headers=request_headers(
                client.request.headers.items(), whole=method != client.request.method, empty=body is None
            ),
            allow_redirects=False,
        )

    async def _relay(self, client: Client, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        exchange, fault = client.exchange, client.exchange.fault
        _note_digest(exchange, answer)
        whole = await _whole(exchange, answer)
        size = answer.content_length if whole is None else len(whole)
        headers = answer_headers(answer.headers.items(), self._upstream)
        if size is not None:
            headers.append(("Content-Length", str(size)))
        exchange.status = answer.status
        if fault is not None:
            exchange.status = fault.answer_status or answer.status
            headers = spoil(headers, fault.headers)
            if fault.corrupt and not exchange.operation.reads:
                headers = spoil(headers, {"Docker-Content-Digest": _WRONG_DIGEST})
        chunks = answer.content.iter_any() if whole is None else _once(whole)
        return await client.give(exchange.status, headers, chunks, size=size)


def _port_of(request: web.BaseRequest) -> int:
    """The port that a request came in at, whatever its Host header says."""
    name = None if request.transport is None else request.transport.get_extra_info("sockname")
    return int(name[1]) if name else 0


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


def _is_manifest_push(operation: Operation) -> bool:
    return operation.endpoint is Endpoint.MANIFEST and operation.method == "PUT"


def _note_digest(exchange: Exchange, answer: aiohttp.ClientResponse) -> None:
    operation = exchange.operation
    digest = answer.headers.get("Docker-Content-Digest")
    if operation.endpoint is Endpoint.MANIFEST and operation.reference and digest and answer.status < 300:
        _append_digest(exchange, digest)


def _append_digest(exchange: Exchange, digest: str) -> None:
    operation = exchange.operation
    name = (operation.host, operation.image_name)
    exchange.recorder.append_digest(exchange.place, name, operation.reference or "", digest)


async def _whole(exchange: Exchange, answer: aiohttp.ClientResponse) -> bytes | None:
    """Take in a small answer that says something about the request: an error, or a manifest."""
    operation, size = exchange.operation, answer.content_length
    if operation.method == "HEAD" or size is None:
        return None
    if answer.status >= 400 and size <= _ERROR_LIMIT:
        body = await answer.read()
        if exchange.is_missing_manifest(answer.status):
            # Registries behind differ in what they call a name without manifests; ghcr.io does not.
            body = error_body(ErrorCode.MANIFEST_UNKNOWN)
        exchange.message = error_message(body)
        return body
    if operation.endpoint is not Endpoint.MANIFEST or size > exchange.state.settings.manifest_limit:
        return None
    body = await answer.read()
    exchange.is_cache = exchange.is_cache or holds_cache(body)
    for digest in children(body):
        _append_digest(exchange, digest)
    return body


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
