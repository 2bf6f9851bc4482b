"""Which names git allows for branches and tags: https://git-scm.com/docs/git-check-ref-format (rules 1 to 8)."""

from __future__ import annotations

import re

__all__ = ["is_ref_name"]

_CONTROL = "\\x00-\\x20\\x7f"
_REFUSED = re.compile(rf"[{_CONTROL}~^:?*\[\\]|\.\.|@\{{|//|(?:^|/)\.|\.lock(?:/|$)|^[-/]|[/.]$|^$")


def is_ref_name(name: str) -> bool:
    """Whether git takes `name` as that of a branch or a tag, without `refs/heads/` before it."""
    return _REFUSED.search(name) is None
