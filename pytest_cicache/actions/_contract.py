"""What a known action asks for, as data; the runner carries it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pytest_cicache.errors import UsageError

__all__ = ["ActionCall", "ActionEffect", "ActionReference", "CheckOut", "DockerCommand", "Interpreter"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCall:
    """One use of an action: its reference, its inputs with all expressions resolved, and the `github` context.

    Input names are in lower case; `number` tells the uses of one job apart.
    """

    reference: ActionReference
    inputs: Mapping[str, str]
    github: Mapping[str, object]
    number: int = 0

    def input(self, name: str, default: str = "") -> str:
        """Return an input, trimmed as the actions toolkit trims it."""
        return self.inputs.get(name, default).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerCommand:
    """One call of the docker command; `shown` is printed when it succeeds instead of its output.

    A failed command fails the step with `failure`, its last stderr line put in for `{error}`.
    """

    arguments: tuple[str, ...]
    stdin: str = ""
    shown: str | None = None
    failure: str = "{error}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOut:
    """Lay a commit of the repository under test into the workspace.

    `ref` is a sha, a branch, a tag or a full ref, empty for the event's own; `path` is below the workspace.
    """

    ref: str = ""
    path: str = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionEffect:
    """What an action does: commands in order, then `post` ones when the job ends.

    `error` fails the step at once with the action's own message.
    """

    check_out: CheckOut | None = None
    commands: tuple[DockerCommand, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    post: tuple[DockerCommand, ...] = ()
    error: str | None = None
    note: str | None = None


Interpreter = Callable[[ActionCall], ActionEffect]
