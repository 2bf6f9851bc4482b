"""Deliveries: what is known before any file is read, and what holds a run back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_cicache import events
from pytest_cicache.errors import UsageError
from pytest_cicache.events import Delivery, DeploymentEnvironment, Repository, RepositorySettings

if TYPE_CHECKING:
    from collections.abc import Callable

KNOWN = RepositorySettings(contributors=frozenset({"contributor"}))
STRICT = RepositorySettings(approval_policy="all_external_contributors", contributors=frozenset({"contributor"}))
COLLABORATOR = RepositorySettings(approval_policy="all_external_contributors", collaborators=frozenset({"contributor"}))


def test_a_fork_is_another_repository(receive: Callable[..., Delivery]) -> None:
    """A fork_pr from the repository itself would have its rights; the error names both."""
    wrong = "its head repository 'OCTO-ORG/app' is the repository itself, 'Octo-Org/App'; give another head_repository"
    with pytest.raises(UsageError, match=wrong):
        receive("fork_pr:head_repository=OCTO-ORG/app")
    with pytest.raises(UsageError, match="'octo-org/App' is the repository itself, 'Octo-Org/App'"):
        receive("fork_pr:actor=octo-org")


@pytest.mark.parametrize(
    ("event", "fork", "author", "head"),
    [
        pytest.param("pr", False, "maintainer", "Octo-Org/App", id="pr"),
        pytest.param("fork_pr", True, "contributor", "contributor/App", id="fork_pr"),
        pytest.param("fork_pr:actor=ann", True, "ann", "ann/App", id="fork-of-actor"),
        pytest.param(
            "fork_pr:actor=maintainer,head_repository=ann/x", True, "ann", "ann/x", id="labeled-by-maintainer"
        ),
        pytest.param("pull_request:head_repository=OCTO-ORG/APP", False, "maintainer", "Octo-Org/App", id="itself"),
        pytest.param("pr_target", True, "contributor", "contributor/App", id="pr_target"),
        pytest.param("workflow_run", True, "contributor", "contributor/App", id="workflow_run"),
        pytest.param("push", False, "maintainer", "Octo-Org/App", id="push"),
    ],
)
def test_fork_is_told_by_comparing_full_names(
    receive: Callable[..., Delivery], event: str, fork: bool, author: str, head: str
) -> None:
    """An event is a fork's when its head is in another repository; names ignore case."""
    delivery = receive(event)

    assert (delivery.is_fork, delivery.author, delivery.head_repository) == (fork, author, head)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        pytest.param("dependabot_pr", True, id="its-pull-request"),
        pytest.param("pr", False, id="a-person's"),
        pytest.param("push:actor=dependabot[bot]", True, id="its-push"),
        pytest.param("pull_request_target:actor=dependabot[bot]", True, id="DT-target"),
        pytest.param("pr_target", False, id="target-of-a-person"),
    ],
)
def test_dependabot_is_told_by_actor_or_author(receive: Callable[..., Delivery], event: str, expected: bool) -> None:
    """Dependabot is the actor, or the author of what pull_request_target is about [DPB][DT]."""
    assert receive(event).is_dependabot is expected


def test_event_may_override_commit_run_and_files(receive: Callable[..., Delivery]) -> None:
    """Parameters of the event win over what the caller knows."""
    delivery = receive(f"push:sha={'e' * 40},run_id=9,run_number=3,changed_files=x", changed=("a",))

    assert (delivery.sha, delivery.run_id, delivery.run_number) == ("e" * 40, 9, 3)
    assert delivery.changed_files == ("x",)


def test_defaults_come_from_the_caller(receive: Callable[..., Delivery]) -> None:
    """Without parameters the delivery has the caller's run, and the commits' files."""
    delivery = receive("push", changed=("a",))

    assert (delivery.run_id, delivery.run_number, delivery.run_attempt) == (4_000_000_001, 12, 1)
    assert delivery.changed_files == ("a",)
    assert (delivery.actor, delivery.triggering_actor) == ("maintainer", "maintainer")


def test_with_parameters_keeps_the_rest(receive: Callable[..., Delivery]) -> None:
    """The same run of a changed event keeps its commits, moment and numbers."""
    delivery = receive("schedule").with_parameters(schedule="1 2 * * *")

    assert delivery.payload["schedule"] == "1 2 * * *"
    assert delivery.run_id == 4_000_000_001


def test_repr_says_what_and_where(receive: Callable[..., Delivery]) -> None:
    """The repr is one line."""
    assert repr(receive("pr")) == ("<Delivery pr: pull_request opened at refs/pull/7/merge of Octo-Org/App>")
    assert repr(receive("push")) == "<Delivery push: push at refs/heads/feature of Octo-Org/App>"
    assert repr(receive(f"deployment:sha={'e' * 40}")) == "<Delivery deployment: deployment at eeeeeee of Octo-Org/App>"


