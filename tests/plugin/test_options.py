"""The engines' options, and what a wrong one says."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

USES_CICACHE = "def test_it(cicache): assert cicache.repository.full_name == 'octo-org/app'"


@pytest.mark.parametrize(
    ("option", "message"),
    [
        pytest.param("builder=bx", "unknown builder 'bx'; it is one of auto, buildx, simulated", id="builder"),
        pytest.param("registry=reg", "unknown registry 'reg'; it is one of auto, container, embedded*", id="registry"),
        pytest.param(
            "runner=acts", "unknown runner 'acts'; did you mean 'act'? it is one of inprocess, act", id="runner"
        ),
        pytest.param(
            "act-image=octo/runner:1",
            "the image 'octo/runner:1' is for the runner 'act', and the runner is 'inprocess'",
            id="act-image",
        ),
        pytest.param("repository=app", "a repository is owner/name, not 'app'", id="repository"),
    ],
)
def test_a_wrong_value_is_named_with_the_right_ones(repository: pytest.Pytester, option: str, message: str) -> None:
    """Every option says what it takes."""
    repository.makepyfile(USES_CICACHE)

    result = repository.runpytest_subprocess(f"--cicache-{option}")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: cicache: {message}"])


def test_a_wrong_value_is_named_under_xdist(repository: pytest.Pytester) -> None:
    """There is no session of one's own to end in a worker: each test has the error."""
    repository.makepyfile(USES_CICACHE)

    result = repository.runpytest_subprocess("--cicache-builder=bx", "-n", "1")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["E * unknown builder 'bx'; it is one of auto, buildx, simulated"])


def test_an_ini_key_is_an_option(repository: pytest.Pytester) -> None:
    """`cicache_repository` of the ini file names the repository."""
    repository.makepyfile(USES_CICACHE)

    repository.runpytest_subprocess().assert_outcomes(passed=1)


@pytest.mark.act
@pytest.mark.image
def test_the_image_of_act_is_in_the_header(repository: pytest.Pytester) -> None:
    """Whose steps see no process but their own, whatever is installed here."""
    repository.makepyfile("def test_it(cicache, main_merge_event): assert cicache.run('ci.yml', main_merge_event).jobs")

    result = repository.runpytest_subprocess("--cicache-runner=act", "--cicache-act-image=cicache-steps:local")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["cicache: *, runner act in cicache-steps:local, whose steps do not see other processes"]
    )


@pytest.mark.act
@pytest.mark.image
def test_an_image_that_is_not_here(repository: pytest.Pytester) -> None:
    """One line, with what to do."""
    repository.makepyfile(USES_CICACHE)

    result = repository.runpytest_subprocess("--cicache-runner=act", "--cicache-act-image=octo/no-such:1")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["E * the image 'octo/no-such:1' is not on this machine: docker pull octo/no-such:1"])


def test_a_missing_workflow_is_named_with_those_there(repository: pytest.Pytester) -> None:
    """The error lists what is in .github/workflows."""
    repository.makepyfile("def test_it(cicache, push_event): cicache.run('build.yml', push_event)")

    result = repository.runpytest_subprocess()

    result.stdout.fnmatch_lines(["E * no workflow 'build.yml' in *; there is ci.yml"])


def test_without_docker_buildx_says_why_and_what_to_do(
    repository: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine that was asked for and cannot run is an error, never a silent other one."""
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable) + ":/nonexistent")
    folder = repository.mkdir("bin")
    for name in ("git", "bash", "env"):
        (folder / name).symlink_to(
            subprocess.check_output(["/bin/sh", "-c", f"PATH=/usr/bin:/bin command -v {name}"], text=True).strip()
        )
    monkeypatch.setenv("PATH", f"{os.path.dirname(sys.executable)}:{folder}")
    repository.makepyfile(USES_CICACHE)

    result = repository.runpytest_subprocess("--cicache-builder=buildx")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["E *EngineUnavailableError: *docker*", "E *--cicache-builder=simulated"])


def test_an_uninvolved_run_imports_nothing_heavy() -> None:
    """The plugin costs other people's pytest runs next to nothing."""
    code = (
        "import sys, pytest; pytest.main(['--version'])\n"
        "import pytest_cicache.plugin\n"
        "heavy = {'asyncio', 'ssl', 'http.client', 'yaml', 'aiohttp'} & set(sys.modules)\n"
        "ours = [name for name in sys.modules if name.startswith('pytest_cicache.')]\n"
        "print(sorted(heavy), sorted(ours))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert (
        done.stdout.splitlines()[-1]
        == "[] ['pytest_cicache.plugin', 'pytest_cicache.plugin._config', 'pytest_cicache.plugin._results']"
    )


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("there.md", "it is a folder"),
        ("file/report.md", "*file is no folder"),
        ("none/report.md", "there is no folder *none"),
    ],
)
def test_a_report_that_cannot_be_written_is_refused_first(repository: pytest.Pytester, name: str, problem: str) -> None:
    """Not when all tests are over."""
    (repository.path / "there.md").mkdir()
    (repository.path / "file").touch()
    repository.makepyfile(USES_CICACHE)

    result = repository.runpytest_subprocess(f"--cicache-report={name}")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: --cicache-report: '{name}' cannot be written: {problem}"])


PART = "def test_it(cicache): assert cicache.run('ci.yml', 'pr').conclusion == 'success'"


def test_the_repository_is_found_around_a_part_of_it(repository: pytest.Pytester) -> None:
    """A folder with a pytest.ini of its own; the header says where, and whose name it has."""
    repository.mkdir(".git")
    part = repository.mkdir("part")
    (part / "pytest.ini").write_text("[pytest]\ncicache_builder = simulated\ncicache_registry = embedded\n")
    (part / "test_part.py").write_text(PART)

    result = repository.runpytest_subprocess("--rootdir", part, part / "test_part.py", "-c", part / "pytest.ini")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [f"cicache: octo-org/* (after its folder, since it has no remote origin) in {repository.path}"]
    )


@pytest.mark.parametrize(("given", "passed"), [("..", 1), ("none", 0)])
def test_the_repository_may_be_named_by_its_folder(repository: pytest.Pytester, given: str, passed: int) -> None:
    """`cicache_root`, from the ini file on."""
    part = repository.mkdir("part")
    ini = f"[pytest]\ncicache_builder = simulated\ncicache_registry = embedded\ncicache_root = {given}\n"
    (part / "pytest.ini").write_text(ini)
    (part / "test_part.py").write_text(PART)

    result = repository.runpytest_subprocess("-c", part / "pytest.ini", part / "test_part.py")

    result.assert_outcomes(passed=passed)
    if not passed:
        result.stderr.fnmatch_lines(["ERROR: cicache_root: 'none' is not a folder"])
