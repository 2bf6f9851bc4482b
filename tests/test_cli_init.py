"""The command `cicache init`: the tests it writes pass on a sound workflow, and fail where one is not."""

from __future__ import annotations

from pathlib import Path

import pytest

# Loaded before any test: pytester forgets what a test has loaded, and half of a YAML library would be left.
import pytest_cicache.survey  # noqa: F401
from pytest_cicache.cli import main
from tests.checks.samples import ALWAYS, BUILD, HEAD, IMPORT, LOGIN, SOUND

RED = f"{HEAD}{LOGIN}{BUILD}{IMPORT}          cache-to: {ALWAYS}\n"


def init(root: Path, text: str, *, dockerfile: bool = True) -> int:
    (root / ".github" / "workflows").mkdir(parents=True, exist_ok=True)
    (root / ".github" / "workflows" / "ci.yml").write_text(text)
    if dockerfile:
        (root / "Dockerfile").write_text("FROM debian:12\nRUN make\n")
    return main(["init", "--root", str(root), "--repository", "octo-org/app"])


@pytest.mark.parametrize(("text", "failed"), [pytest.param(SOUND, 0, id="sound"), pytest.param(RED, 1, id="red")])
def test_the_tests_pass_or_fail_for_the_right_reason(pytester: pytest.Pytester, text: str, failed: int) -> None:
    """The fork's, where its export is refused."""
    assert init(pytester.path, text) == 0

    result = pytester.runpytest_subprocess(
        "-o", "cicache_repository=octo-org/app", "--cicache-builder=simulated", "--cicache-registry=embedded"
    )

    result.assert_outcomes(passed=3 - failed, failed=failed)
    if failed:
        result.stdout.fnmatch_lines(["FAILED *test_ci_lets_a_fork_read_its_caches_and_write_nothing*"])


def test_a_file_that_is_there_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line says so."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_image_caches.py").write_text("mine\n")

    assert init(tmp_path, SOUND) == 2
    assert (tmp_path / "tests" / "test_image_caches.py").read_text() == "mine\n"
    assert "tests/test_image_caches.py' is there already" in capsys.readouterr().err


def test_a_repository_without_image_caches_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is written."""
    assert main(["init", "--root", str(tmp_path), "--repository", "octo-org/app"]) == 2
    assert "touches an image cache" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_repository_is_the_one_around(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without `--root`, as for the other commands."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()

    assert main(["init", "--repository", "octo-org/app"]) == 2
    assert "touches an image cache" in capsys.readouterr().err


def test_no_test_is_written_for_a_workflow_that_github_refuses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it would do nobody knows."""
    assert init(tmp_path, RED.replace("runs-on", "run-on")) == 2
    assert capsys.readouterr().err == "cicache: .github/workflows/ci.yml:7:5: Unexpected value 'run-on'\n"
    assert not (tmp_path / "tests").exists()


def test_the_tests_of_a_called_workflow_bring_a_dockerfile(pytester: pytest.Pytester) -> None:
    """Which only its callers have."""
    called = SOUND.replace(SOUND[: SOUND.index("permissions")], "on: workflow_call\n")
    assert init(pytester.path, called, dockerfile=False) == 0

    result = pytester.runpytest_subprocess(
        "-o", "cicache_repository=octo-org/app", "--cicache-builder=simulated", "--cicache-registry=embedded"
    )

    result.assert_outcomes(passed=3)


def test_a_given_file_is_one_of_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As every path of a command line is; the default belongs to the repository around it."""
    assert init(tmp_path, SOUND) == 0
    part = tmp_path / "part"
    part.mkdir()
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(part)
    capsys.readouterr()

    assert main(["init", "--repository", "octo-org/app", "--output", "test_caches.py"]) == 0
    assert capsys.readouterr().out == "wrote test_caches.py; run it with pytest\n"
    assert (part / "test_caches.py").is_file()
    assert main(["init", "--repository", "octo-org/app"]) == 2
    assert capsys.readouterr().err.startswith("cicache: '../tests/test_image_caches.py' is there already")
    assert main(["init", "--repository", "octo-org/app", "--output", "test_caches.py/x.py"]) == 2
    assert "'test_caches.py/x.py' cannot be written: " in capsys.readouterr().err
