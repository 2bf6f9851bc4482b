"""Reads what BuildKit said about a skeleton as the state of the Dockerfile's own steps."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_cicache.engines.buildx._steps import StepState, read_step_name
from pytest_cicache.skeleton import Part, Skeleton, SkeletonStage, StepOrigin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_cicache.engines.buildx._log import BuildLog, LogVertex

__all__ = ["SkeletonSteps"]

_INLINE = "[internal] preparing inline document"


@dataclass(slots=True)
class _Knowledge:
    """What is known of a step.

    `was_followed` is false when the step is unknown and BuildKit went on as if it had run, so that the misses
    behind it say nothing.
    """

    cached: bool | None
    was_followed: bool = True


@dataclass(slots=True)
class _StageKnowledge:
    """What is known of a stage after its last step."""

    steps: list[tuple[StepOrigin, _Knowledge]] = field(default_factory=list)
    parent: _StageKnowledge | None = None

    @property
    def chain(self) -> Iterator[tuple[StepOrigin, _Knowledge]]:
        if self.parent is not None:
            yield from self.parent.chain
        yield from self.steps

    @property
    def last(self) -> _Knowledge | None:
        if self.steps:
            return self.steps[-1][1]
        return self.parent.last if self.parent is not None else None

    @property
    def is_unsure(self) -> bool:
        """Whether its files may differ from what the cache's builder had, or may not."""
        return any(
            known.cached is None or (origin.part in (Part.RUN, Part.BASE) and known.cached is False)
            for origin, known in self.chain
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SkeletonSteps:
    """The steps behind a skeleton; `names` gives the names of the instruction at a line, in platform order.

    `reran` are the builds it links to in which a `RUN` was executed, by `target:NAME`.
    """

    skeleton: Skeleton
    names: Mapping[int, Sequence[str]]
    reran: frozenset[str] = frozenset()

    def title(self, name: str) -> str | None:
        """The step's name in the Dockerfile as written; `None` for our own help."""
        if name == _INLINE:
            return None
        step = read_step_name(name)
        if step is None:
            return name
        for stage in self.skeleton.stages:
            if stage.name == (step.stage or self._only_stage) and step.position <= len(stage.origins):
                return self._titled(stage, stage.origins[step.position - 1], step.platform)
        return name

    def states(self, log: BuildLog, *, cold: bool) -> tuple[StepState, ...]:
        """The Dockerfile's steps; unknown where a step takes files of which only running could tell."""
        vertices = self._by_place(log)
        platforms = list(dict.fromkeys(platform for platform, _, _ in vertices)) or [None]
        found: list[tuple[int, int, StepState]] = []
        for position, platform in enumerate(platforms):
            for order, state in self._states(vertices, platform, cold=cold):
                found.append((order, position, state))
        return tuple(state for _, _, state in sorted(found, key=lambda item: item[:2]))

    def last_words(self, lines: Sequence[str]) -> tuple[str, ...]:
        """The error, which may have several lines; the excerpt of our own file before it is left out."""
        return tuple(itertools.dropwhile(lambda line: not line.startswith("ERROR:"), lines))

    @property
    def _only_stage(self) -> str:
        """BuildKit does not name the stage of a file that has only one."""
        return self.skeleton.stages[-1].name

    def _by_place(self, log: BuildLog) -> dict[tuple[str | None, str, int], LogVertex]:
        found: dict[tuple[str | None, str, int], LogVertex] = {}
        for vertex in log.vertices.values():
            step = read_step_name(vertex.name)
            if step is not None and step.is_instruction:
                found[step.platform, step.stage or self._only_stage, step.position] = vertex
        return found

    def _titled(self, stage: SkeletonStage, origin: StepOrigin, platform: str | None) -> str | None:
        if origin.part is Part.BASE:
            return f"FROM {stage.image}"
        if origin.step is None:
            return None
        names = self.names.get(origin.step.line, ())
        fitting = [name for name in names if platform is None or name.startswith(f"[{platform} ")]
        return next(iter(fitting or names), None)

    def _states(
        self, vertices: Mapping[tuple[str | None, str, int], LogVertex], platform: str | None, *, cold: bool
    ) -> Iterator[tuple[int, StepState]]:
        known: dict[str, _StageKnowledge] = {}
        for stage in self.skeleton.stages:
            here = _StageKnowledge(parent=known.get(stage.parent or ""))
            known[stage.name] = here
            error: str | None = None
            for index, origin in enumerate(stage.origins, start=1):
                vertex = vertices.get((platform, stage.name, index))
                if vertex is None or not vertex.reached:
                    continue
                error = error or vertex.error
                sources = [known.get(read.stage) or self._linked(read.stage) for read in origin.reads]
                knowledge = _judge(origin, vertex, here.last, sources, cold=cold)
                here.steps.append((origin, knowledge))
                title = self._titled(stage, origin, platform)
                if origin.step is not None and title is not None:
                    order = origin.step.stage * 1_000_000 + origin.step.line
                    yield order, StepState(name=title, cached=knowledge.cached, error=error)

    def _linked(self, name: str) -> _StageKnowledge:
        known = _Knowledge(cached=name not in self.reran)
        return _StageKnowledge(steps=[(StepOrigin(part=Part.RUN), known)])


def _judge(
    origin: StepOrigin,
    vertex: LogVertex,
    before: _Knowledge | None,
    sources: Sequence[_StageKnowledge],
    *,
    cold: bool,
) -> _Knowledge:
    """A step's state: BuildKit's word, unless the step depends on something only running could tell."""
    is_open = before is not None and before.cached is None
    unsure = [read for read, source in zip(origin.reads, sources, strict=True) if source.is_unsure]
    if not is_open and not unsure:
        return _Knowledge(cached=vertex.cached)
    if vertex.cached:
        return _Knowledge(cached=None)
    if before is not None and before.cached is False:
        return _Knowledge(cached=False)  # what it stands on is new, whatever it takes
    followed = (not is_open or (before is not None and before.was_followed)) and all(r.is_exact for r in unsure)
    # In the skeleton what a RUN made is always the same, so a miss is the step's own.
    if cold or followed:
        return _Knowledge(cached=False)
    return _Knowledge(cached=None, was_followed=False)
