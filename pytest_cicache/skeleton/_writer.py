"""Writes the skeleton of a Dockerfile, stage by stage."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_cicache import errors
from pytest_cicache.dockerfile import (
    Copy,
    Instruction,
    Mount,
    OnBuild,
    Platform,
    RunInstruction,
    ShellLexer,
    Stage,
    Workdir,
    global_arguments,
    parse_mount,
)
from pytest_cicache.errors import UnsupportedError
from pytest_cicache.oci import Reference
from pytest_cicache.skeleton._base_settings import image_scope, setting_lines
from pytest_cicache.skeleton._lines import OURS, copy_flags, copy_lines, digest_of, here_lines, mount_key, stage_name
from pytest_cicache.skeleton._paths import absolute, optional, overlap, quoted
from pytest_cicache.skeleton._scope import StageScope
from pytest_cicache.skeleton._skeleton import Part, Read, Skeleton, SkeletonStage, StepId, StepOrigin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_cicache.buildkit import ImageConfig
    from pytest_cicache.dockerfile import Dockerfile

__all__ = ["write_skeleton"]

_IMAGE = "docker-image://"
_TARGET = "target:"
_PLATFORM_STAGE = "cicache-platform"
_PLATFORM_NAMES = ("TARGETPLATFORM", "TARGETARCH", "TARGETOS", "TARGETVARIANT", "BUILDPLATFORM", "BUILDARCH")


def write_skeleton(
    dockerfile: Dockerfile,
    *,
    arguments: Mapping[str, str],
    contexts: Mapping[str, str],
    base_digests: Mapping[str, str],
    base_configs: Mapping[str, ImageConfig],
    circumstances: Sequence[object],
    platforms: Sequence[str],
    target: str | None,
) -> Skeleton:
    """Rewrite a Dockerfile; `circumstances` are what the command line adds to every RUN's key.

    Raises UnsupportedError for a construct whose steps cannot be told.
    """
    writer = _Writer(
        dockerfile=dockerfile,
        arguments=arguments,
        contexts=contexts,
        base_digests=base_digests,
        base_configs=base_configs,
        circumstances=tuple(circumstances),
        platforms=tuple(platforms),
    )
    return writer.write(target)


@dataclass(frozen=True, slots=True)
class _StepPlace:
    """Where files are taken from: a stage of the skeleton, or a named build context, `link` if that is a target."""

    name: str
    scope: StageScope | None
    is_stage: bool = True
    parent: str | None = None
    image: str | None = None
    link: str | None = None


class _Writer:
    def __init__(
        self,
        *,
        dockerfile: Dockerfile,
        arguments: Mapping[str, str],
        contexts: Mapping[str, str],
        base_digests: Mapping[str, str],
        base_configs: Mapping[str, ImageConfig],
        circumstances: tuple[object, ...],
        platforms: tuple[str, ...],
    ) -> None:
        self._file = dockerfile
        self._arguments = arguments
        self._contexts = {name.lower(): value for name, value in contexts.items()}
        self._base_digests = base_digests
        self._base_configs = base_configs
        self._circumstances = circumstances
        self._platforms = platforms
        self._source_lines = re.findall(r"[^\n]*\n|[^\n]+", dockerfile.text.removeprefix("\ufeff"))
        self._globals = global_arguments(
            dockerfile.global_args,
            build_args=arguments,
            target_stage="",
            platform=Platform.parse(platforms[0]),
            lexer=ShellLexer(escape=dockerfile.escape),
        )
        self._stages: list[SkeletonStage] = []
        self._bases: dict[tuple[str, str], SkeletonStage] = {}
        self._scopes: dict[str, StageScope] = {}
        self._numbers: dict[str, int] = {}

    def write(self, target: str | None) -> Skeleton:
        for number, stage in enumerate(self._file.stages):
            self._stage(number, stage)
            if stage.start.name:
                self._numbers[stage.start.name] = number
        names = {name: stage_name(number) for name, number in self._numbers.items()}
        if target is not None:
            known = self._number(target)
            target = target if known is None else stage_name(known)
        return Skeleton(text=self._text(), target=target, stages=tuple(self._stages), names=names)

    def _text(self) -> str:
        head = [] if self._file.escape == "\\" else [f"# escape={self._file.escape}"]
        declared = [f"ARG {word}" for word in self._global_words()]
        return "\n".join([*head, *declared, *(line for stage in self._stages for line in stage.lines)]) + "\n"

    def _global_words(self) -> list[str]:
        return [
            name if default is None else f"{name}={default}"
            for argument in self._file.global_args
            for name, default in argument.pairs
        ]

    def _number(self, name: str) -> int | None:
        """The stage a name or a number means, of those above."""
        found = self._numbers.get(name.lower())
        if found is None and name.isdigit() and stage_name(int(name)) in self._scopes:
            return int(name)
        return found

    def _stage(self, number: int, stage: Stage) -> None:
        name = stage_name(number)
        base = self._base(stage)
        scope = base.scope.child() if base.scope is not None else StageScope(escape=self._file.escape)
        scope.has_base = scope.has_base or base.image is not None
        parent = base.name if base.is_stage else None
        made = SkeletonStage(name=name, parent=parent, is_written=True, image=base.image)
        platform = f"--platform={stage.start.platform} " if stage.start.platform else ""
        made.lines.append(f"FROM {platform}{base.name} AS {name}")
        # The scope is complete before another stage can see it; the stage is written after its inputs.
        for instruction in stage.instructions:
            self._instruction(made, scope, StepId(stage=number, line=instruction.line), instruction)
        self._stages.append(made)
        self._scopes[name] = scope

    def _base(self, stage: Stage) -> _StepPlace:
        text = ShellLexer(escape=self._file.escape).word(stage.start.base, self._globals)
        if len(self._platforms) > 1 and "TARGET" in stage.start.base:
            raise UnsupportedError(
                f"{self._file.path}:{stage.start.line}: `{stage.start.source}` depends on the platform in a build "
                "for several platforms; build one platform, or treat the build as opaque"
            )
        if text == "scratch":
            return _StepPlace("scratch", None, is_stage=False)
        number = self._numbers.get(text.lower())
        if number is not None and any(isinstance(item, OnBuild) for item in self._file.stages[number].instructions):
            raise UnsupportedError(f"{self._file.path}:{stage.start.line}: ONBUILD of the stage '{text}'")
        return self._place(text, stage.start.platform, by_number=False)

    def _place(self, name: str, platform: str = "", *, by_number: bool = True) -> _StepPlace:
        """What a `FROM` or a `--from` names: a context given on the command line, a stage, or an image."""
        later = {stage.start.name for stage in self._file.stages} - self._numbers.keys() - {""}
        if by_number and name.lower() in later:
            raise UnsupportedError(f"{self._file.path}: '--from={name}' names a stage further down; put it above")
        context = self._contexts.get(name.lower())
        if context is not None and not context.startswith(_IMAGE):
            return _StepPlace(name, None, is_stage=False, link=context if context.startswith(_TARGET) else None)
        number = self._number(name) if by_number else self._numbers.get(name.lower())
        if context is None and number is not None:
            inner = stage_name(number)
            return _StepPlace(inner, self._scopes[inner])
        reference = name if context is None else context.removeprefix(_IMAGE)
        base = self._base_image(reference, platform)
        config = self._base_config(reference)
        scope = None if config is None else image_scope(config, self._file.escape)
        return _StepPlace(base.name, scope, image=base.image)

    def _base_config(self, reference: str) -> ImageConfig | None:
        image = str(Reference.parse(reference).normalised)
        return self._base_configs.get(reference) or self._base_configs.get(image)

    def _base_image(self, reference: str, platform: str) -> SkeletonStage:
        """The stage that stands for an image: one file that names it, its platform and, if told, its content."""
        try:
            image = str(Reference.parse(reference).normalised)
        except errors.ReferenceError as error:
            raise errors.DockerfileError(f'failed to parse stage name "{reference}": {error}') from None
        key = (image, platform)
        if key not in self._bases:
            number = len(self._bases)
            content = self._base_digests.get(reference) or self._base_digests.get(image) or ""
            line = f"{image} {content} {platform or '${TARGETPLATFORM}'}"
            named = SkeletonStage(name=f"cicache-image-{number}", origins=[StepOrigin(part=Part.HELP)])
            named.lines = self._stand_alone(named.name, platform, [line], f"/{OURS}/base")
            # A stage of its own, because ARGs are inherited.
            made = SkeletonStage(name=f"cicache-base-{number}", image=image, origins=[StepOrigin(part=Part.BASE)])
            flag = f"--platform={platform} " if platform else ""
            made.lines = [f"FROM {flag}scratch AS {made.name}", f"COPY --from={named.name} /{OURS} /{OURS}"]
            config = self._base_config(reference)
            if config is not None:
                settings = setting_lines(config, self._file.escape)
                made.lines += settings
                made.origins += [StepOrigin(part=Part.HELP) for line in settings if line.startswith("WORKDIR ")]
            self._stages += [named, made]
            self._bases[key] = made
        return self._bases[key]

    def _stand_alone(self, name: str, platform: str, lines: list[str], path: str) -> list[str]:
        """A stage of one file in which the platform and the ARGs before the first FROM have a value."""
        flag = f"--platform={platform} " if platform else ""
        known = dict.fromkeys([*_PLATFORM_NAMES, *(name for arg in self._file.global_args for name, _ in arg.pairs)])
        return [f"FROM {flag}scratch AS {name}", *(f"ARG {word}" for word in known), *here_lines(path, lines)]

    def _instruction(self, made: SkeletonStage, scope: StageScope, step: StepId, instruction: Instruction) -> None:
        match instruction:
            case RunInstruction():
                self._run(made, scope, step, instruction)
            case Copy():
                self._copy(made, scope, step, instruction)
            case OnBuild():
                made.lines += self._verbatim(instruction)
            case _:
                made.lines += self._verbatim(instruction)
                scope.apply(instruction, {**self._globals, **self._arguments})
                if isinstance(instruction, Workdir):
                    made.origins.append(StepOrigin(part=Part.STEP, step=step))

    def _verbatim(self, instruction: Instruction) -> list[str]:
        text = "".join(self._source_lines[instruction.line - 1 : instruction.end])
        return [text.rstrip("\r\n")]

    def _run(self, made: SkeletonStage, scope: StageScope, step: StepId, run: RunInstruction) -> None:
        mounts = [parse_mount(text, scope.expand) for text in run.mounts]
        reads = [read for mount in mounts for read in self._bind(made, scope, mount)]
        if not scope.has_base:
            made.lines.append(f"COPY --from={self._platform_stage()} /{OURS}/platform /{OURS}/")
            made.origins.append(StepOrigin(part=Part.HELP))
        argv = run.arguments if run.exec_form else (*scope.shell, *run.arguments)
        parts = (argv, [(item.name, item.content, item.chomp) for item in run.here_documents])
        key = digest_of(
            parts,
            [mount_key(mount) for mount in mounts],
            run.network or "default",
            run.security,
            self._circumstances,
            scope.directory,
        )
        user = f"user {quoted(scope.user, scope.escape)}"
        made.lines += here_lines(f"/{OURS}/step", [key, user, *scope.environment_lines()])
        made.origins.append(StepOrigin(part=Part.RUN, step=step, reads=tuple(reads)))

    def _bind(self, made: SkeletonStage, scope: StageScope, mount: Mount) -> list[Read]:
        """Copy what a RUN has mounted, so that its content counts."""
        if mount.type != "bind" and not (mount.type == "cache" and mount.from_):
            return []
        source = mount.source or "/"
        destination = f"/{OURS}/mounts/{len(made.origins)}/"
        if not mount.from_:
            words = [quoted(source.lstrip("/") or ".", scope.escape), destination]
            made.lines.append(f"COPY {json.dumps(words)}")
            made.origins.append(StepOrigin(part=Part.HELP))
            return []
        place = self._place(mount.from_)
        flags, source, reads = self._taken(place, scope, source)
        made.lines.append(f"COPY --from={place.name} {flags}{json.dumps([source, destination])}")
        made.origins.append(StepOrigin(part=Part.HELP, reads=reads))
        return list(reads)

    def _taken(self, place: _StepPlace, scope: StageScope, source: str) -> tuple[str, str, tuple[Read, ...]]:
        """How a path of another stage is copied: flags, the path as a pattern, and what that reads."""
        if place.link is not None:
            reads = (Read(stage=place.link, is_exact=True),)
            return "", quoted(optional(absolute("/", source)), scope.escape), reads
        if not place.is_stage:
            return "", quoted(source, scope.escape), ()
        path = absolute("/", source)
        copied = () if place.scope is None else place.scope.copied
        reads = (Read(stage=place.name, is_exact=not any(overlap(path, there) for there in copied)),)
        flags = f"--exclude={OURS} " if path == "/" else ""
        return flags, quoted(optional(path), scope.escape), reads

    def _copy(self, made: SkeletonStage, scope: StageScope, step: StepId, copy: Copy) -> None:
        scope.copied.append(absolute(scope.directory, scope.expand(copy.destination)))
        if copy.from_:
            self._copy_from(made, scope, step, copy)
        elif copy.chown and not re.fullmatch(r"\d+(:\d+)?", copy.chown):
            made.lines += copy_lines(copy, flags=copy_flags(copy, scope), sources=copy.sources)
            made.origins.append(StepOrigin(part=Part.STEP, step=step))
        else:
            made.lines += self._verbatim(copy)
            made.origins.append(StepOrigin(part=Part.STEP, step=step))

    def _copy_from(self, made: SkeletonStage, scope: StageScope, step: StepId, copy: Copy) -> None:
        place = self._place(copy.from_)
        taken = [self._taken(place, scope, scope.expand(source)) for source in copy.sources]
        extra = sorted({flags for flags, _, _ in taken if flags})
        flags = f"--from={place.name} {''.join(extra)}{copy_flags(copy, scope)}"
        made.lines += copy_lines(copy, flags=flags, sources=[source for _, source, _ in taken])
        reads = tuple(read for _, _, found in taken for read in found)
        made.origins.append(StepOrigin(part=Part.STEP, step=step, reads=reads))

    def _platform_stage(self) -> str:
        if not any(stage.name == _PLATFORM_STAGE for stage in self._stages):
            made = SkeletonStage(name=_PLATFORM_STAGE, origins=[StepOrigin(part=Part.HELP)])
            made.lines = self._stand_alone(_PLATFORM_STAGE, "", ["${TARGETPLATFORM}"], f"/{OURS}/platform")
            self._stages.append(made)
        return _PLATFORM_STAGE
