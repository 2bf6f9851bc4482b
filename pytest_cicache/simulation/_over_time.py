"""What a test asks of a simulation over time: histories, keys compared, purges tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_cicache.history import Activity, CacheHistory, KeyComparison, PurgeCheck
from pytest_cicache.simulation._compare_keys import Edits, compare_keys
from pytest_cicache.simulation._histories import HistoryBook, Purge
from pytest_cicache.simulation._plot import plot_history

__all__ = ["OverTime"]


class OverTime:
    """The questions about months, beside those about one event."""

    def __init__(self, histories: HistoryBook) -> None:
        self._histories = histories

    def history(
        self,
        workflow: str,
        *,
        months: int = 6,
        merges_per_month: int = 20,
        pull_requests: int = 30,
        forks: int = 5,
        pushes: int = 1,
        dockerfile_changes: int = 1,
        base_image_updates: int = 0,
        base_images: Sequence[str] = (),
        files: Sequence[str] = (),
        layer_sizes: int | str | Mapping[str, int | str] | None = None,
        seed: int | str = 0,
        progress: bool | None = None,
        replay: bool = True,
    ) -> CacheHistory:
        """Play the events of months from now on; the same numbers and seed always give the same.

        All numbers are per month: pushes to the default branch, pull requests of the repository and of forks, each
        opened and pushed to `pushes` times; of merges, and of pull requests, `dockerfile_changes` change a Dockerfile.
        `files` get a line more by every event's commit; `base_images` become others, by default those that Dockerfiles
        name. `layer_sizes` are declared (`"120MB"`, or, on the simulated builder, by the pattern of a step's name),
        else the registry's. An event that meets just what an earlier one met is not run again, unless `replay` is off.
        A bar shows on a terminal, or as `progress` says. Raises UsageError for a workflow that builds nothing.
        """
        activity = Activity(
            merges=merges_per_month,
            pull_requests=pull_requests,
            forks=forks,
            pushes=pushes,
            dockerfile_changes=dockerfile_changes,
            base_image_updates=base_image_updates,
        )
        return self._histories.play(
            workflow,
            activity,
            months=months,
            seed=seed,
            layer_sizes=layer_sizes,
            progress=progress,
            files=files,
            bases=base_images,
            replays=replay,
        )

    def purge(self, purge: Purge, *, months: int = 1) -> PurgeCheck:
        """Let a purge run after a history, check what it left, and play `months` more.

        `purge` is a function that is given the API (`github_api`), the path of a script, or the name of a workflow.
        """
        return self._histories.purge(purge, months=months)

    def plot(self, history: CacheHistory, path: str | Path) -> None:
        """Draw a history into a file, `.svg` or `.png`; takes matplotlib, the extra `pytest-cicache[plot]`."""
        plot_history(history, Path(path))

    def compare_keys(self, workflow: str, keys: Mapping[str, Edits], **history: Any) -> KeyComparison:
        """Play the same history once for each way to make cache keys, each in a world of its own.

        `keys` are edits by name: path to the text that replaces the file, or to a pair of an old and a new text in it;
        `history` takes what `history()` takes.
        """
        return compare_keys(self._histories.simulation, workflow, keys, **history)
