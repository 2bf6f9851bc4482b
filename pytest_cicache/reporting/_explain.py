"""Why a comparison with an answer of a run failed, in lines for pytest."""

from __future__ import annotations

from pytest_cicache.observation import TagNames

__all__ = ["explain_comparison"]


def explain_comparison(operator: str, left: object, right: object, *, told: bool = False) -> list[str] | None:
    """Return the explanation of `left operator right`, `None` when neither side comes from a run.

    The run's story is left out where it is `told` elsewhere.
    """
    lines = getattr(left, "story", None) or getattr(right, "story", None)
    if not lines:
        return None
    explanation = [f"{left!r} {operator} {right!r}", ""]
    if isinstance(left, TagNames) and isinstance(right, set | frozenset):
        explanation += _differences(left, right)
    return explanation[: None if explanation[-1] else -1] if told else [*explanation, *lines]


def _differences(left: TagNames, right: set[str] | frozenset[str]) -> list[str]:
    lines = [f"missing: {tag}" for tag in sorted(right - left)]
    lines += [f"extra: {tag}" for tag in sorted(left - right)]
    lines += [f"uncertain, a race decides it: {tag}" for tag in sorted(left.uncertain)]
    return [*lines, ""] if lines else []
