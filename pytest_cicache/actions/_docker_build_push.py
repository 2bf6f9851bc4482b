"""docker/build-push-action: https://github.com/docker/build-push-action (src/context.ts and main.ts at v7.3.0)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pytest_cicache.actions._contract import ActionCall, ActionEffect, CheckOut, DockerCommand, ResultFile
from pytest_cicache.actions._docker_provenance import default_provenance, resolved_provenance
from pytest_cicache.actions._docker_runtime import runtime_scopes
from pytest_cicache.actions._git_context import below_default_context, git_ref
from pytest_cicache.actions._inputs import boolean, items, lines, quoted_lines

__all__ = ["build_and_push"]

_Items = Callable[[str], list[str]]
_HEAD_RELEASES = ((6, 9), (6, 10), (6, 11))
# Input, flag, how its items are read; in the order of the command line.
_BEFORE_FILE: tuple[tuple[str, str, _Items], ...] = (
    ("add-hosts", "--add-host", items),
    ("allow", "--allow", items),
    ("annotations", "--annotation", lines),
    ("build-args", "--build-arg", lines),
    ("build-contexts", "--build-context", lines),
    ("cache-from", "--cache-from", lines),
    ("cache-to", "--cache-to", lines),
    ("call", "--call", quoted_lines),
    ("cgroup-parent", "--cgroup-parent", quoted_lines),
)
_AFTER_FILE: tuple[tuple[str, str, _Items], ...] = (
    ("labels", "--label", lines),
    ("no-cache-filters", "--no-cache-filter", items),
    ("outputs", "--output", quoted_lines),
)
_AFTER_SECRETS: tuple[tuple[str, str, _Items], ...] = (
    ("shm-size", "--shm-size", quoted_lines),
    ("ssh", "--ssh", items),
    ("tags", "--tag", items),
    ("target", "--target", quoted_lines),
    ("ulimit", "--ulimit", lines),
    ("builder", "--builder", quoted_lines),
)


@dataclass(slots=True)
class _BuildInputs:
    """One call while its command line is put together."""

    call: ActionCall
    folder: str
    files: dict[str, str] = field(default_factory=dict)
    masks: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def file(self, name: str) -> str:
        return f"{self.folder}/{name}"


def build_and_push(call: ActionCall) -> ActionEffect:
    """Run `docker buildx build` with the inputs as flags; without `context`, on a clone of the repository."""
    build = _BuildInputs(call, f"{call.temp}/docker-build-push-{call.number}")
    build.log += runtime_scopes(call)
    git = _git_context(build)
    arguments = tuple(_arguments(build, "." if git else call.input("context")))
    command = DockerCommand(
        arguments=arguments,
        failure="buildx failed with: {error}",
        directory=_git_folder(build) if git else ".",
        environment={"BUILDX_METADATA_WARNINGS": "true"},
    )
    return ActionEffect(
        check_out=git,
        # The folder has to be there before the command writes into it.
        files={build.file("README"): "files of one docker/build-push-action step\n", **build.files},
        commands=(command,),
        results=(
            ResultFile(output="imageid", path=build.file("iidfile"), is_text=True),
            ResultFile(output="digest", path=build.file("metadata"), field="containerimage.digest"),
            ResultFile(output="metadata", path=build.file("metadata")),
        ),
        masks=tuple(build.masks),
        log=tuple(build.log),
    )


def _arguments(build: _BuildInputs, context: str) -> Iterator[str]:
    call = build.call
    yield from ("buildx", "build")
    yield from _flags(call, _BEFORE_FILE)
    for text in items(call.inputs.get("secret-envs", "")):
        yield from _secret_variable(text, build)
    if call.input("file"):
        yield from ("--file", call.input("file"))
    if not _stays_here(call):
        yield from ("--iidfile", build.file("iidfile"))
    yield from _flags(call, _AFTER_FILE)
    platforms = ",".join(items(call.inputs.get("platforms", "")))
    yield from ("--platform", platforms) if platforms else ()
    yield from _attestations(call)
    yield from _secrets(build)
    yield from _flags(call, _AFTER_SECRETS)
    yield from ("--load",) if boolean(call, "load") else ()
    yield from ("--metadata-file", build.file("metadata"))
    yield from _flags(call, (("network", "--network", quoted_lines),))
    yield from (f"--{name}" for name in ("no-cache", "pull", "push") if boolean(call, name))
    yield context


def _flags(call: ActionCall, table: tuple[tuple[str, str, _Items], ...]) -> Iterator[str]:
    for name, flag, read in table:
        for item in read(call.inputs.get(name, "")):
            yield from (flag, item)


def _stays_here(call: ActionCall) -> bool:
    """Whether an output goes to a folder or a tar file, which has no image id."""
    return any(re.search(r"type=(local|tar)\b", text) or "=" not in text for text in _outputs(call))


def _outputs(call: ActionCall) -> list[str]:
    return quoted_lines(call.inputs.get("outputs", ""))


def _attestations(call: ActionCall) -> Iterator[str]:
    """`--attest` flags; provenance is on by default for builders that can (toolkit, src/buildx/build.ts)."""
    given = lines(call.inputs.get("attests", ""))
    provenance, sbom = call.input("provenance"), call.input("sbom")
    is_given = any(_type(text) == "provenance" for text in given)
    default = "" if is_given else _default_provenance(call)
    settled = set()
    if provenance or default:
        settled.add("provenance")
        yield from ("--attest", _provenance(call, provenance, default))
    if sbom:
        settled.add("sbom")
        words = {"true": "type=sbom,disabled=false", "false": "type=sbom,disabled=true"}
        yield from ("--attest", words.get(sbom, f"type=sbom,{sbom}"))
    for text in given:
        if _type(text) not in settled:
            yield from ("--attest", text)


def _type(attestation: str) -> str:
    fields = (part.partition("=") for part in attestation.split(","))
    return next((value for key, _, value in fields if key.strip() == "type"), "")


def _provenance(call: ActionCall, given: str, default: str) -> str:
    if given == "false":
        return "type=provenance,disabled=true"
    return f"type=provenance,{resolved_provenance(call, given or default)}"


def _default_provenance(call: ActionCall) -> str:
    to_docker = boolean(call, "load") or any(re.search(r"type=docker\b", text) for text in _outputs(call))
    return default_provenance(call, to_docker=to_docker)


def _secrets(build: _BuildInputs) -> Iterator[str]:
    call = build.call
    given = lines(call.inputs.get("secrets", ""))
    for text in given:
        key, equals, value = text.partition("=")
        if not (equals and key and value):
            build.log.append(f"Warning: {text} is not a valid secret")
            continue
        yield from _secret_file(build, key, value)
    for text in lines(call.inputs.get("secret-files", "")):
        key, equals, path = text.partition("=")
        if not (equals and key and path):
            build.log.append(f"Warning: {text} is not a valid secret")
            continue
        yield from ("--secret", f"id={key},src={path}")
    token = call.input("github-token") or str(call.github.get("token") or "")
    if token and _is_git(call.input("context")) and not any(text.startswith("GIT_AUTH_TOKEN=") for text in given):
        yield from _secret_file(build, "GIT_AUTH_TOKEN.github.com", token)


def _secret_file(build: _BuildInputs, key: str, value: str) -> Iterator[str]:
    path = build.file(f"secret-{len(build.files)}")
    build.files[path] = value
    build.masks.append(value)
    yield from ("--secret", f"id={key},src={path}")


def _secret_variable(text: str, build: _BuildInputs) -> Iterator[str]:
    key, equals, variable = text.partition("=")
    if equals and key and variable:
        yield from ("--secret", f"id={key},env={variable}")
    else:
        build.log.append(f"Warning: {text} is not a valid secret")


def _is_git(context: str) -> bool:
    """Whether a context is the repository's git URL, by default or by name."""
    return not context or below_default_context(context) is not None


def _git_context(build: _BuildInputs) -> CheckOut | None:
    """The clone that BuildKit would make, `None` where the context is given."""
    call = build.call
    if not _is_git(call.input("context")):
        return None
    dockerfile = call.input("file") or "Dockerfile"
    return CheckOut(
        ref=git_ref(call, head_releases=_HEAD_RELEASES),
        path=build.file("context"),
        repository=str(call.github.get("repository", "")),
        token=call.input("github-token") or str(call.github.get("token") or ""),
        as_git_context=True,
        dockerfile="/".join(part for part in (_subfolder(call), dockerfile) if part),
    )


def _git_folder(build: _BuildInputs) -> str:
    return "/".join(part for part in (build.file("context"), _subfolder(build.call)) if part)


def _subfolder(call: ActionCall) -> str:
    return below_default_context(call.input("context")) or ""
