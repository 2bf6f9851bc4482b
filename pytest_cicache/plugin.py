"""The pytest plugin: options, fixtures and hooks; everything heavy is imported when a fixture asks for it."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_cicache.events import Event
    from pytest_cicache.observation import Run
    from pytest_cicache.simulation import Engines, Simulation

__all__: list[str] = []

_OPTIONS = (
    ("builder", "auto", "what executes docker buildx build: auto, buildx or simulated"),
    ("registry", "auto", "what holds the images: auto, container, embedded or the URL of a running registry"),
    ("runner", "inprocess", "what executes steps: inprocess"),
    ("repository", "", "the repository under test as owner/name"),
    ("patience", "60", "the seconds of real time that one script may take"),
    ("report", "", "write a report of every run to this file: .html, .md or .json by its ending"),
)
_ENGINES = ("builder", "registry", "runner")
_ENGINES_OF: pytest.StashKey[Engines] = pytest.StashKey()
_ENTRIES: pytest.StashKey[list[dict[str, Any]]] = pytest.StashKey()
_CURRENT: pytest.StashKey[Simulation] = pytest.StashKey()
_UNUSED: pytest.StashKey[list[str]] = pytest.StashKey()
_TOLD_RUNS = 4


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, each also an ini key."""
    group = parser.getgroup("cicache", "CI image caches")
    for name, default, help_text in _OPTIONS:
        shown = f"{help_text} (default: {default})" if default else help_text
        group.addoption(f"--cicache-{name}", dest=f"cicache_{name}", metavar=name.upper(), help=shown)
        parser.addini(f"cicache_{name}", shown, default=default)
    strict = "an assumption is an error: whatever is not simulated ends the test"
    group.addoption("--cicache-strict", dest="cicache_strict", action="store_true", default=None, help=strict)
    parser.addini("cicache_strict", strict, type="bool", default=False)
    sources = (
        "where other repositories are on disk, whose workflows call or are called: OWNER/NAME[@REF]=DIR, one a line"
    )
    parser.addini("cicache_workflow_sources", sources, type="linelist", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and refuse a report of no known kind."""
    config.addinivalue_line(
        "markers",
        "cicache_events(*kinds): run the test once for each event kind, through the fixture ci_event; "
        'a kind may have parameters, "fork_pr:number=12"',
    )
    if _option(config, "report"):
        _check_report(config, _option(config, "report"))


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


def pytest_report_collectionfinish(config: pytest.Config, items: list[pytest.Item]) -> str | None:
    """Say which engines the collected tests will use."""
    # What a worker of xdist prints nobody reads, and it may not end the session: there each test says it.
    if hasattr(config, "workerinput") or not any("cicache" in getattr(item, "fixturenames", ()) for item in items):
        return None
    from pytest_cicache.engines import hides_processes, resolve_builder, resolve_registry, resolve_runner
    from pytest_cicache.errors import UsageError
    from pytest_cicache.simulation import repository_of

    try:
        repository_of(config.rootpath, _option(config, "repository"))
        builder = resolve_builder(_option(config, "builder"))
        registry = resolve_registry(_option(config, "registry"))
        runner = resolve_runner(_option(config, "runner"))
    except UsageError as error:
        raise pytest.UsageError(f"cicache: {error}") from None
    apart = "do not see other processes" if hides_processes() else "see other processes: bubblewrap is not at hand"
    return f"cicache: builder {builder}, registry {registry}, runner {runner}, whose steps {apart}"


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    """Explain a failed comparison with an answer of a run."""
    if not (hasattr(left, "story") or hasattr(right, "story")):
        return None
    from pytest_cicache.reporting import explain_comparison

    return explain_comparison(op, left, right, told=_CURRENT in config.stash)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell the story of a failed test's runs: pytest cuts long explanations, but no sections."""
    report = yield
    simulation = item.config.stash.get(_CURRENT, None)
    if report.failed and simulation is not None and simulation.every_run:
        report.sections.append(("cicache", "\n\n".join(_stories(simulation.every_run))))
    return report


def _stories(runs: Sequence[Run]) -> Iterator[str]:
    if len(runs) > _TOLD_RUNS:
        yield f"{len(runs) - _TOLD_RUNS} earlier runs are not shown"
    for run in runs[-_TOLD_RUNS:]:
        yield "\n".join(run.story)
    advice = "\n".join(_advice(runs[-_TOLD_RUNS:]))
    if advice:
        yield advice


def _advice(runs: Sequence[Run]) -> Iterator[str]:
    """How a test gives a simulation what runs lacked."""
    from pytest_cicache.reporting import absent_packages, unset_secrets

    for package in absent_packages(runs):
        how = f'let an earlier cicache.run fill it, or describe it with cicache.package("{package}")'
        yield f"{package} does not exist: {how}"
    for name in unset_secrets(runs):
        yield f'secrets.{name} is not set: give it a value with cicache.secret("{name}", "…")'


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """End with the table of all runs and the stand-ins that nothing used, and write the report."""
    entries = config.stash.get(_ENTRIES, [])
    if not entries:
        return
    from pytest_cicache.reporting import rows_table

    terminalreporter.section("cicache")
    for line in rows_table(entry["row"] for entry in entries):
        terminalreporter.write_line(line)
    for line in config.stash.get(_UNUSED, []):
        terminalreporter.write_line(line)
    if _option(config, "report"):
        _write_report(config, entries)
        terminalreporter.write_line(f"report: {_option(config, 'report')}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the engines; under xdist, send what a worker saw to the controller."""
    config = session.config
    output = getattr(config, "workeroutput", None)
    if output is not None:
        output["cicache"] = config.stash.get(_ENTRIES, [])
        output["cicache_unused"] = config.stash.get(_UNUSED, [])
    engines = config.stash.get(_ENGINES_OF, None)
    if engines is not None:
        engines.close()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take over the runs of a worker of xdist that has ended."""
    output = getattr(node, "workeroutput", {})
    node.config.stash.setdefault(_ENTRIES, []).extend(output.get("cicache", []))
    node.config.stash.setdefault(_UNUSED, []).extend(output.get("cicache_unused", []))


def _option(config: pytest.Config, name: str) -> str:
    """Return an option: of the command line, else of the ini file."""
    given = config.getoption(f"cicache_{name}")
    return str(given if given is not None else config.getini(f"cicache_{name}"))


def _patience(config: pytest.Config) -> float:
    text = _option(config, "patience")
    try:
        return float(text)
    except ValueError:
        raise pytest.UsageError(f"--cicache-patience: '{text}' is no number of seconds") from None


def _check_report(config: pytest.Config, name: str) -> None:
    from pytest_cicache.errors import UsageError
    from pytest_cicache.reporting import check_report_name

    try:
        check_report_name(name)
    except UsageError as error:
        raise pytest.UsageError(f"--cicache-report: {error}") from None
    problem = _unwritable(config.invocation_params.dir / name)
    if problem:
        raise pytest.UsageError(f"--cicache-report: '{name}' cannot be written: {problem}")


def _unwritable(path: Path) -> str | None:
    """Why a file cannot be written, as far as that can be told without writing it."""
    if path.is_dir():
        return "it is a folder"
    place = path if path.exists() else next(parent for parent in path.parents if parent.exists())
    if place != path and not place.is_dir():
        return f"{place} is no folder"
    return None if os.access(place, os.W_OK) else f"{place} is not writable"


def _write_report(config: pytest.Config, entries: list[dict[str, Any]]) -> None:
    from pytest_cicache.reporting import ReportEntry, render_report

    path = config.invocation_params.dir / _option(config, "report")
    text = render_report(path.name, [ReportEntry.from_data(entry) for entry in entries])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _engines(config: pytest.Config) -> Engines:
    from pytest_cicache.simulation import EngineNames, Engines

    if _ENGINES_OF not in config.stash:
        names = EngineNames(**{name: _option(config, name) for name in _ENGINES})
        config.stash[_ENGINES_OF] = Engines(names)
    return config.stash[_ENGINES_OF]


def _start(engines: Engines) -> None:
    """Start the engines; an error names the option that asks for one that can run here."""
    from pytest_cicache.errors import EngineUnavailableError

    try:
        engines.start()
    except EngineUnavailableError as error:
        if error.instead is not None and not getattr(error, "__notes__", ()):
            error.add_note("--cicache-{}={}".format(*error.instead))
        raise


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
    from pytest_cicache.reporting import entry
    from pytest_cicache.simulation import Simulation, repository_of

    config = request.config
    root = config.rootpath
    repository = repository_of(root, _option(config, "repository"))
    strict = bool(config.getoption("cicache_strict") or config.getini("cicache_strict"))
    _start(_engines(config))
    with Simulation(
        _engines(config),
        root,
        repository,
        strict=strict,
        patience=_patience(config),
        sources=cicache_workflow_sources,
    ) as simulation:
        config.stash[_CURRENT] = simulation
        yield simulation
        del config.stash[_CURRENT]
        if not strict:
            told = (f"{request.node.nodeid}: {line}" for line in simulation.unused_stubs)
            config.stash.setdefault(_UNUSED, []).extend(told)
        entries = (entry(request.node.nodeid, run).to_data() for run in simulation.every_run)
        config.stash.setdefault(_ENTRIES, []).extend(entries)


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
