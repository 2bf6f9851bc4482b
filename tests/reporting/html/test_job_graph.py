"""Where the boxes of jobs stand."""

from __future__ import annotations

from pytest_cicache.reporting.html._job_graph import job_graph


def job(name: str) -> dict[str, str]:
    return {"name": name, "conclusion": "success"}


def test_jobs_stand_below_those_they_wait_for():
    """One row a depth, and a line to each."""
    graph = job_graph([job("a"), job("b"), job("c")], {"b": ["a"], "c": ["a", "b"]}, ["1", "2", "3"])

    assert graph is not None
    assert [(box.name, box.y // 54, box.anchor) for box in graph.boxes] == [("a", 0, "1"), ("b", 1, "2"), ("c", 2, "3")]
    assert len(graph.lines) == 3


def test_many_jobs_of_a_depth_take_several_rows():
    """Two beside each other fit a narrow screen."""
    graph = job_graph([job(name) for name in "abcde"], {"e": list("abcd")}, "12345")

    assert graph is not None
    assert [(box.x // 182, box.y // 54) for box in graph.boxes] == [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2)]


def test_jobs_that_wait_for_none_stand_beside_each_other():
    """A single job is no graph."""
    graph = job_graph([job("a"), job("b")], {"a": []}, ["1", "2"])

    assert graph is not None
    assert graph.lines == ()
    assert job_graph([job("a")], {}, ["1"]) is None
