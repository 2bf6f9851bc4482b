"""The pytest plugin: options, fixtures and hooks; everything heavy is imported when a fixture asks for it."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from pytest_cicache.plugin._config import CURRENT, ENGINES_OF, add_options, has_checks, option, refuse_lonely_options
from pytest_cicache.plugin._results import CHECKED, RESULTS, Gatherer

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_cicache.events import Event
    from pytest_cicache.simulation import ApiAccess, Simulation

__all__: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, each also an ini key."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and refuse a report of no known kind."""
    config.addinivalue_line(
        "markers",
        "cicache_events(*kinds): run the test once for each event kind, through the fixture ci_event; "
        'a kind may have parameters, "fork_pr:number=12"',
    )
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Gatherer(config, has_report=bool(option(config, "report"))), "cicache-results")
    refuse_lonely_options(config)
    if option(config, "report"):
        from pytest_cicache.plugin._report import check_report

        check_report(config, option(config, "report"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrise `ci_event` by the marker."""
    if "ci_event" not in metafunc.fixturenames:
        # The marker of a class or a module may be meant for others in it.
        if any(mark.name == "cicache_events" for mark in metafunc.definition.own_markers):
            name = metafunc.definition.name
            pytest.fail(f"{name} has the marker cicache_events, but does not ask for ci_event", pytrace=False)
        return
    marker = metafunc.definition.get_closest_marker("cicache_events")
    if marker and not marker.args:
        pytest.fail(f"the marker cicache_events of {metafunc.definition.name} names no event", pytrace=False)
    kinds = marker.args if marker else ("push", "main_merge", "pr", "fork_pr")
    metafunc.parametrize("ci_event", kinds, indirect=True, ids=[str(kind) for kind in kinds])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the checks of the workflows, before others deselect."""
    if has_checks(config):
        from pytest_cicache.plugin._checks import add_items

        add_items(session, items)


def pytest_report_collectionfinish(config: pytest.Config, items: list[pytest.Item]) -> str | None:
    """Say which engines the collected tests will use."""
    # What a worker of xdist prints nobody reads, and it may not end the session: there each test says it.
    if hasattr(config, "workerinput") or not any("cicache" in getattr(item, "fixturenames", ()) for item in items):
        return None
    from pytest_cicache.plugin._engines import engines_line

    return engines_line(config)


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    """Explain a failed comparison with an answer of a run."""
    if not (hasattr(left, "asked") or hasattr(right, "asked")):
        return None
    from pytest_cicache.reporting import explain_comparison

    return explain_comparison(op, left, right, told=CURRENT in config.stash)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a failed test begin with why and where, and end with the story of its runs."""
    if "cicache" not in getattr(item, "fixturenames", ()):
        return (yield)
    from pytest_cicache.plugin._stories import told

    return (yield from told(item, call))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """End with the findings, the table of all runs and the stand-ins that nothing used, and write the report."""
    checked = config.stash.get(CHECKED, [])
    if terminalreporter.verbosity >= 0 and any(result["findings"] for result in checked):
        from pytest_cicache.plugin._findings import tell_findings

        tell_findings(terminalreporter, checked)
    if checked or config.stash.get(RESULTS, []) or (option(config, "report") and not config.option.collectonly):
        from pytest_cicache.plugin._summary import summarise

        summarise(terminalreporter, config)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the baseline where that was asked for, and stop the engines."""
    config = session.config
    is_whole = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and not hasattr(config, "workerinput")
    if has_checks(config) and config.getoption("cicache_update_baseline") and is_whole:
        from pytest_cicache.plugin._checks import update_baseline

        update_baseline(config)
    for engines in config.stash.get(ENGINES_OF, {}).values():
        engines.close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Let the workers of xdist share what they find out about workflows."""
    if has_checks(node.config):
        from pytest_cicache.plugin._sharing import share_folder

        share_folder(node.config, node.workerinput)


@pytest.fixture(scope="session")
def cicache_workflow_sources(pytestconfig: pytest.Config) -> Mapping[str, Path]:
    """The folders of other repositories, by `owner/name` or `owner/name@ref`: the ini key's, to be overridden."""
    from pytest_cicache.errors import UsageError
    from pytest_cicache.simulation import source_folders

    try:
        return source_folders(pytestconfig.getini("cicache_workflow_sources"), root=pytestconfig.rootpath)
    except UsageError as error:
        raise pytest.UsageError(f"cicache_workflow_sources: {error}") from None


@pytest.fixture
def cicache(request: pytest.FixtureRequest, cicache_workflow_sources: Mapping[str, Path]) -> Iterator[Simulation]:
    """A simulation of the repository under test: events, tokens and a registry of its own."""
    from pytest_cicache.plugin._simulation import simulated

    with simulated(request.node, cicache_workflow_sources) as simulation:
        yield simulation


@pytest.fixture
def github_api(cicache: Simulation, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiAccess]:
    """GitHub's REST API on the state of the simulation, for `requests` in this process and by URL for others."""
    access = cicache.api_access()
    for name, value in access.environment.items():
        monkeypatch.setenv(name, value)
    with access.in_process():
        yield access


def _event(kind: str) -> Event:
    from pytest_cicache import events

    return events.from_text(kind)


@pytest.fixture
def push_event() -> Event:
    """A push to a feature branch."""
    return _event("push")


@pytest.fixture
def main_merge_event() -> Event:
    """A merge into the default branch: the push that it makes."""
    return _event("main_merge")


@pytest.fixture
def same_repo_pr_event() -> Event:
    """A pull request from a branch of the same repository."""
    return _event("pr")


@pytest.fixture
def fork_pr_event() -> Event:
    """A pull request from a fork."""
    return _event("fork_pr")


@pytest.fixture
def dependabot_pr_event() -> Event:
    """A pull request by Dependabot."""
    return _event("dependabot_pr")


@pytest.fixture
def ci_event(request: pytest.FixtureRequest) -> Event:
    """One event of those that the marker `cicache_events` names."""
    return _event(request.param)
