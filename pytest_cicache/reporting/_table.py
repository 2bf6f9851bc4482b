"""Runs as a table a maintainer reads: event, token, imported from, hits, exported to, verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pytest_cicache.observation import CacheOperation, Conclusion, Operation, Result, Run

__all__ = ["HEAD", "rows_table", "run_table", "table_row"]

_SHOWN = 1
HEAD = ("event", "token", "imported from", "hits", "exported to", "verdict")
_WRITTEN = (Result.WRITTEN,)
_UNWRITTEN = (Result.FAILED, Result.CANCELLED, Result.UNKNOWN)


def run_table(runs: Iterable[Run]) -> Iterator[str]:
    """Yield the table's lines for runs."""
    return rows_table(table_row(run) for run in runs)


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
