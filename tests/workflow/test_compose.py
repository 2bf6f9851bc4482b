"""YAML text -> nodes: positions, anchors, bounds, and what is no YAML."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pytest_cicache.workflow import Limits, Mapping, Node, Scalar, Sequence, WorkflowError
from pytest_cicache.workflow._compose import LOADER, compose

SYNTAX = "w.yml (Line: {0}, Col: {1}): You have an error in your yaml syntax on line {0}: {2}"


def _compose(text: str, *, loader: object = LOADER, **limits: int | bool) -> Node:
    return compose(text, path="w.yml", limits=Limits(**limits), loader=loader)


def _refusal(text: str, **limits: int | bool) -> str:
    with pytest.raises(WorkflowError, match=r".") as caught:
        _compose(text, **limits)
    (problem,) = caught.value.problems
    return str(problem)


def _places(node: Node) -> list[tuple[int, int]]:
    match node:
        case Scalar():
            below: list[tuple[int, int]] = []
        case Sequence():
            below = [place for item in node for place in _places(item)]
        case Mapping():
            below = [place for key, value in node.entries for place in [*_places(key), *_places(value)]]
    return [(node.position.line, node.position.column), *below]


TEXT = """\
a: !!int 3
b: |
  x
c:
- 1
- &q "z"
d: {e: *q}
f:
"""


def test_a_file_of_no_or_two_documents_is_told_with_its_place() -> None:
    """GitHub tells neither line nor reason; an editor wants both."""
    assert _located("") == "w.yml:1:1: Expected document start parse event (the file is empty)"
    second = "w.yml:2:1: Expected stream end parse event (a second document begins here)"
    assert _located("a: 1\n---\nb: 2\n") == second


def _located(text: str) -> str:
    with pytest.raises(WorkflowError) as caught:
        compose(text, path="w.yml", limits=Limits())
    return caught.value.problems[0].located


@pytest.mark.parametrize("loader", [pytest.param(yaml.SafeLoader, id="pure"), pytest.param(LOADER, id="fast")])
def test_nodes_stand_where_the_file_has_them(loader: object) -> None:
    """Lines and columns count from 1, tags and anchors belong to their node, an alias stands at its anchor."""
    node = _compose(TEXT, loader=loader)

    assert node.to_data() == {"a": 3.0, "b": "x\n", "c": [1.0, "z"], "d": {"e": "z"}, "f": None}
    assert _places(node) == [
        (1, 1),
        *[(1, 1), (1, 4)],
        *[(2, 1), (2, 4)],
        *[(4, 1), (5, 1), (5, 3), (6, 3)],
        *[(7, 1), (7, 4), (7, 5), (6, 3)],
        *[(8, 1), (8, 3)],
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("", "w.yml: Expected document start parse event", id="empty"),
        pytest.param("a: 1\n---\nb: 2\n", "w.yml: Expected stream end parse event", id="two-documents"),
        pytest.param("{a: 1}: 2", "w.yml: Expected mapping end", id="key-is-no-scalar"),
        pytest.param("a: *b", "w.yml: Unknown anchor 'b'", id="unknown-anchor"),
        pytest.param("a: &a [*a]", "w.yml: Maximum object depth exceeded", id="alias-in-its-anchor"),
        pytest.param(
            "a: !!int x",
            "w.yml: The value 'x' on line 1 and column 4 is invalid for the type 'tag:yaml.org,2002:int'",
            id="tag",
        ),
    ],
)
def test_what_github_cannot_read_is_refused(text: str, line: str) -> None:
    """The messages are GitHub's."""
    assert _refusal(text) == line


