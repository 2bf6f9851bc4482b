"""Makes vertices with BuildKit's cache keys (solver/llbsolver/ops, v0.34.2) and gives equal ones once."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pytest_cicache.buildkit._content import FileEntry, FileTree, PathSelection, file_digest
from pytest_cicache.buildkit._graph import BuildVertex, Input, VertexKind
from pytest_cicache.buildkit._keys import sha256
from pytest_cicache.dockerfile import Platform
from pytest_cicache.golang import Json, go_json

__all__ = ["FileAction", "Naming", "Vertices", "image_key", "position", "selector", "unified", "without_nested"]

_NO_INPUT = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How a vertex is shown and where it comes from."""

    name: str
    is_step: bool = False
    ignores_cache: bool = False
    line: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAction:
    """One action of a file operation: its JSON, the vertex it copies from, and what it takes of it."""

    body: Mapping[str, Json]
    from_: BuildVertex | None = None
    copies: bool = False
    selection: PathSelection | None = None


def selector(paths: Sequence[str], *, backwards: bool = True) -> str:
    """The digest of the paths on an input's link; a file operation sorts them backwards, RUN leaves them."""
    ordered = sorted(paths, key=str.encode, reverse=True) if backwards else paths
    return sha256("\0".join(ordered))


def image_key(digest: str, platform: Platform) -> str:
    """The cache map digest of a base image: its platform manifest and the platform."""
    body: dict[str, Json] = {"Digest": digest, "OS": platform.system, "Arch": platform.architecture}
    if platform.variant:
        body["Variant"] = platform.variant
    return sha256("buildkit.source.v0:" + sha256(go_json(body)))


@dataclass(slots=True)
class Vertices:
    """Makes the vertices of one graph; the same operation on the same inputs gets the same `identity`."""

    _known: dict[object, int] = field(default_factory=dict)

    def image(self, reference: str, digest: str, platform: Platform, name: str) -> BuildVertex:
        """A base image at a platform manifest digest."""
        return BuildVertex(
            identity=self._identity("image", reference, digest, platform),
            kind=VertexKind.IMAGE,
            name=name,
            key=image_key(digest, platform),
            reference=reference,
            platform=platform,
        )

    def local(self, reference: str, name: str) -> BuildVertex:
        """The files of a build context: no key of their own."""
        identity = self._identity("local", reference)
        return BuildVertex(identity=identity, kind=VertexKind.LOCAL, name=name, key="", reference=reference)

    def document(self, name: str, text: str, mode: int) -> BuildVertex:
        """A file written from a here-document."""
        data = text.encode()
        path = name.strip("/")
        body: dict[str, Json] = {"path": f"/{path}", "mode": mode}
        if data:
            body["data"] = base64.b64encode(data).decode()
        body["timestamp"] = -1
        file = FileEntry(kind="file", mode=mode, digest=lambda: file_digest(data, mode))
        tree = FileTree({"": FileEntry(kind="dir", mode=0o755), path: file})
        naming = Naming(name="[internal] preparing inline document")
        return self.files(None, (FileAction(body=body),), naming, tree=tree)

    def files(
        self,
        base: BuildVertex | None,
        actions: Sequence[FileAction],
        naming: Naming,
        *,
        tree: FileTree | None = None,
    ) -> BuildVertex:
        """COPY, ADD, WORKDIR: file actions one after the other on `base`."""
        inputs: list[BuildVertex] = [base] if base else []
        twins: list[BuildVertex] = []
        for action in actions:
            if action.from_ is not None:
                (twins if position(action.from_, inputs) is not None else inputs).append(action.from_)
        indexes = _indexes(base, actions, inputs)
        bodies = [go_json(_reduced(action, inputs)) for action in actions]
        key_body: dict[str, Json] = {
            "Type": "buildkit.file.v0",
            "Actions": [base64.b64encode(body.encode()).decode() for body in bodies],
        }
        if not _are_default(indexes):
            key_body["indexes"] = [list(index) for index in indexes]
        links = [
            _file_input(vertex, actions, is_base=base is not None and index == 0) for index, vertex in enumerate(inputs)
        ]
        exact = tuple(go_json(dict(action.body)) for action in actions)
        identity = self._identity("files", exact, _identities(inputs))
        key = sha256(go_json(key_body))
        vertex = self._vertex(identity, VertexKind.FILES, key, links, naming, has_base=base is not None, tree=tree)
        return replace(vertex, twins=tuple(twins)) if twins else vertex

    def run(
        self,
        operation: Mapping[str, Json],
        exact: object,
        platform: Platform,
        inputs: Sequence[Input],
        naming: Naming,
        variables: Sequence[str] = (),
    ) -> BuildVertex:
        """RUN: `operation` makes the key, `exact` tells apart what the key does not; it sees the `variables`."""
        body: dict[str, Json] = {
            "Type": "buildkit.exec.v0",
            "Exec": dict(operation),
            "OS": platform.system,
            "Arch": platform.architecture,
        }
        if platform.variant:
            body["Variant"] = platform.variant
        text = go_json(body)
        vertices = _identities([link.vertex for link in inputs])
        identity = self._identity("run", text, exact, vertices)
        has_base = bool(inputs) and inputs[0].content is None
        vertex = self._vertex(identity, VertexKind.RUN, sha256(text), inputs, naming, has_base=has_base)
        return replace(vertex, variables=tuple(variables))

    def merge(self, parts: Sequence[BuildVertex], naming: Naming) -> BuildVertex:
        """COPY --link: the linked layer on top of the stage."""
        indexes: list[Json] = [{"input": index} if index else {} for index in range(len(parts))]
        body: dict[str, Json] = {"Type": "buildkit.merge.v0", "Merge": {"inputs": indexes}}
        links = [Input(vertex=part) for part in parts]
        identity = self._identity("merge", _identities(parts))
        return self._vertex(identity, VertexKind.MERGE, sha256(go_json(body)), links, naming, has_base=True)

    def _identity(self, *parts: object) -> int:
        return self._known.setdefault(parts, len(self._known))

    def _vertex(
        self,
        identity: int,
        kind: VertexKind,
        key: str,
        inputs: Sequence[Input],
        naming: Naming,
        *,
        has_base: bool,
        tree: FileTree | None = None,
    ) -> BuildVertex:
        return BuildVertex(
            identity=identity,
            kind=kind,
            name=naming.name,
            key=key,
            inputs=tuple(inputs),
            is_step=naming.is_step,
            ignores_cache=naming.ignores_cache,
            has_base=has_base,
            tree=tree,
            line=naming.line,
            end=naming.end,
        )


