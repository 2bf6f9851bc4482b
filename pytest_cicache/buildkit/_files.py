"""COPY, ADD and WORKDIR as file operations."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_cicache.buildkit._content import PathSelection
from pytest_cicache.buildkit._graph import BuildVertex
from pytest_cicache.buildkit._stage import join_path
from pytest_cicache.buildkit._vertices import FileAction, Vertices
from pytest_cicache.dockerfile import Copy, has_wildcards
from pytest_cicache.errors import DockerfileError, UnsupportedError
from pytest_cicache.golang import Json

__all__ = ["CopyPlan", "copy_actions", "make_directory", "owner"]

_SYMBOLIC_MODE = re.compile(r"[ugoa]*(?:[-+=][rwxXst]*)+(?:,[ugoa]*(?:[-+=][rwxXst]*)+)*")
_REMOTE = re.compile(r"https?://|git://|git@|ssh://", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyPlan:
    """A COPY with its variables replaced: what it does, where the files come from, where it stands."""

    copy: Copy
    source: BuildVertex | None
    directory: str
    base: BuildVertex | None
    place: str


def make_directory(path: str, user: str, base: BuildVertex | None, epoch: int | None) -> FileAction:
    """WORKDIR: make the folder."""
    body: dict[str, Json] = {"path": path, "mode": 0o755, "makeParents": True}
    if user:
        body["owner"] = owner(user, has_base=base is not None)
    body["timestamp"] = -1 if epoch is None else epoch * 1_000_000_000
    if body["timestamp"] == 0:
        del body["timestamp"]
    return FileAction(body=body)


def owner(text: str, *, has_base: bool) -> Json:
    """`--chown` as it stands in the key: numbers, or names looked up in the stage's own files."""
    user, _, group = text.partition(":")
    found: dict[str, Json] = {"user": _identity(user, has_base=has_base)}
    if group:
        found["group"] = _identity(group, has_base=has_base)
    return found


def copy_actions(plan: CopyPlan, vertices: Vertices) -> list[FileAction]:
    """The file actions of a COPY or ADD, one for each source."""
    copy = plan.copy
    if copy.checksum and not any(_REMOTE.match(path) for path in copy.sources):
        raise DockerfileError("checksum requires HTTP(S) or Git sources")
    destination = _destination(copy.destination, plan.directory)
    options = _options(copy, has_base=plan.base is not None)
    actions = [_from_path(plan, path, destination, options) for path in copy.sources]
    for document in copy.contents:
        name = document.name
        vertex = vertices.document(name, document.content, 0o644)
        path = join_path("/", name)
        body = _body(path, destination, options, {"createDestPath": True})
        selection = PathSelection(path=path, follow=False, exclude=copy.excludes)
        actions.append(FileAction(body=body, from_=vertex, copies=True, selection=selection))
    return actions


def _from_path(plan: CopyPlan, path: str, destination: str, options: Mapping[str, Json]) -> FileAction:
    copy = plan.copy
    if _REMOTE.match(path):
        if not copy.is_add:
            kind = "URL" if path.lower().startswith("http") else "git ref"
            raise DockerfileError(f"source can't be a {kind} for COPY")
        raise UnsupportedError(
            f"{plan.place}: `ADD {path}` fetches from the network, which a simulation has not; "
            "use --opaque-builds to simulate the build as one step"
        )
    include: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    if copy.parents:
        path, include, required = _parents(path)
    path = posixpath.normpath(join_path("/", path))
    path = "/" + path.lstrip("/")
    unpack = copy.is_add if copy.unpack is None else copy.unpack
    flags = {
        "followSymlink": True,
        "dirCopyContents": True,
        "attemptUnpackDockerCompatibility": unpack,
        "createDestPath": True,
        "allowWildcard": True,
        "allowEmptyWildcard": True,
    }
    body = _body(path, destination, options, flags, include=include, required=required)
    selection = PathSelection(
        path=path,
        wildcard=has_wildcards(path),
        include=include,
        exclude=copy.excludes,
        required=required,
    )
    return FileAction(body=body, from_=plan.source, copies=True, selection=selection)


def _parents(path: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """`--parents`: where to look, the pattern to keep the folders of, and what must be there."""
    parent, pivot, pattern = path.partition("/./")
    if not pivot:
        parent, pattern = "/", path
    full = posixpath.normpath(join_path("/", pattern))
    required: tuple[str, ...] = ()
    if not has_wildcards(parent) and not has_wildcards(full):
        required = ("/" + posixpath.normpath(f"/{parent}/{full}").lstrip("/"),)
    return parent, (full.lstrip("/"),), required


def _options(copy: Copy, *, has_base: bool) -> dict[str, Json]:
    options: dict[str, Json] = {}
    if copy.chown:
        if copy.link and _names_someone(copy.chown):
            raise DockerfileError(
                f"--chown={copy.chown}: user and group names can't be resolved when used with --link, "
                "use numeric uid[:gid] instead"
            )
        options["owner"] = owner(copy.chown, has_base=has_base and not copy.link)
    options.update(_mode(copy.chmod))
    options["exclude_patterns"] = list(copy.excludes)
    return options


def _mode(text: str) -> dict[str, Json]:
    if not text:
        return {"mode": -1}
    wrong = f"invalid chmod parameter: '{text}'. it should be octal string and between 0 and 07777"
    if re.fullmatch(r"[0-7]+", text):
        if int(text, 8) > 0o7777:
            raise DockerfileError(wrong)
        return {"mode": int(text, 8)}
    if not _SYMBOLIC_MODE.fullmatch(text):
        raise DockerfileError(wrong if text[0].isdigit() else "invalid syntax")
    return {"modeStr": text}


def _body(
    source: str,
    destination: str,
    options: Mapping[str, Json],
    flags: Mapping[str, bool],
    *,
    include: tuple[str, ...] = (),
    required: tuple[str, ...] = (),
) -> dict[str, Json]:
    """The action in the order of BuildKit's fields; what is empty is left out."""
    ordered: dict[str, Json] = {
        "src": source,
        "dest": destination,
        "owner": options.get("owner"),
        "mode": options.get("mode", 0),
        **flags,
        "timestamp": -1,
        "include_patterns": list(include),
        "exclude_patterns": options.get("exclude_patterns"),
        "modeStr": options.get("modeStr"),
        "required_paths": list(required),
    }
    return {key: value for key, value in ordered.items() if value}


def _destination(path: str, directory: str) -> str:
    """Absolute, with a trailing `/` or `/.` kept."""
    if path in {"", "."}:
        path = "./"
    absolute = join_path(directory or "/", path)
    clean = "/" + posixpath.normpath(absolute).lstrip("/")
    if path.endswith("/") and not clean.endswith("/"):
        return clean + "/"
    if path.endswith("/."):
        return (clean if clean == "/" else clean + "/") + "."
    return clean


def _identity(name: str, *, has_base: bool) -> Json:
    number = _number(name)
    if number is not None:
        return {"User": {"byId": number} if number else {}}
    body: dict[str, Json] = {"name": name}
    if not has_base:
        body["input"] = -1
    return {"User": {"byName": body}}


def _number(name: str) -> int | None:
    if name == "root":
        return 0
    return int(name) if re.fullmatch(r"[+-]?\d+", name) else None


def _names_someone(chown: str) -> bool:
    return any(part and _number(part) is None for part in chown.split(":", 1))
