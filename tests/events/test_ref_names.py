"""Names of branches and tags, as `git check-ref-format` judges them."""

from __future__ import annotations

import subprocess

import pytest

from pytest_cicache.events._ref_names import is_ref_name

TAKEN = (
    "main feature/x v1.2.3 a@b @a a{b ü/ñ x.locked a]b a/-b 1 #1 @ dependabot/npm/x-1.0 gh-readonly-queue/main/pr-7-abc"
)
REFUSED = r".hidden a/.b a.lock a.lock/b a..b a. a/ /a a//b a@{b a~b a^b a:b a?b a*b a[b a\b -a"


@pytest.mark.parametrize("name", [*TAKEN.split(), *REFUSED.split(), "a b", "a\tb", "a\x7fb", ""])
def test_as_git_says(name: str) -> None:
    """Asked of git itself."""
    asked = subprocess.run(["git", "check-ref-format", "--branch", name], capture_output=True, check=False)

    assert is_ref_name(name) is (asked.returncode == 0) is (name in TAKEN.split())