APPROVAL = [
    pytest.param("fork_pr", None, "public", "contributor is a first-time contributor", id="PF-default"),
    pytest.param("fork_pr", KNOWN, "public", None, id="PF-known-contributor"),
    pytest.param("fork_pr", STRICT, "public", "contributor is no collaborator", id="PF-all-external"),
    pytest.param("fork_pr", COLLABORATOR, "public", None, id="PF-collaborator"),
    pytest.param("fork_pr:actor=bob,head_repository=contributor/App", KNOWN, "public", "first-time", id="PF-actor"),
    pytest.param("pr", None, "public", None, id="PF-same-repository"),
    pytest.param("pr_target", STRICT, "public", None, id="PF-target-is-never-held"),
    pytest.param("workflow_run", STRICT, "public", None, id="PF-workflow_run-is-never-held"),
    pytest.param("fork_pr", None, "private", None, id="PV-private-default"),
    pytest.param("fork_pr", RepositorySettings(fork_approval=True), "private", "fork_approval is on", id="PV-on"),
    pytest.param("pr:actor=github-actions[bot]", None, "public", "GITHUB_TOKEN need the approval", id="EV-bot"),
    pytest.param("pr:actor=github-actions[bot],action=closed", None, "public", None, id="EV-bot-closed"),
]


@pytest.mark.parametrize(("event", "settings", "visibility", "reason"), APPROVAL)
def test_approval_gate(
    receive: Callable[..., Delivery],
    event: str,
    settings: RepositorySettings | None,
    visibility: str,
    reason: str | None,
) -> None:
    """The gate holds whom the policy names, and says why."""
    approval = receive(event, settings=settings, visibility=visibility).approval

    assert (approval is None) if reason is None else (reason in str(approval))


BLOCKED = [
    pytest.param("fork_pr", None, "private", "runs no workflows for pull requests from forks", id="PV-off"),
    pytest.param("fork_pr", RepositorySettings(fork_workflows=True), "private", None, id="PV-on"),
    pytest.param("fork_pr", None, "internal", "fork_workflows is off", id="PV-internal"),
    pytest.param("fork_pr", None, "public", None, id="PV-public"),
    pytest.param("pr_target", None, "private", None, id="PV-target"),
    pytest.param("pr", None, "private", None, id="PV-own-pull"),
    pytest.param("pull_request_review:head_repository=a/b", None, "private", "fork_workflows", id="PV-review"),
    pytest.param("pr_target", None, "public", None, id="CE-target-default"),
    pytest.param(
        "pr_target",
        RepositorySettings(block_pull_request_target=True),
        "public",
        "Event 'pull_request_target' is not allowed to trigger Actions workflows.",
        id="AP-target-blocked",
    ),
    pytest.param("release:action=edited,draft=true", None, "public", "no workflows for a draft", id="EV-draft"),
    pytest.param("release:draft=true", None, "public", None, id="EV-draft-published"),
    pytest.param("release:action=edited", None, "public", None, id="EV-no-draft"),
]


@pytest.mark.parametrize(("event", "settings", "visibility", "reason"), BLOCKED)
def test_what_makes_no_run_at_all(
    receive: Callable[..., Delivery],
    event: str,
    settings: RepositorySettings | None,
    visibility: str,
    reason: str | None,
) -> None:
    """Private forks, blocked events and drafts start nothing."""
    blocked = receive(event, settings=settings, visibility=visibility).blocked

    assert (blocked is None) if reason is None else (reason in str(blocked))


def test_default_policy_is_a_notice(receive: Callable[..., Delivery]) -> None:
    """The block of pull_request_target whose date is unsettled is told, not applied [CE]."""
    assert "block_pull_request_target" in receive("pr_target").notices[0]
    assert receive("pr_target", visibility="private").notices == ()
    assert receive("pr").notices == ()


