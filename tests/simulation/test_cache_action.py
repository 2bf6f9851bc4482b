"""actions/cache in jobs: what one run saves another restores, by scope; and layers in a folder that it carries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent, indent

import pytest

from pytest_cicache import events
from pytest_cicache.events import Repository
from pytest_cicache.observation import Run, StepResult
from pytest_cicache.simulation import EngineNames, Engines, Simulation

CLOCK = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def embedded() -> Iterator[Engines]:
    with Engines(EngineNames(builder="simulated", registry="embedded")) as engines:
        yield engines


@pytest.fixture(scope="module")
def real() -> Iterator[Engines]:
    with Engines(EngineNames(builder="buildx", registry="embedded")) as engines:
        yield engines


class Scene:
    """A simulation whose one job's steps are given as text."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation

    def run(self, steps: str, event: events.Event | None = None) -> Run:
        text = dedent(
            """
            on: [push, pull_request, pull_request_target, issue_comment]
            jobs:
              build:
                runs-on: ubuntu-latest
                steps:
            """
        ) + indent(dedent(steps), "      ")
        self.simulation.write(".github/workflows/ci.yml", text)
        return self.simulation.run("ci.yml", event or events.main_merge())


def steps(run: Run) -> dict[str, StepResult]:
    return {step.id: step for step in run.jobs[0].steps}


def scene_of(engines: Engines, tmp_path: Path) -> Iterator[Scene]:
    folder = tmp_path / "app"
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "ci.yml").write_text("on: push\njobs: {}\n")
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY a.txt /a.txt\nCOPY b.txt /b.txt\n")
    (folder / "a.txt").write_text("a\n")
    (folder / "b.txt").write_text("b\n")
    with Simulation(engines, folder, Repository(owner="octo", name="app"), clock=CLOCK) as made:
        yield Scene(made)


@pytest.fixture
def scene(embedded: Engines, tmp_path: Path) -> Iterator[Scene]:
    yield from scene_of(embedded, tmp_path)


MAKE = """
    - id: cache
      uses: actions/cache@v5
      with: {path: deps, key: deps-1, restore-keys: deps-}
    - id: made
      run: |
        ls deps 2>/dev/null || echo none
        mkdir -p deps && echo content >> deps/file
"""


def test_a_first_run_saves_and_a_second_restores(scene: Scene) -> None:
    first, second = scene.run(MAKE), scene.run(MAKE)

    assert steps(first)["cache"].outputs == {}
    assert "Cache not found for input keys: deps-1, deps-" in steps(first)["cache"].log
    assert "none" in steps(first)["made"].log
    assert steps(second)["cache"].outputs == {"cache-hit": "true"}
    assert "Cache restored from key: deps-1" in steps(second)["cache"].log
    assert "file" in steps(second)["made"].log


def test_a_restore_key_is_no_exact_hit_and_the_new_key_is_saved(scene: Scene) -> None:
    scene.run(MAKE)
    other = MAKE.replace("deps-1", "deps-2")
    near, exact = scene.run(other), scene.run(other)

    assert steps(near)["cache"].outputs == {"cache-hit": "false"}
    assert "Cache hit for restore-key: deps-1" in steps(near)["cache"].log
    assert steps(exact)["cache"].outputs == {"cache-hit": "true"}


def test_a_failed_job_saves_nothing(scene: Scene) -> None:
    scene.run(MAKE + "    - run: exit 1\n")
    later = scene.run(MAKE)

    assert steps(later)["cache"].outputs == {}


def test_a_pull_requests_entry_is_its_own(scene: Scene) -> None:
    scene.run(MAKE, events.pr(number=7))
    main, again, other = (
        scene.run(MAKE.replace("echo content", "exit 1; echo"), event)
        for event in (events.main_merge(), events.pr(number=7), events.pr(number=8))
    )

    assert [steps(run)["cache"].outputs for run in (main, again, other)] == [{}, {"cache-hit": "true"}, {}]