def position(vertex: BuildVertex, inputs: Sequence[BuildVertex]) -> int | None:
    """Where the vertex, or one equal to it, stands among the inputs."""
    return next((index for index, known in enumerate(inputs) if known.identity == vertex.identity), None)


def unified(targets: Sequence[BuildVertex]) -> tuple[dict[int, BuildVertex], dict[int, BuildVertex]]:
    """One vertex for each identity, and which of the equal ones gave it its name.

    BuildKit merges equal steps of several stages when it writes the graph down, inputs first; the last one's
    name stays, and one that must not be cached spoils all (client/llb/marshal.go).
    """
    named: dict[int, BuildVertex] = {}
    ignoring: set[int] = set()
    for target in targets:
        for identity, vertex in _named(target, ignoring).items():
            # platforms share what does not depend on them; which one names it is chance, here it is the first
            named.setdefault(identity, vertex)
    merged: dict[int, BuildVertex] = {}
    for identity, vertex in named.items():
        links = tuple(replace(link, vertex=merged[link.vertex.identity]) for link in vertex.inputs)
        merged[identity] = replace(vertex, inputs=links, twins=(), ignores_cache=identity in ignoring)
    return merged, named


def _named(target: BuildVertex, ignoring: set[int]) -> dict[int, BuildVertex]:
    named: dict[int, BuildVertex] = {}
    seen: set[int] = set()
    # Long files make chains longer than Python's stack.
    due: list[tuple[BuildVertex, bool]] = [(target, False)]
    while due:
        vertex, has_inputs = due.pop()
        if has_inputs:
            named[vertex.identity] = vertex
            ignoring |= {vertex.identity} if vertex.ignores_cache else set()
        elif id(vertex) not in seen:
            seen.add(id(vertex))
            due.append((vertex, True))
            needed = (*(link.vertex for link in vertex.inputs), *vertex.twins)
            due += [(each, False) for each in reversed(needed)]
    return named


def _identities(vertices: Sequence[BuildVertex]) -> tuple[int, ...]:
    return tuple(vertex.identity for vertex in vertices)


def _indexes(
    base: BuildVertex | None, actions: Sequence[FileAction], inputs: Sequence[BuildVertex]
) -> list[tuple[int, int, int]]:
    found = []
    for number, action in enumerate(actions):
        first = (0 if base else _NO_INPUT) if number == 0 else len(inputs) + number - 1
        second = position(action.from_, inputs) if action.from_ is not None else None
        found.append((first, _NO_INPUT if second is None else second, 0 if number == len(actions) - 1 else _NO_INPUT))
    return found


def _are_default(indexes: Sequence[tuple[int, int, int]]) -> bool:
    """The usual numbering is left out; BuildKit's `isDefaultIndexes` counts actions where it means inputs."""
    count = len(indexes)
    for number, (first, second, output) in enumerate(indexes):
        expected = 0 if number == 0 else count + number - 1
        last = number == count - 1
        if first != expected or second not in {_NO_INPUT, 1} or output != (0 if last else _NO_INPUT):
            return False
    return True


def _reduced(action: FileAction, inputs: Sequence[BuildVertex]) -> dict[str, Json]:
    """The action as it enters the key: of a copied path only the last element."""
    body = dict(action.body)
    if action.copies and action.from_ is not None and position(action.from_, inputs) is not None:
        source = str(body["src"])
        body["src"] = source.rstrip("/").rpartition("/")[2] or "/"
    return body


def _file_input(vertex: BuildVertex, actions: Sequence[FileAction], *, is_base: bool) -> Input:
    taken = [
        action.selection
        for action in actions
        if action.from_ is not None and action.from_.identity == vertex.identity and action.selection
    ]
    if is_base or not taken:
        return Input(vertex=vertex)
    return Input(
        vertex=vertex,
        selector=selector([selection.path for selection in taken]),
        content=_deduplicated(taken),
    )


def _deduplicated(selections: Sequence[PathSelection]) -> tuple[PathSelection, ...]:
    """Sources below another source say nothing new (`dedupeSelectors`)."""
    plain = {selection.path for selection in selections if not selection.filtered and selection.follow}
    still = {selection.path for selection in selections if not selection.filtered and not selection.follow}
    kept = [PathSelection(path=path, follow=False) for path in without_nested(still)]
    kept += [PathSelection(path=path) for path in without_nested(plain)]
    kept += [selection for selection in selections if selection.filtered]
    return tuple(sorted(kept, key=lambda selection: selection.path.encode()))


def without_nested(paths: set[str]) -> list[str]:
    """The paths that lie in no other one, sorted."""
    outer = [
        path for path in paths if not any(path != other and path.startswith(other.rstrip("/") + "/") for other in paths)
    ]
    return sorted(outer, key=str.encode)
