"""Runs a command, and tells an error on one line."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pytest_cicache.cli._parser import parser
from pytest_cicache.cli._problem import one_line
from pytest_cicache.errors import CicacheError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0 when it could do its work, 2 on a usage error or an unreadable workflow."""
    options = parser().parse_args(arguments)
    try:
        with _ended_politely(), _without_collecting():
            status = int(options.command(options))
            sys.stdout.flush()
            return status
    except CicacheError as error:
        print(one_line(error), file=sys.stderr)
        return 2
    except BrokenPipeError:
        # Whoever reads the output has seen enough; nothing may be written when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Leave garbage where it is: looking for it while a thousand classes are made takes longer than a command has."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@contextmanager
def _ended_politely() -> Iterator[None]:
    """Let a request to end clean up as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
