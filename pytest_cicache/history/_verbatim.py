"""What a workflow's scripts do with what only one event has: its number, its branch, its commit, its run.

Two events come to the same but for these where scripts pass them on as they are. A script that computes with them, a
hash or a remainder of a number, makes something of its own of each; so does one that draws lots or looks at the clock
unseen. Read line by line, and on the safe side: a line is suspected for what stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

__all__ = ["computing_line"]

# What one event alone has (https://docs.github.com/en/actions/reference/workflows-and-actions/contexts and variables),
# and what may have been made of it elsewhere: outputs, inputs, the arguments of a function.
_OWN = (
    r"GITHUB_(?:EVENT_PATH|HEAD_REF|REF|REF_NAME|RUN_ATTEMPT|RUN_ID|RUN_NUMBER|SHA|WORKFLOW_REF|WORKFLOW_SHA)\b"
    r"|\bgithub\.(?:event|head_ref|ref|ref_name|run_attempt|run_id|run_number|sha|workflow_ref|workflow_sha)\b"
    r"|\b(?:steps|needs|inputs)\.|\$\{?[0-9@*]"
)
_COMPUTES = re.compile(
    r"""
    \(\( | \$\{\# | \$\{\w+:(?:\s*\d|:|\s+-|\$|\() | \s-(?:gt|ge|lt|le)\s
    | (?<![\w.$/{=-])(?:
        let | expr | bc | od | xxd | hexdump | base32 | base64 | cksum | sum | openssl | node | perl | ruby | python3?
        | (?:b2|md5|sha\d*)sum | shasum | awk\b.*(?:%|substr|length) | jq\b.*(?:%|@base|length)
        | cut\s+-[bc]\S* | (?:head|tail)\s+-c\S* | sed\b.*\\[1-9]
      )(?![\w.=:-])
    | \bhash-object\b
    | \bos\.(?:environ|getenv)\b | \bprocess\.env\b
    | ^\s*-?\s*if:.*(?:[<>]|endsWith)
    """,
    re.VERBOSE,
)
_UNFORESEEN = re.compile(
    r"\bS?RANDOM\b|\bEPOCH(?:SECONDS|REALTIME)\b|\buuidgen\b|\bshuf\b|%\([^)\n]*\)T|\bstrftime\b|\bsystime\b|/dev/u?random"
)
_CONTINUED = re.compile(r"(?:\\|\|\|?|&&)[ \t]*\n\s*")
_SET = re.compile(r"\b([A-Za-z_]\w*)(?:=|:[ \t])|\bread\s+(?:-\w+\s+)*(\w+)|\bfor\s+(\w+)\s+in\b")


def computing_line(texts: Iterable[str]) -> str | None:
    """The first line of some scripts or workflows that may make something else of what one event has, if any does."""
    lines = [line for text in texts for line in _CONTINUED.sub(" ", text).splitlines()]
    unforeseen = next((line for line in lines if _UNFORESEEN.search(line)), None)
    if unforeseen is not None:
        return unforeseen.strip()
    own = _own_words(lines)
    return next((line.strip() for line in lines if _COMPUTES.search(line) and own.search(line)), None)


def _own_words(lines: Iterable[str]) -> re.Pattern[str]:
    """What in these lines stands for something that one event has: the words for it, and variables set from them."""
    names: set[str] = set()
    while True:
        pattern = re.compile("|".join((_OWN, *map(_uses, sorted(names)))))
        found = {name for line in lines if pattern.search(line) for name in _set_in(line)}
        if found <= names:
            return pattern
        names |= found


def _set_in(line: str) -> Iterator[str]:
    for groups in _SET.findall(line):
        yield from filter(None, groups)


def _uses(name: str) -> str:
    return rf"\$\{{?[#!]?{name}\b|\benv\.{name}\b|\(\([^)]*\b{name}\b"
