"""Stages and which of them a target needs; nothing is turned into steps yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_cicache.dockerfile import (
    Copy,
    Dockerfile,
    Environment,
    From,
    Instruction,
    OnBuild,
    Platform,
    RunInstruction,
    ShellLexer,
    Stage,
    Workdir,
    did_you_mean,
    mount_source,
    parse_trigger,
)
from pytest_cicache.errors import DockerfileError

if TYPE_CHECKING:
    from pytest_cicache.buildkit._stage import StageState

__all__ = ["SCRATCH", "PlannedStage", "plan_stages", "reachable"]

SCRATCH = "scratch"


@dataclass(slots=True, kw_only=True, eq=False)
class PlannedStage:
    """A stage, or an image or context that is only copied from (`is_named` is false then).

    `base` is the stage it starts from; `sources` the stage each COPY or mount takes files from, by the
    instruction's index and, for a RUN, the mount's; `is_replaced` says that a build context stands in for the
    base image.
    """

    start: From
    instructions: list[Instruction]
    base_name: str
    shown_name: str = ""
    platform: Platform | None = None
    base: PlannedStage | None = None
    context: str | None = None
    is_named: bool = True
    steps: int = 0
    is_replaced: bool = False
    triggered: int = 0
    sources: dict[tuple[int, int], PlannedStage] = field(default_factory=dict)
    state: StageState | None = None

    @property
    def needs(self) -> Iterator[PlannedStage]:
        """The stages this one uses directly."""
        if self.base is not None:
            yield self.base
        yield from self.sources.values()


def plan_stages(
    dockerfile: Dockerfile, *, arguments: Environment, contexts: Mapping[str, str], target: str | None
) -> tuple[list[PlannedStage], PlannedStage]:
    """All stages in order, with the sources they copy from behind them, and the one to build.

    Raises DockerfileError in BuildKit's words.
    """
    lexer = ShellLexer(escape=dockerfile.escape)
    stages: list[PlannedStage] = []
    by_name: dict[str, PlannedStage] = {}
    for index, stage in enumerate(dockerfile.stages):
        planned = _planned(stage, index, lexer, arguments, contexts)
        planned.base = None if planned.context is not None else by_name.get(planned.base_name)
        _add_triggers(planned, dockerfile.escape)
        planned.steps = _count(planned)
        stages.append(planned)
        if planned.start.name:
            by_name[planned.start.name] = planned
    wanted = _target(stages, by_name, target)
    _link(stages, by_name, lexer)
    _check_cycles(stages)
    # every mount counts as a stage of its own, its source or `scratch`, and a lone stage is not named
    if len(stages) == 1 and not any(
        isinstance(item, RunInstruction) and item.mounts for item in stages[0].instructions
    ):
        stages[0].shown_name = ""
    return stages, wanted


def reachable(stage: PlannedStage) -> set[PlannedStage]:
    """The stage and all it needs."""
    found: set[PlannedStage] = set()
    waiting = [stage]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += current.needs
    return found


def _planned(
    stage: Stage, index: int, lexer: ShellLexer, arguments: Environment, contexts: Mapping[str, str]
) -> PlannedStage:
    start = stage.start
    try:
        base = lexer.word(start.base, arguments)
        platform = _platform(start, lexer, arguments)
    except DockerfileError as error:
        raise error.at(start.line, start.end) from None
    if not base:
        message = f"base name ({start.base}) should not be blank"
        raise DockerfileError(message, line=start.line, end=start.end)
    return PlannedStage(
        start=stage.start,
        instructions=list(stage.instructions),
        base_name=base,
        shown_name=stage.start.name or f"stage-{index}",
        platform=platform,
        context=contexts.get(stage.start.name) if stage.start.name else None,
    )


def _platform(start: From, lexer: ShellLexer, arguments: Environment) -> Platform | None:
    if not start.platform:
        return None
    text = lexer.word(start.platform, arguments)
    if not text:
        raise DockerfileError(f"empty platform value from expression {start.platform}")
    try:
        return Platform.parse(text)
    except ValueError as error:
        raise DockerfileError(f"failed to parse platform {start.platform}: {error}") from None


def _add_triggers(planned: PlannedStage, escape: str) -> None:
    """Put the base stage's ONBUILD instructions first, as if written here."""
    if planned.base is None:
        return
    triggers = [item for item in planned.base.instructions if isinstance(item, OnBuild)]
    planned.instructions[:0] = [parse_trigger(item, planned.start, escape) for item in triggers]
    planned.triggered = len(triggers)


def _count(planned: PlannedStage) -> int:
    """How many numbered steps the stage has; its `FROM` counts where it is an image."""
    steps = sum(isinstance(item, (Copy, RunInstruction, Workdir)) for item in planned.instructions[planned.triggered :])
    is_image = planned.base is None and planned.base_name != SCRATCH
    return steps + planned.triggered + is_image


def _target(stages: list[PlannedStage], by_name: Mapping[str, PlannedStage], target: str | None) -> PlannedStage:
    if not target:
        return stages[-1]
    if target.lower() not in by_name:
        hint = did_you_mean(target, [stage.shown_name for stage in stages])
        raise DockerfileError(f'target stage "{target}" could not be found{hint}')
    return by_name[target.lower()]


def _link(stages: list[PlannedStage], by_name: Mapping[str, PlannedStage], lexer: ShellLexer) -> None:
    written = list(stages)
    for planned in written:
        for index, item in enumerate(planned.instructions):
            if isinstance(item, Copy) and item.from_:
                if lexer.word(item.from_, {}) != item.from_:
                    raise DockerfileError(
                        "variable expansion is not supported for --from, define a new stage with FROM "
                        "using ARG from global scope as a workaround"
                    )
                planned.sources[index, 0] = _source(item.from_, stages, by_name, item, by_index=True)
            elif isinstance(item, RunInstruction):
                for number, text in enumerate(item.mounts):
                    name = mount_source(text)
                    if name:
                        planned.sources[index, number] = _source(name, stages, by_name, item)


def _source(
    name: str,
    stages: list[PlannedStage],
    by_name: Mapping[str, PlannedStage],
    item: Instruction,
    *,
    by_index: bool = False,
) -> PlannedStage:
    if by_index and name.lstrip("-").isdigit():
        if not 0 <= int(name) < len(stages):
            raise DockerfileError(f"invalid stage index {name}")
        return stages[int(name)]
    if name.lower() in by_name:
        return by_name[name.lower()]
    start = From(source=item.source, line=item.line, end=item.end, base=name)
    planned = PlannedStage(start=start, instructions=[], base_name=name, is_named=False)
    planned.base = by_name.get(name)
    stages.append(planned)
    return planned


def _check_cycles(stages: list[PlannedStage]) -> None:
    for stage in stages:
        if any(stage in reachable(needed) for needed in stage.needs):
            name = stage.start.name or stage.shown_name
            raise DockerfileError(f"circular dependency detected on stage: {name}")
