"""Repositories beside the one under test: the ini key, the fixture, and what a failed test tells of them."""

from __future__ import annotations

import pytest

SHARED = """
on: workflow_call
jobs: {build: {runs-on: x, steps: [{id: s, run: echo shared}]}}
"""
CALLER = "on: push\njobs: {call: {uses: octo-org/app/.github/workflows/shared.yml@v1}}\n"
TEST = """
    def test_it(cicache, push_event):
        run = cicache.caller("acme/site").run("ci.yml", push_event)
        assert run.job("build").step("s").log[-1] == EXPECTED
"""


@pytest.fixture
def shared(repository: pytest.Pytester) -> pytest.Pytester:
    """A repository with a shared workflow, and beside it one that calls."""
    (repository.path / ".github" / "workflows" / "shared.yml").write_text(SHARED)
    folder = repository.path / "site" / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_text(CALLER)
    return repository


def test_the_ini_key_names_folders(shared: pytest.Pytester) -> None:
    """One line a repository, relative to the root."""
    with (shared.path / "tox.ini").open("a") as ini:
        ini.write("\ncicache_workflow_sources =\n    acme/site = site\n")
    shared.makepyfile(TEST.replace("EXPECTED", "'shared'"))

    shared.runpytest_subprocess().assert_outcomes(passed=1)


def test_the_fixture_can_be_overridden(shared: pytest.Pytester) -> None:
    """A test suite may give the folders itself; a failed test tells the callers' runs too."""
    shared.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def cicache_workflow_sources(pytestconfig):
            return {"acme/site": pytestconfig.rootpath / "site"}
        """
    )
    shared.makepyfile(TEST.replace("EXPECTED", "'other'"))
    result = shared.runpytest_subprocess()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["ci.yml on push in acme/site: success", "*job call / build: success"])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("site", "'site' is not OWNER/NAME[[]@REF[]]=DIR"),
        ("acme/site = nowhere", "acme/site: 'nowhere' is not a folder"),
    ],
)
def test_a_wrong_line_is_named(shared: pytest.Pytester, line: str, message: str) -> None:
    """The key and the line are in the message."""
    with (shared.path / "tox.ini").open("a") as ini:
        ini.write(f"\ncicache_workflow_sources = {line}\n")
    shared.makepyfile(TEST.replace("EXPECTED", "'shared'"))

    shared.runpytest_subprocess().stdout.fnmatch_lines([f"*cicache_workflow_sources: {message}*"])
