"""What a failed test tells of its runs: a line that says why and where, then the story."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from pytest_cicache.errors import CicacheError
from pytest_cicache.plugin._config import CURRENT
from pytest_cicache.plugin._reasons import reason_of
from pytest_cicache.plugin._results import noted, result_of
from pytest_cicache.reporting import absent_packages, run_lines, unset_secrets

if TYPE_CHECKING:
    from types import FrameType

    import pytest

    from pytest_cicache.observation import Run
    from pytest_cicache.reporting import Headline

__all__ = ["told"]

_TOLD_RUNS = 4


def told(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make the report of one phase of a test that uses a simulation."""
    simulation = item.config.stash.get(CURRENT, None)
    asked: Run | None = None
    why: Headline | None = None
    runs = [] if simulation is None else simulation.every_run
    if call.excinfo is not None:
        if not item.config.getoption("fulltrace"):
            _hide_own_frames(call.excinfo)
        asked, why = reason_of(call.excinfo, runs)
        if why is not None:
            _begin_with(call.excinfo, why)
    report = yield
    if report.failed and runs:
        story = "\n\n".join(_stories(runs, asked))
        # pytest cuts long explanations, but no sections, and JUnit has those of the representation alone.
        add = getattr(report.longrepr, "addsection", lambda *section: report.sections.append(section))
        add("cicache", story)
    if report.failed and asked is not None:
        result_of(item)["blamed"] = next((place for place, run in enumerate(runs) if run is asked), None)
    noted(item, report, why)
    return report


def _begin_with(excinfo: pytest.ExceptionInfo[BaseException], why: Headline) -> None:
    """Put the reason before the text of a failed assertion.

    The first line of an exception's text is what the short summary, `--tb=line` and JUnit show.
    """
    excinfo.value.args = (f"{why}\n{excinfo.value}",)
    # pytest does the same for assertions without a message of their own.
    excinfo._striptext = "AssertionError: "


def _hide_own_frames(excinfo: pytest.ExceptionInfo[BaseException]) -> None:
    """End the traceback of an error of the simulation where a person's code called it."""
    if not isinstance(excinfo.value, CicacheError):
        return
    theirs = [link for link in _links(excinfo.value.__traceback__) if not _is_own(link.tb_frame)]
    traceback: TracebackType | None = None
    for link in reversed(theirs):
        traceback = TracebackType(traceback, link.tb_frame, link.tb_lasti, link.tb_lineno)
    if traceback is not None:
        excinfo.traceback = type(excinfo.traceback)(traceback)
        excinfo.value.__cause__, excinfo.value.__suppress_context__ = None, True


def _links(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _is_own(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).startswith("pytest_cicache.")


def _stories(runs: Sequence[Run], first: Run | None) -> Iterator[str]:
    """Tell one run, by default the last, in a line each those before it, and what they lacked."""
    first = first or runs[-1]
    yield "\n".join(run_lines(first))
    others = [run for run in runs if run is not first]
    left_out = len(others) - _TOLD_RUNS
    lines = [f"  {next(run_lines(run))}" for run in others[-_TOLD_RUNS:]]
    if lines:
        more = [f"  and {left_out} before them"] if left_out > 0 else []
        yield "\n".join(["the other runs of the test:", *lines, *more])
    advice = "\n".join(_advice([*others[-_TOLD_RUNS:], first]))
    if advice:
        yield advice


def _advice(runs: Sequence[Run]) -> Iterator[str]:
    """How a test gives a simulation what runs lacked."""
    for package in absent_packages(runs):
        how = f'let an earlier cicache.run fill it, or describe it with cicache.package("{package}")'
        yield f"{package} does not exist: {how}"
    for name in unset_secrets(runs):
        yield f'secrets.{name} is not set: give it a value with cicache.secret("{name}", "…")'
