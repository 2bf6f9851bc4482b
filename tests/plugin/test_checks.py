"""`pytest --cicache`: the checks as items, baselines and bases, alone and under xdist."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from pytest_cicache.checks import CHECKS
from tests.checks.samples import ALWAYS, BUILD, HEAD, IMPORT, LOGIN, ON_MAIN, SOUND

RED = f"{HEAD}{LOGIN}{BUILD}{IMPORT}          cache-to: {ALWAYS}\n"
ALL = len(CHECKS)
OPTIONS = ("-p", "no:cacheprovider", "--cicache")


@pytest.fixture
def checked(repository: pytest.Pytester) -> pytest.Pytester:
    """The repository with a workflow that has a cache, and whose forks are red; `ci.yml` has none."""
    write(repository.path, RED)
    (repository.path / "Dockerfile").write_text("FROM debian:12\nRUN make\n")
    return repository


def write(root: Path, text: str) -> None:
    (root / ".github" / "workflows" / "build.yml").write_text(text)


def commit(root: Path, branch: str = "main") -> None:
    """Commit everything."""
    git = ("git", "-C", str(root), "-c", "user.name=n", "-c", "user.email=n@example.org")
    for words in (("init", "-q", "-b", branch), ("add", "-A"), ("commit", "-q", "-m", "Begin")):
        subprocess.run((*git, *words), check=True, capture_output=True)


def test_each_check_is_an_item_and_an_error_fails_it(checked: pytest.Pytester) -> None:
    """With the line to change, in the failure and in the summary; a workflow without a cache has no items."""
    result = checked.runpytest_subprocess(*OPTIONS, "-rpf")

    result.assert_outcomes(failed=1, passed=ALL - 1)
    result.stdout.no_fnmatch_line("*cicache::ci.yml*")
    result.stdout.fnmatch_lines(
        [
            f"collected {ALL} items",
            "*_ fork-pr-export in .github/workflows/build.yml _*",
            ".github/workflows/build.yml:17:21: error[[]fork-pr-export[]]: A pull request from a fork fails *",
            f"    cache-to: {ALWAYS}",
            "PASSED cicache::build.yml::min-mode",
            "FAILED cicache::build.yml::fork-pr-export - .github/workflows/build.yml:17:21*",
        ]
    )


def test_a_warning_fails_nothing_and_is_told_at_the_end(checked: pytest.Pytester) -> None:
    """As `cicache check` ends with 0."""
    write(checked.path, SOUND.replace("mode=max'", "mode=max,ignore-errors=true'"))

    result = checked.runpytest_subprocess(*OPTIONS)

    result.assert_outcomes(passed=ALL)
    result.stdout.fnmatch_lines(["*= cicache findings =*", "*build.yml:17:21: warning[[]unknown-attribute[]]: *"])


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_the_report_has_all_checks_and_what_they_found(checked: pytest.Pytester, workers: tuple[str, ...]) -> None:
    """Refused workflows and comparisons too; also where no test used a simulation."""
    write(checked.path, SOUND)
    commit(checked.path)
    write(checked.path, RED.replace("mode=max", "ignore-errors=true").replace("push: {branches: [main]}", "push: {}"))
    (checked.path / ".github" / "workflows" / "ci.yml").write_text("on: push\n  jobs:\n")

    checked.runpytest_subprocess(*OPTIONS, "--cicache-base=HEAD", "--cicache-report=report.json", *workers)

    report = json.loads((checked.path / "report.json").read_text())
    failed = {each["check"]: each for each in report["checks"] if each["outcome"] == "failed"}
    assert [(each["check"], each["severity"]) for each in report["findings"]][:2] == [
        ("fork-pr-export", "error"),
        ("not-simulated", "error"),
    ]
    assert len(report["checks"]) == ALL + 2
    assert set(failed) == {"base", "fork-pr-export", "not-simulated"}
    assert failed["base"]["reason"].startswith("worse: A pull request from a fork no longer ends in success")


def test_github_gets_the_findings(checked: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """As annotations of their lines and in the step summary, also where no test used a simulation."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(checked.path))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(checked.path / "summary.md"))
    write(checked.path, SOUND)
    commit(checked.path)
    write(checked.path, RED)

    result = checked.runpytest_subprocess(*OPTIONS, "--cicache-base=HEAD")

    result.stdout.fnmatch_lines(
        [
            "::error file=.github/workflows/build.yml,line=17,col=21,title=cicache fork-pr-export::A pull request *",
            "::error file=.github/workflows/build.yml,title=cicache%3A%3Abuild.yml%3A%3Abase::worse: A pull *",
        ]
    )
    summary = (checked.path / "summary.md").read_text()
    assert "* **fork-pr-export** (error): `.github/workflows/build.yml:17:21`: A pull request from a fork" in summary
    assert "* **cicache::build.yml::base** (failed)\n  * worse: A pull request from a fork no longer ends in" in summary


