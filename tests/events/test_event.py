"""Events as people describe them: parameters, their types, refusals, reprs."""

from __future__ import annotations

import pytest

from pytest_cicache import events
from pytest_cicache.errors import UsageError
from pytest_cicache.events import EVENTS, KINDS, PARAMETERS, Event

ALL = sorted({*KINDS, *EVENTS} - {"workflow_call"})


@pytest.mark.parametrize("kind", ALL)
def test_every_kind_can_be_made_by_its_name(kind: str) -> None:
    """Each kind and each plain event name gives an event of a known name."""
    event = events.from_text(kind)

    assert event.kind == kind
    assert event.name in EVENTS
    assert event.name == kind or kind in KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_factory_gives_the_same_event_as_its_text(kind: str) -> None:
    """The Python factory, the JSON form and the command line agree."""
    made = getattr(events, kind)(number=9, actor="ann")

    assert made == events.from_text(f"{kind}:number=9,actor=ann")
    assert made == events.from_mapping({"kind": kind, "number": 9, "actor": "ann"})
    assert made == events.from_mapping(made.to_mapping())


@pytest.mark.parametrize(
    ("kind", "name", "activity"),
    [
        pytest.param("push", "push", None, id="push"),
        pytest.param("main_merge", "push", None, id="main_merge"),
        pytest.param("tag_push", "push", None, id="tag_push"),
        pytest.param("pr", "pull_request", "opened", id="pr"),
        pytest.param("fork_pr", "pull_request", "opened", id="fork_pr"),
        pytest.param("dependabot_pr", "pull_request", "opened", id="dependabot_pr"),
        pytest.param("pr_target", "pull_request_target", "opened", id="pr_target"),
        pytest.param("merge_group", "merge_group", "checks_requested", id="merge_group"),
        pytest.param("schedule", "schedule", None, id="schedule"),
        pytest.param("workflow_dispatch", "workflow_dispatch", None, id="workflow_dispatch"),
        pytest.param("release", "release", "published", id="release"),
        pytest.param("workflow_run", "workflow_run", "completed", id="workflow_run"),
        pytest.param("pr_merged", "pull_request", "closed", id="pr_merged"),
        pytest.param("issue_comment", "issue_comment", "created", id="issue_comment"),
        pytest.param("issues", "issues", "opened", id="plain-issues"),
        pytest.param("pull_request", "pull_request", "opened", id="plain-pull_request"),
        pytest.param("repository_dispatch", "repository_dispatch", "dispatch", id="plain-dispatch"),
    ],
)
def test_kind_stands_for_a_github_event(kind: str, name: str, activity: str | None) -> None:
    """A kind is one GitHub event with its usual activity."""
    event = events.from_text(kind)

    assert (event.name, event.activity) == (name, activity)


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        pytest.param("pr:number=12", "number", 12, id="number"),
        pytest.param("pr:labels=ci;docker", "labels", ("ci", "docker"), id="list"),
        pytest.param("push:changed_files=a/b.c", "changed_files", ("a/b.c",), id="list-of-one"),
        pytest.param("push:changed_files=", "changed_files", (), id="empty-list"),
        pytest.param("pr:merged=true", "merged", True, id="true"),
        pytest.param("pr:draft=false", "draft", False, id="false"),
        pytest.param("workflow_dispatch:inputs=a=1;b=x=y", "inputs", {"a": "1", "b": "x=y"}, id="pairs"),
        pytest.param("workflow_run:workflow_run=id=5", "workflow_run", {"id": 5}, id="run-number"),
        pytest.param("workflow_run:workflow_run=event=push", "workflow_run", {"event": "push"}, id="run"),
        pytest.param("pr:head_repository=Ann/App.fork", "head_repository", "Ann/App.fork", id="repository"),
        pytest.param("push:ref=refs/heads/x", "ref", "refs/heads/x", id="full-ref"),
        pytest.param("push:run_id=5", "run_id", 5, id="run_id"),
        pytest.param("schedule:schedule=5 4 * * 1", "schedule", "5 4 * * 1", id="cron"),
        pytest.param("push:message=a:b=c", "message", "a:b=c", id="colon-and-equals-in-value"),
    ],
)
def test_text_gives_typed_parameters(text: str, field: str, value: object) -> None:
    """A value from the command line has the type of its parameter."""
    assert getattr(events.from_text(text), field) == value


@pytest.mark.parametrize(
    ("mapping", "field", "value"),
    [
        pytest.param({"kind": "pr", "labels": ["a", "b"]}, "labels", ("a", "b"), id="list"),
        pytest.param({"kind": "pr", "merged": True}, "merged", True, id="boolean"),
        pytest.param({"kind": "pr", "label": None}, "label", None, id="null-is-absent"),
        pytest.param({"kind": "issue_comment", "comment": {"body": "hi"}}, "comment", "hi", id="comment-object"),
        pytest.param({"kind": "workflow_dispatch", "inputs": {"b": True}}, "inputs", {"b": True}, id="typed-input"),
    ],
)
def test_mapping_gives_typed_parameters(mapping: dict[str, object], field: str, value: object) -> None:
    """The JSON form takes JSON's own types."""
    assert getattr(events.from_mapping(mapping), field) == value


