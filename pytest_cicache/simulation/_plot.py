"""A history as a picture: growth, hit rate and the age of layers over time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from pytest_cicache.errors import UsageError
from pytest_cicache.history import CacheHistory, EventFigures, size_text

__all__ = ["plot_history"]

_DAY, _GIGABYTE = 86400, 10**9


def plot_history(history: CacheHistory, path: Path) -> None:
    """Draw a history into a file, SVG or PNG by its ending; raises UsageError where matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError("a picture takes matplotlib: pip install 'pytest-cicache[plot]'") from error
    figure: Any = Figure(figsize=(10, 9), layout="constrained")
    rates, ages, sizes, numbers = figure.subplots(4, 1, sharex=True)
    _draw_rates(rates, history)
    _draw_events(ages, history, lambda event: event.oldest_layer.total_seconds() / _DAY)
    ages.set_ylabel("oldest layer [days]")
    growth = history.growth
    _draw_courses(
        sizes,
        history,
        {
            f"all: {size_text(growth.size)}": lambda event: event.growth.size / _GIGABYTE,
            f"orphans: {size_text(growth.orphan_size)}": lambda event: event.growth.orphan_size / _GIGABYTE,
        },
    )
    sizes.set_ylabel("size [GB]")
    _draw_courses(
        numbers,
        history,
        {
            f"tags: {growth.tags}": lambda event: event.growth.tags,
            f"manifests: {growth.manifests}": lambda event: event.growth.manifests,
            f"orphans: {growth.orphans}": lambda event: event.growth.orphans,
        },
    )
    numbers.set_ylabel("number")
    figure.suptitle(f"{history.workflow}: {len(history.events)} events{_told_rate(history)}", x=0.01, ha="left")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)


def _told_rate(history: CacheHistory) -> str:
    return "" if history.hit_rate is None else f", hit rate {history.hit_rate:.0%}"


def _draw_rates(axes: Any, history: CacheHistory) -> None:
    """The rate of each event, and as a line that of all events of a month."""
    _draw_events(axes, history, lambda event: None if event.hit_rate is None else 100 * event.hit_rate)
    label = "month"
    for (_, inside), month in zip(
        groupby(history.events, key=lambda event: f"{event.at:%Y-%m}"), history.months, strict=True
    ):
        times = [event.at for event in inside]
        if month.hit_rate is not None:
            axes.plot([times[0], times[-1]], [100 * month.hit_rate] * 2, color="0.4", label=label)
            label = ""
    axes.set_ylabel("hit rate [%]")
    axes.set_ylim(-5, 105)
    # Above the axes: no part of them is sure to be free.
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=8, fontsize="small", frameon=False)


def _draw_events(axes: Any, history: CacheHistory, figure_of: Callable[[EventFigures], float | None]) -> None:
    """A mark for each event, in a colour for each kind."""
    for kind in dict.fromkeys(event.kind for event in history.events):
        known = [(event.at, figure_of(event)) for event in history.of_kind(kind).events]
        marks = [(at, figure) for at, figure in known if figure is not None]
        axes.plot([at for at, _ in marks], [figure for _, figure in marks], "o", markersize=3, alpha=0.6, label=kind)
    axes.grid(alpha=0.3)


def _draw_courses(axes: Any, history: CacheHistory, courses: Mapping[str, Callable[[EventFigures], float]]) -> None:
    """What stays as it is from an event to the next, with its value at the end."""
    times = [event.at for event in history.events]
    for label, figure_of in courses.items():
        axes.plot(times, [figure_of(event) for event in history.events], drawstyle="steps-post", label=label)
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left", fontsize="small")
