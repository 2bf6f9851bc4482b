"""Turns a build request into what BuildKit is given: the Dockerfile as written, its skeleton, or one step."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_cicache.buildkit import BuildPlan, BuildRequest, plan_build
from pytest_cicache.dockerfile import DEFAULT_PLATFORM, Dockerfile, parse_dockerfile
from pytest_cicache.engines._piped import unpack
from pytest_cicache.engines._requests import opaque_request
from pytest_cicache.engines.buildx._arguments import IMAGE_SCHEME, check_context
from pytest_cicache.engines.buildx._skeleton_steps import SkeletonSteps
from pytest_cicache.engines.buildx._steps import PlainSteps, PreparedBuild
from pytest_cicache.engines.caches import known_base
from pytest_cicache.errors import DockerfileError, UnsupportedError
from pytest_cicache.oci import Reference
from pytest_cicache.skeleton import Skeleton, write_skeleton

if TYPE_CHECKING:
    from pytest_cicache.engines._protocols import BuildPlace

__all__ = ["prepare"]

_STDIN = "-"
_LINK = "cicache-link-"
_STAGE = re.compile(r"(?m)^FROM .* AS (\S+)$")


def prepare(
    request: BuildRequest, place: BuildPlace, scratch: Path, *, reran: frozenset[str] = frozenset()
) -> PreparedBuild:
    """Lay out a build in `scratch`; `reran` are the targets, as `target:NAME`, that executed a `RUN` before.

    Raises UnsupportedError for what only the network has or the skeleton cannot tell, DockerfileError for a
    Dockerfile that BuildKit refuses.
    """
    check_context("", request.context)
    if place.opaque:
        return _opaque(request, place)
    if request.links and place.real:
        raise UnsupportedError(f"the target '{request.bake_target}' links to others, whose steps are not run for real")
    source = _read_source(request, place, scratch)
    if source is None:
        # Nothing can be built, and BuildKit says so best.
        return PreparedBuild(request=request, stdin=place.stdin, steps=PlainSteps())
    try:
        dockerfile = parse_dockerfile(source.text, path=source.shown)
        if place.real:
            return _as_written(_with_file(request, scratch), place, dockerfile)
        return _skeleton(request, place, source, dockerfile, scratch, reran)
    except DockerfileError as error:
        raise DockerfileError(f"failed to build: failed to solve: {error}") from None


class _DockerfileSource:
    """Where a Dockerfile's text came from."""

    def __init__(self, text: str, shown: str, context: str, ignore: bytes | None) -> None:
        self.text = text
        self.shown = shown
        self.context = context
        self.ignore = ignore


def _read_source(request: BuildRequest, place: BuildPlace, scratch: Path) -> _DockerfileSource | None:
    """The Dockerfile and the context folder; `None` when there is no such file."""
    context = request.context
    if request.dockerfile_text is not None:
        return _DockerfileSource(request.dockerfile_text, "Dockerfile", context, None)
    if context == _STDIN and request.dockerfile != _STDIN:
        folder = scratch / "context"
        folder.mkdir()
        if not unpack(place.stdin, folder):
            return _DockerfileSource(_decoded(place.stdin), "Dockerfile", str(folder), None)
        context = str(folder)
    elif request.dockerfile == _STDIN:
        return _DockerfileSource(_decoded(place.stdin), "Dockerfile", context, None)
    named = request.dockerfile
    is_in_context = named is None or context != request.context
    file = Path(context, named or "Dockerfile") if is_in_context else Path(named or "")
    file = place.directory / file
    try:
        ignore = Path(f"{file}.dockerignore")
        return _DockerfileSource(
            _decoded(file.read_bytes()), file.name, context, ignore.read_bytes() if ignore.exists() else None
        )
    except OSError:
        return None


def _with_file(request: BuildRequest, scratch: Path) -> BuildRequest:
    """The request with an inline Dockerfile in a file."""
    if request.dockerfile_text is None:
        return request
    file = scratch / "Dockerfile"
    file.write_text(request.dockerfile_text)
    return replace(request, dockerfile=str(file))


def _decoded(data: bytes) -> str:
    return data.decode(errors="replace")


def _as_written(request: BuildRequest, place: BuildPlace, dockerfile: Dockerfile) -> PreparedBuild:
    """Build the file itself; images of the simulated registry are taken from the gateway."""
    contexts = dict(request.build_contexts)
    ours = set()
    for image in plan_build(dockerfile, request).images:
        is_ours = Reference.parse(image.reference).host == place.gateway.default_host
        if is_ours and image.written not in request.build_contexts:
            contexts[image.written] = IMAGE_SCHEME + image.reference
            ours.add(image.line)
    names = tuple(stage.start.name or f"stage-{number}" for number, stage in enumerate(dockerfile.stages))
    rebased = {name for name, stage in zip(names, dockerfile.stages, strict=True) if stage.start.line in ours}
    if len(names) == 1 and rebased:
        rebased.add("")  # BuildKit names a lone stage only beside contexts and mounts
    steps = PlainSteps(stages=names, rebased=frozenset(rebased))
    return PreparedBuild(request=replace(request, build_contexts=contexts), stdin=place.stdin, steps=steps)