REFUSED = [
    pytest.param({"kind": "pr", "number": "x"}, "number takes a whole number, not 'x'", id="number-text"),
    pytest.param({"kind": "pr", "number": 0}, "number takes a whole number, not 0", id="number-zero"),
    pytest.param({"kind": "pr", "number": 1.5}, "number takes a whole number, not 1.5", id="number-float"),
    pytest.param({"kind": "pr", "number": True}, "number takes a whole number, not True", id="number-bool"),
    pytest.param({"kind": "pr", "number": "٧"}, "number takes a whole number, not '٧'", id="number-digits"),
    pytest.param({"kind": "pr", "merged": "yes"}, "merged takes true or false, not 'yes'", id="boolean"),
    pytest.param({"kind": "pr", "actor": 3}, "actor takes a text, not 3", id="text"),
    pytest.param({"kind": "pr", "actor": "a b"}, "actor takes a login, not 'a b'", id="login"),
    pytest.param({"kind": "pr", "labels": [1]}, r"labels takes a list of texts, not \[1\]", id="list-items"),
    pytest.param({"kind": "pr", "labels": 1}, "labels takes a list of texts, not 1", id="list"),
    pytest.param(
        {"kind": "workflow_dispatch", "inputs": "a"},
        "inputs takes key=value pairs separated by ';', not 'a'",
        id="pairs-text",
    ),
    pytest.param({"kind": "pr", "inputs": [1]}, r"inputs takes an object, not \[1\]", id="pairs"),
    pytest.param({"kind": "pr", "inputs": {1: 2}}, r"inputs takes an object, not \{1: 2\}", id="pairs-keys"),
    pytest.param({"kind": "pr", "comment": {}}, "comment takes a text or an object with body", id="comment"),
    pytest.param({"kind": "pr", "comment": {"body": 1}}, "comment takes a text, not 1", id="comment-body"),
    pytest.param(
        {"kind": "pr", "head_repository": "ann"},
        "head_repository takes owner/name, not 'ann'",
        id="repository",
    ),
    pytest.param({"kind": "push", "ref": "refs/x"}, "ref takes a ref such as refs/heads/main", id="ref"),
    pytest.param({"kind": "push", "branch": ""}, "branch takes a name, not ''", id="empty-name"),
    pytest.param({"kind": "push", "branch": "a b"}, "branch takes a name that git allows, not 'a b'", id="branch"),
    pytest.param({"kind": "tag_push", "tag": "v1..2"}, "tag takes a name that git allows, not 'v1..2'", id="tag"),
    pytest.param({"kind": "pr", "head_ref": "x.lock"}, "head_ref takes a name that git allows", id="head_ref"),
    pytest.param({"kind": "push", "ref": "refs/heads/a:b"}, "ref takes a ref such as refs/heads/main", id="ref-name"),
    pytest.param(
        {"kind": "workflow_run", "workflow_run": {"path": None}}, "workflow_run.path takes a text, not None", id="run"
    ),
    pytest.param(
        {"kind": "workflow_run", "workflow_run": {"id": "x"}}, "workflow_run.id takes a whole number", id="run-id"
    ),
    pytest.param(
        {"kind": "workflow_run", "workflow_run": {"head_repository": "x"}},
        "workflow_run.head_repository takes owner/name, not 'x'",
        id="run-repository",
    ),
    pytest.param({"kind": "pr", "action": "merged"}, "unknown action 'merged' of pull_request", id="action"),
    pytest.param({"kind": "push", "action": "x"}, "of push; it has no activity types", id="no-actions"),
    pytest.param({"number": 1}, "an event needs a kind: one of dependabot_pr, fork_pr", id="no-kind"),
    pytest.param(
        {"kind": "workflow_dispatch", "inputs": {str(i): "" for i in range(26)}},
        "a workflow_dispatch has at most 25 inputs, not 26",
        id="EV-dispatch-inputs",
    ),
    pytest.param(
        {"kind": "repository_dispatch", "inputs": {str(i): "" for i in range(11)}},
        "a repository_dispatch has at most 10 payload keys, not 11",
        id="EV-repository_dispatch-keys",
    ),
    pytest.param(
        {"kind": "repository_dispatch", "action": "x" * 101},
        "the action of a repository_dispatch has at most 100 characters",
        id="EV-repository_dispatch-type",
    ),
]


@pytest.mark.parametrize(("mapping", "message"), REFUSED)
def test_wrong_value_is_refused_with_what_is_right(mapping: dict[str, object], message: str) -> None:
    """A value of the wrong type is named with what the parameter takes."""
    with pytest.raises(UsageError, match=message):
        events.from_mapping(mapping)


def test_unknown_kind_lists_the_kinds_sorted() -> None:
    """Who mistypes a kind reads all of them in order."""
    with pytest.raises(
        UsageError, match="unknown event kind 'forkpr'; did you mean 'fork_pr'\\? the kinds are "
    ) as caught:
        events.from_text("forkpr")

    listed = str(caught.value).partition("the kinds are ")[2].split(", ")
    assert listed == ALL


