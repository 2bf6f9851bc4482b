"""What buildx asks BuildKit to export, made of `--output`, `--push`, `--load` and `--tag`.

Source: docker/buildx v0.29, build/opt.go (toSolveOpt) and commands/build.go (CreateExports).
"""

from __future__ import annotations

from dataclasses import replace

from pytest_cicache import errors
from pytest_cicache.buildkit import BuildRequest, Output
from pytest_cicache.errors import DockerfileError
from pytest_cicache.oci import Reference

EMPTY_EXPORT = "skipping cache export for empty result"
"""BuildKit's words for a cache export of a target without steps: nothing is written (cache/remotecache/export.go)."""

__all__ = ["EMPTY_EXPORT", "check_exports", "exports_of", "pushed_names", "pushes_of"]

# The exporters that give an image a name.
_NAMING = frozenset(("image", "oci", "docker"))


def exports_of(request: BuildRequest) -> tuple[Output, ...]:
    """The exports of a build; tags take the place of the names that outputs have.

    `--push` pushes every image output, whatever its own `push` says, and asks for one where there is none;
    `--load` likewise.
    """
    outputs = [_as_image(output) for output in request.outputs]
    if request.push:
        outputs = [_with(item, push="true") if item.type == "image" else item for item in outputs]
        if not any(item.type == "image" for item in outputs):
            outputs.append(Output(type="image", attributes={"push": "true"}))
    if request.load and not any(item.type == "docker" and "dest" not in item.attributes for item in outputs):
        outputs.append(Output(type="docker"))
    if request.tags:
        names = ",".join(request.tags)
        outputs = [_with(item, name=names) if item.type in _NAMING else item for item in outputs]
    return tuple(outputs)


def check_exports(request: BuildRequest) -> None:
    """Raise DockerfileError, in buildx's words, where an image is to be pushed that has no name."""
    if any(item.pushes and not item.names for item in exports_of(request)):
        raise DockerfileError("failed to build: tag is needed when pushing to registry")


def pushed_names(request: BuildRequest) -> tuple[str, ...]:
    """The references that a build pushes, each once; one without a tag moves `latest`, or none if pushed by digest."""
    return tuple(pushes_of(request))


def pushes_of(request: BuildRequest) -> dict[str, bool]:
    """Whether a build pushes by digest, for each reference that it pushes."""
    pushing = [item for item in exports_of(request) if item.pushes]
    return {_named(name, item): item.by_digest for item in pushing for name in item.names}


def _named(name: str, output: Output) -> str:
    try:
        return name if output.by_digest else str(Reference.parse(name).normalised)
    except errors.ReferenceError:
        return name  # BuildKit says what is wrong with it


def _as_image(output: Output) -> Output:
    """`registry` is short for an image that is pushed."""
    return replace(_with(output, push="true"), type="image") if output.type == "registry" else output


def _with(output: Output, **attributes: str) -> Output:
    return replace(output, attributes={**output.attributes, **attributes})
