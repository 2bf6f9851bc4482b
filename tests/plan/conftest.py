"""How the tests of this folder read files."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent
from typing import Any

import pytest

from pytest_cicache.workflow import Workflow, read_workflow


@pytest.fixture
def read() -> Callable[..., Workflow]:
    """Reads a file called `w.yml`."""

    def call(source: str, **options: Any) -> Workflow:
        return read_workflow(dedent(source), path="w.yml", **options)

    return call