@pytest.mark.parametrize("kind", [pytest.param("workflow_call", id="workflow_call"), pytest.param(3, id="number")])
def test_what_cannot_happen_is_no_kind(kind: object) -> None:
    """workflow_call is no event of its own, and a kind is a text."""
    with pytest.raises(UsageError, match=f"unknown event kind {kind!r}"):
        events.from_mapping({"kind": kind})


def test_unknown_parameter_lists_the_parameters_sorted() -> None:
    """Who mistypes a parameter reads all of them in order."""
    with pytest.raises(
        UsageError, match="unknown event parameter 'nummer'; did you mean 'number'\\? an event takes action, actor, "
    ):
        events.from_text("pr:nummer=3")

    assert list(PARAMETERS) == sorted(PARAMETERS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("pr:number", "'number' of 'pr:number' has no '='", id="no-equals"),
        pytest.param("pr:", "'' of 'pr:' has no '='", id="nothing-behind-colon"),
        pytest.param("pr:number=1,number=2", "event parameter 'number' is given twice", id="twice"),
    ],
)
def test_malformed_text_is_refused(text: str, message: str) -> None:
    """Text that is no list of parameters is refused with the part that is wrong."""
    with pytest.raises(UsageError, match=message):
        events.from_text(text)


def test_mapping_must_be_an_object() -> None:
    """The JSON form is an object."""
    with pytest.raises(UsageError, match=r"an event is an object with kind and parameters, not \[\]"):
        events.from_mapping([])  # type: ignore[arg-type]


def test_replace_changes_only_what_it_names() -> None:
    """`replace` keeps the kind and the other parameters, and checks the new ones."""
    event = events.fork_pr(number=3).replace(head_ref="fix", labels="a;b")

    assert (event.kind, event.number, event.head_ref, event.labels) == ("fork_pr", 3, "fix", ("a", "b"))
    with pytest.raises(UsageError, match="number takes a whole number, not 'x'"):
        event.replace(number="x")


@pytest.mark.parametrize(
    ("event", "fork", "dependabot", "merged"),
    [
        pytest.param("pr", False, False, False, id="pr"),
        pytest.param("fork_pr", True, False, False, id="fork_pr"),
        pytest.param("pr:head_repository=ann/app", True, False, False, id="pr-of-named-fork"),
        pytest.param("push:head_repository=ann/app", False, False, False, id="push-is-none"),
        pytest.param("dependabot_pr", False, True, False, id="dependabot_pr"),
        pytest.param("pr_target", True, False, False, id="pr_target"),
        pytest.param("workflow_run", True, False, False, id="workflow_run"),
        pytest.param("pr_merged", False, False, True, id="pr_merged"),
        pytest.param("pr:merged=true", False, False, False, id="merged-but-open"),
    ],
)
def test_event_says_whose_it_is(event: str, fork: bool, dependabot: bool, merged: bool) -> None:
    """An event knows whether it is a fork's, Dependabot's, or a merge."""
    made = events.from_text(event)

    assert (made.is_fork, made.is_dependabot, made.is_merged) == (fork, dependabot, merged)


def test_owner_of_the_named_fork_is_the_actor() -> None:
    """A fork's pull request is its owner's unless the actor is given."""
    assert events.fork_pr(head_repository="ann/app").actor == "ann"
    assert events.fork_pr(head_repository="ann/app", actor="bob").actor == "bob"
    assert events.fork_pr().actor == "contributor"


@pytest.mark.parametrize(
    ("event", "text"),
    [
        pytest.param("push", "<Event push: push of feature by maintainer>", id="push"),
        pytest.param("tag_push", "<Event tag_push: push of v1.0.0 by maintainer>", id="tag"),
        pytest.param("schedule", "<Event schedule: schedule by maintainer>", id="schedule"),
        pytest.param("pr", "<Event pr: pull_request opened #7 from feature by maintainer>", id="pr"),
        pytest.param(
            "fork_pr:head_ref=fix",
            "<Event fork_pr: pull_request opened #7 from contributor:fix by contributor>",
            id="fork",
        ),
    ],
)
def test_repr_is_one_line(event: str, text: str) -> None:
    """The repr says what happened in a line."""
    assert repr(events.from_text(event)) == text


def test_event_cannot_be_changed() -> None:
    """Events are values."""
    with pytest.raises(AttributeError, match="cannot assign to field 'number'"):
        events.pr().number = 3  # type: ignore[misc]


def test_event_as_an_object() -> None:
    """The JSON form leaves out what follows from the repository."""
    assert events.schedule().to_mapping() == {
        "kind": "schedule",
        "actor": "maintainer",
        "number": 7,
        "head_ref": "feature",
        "labels": [],
        "merged": False,
        "draft": False,
        "inputs": {},
        "workflow_run": {},
    }
    assert isinstance(events.from_mapping({"kind": "schedule"}), Event)