def test_workers_of_xdist_share_what_they_find(checked: pytest.Pytester) -> None:
    """The controller tells it, and no folder is left."""
    write(checked.path, RED.replace("mode=max", "mode=max,ignore-errors=true"))

    result = checked.runpytest_subprocess(*OPTIONS, "-n", "2")

    result.assert_outcomes(failed=1, passed=ALL - 1)
    result.stdout.fnmatch_lines(["*build.yml:17:21: warning[[]unknown-attribute[]]: *"])


def test_an_ini_key_turns_the_checks_on(checked: pytest.Pytester) -> None:
    """For those who always want them."""
    with (checked.path / "tox.ini").open("a") as ini:
        ini.write("\ncicache = true\n")

    checked.runpytest_subprocess("-k", "min-mode").assert_outcomes(passed=1, deselected=ALL - 1)


def test_an_empty_repository_has_no_items(pytester: pytest.Pytester) -> None:
    """And no error."""
    result = pytester.runpytest_subprocess(*OPTIONS)

    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_workflow_that_github_refuses_is_one_failing_item(checked: pytest.Pytester) -> None:
    """With the place and GitHub's words, also where it names no image: what it would do nobody knows."""
    (checked.path / ".github" / "workflows" / "ci.yml").write_text("on: push\n  jobs:\n")
    (checked.path / ".github" / "workflows" / "latin.yml").write_bytes(b"name: caf\xe9\n")
    write(checked.path, RED.replace("runs-on", "run-on"))

    result = checked.runpytest_subprocess(*OPTIONS, "-rf")

    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [
            ".github/workflows/build.yml:7:5: error[[]not-simulated[]]: GitHub refuses the workflow: Unexpected*",
            "    run-on: ubuntu-latest",
            ".github/workflows/ci.yml:2:7: error[[]not-simulated[]]: * mapping values are not allowed *",
            ".github/workflows/latin.yml: error[[]not-simulated[]]: * is not UTF-8 text: invalid continuation byte *",
            "FAILED cicache::build.yml::not-simulated - .github/workflows/build.yml:7:5*",
        ]
    )


def test_a_called_workflow_that_github_refuses_fails_its_caller(checked: pytest.Pytester) -> None:
    """Both say so once; the other checks of the caller are skipped, and a comparison with what it did before."""
    write(checked.path, "on: push\njobs: {image: {uses: ./.github/workflows/image.yml}}\n")
    (checked.path / ".github" / "workflows" / "image.yml").write_text(
        f"on: workflow_call\n{HEAD[HEAD.index('jobs') :].replace('runs-on', 'run-on')}{BUILD}"
    )
    commit(checked.path)

    result = checked.runpytest_subprocess(*OPTIONS, "--cicache-base=HEAD")

    result.assert_outcomes(failed=2, skipped=ALL)


def test_an_event_that_cannot_be_simulated_is_told(checked: pytest.Pytester) -> None:
    """At the end, as a warning: the others are judged."""
    write(checked.path, SOUND)
    (checked.path / "Dockerfile").unlink()
    (checked.path / "Dockerfile").symlink_to("gone")

    result = checked.runpytest_subprocess(*OPTIONS)

    result.assert_outcomes(passed=ALL)
    result.stdout.fnmatch_lines(
        [
            "*= cicache findings =*",
            ".github/workflows/build.yml: warning[[]not-simulated[]]: A pull request from a fork, * cannot be "
            "simulated: Dockerfile is a link to 'gone', which is not there",
        ]
    )


def test_an_ignored_finding_passes_and_an_unused_ignore_is_told(checked: pytest.Pytester) -> None:
    """The ignore is an item of its own."""
    ignored = RED.replace("mode=max\n", "mode=max  # cicache: ignore[fork-pr-export] no forks\n")
    write(checked.path, f"{ignored}# cicache: ignore-workflow[min-mode] old\n")

    result = checked.runpytest_subprocess(*OPTIONS)

    result.assert_outcomes(passed=ALL + 1)
    result.stdout.fnmatch_lines(["*build.yml:18:1: note[[]unused-ignore[]]: *"])


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        pytest.param(
            "# cicache: ignore[min-mode]\n", (), "*build.yml:1:1: the ignore of 'min-mode' has no rea*", id="reason"
        ),
        pytest.param("# cicache: ignore[mim] x\n", (), "*build.yml:1:1: there is no check 'mim'*", id="check"),
        pytest.param(
            "", ("--cicache-base=nowhere",), "* is no git repository, and 'nowhere' no commit of it", id="base"
        ),
        pytest.param("", ("--cicache-baseline=none.json",), "there is no baseline '*none.json'*", id="baseline"),
        pytest.param("", ("--cicache-update-baseline",), "--cicache-update-baseline needs *", id="update"),
    ],
)
def test_bad_input_is_one_line(checked: pytest.Pytester, text: str, options: tuple[str, ...], message: str) -> None:
    """What and where."""
    write(checked.path, text + RED)

    result = checked.runpytest_subprocess(*OPTIONS, *options)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: cicache: {message}"])


