"""Versions of Python packages, as docker/metadata-action reads them.

https://peps.python.org/pep-0440/#appendix-b-parsing-version-strings-with-regular-expressions
"""

from __future__ import annotations

import re

__all__ = ["read_pep440"]

_VERSION = re.compile(
    r"""
    v? (?:(?P<epoch>[0-9]+)!)?
    (?P<release>[0-9]+(?:\.[0-9]+)*)
    (?:[-_.]? (?P<pre>alpha|a|beta|b|preview|pre|c|rc) [-_.]? (?P<pre_number>[0-9]*))?
    (?:-(?P<bare_post>[0-9]+) | (?P<post>[-_.]? (?:post|rev|r) [-_.]? (?P<post_number>[0-9]*)))?
    (?P<dev>[-_.]? dev [-_.]? (?P<dev_number>[0-9]*))?
    (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_PRE = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}


def read_pep440(text: str) -> tuple[dict[str, str], bool]:
    """The parts of a version, none where it is not one, and whether it is final: no pre, post or dev release.

    `version` is the version in its normal form; a minor or patch number that is not there counts as 0.
    """
    read = _VERSION.fullmatch(text.strip())
    if read is None:
        return {}, False
    release = [int(number) for number in read["release"].split(".")]
    major, minor, patch = (*release, 0, 0)[:3]
    pre, post, dev = _pre(read), _post(read), _numbered("dev", read["dev"], read["dev_number"])
    epoch = f"{int(read['epoch'])}!" if read["epoch"] and int(read["epoch"]) else ""
    local = f"+{re.sub('[-_]', '.', read['local'].lower())}" if read["local"] else ""
    normal = f"{epoch}{'.'.join(map(str, release))}{pre}{post}{dev}{local}"
    values = {"version": normal, "major": str(major), "minor": str(minor), "patch": str(patch)}
    return values, not (pre or post or dev)


def _pre(read: re.Match[str]) -> str:
    word = (read["pre"] or "").lower()
    return f"{_PRE.get(word, word)}{int(read['pre_number'] or 0)}" if word else ""


def _post(read: re.Match[str]) -> str:
    if read["bare_post"]:
        return f".post{int(read['bare_post'])}"
    return _numbered("post", read["post"], read["post_number"])


def _numbered(word: str, found: str | None, number: str | None) -> str:
    return f".{word}{int(number or 0)}" if found else ""