def test_a_read_only_token_saves_nothing_and_the_job_stays_green(scene: Scene) -> None:
    save = """
        - run: mkdir deps && echo x > deps/file
        - id: save
          uses: actions/cache/save@v5
          with: {path: deps, key: deps-1}
    """
    run = scene.run(save, events.issue_comment())

    assert run.conclusion == "success"
    assert steps(run)["save"].log[-3:] == (
        "Warning: Cache reservation failed: cache write denied: token has no writable scopes",
        "Failed to save: Unable to reserve cache with key deps-1, another job may be creating this cache."
        " More details: cache write denied: token has no writable scopes",
        "Warning: Cache save failed.",
    )


def test_saving_twice_is_told(scene: Scene) -> None:
    save = """
        - run: mkdir deps && echo x > deps/file
        - id: one
          uses: actions/cache/save@v5
          with: {path: deps, key: deps-1}
        - id: two
          uses: actions/cache/save@v5
          with: {path: deps, key: deps-1}
    """
    run = scene.run(save)

    assert steps(run)["one"].log[-1] == "Cache saved with key: deps-1"
    assert steps(run)["two"].log[-2].startswith("Failed to save: Unable to reserve cache with key deps-1, another job")


def test_restoring_alone_says_what_was_found(scene: Scene) -> None:
    scene.run(MAKE)
    look = """
        - id: restore
          uses: actions/cache/restore@v5
          with: {path: deps, key: deps-9, restore-keys: deps-, lookup-only: true}
        - id: there
          run: ls
    """
    run = scene.run(look)

    assert steps(run)["restore"].outputs == {
        "cache-hit": "false",
        "cache-matched-key": "deps-1",
        "cache-primary-key": "deps-9",
    }
    assert "deps" not in steps(run)["there"].log


def test_a_miss_that_must_not_be(scene: Scene) -> None:
    restore = """
        - id: restore
          uses: actions/cache/restore@v5
          with: {path: deps, key: deps-1, fail-on-cache-miss: true}
    """
    run = scene.run(restore)

    assert run.conclusion == "failure"
    assert steps(run)["restore"].error == (
        "Failed to restore cache entry. Exiting as fail-on-cache-miss is set. Input key: deps-1"
    )


def test_a_path_that_is_not_there_is_not_saved(scene: Scene) -> None:
    save = """
        - id: save
          uses: actions/cache/save@v5
          with: {path: deps, key: deps-1}
    """
    run = scene.run(save)

    assert steps(run)["save"].log[-2].startswith("[warning]Path Validation Error: Path(s) specified in the action")


def test_what_a_stand_in_would_have_made_counts_as_saved(scene: Scene) -> None:
    install = """
        - id: cache
          uses: actions/cache@v5
          with: {path: ~/.npm, key: npm-1}
        - run: npm ci
    """
    scene.run(install)

    assert steps(scene.run(install))["cache"].outputs == {"cache-hit": "true"}


@pytest.mark.parametrize("place", ["runner.temp", "github.workspace", "runner.tool_cache"])
def test_paths_below_the_runners_own_folders_are_the_same_in_every_job(scene: Scene, place: str) -> None:
    keep = f"""
        - id: cache
          uses: actions/cache@v5
          with: {{path: "${{{{ {place} }}}}/deps", key: deps-1}}
        - run: mkdir -p "${{{{ {place} }}}}/deps"
    """
    scene.run(keep)
    run = scene.run(keep)

    assert steps(run)["cache"].outputs == {"cache-hit": "true"}


def test_a_script_sees_no_token(scene: Scene) -> None:
    run = scene.run(MAKE + "    - {id: env, run: env}\n")

    assert not [line for line in steps(run)["env"].log if line.startswith("ACTIONS_")]


LAYERS = """
    - uses: actions/checkout@v7
    - uses: docker/setup-buildx-action@v4
    - uses: actions/cache@v5
      with:
        path: .layers
        key: layers-${{ github.sha }}-${{ github.run_id }}
        restore-keys: layers-
    - id: build
      uses: docker/build-push-action@v7
      with:
        context: .
        provenance: false
        cache-from: type=local,src=.layers
        cache-to: type=local,dest=.layers-new,mode=max
    - run: rm -rf .layers && mv .layers-new .layers
"""


