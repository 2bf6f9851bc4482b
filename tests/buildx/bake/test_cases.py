"""Bake files and command lines, with what the real `docker buildx bake` said: cases.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from pytest_cicache.buildx.bake import (
    BakeError,
    BakeFile,
    Clock,
    Surroundings,
    default_files,
    define,
    error_lines,
    parse_bake,
)
from pytest_cicache.errors import DockerfileError

CASES = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text(encoding="utf-8"))


def bake(case: Mapping[str, Any]) -> tuple[str, str]:
    """What goes to stdout and to stderr."""
    environment = case.get("environment", {})
    known = {*case["files"], *case.get("others", ())}
    clock = Clock(now=datetime(2026, 1, 1, tzinfo=UTC), unique="", home="/root")
    files: list[BakeFile] = []
    try:
        command = parse_bake(case["words"], environment=environment)
        names = command.files or [name for name in default_files() if name in case["files"]]
        bare = [name.removeprefix("cwd://") for name in names]
        files += [BakeFile(name, case["files"][name]) for name in bare]
        surroundings = Surroundings(environment=environment, clock=clock, exists=known.__contains__)
        return f"{define(command, files, surroundings).text}\n", ""
    except BakeError as error:
        return "", "\n".join(error_lines(error, files))
    except DockerfileError as error:
        return "", error.printed


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_as_the_real_command(case: Mapping[str, Any]) -> None:
    """Its output where it succeeds, its words where it does not."""
    stdout, stderr = bake(case)

    assert stdout == case.get("stdout", "")
    assert stderr.strip() == case.get("stderr", "").strip()
