"""References to actions, and what calls give."""

from __future__ import annotations

import pytest

from pytest_cicache.actions import ACTIONS, ActionCall, ActionReference, interpret
from pytest_cicache.errors import UsageError


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("actions/checkout@v5", ("actions", "checkout", "", "v5")),
        ("o/n/a/b@main", ("o", "n", "a/b", "main")),
        ("o/n@refs/heads/x@y", ("o", "n", "", "refs/heads/x@y")),
    ],
)
def test_parse(text, parts):
    """Owner, name, path and version."""
    found = ActionReference.parse(text)

    assert (found.owner, found.name, found.path, found.version) == parts


@pytest.mark.parametrize("text", ["checkout@v5", "actions/checkout", "actions/checkout@", "/x@v1", "a/@v1"])
def test_parse_refuses(text):
    """GitHub's message for a text that is no reference."""
    with pytest.raises(UsageError, match=r"Expected format \{org\}/\{repo\}\[/path\]@ref. Actual '"):
        ActionReference.parse(text)


@pytest.mark.parametrize(
    ("version", "major", "release"),
    [
        ("v4", 4, None),
        ("v4.1", 4, (4, 1)),
        ("v6.10.2", 6, (6, 10)),
        ("main", None, None),
        ("v4-beta", None, None),
        ("8" * 40, None, None),
        ("v", None, None),
        ("v4.x", 4, None),
    ],
)
def test_versions(version, major, release):
    """Tags have a major version, full ones a minor; branches and shas have none."""
    reference = ActionReference.parse(f"o/n@{version}")

    assert (reference.major, reference.release) == (major, release)


def test_repository_is_lower_case():
    """Owners and names ignore case."""
    assert ActionReference.parse("Actions/Checkout@v5").repository == "actions/checkout"


@pytest.mark.parametrize("uses", ["some/action@v1", "actions/checkout/sub@v5"])
def test_unknown(uses):
    """What is not in the table is not known, nor is a path of what is."""
    assert interpret(ActionCall(reference=ActionReference.parse(uses), inputs={}, github={})) is None


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_the_table_names_repositories_in_lower_case(name):
    """Every row can be found."""
    assert name == name.lower()
    assert name.count("/") >= 1


def test_inputs_are_trimmed_and_default():
    """An input is trimmed; one that is not given has the default."""
    call = ActionCall(reference=ActionReference.parse("o/n@v1"), inputs={"a": " x \n"}, github={})

    assert (call.input("a"), call.input("b"), call.input("c", "d")) == ("x", "", "d")


def test_event_fields():
    """A field of the payload, or nothing."""
    github = {"event": {"a": {"b": 1}, "c": "text"}}
    call = ActionCall(reference=ActionReference.parse("o/n@v1"), inputs={}, github=github)

    assert (call.event("a", "b"), call.event("a", "x"), call.event("c", "b"), call.event("x")) == (1, None, None, None)
