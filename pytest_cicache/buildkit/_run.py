"""RUN as a vertex: its arguments, its mounts, and the key BuildKit makes of them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pytest_cicache.buildkit._content import FileEntry, FileTree, PathSelection
from pytest_cicache.buildkit._graph import BuildVertex, Input
from pytest_cicache.buildkit._stage import StageState
from pytest_cicache.buildkit._vertices import FileAction, Naming, Vertices, position, selector, without_nested
from pytest_cicache.dockerfile import HereDocument, Mount, RunInstruction, Ulimit, parse_here_document
from pytest_cicache.errors import DockerfileError
from pytest_cicache.golang import Json

__all__ = ["RunSettings", "run_arguments", "run_vertex"]

_NO_INPUT = -1
_BIND, _SECRET, _SSH, _CACHE, _TMPFS = range(5)
_NETWORKS = {"default": 0, "host": 1, "none": 2}
_SECRET_MODE, _SSH_MODE = 0o400, 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """What the command line says about every RUN."""

    network: str = "default"
    add_hosts: tuple[tuple[str, str], ...] = ()
    ulimits: tuple[Ulimit, ...] = ()
    shm_size: int = 0
    cgroup_parent: str = ""
    hostname: str = ""
    cache_namespace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bound:
    """A mount with an input: where it goes, what it shows, whether it can be written."""

    target: str
    vertex: BuildVertex | None
    path: str = ""
    readonly: bool = False
    has_output: bool = False
    extra: Mapping[str, Json] = field(default_factory=dict)


def run_arguments(run: RunInstruction, state: StageState) -> tuple[tuple[str, ...], HereDocument | None, str]:
    """The words to run, the script file to mount if any, and what a here-document adds to the step's name."""
    words, script, shown = run.arguments, None, ""
    if run.here_documents:
        if run.exec_form or len(words) != 1:
            raise DockerfileError(f"parsing produced an invalid run command: [{' '.join(words)}]")
        first = run.here_documents[0]
        if parse_here_document(words[0]):
            shown = f" ({_summary(first.content)})"
            content = re.sub(r"(?m)^\t+", "", first.content) if first.chomp else first.content
            if content.startswith("#!"):
                script = HereDocument(name=first.name, expand=first.expand, chomp=first.chomp, content=content)
                words = (posixpath.join("/dev/pipes/", first.name),)
            else:
                words = (content,)
        else:
            words = (words[0] + "".join(f"\n{doc.content}{doc.name}" for doc in run.here_documents),)
    if not run.exec_form:
        words = state.in_shell(" ".join(words))
    return words, script, shown


def run_vertex(
    run: RunInstruction,
    state: StageState,
    mounts: Sequence[tuple[Mount, BuildVertex | None]],
    settings: RunSettings,
    naming: Naming,
    vertices: Vertices,
) -> BuildVertex:
    """The vertex of a RUN; each mount comes with the vertex it shows. Raises DockerfileError."""
    words, script, _ = run_arguments(run, state)
    if not words:
        raise DockerfileError("failed to marshal LLB definition: arguments are required")
    bound = [_Bound(target="/", vertex=state.vertex, has_output=True)]
    if script is not None:
        document = vertices.document(script.name, script.content, 0o755)
        bound.append(_Bound(target="/dev/pipes/", vertex=document, readonly=True))
    bound += [
        _bind(mount, vertex, state, settings, vertices)
        for mount, vertex in mounts
        if mount.type not in {"secret", "ssh"}
    ]
    if settings.shm_size > 0:
        extra: dict[str, Json] = {"mountType": _TMPFS, "TmpfsOpt": {"size": settings.shm_size}}
        bound.append(_Bound(target="/dev/shm", vertex=None, extra=extra))  # noqa: S108 - a mount in a container
    bound.sort(key=lambda item: item.target.encode())
    special = [mount for mount, _ in mounts if mount.type in {"secret", "ssh"}]
    inputs = _inputs(bound)
    operation = _operation(run, state, words, bound, special, inputs, settings)
    exact = tuple((item.target, item.path, item.readonly) for item in bound)
    return vertices.run(operation, exact, state.platform, _links(bound, inputs), naming, state.variables.lines())


