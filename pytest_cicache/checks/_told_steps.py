"""Build steps and why they ran, in the words of findings."""

from __future__ import annotations

from pytest_cicache.observation import MissReason, Vertex

__all__ = ["cure_of", "tells_why", "told_step"]

_LONGEST = 90
_TELLING = (MissReason.VARIABLE, MissReason.FILE, MissReason.BASE, MissReason.INSTRUCTION)


def told_step(vertex: Vertex) -> str:
    """The name of a step in quotes, as long as a line can bear, with what kept it from being found."""
    return f"'{_short(vertex.name)}'" + (f" ({_short(str(vertex.why))})" if tells_why(vertex) else "")


def tells_why(vertex: Vertex) -> bool:
    """Whether it is known what of a step itself kept it from being found."""
    return vertex.why is not None and vertex.why.reason in _TELLING


def cure_of(vertex: Vertex) -> str | None:
    """What lets the cache serve a step that ran; `None` where the reason tells nothing to do."""
    why = vertex.why
    if why is None:
        return None
    if why.reason is MissReason.VARIABLE:
        return f"let `{why.subject}` be the same, or declare it behind the costly steps"
    if why.reason is MissReason.FILE and (why.subject == ".git" or why.subject.startswith(".git/")):
        return "keep `.git` out of the context with a `.dockerignore`"
    if why.reason is MissReason.FILE:
        return f"keep `{why.subject}` the same in each run, or out of the context with a `.dockerignore`"
    return None


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1].rstrip()}…"
