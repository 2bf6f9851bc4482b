"""The bench with act alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_cicache.engines import DockerServer, LoopThread, Runner, choose_runner


@pytest.fixture(scope="session")
def runner(loop: LoopThread, server: DockerServer, session_folder: Path) -> Iterator[Runner]:
    """A runner in a folder of its own."""
    folder = session_folder / "act-alone"
    folder.mkdir()
    made = choose_runner("act", folder, loop=loop, server=server)
    yield made
    made.close()
