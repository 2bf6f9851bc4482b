"""What a failed test tells of its runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pytest_cicache.reporting import absent_packages, unset_secrets

if TYPE_CHECKING:
    from pytest_cicache.observation import Run

_TOLD_RUNS = 4


def stories(runs: Sequence[Run]) -> Iterator[str]:
    """Tell the last runs, and what they lacked."""
    if len(runs) > _TOLD_RUNS:
        yield f"{len(runs) - _TOLD_RUNS} earlier runs are not shown"
    for run in runs[-_TOLD_RUNS:]:
        yield "\n".join(run.story)
    advice = "\n".join(_advice(runs[-_TOLD_RUNS:]))
    if advice:
        yield advice


def _advice(runs: Sequence[Run]) -> Iterator[str]:
    """How a test gives a simulation what runs lacked."""
    for package in absent_packages(runs):
        how = f'let an earlier cicache.run fill it, or describe it with cicache.package("{package}")'
        yield f"{package} does not exist: {how}"
    for name in unset_secrets(runs):
        yield f'secrets.{name} is not set: give it a value with cicache.secret("{name}", "…")'
