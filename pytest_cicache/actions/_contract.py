"""What a known action asks for, as data; the runner carries it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from pytest_cicache.actions._api_use import ApiUse
from pytest_cicache.buildx import ImageStore
from pytest_cicache.errors import UsageError

__all__ = [
    "EVERY_DOCKERFILE",
    "ActionCall",
    "ActionEffect",
    "ActionReference",
    "CheckOut",
    "DockerCommand",
    "DownloadArtifacts",
    "Interpreter",
    "MissingFiles",
    "RestoreCache",
    "ResultFile",
    "SaveCache",
    "UploadArtifact",
]


EVERY_DOCKERFILE = "*"
"""The `dockerfile` of a check-out from which any may be built."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionReference:
    """What stands after `uses:`, read: `owner/name[/path]@version`."""

    owner: str
    name: str
    path: str
    version: str

    @classmethod
    def parse(cls, text: str) -> ActionReference:
        """Read a reference to an action in a repository; raises UsageError for any other text."""
        location, at, version = text.partition("@")
        owner, _, rest = location.partition("/")
        name, _, path = rest.partition("/")
        if not (owner and name and at and version):
            raise UsageError(f"Expected format {{org}}/{{repo}}[/path]@ref. Actual '{text}'")
        return cls(owner=owner, name=name, path=path, version=version)

    @property
    def repository(self) -> str:
        """`owner/name`, in lower case."""
        return f"{self.owner}/{self.name}".lower()

    @property
    def major(self) -> int | None:
        """The major version of a tag such as `v4` or `v4.1.0`, `None` for a branch or a sha."""
        digits = self.version.removeprefix("v").partition(".")[0]
        return int(digits) if self.version.startswith("v") and digits.isdecimal() else None

    @property
    def release(self) -> tuple[int, int] | None:
        """Major and minor version of a full tag such as `v6.9.0`, `None` for a floating one."""
        parts = self.version.removeprefix("v").split(".")
        if self.major is None or len(parts) < 2 or not parts[1].isdecimal():
            return None
        return self.major, int(parts[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCall:
    """One use of an action: its reference, its inputs with all expressions resolved, and the `github` context.

    Input names are in lower case; `environment` is the `env` context; `number` tells the uses of one job
    apart; `temp` is RUNNER_TEMP; `now` is the simulation's time; `driver` is that of the builder the action
    would use (`docker` when no builder was made); `changed_files` are those of the event, `None` when nobody knows
    them; `read` gives the text of a file below the workspace, `None` for one that is not there; `runtime` are the
    variables that actions see, but no scripts.
    """

    reference: ActionReference
    inputs: Mapping[str, str]
    github: Mapping[str, Any]
    environment: Mapping[str, str] = field(default_factory=dict)
    number: int = 0
    temp: str = "/home/runner/work/_temp"
    driver: str = "docker-container"
    now: datetime | None = None
    changed_files: tuple[str, ...] | None = None
    read: Callable[[str], str | None] = lambda path: None
    runtime: Mapping[str, str] = field(default_factory=dict)

    def input(self, name: str, default: str = "") -> str:
        """Return an input, trimmed as the actions toolkit trims it."""
        return self.inputs.get(name, default).strip()

    def event(self, *path: str) -> Any:
        """Return a field of the event's payload, `None` where there is none."""
        value: Any = self.github.get("event")
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerCommand:
    """One call of the docker command; `shown` is printed when it succeeds instead of its output.

    A failed command fails the step with `failure`, its last stderr line put in for `{error}`. `directory` is
    below the workspace or absolute; `environment` is added to the step's; what a successful one says on stdout goes
    into the file `stdout`, where that is given.
    """

    arguments: tuple[str, ...]
    stdin: str = ""
    stdout: str | None = None
    shown: str | None = None
    failure: str = "{error}"
    directory: str = "."
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOut:
    """Lay a commit of the repository under test into the workspace.

    `ref` is a sha, a branch, a tag or a full ref, empty for the event's own; `path` is below the workspace or
    absolute; `clean` empties it first; `depth` is how much history it gets, 0 for all, `tags` whether the tags too.
    `repository` is `owner/name`, `token` what git presents for it and, where it `persists`, keeps for later commands.
    `as_git_context` lays out what BuildKit clones for the build of `dockerfile`, or of EVERY_DOCKERFILE.
    """

    ref: str = ""
    path: str = "."
    clean: bool = True
    depth: int = 1
    tags: bool = False
    repository: str = ""
    token: str = ""
    persists: bool = False
    as_git_context: bool = False
    dockerfile: str = "Dockerfile"


class MissingFiles(StrEnum):
    """What an upload does when its patterns find nothing."""

    WARN = "warn"
    ERROR = "error"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadArtifact:
    """Keep files of the workspace for other jobs of the run.

    `patterns` are paths and globs, one that begins with `!` leaves out; `name` is `None` for an artifact called as its
    one file; `adds` lets several uploads of one name become one artifact, as they did before version 4.
    """

    name: str | None
    patterns: tuple[str, ...]
    missing: MissingFiles = MissingFiles.WARN
    overwrites: bool = False
    takes_hidden: bool = False
    adds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadArtifacts:
    """Lay artifacts of the run into a folder: the one of a `name`, those with these `ids`, or all that `pattern` fits.

    Each has a folder of its own below `path` unless there is but one, or `merges` is set; `own_folders` gives even a
    single one its own, as before version 5.
    """

    name: str = ""
    ids: tuple[int, ...] = ()
    pattern: str = ""
    path: str = "."
    merges: bool = False
    own_folders: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreCache:
    """Look an entry of the Actions cache up, and lay its files out unless it `looks_only`.

    `patterns` are paths and globs, whose version has to be the entry's. A miss `fails_on_miss`; `names_match` gives the
    key that was found as an output.
    """

    key: str
    patterns: tuple[str, ...]
    restore_keys: tuple[str, ...] = ()
    looks_only: bool = False
    fails_on_miss: bool = False
    names_match: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveCache:
    """Make an entry of the Actions cache from the files that the patterns name."""

    key: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultFile:
    """An output read from a file that the commands write: a field of its JSON, all of it, or its text.

    `read` makes the output of the text; it raises ValueError or LookupError for a text of another kind.
    """

    output: str
    path: str
    field: str | None = None
    is_text: bool = False
    read: Callable[[str], str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionEffect:
    """What an action does: `files` to write (path to text), a check-out, commands in order, then `post` ones
    when the job ends.

    `error` fails the step at once with the action's own message; `variables` are for the steps after it;
    `masks` are values to hide; `log` are lines the action prints first; `save_later` is done at the end of a job that
    has succeeded, unless `restore` found its key. `unknown` are outputs that nobody knows here,
    since they rest on `assumption`: what the simulation lacks, and takes to be so. `image_store` is that of the Docker
    from then on; `api` is what it does with GitHub's API.
    """

    check_out: CheckOut | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    commands: tuple[DockerCommand, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    results: tuple[ResultFile, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    masks: tuple[str, ...] = ()
    log: tuple[str, ...] = ()
    post: tuple[DockerCommand, ...] = ()
    upload: UploadArtifact | None = None
    download: DownloadArtifacts | None = None
    restore: RestoreCache | None = None
    save: SaveCache | None = None
    save_later: SaveCache | None = None
    unknown: tuple[str, ...] = ()
    assumption: str | None = None
    image_store: ImageStore | None = None
    api: ApiUse | None = None
    error: str | None = None
    note: str | None = None


Interpreter = Callable[[ActionCall], ActionEffect]
