"""Which folder a repository is, and whose name it has."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pytest_cicache.simulation import find_root, name_origin, repository_of


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)


def commit(folder: Path, branch: str) -> None:
    """Make a repository of one commit."""
    folder.mkdir(exist_ok=True)
    git(folder, "init", "-q", "-b", branch)
    git(folder, "-c", "user.name=n", "-c", "user.email=n@example.org", "commit", "-q", "--allow-empty", "-m", "Begin")


def test_a_folder_with_workflows_is_the_repository(tmp_path: Path):
    """Also inside another one, as a sample is."""
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    inner = tmp_path / "sample"
    (inner / ".github" / "workflows").mkdir(parents=True)

    assert find_root(inner) == inner
    assert find_root(tmp_path) == tmp_path


def test_a_part_belongs_to_the_git_repository_around_it(tmp_path: Path):
    """If that has workflows."""
    (tmp_path / ".git").mkdir()
    part = tmp_path / "a" / "b"
    part.mkdir(parents=True)

    assert find_root(part) == part
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    assert find_root(part) == tmp_path


@pytest.mark.parametrize(
    ("remotes", "told"),
    [
        ({}, "after its folder, since it has no remote origin"),
        (
            {"origin": "https://example.com/a/b.git"},
            "after its folder, since its remote origin is not on GitHub: https://example.com/a/b.git",
        ),
        ({"origin": "git@github.com:me/app.git"}, "by its remote origin"),
        (
            {"origin": "git@github.com:me/app.git", "upstream": "https://github.com/them/app"},
            "by its remote origin; a clone of a fork, whose upstream is https://github.com/them/app",
        ),
    ],
    ids=["no-remote", "elsewhere", "github", "fork"],
)
def test_where_the_name_comes_from(tmp_path: Path, remotes: dict[str, str], told: str):
    """A clone of one's own fork is another repository than the one it came from."""
    git(tmp_path, "init", "-q")
    for name, url in remotes.items():
        git(tmp_path, "remote", "add", name, url)

    assert name_origin(tmp_path) == told
    assert name_origin(tmp_path, "o/r") == "as given"


@pytest.mark.parametrize(
    ("branch", "filters", "default"),
    [
        pytest.param("main", "", "main", id="nothing-said"),
        pytest.param("master", "", "master", id="there"),
        pytest.param("trunk", "", "main", id="unusual"),
        pytest.param("trunk", "push: {branches: [master]}", "master", id="filter"),
        pytest.param("master", "push: {branches: [main]}", "main", id="filter-before-branch"),
        pytest.param("master", "push: {branches: [main, master]}", "master", id="both-in-filters"),
        pytest.param("master", "push: {branches: ['ma*']}", "master", id="pattern"),
    ],
)
def test_a_default_branch_is_guessed_by_filters_and_branches(tmp_path: Path, branch: str, filters: str, default: str):
    """Where no origin tells it: a workflow names the branch that it is for."""
    commit(tmp_path, branch)
    workflow = tmp_path / ".github" / "workflows" / "ci.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(f"on: {{{filters or 'push: '}}}\njobs: {{a: {{runs-on: x, steps: [{{run: a}}]}}}}\n")
    workflow.with_name("broken.yml").write_text("on: [")

    assert repository_of(tmp_path).default_branch == default


def test_a_clone_has_the_default_branch_of_its_origin(tmp_path: Path):
    """Whatever is checked out; what is given holds all the same."""
    commit(tmp_path / "origin", "develop")
    git(tmp_path, "clone", "-q", str(tmp_path / "origin"), str(tmp_path / "clone"))
    git(tmp_path / "clone", "checkout", "-q", "-b", "main")

    assert repository_of(tmp_path / "clone").default_branch == "develop"
    assert repository_of(tmp_path / "clone", default_branch="main").default_branch == "main"


def test_github_actions_knows_the_default_branch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Of the repository that it runs for: a checkout there has no other trace of it."""
    event = tmp_path / "event.json"
    event.write_text('{"repository": {"default_branch": "develop"}}')
    monkeypatch.setenv("GITHUB_REPOSITORY", "Octo-Org/app")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))

    assert repository_of(tmp_path, "octo-org/app").default_branch == "develop"
    assert repository_of(tmp_path, "octo-org/other").default_branch == "main"
    event.write_text("{}")
    assert repository_of(tmp_path, "octo-org/app").default_branch == "main"
