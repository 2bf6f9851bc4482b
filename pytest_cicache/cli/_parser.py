"""The commands and their options; what a command does is imported when it runs."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

import pytest_cicache
from pytest_cicache.cli import _check, _diff, _init, _plan, _registry, _simulate
from pytest_cicache.errors import suggestion


class _ArgumentParser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one line, an unknown option before one that is missing."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Refuse an option that is none, of a command's own options."""
        known = [name for name in self._option_string_actions if name.startswith("--")]
        for word in args if args is not None and self._subparsers is None else ():
            name = str(word).partition("=")[0]
            if name == "--":
                break
            if name.startswith("--") and not any(option.startswith(name) for option in known):
                near = suggestion(name[2:], (option[2:] for option in known)).replace("'", "'--", 1)
                self.error(f"unrecognized arguments: {name}{near and f'; {near.rstrip()}'}")
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"cicache: {message}; see {self.prog} --help\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of every command; `options.command(options)` runs the one that was given."""
    command = _ArgumentParser(
        prog="cicache",
        description="Simulate GitHub events, tokens and ghcr.io for the image caches of workflows.",
    )
    command.add_argument(
        "--version", action="version", version=f"cicache {pytest_cicache.__version__}", help="print the version"
    )
    commands = command.add_subparsers(required=True, metavar="COMMAND", help="what to do")
    for module in (_check, _diff, _init, _simulate, _plan, _registry):
        module.add(commands)
    return command
