"""The lines of a Dockerfile or a bake file that buildx shows above an error."""

from __future__ import annotations

__all__ = ["source_excerpt"]

_RULE = "--------------------"


def source_excerpt(text: str, name: str, lines: tuple[int, int]) -> tuple[str, ...]:
    """The lines with a few around them, as buildx prints them (solver/errdefs/source.go); nothing for line 0."""
    every = text.split("\n")
    start, end = lines[0], min(lines[1], len(every))
    if not 1 <= start <= len(every):
        return ()
    first, last, padding = start, end, 0
    wanted = 4 if start == end else 2
    while padding < wanted:
        if first > 1:
            first, padding = first - 1, padding + 1
        if last < len(every):
            last, padding = last + 1, padding + 1
        padding += 1
    shown = (
        f" {number:>3} | {'>>>' if start <= number <= end else '   '} {every[number - 1]}"
        for number in range(first, last + 1)
    )
    return (f"{name}:{start}", _RULE, *shown, _RULE)
