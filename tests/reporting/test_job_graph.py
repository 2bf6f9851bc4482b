"""Where the boxes of jobs stand."""

from __future__ import annotations

from pytest_cicache.reporting._job_graph import job_graph


def job(name: str) -> dict[str, str]:
    return {"name": name, "conclusion": "success"}


def test_jobs_stand_below_those_they_wait_for():
    """One row a depth, and a line to each."""
    graph = job_graph([job("a"), job("b"), job("c")], {"b": ["a"], "c": ["a", "b"]})

    assert graph is not None
    assert [(box.name, box.y // 60) for box in graph.boxes] == [("a", 0), ("b", 1), ("c", 2)]
    assert len(graph.lines) == 3


def test_many_jobs_of_a_depth_take_several_rows():
    """Three beside each other fit a narrow screen."""
    graph = job_graph([job(name) for name in "abcde"], {"e": list("abcd")})

    assert graph is not None
    assert [(box.x // 176, box.y // 60) for box in graph.boxes] == [(0, 0), (1, 0), (2, 0), (0, 1), (0, 2)]


def test_jobs_that_wait_for_none_are_no_graph():
    """A list says as much."""
    assert job_graph([job("a"), job("b")], {"a": []}) is None