SCOPES = [
    pytest.param("push", ["refs/heads/feature"], ["refs/heads/feature", "refs/heads/main"], id="DC-push"),
    pytest.param("main_merge", ["refs/heads/main"], ["refs/heads/main"], id="DC-push-default"),
    pytest.param("tag_push", ["refs/tags/v1.0.0"], ["refs/tags/v1.0.0", "refs/heads/main"], id="DC-tag"),
    pytest.param("fork_pr", ["refs/pull/7/merge"], ["refs/pull/7/merge", "refs/heads/main"], id="DC-fork"),
    pytest.param(
        "pr:base_ref=r/1",
        ["refs/pull/7/merge"],
        ["refs/pull/7/merge", "refs/heads/r/1", "refs/heads/main"],
        id="DC-pull-of-other-base",
    ),
    pytest.param("pr_merged", ["refs/heads/main"], ["refs/heads/main"], id="CQ-merged"),
    pytest.param(
        "pr_merged:base_ref=r/1",
        ["refs/heads/r/1"],
        ["refs/heads/r/1", "refs/heads/main"],
        id="CQ-merged-release",
    ),
    pytest.param("pr_target", ["refs/heads/main"], ["refs/heads/main"], id="L3-target"),
    pytest.param("schedule", ["refs/heads/main"], ["refs/heads/main"], id="EV-schedule"),
    pytest.param("issue_comment", ["refs/heads/main"], ["refs/heads/main"], id="EV-issue_comment"),
    pytest.param(f"deployment:sha={'e' * 40}", [], ["refs/heads/main"], id="no-ref"),
]


@pytest.mark.parametrize(("event", "writable", "readable"), SCOPES)
def test_cache_scopes(receive: Callable[..., Delivery], event: str, writable: list[str], readable: list[str]) -> None:
    """Each run writes to its own ref and reads that, its base and the default branch."""
    scopes = receive(event).cache_scopes

    assert (list(scopes.writable), list(scopes.readable)) == (writable, readable)


def test_merge_group_caches_belong_to_the_queue(receive: Callable[..., Delivery]) -> None:
    """A merge group writes to its temporary branch and reads the default branch."""
    scopes = receive("merge_group").cache_scopes

    assert scopes.writable[0].startswith("refs/heads/gh-readonly-queue/main/pr-7-")
    assert scopes.readable[1:] == ("refs/heads/main",)


def test_cache_scope_of_a_tag_has_a_switch(receive: Callable[..., Delivery]) -> None:
    """The other spelling that was seen can be simulated."""
    settings = RepositorySettings(tag_cache_prefix="refs/heads/refs/tags/")

    assert receive("tag_push", settings=settings).cache_scopes.writable == ("refs/heads/refs/tags/v1.0.0",)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        pytest.param({"owner": "a/b"}, "a repository is owner/name, not 'a/b/App'", id="owner"),
        pytest.param({"name": ""}, "a repository is owner/name, not 'Octo-Org/'", id="name"),
        pytest.param(
            {"visibility": "secret"},
            "visibility takes internal, private, public, not 'secret'",
            id="visibility",
        ),
        pytest.param({"owner_type": "Bot"}, "owner_type takes Organization, User, not 'Bot'", id="owner_type"),
        pytest.param(
            {"default_permissions": "admin"},
            "default_permissions takes read, write, not 'admin'",
            id="default",
        ),
        pytest.param({"default_branch": ""}, "default_branch takes the name of a branch, not ''", id="branch"),
    ],
)
def test_wrong_repository_is_refused(fields: dict[str, str], message: str) -> None:
    """A repository that cannot be says what its field takes."""
    with pytest.raises(UsageError, match=message):
        Repository(**{"owner": "Octo-Org", "name": "App"} | fields)


@pytest.mark.parametrize("text", ["App", "a/b/c", "/", "a/"])
def test_full_name_has_two_parts(text: str) -> None:
    """A repository's full name is owner/name."""
    with pytest.raises(UsageError, match="a repository is owner/name, not "):
        Repository.parse(text)


def test_repository_keeps_the_case_of_its_name() -> None:
    """`github.repository` is in the owner's own case [CX]."""
    repository = Repository.parse("Octo-Org/App.x")

    assert (repository.full_name, repository.is_public) == ("Octo-Org/App.x", True)
    assert DeploymentEnvironment().secrets == {}


def test_wrong_policy_is_refused() -> None:
    """The approval policy has three values."""
    with pytest.raises(UsageError, match=r"approval_policy takes all_external_contributors, .*, not 'none'"):
        RepositorySettings(approval_policy="none")


def test_deliveries_of_events_made_in_python(receive: Callable[..., Delivery]) -> None:
    """An event made by a factory is delivered like one from text."""
    assert receive(events.pr(number=3)).ref == "refs/pull/3/merge"


def test_ref_protection_follows_the_settings(receive: Callable[..., Delivery]) -> None:
    """`ref_protected` is true for protected branches only, never for tags or merge refs [CX][MAF]."""
    settings = RepositorySettings(protected_branches=frozenset({"main", "v1.0.0", "7/merge"}))

    assert receive("main_merge", settings=settings).ref_protected is True
    assert receive("tag_push", settings=settings).ref_protected is False
    assert receive("pr", settings=settings).ref_protected is False
    assert receive("main_merge").ref_protected is False
