"""The matrix: products, `exclude`, `include`, and what GitHub refuses."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_cicache.workflow import WorkflowError, expand_matrix, read_workflow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_cicache.workflow import Job


def _expand(matrix: str, contexts: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    source = f"on: push\njobs: {{a: {{runs-on: x, strategy: {{matrix: {matrix}}}}}}}"
    job = read_workflow(source, path="w.yml").jobs[0]
    return list(expand_matrix(job.strategy, contexts or {}, job_id="a"))


@pytest.mark.parametrize(
    ("matrix", "combinations"),
    [
        pytest.param(
            "{a: [1, 2], b: [x, y]}",
            [{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}, {"a": 2, "b": "y"}],
            id="first-key-varies-slowest",
        ),
        pytest.param("{a: [1, 2], exclude: [{a: 1}]}", [{"a": 2}], id="exclude"),
        pytest.param("{a: [1, 2], b: [x], exclude: [{A: 1, b: X}]}", [{"a": 2, "b": "x"}], id="exclude-ignores-case"),
        pytest.param("{a: [1, '1', x], exclude: [{a: '1'}]}", [{"a": "x"}], id="exclude-compares-loosely"),
        pytest.param("{a: [1, 2], exclude: [{a: 3}]}", [{"a": 1}, {"a": 2}], id="exclude-nothing"),
        pytest.param("{a: [1], exclude: [{a: 1}]}", [], id="exclude-all"),
        pytest.param("{a: [1, 2], include: [{c: z}]}", [{"a": 1, "c": "z"}, {"a": 2, "c": "z"}], id="extra-for-all"),
        pytest.param("{a: [1, 2], include: [{a: 2, c: z}]}", [{"a": 1}, {"a": 2, "c": "z"}], id="extra-for-one"),
        pytest.param("{a: [1], include: [{a: 3, c: z}]}", [{"a": 1}, {"a": 3, "c": "z"}], id="unmatched-is-appended"),
        pytest.param(
            "{a: [1], include: [{c: y}, {C: z}]}", [{"a": 1, "c": "z"}], id="later-extra-overwrites-ignoring-case"
        ),
        pytest.param(
            "{a: [1, 2], exclude: [{a: 1}], include: [{a: 1, c: z}]}",
            [{"a": 2}, {"a": 1, "c": "z"}],
            id="include-brings-an-excluded-one-back",
        ),
        pytest.param("{include: [{a: 1}, {a: 2, b: x}]}", [{"a": 1}, {"a": 2, "b": "x"}], id="only-include"),
        pytest.param(
            "{fruit: [apple, pear], animal: [cat, dog], include: [{color: green}, {color: pink, animal: cat}, "
            "{fruit: apple, shape: circle}, {fruit: banana}, {fruit: banana, animal: cat}]}",
            [
                {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"},
                {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"},
                {"fruit": "pear", "animal": "cat", "color": "pink"},
                {"fruit": "pear", "animal": "dog", "color": "green"},
                {"fruit": "banana"},
                {"fruit": "banana", "animal": "cat"},
            ],
            id="the-documentations-example",
        ),
        pytest.param(
            "{a: [{os: x, v: [1, 2]}, {os: y, v: [1]}], exclude: [{a: {OS: x, v: [1]}}]}",
            [{"a": {"os": "y", "v": [1]}}],
            id="nested-leaves",
        ),
        pytest.param(
            "{a: [{os: x}, y], exclude: [{a: {no: x}}, {a: {os: [z]}}, {a: [1]}]}",
            [{"a": {"os": "x"}}, {"a": "y"}],
            id="leaves-that-are-not-there",
        ),
        pytest.param("{a: [null, true], exclude: [{a: 0}]}", [{"a": True}], id="null-is-zero"),
    ],
)
def test_combinations(matrix: str, combinations: list[dict[str, Any]]) -> None:
    """https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations."""
    assert _expand(matrix) == combinations


def test_a_job_without_matrix_runs_once(job: Callable[[str], Job]) -> None:
    """One empty combination, with and without a strategy."""
    assert expand_matrix(None, {}) == ({},)
    assert expand_matrix(job("runs-on: x\nstrategy: {fail-fast: false}").strategy, {}) == ({},)


@pytest.mark.parametrize(
    ("source", "value", "combinations"),
    [
        pytest.param("{matrix: '${{ fromJSON(vars.x) }}'}", '{"a": [1, 2]}', [{"a": 1}, {"a": 2}], id="matrix"),
        pytest.param("{matrix: {a: '${{ fromJSON(vars.x) }}'}}", "[1, 2]", [{"a": 1}, {"a": 2}], id="vector"),
        pytest.param(
            "{matrix: {a: [1], include: '${{ fromJSON(vars.x) }}'}}",
            '[{"a": 1, "b": 2}]',
            [{"a": 1, "b": 2}],
            id="include",
        ),
        pytest.param(
            "{matrix: {a: [1, 2], exclude: '${{ fromJSON(vars.x) }}'}}", '[{"a": 1}]', [{"a": 2}], id="exclude"
        ),
        pytest.param("{matrix: {'${{ vars.x }}': [1]}}", "k", [{"k": 1}], id="key"),
        pytest.param("{matrix: {'${{ insert }}': '${{ fromJSON(vars.x) }}'}}", '{"a": [1]}', [{"a": 1}], id="insert"),
        pytest.param("'${{ fromJSON(vars.x) }}'", '{"matrix": {"a": [1]}}', [{"a": 1}], id="strategy"),
        pytest.param("'${{ fromJSON(vars.x) }}'", "{}", [{}], id="strategy-without-matrix"),
    ],
)
def test_a_matrix_may_come_from_expressions(
    source: str, value: str, combinations: list[dict[str, Any]], job: Callable[[str], Job]
) -> None:
    """Whole or in parts."""
    read = job(f"runs-on: x\nstrategy: {source}")

    assert list(expand_matrix(read.strategy, {"vars": {"x": value}})) == combinations


PLACE = "w.yml (Line: 5, Col: {}): "


@pytest.mark.parametrize(
    ("source", "value", "lines"),
    [
        pytest.param(
            "{matrix: {a: '${{ fromJSON(vars.x) }}'}}",
            "[]",
            [PLACE.format(28) + "Matrix vector 'a' does not contain any values"],
            id="empty-vector",
        ),
        pytest.param(
            "{matrix: {a: '${{ fromJSON(vars.x) }}'}}",
            "{}",
            [PLACE.format(28) + "A sequence was expected"],
            id="vector-is-no-list",
        ),
        pytest.param(
            "{matrix: '${{ fromJSON(vars.x) }}'}",
            "[]",
            [PLACE.format(24) + "A mapping was expected"],
            id="matrix-is-no-object",
        ),
        pytest.param("'${{ fromJSON(vars.x) }}'", "1", [PLACE.format(15) + "A mapping was expected"], id="strategy"),
        pytest.param(
            "{matrix: '${{ fromJSON(vars.x) }}'}",
            '{"include": 1, "exclude": [2]}',
            [
                PLACE.format(24) + "A mapping was expected",
                PLACE.format(24) + "A mapping was expected",
                PLACE.format(24) + "Matrix must define at least one vector",
            ],
            id="include-is-no-list",
        ),
        pytest.param(
            "{matrix: '${{ fromJSON(vars.x) }}'}",
            '{"a": [1], "include": [{}], "exclude": [{}, {"b": 1}]}',
            [
                PLACE.format(24) + "Matrix include mapping does not contain any values",
                PLACE.format(24) + "Matrix exclude filter must not be empty",
                PLACE.format(24) + "Matrix exclude key 'b' does not match any key within the matrix",
            ],
            id="empty-items",
        ),
        pytest.param("{matrix: '${{ fromJSON(vars.x) }}'}", "{", None, id="no-json"),
    ],
)
def test_what_an_expression_gives_may_be_no_matrix(
    source: str, value: str, lines: list[str] | None, job: Callable[[str], Job]
) -> None:
    """Then the job fails with GitHub's words at the place of the expression."""
    read = job(f"runs-on: x\nstrategy: {source}")

    with pytest.raises(WorkflowError, match=r"^w\.yml:5:") as caught:
        expand_matrix(read.strategy, {"vars": {"x": value}})

    assert lines is None or [str(problem) for problem in caught.value.problems] == lines


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        pytest.param("{a: []}", ["(Line: 5, Col: 28): Matrix vector 'a' does not contain any values"], id="vector"),
        pytest.param("{}", ["(Line: 5, Col: 24): Matrix must define at least one vector"], id="nothing"),
        pytest.param("{include: []}", ["(Line: 5, Col: 24): Matrix must define at least one vector"], id="no-include"),
        pytest.param(
            "{exclude: [{a: 1}]}",
            [
                "(Line: 5, Col: 24): Matrix must define at least one vector",
                "(Line: 5, Col: 36): Matrix exclude key 'a' does not match any key within the matrix",
            ],
            id="only-exclude",
        ),
        pytest.param(
            "{a: [1], exclude: [{b: 1}]}",
            ["(Line: 5, Col: 44): Matrix exclude key 'b' does not match any key within the matrix"],
            id="unknown-key",
        ),
        pytest.param(
            "{a: [1], exclude: [{}], include: [{}]}",
            [
                "(Line: 5, Col: 58): Matrix include mapping does not contain any values",
                "(Line: 5, Col: 43): Matrix exclude filter must not be empty",
            ],
            id="empty",
        ),
        pytest.param("{a: ['${{ vars.x }}'], exclude: [{b: 1}]}", [], id="unknown-vectors-hide-the-rest"),
        pytest.param("{include: '${{ fromJSON(vars.x) }}'}", [], id="unknown-include"),
        pytest.param("{a: [1], exclude: '${{ fromJSON(vars.x) }}'}", [], id="unknown-exclude"),
        pytest.param("{'${{ vars.x }}': [1], exclude: [{b: 1}]}", [], id="unknown-key-of-the-matrix"),
    ],
)
def test_a_wrong_matrix_is_refused_while_reading(
    source: str, lines: list[str], job_refusals: Callable[[str], list[str]]
) -> None:
    """As far as no expression hides it."""
    assert job_refusals(f"runs-on: x\nstrategy: {{matrix: {source}}}") == lines


