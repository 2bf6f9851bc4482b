"""Loads pytester and decides what a test that needs Docker or act does where there is none."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Generator
from functools import lru_cache, partial

import pytest
from hypothesis import settings

pytest_plugins = ["pytester"]
# How long an example takes says more about the machine than about the code.
settings.register_profile("timeless", deadline=None)
settings.load_profile("timeless")


@lru_cache
def _missing_images(*images: str) -> str | None:
    """Why no Docker engine here has these images, or `None` when one does."""
    try:
        done = subprocess.run(  # noqa: S603
            ["docker", "image", "inspect", *images, "--format", "{{.Id}}"],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"docker: {error}"
    return None if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


def _missing_act() -> str | None:
    """Why tests with act cannot run here, or `None` when they can."""
    from pytest_cicache.engines.runner.act import find_act
    from pytest_cicache.errors import EngineUnavailableError

    try:
        find_act()
    except EngineUnavailableError as error:
        return str(error)
    return None


# What a test may need, by its marker: what that is, and who says why it is not there.
_ENGINES = {
    "docker": (
        "Docker with registry:2 and BuildKit",
        partial(_missing_images, "registry:2", "moby/buildkit:buildx-stable-1"),
    ),
    "image": ("Docker with an image for steps", partial(_missing_images, "cicache-steps:local")),
    "act": ("act", _missing_act),
}


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, or fail where engines are required, a test whose engine cannot run."""
    for name, (what, why_not) in _ENGINES.items():
        reason = why_not() if item.get_closest_marker(name) is not None else None
        if reason is not None and os.environ.get("CICACHE_REQUIRE_ENGINES") == "1":
            pytest.fail(f"an engine is required here, and cannot run: {reason}")
        if reason is not None:
            pytest.skip(f"needs {what}: {reason}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where engines are required, turn a test of one that skipped itself into a failure."""
    report = yield
    is_required = os.environ.get("CICACHE_REQUIRE_ENGINES") == "1" and any(map(item.get_closest_marker, _ENGINES))
    if is_required and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"an engine test skipped where engines are required: {report.longrepr}"
    return report
