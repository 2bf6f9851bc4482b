"""Pushes by digest, inline caches and targets without steps, on the embedded parts and on the real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent, indent

import pytest

from pytest_cicache import events
from pytest_cicache.events import Repository
from pytest_cicache.observation import Run
from pytest_cicache.simulation import EngineNames, Engines, Simulation

WORKFLOW = """
on: [push, pull_request]
permissions: {contents: read, packages: write}
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - uses: docker/setup-buildx-action@v3
      - uses: docker/login-action@v3
        with: {registry: ghcr.io, username: "${{ github.actor }}", password: "${{ secrets.GITHUB_TOKEN }}"}
      - id: build
        uses: docker/build-push-action@v6
        with:
"""
DIGEST = "type=image,push-by-digest=true,name-canonical=true"
NAMED = f"outputs: '{DIGEST},name=ghcr.io/octo/app,push=true'"


@pytest.fixture(
    scope="session",
    params=[("simulated", "embedded"), pytest.param(("buildx", "container"), marks=pytest.mark.docker)],
    ids=lambda engines: engines[0],
)
def engines(request: pytest.FixtureRequest) -> Iterator[Engines]:
    """Both sets of engines, one after the other."""
    builder, registry = request.param
    with Engines(EngineNames(builder=builder, registry=registry)) as made:
        yield made


@pytest.fixture
def simulate(engines: Engines, tmp_path: Path) -> Iterator[Callable[..., Simulation]]:
    """Open a simulation of a repository whose one build has these inputs."""
    opened = []

    def open_one(inputs: str, dockerfile: str = "FROM scratch\nCOPY a /a\n") -> Simulation:
        folder = tmp_path / ".github" / "workflows"
        folder.mkdir(parents=True)
        (folder / "ci.yml").write_text(WORKFLOW + indent("context: .\n" + dedent(inputs), " " * 10))
        (tmp_path / "Dockerfile").write_text(dockerfile)
        (tmp_path / "a").write_text("a\n")
        opened.append(Simulation(engines, tmp_path, Repository(owner="octo", name="app")))
        return opened[-1]

    yield open_one
    for made in opened:
        made.close()


def pushes(run: Run) -> list[tuple[str | None, str, int | None]]:
    return [(item.reference, item.result, item.status) for item in run.operations if item.operation == "push"]


@pytest.mark.parametrize(
    "inputs",
    [
        pytest.param(f"push: true\n{NAMED}", id="push beside the output"),
        pytest.param(f"push: false\n{NAMED}", id="push false undoes nothing"),
        pytest.param(f"tags: ghcr.io/octo/app\noutputs: '{DIGEST},push=true'", id="the tag is the name"),
    ],
)
def test_a_push_by_digest_moves_no_tag(simulate: Callable[..., Simulation], inputs: str) -> None:
    """The manifest is there by its digest, which the step tells."""
    run = simulate(inputs).run("ci.yml", events.main_merge())

    assert run.conclusion == "success"
    assert pushes(run) == [("ghcr.io/octo/app", "pushed", 201)]
    assert run.tags.added == set()
    assert not run.tags["octo/app"].uncertain
    digest = run.job("image").step("build").outputs["digest"]
    assert digest in {request.reference for request in run.requests if request.method == "PUT"}


def test_a_denied_push_by_digest(simulate: Callable[..., Simulation]) -> None:
    """A fork may not, and the refusal is the push's."""
    run = simulate(NAMED).run("ci.yml", events.fork_pr())

    assert run.conclusion == "failure"
    assert pushes(run) == [("ghcr.io/octo/app", "denied", 403)]


def test_a_tagged_name_cannot_be_pushed_by_digest(simulate: Callable[..., Simulation]) -> None:
    """BuildKit refuses it before any request."""
    run = simulate(f"outputs: '{DIGEST},name=ghcr.io/octo/app:x,push=true'").run("ci.yml", events.main_merge())

    assert run.conclusion == "failure"
    assert "can't push tagged ref ghcr.io/octo/app:x by digest" in run.job("image").step("build").error
    assert [result for _, result, _ in pushes(run)] == ["failed"]


