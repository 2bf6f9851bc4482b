"""A history as a picture: growth, hit rate and the age of layers over time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_cicache.errors import UsageError
from pytest_cicache.history import CacheHistory

__all__ = ["plot_history"]


def plot_history(history: CacheHistory, path: Path) -> None:
    """Draw a history into a file, SVG or PNG by its ending; raises UsageError where matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError("a picture takes matplotlib: pip install 'pytest-cicache[plot]'") from error
    figure: Any = Figure(figsize=(10, 9), layout="constrained")
    rates, ages, sizes, tags = figure.subplots(4, 1, sharex=True)
    times = [event.at for event in history.events]
    known = [(event.at, 100 * event.hit_rate) for event in history.events if event.hit_rate is not None]
    rates.plot([at for at, _ in known], [rate for _, rate in known], ".", markersize=3)
    rates.set_ylabel("hit rate [%]")
    rates.set_ylim(-5, 105)
    ages.plot(times, [event.oldest_layer.total_seconds() / 86400 for event in history.events])
    ages.set_ylabel("oldest layer [days]")
    sizes.plot(times, [event.growth.size / 1e9 for event in history.events], label="all")
    sizes.plot(times, [event.growth.orphan_size / 1e9 for event in history.events], label="orphans")
    sizes.set_ylabel("size [GB]")
    sizes.legend()
    tags.plot(times, [event.growth.tags for event in history.events], label="tags")
    tags.plot(times, [event.growth.manifests for event in history.events], label="manifests")
    tags.plot(times, [event.growth.orphans for event in history.events], label="orphans")
    tags.set_ylabel("number")
    tags.legend()
    figure.suptitle(f"{history.workflow}: {len(history.events)} events")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
