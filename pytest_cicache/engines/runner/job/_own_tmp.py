"""A job's own `/tmp`: a hosted runner begins with an empty one, and no other job sees it.

Scripts, variables and inputs name it as on GitHub; what they are run with names a folder of the job instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["OwnTmp"]

# A path that begins there: not `$HOME/tmp`, `./tmp`, `https://x/tmp` or `/tmpfs`.
_TMP = r"(?<![\w./~$})\]*?-])/tmp(?![\w.-])"
# Folders of a test that tells a step about them.
_PYTEST = "/pytest-of-"
# A line of a Dockerfile that a script writes: its /tmp is the image's.
_INSTRUCTION = re.compile(r"\s*(?:ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|LABEL|RUN|VOLUME|WORKDIR)\s")


@dataclass(frozen=True, slots=True)
class OwnTmp:
    """Turns `/tmp` into the job's `folder` and back; what lies below `around`, itself in `/tmp`, is meant as it is."""

    folder: str
    around: str = ""

    def inward(self, text: str) -> str:
        """The text with the job's folder for `/tmp`."""
        if "/tmp" not in text:  # noqa: S108 - the word is the point
            return text
        return _pattern(self.around).sub(lambda _: self.folder, text)

    def inward_script(self, script: str) -> str:
        """The same for a script, but for the lines of a Dockerfile in it."""
        lines = script.split("\n")
        return "\n".join(line if _INSTRUCTION.match(line) else self.inward(line) for line in lines)

    def outward(self, text: str) -> str:
        """The text as the workflow would have it."""
        return text.replace(self.folder, "/tmp")  # noqa: S108


@lru_cache(maxsize=16)
def _pattern(around: str) -> re.Pattern[str]:
    inside = around.removeprefix("/tmp") if around.startswith("/tmp/") else _PYTEST  # noqa: S108
    return re.compile(f"{_TMP}(?!{re.escape(inside)}|{_PYTEST})")