@pytest.mark.parametrize(("argument", "hits"), [("BUILDKIT_INLINE_CACHE=1", 1), ("BUILDKIT_INLINE_CACHE=0", 0)])
def test_the_older_way_to_an_inline_cache(simulate: Callable[..., Simulation], argument: str, hits: int) -> None:
    """The build argument asks for what `type=inline` asks for."""
    inputs = f"""
        push: true
        tags: ghcr.io/octo/app:main
        cache-from: type=registry,ref=ghcr.io/octo/app:main
        build-args: {argument}
        """
    simulation = simulate(inputs)
    simulation.run("ci.yml", events.main_merge())
    run = simulation.run("ci.yml", events.main_merge())

    assert len(run.cache.hits) == hits


def test_a_target_without_steps_exports_nothing(simulate: Callable[..., Simulation]) -> None:
    """BuildKit has nothing to write, and says so; no tag is made."""
    inputs = "cache-to: type=registry,ref=ghcr.io/octo/app:cache,mode=max"
    run = simulate(inputs, "FROM debian:12\nLABEL a=1\n").run("ci.yml", events.main_merge())

    assert run.conclusion == "success"
    (export,) = run.cache.exports
    assert (export.result, export.message) == ("ok", "skipping cache export for empty result")
    assert run.tags.added == set()


def test_an_image_and_its_cache_under_one_tag(simulate: Callable[..., Simulation]) -> None:
    """They are written side by side: which of them the tag names is chance, and so is what the next run finds."""
    place = "ghcr.io/octo/app:main"
    inputs = f"""
        push: true
        tags: {place}
        cache-from: type=registry,ref={place}
        cache-to: type=registry,ref={place},mode=max
        """
    simulation = simulate(inputs)
    first = simulation.run("ci.yml", events.main_merge())
    second = simulation.run("ci.yml", events.main_merge())

    assert set(first.tags["octo/app"].uncertain) == {"main"}
    assert [item.result for item in second.cache.imports] == ["unknown"]
    assert len(second.cache.unknown) == 1
    told = [str(race) for race in second.races if race.reads]
    assert told == [
        f"'an earlier run (image: push, or image: cache export)' writes {place}, 'image' reads it, and nothing says "
        "which comes first"
    ]


CACHE = "type=registry,ref=ghcr.io/octo/app:cache"


@pytest.mark.parametrize(
    ("inputs", "same"),
    [
        pytest.param(f"cache-from: {CACHE}\ncache-to: {CACHE}", True, id="from a cache"),
        pytest.param(
            f"cache-from: {CACHE}\ncache-to: '{CACHE},oci-mediatypes=false,image-manifest=false'",
            True,
            id="docker types",
        ),
        pytest.param("cache-from: ghcr.io/octo/app:main\ncache-to: type=inline", True, id="from an inline cache"),
        pytest.param("cache-to: type=inline", False, id="built anew"),
        pytest.param(f"cache-from: {CACHE}\ncache-to: {CACHE}\nprovenance: mode=max", False, id="attested"),
    ],
)
def test_when_an_image_is_the_one_of_before(simulate: Callable[..., Simulation], inputs: str, same: bool) -> None:
    """An image whose steps all come from a cache is the same, unless it is attested: that says which build made it."""
    provenance = "" if "provenance" in inputs else "provenance: false\n"
    simulation = simulate(f"push: true\ntags: ghcr.io/octo/app:main\n{provenance}{inputs}")
    digests = [
        simulation.run("ci.yml", events.main_merge()).job("image").step("build").outputs["digest"] for _ in range(2)
    ]

    assert (digests[0] == digests[1]) is same


def test_a_target_without_steps_imports_nothing(simulate: Callable[..., Simulation]) -> None:
    """BuildKit solves nothing, and asks no cache."""
    inputs = "cache-from: type=registry,ref=ghcr.io/octo/app:cache"
    run = simulate(inputs, "FROM scratch\nLABEL a=1\n").run("ci.yml", events.main_merge())

    assert run.conclusion == "success"
    assert run.cache.imports == []
