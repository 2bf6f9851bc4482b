"""A whole build: which images it needs, then its graph; in two steps because images are looked up between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pytest_cicache import errors
from pytest_cicache.buildkit._conversion import BuildOptions, Conversion, stage_arguments
from pytest_cicache.buildkit._graph import BuildGraph, BuildVertex, ImageConfig, Target
from pytest_cicache.buildkit._names import familiar_name
from pytest_cicache.buildkit._plan import SCRATCH, PlannedStage, plan_stages, reachable
from pytest_cicache.buildkit._request import BuildRequest
from pytest_cicache.buildkit._run import RunSettings
from pytest_cicache.buildkit._stage import StageState
from pytest_cicache.buildkit._vertices import Vertices, unified
from pytest_cicache.dockerfile import DEFAULT_PLATFORM, Dockerfile, Environment, Platform
from pytest_cicache.errors import DockerfileError, UnsupportedError
from pytest_cicache.oci import Reference

__all__ = ["BaseImage", "BuildPlan", "ResolvedImage", "plan_build"]

TARGET = "target:"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseImage:
    """An image a build starts from or copies from: canonical reference, platform, line of first use."""

    reference: str
    platform: Platform
    line: int = 0
    written: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedImage:
    """What a reference led to: the platform's manifest digest and the image's configuration."""

    digest: str
    config: ImageConfig = field(default_factory=ImageConfig)


@dataclass(frozen=True, slots=True, kw_only=True)
class _PlatformPlan:
    platform: Platform
    arguments: Environment
    stages: tuple[PlannedStage, ...]
    target: PlannedStage
    needed: frozenset[PlannedStage]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildPlan:
    """A build whose images are not resolved yet; `folders` are the local contexts by name.

    `links` are the builds that its contexts `target:NAME` stand for, by target; `images` are theirs too.
    """

    dockerfile: Dockerfile
    options: BuildOptions
    images: tuple[BaseImage, ...]
    folders: Mapping[str, str]
    platforms: tuple[_PlatformPlan, ...]
    links: Mapping[str, BuildPlan] = field(default_factory=dict)

    def graph(self, resolved: Mapping[tuple[str, Platform], ResolvedImage]) -> BuildGraph:
        """The graph, given what each of `images` led to. Raises DockerfileError, UnsupportedError."""
        targets, steps = self._converted(resolved, Vertices())
        merged, named = unified([target.vertex for target in targets if target.vertex is not None])
        return BuildGraph(
            targets=tuple(
                target if target.vertex is None else replace(target, vertex=merged[target.vertex.identity])
                for target in targets
            ),
            steps=tuple(merged[step.identity] for step in steps if named.get(step.identity) is step),
        )

    def _converted(
        self, resolved: Mapping[tuple[str, Platform], ResolvedImage], vertices: Vertices
    ) -> tuple[list[Target], list[BuildVertex]]:
        """What is built for each platform, and the build's own steps."""
        linked = {name: link._converted(resolved, vertices)[0] for name, link in self.links.items()}
        targets: list[Target] = []
        steps: list[BuildVertex] = []
        for plan in self.platforms:
            conversion = Conversion(
                self.dockerfile,
                self.options,
                arguments=plan.arguments,
                platform=plan.platform,
                vertices=vertices,
                with_platform=len(self.platforms) > 1,
            )
            self._convert(plan, conversion, resolved, linked)
            targets.append(conversion.target(plan.target))
            steps += conversion.steps
        return targets, steps

    def _convert(
        self,
        plan: _PlatformPlan,
        conversion: Conversion,
        resolved: Mapping[tuple[str, Platform], ResolvedImage],
        linked: Mapping[str, Sequence[Target]],
    ) -> None:
        for stage in _sources_first(plan):
            stage.state = self._start(stage, plan, conversion, resolved, linked)
            if stage.is_named and stage.context is None:
                conversion.convert(stage)

    def _start(
        self,
        stage: PlannedStage,
        plan: _PlatformPlan,
        conversion: Conversion,
        resolved: Mapping[tuple[str, Platform], ResolvedImage],
        linked: Mapping[str, Sequence[Target]],
    ) -> StageState:
        platform = stage.platform or plan.platform
        if stage.base is not None:
            assert stage.base.state is not None
            return stage.base.state.child() if stage.is_named else stage.base.state
        if stage.context is None and stage.base_name == SCRATCH:
            return StageState(platform=plan.platform)
        context = stage.context or _context(self.options, stage.base_name)
        stage.is_replaced = context is not None
        if context is not None and context.startswith(TARGET):
            return _of_target(linked[context.removeprefix(TARGET)], platform)
        if context is not None and not context.startswith("docker-image:"):
            name = stage.start.name if stage.context else familiar_name(stage.base_name)
            vertex = conversion.vertices.local(self.options.scope + name, f"[context {name}] load from client")
            return StageState(platform=platform, vertex=vertex)
        reference = _reference(stage, context)
        if reference == SCRATCH:
            return StageState(platform=platform)
        image = resolved[reference, platform]
        pinned = f"{reference.partition('@')[0]}@{image.digest}"
        shown = f"FROM {pinned}" if context is None else f"[context {stage.base_name}] {pinned}"
        vertex = conversion.vertices.image(pinned, image.digest, platform, shown)
        if image.config.triggers and stage.is_named:
            raise UnsupportedError(f"`ONBUILD {image.config.triggers[0]}` of the base image {stage.base_name!r}")
        return StageState.of_image(vertex, image.config, platform)


