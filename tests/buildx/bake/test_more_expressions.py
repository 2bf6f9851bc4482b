"""Expressions of bake files at their edges, with what the real command said of them: expressions.yaml."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from pytest_cicache.buildx.bake import BakeError

CASES = yaml.safe_load((Path(__file__).parent / "expressions.yaml").read_text(encoding="utf-8"))
# What builds with an older go-cty leave out of their words.
_HAVE = re.compile(r", but have \w+")


@pytest.mark.parametrize("case", [pytest.param(case, id=case["expression"]) for case in CASES])
def test_as_the_real_command(printed: Callable[..., Any], case: Mapping[str, str]) -> None:
    """Its value, or its words."""
    text = f'target "default" {{\n  args = {{ v = jsonencode({case["expression"]}) }}\n}}\n'

    try:
        value, words = printed(text)["target"]["default"]["args"]["v"], None
    except BakeError as error:
        value, words = None, _HAVE.sub("", error.printed)

    assert (value, words) == (case.get("value"), case.get("words"))
