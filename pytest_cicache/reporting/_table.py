"""Runs as a table a maintainer reads: event, token, imported from, hits, exported to, verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from posixpath import commonprefix

from pytest_cicache.observation import CacheOperation, Conclusion, Operation, Result, Run

__all__ = ["HEAD", "fitted", "rows_table", "run_table", "shortened", "table_row"]

_SHOWN = 1
# The columns of references, the characters that a shortened cell keeps, and those between two columns.
_REFERENCES = (2, 4)
_LEAST = 12
_GAP = 2
HEAD = ("event", "token", "imported from", "hits", "exported to", "verdict")
_WRITTEN = (Result.WRITTEN,)
_UNWRITTEN = (Result.FAILED, Result.CANCELLED, Result.UNKNOWN)


def run_table(runs: Iterable[Run], *, width: int = 0) -> Iterator[str]:
    """Yield the table's lines for runs, of at most `width` columns where that is not 0."""
    return rows_table(fitted([table_row(run) for run in runs], width))


def rows_table(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the table's lines; a cell of several entries takes several lines."""
    cells = [[_wrap(cell) for cell in row] for row in (HEAD, *rows)]
    widths = [max(len(line) for row in cells for line in row[column]) for column in range(len(HEAD))]
    for number, row in enumerate(cells):
        for line in range(max(map(len, row))):
            parts = [column[line] if line < len(column) else "" for column in row]
            yield "  ".join(part.ljust(width) for part, width in zip(parts, widths, strict=True)).rstrip()
        if number == 0:
            yield "  ".join("-" * width for width in widths)


def fitted(rows: Sequence[Sequence[str]], width: int) -> list[tuple[str, ...]]:
    """The rows with their references and verdicts so shortened that the table has at most `width` columns.

    Of references that begin alike only what differs is kept, then the middle of the longest cells goes.
    """
    found = [tuple(row) for row in rows]
    if not width or _width(found) <= width:
        return found
    for column in _REFERENCES:
        found = _without_common_start(found, column)
    for column in sorted((*_REFERENCES, len(HEAD) - 1), key=lambda column: -_longest(found, column)):
        spare = max(_longest(found, column) - max(_width(found) - width, 0), _LEAST)
        found = [
            tuple(
                "\n".join(shortened(line, spare) for line in cell.split("\n")) if index == column else cell
                for index, cell in enumerate(row)
            )
            for row in found
        ]
    return found


def shortened(text: str, length: int) -> str:
    """A text of at most `length` characters, without its middle."""
    if len(text) <= length:
        return text
    end = (length - 1) // 2
    return f"{text[: length - 1 - end]}…{text[len(text) - end :]}"


def _width(rows: Sequence[Sequence[str]]) -> int:
    return sum(_longest(rows, column) for column in range(len(HEAD))) + _GAP * (len(HEAD) - 1)


def _longest(rows: Sequence[Sequence[str]], column: int) -> int:
    return max(len(line) for row in (HEAD, *rows) for line in row[column].split("\n"))


def _without_common_start(rows: Sequence[tuple[str, ...]], column: int) -> list[tuple[str, ...]]:
    """The rows with references of one column without what all of them begin with."""
    words = {line for row in rows for line in row[column].split("\n") if _is_reference(line)}
    start = commonprefix(list(words)) if len(words) > 1 else ""
    if len(start) < _LEAST:
        return list(rows)

    def told(line: str) -> str:
        return f"…{line.removeprefix(start)}" if line in words else line

    return [
        tuple("\n".join(map(told, cell.split("\n"))) if index == column else cell for index, cell in enumerate(row))
        for row in rows
    ]


def _is_reference(line: str) -> bool:
    """Whether a line of a cell is a tag, and no word for what there was not."""
    return not line.startswith(("nothing", "unknown", "denied", "failed", "cancelled"))


def table_row(run: Run) -> tuple[str, ...]:
    """Return a run's six cells; entries of one cell are separated by line ends."""
    return (
        run.scenario.event,
        _token(run),
        _imports(run),
        _hits(run),
        _exports(run),
        _verdict(run),
    )


def _wrap(cell: str) -> list[str]:
    return cell.split("\n") or [""]


def _token(run: Run) -> str:
    levels = dict.fromkeys(str(job.token.packages) for job in run.jobs if job.token is not None)
    return f"packages: {', '.join(levels)}" if levels else "none"


def _imports(run: Run) -> str:
    found = [item for item in run.operations if item.operation is Operation.IMPORT]
    hits = _tags(item for item in found if item.result is Result.HIT)
    if hits:
        return "\n".join(hits)
    counts = {word: sum(item.result is word for item in found) for word in (Result.DENIED, Result.FAILED)}
    refused = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    what = "unknown" if any(item.result is Result.UNKNOWN for item in found) else "nothing"
    return f"{what} ({refused})" if refused else what


def _hits(run: Run) -> str:
    """The cached steps of all; where nobody knows of some, how many."""
    total, unknown = sum(len(build.vertices) for build in run.builds), len(run.cache.unknown)
    if unknown == total:
        return "unknown" if total else "-"
    hits = f"{len(run.cache.hits)}/{total}"
    return f"{hits} ({unknown} unknown)" if unknown else hits


def _exports(run: Run) -> str:
    found = [item for item in run.operations if item.operation is Operation.EXPORT]
    written = _tags(item for item in found if item.result in _WRITTEN)
    denied = sorted({f"denied ({item.status})" for item in found if item.result is Result.DENIED})
    others = dict.fromkeys(str(item.result) for item in found if item.result in _UNWRITTEN)
    return "\n".join([*written, *denied, *others]) or "nothing"


def _tags(operations: Iterable[CacheOperation]) -> list[str]:
    """The tags of the references, the first of many standing for all of them."""
    tags = list(dict.fromkeys(_tag(item) for item in operations))
    return tags if len(tags) <= _SHOWN else [f"{tags[0]} (+{len(tags) - 1} more)"]


def _tag(operation: CacheOperation) -> str:
    """The tag, or the type and the scope of a cache without one."""
    if operation.reference is not None:
        return operation.reference.rpartition("/")[2].rpartition(":")[2]
    scope = operation.attributes.get("scope")
    return f"{operation.type}:{scope}" if scope else operation.type or "?"


def _verdict(run: Run) -> str:
    if not run.triggered:
        return f"not triggered: {run.reason}"
    refused = run.outcome is Conclusion.STARTUP_FAILURE
    first_line = (run.error or "").splitlines()[:1] if refused else []
    return run.outcome.value + (f": {first_line[0]}" if first_line else "")
