"""The command `cicache`: one module a command, imported when it is asked for."""

from pytest_cicache.cli._main import main

__all__ = ["main"]
