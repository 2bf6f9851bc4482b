"""Speaks to a registry as BuildKit does: bearer tokens, retries, and its error texts (v0.34.2, containerd)."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from pytest_cicache.errors import CicacheError
from pytest_cicache.http import Headers, HttpClient, NoAnswerError

__all__ = ["RefusedError", "RegistryClient", "RegistryReply", "Resource", "registry_errors", "with_details"]

_AGENT = "buildkit/v0.34"
_TOKEN_AGENT = "containerd/2.1.4+unknown"  # noqa: S105 - a user agent
_KNOWN_CODES = {
    "UNKNOWN": "unknown error",
    "UNSUPPORTED": "The operation is unsupported.",
    "UNAUTHORIZED": "authentication required",
    "DENIED": "requested access to the resource is denied",
    "UNAVAILABLE": "service unavailable",
    "TOOMANYREQUESTS": "too many requests",
}
_TWICE = {500, 503, 504}
_FIVE_TIMES = {408, 429}
_BODY_SHOWN = 256
# Registries may send a reader of a blob to where its bytes are.
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 10
_READING = frozenset({"GET", "HEAD"})


class RefusedError(CicacheError):
    """The registry refused, failed, or hung up; the message is what BuildKit prints.

    `status` is the HTTP status, `None` without an answer; `retries` tells whether BuildKit tries a layer again;
    `final` is what is left of the message in the build's last line; `unexpected` is how containerd words the answer.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retries: bool = False,
        final: str | None = None,
        unexpected: str | None = None,
    ) -> None:
        self.unexpected = unexpected
        self.status = status
        self.retries = retries
        self.final = message if final is None else final
        self._is_short = final is not None
        super().__init__(message)

    def within(self, words: str) -> RefusedError:
        """The same refusal with words before it."""
        final = self.final if self._is_short else None
        return RefusedError(f"{words}{self}", status=self.status, final=final)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryReply:
    """An answer: status, headers, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    method: str
    url: str

    @property
    def unexpected(self) -> str:
        """How containerd words an answer it did not expect."""
        phrase = HTTPStatus(self.status).phrase if self.status in HTTPStatus._value2member_map_ else ""
        return f"unexpected status from {self.method} request to {self.url}: {self.status} {phrase}".rstrip()

    def refused(self, message: str | None = None) -> RefusedError:
        """The error this answer is; by default with the registry's own words in it."""
        return RefusedError(
            with_details(self) if message is None else message,
            status=self.status,
            retries=self.status >= 500,
            unexpected=self.unexpected,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What requests are about: an image on the gateway, and whether its tokens may write."""

    image_name: str
    writes: bool = False
    also_reads: str | None = None

    @property
    def scopes(self) -> tuple[str, ...]:
        """The resource scopes to ask a token for."""
        own = f"repository:{self.image_name}:{'pull,push' if self.writes else 'pull'}"
        return (own, f"repository:{self.also_reads}:pull") if self.also_reads else (own,)


@dataclass(slots=True)
class RegistryClient:
    """Requests to one gateway with one credential; `tokens` outlive a build, push tokens do not."""

    session: HttpClient
    address: str
    credential: tuple[str, str] | None
    tokens: dict[tuple[object, ...], str]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _push_tokens: dict[tuple[object, ...], str] = field(default_factory=dict)
    _locks: dict[tuple[object, ...], asyncio.Lock] = field(default_factory=dict)

    async def send(
        self,
        method: str,
        path: str,
        resource: Resource,
        *,
        headers: Mapping[str, str] | None = None,
        data: bytes | None = None,
    ) -> RegistryReply:
        """One request with its token and containerd's immediate retries. Raises RefusedError without answer."""
        url = f"http://{self.address}{path}" if path.startswith("/v2/") else urljoin(f"http://{self.address}", path)
        reply = await self._authorised(method, url, resource, headers, data)
        for _ in range(_tries(reply.status) - 1):
            reply = await self._authorised(method, url, resource, headers, data)
            if _tries(reply.status) == 1:
                break
        return reply

    async def patiently(self, work: Callable[[], Awaitable[Any]], say: Callable[[str], None]) -> Any:
        """Do the work on one layer, again after 1, 2 and 4 seconds when the registry failed."""
        for pause in (1, 2, 4):
            try:
                return await work()
            except RefusedError as error:
                if not error.retries:
                    raise
                say(f"error: {error}")
                say(f"retrying in {pause}s")
                await self.sleep(pause)
        return await work()

    async def _authorised(
        self,
        method: str,
        url: str,
        resource: Resource,
        headers: Mapping[str, str] | None,
        data: bytes | None,
    ) -> RegistryReply:
        tokens = self._push_tokens if resource.writes else self.tokens
        key = (resource.scopes, self.credential)
        token = tokens.get(key)
        reply = await self._once(method, url, headers, data, token)
        if reply.status != HTTPStatus.UNAUTHORIZED:
            return reply
        challenge = reply.headers.get("WWW-Authenticate", "")
        async with self._locks.setdefault(key, asyncio.Lock()):
            if tokens.get(key) in {None, token}:
                tokens[key] = await self._token(challenge, resource)
        reply = await self._once(method, url, headers, data, tokens[key])
        if reply.status == HTTPStatus.UNAUTHORIZED:
            raise _insufficient(reply, reply.headers.get("WWW-Authenticate", ""), writes=resource.writes)
        return reply

    async def _once(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        data: bytes | None,
        token: str | None = None,
    ) -> RegistryReply:
        sent = {"User-Agent": _AGENT, **(headers or {})}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        return await self._exchange(method, url, sent, data)

    async def _exchange(self, method: str, url: str, headers: Mapping[str, str], data: bytes | None) -> RegistryReply:
        place, sent = url, Headers(headers)
        for _ in range(_MOST_REDIRECTS):
            reply = await self._at(place, method, url, sent, data)
            location = reply.headers.get("Location")
            if reply.status not in _REDIRECTS or method not in _READING or location is None:
                break
            after = urljoin(place, location)
            if urlsplit(after).netloc != urlsplit(place).netloc:
                # The token is for the registry alone.
                sent.pop("Authorization", None)
            place = after
        return reply

    async def _at(self, place: str, method: str, url: str, headers: Headers, data: bytes | None) -> RegistryReply:
        try:
            async with self.session.open(method, place, headers=headers.items(), body=data) as answer:
                body = await answer.read()
        except NoAnswerError as error:
            why = "EOF" if error.is_end else error
            raise RefusedError(f'failed to do request: {method.capitalize()} "{url}": {why}', retries=True) from error
        return RegistryReply(status=answer.status, headers=answer.headers, body=body, method=method, url=url)

    async def _token(self, challenge: str, resource: Resource) -> str:
        fields = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        realm, service = fields.get("realm"), fields.get("service", "")
        if realm is None:
            raise RefusedError("no realm specified for token auth challenge", status=401)
        scopes = resource.scopes
        query = "&".join(
            [*(f"scope={quote(scope, safe='')}" for scope in scopes), f"service={quote(service, safe='')}"]
        )
        if self.credential is None:
            reply = await self._exchange("GET", f"{realm}?{query}", {"User-Agent": _TOKEN_AGENT}, None)
            if reply.status >= 400:
                raise _no_token(f"failed to fetch anonymous token: {reply.unexpected}")
        else:
            reply = await self._password_token(realm, query, service, " ".join(scopes))
            if reply.status >= 400:
                raise _no_token(f"failed to fetch oauth token: {with_details(reply)}")
        document = json.loads(reply.body)
        return str(document.get("access_token") or document.get("token"))

    async def _password_token(self, realm: str, query: str, service: str, scope: str) -> RegistryReply:
        assert self.credential is not None
        username, password = self.credential
        form = {
            "grant_type": "password",
            "service": service,
            "client_id": "buildkit-client",
            "scope": scope,
            "username": username,
            "password": password,
        }
        headers = {"User-Agent": _TOKEN_AGENT, "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        reply = await self._exchange("POST", realm, headers, urlencode(form).encode())
        if reply.status not in {401, 404, 405}:
            return reply
        basic = base64.b64encode(f"{username}:{password}".encode()).decode()
        headers = {"User-Agent": _TOKEN_AGENT, "Authorization": f"Basic {basic}"}
        return await self._exchange("GET", f"{realm}?{query}", headers, None)


def with_details(reply: RegistryReply) -> str:
    """An unexpected answer in BuildKit's words (util/errutil): the registry's errors alone where it sent any."""
    errors = registry_errors(reply.body)
    if len(errors) == 1:
        return errors[0]
    if errors:
        return "errors:\n" + "".join(f"{error}\n" for error in errors)
    text = reply.body.decode(errors="replace")
    if not text:
        return reply.unexpected
    if len(text) > _BODY_SHOWN:
        text = f"{text[:_BODY_SHOWN]}... ({len(text) - _BODY_SHOWN} bytes truncated)"
    return f"{reply.unexpected}: {text}"


def registry_errors(body: bytes) -> list[str]:
    """The texts of a registry's error object, as containerd prints each."""
    try:
        errors = json.loads(body)["errors"]
        return [_one_error(error) for error in errors]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _one_error(error: Mapping[str, Any]) -> str:
    code = str(error.get("code", ""))
    code = code if code in _KNOWN_CODES else "UNKNOWN"
    message, detail = error.get("message") or "", error.get("detail")
    shown = code.lower()
    if detail is None and message in {"", _KNOWN_CODES[code]}:
        return shown
    text = f"{shown}: {message or _KNOWN_CODES[code]}"
    return f"{text} - {detail}" if isinstance(detail, str) and detail else text


def _tries(status: int) -> int:
    return 2 if status in _TWICE else 5 if status in _FIVE_TIMES else 1


def _no_token(reason: str) -> RefusedError:
    """No token: told as 401 whatever the token endpoint answered, as it is not about the request itself."""
    return RefusedError(f"failed to authorize: {reason}", status=401, final=reason)


def _insufficient(reply: RegistryReply, challenge: str, *, writes: bool) -> RefusedError:
    found = re.search(r'error="([^"]*)"', challenge)
    reason = f"server message: {found[1]}: authorization failed" if found else "authorization failed"
    verb = "push" if writes else "pull"
    return RefusedError(
        f"{verb} access denied, repository does not exist or may require authorization: {reason}",
        status=reply.status,
    )
