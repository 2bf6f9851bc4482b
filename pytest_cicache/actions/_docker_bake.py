"""docker/bake-action: https://github.com/docker/bake-action (src/context.ts and main.ts at v7.1.0, subaction/)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_cicache.actions._contract import (
    EVERY_DOCKERFILE,
    ActionCall,
    ActionEffect,
    CheckOut,
    DockerCommand,
    ResultFile,
)
from pytest_cicache.actions._docker_provenance import default_provenance, resolved_provenance
from pytest_cicache.actions._docker_runtime import runtime_scopes
from pytest_cicache.actions._git_context import below_default_context, git_ref
from pytest_cicache.actions._inputs import boolean, items, quoted_lines

__all__ = ["bake", "generate_matrix", "list_targets"]

_HEAD_RELEASES = ((5, 9), (5, 10), (5, 11), (6, 0), (6, 1))
_LOCAL = "cwd://"
_REMOTE = ("http://", "https://", "git://", "git@", "ssh://", "github.com/")


@dataclass(frozen=True, slots=True)
class _BakeSource:
    """Where the definition is: a folder, a URL that only the network has, or the repository's git context."""

    folder: str = "."
    url: str = ""
    check_out: CheckOut | None = None


def bake(call: ActionCall) -> ActionEffect:
    """Run `docker buildx bake` with the inputs as flags, on a clone of the repository where no source is given."""
    folder = f"{call.temp}/docker-bake-{call.number}"
    source = _source(call, f"{folder}/context")
    environment = {"BUILDX_METADATA_WARNINGS": "true"}
    definition = DockerCommand(
        arguments=("buildx", *_definition(call, source)),
        shown="",
        failure="cannot parse bake definitions: {error}",
        directory=source.folder,
        environment=environment,
    )
    build = DockerCommand(
        arguments=("buildx", *_arguments(call, source, f"{folder}/metadata")),
        failure="buildx bake failed with: {error}",
        directory=source.folder,
        environment={**environment, **_default_attestation(call)},
    )
    return ActionEffect(
        check_out=source.check_out,
        files={f"{folder}/README": "files of one docker/bake-action step\n"},
        commands=(definition, build),
        results=(ResultFile(output="metadata", path=f"{folder}/metadata"),),
        log=tuple(runtime_scopes(call)),
    )


def list_targets(call: ActionCall) -> ActionEffect:
    """`subaction/list-targets`: the names of the targets as a JSON array."""
    return _printed(call, "targets", _target_names)


def generate_matrix(call: ActionCall) -> ActionEffect:
    """`subaction/matrix`: one entry for each target, or for each value of each listed field."""
    wanted = _plain_items(call, "fields")
    return _printed(call, "matrix", lambda text: _entries(text, wanted))


def _printed(call: ActionCall, output: str, read: Callable[[str], str]) -> ActionEffect:
    file = f"{call.temp}/docker-bake-{call.number}/definition.json"
    files = (word for name in _plain_items(call, "files") for word in ("--file", name))
    target = (call.input("target"),) if call.input("target") else ()
    command = DockerCommand(
        arguments=("buildx", "bake", *files, *target, "--print"),
        directory=call.input("workdir") or ".",
        stdout=file,
    )
    return ActionEffect(
        files={f"{call.temp}/docker-bake-{call.number}/README": "files of one docker/bake-action step\n"},
        commands=(command,),
        results=(ResultFile(output=output, path=file, read=read),),
    )


def _plain_items(call: ActionCall, name: str) -> list[str]:
    return [item for item in re.split(r"[\r\n,]+", call.input(name)) if item]


def _target_names(text: str) -> str:
    return json.dumps(list(json.loads(text)["target"]), separators=(",", ":"), ensure_ascii=False)


def _entries(text: str, fields: list[str]) -> str:
    found: list[Mapping[str, Any]] = []
    for name, target in json.loads(text)["target"].items():
        entry: dict[str, Any] = {"target": name}
        known = [field for field in target if field in fields]
        if not known:
            found.append(dict(entry))
        for field in known:
            value = target[field]
            for item in value if isinstance(value, list) else [value]:
                entry[field] = item
                found.append(dict(entry))
    return json.dumps(found, separators=(",", ":"), ensure_ascii=False)


