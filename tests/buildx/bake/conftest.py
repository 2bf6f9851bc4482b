"""A bake call without a disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from pytest_cicache.buildx.bake import BakeDefinition, BakeFile, Clock, Surroundings, define, parse_bake

Bake = Callable[..., BakeDefinition]


@pytest.fixture
def bake() -> Bake:
    """`bake({"docker-bake.hcl": text}, "--print", "app", environment={...})`."""

    def run(
        files: Mapping[str, str] | str,
        *words: str,
        environment: Mapping[str, str] | None = None,
        dotenv: str = "",
        others: Mapping[str, str] | None = None,
    ) -> BakeDefinition:
        named = {"docker-bake.hcl": files} if isinstance(files, str) else files
        known = {**named, **(others or {})}
        clock = Clock(now=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), unique="11111111-2222", home="/home/runner")
        surroundings = Surroundings(
            environment=environment or {},
            clock=clock,
            dotenv=dotenv,
            read=known.get,
            exists=known.__contains__,
        )
        command = parse_bake(words, environment=environment or {})
        return define(command, [BakeFile(name, text) for name, text in named.items()], surroundings)

    return run


@pytest.fixture
def printed(bake: Bake) -> Callable[..., Any]:
    """What `--print` says, read."""

    def run(files: Mapping[str, str] | str, *words: str, **more: Any) -> Any:
        found = bake(files, "--print", *words, **more).text
        assert found is not None
        return json.loads(found)

    return run