@pytest.mark.parametrize("loader", [pytest.param(yaml.SafeLoader, id="pure"), pytest.param(LOADER, id="fast")])
@pytest.mark.parametrize(
    ("text", "start"),
    [
        pytest.param("a: 1\nb: [}", SYNTAX.format(2, 5, "while parsing a flow node, "), id="flow"),
        pytest.param("a: b: c", SYNTAX.format(1, 5, "mapping values are not allowed"), id="colon"),
    ],
)
def test_what_is_no_yaml_is_refused_where_it_stands(text: str, start: str, loader: object) -> None:
    """Errors of YAML itself have a position and the parser's reason."""
    with pytest.raises(WorkflowError, match="You have an error in your yaml syntax on line") as caught:
        _compose(text, loader=loader)

    assert str(caught.value.problems[0]).startswith(start)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        pytest.param("a: \x00", "You have an error in your yaml syntax: unacceptable character #x0000", id="nul"),
        pytest.param("a: \ud800", "You have an error in your yaml syntax: 'utf-8' codec", id="surrogate"),
    ],
)
def test_what_is_no_text_is_refused(text: str, part: str) -> None:
    """Characters that no YAML file can hold are an error like any other."""
    assert part in _refusal(text)


def test_an_error_without_a_place_is_told_too() -> None:
    """A YAML error that has no mark gives a problem without line and column."""

    class Loader:
        def __init__(self, _: str) -> None:
            self.disposed = False

        def check_event(self) -> bool:
            raise yaml.MarkedYAMLError(problem="no place")

        def dispose(self) -> None:
            self.disposed = True

    with pytest.raises(WorkflowError, match=r"^w\.yml: You have an error in your yaml syntax: no place$"):
        _compose("a", loader=Loader)


@pytest.mark.parametrize(
    ("text", "limits", "message"),
    [
        pytest.param(
            "a: 12345", {"file_size": 7}, "The maximum file size of 7 characters has been exceeded", id="size"
        ),
        pytest.param("[[[x]]]", {"depth": 2}, "Maximum object depth exceeded", id="depth"),
        pytest.param("a: &a [[x]]\nb: [*a]", {"depth": 3}, "Maximum object depth exceeded", id="depth-of-an-alias"),
        pytest.param("a: &a {b: {}}\nb: [*a]", {"depth": 3}, "Maximum object depth exceeded", id="depth-of-a-mapping"),
        pytest.param("[x, x, x, x]", {"nodes": 7}, "Maximum YAML nodes exceeded", id="nodes"),
        pytest.param("- &a [x, x]\n- [*a, *a]", {"nodes": 17}, "Maximum YAML nodes exceeded", id="nodes-of-aliases"),
        pytest.param(
            "a: &b 1", {"anchors": False}, "Anchors are not currently supported. Remove the anchor 'b'", id="anchors"
        ),
    ],
)
def test_bounds_hold(text: str, limits: dict[str, int | bool], message: str) -> None:
    """GitHub's bounds on size, depth and nodes; aliases count as what they stand for."""
    assert _refusal(text, **limits) == f"w.yml: {message}"


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        pytest.param("a: 12345", {"file_size": 8}, id="size"),
        pytest.param("[[x]]", {"depth": 2}, id="depth"),
        pytest.param("a: &a [[x]]\nb: [*a]", {"depth": 4}, id="depth-of-an-alias"),
        pytest.param("a: &a x\nb: [*a]", {"depth": 2}, id="depth-of-a-scalar"),
        pytest.param("[x, x, x, x]", {"nodes": 10}, id="nodes"),
    ],
)
def test_what_is_just_within_bounds_is_read(text: str, limits: dict[str, int | bool]) -> None:
    """The last allowed value is allowed."""
    assert _compose(text, **limits) is not None


def test_an_alias_bomb_is_refused_quickly() -> None:
    """Nine levels of nine aliases stand for a thousand million nodes."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{new}: &{new} [{', '.join(['*' + old] * 9)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)]

    assert _refusal("\n".join(lines)) == "w.yml: Maximum YAML nodes exceeded"


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#,?%@ \n\t0.~", max_size=60))
def test_any_text_gives_nodes_or_one_problem(text: str) -> None:
    """Whatever stands in a file, nothing but `WorkflowError` is raised."""
    found: list[object] = []
    try:
        found.append(_compose(text))
    except WorkflowError as error:
        found.extend(error.problems)

    assert len(found) == 1
