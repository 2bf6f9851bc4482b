"""The glob patterns of JavaScript actions: picomatch, micromatch and minimatch, hidden files included."""

from __future__ import annotations

__all__ = ["NO_FILES_KNOWN", "is_match"]

NO_FILES_KNOWN = "the event does not say which files it changed (`changed_files` does); each may have changed"
"""What a comparison of changed files rests on where nobody knows them."""


def is_match(path: str, pattern: str) -> bool:
    """Whether a path matches; a pattern that begins with `!` matches what its rest does not.

    Source: https://github.com/micromatch/picomatch (README, Globbing features).
    """
    from wcmatch import glob

    if pattern.startswith("!") and not pattern.startswith("!("):
        return not is_match(path, pattern[1:])
    flags = glob.GLOBSTAR | glob.BRACE | glob.EXTGLOB | glob.DOTGLOB | glob.FORCEUNIX
    return bool(glob.globmatch(path, pattern.removeprefix("./"), flags=flags))
