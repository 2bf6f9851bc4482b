"""Small repositories, and what the checks find in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_cicache.checks import Finding
from pytest_cicache.events import Repository
from pytest_cicache.simulation import EngineNames, Engines
from pytest_cicache.survey import Survey

DOCKERFILE = "FROM debian:12\nCOPY requirements.txt /\nRUN pip install -r /requirements.txt\nCOPY src /src\nRUN make\n"
FILES = {"Dockerfile": DOCKERFILE, "requirements.txt": "a\n", "src/main.py": "print()\n"}

Surveyed = Callable[..., Survey]


@pytest.fixture(scope="session")
def engines() -> Iterator[Engines]:
    """The embedded engines, started once."""
    with Engines(EngineNames(builder="simulated", registry="embedded")) as started:
        yield started


@pytest.fixture
def surveyed(engines: Engines, tmp_path: Path) -> Surveyed:
    """Make a repository `octo-org/app` of files, workflows by their bare names, and survey it."""

    def make(files: dict[str, str], folder: Path | None = None) -> Survey:
        for name, text in {**FILES, **files}.items():
            path = tmp_path / (f".github/workflows/{name}" if name.endswith(".yml") and "/" not in name else name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return Survey(tmp_path, Repository(owner="octo-org", name="app"), lambda: engines, folder=folder)

    return make


def told(findings: Iterator[Finding]) -> list[str]:
    """Findings as `check file:line`, for a comparison."""
    return [f"{each.check} {each.path.rpartition('/')[2]}:{each.line}" for each in findings]
