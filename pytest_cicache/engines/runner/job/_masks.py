"""The values a log must not show, in every form the runner hides.

Rules: actions/runner, src/Runner.Worker/Worker.cs and src/Sdk/DTLogging/Logging (SecretMasker.cs, ValueEncoders.cs).
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

__all__ = ["Masks"]

# Shorter pieces of base64 would hide words that have nothing to do with a secret.
_SHORTEST_BASE64 = 8


class Masks:
    """Replaces secrets, each line of them and their usual encodings by `***`."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: set[str] = set()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Hide a value from now on; blank ones are not hidden."""
        lines = (line.strip() for line in re.split(r"[\r\n]", secret))
        for value in filter(None, {secret.strip(), *lines}):
            self._forms.update(filter(None, _forms(value)))

    def hide(self, text: str) -> str:
        """The text without secrets; those that overlap or touch are hidden as one."""
        spans = sorted(span for form in self._forms if form in text for span in _spans(form, text))
        shown: list[str] = []
        end = 0
        for start, stop in spans:
            if start > end or not shown:
                shown += (text[end:start], "***")
            end = max(end, stop)
        return "".join((*shown, text[end:]))

    def is_shown_by(self, text: str) -> bool:
        """Whether a text gives a secret away."""
        return self.hide(text) != text


def _spans(form: str, text: str) -> Iterator[tuple[int, int]]:
    start = text.find(form)
    while start >= 0:
        yield start, start + len(form)
        start = text.find(form, start + 1)


def _forms(value: str) -> Iterator[str]:
    yield value
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield quote(value, safe="")
    yield html.escape(value, quote=False)
    yield value.replace("'", "''")
    if len(value) > 2 and value[0] == value[-1] == '"':
        yield value[1:-1]
    content = value.encode(errors="surrogateescape")
    for shift in range(3):
        # Inside a longer text the secret starts at any of three places of a base64 group.
        part = content[shift:]
        whole = base64.b64encode(part[: len(part) // 3 * 3]).decode()
        yield whole if len(whole) >= _SHORTEST_BASE64 else ""
