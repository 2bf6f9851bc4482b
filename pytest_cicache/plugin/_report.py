"""The report of a session's runs: refused before the tests where it cannot be written, written after them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from pytest_cicache.errors import UsageError
from pytest_cicache.plugin._config import option
from pytest_cicache.reporting import ReportedTest, check_report_name, render_report


def check_report(config: pytest.Config, name: str) -> None:
    """Refuse a report of no known kind, and one that cannot be written."""
    try:
        check_report_name(name)
    except UsageError as error:
        raise pytest.UsageError(f"--cicache-report: {error}") from None
    problem = _unwritable(config.invocation_params.dir / name)
    if problem:
        raise pytest.UsageError(f"--cicache-report: '{name}' cannot be written: {problem}")


def _unwritable(path: Path) -> str | None:
    """Why a file cannot be written, as far as that can be told without writing it."""
    if path.is_dir():
        return "it is a folder"
    place = path if path.exists() else next(parent for parent in path.parents if parent.exists())
    if place != path and not place.is_dir():
        return f"{place} is no folder"
    return None if os.access(place, os.W_OK) else f"{place} is not writable"


def write_report(config: pytest.Config, tests: Sequence[ReportedTest]) -> None:
    """Write the report that the option names."""
    path = config.invocation_params.dir / option(config, "report")
    text = render_report(path.name, tests)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
