"""Replays the recorded builds of ../shared/reference/traces with the simulated builder."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from pytest_cicache.buildkit import CacheResult, FileEntry, FileTree, ImageConfig, Target
from pytest_cicache.buildx import parse_build
from pytest_cicache.dockerfile import Platform
from pytest_cicache.engines import BuildPlace
from pytest_cicache.engines.caches import ContextReader
from pytest_cicache.engines.client import RegistryClient, Resource, Uploader
from pytest_cicache.engines.registry import EmbeddedRegistry
from pytest_cicache.engines.simulated import SimulatedBuilder
from pytest_cicache.engines.simulated._image import build_image
from pytest_cicache.engines.simulated._layers import make_layer
from pytest_cicache.http import HttpClient
from pytest_cicache.observation import BuildRecord
from pytest_cicache.oci import OCI_MANIFEST, GatewayAddress

TRACES = Path(__file__).parents[3] / "shared" / "reference" / "traces"
BUSYBOX = "sha256:fd672df3a9c67f0ca516d9d2f1581fdd8b994bab357f7e456db5e1ca95bceb0b"
"""The digest of the static busybox of the recording, mode 0755; the file itself is not at hand."""
_HOST = "registry.test"


class RecordingReader(ContextReader):
    """Reads contexts, but takes a file called busybox for the one of the recording."""

    def read(self, folder: Path, *, dockerfile: Path | None = None) -> FileTree:
        tree = super().read(folder, dockerfile=dockerfile)
        entries = dict(tree.entries)
        if "busybox" in entries:
            entries["busybox"] = FileEntry(kind="file", mode=0o755, digest=lambda: BUSYBOX)
        return FileTree(entries)


@dataclass
class Replayed:
    """A replayed build beside its recording."""

    number: int
    step: Mapping[str, Any]
    record: BuildRecord
    tags: dict[str, list[str]] = field(default_factory=dict)
    records: dict[str, set[str]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return f"{self.number}: {self.step.get('label', '')}"

    @property
    def recorded_states(self) -> dict[str, str]:
        """The Dockerfile's own steps, `FROM` left out."""
        return {
            vertex["name"]: vertex["state"]
            for vertex in self.step["vertexes"]
            if vertex["name"].startswith("[")
            and not vertex["name"].startswith(("[internal", "[auth", "[context"))
            and "] FROM " not in vertex["name"]
            and "] LINK " not in vertex["name"]
        }

    @property
    def states(self) -> dict[str, str]:
        words = {True: "CACHED", False: "RAN", None: "UNKNOWN"}
        return {vertex.name: "ERROR" if vertex.error else words[vertex.cached] for vertex in self.record.vertices}


def load(name: str) -> dict[str, Any]:
    """A recorded scenario, the container driver's where it differs."""
    matches = [*TRACES.glob(f"container/{name}*.json"), *TRACES.glob(f"{name}*.json")]
    loaded: dict[str, Any] = json.loads(matches[0].read_text(encoding="utf-8"))
    return loaded


async def replay(trace: Mapping[str, Any], folder: Path, *, strict_bases: bool = False) -> list[Replayed]:
    """Run every build of a scenario over an embedded registry."""
    registry = EmbeddedRegistry()
    await registry.start()
    builder = SimulatedBuilder(strict_bases=strict_bases, sleep=_no_sleep)
    builder._reader = RecordingReader()
    found: list[Replayed] = []
    has_base = any(step["op"] == "push-base" for step in trace["steps"])
    try:
        if has_base:
            await _push_base(registry, "A")
        for number, step in enumerate(trace["steps"]):
            if step["op"] == "fresh-builder":
                await builder.prune()
            elif step["op"] == "build" and "DOCKER_BUILDKIT" not in step.get("env", {}):
                found.append(await _build(number, trace, step, folder / str(number), registry, builder))
            elif step["op"] == "push-base":
                await _push_base(registry, "B")
            elif step["op"] == "note" and has_base:
                await _push_base(registry, None)
            elif step["op"] == "wipe-registry":
                await registry.close()
                registry = EmbeddedRegistry()
                await registry.start()
    finally:
        await builder.close()
        await registry.close()
    return found


async def _push_base(registry: EmbeddedRegistry, content: str | None) -> None:
    """Put the recorded base image in place, or take it away."""
    name = f"sim/{_HOST}/acme/base"
    async with HttpClient() as session:
        client = RegistryClient(session=session, address=f"127.0.0.1:{registry.port}", credential=None, tokens={})
        if content is None:
            await client.send("DELETE", f"/v2/{name}/manifests/1", Resource(image_name=name, writes=True))
            return
        uploader = Uploader(client=client, image_name=name, slots=asyncio.Semaphore(1), say=print)
        layer = make_layer("base", content, "")
        target = Target(platform=Platform(), vertex=None, config=ImageConfig())
        image = build_image(target, CacheResult(layers=(layer,), created_at=""))
        await uploader.layer(layer)
        await uploader.blob(image.config)
        await uploader.manifest(image.manifest, OCI_MANIFEST, "1")


