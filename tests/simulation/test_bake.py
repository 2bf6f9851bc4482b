"""Bake files in scripts and actions: each target a build, linked targets one graph, the real tool's words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from textwrap import dedent, indent
from typing import Any

import pytest

from pytest_cicache.events import push
from pytest_cicache.observation import Operation, Result, Run
from pytest_cicache.simulation import EngineNames, Engines, Simulation

HEAD = """
    on: push
    permissions: {contents: read, packages: write}
    jobs:
      bake:
        runs-on: ubuntu-latest
        steps:
          - uses: actions/checkout@v5
          - uses: docker/setup-buildx-action@v3
          - uses: docker/login-action@v3
            with: {registry: ghcr.io, username: "${{ github.actor }}", password: "${{ secrets.GITHUB_TOKEN }}"}
    """
BAKE = """
    variable "TAG" { default = "main" }
    group "default" { targets = ["app"] }
    target "lib" {
      dockerfile-inline = <<EOT
    FROM scratch
    ENV A=1
    COPY a.txt /a.txt
    EOT
      cache-from = ["ghcr.io/octo/cache:lib"]
      cache-to = ["type=registry,ref=ghcr.io/octo/cache:lib"]
    }
    target "app" {
      dockerfile-inline = "FROM lib\\nCOPY b.txt /b.txt\\nCOPY --from=lib /a.txt /c.txt\\n"
      contexts = { lib = "target:lib" }
      tags = ["ghcr.io/octo/app:${TAG}"]
      cache-from = [{ type = "registry", ref = "ghcr.io/octo/cache:app" }]
      cache-to = [{ type = "registry", ref = "ghcr.io/octo/cache:app", mode = "max" }]
    }
    """

Bake = Callable[..., Run]


@pytest.fixture(
    scope="module",
    params=[("simulated", "embedded"), pytest.param(("buildx", "container"), marks=pytest.mark.docker)],
    ids=lambda engines: engines[0],
)
def engines(request: pytest.FixtureRequest) -> Iterator[Engines]:
    """Both sets of engines, one after the other."""
    builder, registry = request.param
    with Engines(EngineNames(builder=builder, registry=registry)) as made:
        yield made


@pytest.fixture
def bake(simulate: Callable[..., Simulation]) -> Bake:
    """Run a workflow of these steps on a push; the simulation is the same for all runs of a test."""
    simulation = simulate()

    def run(steps: str, *, file: str = BAKE, **more: Any) -> Run:
        simulation.write(".github/workflows/bake.yml", dedent(HEAD) + indent(dedent(steps), " " * 6))
        simulation.write("docker-bake.hcl", dedent(file))
        for path, text in more.pop("files", {}).items():
            simulation.write(path, text)
        return simulation.run("bake.yml", push(branch="main", **more))

    return run


ACTION = """
    - id: bake
      uses: docker/bake-action@v6
      with: {source: ., push: true, provenance: false}
    """


def told(run: Run) -> list[tuple[str, str, Result]]:
    """Every operation on a registry: what, where, how it ended."""
    return [
        (operation.operation.value, str(operation.reference), operation.result)
        for operation in run.operations
        if operation.operation is not Operation.LOGIN
    ]


def test_linked_targets_are_one_graph(bake: Bake) -> None:
    """The library is built first; the application's cache holds its steps too."""
    first, second = bake(ACTION), bake(ACTION)
    builds = [(build.dockerfile, [vertex.name for vertex in build.vertices]) for build in first.builds]

    assert first.conclusion == second.conclusion == "success"
    assert builds == [
        ("Dockerfile", ["[1/1] COPY a.txt /a.txt"]),
        ("Dockerfile", ["[stage-0 1/3] COPY b.txt /b.txt", "[stage-0 2/3] COPY --from=lib /a.txt /c.txt"]),
    ]
    assert told(first) == [
        ("import", "ghcr.io/octo/cache:lib", Result.NOT_FOUND),
        ("export", "ghcr.io/octo/cache:lib", Result.WRITTEN),
        ("import", "ghcr.io/octo/cache:app", Result.NOT_FOUND),
        ("push", "ghcr.io/octo/app:main", Result.PUSHED),
        ("export", "ghcr.io/octo/cache:app", Result.WRITTEN),
    ]
    assert first.cache.hits == []
    assert second.cache.misses == []


