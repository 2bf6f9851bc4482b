"""Who may fetch from a repository and push to it with git, and in which words github.com refuses.

https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps (contents) and
https://docs.github.com/en/repositories/creating-and-managing-repositories/troubleshooting-cloning-errors
"""

from __future__ import annotations

from enum import StrEnum

from pytest_cicache.permissions._levels import AccessLevel

__all__ = ["GitCredential", "GitService", "git_refusal"]


class GitService(StrEnum):
    """What git asks a remote for: to fetch and list, or to push."""

    FETCH = "git-upload-pack"
    PUSH = "git-receive-pack"


class GitCredential(StrEnum):
    """What git presents: nothing, the job's token, another secret or a key, which may do everything, or a wrong one."""

    NONE = "none"
    TOKEN = "token"  # noqa: S105 - a kind, no secret
    ACCOUNT = "account"
    KEY = "key"
    WRONG = "wrong"


def git_refusal(
    service: GitService, repository: str, *, is_public: bool, credential: GitCredential, contents: AccessLevel
) -> tuple[str, ...]:
    """What git prints when it is refused, and nothing when it is not.

    `repository` is `owner/name`, `contents` the level of the job's token. A key without a secret behind it is taken
    for one that may do what the token may, and read.
    """
    url = f"https://github.com/{repository}/"
    if credential is GitCredential.ACCOUNT:
        return ()
    if credential is GitCredential.WRONG:
        return (
            "remote: Invalid username or token. Password authentication is not supported for Git operations.",
            f"fatal: Authentication failed for '{url}'",
        )
    reads = is_public or credential is GitCredential.KEY
    if credential is GitCredential.NONE and not (reads and service is GitService.FETCH):
        return ("fatal: could not read Username for 'https://github.com': terminal prompts disabled",)
    if not reads and contents is AccessLevel.NONE:
        return ("remote: Repository not found.", f"fatal: repository '{url}' not found")
    if service is GitService.FETCH or contents is AccessLevel.WRITE:
        return ()
    if credential is GitCredential.KEY:
        return (
            f"ERROR: Permission to {repository}.git denied to deploy key",
            "fatal: Could not read from remote repository.",
            "",
            "Please make sure you have the correct access rights",
            "and the repository exists.",
        )
    return (
        f"remote: Permission to {repository}.git denied to github-actions[bot].",
        f"fatal: unable to access '{url}': The requested URL returned error: 403",
    )