async def _no_sleep(seconds: float) -> None:
    del seconds


async def _build(
    number: int,
    trace: Mapping[str, Any],
    step: Mapping[str, Any],
    folder: Path,
    registry: EmbeddedRegistry,
    builder: SimulatedBuilder,
) -> Replayed:
    text = trace["dockerfiles"][step["dockerfile"]].replace("$REG", _HOST)
    context = folder / "ctx"
    lay_out(context, text, step)
    argv = [_expand(word, folder) for word in step["argv"]]
    environment = {"BUILDX_NO_DEFAULT_ATTESTATIONS": "1", **step.get("env", {})}
    request = parse_build(argv, environment=environment)
    place = BuildPlace(
        directory=folder,
        environment=environment,
        gateway=GatewayAddress(port=registry.port, simulation="sim"),
        credential=None,
    )
    record = await builder.build(request, place)
    replayed = Replayed(number, step, record)
    for repository in step.get("tags", {}):
        replayed.tags[repository] = await asyncio.to_thread(_tags, registry.url, repository)
    for name in step.get("cache", {}) or {}:
        replayed.records[name] = await asyncio.to_thread(_records, registry.url, name)
    return replayed


def lay_out(context: Path, dockerfile: str, step: Mapping[str, Any]) -> None:
    """Write the recorded context."""
    context.mkdir(parents=True)
    words = step["argv"]
    name = next((words[i + 1] for i, word in enumerate(words) if word in {"-f", "--file"}), None)
    target = context / "Dockerfile"
    if name is not None:
        target = Path(name.replace("$W", str(context.parent)))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(dockerfile, encoding="utf-8")
    files = {"busybox": {"text": "busybox", "mode": "0755"}, **step.get("files", {})}
    for path, value in files.items():
        content, mode = (value["text"], value["mode"]) if isinstance(value, dict) else (value, 0o644)
        file = context / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
        file.chmod(int(mode, 8) if isinstance(mode, str) else mode)
    for path in context.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)
    if step.get("dockerignore"):
        (context / ".dockerignore").write_text(step["dockerignore"], encoding="utf-8")


def _expand(word: str, folder: Path) -> str:
    return word.replace("$REG", _HOST).replace("$W", str(folder))


def _get(url: str) -> Any:
    with urlopen(url, timeout=10) as answer:
        return json.loads(answer.read())


def _tags(base: str, repository: str) -> list[str]:
    try:
        return sorted(_get(f"{base}/v2/sim/{_HOST}/{repository}/tags/list")["tags"] or [])
    except OSError:
        return []


def _records(base: str, name: str) -> set[str]:
    repository, _, tag = name.partition(":")
    root = f"{base}/v2/sim/{_HOST}/{repository}"
    try:
        manifest = _get(f"{root}/manifests/{tag}")
    except OSError:
        return set()
    entries = [manifest.get("config") or {}, *manifest.get("manifests", [])]
    config = next(entry for entry in entries if "cacheconfig" in entry.get("mediaType", ""))
    return {record["digest"] for record in _get(f"{root}/blobs/{config['digest']}").get("records", [])}


def differences(replayed: list[Replayed]) -> Iterator[str]:
    """What the simulated builder did otherwise; a step it cannot know is no difference."""
    for build in replayed:
        if build.step["exit"] != build.record.exit_code:
            yield f"{build.label}: exit {build.record.exit_code}, recorded {build.step['exit']}: {build.record.errors}"
        recorded = build.recorded_states
        for name, state in build.states.items():
            theirs = recorded.get(name)
            if theirs is None:
                yield f"{build.label}: {name!r} was not recorded; recorded: {sorted(recorded)}"
            elif state not in {theirs, "UNKNOWN"}:
                yield f"{build.label}: {name} {state}, recorded {theirs}"
        if build.step["exit"] == 0:
            for name in recorded.keys() - build.states.keys():
                yield f"{build.label}: {name!r} is missing; here: {sorted(build.states)}"
        for repository, tags in build.step.get("tags", {}).items():
            theirs_tags = tags if isinstance(tags, list) else []
            if sorted(theirs_tags) != build.tags[repository]:
                yield f"{build.label}: tags of {repository} {build.tags[repository]}, recorded {tags}"
