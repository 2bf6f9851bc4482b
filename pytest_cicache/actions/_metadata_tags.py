"""The tag rules of docker/metadata-action: lines of `tags` and `flavor` to an image's tags.

https://github.com/docker/metadata-action (src/meta.ts, tag.ts, flavor.ts at v6.2.0).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pytest_cicache.actions._metadata_template import Facts, expand
from pytest_cicache.actions._pep440 import read_pep440
from pytest_cicache.errors import UsageError
from pytest_cicache.expressions import combined, holds_unknown

__all__ = ["Flavor", "Version", "read_fields", "read_flavor", "version_of"]

DEFAULT_TAGS = ("type=schedule", "type=ref,event=branch", "type=ref,event=tag", "type=ref,event=pr")
_PRIORITIES = {
    "schedule": 1000,
    "semver": 900,
    "pep440": 900,
    "match": 800,
    "edge": 700,
    "ref": 600,
    "raw": 200,
    "sha": 100,
}
_REFS = {"branch": "refs/heads/", "tag": "refs/tags/", "pr": "refs/pull/"}
_NEEDED = {"semver": ("pattern",), "pep440": ("pattern",), "match": ("pattern",), "ref": ("event",), "raw": ("value",)}
_DEFAULTS = {"match": {"group": "0"}, "sha": {"prefix": "sha-", "format": "short"}}
_CHECKED = {
    "event": ("ref", "event", re.compile("branch|tag|pr")),
    "group": ("match", "match group", re.compile("[0-9]+")),
    "format": ("sha", "format", re.compile("short|long")),
}
_INVALID = {
    "pep440": "does not conform to PEP 440. More info: https://www.python.org/dev/peps/pep-0440",
    "semver": "is not a valid semver. More info: https://semver.org/",
}
_NUMBER = r"(?:0|[1-9]\d*)"
_PART = r"(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)"
_SEMVER = re.compile(
    rf"v?(?P<major>{_NUMBER})\.(?P<minor>{_NUMBER})\.(?P<patch>{_NUMBER})"
    rf"(?:-(?P<prerelease>{_PART}(?:\.{_PART})*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavor:
    """What holds for all tags: whether there is a `latest`, and a prefix and suffix."""

    latest: str = "auto"
    prefix: str = ""
    prefix_on_latest: bool = False
    suffix: str = ""
    suffix_on_latest: bool = False


@dataclass(slots=True)
class Version:
    """An image's version, its other tags, and `latest`, which is empty where that is none.

    `warnings` are for the log.
    """

    main: str = ""
    partial: list[str] = field(default_factory=list)
    latest: str = ""
    warnings: list[str] = field(default_factory=list)

    def tags(self, flavor: Flavor) -> list[str]:
        """All tags in the order of the output."""
        if not self.main:
            return []
        prefix = flavor.prefix if flavor.prefix_on_latest else ""
        suffix = flavor.suffix if flavor.suffix_on_latest else ""
        return [self.main, *self.partial, *([_sanitised(f"{prefix}{self.latest}{suffix}")] if self.latest else [])]


@dataclass(frozen=True, slots=True)
class _FoundVersion:
    """A line's value, and whether `latest` goes with it."""

    value: str
    latest: bool = False


def read_fields(line: str) -> list[tuple[str, str]]:
    """The `key=value` fields of a line, keys in lower case; a field without a key is the value."""
    record = next(csv.reader([line]), [])
    if any('"' in part for part in record) and not line.lstrip().startswith('"'):
        raise UsageError("Invalid Opening Quote: a quote is found on field 1 at line 1")
    pairs = (part.partition("=") for part in record)
    return [(key.strip().lower(), value.strip()) if eq else ("value", key.strip()) for key, eq, value in pairs]


