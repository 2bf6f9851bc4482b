"""What a user reads: the engines' line, the table, the story of a failed assertion, the reports."""

from __future__ import annotations

import json

import pytest

FAILING = """
    def test_it(cicache, fork_pr_event):
        run = cicache.run("ci.yml", fork_pr_event)
        assert run.conclusion == "failure"
    """
PASSING = """
    def test_it(cicache, main_merge_event, fork_pr_event):
        cicache.run("ci.yml", main_merge_event)
        assert cicache.run("ci.yml", fork_pr_event).conclusion == "success"
    """


def test_the_engines_are_named_after_collection(repository: pytest.Pytester) -> None:
    """The line says which engines `auto` and the options came to."""
    repository.makepyfile(PASSING)

    result = repository.runpytest_subprocess()

    result.stdout.fnmatch_lines(
        [
            "cicache: octo-org/app (as given)",
            "cicache: builder simulated, registry embedded, runner inprocess, whose steps *",
        ],
        consecutive=True,
    )


def test_the_run_ends_with_a_table_of_events(repository: pytest.Pytester) -> None:
    """Each run is a row: event, token, imported from, hits, exported to, verdict."""
    repository.makepyfile(PASSING)

    result = repository.runpytest_subprocess()

    result.stdout.fnmatch_lines(
        [
            "*= cicache =*",
            "",
            "  event *token *imported from *hits *exported to *verdict",
            "  ---*",
            "test_the_run_ends_with_a_table_of_events.py::test_it",
            "  main_merge *packages: write *nothing *success",
            "  fork_pr *packages: read *nothing *success",
        ],
        consecutive=True,
    )


def test_workers_of_xdist_send_their_runs(repository: pytest.Pytester) -> None:
    """The controller prints one table for all workers."""
    repository.makepyfile(PASSING)

    result = repository.runpytest_subprocess("-n", "1")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["  main_merge *success", "  fork_pr *success"], consecutive=True)


def test_a_failed_assertion_tells_the_story_of_the_run(repository: pytest.Pytester) -> None:
    """The summary has the comparison, the lines below it the token with its reasons."""
    repository.makepyfile(FAILING)

    result = repository.runpytest_subprocess()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E * assert 'success' == 'failure'",
            "*- cicache -*",
            "ci.yml on fork_pr in octo-org/app: success",
            "*job build: success",
            "*token packages: read",
            "*repository default (restricted): packages: read",
            "*workflow permissions: packages: write",
            "*pull request from a fork: write becomes read",
        ]
    )


def test_every_failure_tells_the_runs(repository: pytest.Pytester) -> None:
    """Also one that compares nothing of a run; the last run is told, those before it in a line each."""
    repository.makepyfile(
        """
        def test_it(cicache, fork_pr_event, main_merge_event):
            for number in range(5):
                cicache.run("ci.yml", main_merge_event)
            assert cicache.run("ci.yml", fork_pr_event).token.packages == "write"
        """
    )

    result = repository.runpytest_subprocess()

    result.stdout.fnmatch_lines(
        [
            "*- cicache -*",
            "ci.yml on fork_pr in*: success",
            "*job build: success",
            "the other runs of the test:",
            *["  ci.yml on main_merge in*: success"] * 4,
            "  and 1 before them",
        ]
    )


@pytest.mark.parametrize("options", [("-q",), ("--tb=short",), ("--tb=line",), ("-n1",)], ids=" ".join)
def test_a_failure_begins_with_why_and_where(repository: pytest.Pytester, options: tuple[str, ...]) -> None:
    """In every style; the short summary and JUnit have it too, and JUnit the story."""
    (repository.path / ".github/workflows/ci.yml").write_text(
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: exit 3\n"
    )
    repository.makepyfile("def test_it(cicache): assert cicache.run('ci.yml', 'push').conclusion == 'success'")

    result = repository.runpytest_subprocess(*options, "--junitxml=junit.xml")

    line = "ci.yml:6: job 'a' failed: step 'Run exit 3': Process completed with exit code 3."
    assert line in result.stdout.str()
    result.stdout.fnmatch_lines(["FAILED *::test_it - ci.yml:6: job*"])
    junit = (repository.path / "junit.xml").read_text()
    assert 'message="ci.yml:6: job' in junit
    assert "ci.yml on push in octo-org/app: failure" in junit


