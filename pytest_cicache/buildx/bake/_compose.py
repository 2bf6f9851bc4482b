"""Compose files among the files of a bake call (buildx bake/compose.go)."""

from __future__ import annotations

from pytest_cicache.errors import UnsupportedError

__all__ = ["check_no_compose"]


def check_no_compose(name: str) -> None:
    """Raise UnsupportedError for a compose file, which is told by its ending."""
    if name.lower().endswith((".yml", ".yaml")):
        raise UnsupportedError(f"the compose file '{name}' is not read as a bake file")