def test_a_change_below_reaches_what_is_linked(bake: Bake) -> None:
    """The application's steps stand on the library's."""
    bake(ACTION)
    run = bake(ACTION, files={"a.txt": "new\n"})

    assert [vertex.name for vertex in run.cache.misses] == [
        "[1/1] COPY a.txt /a.txt",
        "[stage-0 1/3] COPY b.txt /b.txt",
        "[stage-0 2/3] COPY --from=lib /a.txt /c.txt",
    ]


def test_outputs_hold_each_target(bake: Bake) -> None:
    """`metadata` is an object by target; `--print` answers a script; a matrix comes of it."""
    run = bake(
        ACTION
        + """
    - id: said
      run: |
        echo "names=$(docker buildx bake --print | jq -c '.target | keys')" >> "$GITHUB_OUTPUT"
        echo "tag=$(TAG=v1 docker buildx bake --print app | jq -r .target.app.tags[0])" >> "$GITHUB_OUTPUT"
    - id: matrix
      uses: docker/bake-action/subaction/matrix@v6
      with: {fields: tags}
    - id: targets
      uses: docker/bake-action/subaction/list-targets@v6
    """
    )
    outputs = {step.id: step.outputs for step in run.jobs[0].steps}

    assert set(json.loads(outputs["bake"]["metadata"])) == {"app", "lib"}
    assert json.loads(outputs["bake"]["metadata"])["app"]["containerimage.digest"].startswith("sha256:")
    assert outputs["said"] == {"names": '["app","lib"]', "tag": "ghcr.io/octo/app:v1"}
    assert json.loads(outputs["matrix"]["matrix"]) == [
        {"target": "app", "tags": "ghcr.io/octo/app:main"},
        {"target": "lib"},
    ]
    assert json.loads(outputs["targets"]["targets"]) == ["app", "lib"]


def test_files_of_the_metadata_action(bake: Bake) -> None:
    """Its bake file gives the tags, from outside of the clone that the action builds."""
    run = bake(
        """
    - id: meta
      uses: docker/metadata-action@v5
      with: {images: ghcr.io/octo/app}
    - uses: docker/bake-action@v6
      with:
        files: |
          docker-bake.hcl
          cwd://${{ steps.meta.outputs.bake-file }}
        push: true
        provenance: false
    """,
        file="""
    target "docker-metadata-action" {}
    target "default" {
      inherits = ["docker-metadata-action"]
      dockerfile-inline = "FROM scratch\\nCOPY a.txt /\\n"
    }
    """,
    )

    assert run.conclusion == "success"
    assert run.tags.added == {"main"}


@pytest.mark.parametrize(
    ("steps", "file", "words"),
    [
        pytest.param(
            "- run: docker buildx bake nosuch", BAKE, "ERROR: failed to find target nosuch", id="unknown-target"
        ),
        pytest.param(
            "- run: docker buildx bake --set app.tag=x",
            BAKE,
            "ERROR: unknown key: tag",
            id="wrong-override",
        ),
        pytest.param(
            "- run: docker buildx bake",
            'target "default" {\n  tags = [\n}\n',
            "ERROR: docker-bake.hcl:3,1-2: Invalid expression; Expected the start of an expression, but found an "
            "invalid expression token.",
            id="malformed",
        ),
        pytest.param(
            "- run: docker buildx bake -f none.hcl", BAKE, "ERROR: open none.hcl: no such file or directory", id="file"
        ),
        pytest.param(
            "- run: docker buildx bake",
            'target "default" {\n  tags = ["A"]\n}\n',
            'ERROR: invalid tag "A": repository name must be lowercase',
            id="wrong-tag",
        ),
        pytest.param(
            "- run: docker buildx bake",
            'target "default" { network = "host" }',
            "ERROR: additional privileges requested",
            id="not-allowed",
        ),
        pytest.param(
            "- run: docker buildx bake a b",
            'target "a" { dockerfile = "none" }\ntarget "b" { dockerfile = "none" }\n',
            "ERROR: target a: failed to solve: failed to read dockerfile: open none: no such file or directory",
            id="no-dockerfile",
        ),
    ],
)
def test_the_words_of_buildx(bake: Bake, steps: str, file: str, words: str) -> None:
    """A wrong file, target or override fails the step, and the run goes on."""
    run = bake(f"    {steps}\n    - if: always()\n      id: after\n      run: echo on\n", file=file)
    failed, after = run.jobs[0].steps[-2:]

    assert run.conclusion == "failure"
    assert words in "\n".join(failed.log)
    assert after.conclusion == "success"