@pytest.mark.parametrize("option", ["--cicache-base=main", "--cicache-baseline=x.json", "--cicache-update-baseline"])
def test_what_needs_the_checks_is_refused_without_them(checked: pytest.Pytester, option: str) -> None:
    """Nobody believes that something was compared."""
    result = checked.runpytest_subprocess("-p", "no:cacheprovider", option)

    result.stderr.fnmatch_lines([f"ERROR: {option.partition('=')[0]} needs --cicache"])


@pytest.mark.parametrize("option", ["builder", "registry"])
def test_an_engine_that_does_not_exist_is_one_line(checked: pytest.Pytester, option: str) -> None:
    """And not a failure of every check."""
    result = checked.runpytest_subprocess(*OPTIONS, f"--cicache-{option}=none")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: cicache: unknown {option} 'none'; it is one of *"])


def test_a_baseline_records_and_compares(checked: pytest.Pytester) -> None:
    """The same file from the same behaviour; another behaviour fails with what differs."""
    file = checked.path / "cache.json"
    update = (*OPTIONS, "--cicache-baseline=cache.json", "--cicache-update-baseline", "-k", "min-mode")
    checked.runpytest_subprocess(*update)
    first = file.read_text()
    checked.runpytest_subprocess(*update)

    assert file.read_text() == first
    assert json.loads(first)["version"] == "pytest-cicache/baseline/1"
    compare = (*OPTIONS, "--cicache-baseline=cache.json", "-k", "baseline")
    checked.runpytest_subprocess(*compare).assert_outcomes(passed=1, deselected=ALL)
    write(checked.path, RED.replace(ALWAYS, ON_MAIN))
    result = checked.runpytest_subprocess(*compare)
    result.assert_outcomes(failed=1, deselected=ALL)
    result.stdout.fnmatch_lines(
        [
            "*A pull request from a fork no longer is denied the export to ghcr.io/octo-org/app:cache: it no longer*",
            "--cicache-update-baseline takes it as it is now",
        ]
    )


def test_a_baseline_of_another_version_is_refused(checked: pytest.Pytester) -> None:
    """In one line."""
    (checked.path / "cache.json").write_text('{"version": "pytest-cicache/baseline/0", "workflows": {}}')

    result = checked.runpytest_subprocess(*OPTIONS, "--cicache-baseline=cache.json")

    result.stderr.fnmatch_lines(["ERROR: cicache: the baseline * is of version 'pytest-cicache/baseline/0', not *"])


def test_a_baseline_that_cannot_be_written_is_refused_before_the_runs(checked: pytest.Pytester) -> None:
    """As a report is."""
    result = checked.runpytest_subprocess(*OPTIONS, "--cicache-update-baseline", "--cicache-baseline=no/cache.json")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: cicache: the baseline 'no/cache.json' cannot be written: there is no folder *"]
    )


@pytest.mark.parametrize(
    ("export", "failed", "told"),
    [
        pytest.param(ON_MAIN, 0, None, id="better"),
        pytest.param(
            "",
            1,
            "worse: A push to the default branch no longer writes the cache ghcr.io/octo-org/app:cache",
            id="worse",
        ),
    ],
)
def test_a_base_fails_what_is_worse(checked: pytest.Pytester, export: str, failed: int, told: str | None) -> None:
    """Both ways to repair a fork's failure: one of them stops the writes of the default branch, unnoticed."""
    commit(checked.path)
    write(checked.path, RED.replace(ALWAYS, export))

    result = checked.runpytest_subprocess(*OPTIONS, "--cicache-base=HEAD", "-k", "base and not baseline")

    result.assert_outcomes(failed=failed, passed=1 - failed, deselected=ALL)
    if told is not None:
        result.stdout.fnmatch_lines([f"*{told}"])


def test_the_default_branch_is_that_of_the_repository(checked: pytest.Pytester) -> None:
    """A push to it fills the caches, whatever it is called; the option says otherwise."""
    write(checked.path, RED.replace("[main]", "[master]"))
    commit(checked.path, "master")
    options = ("--cicache-baseline=cache.json", "--cicache-update-baseline", "-k", "min-mode")
    checked.runpytest_subprocess(*OPTIONS, *options)
    found = json.loads((checked.path / "cache.json").read_text())["workflows"][".github/workflows/build.yml"]
    assert "main_merge" in found

    checked.runpytest_subprocess(*OPTIONS, *options, "--cicache-default-branch=trunk")
    other = json.loads((checked.path / "cache.json").read_text())["workflows"][".github/workflows/build.yml"]
    assert "main_merge" not in other