@pytest.mark.parametrize("builder", ["embedded", pytest.param("real", marks=pytest.mark.docker)])
def test_layers_travel_in_a_folder(request: pytest.FixtureRequest, tmp_path: Path, builder: str) -> None:
    scenes = scene_of(request.getfixturevalue(builder), tmp_path)
    scene = next(scenes)
    scene.simulation.write(".dockerignore", ".layers*\n")
    first = scene.run(LAYERS)
    scene.simulation.write("b.txt", "changed\n")
    second = scene.run(LAYERS, events.pr(number=7))

    operations = [
        [(item.operation, item.type, item.result) for item in steps(run)["build"].operations] for run in (first, second)
    ]
    assert operations == [
        [("import", "local", "not-found"), ("export", "local", "written")],
        [("import", "local", "hit"), ("export", "local", "written")],
    ]
    assert [vertex.cached for vertex in second.cache.builds[0].vertices] == [True, False]
    assert second.cache.builds[0].vertices[0].source == "local:.layers"
    scenes.close()


TMP_LAYERS = """
    - uses: actions/checkout@v7
    - uses: docker/setup-buildx-action@v4
    - uses: actions/cache@v5
      with:
        path: /tmp/.buildx-cache
        key: layers-${{ github.sha }}-${{ github.run_id }}
        restore-keys: layers-
    - id: build
      uses: docker/build-push-action@v7
      with:
        context: .
        provenance: false
        build-args: WHERE=/tmp/x
        cache-from: type=local,src=/tmp/.buildx-cache
        cache-to: type=local,dest=/tmp/.buildx-cache-new,mode=max
    - id: move
      run: |
        rm -rf /tmp/.buildx-cache
        mv /tmp/.buildx-cache-new /tmp/.buildx-cache
        echo "at=/tmp/.buildx-cache" >> "$GITHUB_OUTPUT"
        ls -d /tmp/.buildx-cache/blobs
"""


@pytest.mark.parametrize("builder", ["embedded", pytest.param("real", marks=pytest.mark.docker)])
def test_layers_travel_in_a_tmp_that_is_the_jobs_own(
    request: pytest.FixtureRequest, tmp_path: Path, builder: str
) -> None:
    scenes = scene_of(request.getfixturevalue(builder), tmp_path)
    scene = next(scenes)
    scene.simulation.write("Dockerfile", "FROM scratch\nARG WHERE\nCOPY a.txt /${WHERE}\nCOPY b.txt /b.txt\n")
    first, second, third = (scene.run(TMP_LAYERS, event) for event in (events.main_merge(), events.pr(number=7), None))

    assert [[item.result for item in steps(run)["build"].operations] for run in (first, second, third)] == [
        ["not-found", "written"],
        ["hit", "written"],
        ["hit", "written"],
    ]
    assert [len(run.cache.misses) for run in (first, second, third)] == [2, 0, 0]
    assert second.cache.hits[0].source == "local:/tmp/.buildx-cache"
    assert steps(second)["build"].operations[0].attributes == {"src": "/tmp/.buildx-cache"}
    assert steps(first)["move"].outputs == {"at": "/tmp/.buildx-cache"}
    assert "/tmp/.buildx-cache/blobs" in steps(first)["move"].log
    assert not Path("/tmp/.buildx-cache").exists()
    scenes.close()


def test_a_cache_elsewhere_is_assumed(scene: Scene) -> None:
    build = """
        - uses: actions/checkout@v7
        - uses: docker/setup-buildx-action@v4
        - id: build
          uses: docker/build-push-action@v7
          with:
            context: .
            cache-from: type=s3,region=eu-1,bucket=b
            cache-to: |
              type=s3,region=eu-1,bucket=b
              type=registry,ref=ghcr.io/octo/app:x,ignore-error=true
    """
    run = scene.run(build)

    step = steps(run)["build"]
    assert [(item.operation, item.type, item.result) for item in step.operations][:2] == [
        ("import", "s3", "unknown"),
        ("export", "s3", "unknown"),
    ]
    assert [item.what for item in run.assumptions] == [
        "the cache type=s3 lies outside of the simulation: nothing is read from it, and writing to it is assumed to "
        "succeed"
    ]
    assert run.conclusion == "success"
    assert len(step.builds[0].vertices) == 2
