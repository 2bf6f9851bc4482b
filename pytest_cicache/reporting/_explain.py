"""Why a comparison with an answer of a run failed, in lines for pytest."""

from __future__ import annotations

from pytest_cicache.observation import Asked, TagNames
from pytest_cicache.reporting._headline import headline
from pytest_cicache.reporting._story import run_lines

__all__ = ["explain_comparison"]


def explain_comparison(operator: str, left: object, right: object, *, told: bool = False) -> list[str] | None:
    """Return the explanation of `left operator right`, `None` when neither side comes from a run.

    The headline and the run's story are left out where they are `told` elsewhere.
    """
    asked: Asked | None = getattr(left, "asked", None) or getattr(right, "asked", None)
    if asked is None:
        return None
    explanation = [f"{left!r} {operator} {right!r}"]
    if isinstance(left, TagNames) and isinstance(right, set | frozenset):
        explanation += _differences(left, right)
    if told:
        return explanation
    why = headline(asked, right if getattr(left, "asked", None) else left)
    return [*explanation, *([str(why)] if why else []), "", *run_lines(asked.run)]


def _differences(left: TagNames, right: set[str] | frozenset[str]) -> list[str]:
    lines = [f"missing: {tag}" for tag in sorted(right - left)]
    lines += [f"extra: {tag}" for tag in sorted(left - right)]
    return [*lines, *(f"uncertain, a race decides it: {tag}" for tag in sorted(left.uncertain))]
