"""What is handed to BuildKit for one build, and how its vertices are read back as the Dockerfile's steps."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_cicache.buildkit import BuildRequest
    from pytest_cicache.engines.buildx._log import BuildLog

__all__ = ["PlainSteps", "PreparedBuild", "StepName", "StepState", "Steps", "read_step_name"]

_STEP = re.compile(
    r"\[(?:(?P<platform>[a-z]+/\S+) )?(?:(?P<stage>[^\s\]]+) +)? *(?P<index>\d+)/\d+\] (?P<text>.*)", re.DOTALL
)


_POSITION = re.compile(r"(?<=[ \[]) *(\d+)/(?=\d+\])")


class StepName(NamedTuple):
    """The parts of a vertex name such as `[linux/arm64 build 2/5] RUN make`."""

    platform: str | None
    stage: str | None
    position: int
    text: str

    @property
    def is_instruction(self) -> bool:
        """Whether it is a step of its own: not a `FROM`, and not the second half of a `COPY --link`."""
        return not self.text.startswith(("FROM ", "LINK "))


def read_step_name(name: str) -> StepName | None:
    """Take a vertex name apart; `None` for what is no step of a Dockerfile."""
    found = _STEP.fullmatch(name)
    if found is None:
        return None
    return StepName(found["platform"], found["stage"], int(found["index"]), found["text"])


@dataclass(frozen=True, slots=True, kw_only=True)
class StepState:
    """A step of the Dockerfile after the build; `cached` is `None` where only running could tell."""

    name: str
    cached: bool | None
    error: str | None = None


class Steps(Protocol):
    """Reads BuildKit's vertices as the steps of the Dockerfile as written."""

    def title(self, name: str) -> str | None:
        """The name a person sees for a vertex; `None` for one that is ours alone."""

    def states(self, log: BuildLog, *, cold: bool) -> tuple[StepState, ...]:
        """The steps that were reached, in the order of the Dockerfile.

        `cold` says that the builder had nothing to take from: no earlier build, no import that worked.
        """

    def last_words(self, lines: Sequence[str]) -> tuple[str, ...]:
        """What buildx printed after the progress, as it would be about the Dockerfile as written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedBuild:
    """One build as BuildKit gets it: a request with paths and contexts of ours, and what it is fed.

    `links` are those of the builds that its contexts stand for, by target.
    """

    request: BuildRequest
    stdin: bytes
    steps: Steps
    links: Mapping[str, PreparedBuild] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainSteps:
    """The steps of a Dockerfile that is built as written.

    `stages` are the names BuildKit gives its stages. In those of `rebased` (by name, `""` for the only one) the
    image comes from the gateway through a named context, and BuildKit then numbers the steps as if there were
    no `FROM`.
    """

    stages: tuple[str, ...] = ()
    rebased: frozenset[str] = frozenset()

    def title(self, name: str) -> str | None:
        """The name, numbered as without our named contexts."""
        step = read_step_name(name)
        if step is None or (step.stage or "") not in self.rebased:
            return name
        return _POSITION.sub(lambda found: f"{int(found[1]) + 1:>{len(found[0]) - 1}}/", name, count=1)

    def states(self, log: BuildLog, *, cold: bool) -> tuple[StepState, ...]:
        """What BuildKit said."""
        del cold
        found = []
        for vertex in log.vertices.values():
            step = read_step_name(vertex.name)
            if step is not None and step.is_instruction and vertex.reached:
                name = self.title(vertex.name) or vertex.name
                state = StepState(name=name, cached=vertex.cached, error=vertex.error)
                found.append((self._place(step), state))
        return tuple(state for _, state in sorted(found, key=lambda item: item[0]))

    def last_words(self, lines: Sequence[str]) -> tuple[str, ...]:
        """The lines themselves."""
        return tuple(lines)

    def _place(self, step: StepName) -> tuple[int, str, int]:
        number = self.stages.index(step.stage) if step.stage in self.stages else len(self.stages)
        return number, step.platform or "", step.position