def test_an_error_ends_where_the_test_called(repository: pytest.Pytester) -> None:
    """The simulation's own frames tell a user nothing."""
    repository.makepyfile("def test_it(cicache):\n    cicache.run('none.yml', 'push')")

    result = repository.runpytest_subprocess()

    result.stdout.fnmatch_lines([">* cicache.run('none.yml', 'push')", "E *no workflow 'none.yml'*"], consecutive=True)
    result.stdout.no_fnmatch_line("*_simulation.py*")


@pytest.mark.parametrize("ending", ["json", "md", "html"])
def test_a_report_holds_every_run(repository: pytest.Pytester, ending: str) -> None:
    """The ending chooses the kind; every kind has the test, the event and the verdict."""
    repository.makepyfile(PASSING)

    (repository.path / "out").mkdir()
    repository.runpytest_subprocess(f"--cicache-report=out/report.{ending}").assert_outcomes(passed=1)

    text = (repository.path / "out" / f"report.{ending}").read_text()
    for word in ("test_it", "fork_pr", "main_merge", "success"):
        assert word in text
    if ending == "json":
        assert [run["conclusion"] for run in json.loads(text)["runs"]] == ["success", "success"]


def test_a_report_of_an_unknown_kind_is_refused_at_once(repository: pytest.Pytester) -> None:
    """The message names the endings that would be right."""
    result = repository.runpytest_subprocess("--cicache-report=report.txt")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*the report 'report.txt' must end in one of .html, .json, .md"])


def test_a_failure_says_how_to_give_what_a_run_lacked(repository: pytest.Pytester) -> None:
    """In the words of a test."""
    (repository.path / ".github/workflows/ci.yml").write_text(
        "on: push\njobs: {a: {runs-on: x, steps: [{run: 'exit ${{ secrets.STATUS }}1'}]}}\n"
    )
    repository.makepyfile("def test_it(cicache): assert cicache.run('ci.yml', 'push').conclusion == 'success'")

    result = repository.runpytest_subprocess()

    result.stdout.fnmatch_lines(['secrets.STATUS is not set: give it a value with cicache.secret("STATUS", "*")'])


def test_quiet_is_quiet(repository: pytest.Pytester) -> None:
    """`-q` leaves the table out, `-v` adds the steps."""
    repository.makepyfile(PASSING)

    repository.runpytest_subprocess("-q").stdout.no_fnmatch_line("*imported from*")
    repository.runpytest_subprocess("-v").stdout.fnmatch_lines(["      build / Run echo*: success (executed)"])


def test_the_report_has_the_tests_that_ended_in_an_error(repository: pytest.Pytester) -> None:
    """Whether their simulation began or not, and whether workers of xdist ran them."""
    repository.makepyfile(
        """
        import pytest

        @pytest.fixture
        def broken(): raise RuntimeError("no fixture")
        def test_a(cicache, broken): pass
        def test_b(cicache): cicache.run("none.yml", "push")
        @pytest.mark.xfail(reason="one day")
        def test_c(cicache): assert cicache.run("ci.yml", "pr").conclusion == "failure"
        @pytest.mark.xfail
        def test_d(cicache): pass
        @pytest.mark.skip(reason="not here")
        def test_e(cicache): pass
        def test_f(): assert False
        """
    )
    repository.makepyfile(test_unread="import nothing_of_this_name")

    repository.runpytest_subprocess("--cicache-report=report.json", "-n1", "--continue-on-collection-errors")

    tests = json.loads((repository.path / "report.json").read_text())["tests"]
    assert {test["test"].rpartition("::")[2]: test["outcome"] for test in tests} == {
        "test_unread.py": "error",
        "test_a": "error",
        "test_b": "failed",
        "test_c": "xfailed",
        "test_d": "xpassed",
        "test_e": "skipped",
    }
    reasons = {test["test"].rpartition("::")[2]: test["reason"] for test in tests}
    assert "no fixture" in reasons["test_a"]
    assert (reasons["test_c"], reasons["test_e"]) == ("one day", "Skipped: not here")
    assert "nothing_of_this_name" in reasons["test_unread.py"]


