"""The fixtures and the marker, as a user's tests see them."""

from __future__ import annotations

import pytest


def test_a_run_answers_what_the_workflow_did(repository: pytest.Pytester) -> None:
    """The fixtures `cicache` and `main_merge_event` together run a workflow."""
    repository.makepyfile(
        """
        def test_it(cicache, main_merge_event):
            run = cicache.run("ci.yml", main_merge_event)
            assert run.conclusion == "success"
            assert "hello from main" in run.log
            assert run.token.packages == "write"
        """
    )

    repository.runpytest_subprocess().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("fixture", "name", "is_fork", "is_dependabot"),
    [
        pytest.param("push_event", "push", False, False, id="push"),
        pytest.param("main_merge_event", "push", False, False, id="main-merge"),
        pytest.param("same_repo_pr_event", "pull_request", False, False, id="same-repo-pr"),
        pytest.param("fork_pr_event", "pull_request", True, False, id="fork-pr"),
        pytest.param("dependabot_pr_event", "pull_request", False, True, id="dependabot-pr"),
    ],
)
def test_each_event_fixture_is_its_kind(
    request: pytest.FixtureRequest, fixture: str, name: str, is_fork: bool, is_dependabot: bool
) -> None:
    """Every event fixture has the GitHub name and the trust that its own name says."""
    event = request.getfixturevalue(fixture)

    assert (event.name, event.is_fork, event.is_dependabot) == (name, is_fork, is_dependabot)


@pytest.mark.cicache_events("push", "fork_pr:number=12")
def test_ci_event_runs_once_for_each_kind(ci_event: object, request: pytest.FixtureRequest) -> None:
    """The marker's kinds are the parameters of `ci_event`, and name the tests."""
    assert request.node.name.endswith(("[push]", "[fork_pr:number=12]"))
    assert ci_event.kind in ("push", "fork_pr")  # type: ignore[attr-defined]


def test_an_unknown_kind_in_the_marker_lists_the_kinds(repository: pytest.Pytester) -> None:
    """A wrong kind is an error that names it and what would be right."""
    repository.makepyfile(
        """
        import pytest

        @pytest.mark.cicache_events("fork")
        def test_it(cicache, ci_event):
            pass

        @pytest.mark.cicache_events("fork_pull")
        def test_other(cicache, ci_event):
            pass
        """
    )

    result = repository.runpytest_subprocess("-k", "other")

    result.assert_outcomes(errors=1, deselected=1)
    result.stdout.fnmatch_lines(
        ["*UsageError: unknown event kind 'fork_pull'; did you mean 'fork_pr'[?] the kinds are *fork_pr*"]
    )


def test_each_test_has_a_world_of_its_own(repository: pytest.Pytester) -> None:
    """What one test does to the repository, another does not see."""
    repository.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", [1, 2])
        def test_it(cicache, main_merge_event, number):
            cicache.edit(".github/workflows/ci.yml", "hello from", f"number {number}")
            assert f"number {number} main" in cicache.run("ci.yml", main_merge_event).log
        """
    )

    repository.runpytest_subprocess().assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("marker", "parameters", "message"),
    [
        ('"push"', "cicache", "test_it has the marker cicache_events, but does not ask for ci_event"),
        ("", "cicache, ci_event", "the marker cicache_events of test_it names no event"),
    ],
)
def test_a_marker_that_does_nothing_is_an_error(
    repository: pytest.Pytester, marker: str, parameters: str, message: str
) -> None:
    """The events would be left out in silence."""
    repository.makepyfile(
        f"""
        import pytest

        @pytest.mark.cicache_events({marker})
        def test_it({parameters}):
            pass
        """
    )

    result = repository.runpytest_subprocess()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])


def test_a_marker_of_a_class_is_for_the_tests_that_ask(repository: pytest.Pytester) -> None:
    """Others in the class may do without."""
    repository.makepyfile(
        """
        import pytest

        @pytest.mark.cicache_events("push")
        class TestIt:
            def test_one(self, ci_event):
                assert ci_event.name == "push"

            def test_other(self):
                pass
        """
    )

    repository.runpytest_subprocess().assert_outcomes(passed=2)


def test_a_stand_in_that_nothing_used_is_told_at_the_end(repository: pytest.Pytester) -> None:
    """A strict test has an error instead."""
    repository.makepyfile(
        """
        def test_it(cicache):
            cicache.stub("briefcase", "echo hi")
            cicache.stub_step("built", "x")
            assert cicache.run("ci.yml", "push:branch=main").conclusion == "success"
        """
    )
    lines = [
        "*test_it: nothing used the stand-in for the command 'briefcase'",
        "*test_it: nothing used the stand-in for the step 'built/x'; the steps are build/__run",
    ]

    told = repository.runpytest_subprocess()
    strict = repository.runpytest_subprocess("--cicache-strict")

    told.assert_outcomes(passed=1)
    told.stdout.fnmatch_lines(lines)
    strict.assert_outcomes(passed=1, errors=1)
    strict.stdout.fnmatch_lines(["E *UsageError: nothing used the stand-in for the command 'briefcase'"])
