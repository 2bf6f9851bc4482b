"""Texts and paths (go-cty cty/function/stdlib/string.go, regexp.go; buildx bake/hclparser/stdlib.go)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from fractions import Fraction

from pytest_cicache.buildx.bake.functions._format import format_list, format_text
from pytest_cicache.buildx.bake.functions._parameters import function, nullable, number, octets, text, texts, whole
from pytest_cicache.buildx.bake.hcl import FunctionProblem, HclFunction, Value, ValueProblem

__all__ = ["TEXTS"]


def _chomp(value: str) -> str:
    return re.sub(r"(?:\r\n?|\n)*\Z", "", value)


def _indent(spaces: Fraction, value: str) -> str:
    return value.replace("\n", "\n" + " " * whole(spaces))


def _join(separator: str, *lists: list[str | None]) -> str:
    if not lists:
        raise ValueProblem("at least one list is required")
    found: list[str] = []
    for index, items in enumerate(lists):
        for place, item in enumerate(items):
            if item is None:
                of = f" of list {index + 1}" if len(lists) > 1 else ""
                raise FunctionProblem(f"element {place}{of} is null; cannot concatenate null values", index + 1)
            found.append(item)
    return separator.join(found)


def _split(separator: str, value: str) -> Value:
    return list(value) if not separator else value.split(separator)


def _substr(value: str, offset: Fraction, length: Fraction) -> str:
    start, count = whole(offset), whole(length)
    if start < 0:
        start = max(0, start + len(value))
    elif count == 0:
        return ""
    rest = value[start:]
    return rest if count <= 0 else rest[:count]


def _title(value: str) -> str:
    return re.sub(r"(?<!\w)[^\W\d_]", lambda match: match[0].upper(), value)


def _sorted(items: list[str | None]) -> Value:
    texts = [item for item in items if item is not None]
    if len(texts) < len(items):
        raise ValueProblem(f"given list element {items.index(None)} is null; a null string cannot be sorted")
    return sorted(texts, key=lambda item: item.encode(errors="surrogateescape"))


def _pattern(written: str) -> re.Pattern[str]:
    try:
        return re.compile(written)
    except re.error as error:
        raise FunctionProblem(f"invalid regexp pattern: {error}", 0) from None


def _captured(match: re.Match[str]) -> Value:
    names = match.re.groupindex
    if names:
        return {name: match[name] for name in names}
    return list(match.groups()) if match.re.groups else match[0]


def _regex(pattern: str, value: str) -> Value:
    match = _pattern(pattern).search(value)
    if match is None:
        raise ValueProblem("pattern did not match any part of the given string")
    return _captured(match)


def _regex_all(pattern: str, value: str) -> Value:
    return [_captured(match) for match in _pattern(pattern).finditer(value)]


def _regex_replace(value: str, pattern: str, replacement: str) -> str:
    def put(match: re.Match[str]) -> str:
        def group(reference: re.Match[str]) -> str:
            name = reference[1] or reference[2]
            if name == "$" or reference[0] == "$$":
                return "$"
            try:
                return match[int(name) if name.isdigit() else name] or ""
            except (IndexError, KeyError):
                return ""

        return re.sub(r"\$(?:\{(\w+)\}|(\w+)|\$)", group, replacement)

    return _pattern(pattern).sub(put, value)


def _base(path: str) -> str:
    if not path:
        return "."
    return path.rstrip("/").rpartition("/")[2] or "/"


def _directory(path: str) -> str:
    folder = path[: path.rfind("/") + 1]
    return posixpath.normpath(folder) if folder else "."


def _sanitize(value: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_-]", "_", value)


TEXTS: Mapping[str, HclFunction] = {
    "basename": function(_base, text("path")),
    "byteslen": function(lambda value: value, octets("buf")),
    "bytesslice": function(lambda value, *_: value, octets("buf"), number("offset"), number("length")),
    "chomp": function(_chomp, text("str")),
    "dirname": function(_directory, text("path")),
    "format": function(format_text, text("format"), more=nullable("args")),
    "formatlist": function(format_list, text("format"), more=nullable("args")),
    "indent": function(_indent, number("spaces"), text("str")),
    "join": function(_join, text("separator"), more=texts("lists")),
    "lower": function(str.lower, text("str")),
    "regex": function(_regex, text("pattern"), text("string")),
    "regex_replace": function(_regex_replace, text("str"), text("pattern"), text("replace")),
    "regexall": function(_regex_all, text("pattern"), text("string")),
    "replace": function(lambda value, old, new: value.replace(old, new), text("str"), text("substr"), text("replace")),
    "reverse": function(lambda value: value[::-1], text("str")),
    "sanitize": function(_sanitize, text("name")),
    "sort": function(_sorted, texts("list")),
    "split": function(_split, text("separator"), text("str")),
    "strlen": function(lambda value: Fraction(len(value)), text("str")),
    "substr": function(_substr, text("str"), number("offset"), number("length")),
    "title": function(_title, text("str")),
    "trim": function(lambda value, cut: value.strip(cut) if cut else value, text("str"), text("cutset")),
    "trimprefix": function(str.removeprefix, text("str"), text("prefix")),
    "trimspace": function(str.strip, text("str")),
    "trimsuffix": function(str.removesuffix, text("str"), text("suffix")),
    "upper": function(str.upper, text("str")),
}
