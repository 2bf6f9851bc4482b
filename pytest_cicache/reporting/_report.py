"""Reports of many runs: Markdown, HTML or JSON text, chosen by a file's ending."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from pytest_cicache.errors import UsageError
from pytest_cicache.observation import Run
from pytest_cicache.reporting._json import SCHEMA, run_json
from pytest_cicache.reporting._story import run_lines
from pytest_cicache.reporting._table import HEAD, table_row

__all__ = ["ReportEntry", "check_report_name", "entry", "render_report"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportEntry:
    """One run of one test, as plain data that can be sent between processes."""

    test: str
    row: tuple[str, ...]
    lines: tuple[str, ...]
    data: Mapping[str, Any]

    def to_data(self) -> dict[str, Any]:
        """The entry as JSON-ready data."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> ReportEntry:
        """Undo `to_data`."""
        return cls(test=data["test"], row=tuple(data["row"]), lines=tuple(data["lines"]), data=data["data"])


def entry(test: str, run: Run) -> ReportEntry:
    """Describe a run of a test."""
    return ReportEntry(test=test, row=table_row(run), lines=tuple(run_lines(run)), data=run_json(run))


def check_report_name(name: str) -> None:
    """Raise UsageError for a file whose ending names no kind of report."""
    if _ending(name) not in _KINDS:
        raise UsageError(f"the report '{name}' must end in one of {', '.join(sorted(_KINDS))}")


def render_report(name: str, entries: Sequence[ReportEntry]) -> str:
    """Return the report's text, of the kind that the file name's ending says."""
    return _KINDS[_ending(name)](entries)


def _ending(name: str) -> str:
    return "." + name.rpartition(".")[2]


def _as_json(entries: Iterable[ReportEntry]) -> str:
    runs = [{"test": item.test, **item.data} for item in entries]
    return json.dumps({"schema": f"{SCHEMA}/report", "runs": runs}, indent=2) + "\n"


def _as_markdown(entries: Sequence[ReportEntry]) -> str:
    lines = ["# Image caches in CI", "", f"| {' | '.join(('test', *HEAD))} |", "| --- " * (len(HEAD) + 1) + "|"]
    for item in entries:
        cells = (item.test, *item.row)
        lines.append("| " + " | ".join(cell.replace("|", r"\|").replace("\n", "<br>") for cell in cells) + " |")
    for item in entries:
        lines += ["", f"## {item.test}", "", "```text", *item.lines, "```"]
    return "\n".join(lines) + "\n"


def _as_html(entries: Sequence[ReportEntry]) -> str:
    head = "".join(f"<th>{escape(word)}</th>" for word in ("test", *HEAD))
    rows = "".join(_html_row(item) for item in entries)
    stories = "".join(
        f"<details><summary>{escape(item.test)}: {escape(item.row[0])}</summary>"
        f"<pre>{escape(chr(10).join(item.lines))}</pre></details>"
        for item in entries
    )
    return _PAGE.format(head=head, rows=rows, stories=stories)


def _html_row(item: ReportEntry) -> str:
    cells = "".join(f"<td>{escape(cell).replace(chr(10), '<br>')}</td>" for cell in item.row)
    good = item.row[-1].startswith("success")
    return f"<tr class={'good' if good else 'bad'}><td>{escape(item.test)}</td>{cells}</tr>"


_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Image caches in CI</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 100rem; padding: 0 1rem; color: #1f2328 }}
table {{ border-collapse: collapse; width: 100%; font-size: 13px }}
th, td {{ text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid #d1d9e0 }}
td:first-child {{ overflow-wrap: anywhere; max-width: 22rem }}
.good td:last-child {{ color: #1a7f37 }}
.bad td:last-child {{ color: #cf222e }}
details {{ margin: .3rem 0 }}
pre {{ background: #f6f8fa; padding: .7rem; overflow-x: auto; font-size: 12px }}
</style>
<h1>Image caches in CI</h1>
<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>
<h2>What happened</h2>
{stories}
</html>
"""
_KINDS: Mapping[str, Callable[[Sequence[ReportEntry]], str]] = {
    ".html": _as_html,
    ".json": _as_json,
    ".md": _as_markdown,
}
