"""The names under which GitHub shows jobs: `build (linux, 3.12)`, `caller / build`.

After the runner's JobNameBuilder.cs and MatrixBuilder.cs: values that `include` adds to a combination are not in
its name, those of a combination that `include` makes are; a name has at most 100 characters.
"""

from __future__ import annotations

from collections import abc
from typing import TYPE_CHECKING, Any

from pytest_cicache.expressions import show_unknown, to_text
from pytest_cicache.workflow import evaluate_node

if TYPE_CHECKING:
    from pytest_cicache.workflow import Job

__all__ = ["leg_segments", "plain_name"]

_MAXIMUM = 100


def plain_name(job: Job, contexts: abc.Mapping[str, object], segments: abc.Sequence[str] = ()) -> str:
    """Give the name of a job, or of one leg with these `segments`; an expression as name stands alone.

    What is unknown stands in it by what it depends on, in angle brackets.

    Raises `WorkflowError` for a name that cannot be evaluated.
    """
    given = "" if job.name is None else show_unknown(to_text(evaluate_node(job.name, contexts)))
    if job.name is not None and job.name.is_template and given:
        return given
    name = given or job.id
    full = f"{name} ({', '.join(segments)})" if segments else name
    return full if len(full) <= _MAXIMUM else f"{full[: _MAXIMUM - 3]}..."


def leg_segments(matrix: Any, legs: abc.Sequence[abc.Mapping[str, Any]]) -> list[list[str]]:
    """Give for each leg of a matrix the texts that name it; `matrix` is the evaluated `strategy.matrix`."""
    vectors = {key: values for key, values in matrix.items() if key.lower() not in ("include", "exclude")}
    named: list[list[str]] = []
    previous: tuple[int, ...] = ()
    in_product = bool(vectors)
    for leg in legs:
        place = _place(vectors, leg)
        in_product = in_product and place is not None and place > previous
        shown = {key: leg[key] for key in vectors} if in_product else leg
        previous = place or previous
        named.append([text for text in _texts(shown) if text])
    return named


def _place(vectors: abc.Mapping[str, list[Any]], leg: abc.Mapping[str, Any]) -> tuple[int, ...] | None:
    """Where a leg stands in the product of the vectors, `None` when it is not of it."""
    if not all(key in leg and leg[key] in values for key, values in vectors.items()):
        return None
    return tuple(values.index(leg[key]) for key, values in vectors.items())


def _texts(value: Any) -> abc.Iterator[str]:
    """The plain values inside a value, in order; null has no text."""
    if isinstance(value, abc.Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    else:
        yield show_unknown(to_text(value))
