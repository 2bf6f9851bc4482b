"""What a build needs from disk and from its command line before it can start; refusals in buildx's words."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_cicache.buildkit import BuildRequest, CacheOption
from pytest_cicache.buildx import CACHE_BACKENDS, actions_cache_access, is_left_out, refused_export
from pytest_cicache.engines._local_cache import LocalFolder, find_local_import
from pytest_cicache.engines._piped import unpack
from pytest_cicache.engines._protocols import BuildPlace
from pytest_cicache.engines._scratch import scratch_prefix
from pytest_cicache.errors import DockerfileError, MissingFileError, UnsupportedError

__all__ = ["BuildSources", "cache_options", "find_sources", "opaque_request", "scratch_folder", "warnings"]

_REMOTE = ("http://", "https://", "git://", "git@", "github.com/", "ssh://")
_STDIN = "-"
# What the simulated builder cannot read or write.
_ELSEWHERE = {row.type for row in CACHE_BACKENDS.values() if not row.is_near}
NO_OUTPUT = (
    "WARNING: No output specified with docker-container driver. Build result will only remain in the build "
    "cache. To push result image into registry use --push or to load image into docker use --load"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSources:
    """Where a build reads: its Dockerfile's text and name, its context's folder if it has one."""

    text: str
    shown: str
    folder: Path | None
    file: Path | None


@contextmanager
def scratch_folder(request: BuildRequest, place: BuildPlace) -> Iterator[Path]:
    """Where a context that is piped in may be laid out; every other stays where it is, and needs no folder."""
    if request.context != _STDIN:
        yield place.directory
        return
    with tempfile.TemporaryDirectory(prefix=scratch_prefix("build")) as scratch:
        yield Path(scratch)


def find_sources(request: BuildRequest, place: BuildPlace, scratch: Path) -> BuildSources:
    """Read the Dockerfile; a context that was piped in is laid out in `scratch`.

    Raises DockerfileError with what follows `ERROR: `, UnsupportedError.
    """
    if request.call != "build":
        raise UnsupportedError(f"`docker buildx build --call={request.call}` is not simulated")
    if request.context.startswith(_REMOTE):
        raise UnsupportedError(
            f"the build context {request.context!r} is fetched from the network, which a simulation has not"
        )
    _check_secrets(request, place)
    context = Path(request.context)
    if request.context == _STDIN:
        if not unpack(place.stdin, scratch):
            return BuildSources(text=_decoded(place.stdin), shown="Dockerfile", folder=None, file=None)
        context = scratch
    folder = place.directory / context
    if not folder.is_dir():
        raise MissingFileError(f'failed to build: unable to prepare context: path "{request.context}" not found')
    if request.dockerfile_text is not None:
        return BuildSources(text=request.dockerfile_text, shown="Dockerfile", folder=folder, file=None)
    if request.dockerfile == _STDIN:
        return BuildSources(text=_decoded(place.stdin), shown="Dockerfile", folder=folder, file=None)
    return _from_file(request, place, folder, context)


def opaque_request(request: BuildRequest, place: BuildPlace) -> tuple[BuildRequest, str]:
    """The build as one step that depends on the Dockerfile's text, where there is one, and the arguments."""
    text = request.dockerfile_text or ""
    if _STDIN in (request.dockerfile, request.context):
        text = place.stdin.decode(errors="replace")
    elif not text:
        file = place.directory / (request.dockerfile or Path(request.context) / "Dockerfile")
        text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    links = [opaque_request(link, place)[1] for _, link in sorted(request.links.items())]
    parts = (text, request.target, sorted(request.build_args.items()), *links)
    key = hashlib.sha256(repr(parts).encode()).hexdigest()
    changed = replace(request, target=None, build_args={}, build_contexts={}, links={}, secrets=(), ssh=())
    changed = replace(changed, no_cache_filters=(), dockerfile_text=None)
    return changed, f"FROM scratch\nCOPY <<CICACHE /build\n{key}\nCICACHE\n"


def cache_options(options: tuple[CacheOption, ...], place: BuildPlace, *, exports: bool) -> tuple[CacheOption, ...]:
    """The options that take part: each text once, without those buildx drops.

    Makes the folders of local caches. Raises DockerfileError for what buildx or BuildKit refuse at once,
    UnsupportedError for a type that lies with a service no simulation has.
    """
    kept = []
    for option in {option.text: option for option in options}.values():
        if is_left_out(option, place.environment):
            continue
        if option.type in _ELSEWHERE:
            flag = "--cache-to" if exports else "--cache-from"
            known = ", ".join(f"type={name}" for name in CACHE_BACKENDS if name not in _ELSEWHERE)
            raise UnsupportedError(f"`{flag} {option.text}`: type={option.type} is not simulated; {known} are")
        if option.type == "local" and not exports and find_local_import(option, place.directory).digest is None:
            continue
        if exports:
            _check_export(option, place)
        kept.append(option)
    return tuple(kept)


def warnings(request: BuildRequest, place: BuildPlace) -> list[str]:
    """What buildx says besides what its command line gave rise to; bake says at its end what has no output."""
    is_silent = request.has_output or request.bake_target is not None
    local = [option for option in request.cache_from if option.type == "local"]
    found = (find_local_import(option, place.directory).warning for option in local)
    return [*([] if is_silent else [NO_OUTPUT]), *filter(None, found)]


def _check_export(option: CacheOption, place: BuildPlace) -> None:
    problem = refused_export(option, actions_cache_access(option, place.environment))
    if problem is not None:
        raise DockerfileError(f"failed to build: failed to solve: {problem}")
    if option.type == "local":
        shown = option.attributes.get("dest", "")
        if not shown:
            raise DockerfileError("failed to build: local cache exporter requires dest")
        LocalFolder(place.directory / shown).prepare(shown)


def _from_file(request: BuildRequest, place: BuildPlace, folder: Path, context: Path) -> BuildSources:
    in_context = request.dockerfile is None or request.context == _STDIN
    name = Path(request.dockerfile or "Dockerfile")
    file = folder / name if in_context else place.directory / name
    if not file.is_file():
        raise MissingFileError(
            f"failed to build: failed to solve: failed to read dockerfile: open {file.name}: no such file or directory"
        )
    text = file.read_text(encoding="utf-8", errors="surrogateescape")
    shown = name if request.context == _STDIN or not in_context else context / name
    return BuildSources(text=text, shown=str(shown), folder=folder, file=file)


def _decoded(data: bytes) -> str:
    return data.decode(errors="surrogateescape")


def _check_secrets(request: BuildRequest, place: BuildPlace) -> None:
    for secret in request.secrets:
        if secret.file is not None and not (place.directory / secret.file).exists():
            raise MissingFileError(
                f"failed to build: failed to stat {secret.file}: stat {secret.file}: no such file or directory"
            )