def _definition(call: ActionCall, source: _BakeSource) -> Iterator[str]:
    """The words that print what is to be built, from which the action takes its defaults."""
    yield "bake"
    yield from (source.url,) if source.url else ()
    yield from _each("--file", _files(call, source))
    yield from _each("--set", quoted_lines(call.inputs.get("set", "")))
    yield from _each("--allow", items(call.inputs.get("allow", "")))
    yield from (f"--{name}" for name in ("load", "no-cache") if boolean(call, name))
    yield from _provenance(call)
    yield from ("--push",) if boolean(call, "push") else ()
    yield from ("--sbom", call.input("sbom")) if call.input("sbom") else ()
    yield "--print"
    yield from items(call.inputs.get("targets", ""))


def _arguments(call: ActionCall, source: _BakeSource, metadata: str) -> Iterator[str]:
    yield "bake"
    yield from (source.url,) if source.url else ()
    yield from _each("--allow", [*items(call.inputs.get("allow", "")), "fs=*"])
    yield from ("--call", call.input("call")) if call.input("call") else ()
    yield from _each("--file", _files(call, source))
    yield from _each("--set", quoted_lines(call.inputs.get("set", "")))
    yield from ("--metadata-file", metadata)
    yield from _provenance(call)
    yield from ("--sbom", call.input("sbom")) if call.input("sbom") else ()
    yield from ("--no-cache",) if boolean(call, "no-cache") else ()
    yield from ("--builder", call.input("builder")) if call.input("builder") else ()
    yield from (f"--{name}" for name in ("pull", "load", "push") if boolean(call, name))
    yield from items(call.inputs.get("targets", ""))


def _each(flag: str, values: list[str]) -> Iterator[str]:
    for value in values:
        yield from (flag, value)


def _files(call: ActionCall, source: _BakeSource) -> list[str]:
    """The files; one of the working directory is not one of the clone."""
    found = items(call.inputs.get("files", ""))
    if source.check_out is None:
        return found
    root = str(call.github.get("workspace") or "")
    return [_in_workspace(name.removeprefix(_LOCAL), root) if name.startswith(_LOCAL) else name for name in found]


def _in_workspace(name: str, root: str) -> str:
    return name if name.startswith("/") or not root else f"{root}/{name.removeprefix('./')}"


def _provenance(call: ActionCall) -> Iterator[str]:
    given = call.input("provenance")
    if given:
        yield from ("--provenance", given if given == "false" else resolved_provenance(call, given))


def _default_attestation(call: ActionCall) -> dict[str, str]:
    """What targets attest that say nothing of provenance; which these are is known with the definition.

    Before v6.10 the action said so for all targets at once.
    """
    default = "" if call.input("provenance") else default_provenance(call, to_docker=boolean(call, "load"))
    if not default:
        return {}
    is_for_all = call.reference.major in (4, 5) or (call.reference.release or (9, 9)) < (6, 10)
    name = "CICACHE_BAKE_ATTEST_ALL" if is_for_all else "CICACHE_BAKE_ATTEST"
    return {name: f"type=provenance,{resolved_provenance(call, default)}"}


def _source(call: ActionCall, clone: str) -> _BakeSource:
    """The source: since v6 the git context where none is given, since v7 a folder in place of `workdir`."""
    written = call.input("source")
    major = call.reference.major or 7
    folder = (call.input("workdir") or ".") if major < 7 else "."
    if written.startswith(_REMOTE):
        return _BakeSource(folder=folder, url=written)
    inner = below_default_context(written)
    if inner is not None or (not written and major >= 6):
        place = f"{clone}/{inner}" if inner else clone
        ref = git_ref(call, head_releases=_HEAD_RELEASES)
        return _BakeSource(
            folder=place, check_out=CheckOut(ref=ref, path=clone, as_git_context=True, dockerfile=EVERY_DOCKERFILE)
        )
    if major < 7:
        return _BakeSource(folder=folder)
    return _BakeSource(folder=written or ".")
