"""What lets an event start a workflow, and which filter does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_cicache.events import EVENTS, Delivery, Trigger, decide, fitted, triggers

if TYPE_CHECKING:
    from collections.abc import Callable

PUSH, PULL, TARGET = "push", "pull_request", "pull_request_target"


def on(event: str, **filters: object) -> Trigger:
    """An entry of `on:`; lists may be given as lists."""
    return Trigger(
        event=event,
        **{key: tuple(value) if isinstance(value, list) else value for key, value in filters.items()},
    )


ROWS = [
    pytest.param(on(PUSH), "push", True, "push to feature starts it", id="WS-push-without-filter"),
    pytest.param(on(PUSH), "tag_push", True, "push to v1.0.0 starts it", id="WS-tag-without-filter"),
    pytest.param(on(PULL), "push", False, "runs on pull_request, not on push", id="other-event"),
    pytest.param(on(PUSH, branches=["main"]), "main_merge", True, "push to main", id="WS-branches"),
    pytest.param(
        on(PUSH, branches=["main", "r/*"]),
        "push",
        False,
        "`branches: [main, r/*]` does not match the pushed branch 'feature'",
        id="WS-branches-miss",
    ),
    pytest.param(
        on(PUSH, branches_ignore=["feat*"]),
        "push",
        False,
        "`branches-ignore: [feat*]` matches the pushed branch 'feature'",
        id="WS-branches-ignore",
    ),
    pytest.param(on(PUSH, branches_ignore=["x"]), "push", True, "starts it", id="WS-branches-ignore-miss"),
    pytest.param(
        on(PUSH, branches=["**"]),
        "tag_push",
        False,
        "`branches` is given and `tags` is not, so a push of a tag does not start it",
        id="WS-only-branches-no-tags",
    ),
    pytest.param(
        on(PUSH, branches_ignore=["x"]),
        "tag_push",
        False,
        "`branches-ignore` is given and `tags` is not",
        id="WS-only-branches-ignore-no-tags",
    ),
    pytest.param(
        on(PUSH, tags=["v*"]),
        "push",
        False,
        "`tags` is given and `branches` is not, so a push of a branch does not start it",
        id="WS-only-tags-no-branches",
    ),
    pytest.param(on(PUSH, tags=["v*"]), "tag_push", True, "push to v1.0.0", id="WS-tags"),
    pytest.param(
        on(PUSH, tags=["v2*"]), "tag_push", False, "does not match the pushed tag 'v1.0.0'", id="WS-tags-miss"
    ),
    pytest.param(on(PUSH, tags_ignore=["v*"]), "tag_push", False, "`tags-ignore: [v*]` matches", id="WS-tags-ignore"),
    pytest.param(on(PUSH, branches=["main"], tags=["v*"]), "tag_push", True, "v1.0.0", id="WS-both"),
    pytest.param(on(PUSH, branches=["!main"]), "push", False, "does not match", id="WS-only-negative"),
    pytest.param(on(PUSH, branches=["old"]), f"push:branch=old,sha={'0' * 40}", True, "push to old", id="deleted"),
    pytest.param(on(PULL, branches=["main"]), "pr", True, "opened into main", id="EV-target-branch"),
    pytest.param(
        on(PULL, branches=["feature"]),
        "pr:head_ref=feature",
        False,
        "`branches: [feature]` does not match the target branch 'main'",
        id="EV-not-the-source-branch",
    ),
    pytest.param(on(TARGET, branches=["r/1"]), "pr_target:base_ref=r/1", True, "opened into r/1", id="EV-target-base"),
    pytest.param(on(PULL), "pr:action=synchronize", True, "synchronize", id="EV-default-synchronize"),
    pytest.param(on(PULL), "pr:action=reopened", True, "reopened", id="EV-default-reopened"),
    pytest.param(
        on(PULL),
        "pr:action=labeled",
        False,
        "without `types`, pull_request starts only for opened, synchronize, reopened; this is 'labeled'",
        id="EV-default-not-labeled",
    ),
    pytest.param(on(PULL), "pr_merged", False, "this is 'closed'", id="EV-default-not-closed"),
    pytest.param(on(PULL, types=["closed"]), "pr_merged", True, "pull_request closed", id="EV-types"),
    pytest.param(
        on(PULL, types=["closed"]),
        "pr",
        False,
        "`types: [closed]` does not list 'opened'",
        id="EV-types-miss",
    ),
    pytest.param(on(TARGET), "pr_target:action=closed", False, "pull_request_target starts only", id="EV-target"),
    pytest.param(on("release"), "release:action=edited", True, "release edited", id="EV-release-all"),
    pytest.param(on("issue_comment"), "issue_comment:action=deleted", True, "deleted", id="EV-comment-all"),
    pytest.param(on("merge_group"), "merge_group", True, "checks_requested", id="EV-merge_group"),
    pytest.param(
        on("merge_group", branches=["dev"]),
        "merge_group",
        False,
        "the base branch 'main'",
        id="EV-merge-branches",
    ),
    pytest.param(on("repository_dispatch"), "repository_dispatch:action=go", True, "go", id="EV-dispatch-any"),
    pytest.param(
        on("repository_dispatch", types=["x"]),
        "repository_dispatch:action=go",
        False,
        "'go'",
        id="EV-dispatch",
    ),
    pytest.param(on("workflow_dispatch"), "workflow_dispatch", True, "starts it", id="EV-workflow_dispatch"),
    pytest.param(on("workflow_run", workflows=["CI"]), "workflow_run", True, "completed", id="EV-run-assumed"),
    pytest.param(
        on("workflow_run", workflows=["CI"]),
        "workflow_run:workflow_run=name=Other",
        False,
        "`workflows: [CI]` does not list the workflow 'Other'",
        id="EV-run-other",
    ),
    pytest.param(
        on("workflow_run", workflows=["C*"]),
        "workflow_run:workflow_run=name=CI",
        True,
        "starts",
        id="EV-run-named",
    ),
    pytest.param(
        on("workflow_run", workflows=["CI"], branches=["main"]),
        "workflow_run",
        False,
        "does not match the branch of the run before 'patch-1'",
        id="EV-run-branches",
    ),
    pytest.param(
        on("workflow_run", workflows=["CI"], types=["requested"]),
        "workflow_run",
        False,
        "'completed'",
        id="EV-run",
    ),
    pytest.param(on("schedule", cron=("0 0 * * *",)), "schedule", True, "schedule starts it", id="EV-schedule"),
    pytest.param(
        on("schedule", cron=("0 0 * * *",)),
        "schedule:schedule=1 1 * * *",
        False,
        "`schedule` has the cron lines ['0 0 * * *'], not '1 1 * * *'",
        id="EV-schedule-line",
    ),
]


@pytest.mark.parametrize(("trigger", "event", "triggered", "reason"), ROWS)
def test_trigger(receive: Callable[..., Delivery], trigger: Trigger, event: str, triggered: bool, reason: str) -> None:
    """An entry of `on:` starts the workflow or names the filter that does not let it."""
    decision = triggers(trigger, receive(event))

    assert decision.triggered is triggered
    assert reason in decision.reason


PATHS = [
    pytest.param(on(PUSH, paths=["src/**"]), ("src/a.c",), True, "`paths` matches 'src/a.c'", id="WS-paths"),
    pytest.param(
        on(PUSH, paths=["src/**"]),
        ("README.md", "docs/x"),
        False,
        "`paths: [src/**]` matches no changed file (README.md, docs/x)",
        id="WS-paths-miss",
    ),
    pytest.param(on(PUSH, paths=["x"]), tuple("abcde"), False, "(a, b, c and 2 more)", id="WS-paths-miss-many-files"),
    pytest.param(
        on(PUSH, paths=["src/**", "!src/doc/**"]),
        ("src/doc/a",),
        False,
        "matches no changed",
        id="WS-negated",
    ),
    pytest.param(on(PUSH, paths=["src/**"]), ("README", "src/x"), True, "'src/x'", id="WS-one-is-enough"),
    pytest.param(
        on(PUSH, paths_ignore=["docs/**"]),
        ("docs/a", "docs/b"),
        False,
        "`paths-ignore: [docs/**]` matches every changed file (docs/a, docs/b)",
        id="WS-paths-ignore",
    ),
    pytest.param(on(PUSH, paths_ignore=["docs/**"]), ("docs/a", "x"), True, "does not match 'x'", id="WS-one-outside"),
    pytest.param(on(PUSH, paths=["**"]), (), False, "no file changed, and `paths` needs one", id="WS-no-file"),
    pytest.param(on(PUSH, paths_ignore=["x"]), (), False, "and `paths-ignore` needs one", id="WS-no-file-ignore"),
    pytest.param(on(PUSH, paths=["x"]), None, True, "the changed files are not known", id="unknown-files"),
    pytest.param(on(PUSH), (), True, "starts it", id="WS-no-filter-no-file"),
    pytest.param(
        on(PUSH, paths=["f300"]),
        tuple(f"f{number}" for number in range(301)),
        False,
        "matches no changed file",
        id="WS-first-300-files",
    ),
    pytest.param(
        on(PUSH, branches=["main"], paths=["src/**"]), ("src/a",), False, "`branches", id="WS-both-must-match"
    ),
]


@pytest.mark.parametrize(("trigger", "changed", "triggered", "reason"), PATHS)
def test_paths(
    receive: Callable[..., Delivery],
    trigger: Trigger,
    changed: tuple[str, ...] | None,
    triggered: bool,
    reason: str,
) -> None:
    """Path filters look at the changed files."""
    decision = triggers(trigger, receive("push", changed=changed))

    assert decision.triggered is triggered
    assert reason in decision.reason


def test_paths_do_not_count_for_tags(receive: Callable[..., Delivery]) -> None:
    """Path filters are not evaluated for tag pushes [WS]."""
    decision = triggers(on(PUSH, paths=["src/**"]), receive("tag_push", changed=("README.md",)))

    assert decision.triggered
    assert "`paths` does not count for tags" in decision.reason


def test_paths_of_a_pull_request(receive: Callable[..., Delivery]) -> None:
    """Pull requests take path filters too."""
    entry = on(PULL, paths=["src/**"])

    assert triggers(entry, receive("pr", changed=("src/a",))).triggered
    assert not triggers(entry, receive("pr", changed=("docs/a",))).triggered


def test_decide_looks_at_the_entry_of_the_event(receive: Callable[..., Delivery]) -> None:
    """Of several entries the event's own decides."""
    entries = (on(PUSH, branches=["main"]), on(PULL))

    assert decide(entries, receive("pr")).triggered
    assert "`branches: [main]`" in decide(entries, receive("push")).reason
    assert decide(entries, receive("schedule")).reason == ("the workflow runs on push, pull_request, not on schedule")
    assert decide((), receive("schedule")).reason == "the workflow runs on nothing, not on schedule"