def _summary(text: str) -> str:
    lines = text.strip().replace("\r\n", "\n").split("\n")
    return lines[0] + ("..." if len(lines) > 1 else "")


def _bind(
    mount: Mount,
    vertex: BuildVertex | None,
    state: StageState,
    settings: RunSettings,
    vertices: Vertices,
) -> _Bound:
    target = _target(mount, state)
    path = "/" + posixpath.normpath("/" + mount.source).lstrip("/")
    if mount.type == "tmpfs":
        size: dict[str, Json] = {"size": mount.size} if mount.size else {}
        return _Bound(target=target, vertex=None, extra={"mountType": _TMPFS, "TmpfsOpt": size})
    extra: dict[str, Json] = {}
    if mount.type == "cache":
        extra = {"mountType": _CACHE, "cacheOpt": _cache_options(mount, target, settings)}
        if path == "/" and (mount.uid, mount.gid, mount.mode) != (None, None, None):
            vertex, path = _owned_folder(mount, vertex, vertices), "/cache"
    shown = "" if path == "/" else path
    return _Bound(target=target, vertex=vertex, path=shown, readonly=mount.is_readonly, extra=extra)


def _target(mount: Mount, state: StageState) -> str:
    """Where a mount lies; raises DockerfileError where it would hide everything."""
    target = mount.target
    if posixpath.normpath(target or ".").startswith("/"):
        found = target
    else:
        found = posixpath.normpath(posixpath.join("/", state.directory, target))
    if found != "/":
        return found
    if target and not target.startswith("/") and not state.directory:
        # The folder is the base image's own, which the Dockerfile does not tell: a name that no other mount has.
        return posixpath.join("/", target)
    raise DockerfileError(f'invalid mount target "{found}"')


def _cache_options(mount: Mount, target: str, settings: RunSettings) -> dict[str, Json]:
    """A cache's identity counts only where its target implies it (`checkShouldClearCacheOpts`)."""
    identity = f"{settings.cache_namespace}/{mount.id or posixpath.normpath(mount.target)}"
    implied = not mount.sharing and (identity == target or identity.partition("/")[2] == target)
    return {"ID": identity} if implied else {}


def _owned_folder(mount: Mount, base: BuildVertex | None, vertices: Vertices) -> BuildVertex:
    identities: dict[str, Json] = {}
    for name, number in (("user", mount.uid or 0), ("group", mount.gid or 0)):
        identities[name] = {"User": {"byId": number} if number else {}}
    mode = 0o755 if mount.mode is None else mount.mode & 0o777
    body: dict[str, Json] = {"path": "/cache", "mode": mode, "owner": identities, "timestamp": -1}
    if not mode:
        del body["mode"]
    naming = Naming(name="[internal] setting cache mount permissions")
    folder = FileEntry(kind="dir", mode=mode, owner=(mount.uid or 0, mount.gid or 0))
    tree = FileTree({"": FileEntry(kind="dir", mode=0o755), "cache": folder}) if base is None else None
    return vertices.files(base, (FileAction(body=body),), naming, tree=tree)


def _inputs(bound: Sequence[_Bound]) -> list[BuildVertex]:
    found: list[BuildVertex] = []
    for item in bound:
        if item.vertex is not None and position(item.vertex, found) is None:
            found.append(item.vertex)
    return found


def _links(bound: Sequence[_Bound], inputs: Sequence[BuildVertex]) -> list[Input]:
    """The root's content never counts; a mounted one does, since nothing is written to it."""
    links = []
    for vertex in inputs:
        here = [item for item in bound if item.vertex is not None and item.vertex.identity == vertex.identity]
        paths = [item.path or "/" for item in here]
        # the last mount of an input decides, as in getMountDeps
        by_content = here[-1].target != "/"
        kept = without_nested(set(paths)) if len(paths) > 1 else paths
        content = tuple(PathSelection(path=path) for path in kept) if by_content else None
        if content is not None and any(selection.path == "/" for selection in content):
            content = ()
        links.append(Input(vertex=vertex, selector=selector(paths, backwards=False), content=content))
    return links


