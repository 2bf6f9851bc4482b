"""Where the folders of jobs are."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pytest_cicache.engines import DockerServer, LoopThread, _scratch, choose_runner
from tests.engines.runner.conftest import Bench


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is known of memory")
@pytest.mark.parametrize(("plenty", "place"), [(0, "memory"), (1 << 62, "disk")])
def test_jobs_are_in_memory_while_that_has_room(
    plenty: int, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loop: LoopThread, server: DockerServer
) -> None:
    """Without room there they are on disk; from neither they leave anything."""
    monkeypatch.setattr(_scratch, "_PLENTY", plenty)
    folders = {name: tmp_path / name for name in ("disk", "memory")}
    for folder in folders.values():
        folder.mkdir()
    runner = choose_runner("inprocess", folders["disk"], loop=loop, server=server, memory=folders["memory"])

    step = Bench(runner, tmp_path).step('echo "root=$GITHUB_WORKSPACE" >> "$GITHUB_OUTPUT"')

    assert Path(step.outputs["root"]).is_relative_to(folders[place])
    runner.close()
    assert not any(path.name.startswith("job-") for folder in folders.values() for path in folder.iterdir())
