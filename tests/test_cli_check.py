"""The command `cicache check`, as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_cicache.checks import CHECKS
from pytest_cicache.cli import main
from tests.checks.samples import ALWAYS, BUILD, HEAD, IMPORT, LOGIN, SOUND


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository whose forks are red."""
    folder = tmp_path / "app" / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_text(f"{HEAD}{LOGIN}{BUILD}{IMPORT}          cache-to: {ALWAYS}\n")
    (tmp_path / "app" / "Dockerfile").write_text("FROM debian:12\nRUN make\n")
    return tmp_path / "app"


def check(root: Path, *arguments: str) -> int:
    return main(["check", "--root", str(root), "--repository", "octo-org/app", *arguments])


def test_an_error_is_told_with_its_line_and_ends_with_1(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The line to change, in the file's words."""
    assert check(root) == 1
    told = capsys.readouterr().out.splitlines()

    assert told[0].startswith(
        ".github/workflows/ci.yml:17:21: error[fork-pr-export]: A pull request from a fork fails "
    )
    assert told[1] == f"    cache-to: {ALWAYS}"
    assert told[-1] == "1 error in 1 workflow with an image cache"


def test_a_sound_repository_ends_with_0(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And says that it looked."""
    (root / ".github" / "workflows" / "ci.yml").write_text(SOUND)

    assert check(root, "ci.yml") == 0
    assert capsys.readouterr().out == "nothing found in 1 workflow with an image cache\n"


def test_an_empty_repository_has_nothing_to_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No workflow is no error."""
    assert check(tmp_path) == 0
    assert capsys.readouterr().out == "nothing found in 0 workflows with an image cache\n"


def test_the_checks_are_listed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each with what it finds."""
    assert check(root, "--list") == 0
    told = capsys.readouterr().out.splitlines()

    assert [line.split()[0] for line in told] == list(CHECKS)
    assert all(check.what in line for check, line in zip(CHECKS.values(), told, strict=True))


def test_json_is_one_object(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For other tools."""
    assert check(root, "--format", "json") == 1
    told = json.loads(capsys.readouterr().out)

    assert [(each["check"], each["line"]) for each in told["findings"]] == [("fork-pr-export", 17)]


def test_an_ignored_finding_is_left_and_an_unused_ignore_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The comment stands behind the line."""
    file = root / ".github" / "workflows" / "ci.yml"
    file.write_text(
        f"{file.read_text().rstrip()}  # cicache: ignore[fork-pr-export] no forks\n# cicache: ignore[min-mode] old\n"
    )

    assert check(root) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith(".github/workflows/ci.yml:18:1: note[unused-ignore]: The ignore of 'min-mode' ")
    assert told[-1] == "1 note in 1 workflow with an image cache"


def test_a_broken_workflow_that_names_no_image_is_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As `cicache plan` does: what it would do nobody knows. The others are checked all the same."""
    (root / ".github" / "workflows" / "lint.yml").write_text("on: push\n  jobs:\n")

    assert check(root) == 2
    told = capsys.readouterr()
    assert "error[fork-pr-export]" in told.out
    assert ".github/workflows/lint.yml:2:7: error[not-simulated]: GitHub refuses the workflow: " in told.out
    assert told.out.splitlines()[-1] == "2 errors in 2 workflows with an image cache or not simulated"
    assert told.err.startswith("cicache: .github/workflows/lint.yml:2:7: You have an error in your yaml syntax")


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        ("on: push # cicache: ignore[min-mode]\n", (), "ci.yml:1:10: the ignore of 'min-mode' has no reason"),
        ("on: push # cicache: ignore[no] x\n", (), "ci.yml:1:10: there is no check 'no'"),
        ("on: push\n", ("cj.yml",), "no workflow 'cj.yml'"),
        ("on: push\njobs: {build: {docker build: 1}}\n", (), "ci.yml:2:"),
    ],
)
def test_bad_input_is_one_line(
    root: Path, capsys: pytest.CaptureFixture[str], text: str, arguments: tuple[str, ...], message: str
) -> None:
    """What and where, with status 2."""
    (root / ".github" / "workflows" / "ci.yml").write_text(text)

    assert check(root, *arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("cicache: ")
    assert message in line
