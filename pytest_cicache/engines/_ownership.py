"""Names what is made in a Docker engine by whose it is, so that what a crashed run has left is recognised."""

from __future__ import annotations

import hashlib
import os
import re
import socket

from pytest_cicache.engines._scratch import is_process_alive

__all__ = ["is_abandoned", "owned_name"]

_NAME = re.compile(r"cicache-(?P<pid>\d+)-(?P<host>[0-9a-f]{8})-[0-9a-z]+")


def owned_name(suffix: str) -> str:
    """A name that says whose it is (process and machine), with the caller's random word."""
    return f"cicache-{os.getpid()}-{_host()}-{suffix}"


def is_abandoned(name: str) -> bool:
    """Whether a name is one of ours whose process is no more.

    A process number means nothing on another machine or in another container of the same engine.
    """
    found = _NAME.fullmatch(name)
    return found is not None and found["host"] == _host() and not is_process_alive(int(found["pid"]))


def _host() -> str:
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
