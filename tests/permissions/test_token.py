"""The token of a job under an event, with a reason per step."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from pytest_cicache.errors import UsageError
from pytest_cicache.permissions import PERMISSIONS, CallerPermissions, Token, compute_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_cicache.events import Delivery

WRITES = {"packages": "write", "contents": "read"}
OPEN_FORKS = {"fork_workflows": True}
WRITING_FORKS = {"fork_workflows": True, "fork_write_tokens": True}


def token_of(delivery: Delivery, *, workflow: object = None, job: object = None, caller: object = None) -> Token:
    """The token of a job with these blocks."""
    return compute_token(delivery, workflow_block=workflow, job_block=job, caller=caller)  # type: ignore[arg-type]


ROWS = [
    # event, repository, workflow block, job block, permission, level
    pytest.param("push", {}, None, None, "packages", "read", id="WS-restricted-default"),
    pytest.param("push", {}, None, None, "issues", "none", id="WS-restricted-default-none"),
    pytest.param("push", {"default_permissions": "write"}, None, None, "packages", "write", id="WS-permissive"),
    pytest.param("push", {"default_permissions": "write"}, None, None, "id-token", "none", id="TK-id-token"),
    pytest.param("push", {}, WRITES, None, "packages", "write", id="R-conv-workflow-block"),
    pytest.param("push", {}, WRITES, {"issues": "read"}, "packages", "none", id="R-conv-job-replaces-workflow"),
    pytest.param("push", {}, {}, WRITES, "packages", "write", id="R-conv-job-block"),
    pytest.param("push", {}, None, {}, "contents", "none", id="TS-empty-block"),
    pytest.param("push", {}, None, {}, "metadata", "read", id="TS-metadata-stays"),
    pytest.param("push", {}, "read-all", None, "id-token", "none", id="TS-read-all-gives-no-id-token"),
    pytest.param("push", {}, "write-all", None, "id-token", "write", id="TS-write-all"),
    pytest.param("pr", {}, None, WRITES, "packages", "write", id="WS-same-repository"),
    pytest.param("fork_pr", {}, None, WRITES, "packages", "read", id="WS-fork-write-becomes-read"),
    pytest.param("fork_pr", {}, None, {}, "packages", "none", id="WS-fork-none-stays-none"),
    pytest.param("fork_pr", {}, None, None, "packages", "read", id="R-job-fork-default"),
    pytest.param("fork_pr", {}, None, {"id-token": "write"}, "id-token", "none", id="TK-fork-id-token"),
    pytest.param("fork_pr", {}, None, {"models": "read"}, "models", "none", id="TK-fork-models"),
    pytest.param("fork_pr", {"default_permissions": "write"}, None, None, "contents", "read", id="WS-fork-permissive"),
    pytest.param(
        "pull_request_review:head_repository=ann/app",
        {},
        None,
        WRITES,
        "packages",
        "read",
        id="WS-fork-review",
    ),
    pytest.param("fork_pr:action=closed", {}, None, WRITES, "packages", "read", id="WS-fork-closed"),
    pytest.param(
        "fork_pr",
        {"visibility": "private", "settings": OPEN_FORKS},
        None,
        WRITES,
        "packages",
        "read",
        id="PV-fork",
    ),
    pytest.param(
        "fork_pr",
        {"visibility": "private", "settings": OPEN_FORKS},
        None,
        {"models": "read"},
        "models",
        "read",
        id="TK-private-fork-models",
    ),
    pytest.param(
        "fork_pr",
        {"visibility": "private", "settings": OPEN_FORKS},
        None,
        {"id-token": "write"},
        "id-token",
        "none",
        id="private-fork-id-token",
    ),
    pytest.param(
        "fork_pr",
        {"visibility": "private", "settings": WRITING_FORKS},
        None,
        WRITES,
        "packages",
        "write",
        id="PV-send-write-tokens",
    ),
    pytest.param("fork_pr", {"settings": WRITING_FORKS}, None, WRITES, "packages", "read", id="PV-not-for-public"),
    pytest.param("pr_target", {}, None, WRITES, "packages", "write", id="TS-target"),
    pytest.param("pr_target", {}, None, None, "packages", "read", id="TS-target-restricted-default"),
    pytest.param("workflow_run", {}, None, WRITES, "packages", "write", id="EV-workflow_run-after-fork"),
    pytest.param("issue_comment", {}, None, WRITES, "packages", "write", id="PT-issue_comment"),
    pytest.param("merge_group", {}, None, WRITES, "packages", "write", id="merge_group"),
    pytest.param("dependabot_pr", {"default_permissions": "write"}, None, None, "packages", "read", id="DT-no-block"),
    pytest.param("dependabot_pr", {}, None, WRITES, "packages", "write", id="DT-block-is-honoured"),
    pytest.param("dependabot_pr", {}, WRITES, None, "packages", "write", id="DT-workflow-block-is-honoured"),
    pytest.param(
        "push:actor=dependabot[bot]",
        {"default_permissions": "write"},
        None,
        None,
        "packages",
        "read",
        id="DPB-push",
    ),
    pytest.param(
        "issue_comment:actor=dependabot[bot]",
        {"default_permissions": "write"},
        None,
        None,
        "packages",
        "write",
        id="DPB-only-its-events",
    ),
    pytest.param(
        "pull_request_target:actor=dependabot[bot]",
        {"default_permissions": "write"},
        None,
        None,
        "packages",
        "read",
        id="DT-target-of-dependabot",
    ),
]


@pytest.mark.parametrize(("event", "repository", "workflow", "job", "name", "level"), ROWS)
def test_level(
    receive: Callable[..., Delivery],
    event: str,
    repository: dict[str, object],
    workflow: object,
    job: object,
    name: str,
    level: str,
) -> None:
    """The algorithm gives each permission its level."""
    assert token_of(receive(event, **repository), workflow=workflow, job=job).permissions[name] == level


REASONS = [
    pytest.param(
        "fork_pr",
        {},
        None,
        WRITES,
        "packages",
        (
            "repository default (restricted): packages: read",
            "job permissions: packages: write",
            "pull request from a fork: write becomes read",
        ),
        id="fork",
    ),
    pytest.param(
        "push",
        {"default_permissions": "write"},
        "read-all",
        {"contents": "read"},
        "packages",
        (
            "repository default (permissive): packages: write",
            "workflow permissions: read-all",
            "job permissions do not list packages: none",
        ),
        id="replaced-twice",
    ),
    pytest.param(
        "fork_pr",
        {},
        None,
        "write-all",
        "id-token",
        (
            "repository default (restricted): id-token: none",
            "job permissions: write-all",
            "pull request from a fork: write becomes none",
        ),
        id="fork-id-token",
    ),
    pytest.param(
        "dependabot_pr",
        {"default_permissions": "write"},
        None,
        None,
        "packages",
        (
            "repository default (permissive): packages: write",
            "started by Dependabot and no permissions written: write becomes read",
        ),
        id="dependabot",
    ),
    pytest.param(
        "push",
        {},
        "read-all",
        None,
        "id-token",
        (
            "repository default (restricted): id-token: none",
            "workflow permissions: read-all",
            "id-token has no level read: none",
        ),
        id="read-all-id-token",
    ),
    pytest.param("push", {}, None, None, "metadata", ("every token may read metadata: read",), id="metadata"),
]


@pytest.mark.parametrize(("event", "repository", "workflow", "job", "name", "reasons"), REASONS)
def test_reasons_lead_to_the_level(
    receive: Callable[..., Delivery],
    event: str,
    repository: dict[str, object],
    workflow: object,
    job: object,
    name: str,
    reasons: tuple[str, ...],
) -> None:
    """Each step that led to a level is a sentence a maintainer understands."""
    assert token_of(receive(event, **repository), workflow=workflow, job=job).because[name] == reasons


def test_block_without_a_permission_takes_its_read_too(receive: Callable[..., Delivery]) -> None:
    """A least-privilege block that forgets packages takes the default's read away (trap T14)."""
    assert token_of(receive("push"), job={"contents": "read"}).packages == "none"


