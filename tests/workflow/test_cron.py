"""Cron expressions of `on.schedule`."""

from __future__ import annotations

import pytest

from pytest_cicache.workflow._cron import is_cron


@pytest.mark.parametrize(
    "text",
    [
        "* * * * *",
        "0 0 1 1 0",
        "59 23 31 12 6",
        "*/15 * * * *",
        "0-30/5 0,12 * jan-mar MON-fri",
        "5,10,*/20  4 * DEC sun",
        "3/10 * * * *",
    ],
)
def test_legal_expressions(text: str) -> None:
    """Five fields of numbers, names, lists, ranges and steps."""
    assert is_cron(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("* * * *", id="four-fields"),
        pytest.param("* * * * * *", id="six-fields"),
        pytest.param("@daily", id="alias"),
        pytest.param("60 * * * *", id="minute"),
        pytest.param("* 24 * * *", id="hour"),
        pytest.param("* * 0 * *", id="day"),
        pytest.param("* * * 13 *", id="month"),
        pytest.param("* * * * 7", id="weekday"),
        pytest.param("* * * foo *", id="name"),
        pytest.param("30-10 * * * *", id="range-backwards"),
        pytest.param("1- * * * *", id="open-range"),
        pytest.param("1-2-3 * * * *", id="two-dashes"),
        pytest.param("*/0 * * * *", id="step-of-nothing"),
        pytest.param("*/x * * * *", id="step-is-no-number"),
        pytest.param("*/99 * * * *", id="step-beyond-the-field"),
        pytest.param("1,,2 * * * *", id="empty-item"),
        pytest.param("$cron-daily", id="placeholder"),
        pytest.param("1.5 * * * *", id="fraction"),
    ],
)
def test_other_texts_are_none(text: str) -> None:
    """What POSIX cron does not know is refused."""
    assert not is_cron(text)
