"""tj-actions/changed-files and its forks: https://github.com/tj-actions/changed-files (src/main.ts at v47)."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping, Sequence

import yaml

from pytest_cicache.actions._contract import ActionCall, ActionEffect
from pytest_cicache.actions._file_globs import NO_FILES_KNOWN, is_match

__all__ = ["list_changed_files"]

# Outputs by the kinds of change they list. Which files an event changed is known, not how: they count as edited.
_EDITED = ("modified_files", "all_changed_files", "all_changed_and_modified_files", "all_modified_files")
_OTHERS = (
    "added_files", "copied_files", "deleted_files", "renamed_files", "type_changed_files", "unmerged_files",
    "unknown_files",
)  # fmt: skip
_VERDICTS = {"changed": True, "modified": True, "deleted": False}


def list_changed_files(call: ActionCall) -> ActionEffect:
    """List the files that the event changed, all or those that patterns take; unknown where nobody knows them."""
    groups = dict(_groups(call))
    if call.changed_files is None:
        return ActionEffect(unknown=tuple(_names(groups)), assumption=NO_FILES_KNOWN)
    outputs: dict[str, str] = {}
    changed = []
    for key, patterns in groups.items():
        taken = [path for path in call.changed_files if _is_taken(path, patterns)]
        names = _directories(call, taken) if call.input("dir_names", "false") == "true" else taken
        outputs |= _outputs(call, f"{key}_" if key else "", names, taken, call.changed_files)
        changed += [key] if taken and key else []
    if list(groups) != [""]:
        outputs |= {"changed_keys": _listed(call, changed), "modified_keys": _listed(call, changed)}
    return ActionEffect(outputs=outputs)


def _names(groups: Mapping[str, object]) -> Iterator[str]:
    for key in groups:
        prefix = f"{key}_" if key else ""
        for name in (*_EDITED, *_OTHERS):
            yield from (f"{prefix}{name}", f"{prefix}{name}_count")
        for word in _VERDICTS:
            yield from (f"{prefix}any_{word}", f"{prefix}only_{word}", f"{prefix}other_{word}_files")
        yield f"{prefix}any_added"
    yield from ("changed_keys", "modified_keys")


def _groups(call: ActionCall) -> Iterator[tuple[str, Sequence[str]]]:
    """The patterns by the key of `files_yaml`, "" for those of `files`; one that excludes begins with `!`."""
    by_key = _by_key(call, "files_yaml")
    ignored = _by_key(call, "files_ignore_yaml")
    for key in dict.fromkeys((*by_key, *ignored)):
        yield key, [*by_key.get(key, ()), *(f"!{pattern}" for pattern in ignored.get(key, ()))]
    plain = _split(call, "files") + [f"!{pattern}" for pattern in _split(call, "files_ignore")]
    if plain or not (by_key or ignored):
        yield "", plain


def _split(call: ActionCall, name: str) -> list[str]:
    separator = call.inputs.get(f"{name}_separator") or "\n"
    text = call.inputs.get(name, "")
    source = call.input(f"{name}_from_source_file")
    if source:
        text += "\n" + (call.read(source) or "")
    return [line.strip() for part in text.split(separator) for line in part.split("\n") if line.strip()]


def _by_key(call: ActionCall, name: str) -> dict[str, list[str]]:
    source = call.input(f"{name}_from_source_file")
    text = call.input(name) or (call.read(source) or "" if source else "")
    try:
        document = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return {}
    if not isinstance(document, dict):
        return {}
    return {str(key): list(_flat(patterns)) for key, patterns in document.items()}


def _flat(patterns: object) -> Iterator[str]:
    if isinstance(patterns, list):
        for part in patterns:
            yield from _flat(part)
    elif patterns is not None:
        yield from (line.strip() for line in str(patterns).split("\n") if line.strip())


def _is_taken(path: str, patterns: Sequence[str]) -> bool:
    """Whether one pattern takes a path and none excludes it; patterns that only exclude start from all."""
    wanted = [pattern for pattern in patterns if not pattern.startswith("!")]
    excluded = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    return (not wanted or any(_matches(path, pattern) for pattern in wanted)) and not any(
        _matches(path, pattern) for pattern in excluded
    )


def _matches(path: str, pattern: str) -> bool:
    """A folder's name takes what lies in it."""
    return is_match(path, pattern) or is_match(path, f"{pattern.rstrip('/')}/**")


def _directories(call: ActionCall, files: Sequence[str]) -> list[str]:
    depth = call.input("dir_names_max_depth")
    found = []
    for path in files:
        parts = posixpath.dirname(path).split("/")
        name = "/".join(parts[: int(depth)] if depth.isdecimal() else parts) or "."
        if name != "." or call.input("dir_names_exclude_current_dir", "false") != "true":
            found.append(name)
    return list(dict.fromkeys(found))


def _outputs(
    call: ActionCall, prefix: str, names: Sequence[str], taken: Sequence[str], files: Sequence[str]
) -> dict[str, str]:
    others = [path for path in files if path not in taken]
    outputs: dict[str, str] = {}
    for name in (*_EDITED, *_OTHERS):
        listed = names if name in _EDITED else ()
        outputs |= {f"{prefix}{name}": _listed(call, listed), f"{prefix}{name}_count": str(len(listed))}
    for word, counts in _VERDICTS.items():
        outputs |= {
            f"{prefix}any_{word}": _word(bool(taken) and counts),
            f"{prefix}only_{word}": _word(bool(taken) and not others and counts),
            f"{prefix}other_{word}_files": _listed(call, others if counts else ()),
        }
    return {**outputs, f"{prefix}any_added": "false"}


def _listed(call: ActionCall, files: Sequence[str]) -> str:
    if call.input("json", "false") != "true" and call.input("matrix", "false") != "true":
        return (call.inputs.get("separator") or " ").join(files)
    text = json.dumps(list(files), separators=(",", ":"), ensure_ascii=False)
    escapes = call.input("escape_json", "true") == "true" and call.input("matrix", "false") != "true"
    return text.replace('"', '\\"') if escapes else text


def _word(value: bool) -> str:
    return "true" if value else "false"
