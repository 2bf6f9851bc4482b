"""What happened, as small frozen records; nothing here counts or decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_cicache.observation._builds import Ending
    from pytest_cicache.observation._traits import StepTraits, Why

__all__ = [
    "BuildRecord",
    "CacheOperation",
    "Conclusion",
    "EmptySecret",
    "Operation",
    "Purpose",
    "RegistryRecord",
    "Result",
    "StepMode",
    "Vertex",
]


class Conclusion(StrEnum):
    """How a step, a job or a run ended."""

    SUCCESS = "success"
    FAILURE = "failure"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    STARTUP_FAILURE = "startup_failure"


class StepMode(StrEnum):
    """What the simulation did with a step."""

    EXECUTED = "executed"
    EMULATED = "emulated"
    STUBBED = "stubbed"
    ASSUMED = "assumed"
    SKIPPED = "skipped"


class Operation(StrEnum):
    """What a step asked of a registry or of a cache."""

    LOGIN = "login"
    IMPORT = "import"
    EXPORT = "export"
    PUSH = "push"
    PULL = "pull"


class Result(StrEnum):
    """How such an operation ended.

    An import is a `hit` (a step was taken from it), a `miss` (found, nothing usable), `not-found` or
    `denied`; an export `written`, an image `pushed`; `cancelled` when another operation's refusal ended
    it, `unknown` when that is a race.
    """

    OK = "ok"
    HIT = "hit"
    MISS = "miss"
    NOT_FOUND = "not-found"
    DENIED = "denied"
    FAILED = "failed"
    WRITTEN = "written"
    PUSHED = "pushed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Purpose(StrEnum):
    """What a registry client meant by one request."""

    LOGIN = "login"
    TOKEN = "token"  # noqa: S105 - a word, no secret
    IMPORT = "import"
    EXPORT = "export"
    PUSH = "push"
    PULL = "pull"
    MOUNT = "mount"
    PROBE = "probe"
    DELETE = "delete"
    LIST = "list"


_SHOWN_RESULTS = {Result.NOT_FOUND: "not found", Result.MISS: "nothing usable"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryRecord:
    """One request to the gateway and its answer.

    `host` and `image_name` are the workflow's (`ghcr.io`, `owner/package`); `reference` is the tag or
    digest in the path; `sent` and `received` count body bytes as the client sees them; `message` is the
    registry's error text; `fault` names an injected fault; `build` is the number of the build in its simulation that
    asked, 0 where none did; `absent` tells that a read was refused because the package does not exist.
    """

    run: int
    job: str
    step: str
    build: int = 0
    purpose: Purpose
    method: str
    host: str
    image_name: str
    reference: str | None = None
    digest: str | None = None
    status: int
    message: str | None = None
    sent: int = 0
    received: int = 0
    fault: str | None = None
    absent: bool = False

    def __repr__(self) -> str:
        name = f"{self.host}/{self.image_name}" + (f" {self.reference}" if self.reference else "")
        return f"<{self.method} {name} for {self.purpose}: {self.status}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptySecret:
    """A secret that a failed step names and that is empty there; `reason` is why GitHub withholds it, if it does."""

    name: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vertex:
    """One build step: BuildKit's name for it, whether it came from a cache, and from which reference.

    `cached` is `None` where that cannot be known without running; `source` is the cache reference as the
    workflow wrote it, `None` for a step that ran or a hit of the builder's own; `why` tells of a step that ran what
    kept it from being found.
    """

    name: str
    cached: bool | None
    source: str | None = None
    error: str | None = None
    why: Why | None = None

    def __repr__(self) -> str:
        ends = {True: f"cached from {self.source}" if self.source else "cached", False: "ran", None: "unknown"}
        why = f", {self.why}" if self.why is not None else ""
        return f"<{self.name}: {self.error or ends[self.cached]}{why}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheOperation:
    """One login, import, export, push or pull, as a step meant it.

    `reference` is written as in the workflow; `cache_scope` names a cache in the Actions cache, and `refs` are
    the git refs whose entries were found or written there, sorted; `attributes` are the option's own; `fatal` tells
    whether the result failed the command; `assumes` are the ids of the assumptions it rests on; `where` is the line
    that asked for it, `file:line:column`.
    """

    operation: Operation
    type: str | None = None
    reference: str | None = None
    cache_scope: str | None = None
    refs: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    result: Result
    status: int | None = None
    message: str | None = None
    fatal: bool = False
    assumes: tuple[str, ...] = ()
    where: str = ""

    def __repr__(self) -> str:
        place = f"{self.where.rpartition('/')[2].rpartition(':')[0]}: " if self.where else ""
        return f"<{place}{self.operation} {self.name}: {self.told_result}>"

    @property
    def name(self) -> str:
        """What was read or written: a reference, or a type with its scope or folder, and its entries' git refs."""
        given = self.attributes
        part = given.get("scope") or given.get("src") or given.get("dest")
        name = self.reference or (f"{self.type}:{part}" if part else str(self.type))
        return f"{name} of {', '.join(self.refs)}" if self.refs else name

    @property
    def told_result(self) -> str:
        """The result in a person's words, with the status of a refusal."""
        status = f" {self.status}" if self.status and self.result is Result.DENIED else ""
        return _SHOWN_RESULTS.get(self.result, self.result.value) + status


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRecord:
    """One `docker buildx build`: its steps, its operations, how it ended.

    `endings` are what the builder told of each use of a reference; `operations` follow from them and from what the
    build asked (`settled`). `lacks_files` tells that it failed for want of a file that should have been there.

    `vertices` are the Dockerfile's own steps only (`[2/5] RUN …`), in the order of the Dockerfile, `FROM`
    and BuildKit's internal steps left out. `errors` are the lines after the progress log, as buildx prints
    them (`ERROR: failed to build: …`), `log` the progress lines before. `where` is the command that asked for it,
    `file:line:column`; `traits` are what its steps are made of, by their names, `layers` the
    digests of what they left, as far as the builder tells.
    """

    dockerfile: str
    target: str | None
    vertices: tuple[Vertex, ...]
    operations: tuple[CacheOperation, ...] = ()
    endings: tuple[Ending, ...] = ()
    exit_code: int
    errors: tuple[str, ...] = ()
    log: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    lacks_files: bool = False
    where: str = ""
    traits: Mapping[str, StepTraits] = field(default_factory=dict, compare=False)
    layers: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        target = f" target {self.target}" if self.target else ""
        ended = "" if self.exit_code == 0 else f", exit code {self.exit_code}"
        return f"<Build {self.dockerfile}{target}: {self.hits} of {len(self.vertices)} steps cached{ended}>"

    @property
    def hits(self) -> int:
        """How many vertices came from a cache."""
        return sum(vertex.cached is True for vertex in self.vertices)

    @property
    def misses(self) -> int:
        """How many vertices ran."""
        return sum(vertex.cached is False for vertex in self.vertices)
