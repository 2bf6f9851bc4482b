"""Generated image workflows on both builders: outputs, digests, bases, platforms, several exports, copies of images."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from pathlib import Path
from textwrap import indent

import pytest

from pytest_cicache.events import Event, Repository, fork_pr, push
from pytest_cicache.observation import BuildRecord, Operation, Result, Run, TagChange
from pytest_cicache.simulation import EngineNames, Engines, Simulation

pytestmark = pytest.mark.docker

HEAD = """
on: [push, pull_request]
permissions: {contents: read, packages: write}
jobs:
  images:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - uses: docker/setup-buildx-action@v3
      - uses: docker/login-action@v3
        with: {registry: ghcr.io, username: "${{ github.actor }}", password: "${{ secrets.GITHUB_TOKEN }}"}
"""
STEP = """- id: {name}
  if: ${{{{ !cancelled() }}}}
  run: |
{script}
"""
FILES = ("a", "b", "c")
Told = dict[str, tuple[str, list[tuple[str, str, str, int | None]]]]
BOTH_PLATFORMS = "--platform linux/amd64,linux/arm64"
DIGEST = 'echo "digest=$(jq -r \'."containerimage.digest" // "none"\' meta.json)" >> "$GITHUB_OUTPUT"'


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Engines, Engines]]:
    """The parts that come along, and the real ones."""
    embedded = EngineNames(builder="simulated", registry="embedded")
    real = EngineNames(builder="buildx", registry="container")
    with Engines(embedded) as simulated, Engines(real) as built:
        yield simulated, built


@dataclass(frozen=True)
class Image:
    """One build of a generated workflow; `tag` when it leaves one that later steps may use."""

    name: str
    dockerfile: str
    words: str
    tag: str | None

    @property
    def script(self) -> str:
        return f"docker buildx build -f {self.name}.Dockerfile {self.words} --metadata-file meta.json .\n{DIGEST}\n"


def image(chance: random.Random, name: str, above: list[Image]) -> Image:
    """Its base, its steps, where it goes, and the caches it reads and writes."""
    bases = [item.tag for item in above if item.tag]
    base = chance.choice(["scratch", *bases, *bases])
    place = f"ghcr.io/octo/{name}"
    canonical = f"type=image,name={place},push-by-digest=true,name-canonical=true,push=true"
    output, tag = chance.choice(
        [
            (f"--push -t {place}:x", f"{place}:x"),
            (f"--push -t {place}:x -t {place}:y", f"{place}:y"),
            (f"--output type=image,name={place}:x,push=true", f"{place}:x"),
            (f"--output {canonical}", None),
            (f"-t {place} --output type=image,push-by-digest=true,push=true", None),
            ("--output type=cacheonly", None),
            (f"-t {place}:x --output type=oci,dest=out.tar", None),
            ("--output type=local,dest=out", None),
            (f"-t {place}:x", None),
        ]
    )
    platforms = chance.choice([[], [], [BOTH_PLATFORMS]])
    words = [output, *caches(chance, place), *platforms]
    words += chance.choice(
        [["--provenance=false"], ["--provenance=false"], [], ["--sbom=false", "--provenance=mode=max"]]
    )
    words += chance.choice([[], [], ["--build-arg SOURCE_DATE_EPOCH=7"], ["--build-arg BUILDKIT_MULTI_PLATFORM=1"]])
    return Image(
        name, f"FROM {base}\n{steps(chance, name, bare=base == 'scratch', runs=not platforms)}", " ".join(words), tag
    )


def steps(chance: random.Random, name: str, *, bare: bool, runs: bool) -> str:
    """No step at all, or some, of which the first copies.

    The stand-in of a base is made anew for each build, so that a build without steps on one never gives the same image.
    """
    if bare and chance.random() < 0.2:
        return f"LABEL name={name}\n"
    lines = [f"COPY {chance.choice(FILES)} /{name}"]
    choices = [f"COPY {chance.choice(FILES)} /{name}2", f"WORKDIR /w{name}", f"ENV E{name}=1"]
    choices += [f"RUN make {name}"] if runs else []
    lines += chance.sample(choices, chance.randint(0, 3))
    return "\n".join(lines) + "\n"


def caches(chance: random.Random, place: str) -> list[str]:
    """Cache options that fit each other."""
    one, other = f"type=registry,ref={place}:cache", f"type=registry,ref={place}:cache2"
    return chance.choice(
        [
            [],
            [f"--cache-from {one}", f"--cache-to {one},mode=max"],
            [f"--cache-from {one}", f"--cache-to {one},mode=min"],
            [f"--cache-from {one}", f"--cache-to {one},mode=max,image-manifest=false,oci-mediatypes=false"],
            [f"--cache-from {one}", f"--cache-to {one},mode=max,ignore-error=true"],
            [f"--cache-from {other}", f"--cache-to {one},mode=max", f"--cache-to {other},mode=max"],
            [f"--cache-from {place}:x", "--cache-to type=inline"],
            [f"--cache-from {place}:x", "--build-arg BUILDKIT_INLINE_CACHE=1"],
            [f"--cache-from {place}:x"],
        ]
    )


def copies(chance: random.Random, images: list[Image]) -> str:
    """A list of images by tag or digest, under a tag of its own, and a look at it."""
    sources = [item.tag or f"ghcr.io/octo/{item.name}@${{{{ steps.{item.name}.outputs.digest }}}}" for item in images]
    chosen = chance.sample(sources, chance.randint(1, len(sources)))
    return (
        f"docker buildx imagetools create -t ghcr.io/octo/all:x {' '.join(chosen)}\n"
        "docker buildx imagetools inspect --raw ghcr.io/octo/all:x | "
        "jq -c '[.mediaType, ([.manifests[]?.platform] | length)]'\n"
    )


def lay_out(chance: random.Random, root: Path) -> None:
    """A repository whose one workflow builds two to four images one after the other."""
    images: list[Image] = []
    for number in range(chance.randint(2, 4)):
        images.append(image(chance, f"i{number}", images))
    scripts = [(item.name, item.script) for item in images] + [("copies", copies(chance, images))]
    text = "".join(STEP.format(name=name, script=indent(script, "    ")) for name, script in scripts)
    folder = root / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_text(HEAD + indent(text, " " * 6))
    for item in images:
        (root / f"{item.name}.Dockerfile").write_text(item.dockerfile)
    for name in FILES:
        (root / name).write_text(f"{name}\n")


def told(run: Run) -> Told:
    """Each step's end, and of its operations what each came to; a digest is not compared with the other builder's."""
    return {
        step.id: (
            step.outcome,
            [
                (item.operation, str(item.reference).partition("@")[0], item.result, item.status)
                for item in step.operations
                if item.operation is not Operation.LOGIN
            ],
        )
        for step in run.job("images").steps
    }


def disagreements(ours: Run, theirs: Run) -> Iterator[str]:
    """What one builder says and the other denies; what one cannot know fits all."""
    yield from unlike_steps(told(ours), told(theirs))
    for mine, real in zip(ours.builds, theirs.builds, strict=True):
        yield from unlike_vertices(mine, real)
    tags = [{package: change for package, change in run.tags.items() if change.after} for run in (ours, theirs)]
    for package in tags[0].keys() | tags[1].keys():
        changes = [found.get(package, TagChange()) for found in tags]
        unsure = {tag for change in changes for tag in change.uncertain}
        if {*changes[0].after} - unsure != {*changes[1].after} - unsure:
            yield f"{package}: {changes[0].after}, really {changes[1].after}"


def unlike_steps(mine: Told, real: Told) -> Iterator[str]:
    """Steps that end otherwise, and operations that come to something else."""
    for name, (outcome, operations) in mine.items():
        real_outcome, real_operations = real[name]
        if outcome != real_outcome:
            yield f"{name}: {outcome}, really {real_outcome}"
        if [item[:2] for item in operations] != [item[:2] for item in real_operations]:
            yield f"{name}: {operations}, really {real_operations}"
            continue
        for one, other in zip(operations, real_operations, strict=True):
            if one != other and not {one[2], other[2]} & {Result.UNKNOWN, Result.CANCELLED}:
                yield f"{name}: {one}, really {other}"


def unlike_vertices(mine: BuildRecord, real: BuildRecord) -> Iterator[str]:
    """Steps that are there for one builder alone, or cached for one alone."""
    found = [sorted((vertex.name, str(vertex.cached)) for vertex in record.vertices) for record in (mine, real)]
    for (name, cached), (real_name, really) in zip_longest(*found, fillvalue=("", "")):
        if name != real_name or (cached != really and "None" not in {cached, really}):
            yield f"{name or real_name}: cached {cached}, really {really}"


def same_digests(runs: list[Run]) -> set[tuple[int, str]]:
    """Of the later runs, the steps whose image is the one of the run before."""
    found = set()
    for number, (before, after) in enumerate(pairwise(runs)):
        for step in after.job("images").steps:
            digest = step.outputs.get("digest", "")
            if digest.startswith("sha256:") and before.job("images").step(step.id).outputs.get("digest") == digest:
                found.add((number + 1, step.id))
    return found


@pytest.mark.parametrize("seed", range(8))
def test_both_builders_agree(tmp_path: Path, both: tuple[Engines, Engines], seed: int) -> None:
    """From nothing, again, after an edit, and from a fork."""
    chance = random.Random(seed)
    lay_out(chance, tmp_path)
    text = "".join(path.read_text() for path in sorted(tmp_path.glob("*.Dockerfile")))
    text += (tmp_path / ".github" / "workflows" / "ci.yml").read_text()
    main = push(branch="main")
    # The stand-in of a RUN leaves alike layers, which BuildKit puts into a cache's manifest in any order: what a fork
    # exports unchanged is there already, or not, by chance.
    forked: dict[str, str | None] = dict.fromkeys(FILES, "forked\n") if "RUN" in text else {}
    events: list[tuple[Event, dict[str, str | None]]] = [
        (main, {}),
        (main, {}),
        (main, {chance.choice(FILES): "new\n"}),
        (fork_pr(), forked),
    ]
    worlds = [Simulation(engines, tmp_path, Repository(owner="octo", name="app")) for engines in both]
    try:
        runs = [[world.run("ci.yml", event, changes=changes) for event, changes in events] for world in worlds]
    finally:
        for world in worlds:
            world.close()
    found = [f"run {n}: {line}" for n, pair in enumerate(zip(*runs, strict=True)) for line in disagreements(*pair)]
    found += [f"the same digest here alone: {item}" for item in same_digests(runs[0]) - same_digests(runs[1])]
    found += [f"the same digest there alone: {item}" for item in same_digests(runs[1]) - same_digests(runs[0])]
    assert found == [], "\n".join([text, *(run.log for run in runs[1])])
