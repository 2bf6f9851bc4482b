"""The command `cicache diff`, as a user runs it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pytest_cicache.cli import main
from tests.checks.samples import ALWAYS, BUILD, HEAD, IMPORT, LOGIN, ON_MAIN

RED = f"{HEAD}{LOGIN}{BUILD}{IMPORT}          cache-to: {ALWAYS}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one commit."""
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / ".github" / "workflows" / "ci.yml").write_text(RED)
    (tmp_path / "Dockerfile").write_text("FROM debian:12\nRUN make\n")
    git = ("git", "-C", str(tmp_path), "-c", "user.name=n", "-c", "user.email=n@example.org")
    for words in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "Begin")):
        subprocess.run((*git, *words), check=True, capture_output=True)
    return tmp_path


def diff(root: Path, *arguments: str) -> int:
    return main(["diff", "--root", str(root), "--repository", "octo-org/app", *arguments])


def test_nothing_changes_without_a_change(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The base is the default branch."""
    assert diff(root, "--fail-on", "any") == 0
    assert capsys.readouterr().out == "no event makes any workflow behave otherwise\n"


@pytest.mark.parametrize(("export", "worse"), [(ON_MAIN, 0), ("", 1)])
def test_both_halves_of_a_repair_are_told(
    root: Path, capsys: pytest.CaptureFixture[str], export: str, worse: int
) -> None:
    """The fork is repaired either way; one way the default branch no longer writes."""
    (root / ".github" / "workflows" / "ci.yml").write_text(RED.replace(ALWAYS, export))

    assert diff(root, "HEAD", "--fail-on", "worse") == worse
    told = capsys.readouterr().out

    assert "A pull request from a fork no longer is denied the export to ghcr.io/octo-org/app:cache" in told
    assert ("worse: A push to the default branch no longer writes the cache" in told) is bool(worse)


def test_a_base_that_is_no_commit_is_one_line(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With status 2."""
    assert diff(root, "nowhere") == 2
    assert capsys.readouterr().err == f"cicache: 'nowhere' is no commit of the repository in {root}\n"


def test_a_folder_outside_of_git_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """There is nothing to compare with."""
    assert diff(tmp_path) == 2
    assert capsys.readouterr().err == f"cicache: {tmp_path} is no git repository, and 'HEAD' no commit of it\n"


def test_the_repository_is_the_one_around(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without `--root`, as for the other commands, also from a folder in it."""
    monkeypatch.chdir(root / ".github")

    assert main(["diff", "--repository", "octo-org/app"]) == 0
    assert capsys.readouterr().out == "no event makes any workflow behave otherwise\n"


def test_a_workflow_that_github_refuses_has_no_behaviour(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It does nothing otherwise: it is told to be broken, with status 2."""
    (root / ".github" / "workflows" / "ci.yml").write_text(RED.replace("runs-on", "run-on"))

    assert diff(root, "HEAD", "--fail-on", "worse") == 2
    told = capsys.readouterr()
    assert told.out == "no event makes any workflow behave otherwise\n"
    assert told.err == "cicache: .github/workflows/ci.yml:7:5: Unexpected value 'run-on'\n"
