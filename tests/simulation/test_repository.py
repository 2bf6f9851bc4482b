"""Which folder a repository is, and whose name it has."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pytest_cicache.simulation import find_root, name_origin, repository_of


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)


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
    ("branch", "remote_head", "default"),
    [("main", "", "main"), ("master", "", "master"), ("topic", "", "main"), ("main", "develop", "develop")],
    ids=["main", "master", "neither", "remote"],
)
def test_the_default_branch_is_what_git_knows(tmp_path: Path, branch: str, remote_head: str, default: str):
    """A clone records its remote's; `octo/app` is one of a person's own making."""
    git(tmp_path, "init", "-q", "-b", branch)
    git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "Begin")
    if remote_head:
        git(tmp_path, "symbolic-ref", "refs/remotes/origin/HEAD", f"refs/remotes/origin/{remote_head}")

    assert repository_of(tmp_path, "octo/app").default_branch == default
    assert repository_of(tmp_path, "octo/app", default_branch="trunk").default_branch == "trunk"
