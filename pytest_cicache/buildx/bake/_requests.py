"""Turns resolved targets into builds (buildx bake/bake.go, toBuildOpt)."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from pytest_cicache.buildkit import BuildRequest
from pytest_cicache.buildx._command import parse_build
from pytest_cicache.buildx.bake._entries import Export, Ssh
from pytest_cicache.buildx.bake._target import BakeTarget
from pytest_cicache.buildx.bake.hcl import BakeError
from pytest_cicache.dockerfile import parse_platforms, parse_size

__all__ = ["build_order", "prepared", "target_request"]

_REMOTE = ("http://", "https://", "git://", "git@", "ssh://", "github.com/")
_LOCAL = "cwd://"


def prepared(target: BakeTarget, environment: Mapping[str, str], exists: Callable[[str], bool]) -> BakeTarget:
    """The target as `--print` shows it: a clean context, the time that the environment gives. Raises BakeError."""
    if target.context == "-":
        raise BakeError("context from stdin not allowed in bake")
    if target.dockerfile == "-":
        raise BakeError("dockerfile from stdin not allowed in bake")
    context = target.context or "."
    if context.startswith(_LOCAL):
        context = posixpath.normpath(context.removeprefix(_LOCAL) or ".")
    elif not context.startswith(_REMOTE):
        context = posixpath.normpath(context)
    _check(target, environment, exists)
    arguments = dict(target.args)
    epoch = environment.get("SOURCE_DATE_EPOCH")
    if epoch:
        arguments.setdefault("SOURCE_DATE_EPOCH", epoch)
    return replace(target, context=context, args=arguments, output=_outputs(target))


def _outputs(target: BakeTarget) -> tuple[Export, ...] | None:
    """The outputs, those that are one file on stdout where no file is named (buildx build/opt.go, CreateExports)."""
    for output in target.output or ():
        if output.type == "local" and not output.destination:
            raise BakeError("dest is required for local exporter")
    return target.output and tuple(
        replace(output, destination="-") if output.type in {"oci", "tar"} and not output.destination else output
        for output in target.output
    )


def _check(target: BakeTarget, environment: Mapping[str, str], exists: Callable[[str], bool]) -> None:
    if target.shm_size is not None:
        try:
            parse_size(target.shm_size)
        except ValueError:
            raise BakeError(f"invalid value {target.shm_size} for membytes key shm-size") from None
    try:
        parse_platforms(target.platforms or ())
    except ValueError as error:
        raise BakeError(str(error)) from None
    for secret in target.secret or ():
        if secret.source and not exists(secret.source):
            raise BakeError(f"failed to stat {secret.source}: stat {secret.source}: no such file or directory")
    for agent in target.ssh or ():
        _check_ssh(agent, environment, exists)


def _check_ssh(agent: Ssh, environment: Mapping[str, str], exists: Callable[[str], bool]) -> None:
    """Whether there is an agent or a key to forward (buildkit session/sshforward/sshprovider)."""
    lead = f"failed to convert agent config {{{agent.id} [{' '.join(agent.paths)}] false}}"
    if not agent.paths and not environment.get("SSH_AUTH_SOCK"):
        raise BakeError(f"{lead}: invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set")
    for path in agent.paths:
        if not exists(path):
            raise BakeError(
                f'{lead}: failed to convert agent config for ID: "{agent.id}": stat {path}: no such file or directory'
            )


def build_order(targets: Mapping[str, BakeTarget]) -> tuple[str, ...]:
    """The names, each behind those it links to."""
    found: dict[str, None] = {}

    def add(name: str) -> None:
        for other in _linked(targets[name]).values():
            if other not in found:
                add(other)
        found[name] = None

    for name in sorted(targets):
        if name not in found:
            add(name)
    return tuple(found)


def _linked(target: BakeTarget) -> dict[str, str]:
    """Context names to the targets they stand for."""
    pairs = ((name, value or "") for name, value in target.contexts.items())
    return {name: value.removeprefix("target:") for name, value in pairs if value.startswith("target:")}


def target_request(
    name: str, targets: Mapping[str, BakeTarget], environment: Mapping[str, str], *, builder: str | None = None
) -> BuildRequest:
    """The build of one target; what its contexts link to is in `links`, by target. Raises DockerfileError."""
    target = targets[name]
    words = ["buildx", "build", *_words(target), "--", target.context or "."]
    request = parse_build(words, environment={**environment, "SOURCE_DATE_EPOCH": ""})
    links = {
        other: target_request(other, targets, environment, builder=builder) for other in set(_linked(target).values())
    }
    return replace(
        request,
        argv=("buildx", "bake", name),
        builder=builder,
        bake_target=name,
        dockerfile_text=target.dockerfile_inline,
        links=links,
    )


def _words(target: BakeTarget) -> Iterator[str]:
    yield from ("--file", _dockerfile(target))
    if target.target:
        yield from ("--target", target.target)
    yield from _pairs("--build-arg", target.args)
    yield from _pairs("--label", target.labels)
    yield from _pairs("--build-context", {key: _path(value or "") for key, value in target.contexts.items()})
    yield from _pairs("--add-host", target.extra_hosts)
    for flag, items in _lists(target):
        for item in items:
            yield from (flag, item)
    if target.platforms:
        yield from ("--platform", ",".join(target.platforms))
    for flag, is_on in (("--pull", target.pull), ("--no-cache", target.no_cache)):
        if is_on:
            yield flag
    for flag, value in (("--network", target.network), ("--shm-size", target.shm_size), ("--call", target.call)):
        if value:
            yield from (flag, value)


def _pairs(flag: str, items: Mapping[str, str | None]) -> Iterator[str]:
    for key, value in items.items():
        if value is not None:
            yield from (flag, f"{key}={value}")


def _lists(target: BakeTarget) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "--annotation", target.annotations or ()
    yield "--attest", tuple(item.text for item in target.attest or ())
    yield "--tag", target.tags or ()
    yield "--cache-from", tuple(item.text for item in target.cache_from or ())
    yield "--cache-to", tuple(item.text for item in target.cache_to or ())
    yield "--secret", tuple(item.text for item in target.secret or ())
    yield "--ssh", tuple(item.text for item in target.ssh or ())
    yield "--output", tuple(item.text for item in target.output or () if item.type != "cacheonly")
    yield "--no-cache-filter", target.no_cache_filter or ()
    yield "--ulimit", target.ulimits or ()
    yield "--allow", target.entitlements or ()


def _path(value: str) -> str:
    return posixpath.normpath(value.removeprefix(_LOCAL) or ".") if value.startswith(_LOCAL) else value


def _dockerfile(target: BakeTarget) -> str:
    written = target.dockerfile or "Dockerfile"
    if written.startswith(_LOCAL):
        return posixpath.normpath(written.removeprefix(_LOCAL))
    return posixpath.normpath(posixpath.join(target.context or ".", written))
