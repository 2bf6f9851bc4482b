"""Values for secrets that nobody gave: steps can work with them, but a name that is made of one is not known."""

from __future__ import annotations

import re

from pytest_cicache.expressions._unknown import unknown

__all__ = ["secret_placeholder", "told_placeholders"]

_START = "placeholder-for-"
_PLACEHOLDER = re.compile(rf"{_START}([a-z_][a-z0-9_]*)")


def secret_placeholder(name: str) -> str:
    """The value that stands for a secret."""
    return f"{_START}{name.lower()}"


def told_placeholders(text: str) -> str:
    """The text with the unknown value `secrets.NAME` for each placeholder."""
    if _START not in text:
        return text
    return _PLACEHOLDER.sub(lambda found: unknown(f"secrets.{found[1].upper()}"), text)
