"""What a person could give a simulation so that a run goes on: packages and secrets that it lacks."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_cicache.observation import Run

__all__ = ["absent_packages", "unset_secrets"]


def absent_packages(runs: Iterable[Run]) -> tuple[str, ...]:
    """The packages, `owner/name`, whose reading was denied because they do not exist, each once."""
    found = (item for run in runs for item in run.requests if item.absent)
    return tuple(dict.fromkeys(item.image_name for item in found))


def unset_secrets(runs: Iterable[Run]) -> tuple[str, ...]:
    """The secrets that failed steps name and that nobody set, each once; those withheld are not among them."""
    steps = (step for run in runs for job in run.jobs for step in job.steps)
    return tuple(dict.fromkeys(item.name for step in steps for item in step.empty_secrets if item.reason is None))
