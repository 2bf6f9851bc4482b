"""The sample repositories hold what their own tests say, on the parts that pytest-cicache brings along."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = sorted(file.parent for file in (Path(__file__).parents[1] / "fixtures").glob("*/pytest.ini"))


@pytest.mark.parametrize("runner", ["inprocess", pytest.param("act", marks=pytest.mark.act)])
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_sample_passes(sample: Path, runner: str) -> None:
    """A person who copies the sample sees it pass, with each runner."""
    engines = (f"--cicache-runner={runner}", "--cicache-builder=simulated", "--cicache-registry=embedded")
    command = [sys.executable, "-m", "pytest", str(sample), *engines, "-p", "no:cacheprovider", "-q"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)

    assert ended.returncode == 0, ended.stdout[-3000:]