def test_more_than_256_jobs_are_refused() -> None:
    """Sixteen by sixteen are allowed; the product is not even made when it is huge."""
    sixteen = str(list(range(16)))

    assert len(_expand(f"{{a: {sixteen}, b: {sixteen}}}")) == 256
    with pytest.raises(
        WorkflowError, match="Strategy for job 'a' produced more configurations than the maximum of 256"
    ):
        _expand(f"{{{', '.join(f'{name}: {sixteen}' for name in 'abcdefgh')}}}")


NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.integers(min_value=0, max_value=3)
ITEMS = st.dictionaries(NAMES, VALUES, min_size=1)
VECTORS = st.dictionaries(NAMES, st.lists(VALUES, min_size=1, max_size=3, unique=True), min_size=1)


@given(vectors=VECTORS, excludes=st.lists(ITEMS, max_size=3), includes=st.lists(ITEMS, max_size=3))
def test_a_matrix_keeps_its_promises(
    vectors: dict[str, list[int]], excludes: list[dict[str, int]], includes: list[dict[str, int]]
) -> None:
    """No original value changes, nothing excluded is in the product, and every include is somewhere."""
    excludes = [each for each in excludes if each.keys() <= vectors.keys()]
    found = _expand(str({**vectors, "include": includes, "exclude": excludes}).replace("'", '"'))
    originals = [dict(zip(vectors, values, strict=True)) for values in product(*vectors.values())]
    kept = [each for each in originals if not any(exclude.items() <= each.items() for exclude in excludes)]

    assert [{name: each[name] for name in vectors} for each in found[: len(kept)]] == kept
    assert found[len(kept) :] == [
        include
        for include in includes
        if not any({n: v for n, v in include.items() if n in vectors}.items() <= each.items() for each in kept)
    ]
