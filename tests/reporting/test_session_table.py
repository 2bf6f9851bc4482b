"""The table at the end of a session."""

from __future__ import annotations

from dataclasses import replace

from pytest_cicache.reporting import ReportedTest, entry, session_table


def lines(*tests: ReportedTest, **options: object) -> list[str]:
    return [line.text for line in session_table(tests, **options)]


def test_runs_stand_below_their_test(fork_run, quiet_run):
    """Whose outcome is told where it is not passed; a test without runs is left out."""
    first = ReportedTest(test="test_a", outcome="passed", runs=(entry(fork_run), entry(quiet_run)))
    second = ReportedTest(test="test_b", outcome="failed", runs=(entry(fork_run),))
    bare = ReportedTest(test="test_c", outcome="error")

    found = list(session_table([first, second, bare]))

    assert [line.text.split()[0] for line in found] == [
        "event",
        "-------",
        "test_a",
        "fork_pr",
        "fork_pr",
        "test_b",
        "fork_pr",
    ]
    assert [line.text for line in found if line.is_bad] == ["test_b (failed)"]


def test_steps_are_shown_where_asked(fork_run):
    """With what came from a cache."""
    test = ReportedTest(test="test_a", outcome="passed", runs=(entry(fork_run),))

    assert lines(test, verbose=True)[-1] == ("      caller / j / Build: success (executed, 1 of 2 build steps cached)")


def test_of_very_many_runs_those_of_failures_are_shown(fork_run):
    """The others are counted."""
    tests = [ReportedTest(test=f"test_{n}", outcome="passed", runs=(entry(fork_run),)) for n in range(61)]
    tests.append(replace(tests[0], test="test_x", outcome="failed"))

    found = lines(*tests)

    assert found[2] == "test_x (failed)"
    assert found[-1] == "61 runs of 61 tests that did not fail; -v shows them"
    assert len(lines(*tests, verbose=True)) > 61


def test_nothing_to_show():
    """No head alone."""
    assert lines(ReportedTest(test="a", outcome="error")) == []
