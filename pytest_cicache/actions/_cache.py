"""actions/cache, its restore and its save: https://github.com/actions/cache (src/restoreImpl.ts, saveImpl.ts at v5).

The keys' rules are @actions/cache's (github.com/actions/toolkit, packages/cache/src/cache.ts).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from pytest_cicache.actions._contract import ActionCall, ActionEffect, RestoreCache, SaveCache
from pytest_cicache.expressions import holds_unknown

__all__ = ["cache_version", "restore_and_save", "restore_cache", "save_cache"]

_LONGEST_KEY, _MOST_KEYS = 512, 10
_OUTPUTS = ("cache-hit", "cache-primary-key", "cache-matched-key")
# Of a hosted Linux runner, which has zstd; and the salt that ends every version (cacheUtils.ts, getCacheVersion).
_COMPRESSION, _SALT = "zstd-without-long", "1.0"
_LAST_REMOVED = 2
_REMOVED = (
    "This request has been automatically failed because it uses a deprecated version of `actions/cache: {version}`. "
    "Please update your workflow to use v3/v4 of actions/cache to avoid interruptions. Learn more: "
    "https://github.blog/changelog/2024-12-05-notice-of-upcoming-releases-and-breaking-changes-for-github-actions/"
    "#actions-cache-v1-v2-and-actions-toolkit-cache-package-closing-down"
)


def restore_and_save(call: ActionCall) -> ActionEffect:
    """Restore now, and save when the job has succeeded and the key was not there."""
    return _restore(call, saves_later=True)


def restore_cache(call: ActionCall) -> ActionEffect:
    """Restore only; the keys are outputs."""
    return _restore(call, saves_later=False)


def save_cache(call: ActionCall) -> ActionEffect:
    """Save only; what goes wrong is a warning."""
    key, patterns = call.input("key"), _lines(call, "path")
    if not key:
        return ActionEffect(log=("[warning]Key is not specified.",))
    if not patterns:
        return ActionEffect(log=("[warning]Input required and not supplied: path", "Warning: Cache save failed."))
    if holds_unknown(key) or holds_unknown(list(patterns)):
        return ActionEffect(assumption="the key or the path of the cache is not known, and nothing is saved")
    problem = _wrong_key((key,))
    if problem is not None:
        return ActionEffect(log=(f"[warning]{problem}", "Warning: Cache save failed."))
    return ActionEffect(save=SaveCache(key=key, patterns=patterns))


def _restore(call: ActionCall, *, saves_later: bool) -> ActionEffect:
    if call.reference.major is not None and call.reference.major <= _LAST_REMOVED:
        return ActionEffect(error=_REMOVED.format(version=call.reference.version))
    key, restore_keys, patterns = call.input("key"), _lines(call, "restore-keys"), _lines(call, "path")
    for name, value in (("key", key), ("path", patterns)):
        if not value:
            return ActionEffect(error=f"Input required and not supplied: {name}")
    if holds_unknown([key, *restore_keys, *patterns]):
        return ActionEffect(unknown=_OUTPUTS, assumption="the key or the path of the cache is not known")
    outputs = {} if saves_later else {"cache-primary-key": key}
    problem = _wrong_key((key, *restore_keys))
    if problem is not None:
        return ActionEffect(error=problem, outputs=outputs)
    wanted = RestoreCache(
        key=key,
        restore_keys=restore_keys,
        patterns=patterns,
        looks_only=_is_true(call, "lookup-only"),
        fails_on_miss=_is_true(call, "fail-on-cache-miss"),
        names_match=not saves_later,
    )
    saved = SaveCache(key=key, patterns=patterns) if saves_later else None
    return ActionEffect(outputs=outputs, restore=wanted, save_later=saved)


def _lines(call: ActionCall, name: str) -> tuple[str, ...]:
    """A list input (actionUtils.ts, getInputAsArray)."""
    lines = (line.strip() for line in call.inputs.get(name, "").split("\n"))
    cleaned = ("!" + line[1:].lstrip() if line.startswith("!") else line for line in lines)
    return tuple(line for line in cleaned if line)


def _is_true(call: ActionCall, name: str) -> bool:
    return call.input(name).lower() == "true"


def _wrong_key(keys: tuple[str, ...]) -> str | None:
    if len(keys) > _MOST_KEYS:
        return f"Key Validation Error: Keys are limited to a maximum of {_MOST_KEYS}."
    for key in keys:
        if len(key) > _LONGEST_KEY:
            return f"Key Validation Error: {key} cannot be larger than {_LONGEST_KEY} characters."
        if "," in key:
            return f"Key Validation Error: {key} cannot contain commas."
    return None


def cache_version(patterns: Iterable[str]) -> str:
    """The version of an entry: of the paths as the runner names them, and of how they are packed (getCacheVersion)."""
    return hashlib.sha256("|".join((*patterns, _COMPRESSION, _SALT)).encode()).hexdigest()