def read_flavor(lines: Sequence[str]) -> Flavor:
    """The flavor of lines; raises UsageError with the action's messages."""
    flavor = Flavor()
    for line in lines:
        named = ""
        for key, value in read_fields(line):
            if key == "latest" and (value in ("auto", "true", "false") or holds_unknown(value)):
                flavor = replace(flavor, latest=value)
            elif key == "latest":
                raise UsageError(f"Invalid latest flavor entry: {line}")
            elif key in ("prefix", "suffix"):
                named = key
                flavor = replace(flavor, prefix=value) if key == "prefix" else replace(flavor, suffix=value)
            elif key == "onlatest" and value in ("true", "false"):
                flavor = _on_latest(flavor, named, on=value == "true")
            elif key == "onlatest":
                raise UsageError(f"Invalid value for onlatest attribute: {value}")
            else:
                raise UsageError(f"{'Invalid' if key == 'value' else 'Unknown'} flavor entry: {line}")
    return flavor


def _on_latest(flavor: Flavor, named: str, *, on: bool) -> Flavor:
    if named == "prefix":
        return replace(flavor, prefix_on_latest=on)
    return replace(flavor, suffix_on_latest=on) if named == "suffix" else flavor


def version_of(lines: Sequence[str], flavor: Flavor, facts: Facts) -> Version:
    """The version that tag lines give under an event; raises UsageError with the action's messages.

    A tag of which nobody knows whether it is enabled, or from what it is made, is unknown.
    """
    read = [_read_line(line) for line in lines or DEFAULT_TAGS]
    version = Version()
    for rule in sorted(read, key=_rank):
        enable = expand(rule.get("enable", "true"), facts)
        if enable not in ("true", "false") and not holds_unknown(enable):
            raise UsageError(f"Invalid value for enable attribute: {enable}")
        found = _evaluate(rule, facts, version) if enable != "false" else None
        if found is not None:
            value = combined(enable, found.value) if holds_unknown(enable) else found.value
            _take(version, rule, replace(found, value=value), flavor, facts)
    return version


def _rank(rule: Mapping[str, str]) -> float:
    """The highest priority first; a line whose priority is no number has that of its type."""
    try:
        return -float(rule["priority"])
    except ValueError:
        return -float(_PRIORITIES[rule["type"]])


def _take(version: Version, rule: Mapping[str, str], found: _FoundVersion, flavor: Flavor, facts: Facts) -> None:
    prefix = expand(rule.get("prefix", flavor.prefix), facts)
    suffix = expand(rule.get("suffix", flavor.suffix), facts)
    tag = _sanitised(f"{prefix}{found.value}{suffix}")
    if not tag:
        return
    if not version.main:
        version.main = tag
        version.latest = _latest(flavor.latest, found)
    elif tag not in (version.main, *version.partial):
        version.partial.append(tag)


def _latest(wanted: str, found: _FoundVersion) -> str:
    if holds_unknown(wanted):
        return combined(wanted)
    return "latest" if wanted == "true" or (wanted == "auto" and found.latest) else ""


def _read_line(line: str) -> dict[str, str]:
    rule = dict(read_fields(line))
    kind = rule.setdefault("type", "raw")
    if kind not in _PRIORITIES:
        raise UsageError(f"Unknown tag type attribute: {kind}")
    missing = [name for name in _NEEDED.get(kind, ()) if name not in rule]
    if missing:
        raise UsageError(f"Missing {missing[0]} attribute for {line}")
    rule = {"priority": str(_PRIORITIES[kind]), **_DEFAULTS.get(kind, {}), **rule}
    if kind == "ref" and rule["event"] == "pr":
        rule.setdefault("prefix", "pr-")
    for name, (of_kind, what, allowed) in _CHECKED.items():
        if kind == of_kind and not allowed.fullmatch(rule[name]):
            raise UsageError(f"Invalid {what} for {line}")
    return rule


