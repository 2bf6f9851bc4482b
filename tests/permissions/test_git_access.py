"""Who may fetch and push with git."""

from __future__ import annotations

import pytest

from pytest_cicache.permissions import AccessLevel, GitCredential, GitService, git_refusal

NONE, READ, WRITE = AccessLevel.NONE, AccessLevel.READ, AccessLevel.WRITE
FETCH, PUSH = GitService.FETCH, GitService.PUSH
NOT_FOUND = ("remote: Repository not found.", "fatal: repository 'https://github.com/o/r/' not found")
FORBIDDEN = (
    "remote: Permission to o/r.git denied to github-actions[bot].",
    "fatal: unable to access 'https://github.com/o/r/': The requested URL returned error: 403",
)
NO_NAME = ("fatal: could not read Username for 'https://github.com': terminal prompts disabled",)


@pytest.mark.parametrize(
    ("service", "is_public", "credential", "contents", "refusal"),
    [
        pytest.param(FETCH, True, "none", NONE, (), id="anybody reads what is public"),
        pytest.param(FETCH, True, "token", NONE, (), id="a token without contents too"),
        pytest.param(FETCH, False, "token", NONE, NOT_FOUND, id="what is private is not there for it"),
        pytest.param(FETCH, False, "token", READ, (), id="with contents it is"),
        pytest.param(FETCH, False, "none", WRITE, NO_NAME, id="what git does not present does not count"),
        pytest.param(PUSH, True, "none", WRITE, NO_NAME, id="nobody pushes without a name"),
        pytest.param(PUSH, True, "token", READ, FORBIDDEN, id="reading is not writing"),
        pytest.param(PUSH, True, "token", NONE, FORBIDDEN, id="nor is nothing"),
        pytest.param(PUSH, False, "token", NONE, NOT_FOUND, id="what is not there cannot be written"),
        pytest.param(PUSH, False, "token", WRITE, (), id="contents: write"),
        pytest.param(PUSH, False, "account", NONE, (), id="a personal access token has rights of its own"),
        pytest.param(FETCH, False, "key", NONE, (), id="a key reads"),
        pytest.param(PUSH, False, "key", WRITE, (), id="and writes what the token may"),
    ],
)
def test_who_may(service, is_public, credential, contents, refusal):
    """The table of git's two services."""
    kind = GitCredential(credential)

    assert git_refusal(service, "o/r", is_public=is_public, credential=kind, contents=contents) == refusal


def test_a_key_that_may_only_read_is_refused_as_a_deploy_key():
    """Git over ssh has words of its own."""
    lines = git_refusal(PUSH, "o/r", is_public=True, credential=GitCredential.KEY, contents=READ)

    assert lines[:2] == (
        "ERROR: Permission to o/r.git denied to deploy key",
        "fatal: Could not read from remote repository.",
    )


def test_a_wrong_password_is_refused_even_for_what_is_public():
    """As github.com answers 401."""
    lines = git_refusal(FETCH, "o/r", is_public=True, credential=GitCredential.WRONG, contents=WRITE)

    assert lines[-1] == "fatal: Authentication failed for 'https://github.com/o/r/'"
