"""The options and values that commands share."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from pytest_cicache.errors import UsageError

if TYPE_CHECKING:
    from pytest_cicache.events import Event, Repository

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_repository_options(parser: argparse.ArgumentParser, *, as_json: bool = True) -> None:
    """Add what describes the repository under test and those beside it."""
    root = "the repository under test; by default this folder, or the top of the git repository around it"
    parser.add_argument("--root", type=Path, metavar="DIR", help=root)
    parser.add_argument(
        "--repository", default="", metavar="OWNER/NAME", help="its name; its GitHub remote's by default"
    )
    branch = "its default branch; by default that of origin, else main or master by the filters of workflows"
    parser.add_argument("--default-branch", default="", metavar="B", help=branch)
    parser.add_argument("--visibility", choices=("public", "private"), default="public", help="who sees it (public)")
    parser.add_argument("--default-permissions", choices=("read", "write"), help="of its tokens by its settings (read)")
    parser.add_argument(
        "--workflow-source",
        action="append",
        default=[],
        metavar="OWNER/NAME[@REF]=DIR",
        help="where another repository is on disk, whose workflows and actions are called or call; repeatable",
    )
    parser.add_argument("--clock", type=_clock, metavar="ISO", help="the time of the events")
    if as_json:
        parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_repeatable(parser: argparse.ArgumentParser, name: str, metavar: str, told: str) -> None:
    """Add an option whose values are gathered in a list."""
    parser.add_argument(name, action="append", default=[], metavar=metavar, help=f"{told}; repeatable")


def _clock(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no time; write 2026-11-24 or 2026-11-24T08:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def given_root(options: argparse.Namespace) -> Path:
    """Return the folder of the repository: the one that is given, else the one around the working directory."""
    from pytest_cicache.simulation import find_root

    if options.root is None:
        return find_root(Path.cwd())
    if not options.root.is_dir():
        raise UsageError(f"--root '{options.root}' is not a folder")
    return Path(options.root)


def given_repository(options: argparse.Namespace) -> Repository:
    """Return the repository that the options describe."""
    from pytest_cicache.simulation import repository_of

    return repository_of(
        given_root(options),
        options.repository,
        default_branch=options.default_branch,
        visibility=options.visibility,
        default_permissions=options.default_permissions or "read",
    )


def given_event(text: str) -> Event:
    """Return the event of a kind with parameters, or of `@FILE.json`."""
    from pytest_cicache import events

    if not text.startswith("@"):
        return events.from_text(text)
    file = Path(text[1:])
    try:
        return events.from_mapping(json.loads(file.read_text(encoding="utf-8")))
    except json.JSONDecodeError as error:
        raise UsageError(f"{file}:{error.lineno}:{error.colno}: {error.msg}") from error
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"the event file '{file}' cannot be read: {why}") from error


def given_sources(texts: Sequence[str]) -> dict[str, Path]:
    """Return the folder of each `OWNER/NAME[@REF]=DIR`."""
    from pytest_cicache.simulation import source_folders

    try:
        return source_folders(texts, root=Path())
    except UsageError as error:
        raise UsageError(f"--workflow-source {error}") from error


def name_and_value(text: str, option: str) -> tuple[str, str]:
    """Return both sides of `NAME=VALUE`."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise UsageError(f"{option} takes NAME=VALUE, not '{text}'")
    return name, value