def plan_build(
    dockerfile: Dockerfile, request: BuildRequest, *, links: Mapping[str, BuildPlan] | None = None, scope: str = ""
) -> BuildPlan:
    """Find out which stages and images a build needs.

    `links` are the plans of the request's own `links`; `scope` tells the contexts of one from those of another.
    Raises DockerfileError, UnsupportedError.
    """
    known = links or {}
    options = replace(_options(request), scope=scope)
    platforms = [Platform.parse(text) for text in request.platforms] or [DEFAULT_PLATFORM]
    plans = [_platform_plan(dockerfile, options, platform) for platform in platforms]
    folders = {name: value for name, value in options.contexts.items() if _is_folder(name, value, known)}
    images: dict[BaseImage, None] = dict.fromkeys(image for link in known.values() for image in link.images)
    for plan in plans:
        for stage in plan.stages:
            if stage in plan.needed:
                images.update(dict.fromkeys(_images(stage, plan, options)))
    return BuildPlan(
        dockerfile=dockerfile,
        options=options,
        images=tuple(images),
        folders=folders,
        platforms=tuple(plans),
        links=known,
    )


def _of_target(targets: Sequence[Target], platform: Platform) -> StageState:
    """The state of a stage that begins with another target's image."""
    fitting = next((target for target in targets if target.platform == platform), targets[0])
    return StageState.of_image(fitting.vertex, fitting.config, platform)


def _options(request: BuildRequest) -> BuildOptions:
    arguments = dict(request.build_args)
    run = RunSettings(
        network=request.network,
        add_hosts=request.add_hosts,
        ulimits=request.ulimits,
        shm_size=request.shm_size,
        cgroup_parent=request.cgroup_parent,
        hostname=arguments.get("BUILDKIT_SANDBOX_HOSTNAME", ""),
        cache_namespace=arguments.get("BUILDKIT_CACHE_MOUNT_NS", ""),
    )
    return BuildOptions(
        build_args=arguments,
        target=request.target,
        contexts=request.build_contexts,
        no_cache=request.no_cache,
        no_cache_filters=request.no_cache_filters,
        labels=request.labels,
        run=run,
    )


def _platform_plan(dockerfile: Dockerfile, options: BuildOptions, platform: Platform) -> _PlatformPlan:
    arguments = stage_arguments(dockerfile, options, platform)
    stages, target = plan_stages(dockerfile, arguments=arguments, contexts=options.contexts, target=options.target)
    return _PlatformPlan(
        platform=platform,
        arguments=arguments,
        stages=tuple(stages),
        target=target,
        needed=frozenset(reachable(target)),
    )


def _sources_first(plan: _PlatformPlan) -> Sequence[PlannedStage]:
    """Images and contexts that are only copied from come before the stages, which keep their order."""
    needed = [stage for stage in plan.stages if stage in plan.needed]
    outside = [stage for stage in needed if not stage.is_named and stage.base is None]
    return [*outside, *(stage for stage in needed if stage not in outside)]


def _images(stage: PlannedStage, plan: _PlatformPlan, options: BuildOptions) -> list[BaseImage]:
    if stage.base is not None or (stage.context is None and stage.base_name == SCRATCH):
        return []
    context = stage.context or _context(options, stage.base_name)
    if context is not None and not context.startswith("docker-image:"):
        return []
    reference = _reference(stage, context)
    if reference == SCRATCH:
        return []
    platform = stage.platform or plan.platform
    line = stage.start.line
    return [BaseImage(reference=reference, platform=platform, line=line, written=stage.base_name)]


def _context(options: BuildOptions, base_name: str) -> str | None:
    if not options.contexts:
        return None
    try:
        return options.contexts.get(familiar_name(base_name))
    except errors.ReferenceError:
        return None


def _reference(stage: PlannedStage, context: str | None) -> str:
    name = stage.base_name if context is None else context.partition(":")[2].removeprefix("//")
    if name == SCRATCH:
        return SCRATCH
    try:
        return str(Reference.parse(name).normalised)
    except errors.ReferenceError as error:
        message = f'failed to parse stage name "{name}": {error}'
        raise DockerfileError(message, line=stage.start.line, end=stage.start.end) from None


def _is_folder(name: str, value: str, links: Mapping[str, BuildPlan]) -> bool:
    scheme = value.partition(":")[0]
    if value.startswith("docker-image:") or (value.startswith(TARGET) and value.removeprefix(TARGET) in links):
        return False
    if scheme in {"git", "http", "https", "oci-layout", "target", "input", "ssh"} and ":" in value:
        raise UnsupportedError(
            f"`--build-context {name}={value}`: the simulation knows folders and docker-image:// only"
        )
    return True
