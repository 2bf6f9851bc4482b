"""docs/act.md names every known difference by the test that shows it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from act_differences import DIFFERENCES, IN_CONTAINERS

sys.path.pop(0)
PAGE = (Path(__file__).parents[4] / "docs" / "act.md").read_text(encoding="utf-8")
KNOWN = {**DIFFERENCES, **IN_CONTAINERS}
WORDS = [word for words in re.findall(r"`test_\w+: ([^`]+)`", PAGE) for word in words.split(" or ")]


@pytest.mark.parametrize("name", KNOWN)
def test_a_difference_is_on_the_page(name: str) -> None:
    assert any(word in name for word in WORDS)


@pytest.mark.parametrize("word", WORDS)
def test_what_the_page_names_is_known(word: str) -> None:
    assert any(word in name for name in KNOWN)
