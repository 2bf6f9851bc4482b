"""The command line of `docker buildx bake` (buildx 0.29, commands/bake.go)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pytest_cicache.buildx._flags import BAKE, Words, read_flags
from pytest_cicache.buildx.bake.hcl import BakeError
from pytest_cicache.errors import UnsupportedError
from pytest_cicache.golang import fields, parse_bool

__all__ = ["BakeCommand", "ListOption", "default_files", "parse_bake"]

_REMOTE = ("http://", "https://", "git://", "git@", "ssh://", "github.com/")
# compose-go's default names, then buildx's own, in this order.
_DEFAULT_FILES = (
    *("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"),
    *("docker-bake.json", "docker-bake.hcl", "docker-bake.override.json", "docker-bake.override.hcl"),
)


@dataclass(frozen=True, slots=True)
class ListOption:
    """What `--list` asks for: `targets` or `variables`, as `table` or `json`."""

    kind: str
    format: str = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class BakeCommand:
    """A bake command line, read.

    `source` is the remote definition, empty for the folder the command stands in; `overrides` hold what `--set` and
    the flags that stand for it say, in the order in which they count; `listed` is the list that is asked for.
    """

    targets: tuple[str, ...]
    files: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    variables: Mapping[str, str]
    source: str = ""
    allow: tuple[str, ...] = ()
    prints: bool = False
    listed: ListOption | None = None
    call: str = "build"
    metadata_file: str | None = None
    builder: str | None = None
    progress: str = "auto"
    warnings: tuple[str, ...] = ()


def default_files() -> tuple[str, ...]:
    """The files that are read where none is named, those that are there."""
    return _DEFAULT_FILES


def parse_bake(words: Sequence[str], *, environment: Mapping[str, str]) -> BakeCommand:
    """Read the words after `bake`; `environment` is the command's own.

    Raises DockerfileError in buildx's words, with its exit code.
    """
    read = read_flags(words, BAKE)
    if read.truth("help"):
        raise UnsupportedError("`docker buildx bake --help` is not simulated")
    listed, warnings = _listed(read)
    if read.truth("print") and listed is not None:
        raise BakeError("--print and --list are mutually exclusive")
    targets = list(read.positional)
    source = targets.pop(0) if targets and targets[0].startswith(_REMOTE) else ""
    call = "check" if read.truth("check") else read.last("call") or "build"
    call = {"check": "lint"}.get(call, call)
    return BakeCommand(
        targets=tuple(targets) or ("default",),
        files=read.all("file") or _environment_files(environment),
        overrides=(*read.all("set"), *_shorthands(read, call)),
        variables=dict(_variable(text) for text in read.all("var")),
        source=source,
        allow=read.all("allow"),
        prints=read.truth("print"),
        listed=listed,
        call=call,
        metadata_file=read.last("metadata-file") or None,
        builder=read.last("builder") or environment.get("BUILDX_BUILDER") or None,
        progress=read.last("progress") or environment.get("BUILDKIT_PROGRESS") or "auto",
        warnings=warnings,
    )


def _environment_files(environment: Mapping[str, str]) -> tuple[str, ...]:
    written = environment.get("BUILDX_BAKE_FILE", "")
    separator = environment.get("BUILDX_BAKE_PATH_SEPARATOR") or ":"
    return tuple(part.strip() for part in written.split(separator) if part.strip())


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise BakeError(f"invalid variable {text}, expected name=value")
    return name, value


def _shorthands(read: Words, call: str) -> list[str]:
    """What the flags say that stand for `--set`."""
    found = [f"*.{name}=true" for name in ("push", "load") if read.truth(name)]
    if call != "build":
        found.append(f"*.call={call}")
    for name in ("no-cache", "pull"):
        value = read.last(name)
        if value is not None:
            found.append(f"*.{name}={'true' if parse_bool(value) else 'false'}")
    for name in ("sbom", "provenance"):
        value = read.last(name)
        if value:
            found.append(f"*.attest={_attestation(name, value)}")
    return found


def _attestation(kind: str, value: str) -> str:
    on = parse_bool(value)
    if on is None:
        return f"type={kind},{value}"
    return f"type={kind},disabled={'false' if on else 'true'}"


def _listed(read: Words) -> tuple[ListOption | None, tuple[str, ...]]:
    text = read.last("list") or ""
    warnings = []
    for name, kind in (("list-targets", "targets"), ("list-variables", "variables")):
        if read.truth(name):
            warnings.append(f"Flag --{name} has been deprecated, {name} is deprecated, use list={kind} instead")
            text = text or kind
    return (_list_option(text) if text else None), tuple(warnings)


def _list_option(text: str) -> ListOption:
    found = fields(text)
    kind, style = (text, "") if found == (text,) and not text.startswith("type=") else ("", "")
    for item in () if kind else found:
        key, equals, value = item.partition("=")
        if not equals:
            raise BakeError(f"invalid value {item}")
        match key.strip().lower():
            case "type":
                kind = value
            case "format":
                style = value
            case other:
                raise BakeError(f"unexpected key '{other}' in '{item}'")
    if kind not in {"targets", "variables"}:
        raise BakeError(f'invalid list type "{kind}"')
    if style not in {"", "table", "json"}:
        raise BakeError(f'invalid list format "{style}"')
    return ListOption(kind, style or "table")
