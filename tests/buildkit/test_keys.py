"""Cache record digests against those real BuildKit computed (recorded in shared/reference/traces)."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_cicache.buildkit import (
    CONTEXT,
    BuildGraph,
    BuildVertex,
    FileEntry,
    FileTree,
    VertexKind,
    file_digest,
    plan_build,
    record_key,
)
from pytest_cicache.buildx import parse_build
from pytest_cicache.dockerfile import parse_dockerfile

TRACES = Path(__file__).parents[3] / "shared" / "reference" / "traces"
BUSYBOX = "sha256:fd672df3a9c67f0ca516d9d2f1581fdd8b994bab357f7e456db5e1ca95bceb0b"
"""The digest of the static busybox of the recording, mode 0755."""

needs_traces = pytest.mark.skipif(not TRACES.is_dir(), reason="no ../shared/reference/traces beside the project")


def tree_of(files: Mapping[str, Any]) -> FileTree:
    """The build context of a recorded step."""
    entries: dict[str, FileEntry] = {"busybox": FileEntry(kind="file", mode=0o755, digest=lambda: BUSYBOX)}
    for path, value in files.items():
        text, mode = (value["text"], value["mode"]) if isinstance(value, dict) else (value, 0o644)
        mode = int(mode, 8) if isinstance(mode, str) else mode
        digest = file_digest(text.encode(), mode)
        entries[path] = FileEntry(kind="file", mode=mode, digest=lambda digest=digest: digest)
        for folder in list(Path(path).parents)[:-1]:
            entries[str(folder)] = FileEntry(kind="dir", mode=0o755)
    return FileTree(entries)


def graph_of(text: str, argv: str | list[str], environment: Mapping[str, str] | None = None) -> BuildGraph:
    """The graph of a build without base images."""
    words = shlex.split(argv) if isinstance(argv, str) else argv
    request = parse_build(words, environment=environment or {})
    return plan_build(parse_dockerfile(text, path="Dockerfile"), request).graph({})


def records_of(graph: BuildGraph, tree: FileTree) -> set[str]:
    """Every record the graph gives, with the content roots of what comes from the context."""
    found: set[str] = set()

    def visit(vertex: BuildVertex) -> None:
        if vertex.kind is not VertexKind.LOCAL:
            found.add(vertex.record)
        for link in vertex.inputs:
            visit(link.vertex)
            source = tree if link.vertex.reference == CONTEXT else link.vertex.tree
            if link.content is not None and source is not None:
                found.add(record_key(source.content(link.content), -1))

    for target in graph.targets:
        if target.vertex is not None:
            visit(target.vertex)
    return found


def _contents_of_stages(graph: BuildGraph) -> int:
    return sum(
        link.content is not None and link.vertex.kind is VertexKind.RUN for step in graph.steps for link in step.inputs
    )


def _recorded() -> Iterator[Any]:
    """Every recorded build on nothing but `FROM scratch` whose cache was written."""
    for path in sorted(TRACES.glob("s*.json")) if TRACES.is_dir() else ():
        trace = json.loads(path.read_text(encoding="utf-8"))
        for number, step in enumerate(trace["steps"]):
            if step["op"] != "build" or step.get("exit") != 0 or not step.get("cache"):
                continue
            text = trace["dockerfiles"][step["dockerfile"]]
            bases = {line.split()[1] for line in text.splitlines() if line.lower().startswith("from ")}
            if bases == {"scratch"}:
                yield pytest.param(step, text, id=f"{path.stem[:3]}-{number}")


@needs_traces
@pytest.mark.parametrize(("step", "text"), list(_recorded()))
def test_records_are_those_of_buildkit(step: dict[str, Any], text: str) -> None:
    """Whatever BuildKit wrote into the cache's configuration is computed here, digest for digest."""
    graph = graph_of(text, step["argv"], step.get("env"))
    ours = records_of(graph, tree_of(step.get("files", {})))
    for name, cache in step["cache"].items():
        if "cacheconfig" not in cache:
            continue
        records = {record["digest"]: record for record in cache["cacheconfig"]["records"]}
        # what a RUN left behind in another stage is content nobody knows without running
        unknown = _contents_of_stages(graph)
        missing = set(records) - ours
        assert all("inputs" not in records[digest] for digest in missing), name
        assert len(missing) <= unknown, name
