"""Loads pytester and decides what a test that needs Docker does where there is none."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Generator
from functools import lru_cache

import pytest
from hypothesis import settings

pytest_plugins = ["pytester"]
# How long an example takes says more about the machine than about the code.
settings.register_profile("timeless", deadline=None)
settings.load_profile("timeless")


@lru_cache
def _missing_engine() -> str | None:
    """Why Docker tests cannot run here, or `None` when they can."""
    images = ("registry:2", "moby/buildkit:buildx-stable-1")
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


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, or fail where engines are required, a Docker test that cannot run."""
    if item.get_closest_marker("docker") is None:
        return
    reason = _missing_engine()
    if reason is None:
        return
    if os.environ.get("CICACHE_REQUIRE_ENGINES") == "1":
        pytest.fail(f"an engine is required here, and cannot run: {reason}")
    pytest.skip(f"needs Docker with registry:2 and BuildKit: {reason}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where engines are required, turn a Docker test that skipped itself into a failure."""
    report = yield
    is_required = os.environ.get("CICACHE_REQUIRE_ENGINES") == "1" and item.get_closest_marker("docker")
    if is_required and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"an engine test skipped where engines are required: {report.longrepr}"
    return report
