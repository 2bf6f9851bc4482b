"""A job's matrix: its combinations under GitHub's rules for vectors, `exclude` and `include`.

https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations and the
runner's MatrixBuilder.cs.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING

from pytest_cicache.errors import Problem, WorkflowError
from pytest_cicache.expressions import loosely_equal
from pytest_cicache.workflow._evaluate import resolve_node
from pytest_cicache.workflow._nodes import Mapping, Node, Position, Sequence, Value, has_template

if TYPE_CHECKING:
    from collections import abc

    from pytest_cicache.expressions import HostFunction
    from pytest_cicache.workflow._model import Strategy
    from pytest_cicache.workflow._problems import Problems

__all__ = ["MAXIMUM_JOBS", "check_matrix", "expand_matrix"]

MAXIMUM_JOBS = 256
Combination = dict[str, Value]
_INCLUDE, _EXCLUDE = "include", "exclude"


def expand_matrix(
    strategy: Strategy | None,
    contexts: abc.Mapping[str, object],
    functions: abc.Mapping[str, HostFunction] | None = None,
    *,
    job_id: str = "",
) -> tuple[Combination, ...]:
    """The `matrix` context of each job that a strategy gives, in order; one empty one without a matrix.

    `contexts` are those of `jobs.<job_id>.strategy` (a value missing from `needs` is null). What GitHub
    refuses raises `WorkflowError`.
    """
    node = _matrix_node(strategy, contexts, functions)
    if node is None:
        return ({},)
    if not isinstance(node, Mapping):
        raise _refused("A mapping was expected", node.position)
    problems: list[tuple[str, Position]] = []
    matrix = _Matrix.read(node, problems)
    if problems:
        raise WorkflowError(tuple(Problem(place.path, text, place.line, place.column) for text, place in problems))
    combinations = tuple(islice(matrix.combinations(), MAXIMUM_JOBS + 1))
    if len(combinations) > MAXIMUM_JOBS:
        raise _refused(
            f"Strategy for job '{job_id}' produced more configurations than the maximum of {MAXIMUM_JOBS}",
            node.position,
        )
    return combinations


def _matrix_node(
    strategy: Strategy | None,
    contexts: abc.Mapping[str, object],
    functions: abc.Mapping[str, HostFunction] | None,
) -> Node | None:
    if strategy is None:
        return None
    if strategy.whole is None:
        return None if strategy.matrix is None else resolve_node(strategy.matrix, contexts, functions)
    whole = resolve_node(strategy.whole, contexts, functions)
    if not isinstance(whole, Mapping):
        raise _refused("A mapping was expected", whole.position)
    return whole.get("matrix")


def check_matrix(node: Node | None, problems: Problems) -> None:
    """Report what is wrong with the parts of a matrix that hold no expressions."""
    if not isinstance(node, Mapping):
        return
    found: list[tuple[str, Position]] = []
    _Matrix.read(node, found, is_early=True)
    for message, position in found:
        problems.add(message, position)


def _refused(message: str, position: Position) -> WorkflowError:
    return WorkflowError((Problem(position.path, message, position.line, position.column),))


@dataclass(frozen=True, slots=True)
class _Include:
    """One item of `include`: values that select combinations, and values to add to them."""

    selectors: Combination
    extras: Combination


@dataclass(frozen=True, slots=True)
class _Matrix:
    vectors: dict[str, list[Value]]
    includes: tuple[_Include, ...]
    excludes: tuple[Combination, ...]

    @classmethod
    def read(cls, node: Mapping, problems: list[tuple[str, Position]], *, is_early: bool = False) -> _Matrix:
        """The matrix of a node; with `is_early` what holds expressions counts as present but unknown."""
        reader = _MatrixReader(problems, is_early=is_early)
        return cls(*reader.read(node))

    def combinations(self) -> abc.Iterator[Combination]:
        """Products that no `exclude` matches, with what `include` adds; then includes that matched none."""
        matched: set[int] = set()
        for values in product(*self.vectors.values()) if self.vectors else ():
            combination = dict(zip(self.vectors, values, strict=True))
            if any(_matches(exclude, combination) for exclude in self.excludes):
                continue
            extras: Combination = {}
            for number, include in enumerate(self.includes):
                if _matches(include.selectors, combination):
                    matched.add(number)
                    _put_all(extras, include.extras)
            yield {**combination, **extras}
        for number, include in enumerate(self.includes):
            if number not in matched:
                yield {**include.selectors, **include.extras}


class _MatrixReader:
    def __init__(self, problems: list[tuple[str, Position]], *, is_early: bool) -> None:
        self._problems = problems
        self._is_early = is_early
        self._has_vectors = False
        self._has_includes = False
        self._unknown = False

    def read(self, node: Mapping) -> tuple[dict[str, list[Value]], tuple[_Include, ...], tuple[Combination, ...]]:
        vectors: dict[str, list[Value]] = {}
        for key, value in node.entries:
            if key.is_template:
                self._has_vectors = self._unknown = True
            elif key.value not in (_INCLUDE, _EXCLUDE):
                self._vector(str(key.value), value, vectors)
        includes = self._items(node.get(_INCLUDE), _INCLUDE)
        excludes = self._items(node.get(_EXCLUDE), _EXCLUDE)
        self._has_includes = self._has_includes or bool(includes)
        if not self._has_vectors and not self._has_includes:
            self._problems.append(("Matrix must define at least one vector", node.position))
        if self._unknown:
            return {}, (), ()
        return (
            vectors,
            tuple(self._include(item, vectors) for item in includes if item.entries or self._empty_include(item)),
            tuple(self._exclude(item, vectors) for item in excludes if item.entries or self._empty_exclude(item)),
        )

    def _vector(self, name: str, node: Node, vectors: dict[str, list[Value]]) -> None:
        self._has_vectors = True
        if self._is_early and has_template(node):
            self._unknown = True
        elif not isinstance(node, Sequence):
            self._problems.append(("A sequence was expected", node.position))
        elif not node.items:
            self._problems.append((f"Matrix vector '{name}' does not contain any values", node.position))
        else:
            vectors[name] = [item.to_data() for item in node.items]

    def _items(self, node: Node | None, key: str) -> list[Mapping]:
        if node is None:
            return []
        if self._is_early and has_template(node):
            self._unknown = True
            self._has_includes = self._has_includes or key == _INCLUDE
            return []
        items = node.items if isinstance(node, Sequence) else ()
        for item in items if isinstance(node, Sequence) else (node,):
            if not isinstance(item, Mapping):
                self._problems.append(("A mapping was expected", item.position))
        return [item for item in items if isinstance(item, Mapping)]

    def _empty_include(self, item: Mapping) -> bool:
        self._problems.append(("Matrix include mapping does not contain any values", item.position))
        return False

    def _empty_exclude(self, item: Mapping) -> bool:
        self._problems.append(("Matrix exclude filter must not be empty", item.position))
        return False

    def _include(self, item: Mapping, vectors: dict[str, list[Value]]) -> _Include:
        selectors: Combination = {}
        extras: Combination = {}
        for name, value in item.items():
            vector = _named(vectors, name)
            _put(extras if vector is None else selectors, vector or name, value.to_data())
        return _Include(selectors, extras)

    def _exclude(self, item: Mapping, vectors: dict[str, list[Value]]) -> Combination:
        filters: Combination = {}
        for key, value in item.entries:
            name = str(key.value)
            vector = _named(vectors, name)
            if vector is None:
                message = f"Matrix exclude key '{name}' does not match any key within the matrix"
                self._problems.append((message, key.position))
            filters[vector or name] = value.to_data()
        return filters


def _named(table: abc.Iterable[str], name: str) -> str | None:
    """The key of a table that is this name; keys of a matrix ignore case."""
    return next((key for key in table if key.lower() == name.lower()), None)


def _put(table: Combination, name: str, value: Value) -> None:
    table[_named(table, name) or name] = value


def _put_all(table: Combination, others: Combination) -> None:
    for name, value in others.items():
        _put(table, name, value)


def _matches(selectors: Combination, combination: Combination) -> bool:
    """Whether every leaf of the selectors equals, loosely, what stands at its place in the combination."""
    return all(_leaf_matches(value, combination.get(name)) for name, value in selectors.items())


def _leaf_matches(wanted: Value, actual: Value) -> bool:
    if isinstance(wanted, dict):
        return all(_leaf_matches(value, _member(actual, name)) for name, value in wanted.items())
    if isinstance(wanted, list):
        return all(_leaf_matches(value, _element(actual, index)) for index, value in enumerate(wanted))
    return loosely_equal(actual, wanted)


def _member(value: Value, name: str) -> Value:
    if not isinstance(value, dict):
        return None
    found = _named(value, name)
    return None if found is None else value[found]


def _element(value: Value, index: int) -> Value:
    return value[index] if isinstance(value, list) and index < len(value) else None
