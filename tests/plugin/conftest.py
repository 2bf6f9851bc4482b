"""A small repository with one workflow, for tests of the plugin."""

from __future__ import annotations

import pytest

WORKFLOW = """\
on:
  push:
    branches: [main]
  pull_request:
permissions:
  packages: write
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: echo "hello from $GITHUB_REF_NAME"
"""


@pytest.fixture
def repository(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder with `.github/workflows/ci.yml` and embedded engines as its default."""
    folder = pytester.mkdir(".github") / "workflows"
    folder.mkdir()
    (folder / "ci.yml").write_text(WORKFLOW)
    pytester.makeini(
        "[pytest]\ncicache_builder = simulated\ncicache_registry = embedded\ncicache_repository = octo-org/app\n"
    )
    return pytester
