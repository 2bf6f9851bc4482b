"""The simulated builder against what real BuildKit did in the recorded scenarios."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from trace_replay import TRACES, Replayed, differences, load, replay

pytestmark = pytest.mark.skipif(
    not TRACES.is_dir(),
    reason="no ../shared/reference/traces beside the project: BuildKit's recordings are not at hand",
)
sys.path.pop(0)


def run(name: str, folder: Path, **options: Any) -> list[Replayed]:
    return asyncio.run(replay(load(name), folder, **options))


@pytest.mark.parametrize(
    ("name", "unknown"),
    [
        pytest.param("s01-cold-export-then-import", 0, id="cold-export-then-import"),
        pytest.param("s02-mode-min-single-stage", 0, id="mode-min"),
        pytest.param("s03-multistage-max", 2, id="multi-stage-max"),
        pytest.param("s03-multistage-min", 2, id="multi-stage-min"),
        pytest.param("s04-multi-cache-from", 6, id="several-imports"),
        pytest.param("s10-args-nocache-filter-secret", 0, id="arguments-and-no-cache"),
        pytest.param("s13-formats", 0, id="formats"),
        pytest.param("s14-determinism", 0, id="determinism"),
        pytest.param("s16-repos-mount-lazy", 0, id="mounts-across-images"),
        pytest.param("s17-tag-replaced", 0, id="tag-replaced"),
        pytest.param("s22-inline-cache", 2, id="inline"),
    ],
)
def test_a_recorded_scenario_comes_out_the_same(name: str, unknown: int, tmp_path: Path) -> None:
    """Every step's state, every exit code and every tag is BuildKit's; few steps cannot be known."""
    builds = run(name, tmp_path)

    assert list(differences(builds)) == []
    assert sum(state == "UNKNOWN" for build in builds for state in build.states.values()) == unknown


def test_what_changes_a_key(tmp_path: Path) -> None:
    """The 49 variants of one Dockerfile hit and miss where BuildKit's did; only a failing RUN is not foreseen."""
    found = list(differences(run("s09-key-effects", tmp_path)))

    assert [line.partition(":")[0] for line in found] == ["28"] * 3
    assert "USER moved before RUN: exit 0, recorded 1" in found[0]


def test_a_base_image_that_moves_or_goes(tmp_path: Path) -> None:
    """With base images looked up, a moved tag misses and a missing one fails, in BuildKit's words."""
    builds = run("s11-base-tag-moved", tmp_path, strict_bases=True)

    assert list(differences(builds)) == []
    gone = builds[-1].record.errors[-1]
    assert gone == (
        "ERROR: failed to build: failed to solve: registry.test/acme/base:1: failed to resolve source metadata for "
        "registry.test/acme/base:1: registry.test/acme/base:1: not found"
    )


def test_the_odd_cases(tmp_path: Path) -> None:
    """Two platforms, equal steps of two stages, moved arguments, content that comes out the same.

    Which platform gives a shared step its name is chance; the recording has the other one.
    """
    found = list(differences(run("s26-misc-semantics", tmp_path)))

    assert all(line.startswith("1: two platforms") and "COPY busybox" in line for line in found), found
    assert len(found) <= 2


def test_a_missing_file_fails_at_its_step(tmp_path: Path) -> None:
    """The step that copies it is the failed one, and nothing is exported."""
    build = run("s12-syntax-offline", tmp_path)[-1]

    assert build.step["label"] == "COPY missing file"
    assert build.record.exit_code == build.step["exit"] == 1
    failed = build.record.vertices[-1]
    assert failed.name in {vertex["name"] for vertex in build.step["vertexes"] if vertex["state"] == "ERROR"}
    assert failed.error is not None
    assert failed.error.endswith('": not found')


def test_record_digests_are_written_as_buildkit_writes_them(tmp_path: Path) -> None:
    """What the simulated builder exports holds BuildKit's own record digests, so that either imports the other's."""
    for build in run("s01-cold-export-then-import", tmp_path):
        for name, cache in (build.step.get("cache") or {}).items():
            recorded = {record["digest"] for record in cache["cacheconfig"]["records"]}
            assert build.records[name] == recorded, build.label
