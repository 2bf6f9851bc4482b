"""The pytest plugin: options, fixtures and hooks; everything heavy is imported when a fixture asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_cicache.events import Event
    from pytest_cicache.observation import Run
    from pytest_cicache.simulation import Simulation, Workshop

__all__: list[str] = []

_OPTIONS = (
    ("builder", "auto", "what executes docker buildx build: auto, buildx or simulated"),
    ("registry", "auto", "what holds the images: auto, container, embedded or the URL of a running registry"),
    ("runner", "inprocess", "what executes steps: inprocess"),
    ("repository", "", "the repository under test as owner/name"),
    ("report", "", "write a report of every run to this file: .html, .md or .json by its ending"),
)
_WORKSHOP: pytest.StashKey[Workshop] = pytest.StashKey()
_RUNS: pytest.StashKey[list[Run]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, each also an ini key."""
    group = parser.getgroup("cicache", "CI image caches")
    for name, default, help_text in _OPTIONS:
        shown = f"{help_text} (default: {default})" if default else help_text
        group.addoption(f"--cicache-{name}", dest=f"cicache_{name}", metavar=name.upper(), help=shown)
        parser.addini(f"cicache_{name}", shown, default=default)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        "cicache_events(*kinds): run the test once for each event kind, through the fixture ci_event; "
        'a kind may have parameters, "fork_pr:number=12"',
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrise `ci_event` by the marker."""
    if "ci_event" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("cicache_events")
    kinds = marker.args if marker else ("push", "main_merge", "pr", "fork_pr")
    metafunc.parametrize("ci_event", kinds, indirect=True, ids=[str(kind) for kind in kinds])


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    """Explain a failed comparison with an answer of a run."""
    if not (hasattr(left, "story") or hasattr(right, "story")):
        return None
    from pytest_cicache.reporting import explain_comparison

    return explain_comparison(op, left, right)


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say which engines the tests use, once they are asked for."""
    chosen = {name: option(config, name) for name in ("builder", "registry", "runner")}
    return "cicache: " + ", ".join(f"{name} {value}" for name, value in chosen.items())


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """End with the table of all runs."""
    runs = config.stash.get(_RUNS, [])
    if not runs:
        return
    from pytest_cicache.reporting import run_table

    terminalreporter.section("cicache")
    for line in run_table(runs):
        terminalreporter.write_line(line)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the engines."""
    workshop = session.config.stash.get(_WORKSHOP, None)
    if workshop is not None:
        workshop.close()


def option(config: pytest.Config, name: str) -> str:
    """Return an option: of the command line, else of the ini file."""
    given = config.getoption(f"cicache_{name}")
    return str(given if given is not None else config.getini(f"cicache_{name}"))


def _workshop(config: pytest.Config) -> Workshop:
    from pytest_cicache.simulation import Engines, Workshop

    if _WORKSHOP not in config.stash:
        engines = Engines(**{name: option(config, name) for name in ("builder", "registry", "runner")})
        config.stash[_WORKSHOP] = Workshop(engines)
    return config.stash[_WORKSHOP]


@pytest.fixture
def cicache(pytestconfig: pytest.Config) -> Iterator[Simulation]:
    """A simulation of the repository under test: events, tokens and a registry of its own."""
    from pytest_cicache.simulation import Simulation, repository_of

    root = pytestconfig.rootpath
    repository = repository_of(root, option(pytestconfig, "repository"))
    with Simulation(_workshop(pytestconfig), root, repository) as simulation:
        yield simulation
        pytestconfig.stash.setdefault(_RUNS, []).extend(simulation.runs)


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
