"""What the plugin keeps in pytest's configuration: its options, and what a session has gathered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_cicache.events import Repository
    from pytest_cicache.simulation import EngineNames, Engines, Simulation
    from pytest_cicache.survey import Survey

OPTIONS = (
    ("builder", "auto", "what executes docker buildx build: auto, buildx or simulated"),
    ("registry", "auto", "what holds the images: auto, container, embedded or the URL of a running registry"),
    ("runner", "inprocess", "what executes steps: inprocess or act"),
    ("act_image", "", "run the jobs of the runner act in containers of this image"),
    ("repository", "", "the repository under test as owner/name"),
    ("default_branch", "", "its default branch, where neither origin nor GitHub Actions tells the right one"),
    ("patience", "60", "the seconds of real time that one script may take"),
    ("report", "", "write a report of every run to this file: .html, .md or .json by its ending"),
    ("base", "", "with --cicache: fail where a workflow behaves worse than at this commit"),
    ("baseline", "", "with --cicache: fail where a workflow behaves otherwise than this file says"),
)
ENGINES_OF: pytest.StashKey[dict[EngineNames, Engines]] = pytest.StashKey()
SURVEY: pytest.StashKey[Survey] = pytest.StashKey()
CURRENT: pytest.StashKey[Simulation] = pytest.StashKey()


def add_options(parser: pytest.Parser) -> None:
    """Add the options, each also an ini key."""
    group = parser.getgroup("cicache", "CI image caches")
    for name, default, help_text in OPTIONS:
        shown = f"{help_text} (default: {default})" if default else help_text
        flag = f"--cicache-{name.replace('_', '-')}"
        group.addoption(flag, dest=f"cicache_{name}", metavar=name.upper(), help=shown)
        parser.addini(f"cicache_{name}", shown, default=default)
    strict = "an assumption is an error: whatever is not simulated ends the test"
    group.addoption("--cicache-strict", dest="cicache_strict", action="store_true", default=None, help=strict)
    parser.addini("cicache_strict", strict, type="bool", default=False)
    checks = "check the image caches of every workflow"
    group.addoption("--cicache", dest="cicache_checks", action="store_true", default=None, help=checks)
    parser.addini("cicache", checks, type="bool", default=False)
    update = "write the file of --cicache-baseline"
    group.addoption("--cicache-update-baseline", dest="cicache_update_baseline", action="store_true", help=update)
    sources = (
        "where other repositories are on disk, whose workflows call or are called: OWNER/NAME[@REF]=DIR, one a line"
    )
    place = "the folder of the repository under test (default: pytest's rootdir, or the git repository around it)"
    parser.addini("cicache_root", place, default="")
    parser.addini("cicache_workflow_sources", sources, type="linelist", default=[])


def root(config: pytest.Config) -> Path:
    """The folder of the repository under test: of the ini file, else the one around pytest's own root."""
    from pytest_cicache.simulation import find_root

    given = str(config.getini("cicache_root"))
    if not given:
        return find_root(config.rootpath)
    folder = (config.inipath.parent if config.inipath is not None else config.rootpath) / given
    if not folder.is_dir():
        raise pytest.UsageError(f"cicache_root: '{given}' is not a folder")
    return folder.resolve()


def repository(config: pytest.Config) -> Repository:
    """The repository under test; raises UsageError for a name that is none."""
    from pytest_cicache.simulation import repository_of

    return repository_of(root(config), option(config, "repository"), default_branch=option(config, "default_branch"))


def option(config: pytest.Config, name: str) -> str:
    """Return an option: of the command line, else of the ini file."""
    given = config.getoption(f"cicache_{name}")
    return str(given if given is not None else config.getini(f"cicache_{name}"))


def is_strict(config: pytest.Config) -> bool:
    """Whether an assumption is an error."""
    return bool(config.getoption("cicache_strict") or config.getini("cicache_strict"))


def has_checks(config: pytest.Config) -> bool:
    """Whether the workflows are checked."""
    given = config.getoption("cicache_checks")
    return bool(config.getini("cicache") if given is None else given)


def refuse_lonely_options(config: pytest.Config) -> None:
    """Refuse options of the command line that change nothing where the workflows are not checked."""
    for name in () if has_checks(config) else ("base", "baseline", "update_baseline"):
        if config.getoption(f"cicache_{name}"):
            raise pytest.UsageError(f"--cicache-{name.replace('_', '-')} needs --cicache")


def patience(config: pytest.Config) -> float:
    """Return the seconds of real time that one script may take."""
    text = option(config, "patience")
    try:
        return float(text)
    except ValueError:
        raise pytest.UsageError(f"--cicache-patience: '{text}' is no number of seconds") from None
