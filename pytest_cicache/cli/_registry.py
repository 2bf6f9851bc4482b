"""`cicache registry`: serve the embedded registry alone."""

from __future__ import annotations

import argparse
from pathlib import Path

from pytest_cicache.cli._options import Commands


def add(commands: Commands) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("registry", help="serve the embedded registry alone, in the foreground")
    parser.add_argument("--port", type=int, default=0, metavar="N", help="the port; one that is free by default")
    parser.add_argument("--storage", type=Path, metavar="DIR", help="keep the content here; in memory by default")
    parser.set_defaults(command=_serve_registry)


def _serve_registry(options: argparse.Namespace) -> int:
    from pytest_cicache.engines.registry import serve_registry

    serve_registry(options.port, options.storage)
    return 0
