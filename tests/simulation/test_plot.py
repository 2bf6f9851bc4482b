"""The picture of a history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pytest_cicache.errors import UsageError
from pytest_cicache.history import CacheHistory, EventFigures, Growth
from pytest_cicache.simulation import Simulation

START = datetime(2026, 6, 1, tzinfo=UTC)


def history() -> CacheHistory:
    events = tuple(
        EventFigures(
            at=START + timedelta(days=day),
            kind="pr",
            number=day,
            conclusion="success",
            hits=0 if day % 30 == 0 else 32,
            misses=32 if day % 30 == 0 else 0,
            oldest_layer=timedelta(days=day % 30),
            growth=Growth(tags=4 * day, manifests=day, size=day * 10**9, orphans=day // 2, orphan_size=day * 10**8),
        )
        for day in range(180)
    )
    return CacheHistory(workflow="ci.yml", events=events)


def test_the_four_courses_are_drawn(simulation: Simulation, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib comes with pytest-cicache[plot]")
    simulation.plot(history(), tmp_path / "pictures" / "history.svg")

    drawn = (tmp_path / "pictures" / "history.svg").read_text()
    assert drawn.count('id="axes_') == 4
    for text in ("ci.yml: 180 events, hit rate 97%", "tags: 716", "orphans: 17.9 GB", "month", "pr"):
        assert f"<!-- {text} -->" in drawn


def test_a_history_without_known_steps_is_drawn(simulation: Simulation, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib comes with pytest-cicache[plot]")
    unknown = CacheHistory(
        workflow="ci.yml", events=(EventFigures(at=START, kind="pr", number=1, conclusion="success", unknown=3),)
    )

    simulation.plot(unknown, tmp_path / "unknown.svg")

    assert "<!-- ci.yml: 1 events -->" in (tmp_path / "unknown.svg").read_text()


def test_without_matplotlib_the_extra_is_named(simulation: Simulation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)

    with pytest.raises(UsageError, match=r"pip install 'pytest-cicache\[plot\]'"):
        simulation.plot(history(), "history.png")
