"""What the README promises: two commands, and a test to copy that passes."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str, number: int = 0) -> str:
    """The text of one fenced block of the README."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)[number]


def test_the_finding_is_the_one_of_the_tutorial() -> None:
    """Whose commands are run."""
    lines = block("console").splitlines()[2:-3]

    assert "\n".join(lines) in (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")


def test_the_first_block_is_two_commands_that_are_there() -> None:
    """One a line: the main job on the embedded parts, and the project's tests."""
    commands = block("sh").splitlines()

    assert commands == ["scripts/sample", "scripts/test"]
    assert all(os.access(ROOT / command, os.X_OK) for command in commands)


def test_the_test_to_copy_passes_on_the_usual_repair(pytester: pytest.Pytester) -> None:
    """In the repository of the tutorial, after its last edit of each file."""
    tutorial = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    for name, text in re.findall(r'^```\w+ title="([^"]+)"\n(.*?)^```$', tutorial, re.MULTILINE | re.DOTALL):
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (pytester.path / "tests" / "test_copied.py").write_text(block("python"), encoding="utf-8")

    result = pytester.runpytest_subprocess(
        "tests/test_copied.py", "--cicache-builder=simulated", "--cicache-registry=embedded"
    )

    result.assert_outcomes(passed=1)


def test_the_test_to_copy_passes_in_the_sample(pytester: pytest.Pytester) -> None:
    """In a copy of the sample, outside of any git repository."""
    shutil.copytree(ROOT / "fixtures" / "app-build", pytester.path, dirs_exist_ok=True)
    (pytester.path / "tests" / "test_copied.py").write_text(block("python"), encoding="utf-8")

    result = pytester.runpytest_subprocess(
        "tests/test_copied.py", "--cicache-builder=simulated", "--cicache-registry=embedded"
    )

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\]\(((?!http)[^)#]+)\)", README))))
def test_every_link_leads_somewhere(name: str) -> None:
    """The files and folders the README points at are there."""
    assert (ROOT / name).exists()
