"""hashFiles over a workspace."""

from __future__ import annotations

import hashlib

import pytest

from pytest_cicache.engines.runner.job._hash_files import hash_files

FILES = ("a.lock", "sub/b.lock", "sub/deep/c.lock", "sub/d.txt", ".hidden/e.lock", "odd[1].txt")


@pytest.fixture
def root(tmp_path):
    """A folder of files, each with its own path as content."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def expected(*names: str) -> str:
    digests = b"".join(hashlib.sha256(name.encode()).digest() for name in names)
    return hashlib.sha256(digests).hexdigest() if names else ""


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        pytest.param(["a.lock"], ["a.lock"], id="one file"),
        pytest.param(["./a.lock"], ["a.lock"], id="dot slash"),
        pytest.param(["*.lock"], ["a.lock"], id="star stays in its folder"),
        pytest.param(["sub/*"], ["sub/b.lock", "sub/d.txt", "sub/deep/c.lock"], id="folders take in what is below"),
        pytest.param(["sub"], ["sub/b.lock", "sub/d.txt", "sub/deep/c.lock"], id="a folder"),
        pytest.param(["**/*.lock"], ["a.lock", ".hidden/e.lock", "sub/b.lock", "sub/deep/c.lock"], id="everywhere"),
        pytest.param(["sub/?.lock"], ["sub/b.lock"], id="question mark"),
        pytest.param(["[ab].lock"], ["a.lock"], id="set"),
        pytest.param(["[!b].lock"], ["a.lock"], id="set, not"),
        pytest.param(["sub/**\n!sub/deep/**"], ["sub/b.lock", "sub/d.txt"], id="exclusion by line"),
        pytest.param(["sub/**", "!**/*.txt"], ["sub/b.lock", "sub/deep/c.lock"], id="exclusion by argument"),
        pytest.param(["--follow-symbolic-links", "a.lock"], ["a.lock"], id="option"),
        pytest.param(["# note\na.lock"], ["a.lock"], id="comment"),
        pytest.param(["nothing*"], [], id="no match"),
    ],
)
def test_patterns(root, patterns, names):
    """The hash is that of the digests of the matched files, in the order of the walk."""
    assert hash_files(root, patterns) == expected(*names)


def test_absolute_patterns(root):
    """A pattern may start with the workspace."""
    assert hash_files(root, [f"{root}/sub/*.txt"]) == expected("sub/d.txt")


def test_in_an_expression(bench):
    """`hashFiles` sees the workspace as it is when the step starts."""
    job = bench.job(
        """
        - run: printf x > a.lock
        - id: it
          run: echo "${{ hashFiles('*.lock') }}" "[${{ hashFiles('none') }}]"
        """
    )

    digest = hashlib.sha256(hashlib.sha256(b"x").digest()).hexdigest()
    assert job.step("it").log[-1] == f"{digest} []"