def _skeleton(
    request: BuildRequest,
    place: BuildPlace,
    source: _DockerfileSource,
    dockerfile: Dockerfile,
    scratch: Path,
    reran: frozenset[str],
) -> PreparedBuild:
    names = _step_names(request, dockerfile, place, scratch)
    links = {name: _link(name, inner, place, scratch) for name, inner in request.links.items()}
    platforms = request.platforms or (str(DEFAULT_PLATFORM),)
    skeleton = write_skeleton(
        dockerfile,
        arguments=request.build_args,
        contexts=request.build_contexts,
        base_digests=place.base_digests,
        base_configs=place.base_configs,
        circumstances=_circumstances(request),
        platforms=platforms,
        target=request.target,
    )
    file = scratch / "Dockerfile"
    file.write_text(skeleton.text)
    if source.ignore is not None:
        Path(f"{file}.dockerignore").write_bytes(source.ignore)
    changed = replace(
        request,
        context=source.context,
        dockerfile=str(file),
        target=skeleton.target,
        platforms=platforms,
        build_args={key: value for key, value in request.build_args.items() if key != "BUILDKIT_SYNTAX"},
        no_cache=False,
        no_cache_filters=_uncached_stages(request, skeleton),
        # The stand-in of a base image is made by steps, and would be exported where the image is not.
        cache_to=request.cache_to if names else (),
        links={name: link.request for name, link in links.items()},
        dockerfile_text=None,
    )
    return PreparedBuild(
        request=changed, stdin=b"", steps=SkeletonSteps(skeleton=skeleton, names=names, reran=reran), links=links
    )


def _link(name: str, request: BuildRequest, place: BuildPlace, scratch: Path) -> PreparedBuild:
    """A build that a context stands for, its stages named apart from those of the build that links to it."""
    folder = scratch / f"link-{name}"
    folder.mkdir(exist_ok=True)
    plan = prepare(request, place, folder)
    file = folder / "Dockerfile"
    text = file.read_text()
    own = re.compile(rf"\b({'|'.join(map(re.escape, sorted(set(_STAGE.findall(text)), reverse=True)))})\b")
    # BuildKit names the stage of a step where there is more than one.
    file.write_text(f"FROM scratch AS {_LINK}{name}\n" + own.sub(lambda found: f"{_LINK}{name}-{found[1]}", text))
    target = plan.request.target
    return replace(plan, request=replace(plan.request, target=None if target is None else f"{_LINK}{name}-{target}"))


def _uncached_stages(request: BuildRequest, skeleton: Skeleton) -> tuple[str, ...]:
    """The stages that may take nothing from a cache; those that stand for images always may, as images do."""
    if request.no_cache:
        return tuple(stage.name for stage in skeleton.stages if stage.is_written)
    return tuple(skeleton.names.get(name.lower(), name) for name in request.no_cache_filters)


def _step_names(
    request: BuildRequest, dockerfile: Dockerfile, place: BuildPlace, scratch: Path
) -> dict[int, list[str]]:
    """BuildKit's names of the steps as written, by line; a base image's own variables are not in them."""
    links = {name: _graph_plan(inner, place, scratch) for name, inner in request.links.items()}
    plan = plan_build(dockerfile, request, links=links)
    graph = plan.graph({(image.reference, image.platform): known_base(image, place) for image in plan.images})
    names: dict[int, list[str]] = {}
    for step in graph.steps:
        names.setdefault(step.line, []).append(step.name)
    return names


def _graph_plan(request: BuildRequest, place: BuildPlace, scratch: Path) -> BuildPlan:
    source = _read_source(request, place, scratch)
    if source is None:
        raise DockerfileError(f"failed to read dockerfile: open {request.dockerfile}: no such file or directory")
    links = {name: _graph_plan(inner, place, scratch) for name, inner in request.links.items()}
    return plan_build(parse_dockerfile(source.text, path=source.shown), request, links=links)


def _circumstances(request: BuildRequest) -> tuple[object, ...]:
    """What of the command line is in every RUN's key (solver/llbsolver/ops/exec.go); a host's address is not."""
    hosts = tuple(host for host, _ in request.add_hosts)
    return request.network, hosts, request.ulimits, request.shm_size, request.cgroup_parent


def _opaque(request: BuildRequest, place: BuildPlace) -> PreparedBuild:
    """One step that stands for the whole build; the context is neither needed nor looked at."""
    changed, text = opaque_request(request, place)
    piped = replace(changed, context=_STDIN, dockerfile=None)
    return PreparedBuild(request=piped, stdin=text.encode(), steps=PlainSteps())
