"""Whether buildx or BuildKit refused a build for want of a file; only their words tell."""

from __future__ import annotations

import re

__all__ = ["lacks_files"]

# A file of the context, a Dockerfile or a folder that is not there: solver/llbsolver/ops, frontend/dockerui, buildx's
# build/opt.go.
_WORDS = re.compile(
    r"failed to calculate checksum of ref .*: not found|failed to compute cache key: .*not found|lstat .*no such file"
    r"|failed to read dockerfile: .*no such file|unable to prepare context: path .* not found|not found$"
)


def lacks_files(line: str) -> bool:
    """Tell it by one of the lines after the progress log."""
    return _WORDS.search(line) is not None
