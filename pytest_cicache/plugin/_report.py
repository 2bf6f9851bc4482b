"""The report of a session's runs: refused before the tests where it cannot be written, written after them."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import pytest_cicache
from pytest_cicache.engines import head_commit
from pytest_cicache.errors import UsageError
from pytest_cicache.plugin._config import has_checks, option, repository, root
from pytest_cicache.plugin._findings import findings_in
from pytest_cicache.reporting import ReportedCheck, ReportedSession, ReportedTest, check_report_name, render_report

__all__ = ["check_report", "session_facts", "unwritable", "write_report"]


def check_report(config: pytest.Config, name: str) -> None:
    """Refuse a report of no known kind, and one that cannot be written."""
    try:
        check_report_name(name)
    except UsageError as error:
        raise pytest.UsageError(f"--cicache-report: {error}") from None
    problem = unwritable(config.invocation_params.dir / name)
    if problem:
        raise pytest.UsageError(f"--cicache-report: '{name}' cannot be written: {problem}")


def unwritable(path: Path) -> str | None:
    """Why a file cannot be written, as far as that can be told without writing it."""
    if path.is_dir():
        return "it is a folder"
    if not path.parent.is_dir():
        return f"{path.parent} is no folder" if path.parent.exists() else f"there is no folder {path.parent}"
    place = path if path.exists() else path.parent
    return None if os.access(place, os.W_OK) else f"{place} is not writable"


def session_facts(config: pytest.Config, checked: Sequence[Mapping[str, Any]]) -> ReportedSession:
    """What a report says of the session as a whole, with the results of its checks."""
    versions = {
        "pytest-cicache": pytest_cicache.__version__,
        "pytest": pytest.__version__,
        "Python": platform.python_version(),
    }
    commit = head_commit(root(config)) or ""
    return ReportedSession(
        repository=repository(config).full_name if has_checks(config) else "",
        commit=commit,
        versions=versions,
        findings=tuple(findings_in(checked)),
        checks=tuple(map(ReportedCheck.from_data, checked)) if has_checks(config) else None,
    )


def write_report(config: pytest.Config, tests: Sequence[ReportedTest], session: ReportedSession) -> None:
    """Write the report that the option names."""
    path = config.invocation_params.dir / option(config, "report")
    path.write_text(render_report(path.name, tests, session), encoding="utf-8")