def _evaluate(rule: Mapping[str, str], facts: Facts, version: Version) -> _FoundVersion | None:
    match rule["type"]:
        case "schedule" if "schedule" in facts.event:
            return _FoundVersion(expand(rule.get("pattern") or "nightly", facts, only_dates=True))
        case "semver" | "pep440":
            return _release(rule, facts, version)
        case "match":
            return _match(rule, facts, version)
        case "edge" if facts.ref == f"refs/heads/{rule.get('branch') or facts.default_branch}":
            return _FoundVersion("edge")
        case "ref" if facts.ref.startswith(_REFS[rule["event"]]):
            name = facts.ref.removeprefix(_REFS[rule["event"]])
            is_pull = rule["event"] == "pr"
            return _FoundVersion(name.removesuffix("/merge") if is_pull else name, latest=rule["event"] == "tag")
        case "raw":
            return _FoundVersion(expand(rule["value"], facts))
        case "sha" if facts.sha:
            return _FoundVersion(facts.sha if rule["format"] == "long" else facts.sha[:7])
    return None


def _subject(rule: Mapping[str, str], facts: Facts) -> str | None:
    """The text a semver or match line looks at: its own value, else the git tag."""
    if rule.get("value"):
        return expand(rule["value"], facts)
    return facts.ref.removeprefix("refs/tags/") if facts.ref.startswith("refs/tags/") else None


def _release(rule: Mapping[str, str], facts: Facts, version: Version) -> _FoundVersion | None:
    text = _subject(rule, facts)
    if text is None:
        return None
    if holds_unknown(text):
        return _FoundVersion(combined(text))
    if rule.get("match"):
        found = _pattern(rule["match"]).search(text)
        text = found[1] if found else text
        if found is None:
            version.warnings.append(f"{rule['match']} does not match {text}.")
    if rule["type"] == "pep440":
        values, is_final = read_pep440(text)
    else:
        text = text.replace("/", "-").strip()
        values, is_final = _read_semver(text)
    if not values:
        version.warnings.append(f"{text} {_INVALID[rule['type']]}")
        return None
    pattern = rule["pattern"] if is_final or rule["pattern"] == "{{raw}}" else "{{version}}"
    return _FoundVersion(expand(pattern, replace(facts, values={"raw": text, **values})), latest=is_final)


def _read_semver(text: str) -> tuple[dict[str, str], bool]:
    """The parts of a semantic version, none where it is not one, and whether it is no pre-release."""
    read = _SEMVER.fullmatch(text)
    if read is None:
        return {}, False
    values = {name: value or "" for name, value in read.groupdict().items()}
    numbers = f"{values['major']}.{values['minor']}.{values['patch']}"
    pre = values["prerelease"]
    return {**values, "version": f"{numbers}-{pre}" if pre else numbers}, not pre


def _match(rule: Mapping[str, str], facts: Facts, version: Version) -> _FoundVersion | None:
    text = _subject(rule, facts)
    if text is None:
        return None
    if holds_unknown(text):
        return _FoundVersion(combined(text))
    found = _pattern(rule["pattern"]).search(text)
    group = int(rule["group"])
    if found is None:
        version.warnings.append(f"{rule['pattern']} does not match {text}.")
        return None
    if group > found.re.groups:
        version.warnings.append(f"Group {group} does not exist for {rule['pattern']} pattern.")
        return None
    return _FoundVersion(found[group] or "", latest=True)


def _pattern(text: str) -> re.Pattern[str]:
    """A JavaScript regular expression, bare or as `/pattern/flags`."""
    written = re.fullmatch(r"/(.+)/([a-z]*)", text)
    pattern, flags = (written[1], written[2]) if written else (text, "")
    try:
        return re.compile(re.sub(r"\(\?<(?=\w)", "(?P<", pattern), re.IGNORECASE if "i" in flags else 0)
    except re.error as error:
        raise UsageError(f"Invalid regular expression: /{pattern}/: {error}") from error


def _sanitised(tag: str) -> str:
    """Each run of characters that a tag may not have becomes one dash."""
    return re.sub(r"[^a-zA-Z0-9._-]+", "-", tag)