def test_the_words_of_the_action(bake: Bake) -> None:
    """It parses the definition first."""
    run = bake("    - uses: docker/bake-action@v6\n      with: {source: ., targets: nosuch}\n")

    assert run.conclusion == "failure"
    assert "cannot parse bake definitions: ERROR: failed to find target nosuch" in "\n".join(run.jobs[0].steps[-1].log)


def test_a_failed_target_cancels_those_to_come(bake: Bake) -> None:
    """Nothing of them is written."""
    run = bake(
        "    - run: docker buildx bake a b\n",
        file="""
    target "a" { dockerfile = "none" }
    target "b" {
      dockerfile-inline = "FROM scratch\\nCOPY a.txt /\\n"
      tags = ["ghcr.io/octo/app:b"]
      output = ["type=registry"]
    }
    """,
    )

    assert told(run) == [("push", "ghcr.io/octo/app:b", Result.CANCELLED)]


def test_an_unknown_value_in_a_bake_file(bake: Bake) -> None:
    """A tag that nobody knows is an operation `unknown`, as for a build."""
    run = bake(
        """
    - id: version
      uses: octo/version-action@v1
    - uses: docker/bake-action@v6
      env: {TAG: "${{ steps.version.outputs.tag }}"}
      with: {source: ., push: true, provenance: false}
    """
    )

    assert run.conclusion == "success"
    assert ("push", "ghcr.io/octo/app:<steps.version.outputs.tag>", Result.UNKNOWN) in told(run)


def test_default_provenance_is_for_targets_that_say_nothing(bake: Bake) -> None:
    """Seen in what is printed with the action's environment."""
    run = bake(
        """
    - id: said
      env: {CICACHE_BAKE_ATTEST: "type=provenance,mode=max"}
      run: echo "$(docker buildx bake a b --print | jq -c '[.target[].attest[0].mode]')"
    """,
        file='target "a" {}\ntarget "b" { attest = ["type=provenance,mode=min"] }\n',
    )

    assert '["max","min"]' in run.jobs[0].steps[-1].log


RUNS = """
    target "lib" {
      dockerfile-inline = <<EOT
    FROM scratch
    COPY a.txt /a.txt
    RUN make /out
    EOT
      cache-from = ["ghcr.io/octo/cache:lib"]
      cache-to = ["type=registry,ref=ghcr.io/octo/cache:lib,mode=max"]
    }
    target "app" {
      dockerfile-inline = <<EOT
    FROM lib
    COPY b.txt /b.txt
    COPY --from=lib /out /copied
    RUN use /copied
    EOT
      contexts = { lib = "target:lib" }
      cache-from = ["ghcr.io/octo/cache:app"]
      cache-to = ["type=registry,ref=ghcr.io/octo/cache:app,mode=max"]
    }
    """


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({}, [True] * 5, id="nothing"),
        pytest.param({"b.txt": "new\n"}, [True, True, False, False, False], id="above"),
        pytest.param({"a.txt": "new\n"}, [False, False, False, False, False], id="below"),
    ],
)
def test_steps_of_linked_targets(bake: Bake, changed: dict[str, str], expected: list[bool]) -> None:
    """Hits and misses through the link, with steps whose output nobody has."""
    steps = "    - run: docker buildx bake app\n"
    bake(steps, file=RUNS)
    run = bake(steps, file=RUNS, files=changed)
    states = [vertex.cached for build in run.builds for vertex in build.vertices]

    assert run.conclusion == "success"
    assert states == expected


def test_a_definition_that_fails_on_an_unknown_value(bake: Bake) -> None:
    """Taken to have succeeded, and said; one that fails on nothing unknown fails."""
    file = """
    variable "TAG" {
      default = "v1"
      validation {
        condition = length(regexall("^v[0-9]+$", TAG)) > 0
        error_message = "A version."
      }
    }
    target "default" { dockerfile-inline = "FROM scratch\\nCOPY a.txt /\\n" }
    """
    run = bake(
        """
    - id: version
      uses: octo/version-action@v1
    - run: docker buildx bake
      env: {TAG: "${{ steps.version.outputs.tag }}"}
    """,
        file=file,
    )
    known = bake("    - run: docker buildx bake\n      env: {TAG: latest}\n", file=file)

    assert run.conclusion == "success"
    assert any("fails here on a value that nobody knows" in assumption.what for assumption in run.assumptions)
    assert known.conclusion == "failure"