def test_blocked_delivery_starts_nothing(receive: Callable[..., Delivery]) -> None:
    """What makes no run at all is the reason, whatever the filters."""
    delivery = receive("fork_pr", visibility="private")

    assert "private repository" in triggers(on(PULL), delivery).reason
    assert not decide([on(PULL)], delivery).triggered


def test_fitted_takes_the_cron_line_of_the_file(receive: Callable[..., Delivery]) -> None:
    """A schedule fires by the file's first line unless the event names one."""
    entries = [on(PUSH), on("schedule", cron=("1 2 * * *", "3 4 * * *"))]

    assert fitted(receive("schedule"), entries).payload["schedule"] == "1 2 * * *"
    assert fitted(receive("schedule:schedule=3 4 * * *"), entries).payload["schedule"] == "3 4 * * *"


def test_fitted_takes_the_workflow_of_the_file(receive: Callable[..., Delivery]) -> None:
    """The run before is taken to be of the file's first workflow unless the event names it."""
    entries = [on("workflow_run", workflows=["Build"])]

    assert fitted(receive("workflow_run"), entries).payload["workflow_run"]["name"] == "Build"
    assert fitted(receive("workflow_run:workflow_run=name=X"), entries).payload["workflow"]["name"] == "X"


def test_fitted_leaves_other_events_alone(receive: Callable[..., Delivery]) -> None:
    """Nothing to fill in, nothing changed."""
    delivery = receive("push")

    assert fitted(delivery, [on(PUSH), on("schedule")]) is delivery


@pytest.mark.parametrize(
    ("name", "filters"),
    [
        pytest.param("push", {"branches", "branches-ignore", "tags", "tags-ignore", "paths", "paths-ignore"}, id="p"),
        pytest.param("pull_request", {"branches", "branches-ignore", "paths", "paths-ignore"}, id="pull_request"),
        pytest.param("workflow_run", {"branches", "branches-ignore", "workflows"}, id="workflow_run"),
        pytest.param("merge_group", {"branches", "branches-ignore"}, id="merge_group"),
        pytest.param("issues", set(), id="issues"),
    ],
)
def test_table_knows_the_filters(name: str, filters: set[str]) -> None:
    """Each event takes the filters of GitHub's schema [LS]."""
    assert EVENTS[name].filters == filters


def test_table_knows_who_takes_types() -> None:
    """Events without activity types take no `types`; a repository_dispatch takes any [LS]."""
    assert not EVENTS["push"].takes_types
    assert EVENTS["pull_request"].takes_types
    assert EVENTS["repository_dispatch"].takes_types
    assert EVENTS["repository_dispatch"].triggering_activities is None