CALLS = [
    # callers from the outside in, callee's workflow block, callee's job block, packages
    pytest.param([(None, None)], None, None, "read", id="RW-silent-everywhere"),
    pytest.param([(None, WRITES)], None, None, "write", id="RW-calling-job"),
    pytest.param([(WRITES, None)], None, None, "write", id="R-conv-calling-workflow"),
    pytest.param([(WRITES, {})], None, None, "none", id="R-conv-calling-job-replaces"),
    pytest.param([(WRITES, None)], {"contents": "read"}, None, "none", id="R-conv-callee-workflow"),
    pytest.param([(WRITES, None)], {"contents": "read"}, WRITES, "write", id="R-conv-callee-job"),
    pytest.param([(WRITES, None), (None, None)], None, None, "write", id="R-conv-two-levels"),
    pytest.param([(WRITES, None), (None, {"packages": "read"})], None, None, "read", id="R-conv-lowered-midway"),
]


@pytest.mark.parametrize(("callers", "workflow", "job", "level"), CALLS)
def test_called_job_inherits(
    receive: Callable[..., Delivery],
    callers: list[tuple[object, object]],
    workflow: object,
    job: object,
    level: str,
) -> None:
    """A job of a called workflow has its own block, else its file's, else what its callers wrote."""
    caller = None
    for number, (workflow_block, job_block) in enumerate(callers):
        caller = CallerPermissions(
            job=f"call{number}", workflow_block=workflow_block, job_block=job_block, caller=caller
        )

    assert token_of(receive("push"), workflow=workflow, job=job, caller=caller).packages == level


