"""The behaviour of a repository's workflows on file: recorded once, compared in each run, read in a review."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_cicache.checks import Conduct
from pytest_cicache.errors import UsageError

__all__ = ["read_baseline", "write_baseline"]

_VERSION = "pytest-cicache/baseline/1"


def read_baseline(file: Path) -> Mapping[str, Conduct]:
    """The conduct of each workflow in a baseline, by path; raises UsageError for a file that is none."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"there is no baseline '{file}'; --cicache-update-baseline writes it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the baseline '{file}' cannot be read: {error}") from error
    except json.JSONDecodeError as error:
        raise UsageError(f"{file}:{error.lineno}:{error.colno}: the baseline is no JSON: {error.msg}") from error
    version = data.get("version") if isinstance(data, dict) else None
    if version != _VERSION:
        raise UsageError(f"the baseline '{file}' is of version '{version}', not '{_VERSION}'; write it anew")
    workflows = data.get("workflows")
    if not _is_conducts(workflows):
        raise UsageError(f"the baseline '{file}' does not hold the behaviour of workflows; write it anew")
    return dict(workflows)


def _is_conducts(data: Any) -> bool:
    """Whether it is the conduct of workflows: a text by workflow, case and subject."""
    if not isinstance(data, dict) or not all(isinstance(conduct, dict) for conduct in data.values()):
        return False
    told = [case for conduct in data.values() for case in conduct.values()]
    return all(isinstance(case, dict) and all(isinstance(each, str) for each in case.values()) for case in told)


def write_baseline(file: Path, workflows: Mapping[str, Conduct]) -> None:
    """Write a baseline, sorted, whole or not at all; raises UsageError where that cannot be."""
    data = {"version": _VERSION, "workflows": workflows}
    text = json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    part = file.with_name(f"{file.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UsageError(f"the baseline '{file}' cannot be written: {error.strerror}") from error
