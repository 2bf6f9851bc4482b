"""The simulated repository as far as GitHub's rules ask about it: owner, settings, secrets, variables."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_cicache.errors import UsageError
from pytest_cicache.events._ref_names import is_ref_name

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DeploymentEnvironment", "Repository", "RepositorySettings"]

_CHOICES = {
    "visibility": ("internal", "private", "public"),
    "owner_type": ("Organization", "User"),
    "default_permissions": ("read", "write"),
}
_POLICIES = ("all_external_contributors", "first_time_contributors", "first_time_contributors_new_to_github")
_NAME = re.compile(r"[A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositorySettings:
    """Switches of a repository, and of rules that no public source settles; each with GitHub's default.

    `fork_workflows`, `fork_write_tokens`, `fork_secrets`, `fork_approval`: the four switches of a private
    repository for pull requests from forks. `approval_policy`: whose fork pull requests wait for approval
    in a public one; `contributors`: who has a merged contribution; `collaborators`: who may push.
    `protected_branches`: names for `github.ref_protected`. `block_pull_request_target`: whether a policy
    refuses that event (the enforcement date of GitHub's default is unsettled, so it is off and a notice
    says so). `target_ref_is_base`: GHES before 3.20, where pull_request_target runs on the base branch.
    `qualified_merged_ref`: whether `github.ref` of a merged pull request is `refs/heads/main` or `main`.
    `tag_cache_prefix`: how the service spells the cache scope of a tag (`refs/heads/refs/tags/` was seen).
    `fork_variables`, `dependabot_variables`: whether such runs see `vars`; threads say that they do not.
    """

    fork_workflows: bool = False
    fork_write_tokens: bool = False
    fork_secrets: bool = False
    fork_approval: bool = False
    approval_policy: str = "first_time_contributors"
    contributors: frozenset[str] = frozenset()
    collaborators: frozenset[str] = frozenset()
    protected_branches: frozenset[str] = frozenset()
    block_pull_request_target: bool = False
    target_ref_is_base: bool = False
    qualified_merged_ref: bool = True
    tag_cache_prefix: str = "refs/tags/"
    fork_variables: bool = False
    dependabot_variables: bool = False

    def __post_init__(self) -> None:
        if self.approval_policy not in _POLICIES:
            raise UsageError(f"approval_policy takes {', '.join(_POLICIES)}, not {self.approval_policy!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentEnvironment:
    """A deployment environment of a repository with its own secrets and variables."""

    secrets: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository on GitHub; `owner/name` keep their case, as `github.repository` does.

    `default_permissions` is the repository's default for workflow tokens: `read` (restricted) or `write`.
    `is_fork` says that it is itself a fork of another repository.
    """

    owner: str
    name: str
    default_branch: str = "main"
    visibility: str = "public"
    owner_type: str = "Organization"
    default_permissions: str = "read"
    is_fork: bool = False
    settings: RepositorySettings = field(default_factory=RepositorySettings)
    secrets: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    dependabot_secrets: Mapping[str, str] = field(default_factory=dict)
    environments: Mapping[str, DeploymentEnvironment] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for what in ("owner", "name"):
            if not _NAME.fullmatch(getattr(self, what)):
                raise UsageError(f"a repository is owner/name, not {self.full_name!r}")
        for what, allowed in _CHOICES.items():
            if getattr(self, what) not in allowed:
                raise UsageError(f"{what} takes {', '.join(allowed)}, not {getattr(self, what)!r}")
        if not is_ref_name(self.default_branch):
            raise UsageError(f"default_branch takes the name of a branch, not {self.default_branch!r}")

    @classmethod
    def parse(cls, full_name: str) -> Repository:
        """Make a public repository with default settings from `owner/name`."""
        owner, slash, name = full_name.partition("/")
        if not slash or "/" in name:
            raise UsageError(f"a repository is owner/name, not {full_name!r}")
        return cls(owner=owner, name=name)

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"

    @property
    def is_public(self) -> bool:
        """Whether everyone can read it."""
        return self.visibility == "public"
