"""BuildKit's hint for a word that is nearly right."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["did_you_mean", "edit_distance"]

_FARTHEST = 3


def did_you_mean(word: str, options: Iterable[str], *, ignore_case: bool = False) -> str:
    """` (did you mean RUN?)` for the nearest option less than three edits away, else nothing."""
    wanted = word.lower() if ignore_case else word
    best, nearest = "", _FARTHEST
    for option in sorted(options):
        distance = edit_distance(wanted, option.lower() if ignore_case else option)
        if distance == 0:
            return ""
        if distance < nearest:
            best, nearest = option, distance
    if best and ignore_case:
        best = best.lower() if word == word.lower() else best.upper()
    return f" (did you mean {best}?)" if best else ""


def edit_distance(first: str, second: str) -> int:
    """How many letters must be put in, taken out or changed to make one word the other."""
    row = list(range(len(second) + 1))
    for index, char in enumerate(first, 1):
        previous, row[0] = row[0], index
        for column, other in enumerate(second, 1):
            previous, row[column] = (
                row[column],
                min(row[column] + 1, row[column - 1] + 1, previous + (char != other)),
            )
    return row[-1]
