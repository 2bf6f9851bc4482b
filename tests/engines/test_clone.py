"""What git says of a person's folder."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pytest_cicache.engines import KnownBranches, known_branches, remote_url


def git(folder: Path, *words: str) -> None:
    identity = ("-c", "user.name=n", "-c", "user.email=n@example.org")
    subprocess.run(["git", "-C", str(folder), *identity, *words], check=True, capture_output=True)


@pytest.mark.parametrize("url", ["https://github.com/o/n.git", "git@github.com:o/n.git"])
def test_remote_url(tmp_path: Path, url: str) -> None:
    """The remote of a repository's top folder, and of no other folder."""
    (tmp_path / "sub").mkdir()
    assert remote_url(tmp_path) is None
    git(tmp_path, "init", "-q")
    assert remote_url(tmp_path) is None
    git(tmp_path, "remote", "add", "origin", url)

    assert remote_url(tmp_path) == url
    assert remote_url(tmp_path / "sub") is None


def test_a_clone_knows_the_default_branch_of_its_origin(tmp_path: Path) -> None:
    """And which of the asked branches there are, at the origin or here."""
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    git(tmp_path, "init", "-q", "-b", "trunk", str(origin))
    git(origin, "commit", "-q", "--allow-empty", "-m", "Begin")
    git(origin, "branch", "master")
    git(tmp_path, "clone", "-q", str(origin), str(clone))

    assert known_branches(clone, ("main", "master")) == KnownBranches(default="trunk", names=frozenset({"master"}))
    assert known_branches(origin, ("main", "master")) == KnownBranches(names=frozenset({"master"}))
    assert known_branches(tmp_path, ("main", "master")) == KnownBranches()