def test_the_report_blames_the_run_that_an_assertion_asked(repository: pytest.Pytester) -> None:
    """The first of two."""
    repository.makepyfile(
        """
        def test_it(cicache):
            first, last = cicache.run("ci.yml", "main_merge"), cicache.run("ci.yml", "pr")
            assert first.conclusion == "failure"
        """
    )

    repository.runpytest_subprocess("--cicache-report=report.html").assert_outcomes(failed=1)

    text = (repository.path / "report.html").read_text()
    assert '<a class="badge bad" href="#run-1-1">success, but the test failed</a>' in text
    assert '<a class="badge none" href="#run-1-2">success</a>' in text


def test_a_report_is_written_when_no_test_used_a_simulation(repository: pytest.Pytester) -> None:
    """So that nobody takes an earlier one for this session's."""
    repository.makepyfile("def test_it(): pass")

    repository.runpytest_subprocess("--cicache-report=report.html").assert_outcomes(passed=1)

    assert "No test used a simulation" in (repository.path / "report.html").read_text()


def test_github_gets_annotations_and_a_summary(repository: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line of the workflow that a failed test blames, seen from the top of the check-out."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(repository.path.parent))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(repository.path / "summary.md"))
    (repository.path / ".github/workflows/ci.yml").write_text(
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: exit 3\n"
    )
    repository.makepyfile(test_x="def test_it(cicache): assert cicache.run('ci.yml', 'push').conclusion == 'success'")

    result = repository.runpytest_subprocess()

    folder = repository.path.name
    result.stdout.fnmatch_lines(
        [
            f"::error file={folder}/.github/workflows/ci.yml,line=6,col=9,title=test_x.py%3A%3Atest_it::job 'a' "
            "failed: step 'Run exit 3': Process completed with exit code 3.*"
        ]
    )
    assert (
        "* **test_x.py::test_it** (failed): `.github/workflows/ci.yml:6:9`: job 'a'"
        in (repository.path / "summary.md").read_text()
    )


def test_what_is_made_of_an_answer_has_its_reason_too(repository: pytest.Pytester) -> None:
    """A job, a step, a token, a list of a test's own; what has no reason stays as it is."""
    (repository.path / ".github/workflows/ci.yml").write_text(
        "on: pull_request\njobs:\n  a:\n    runs-on: x\n    steps:\n      - id: s\n        run: exit 3\n"
    )
    repository.makepyfile(
        """
        import pytest

        @pytest.fixture
        def run(cicache): return cicache.run("ci.yml", "fork_pr")

        def test_job(run): assert run.job("a").conclusion == "success"
        def test_step(run):
            step = run.job("a").step("s")
            assert step.conclusion == "success"
        def test_token(run): assert run.token.contents == "write"
        def test_list(run): assert [str(word) for word in [run.conclusion]] == ["success"]
        def test_other(run): assert run.triggered is False
        """
    )

    result = repository.runpytest_subprocess("--tb=line")

    failed = "ci.yml:6: job 'a' failed: step 'Run exit 3': Process completed with exit code 3.*"
    result.stdout.fnmatch_lines(
        [
            f"*: {failed}",
            f"*: {failed}",
            "*: ci.yml:3: the token has contents: read (*",
            f"*: {failed}",
            "*: assert True is False",
        ]
    )