def _operation(
    run: RunInstruction,
    state: StageState,
    words: Sequence[str],
    bound: Sequence[_Bound],
    special: Sequence[Mount],
    inputs: Sequence[BuildVertex],
    settings: RunSettings,
) -> dict[str, Json]:
    sockets = [mount for mount in special if mount.type == "ssh"]
    operation: dict[str, Json] = {"meta": _meta(state, words, sockets, settings)}
    mounts: list[Json] = [_mount(item, inputs) for item in bound]
    mounts += [_secret(mount) for mount in special if mount.type == "secret" and _secret_target(mount)]
    mounts += [_socket(mount, number) for number, mount in enumerate(sockets)]
    if len(mounts) > 1:
        operation["mounts"] = mounts
    # `RUN --network=default` is the same as none given: the command line's counts
    own = run.network if run.network != "default" else ""
    network = _NETWORKS[own or settings.network]
    if network:
        operation["network"] = network
    if run.security == "insecure":
        operation["security"] = 1
    variables = [_secret_variable(mount) for mount in special if mount.env is not None]
    if variables:
        operation["secretenv"] = variables
    return operation


def _meta(state: StageState, words: Sequence[str], sockets: Sequence[Mount], settings: RunSettings) -> dict[str, Json]:
    variables = list(state.variables.lines())
    if sockets and "SSH_AUTH_SOCK" not in state.variables:
        variables.append(f"SSH_AUTH_SOCK={_socket_target(sockets[0], 0)}")
    meta: dict[str, Json] = {"args": list(words), "env": list(variables), "cwd": state.directory or "/"}
    if state.user:
        meta["user"] = state.user
    if settings.add_hosts:
        meta["extraHosts"] = [{"Host": host} for host, _ in settings.add_hosts]
    if settings.hostname:
        meta["hostname"] = settings.hostname
    if settings.ulimits:
        meta["ulimit"] = [_without_zeros(limit) for limit in settings.ulimits]
    if settings.cgroup_parent:
        meta["cgroupParent"] = settings.cgroup_parent
    meta["removeMountStubsRecursive"] = True
    return meta


def _without_zeros(limit: Ulimit) -> dict[str, Json]:
    body: dict[str, Json] = {"Name": limit.name, "Soft": limit.soft, "Hard": limit.hard}
    return {key: value for key, value in body.items() if value}


def _mount(item: _Bound, inputs: Sequence[BuildVertex]) -> dict[str, Json]:
    body: dict[str, Json] = {"input": _NO_INPUT if item.vertex is None else position(item.vertex, inputs)}
    body["dest"] = item.target
    body["output"] = 0 if item.has_output else _NO_INPUT
    body["readonly"] = item.readonly
    kept: dict[str, Json] = {key: value for key, value in body.items() if value}
    return {**kept, **item.extra}


def _secret_target(mount: Mount) -> str:
    if mount.env is not None:
        return mount.target
    return mount.target or f"/run/secrets/{posixpath.basename(_secret_id(mount))}"


def _secret_id(mount: Mount) -> str:
    return mount.source or mount.id or posixpath.basename(mount.target)


def _secret(mount: Mount) -> Json:
    body = {"ID": _secret_id(mount), **_ownership(mount, _SECRET_MODE)}
    return {
        "input": _NO_INPUT,
        "dest": _secret_target(mount),
        "mountType": _SECRET,
        "secretOpt": {**body, **({} if mount.required else {"optional": True})},
    }


def _secret_variable(mount: Mount) -> Json:
    body: dict[str, Json] = {"ID": _secret_id(mount), "name": mount.env or ""}
    if not mount.required:
        body["optional"] = True
    return body


def _socket_target(mount: Mount, number: int) -> str:
    return mount.target or f"/run/buildkit/ssh_agent.{number}"


def _socket(mount: Mount, number: int) -> Json:
    body: dict[str, Json] = {"ID": mount.id} if mount.id else {}
    body.update(_ownership(mount, _SSH_MODE))
    if not mount.required:
        body["optional"] = True
    return {
        "input": _NO_INPUT,
        "dest": _socket_target(mount, number),
        "mountType": _SSH,
        "SSHOpt": body,
    }


def _ownership(mount: Mount, default_mode: int) -> dict[str, Json]:
    mode = default_mode if mount.mode is None else mount.mode
    body: dict[str, Json] = {"uid": mount.uid or 0, "gid": mount.gid or 0, "mode": mode}
    return {key: value for key, value in body.items() if value}
