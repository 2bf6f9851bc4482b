"""Faults a test asks for: which request is meant, and what goes wrong with it. The server applies them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from pytest_cicache.errors import UsageError, suggestion
from pytest_cicache.gateway._operation import RegistryOperation
from pytest_cicache.oci import Endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Fault", "FaultOptions", "Faults"]


class FaultOptions(TypedDict, total=False):
    """What a fault does, and to which requests; see `Fault`."""

    nth: int
    times: int
    status: int
    body: bytes
    headers: Mapping[str, str | None]
    reset: bool
    truncate: bool
    corrupt: bool
    delay: float
    expire: bool
    answer_status: int
    method: str
    host: str
    image_name: str
    tag: str
    digest: str
    mount: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One rule: the requests it is about and what it does to them.

    Requests: `method` (`*` for each), `host`, `image_name`, `tag`, `digest`, `mount`; of those matching, the
    `nth` (from 1) and the `times - 1` after it: only that one unless said otherwise, and every one where
    neither is given.

    Effects: `status` answers instead of the registry, with `body` and `headers`; `answer_status` changes the
    registry's own answer, and `headers` alone its headers (`None` removes one); `reset` cuts the connection
    (with `truncate` or a body on its way: in the middle); `truncate` ends a body half-way; `corrupt` flips
    the bytes of a body, or names a wrong digest where none is sent; `delay` waits, in seconds; `expire`
    treats the bearer token as expired, or issues one that is.
    """

    endpoints: frozenset[Endpoint]
    methods: frozenset[str]
    nth: int | None = None
    times: int | None = None
    status: int | None = None
    body: bytes = b""
    headers: Mapping[str, str | None] = field(default_factory=dict)
    reset: bool = False
    truncate: bool = False
    corrupt: bool = False
    delay: float = 0.0
    expire: bool = False
    answer_status: int | None = None
    host: str | None = None
    image_name: str | None = None
    tag: str | None = None
    digest: str | None = None
    mount: bool | None = None

    def __post_init__(self) -> None:
        for name in ("nth", "times"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(f"{name}={value}: a fault counts its requests from 1")
        for name in ("status", "answer_status"):
            value = getattr(self, name)
            if value is not None and value not in _STATUSES:
                raise UsageError(f"{name}={value}: the status of an HTTP answer is 200 to 599")
        unknown = sorted(self.methods - _METHODS)
        if unknown:
            near = suggestion(unknown[0], _METHODS)
            raise UsageError(f"method={unknown[0]!r} is none; {near}there are {', '.join(sorted(_METHODS))}")
        if not self.effects:
            raise UsageError("a fault needs an effect: " + ", ".join(sorted(_EFFECTS)))

    @property
    def effects(self) -> tuple[str, ...]:
        """The names of what it does, for the record."""
        return tuple(name for name in _EFFECTS if getattr(self, name))

    def matches(self, operation: RegistryOperation) -> bool:
        """Tell whether a request is of the kind this rule is about."""
        return (
            operation.endpoint in self.endpoints
            and ("*" in self.methods or operation.method in self.methods)
            and self.host in (None, operation.host)
            and self.image_name in (None, operation.image_name)
            and self.tag in (None, operation.tag)
            and self.digest in (None, operation.digest)
            and self.mount in (None, operation.mount is not None)
        )

    def strikes(self, count: int) -> bool:
        """Tell whether the count-th matching request (from 1) is one it spoils."""
        first = self.nth or 1
        if self.times is None:
            return count == first if self.nth is not None else True
        return first <= count < first + self.times

    def __str__(self) -> str:
        return "+".join(f"status {self.status}" if name == "status" else name for name in self.effects)


_STATUSES = range(200, 600)
_METHODS = frozenset({"*", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_EFFECTS = ("status", "answer_status", "headers", "reset", "truncate", "corrupt", "delay", "expire")


class Faults:
    """The faults of one simulation, in the order they were asked for; the first that strikes is applied."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._counts: list[int] = []

    def __len__(self) -> int:
        return len(self._rules)

    def on_blob_upload(self, **options: Unpack[FaultOptions]) -> Fault:
        """Spoil uploads: by default the request with the bytes (PUT); `method="POST"` for the start."""
        return self._add((Endpoint.UPLOADS, Endpoint.UPLOAD), "PUT", options)

    def on_blob_pull(self, **options: Unpack[FaultOptions]) -> Fault:
        """Spoil reads of layers and configs (GET); `method="HEAD"` for the question whether one is there."""
        return self._add((Endpoint.BLOB,), "GET", options)

    def on_manifest_push(self, **options: Unpack[FaultOptions]) -> Fault:
        """Spoil the writing of a tag or manifest (PUT)."""
        return self._add((Endpoint.MANIFEST,), "PUT", options)

    def on_manifest_pull(self, **options: Unpack[FaultOptions]) -> Fault:
        """Spoil reads of a tag or manifest; `method="HEAD"` or `"GET"` for one of the two requests."""
        return self._add((Endpoint.MANIFEST,), "HEAD GET", options)

    def on_token(self, **options: Unpack[FaultOptions]) -> Fault:
        """Spoil token requests."""
        return self._add((Endpoint.TOKEN,), "GET POST", options)

    def clear(self) -> None:
        """Forget every fault."""
        self._rules.clear()
        self._counts.clear()

    def strike(self, operation: RegistryOperation) -> Fault | None:
        """Count a request, and give the fault that spoils it."""
        struck: Fault | None = None
        for index, rule in enumerate(self._rules):
            if not rule.matches(operation):
                continue
            self._counts[index] += 1
            if struck is None and rule.strikes(self._counts[index]):
                struck = rule
        return struck

    def _add(self, endpoints: tuple[Endpoint, ...], methods: str, options: FaultOptions) -> Fault:
        values: dict[str, Any] = dict(options)
        chosen = str(values.pop("method", methods)).upper().split()
        try:
            rule = Fault(endpoints=frozenset(endpoints), methods=frozenset(chosen), **values)
        except TypeError as error:
            known = ", ".join(sorted(FaultOptions.__annotations__))
            wrong = next((name for name in values if name not in FaultOptions.__annotations__), "")
            near = suggestion(wrong, FaultOptions.__annotations__)
            raise UsageError(f"unknown option of a fault ({error}); {near}there are {known}") from error
        self._rules.append(rule)
        self._counts.append(0)
        return rule