def test_reasons_name_the_calling_job(receive: Callable[..., Delivery]) -> None:
    """The chain of a called job starts at the outermost caller."""
    outer = CallerPermissions(job="all", workflow_block="read-all")
    inner = CallerPermissions(job="verify", job_block=WRITES, caller=outer)
    token = token_of(receive("fork_pr"), caller=inner)

    assert token.because["packages"] == (
        "repository default (restricted): packages: read",
        "calling workflow's permissions: read-all",
        "calling job 'verify' permissions: packages: write",
        "pull request from a fork: write becomes read",
    )


def test_caller_is_silent_only_if_all_are() -> None:
    """A chain of callers is silent when no one up to the root wrote a block."""
    silent = CallerPermissions(job="a")

    assert CallerPermissions(job="b", caller=silent).is_silent
    assert not CallerPermissions(job="b", job_block={}, caller=silent).is_silent
    assert not CallerPermissions(job="b", caller=CallerPermissions(job="a", workflow_block={})).is_silent


def test_dependabot_is_raised_by_a_caller_too(receive: Callable[..., Delivery]) -> None:
    """The callers' block counts for Dependabot [DT]."""
    caller = CallerPermissions(job="a", job_block=WRITES)

    assert token_of(receive("dependabot_pr"), caller=caller).packages == "write"


def test_levels_are_attributes(receive: Callable[..., Delivery]) -> None:
    """`token.pull_requests` is the level of pull-requests; an unknown name lists the known ones."""
    token = token_of(receive("push"), job={"pull-requests": "write"})

    assert (token.pull_requests, token.packages, token.metadata) == ("write", "none", "read")
    with pytest.raises(AttributeError, match="a token has no permission 'packges'; it has actions, "):
        _ = token.packges
    assert copy.deepcopy(token) == token


def test_token_has_every_permission(receive: Callable[..., Delivery]) -> None:
    """A token and its reasons cover the whole table and metadata."""
    token = token_of(receive("push"))

    assert set(token.permissions) == {*PERMISSIONS, "metadata"} == set(token.because)


def test_repr_says_why(receive: Callable[..., Delivery]) -> None:
    """The repr is one line of at most 120 characters with the reasons for packages."""
    assert repr(token_of(receive("push"))) == (
        "<Token packages: read (repository default (restricted): packages: read)>"
    )
    assert repr(token_of(receive("fork_pr"), job=WRITES)) == (
        "<Token packages: read (job permissions: packages: write -> pull request from a fork: write becomes read)>"
    )
    replaced = repr(token_of(receive("fork_pr"), workflow="read-all", job=WRITES))
    assert replaced == repr(token_of(receive("fork_pr"), job=WRITES))
    caller = CallerPermissions(job="a-job-with-quite-a-long-name", job_block=WRITES)
    long = repr(token_of(receive("fork_pr"), caller=caller))
    assert len(long) == 120
    assert long.endswith("...>")


def test_empty_token_has_a_repr() -> None:
    """A token made by hand may leave reasons out."""
    assert repr(Token({}, {})) == "<Token packages: none ()>"


def test_wrong_block_is_refused(receive: Callable[..., Delivery]) -> None:
    """A block that GitHub refuses is an error, not a guess."""
    with pytest.raises(UsageError, match="Unexpected value 'none'"):
        token_of(receive("push"), job="none")
