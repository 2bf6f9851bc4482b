"""dorny/paths-filter: https://github.com/dorny/paths-filter (src/main.ts and src/filter.ts at v4)."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml

from pytest_cicache.actions._contract import ActionCall, ActionEffect
from pytest_cicache.actions._file_globs import NO_FILES_KNOWN, is_match

__all__ = ["filter_paths"]

_QUANTIFIERS = {"some": any, "every": all}
_FORMATS = ("none", "csv", "shell", "json", "escape")
# Which files an event changed is known, not how: a rule for a kind of change counts where it takes edits.
_EDITED = "modified"


@dataclass(frozen=True, slots=True)
class _Rule:
    patterns: tuple[str, ...]
    statuses: frozenset[str] | None = None

    def takes(self, path: str) -> bool:
        is_wanted = self.statuses is None or _EDITED in self.statuses
        return is_wanted and any(is_match(path, pattern) for pattern in self.patterns)


class _InvalidFilterError(Exception):
    """The filters are not of the action's form."""


def filter_paths(call: ActionCall) -> ActionEffect:
    """Compare the files that the event changed with named filters; unknown where nobody knows the files."""
    form = call.input("list-files").lower() or "none"
    if form not in _FORMATS:
        return ActionEffect(error=f"Input parameter 'list-files' is set to invalid value '{form}'")
    quantifier = call.input("predicate-quantifier") or "some"
    if quantifier not in _QUANTIFIERS:
        return ActionEffect(
            error=f"Input parameter 'predicate-quantifier' is set to invalid value '{quantifier}'. "
            f"Valid values: {', '.join(reversed(_QUANTIFIERS))}"
        )
    try:
        filters = _read_filters(call)
    except _InvalidFilterError as error:
        return ActionEffect(error=str(error))
    if call.changed_files is None:
        return _unknown(filters, form)
    found = {name: _taken(rules, call.changed_files, quantifier) for name, rules in filters.items()}
    log = (f"Detected {len(call.changed_files)} changed files", *_told(found))
    return ActionEffect(outputs=_outputs(found, form), log=log)


def _unknown(filters: Mapping[str, Sequence[_Rule]], form: str) -> ActionEffect:
    endings = ("", "_count") if form == "none" else ("", "_count", "_files")
    names = [f"{name}{ending}" for name in filters for ending in endings]
    return ActionEffect(unknown=(*names, "changes"), assumption=NO_FILES_KNOWN)


def _read_filters(call: ActionCall) -> dict[str, list[_Rule]]:
    text = call.input("filters")
    if not text:
        raise _InvalidFilterError("Input required and not supplied: filters")
    if "\n" not in text and ":" not in text:
        found = call.read(text)
        if found is None:
            raise _InvalidFilterError(f"Configuration file '{text}' not found")
        text = found
    try:
        document = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise _InvalidFilterError(str(error).partition("\n")[0]) from error
    if not isinstance(document, dict):
        raise _InvalidFilterError("Invalid filter YAML format: Root element is not an object.")
    return {str(name): list(_rules(item)) for name, item in document.items()}


def _rules(item: object) -> Iterator[_Rule]:
    if isinstance(item, str):
        yield _Rule((item,))
    elif isinstance(item, list):
        for part in item:
            yield from _rules(part)
    elif isinstance(item, dict):
        for statuses, patterns in item.items():
            texts = (patterns,) if isinstance(patterns, str) else tuple(map(str, patterns or ()))
            words = (word.strip().lower() for word in str(statuses).split("|"))
            yield _Rule(texts, frozenset(filter(None, words)))
    else:
        raise _InvalidFilterError(f"Invalid filter YAML format: Unexpected element type '{type(item).__name__}'.")


def _taken(rules: Sequence[_Rule], files: Sequence[str], quantifier: str) -> list[str]:
    decide = _QUANTIFIERS[quantifier]
    return [path for path in files if decide(rule.takes(path) for rule in rules)]


def _outputs(found: Mapping[str, Sequence[str]], form: str) -> dict[str, str]:
    outputs: dict[str, str] = {}
    for name, files in found.items():
        outputs |= {name: "true" if files else "false", f"{name}_count": str(len(files))}
        if form != "none":
            outputs[f"{name}_files"] = _listed(files, form)
    changes = [name for name, files in found.items() if files]
    return {"changes": json.dumps(changes, separators=(",", ":")), **outputs}


def _told(found: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for name, files in found.items():
        yield f"Filter {name} = {'true' if files else 'false'}"
        yield from files


def _listed(files: Sequence[str], form: str) -> str:
    match form:
        case "json":
            return json.dumps(list(files), separators=(",", ":"), ensure_ascii=False)
        case "csv":
            return ",".join(_csv_field(path) for path in files)
        case "shell":
            return " ".join(map(shlex.quote, files))
        case _:
            return " ".join(re.sub(r"([^a-zA-Z0-9,._+:@%/-])", r"\\\1", path) for path in files)


def _csv_field(path: str) -> str:
    return '"' + path.replace('"', '""') + '"' if re.search(r'[\s",]', path) else path
