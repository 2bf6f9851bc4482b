"""dataaxiom/ghcr-cleanup-action v1: https://github.com/dataaxiom/ghcr-cleanup-action/blob/main/README.md.

It reads the manifests, so that what an index names stays as long as the index does, and goes with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

from pytest_cicache.actions._api_use import (
    ApiDoor,
    ApiUse,
    ApiUseEnd,
    ImageVersion,
    PackageApi,
    RefusedByApiError,
    deleted_versions,
)
from pytest_cicache.actions._contract import ActionCall, ActionEffect
from pytest_cicache.actions._inputs import whole_number, words
from pytest_cicache.errors import UnsupportedError

__all__ = ["clean_up_ghcr"]

_NOT_SIMULATED = (
    "delete-ghost-images",
    "delete-orphaned-images",
    "delete-partial-images",
    "expand-packages",
    "use-regex",
)
_DAYS = {"second": 1 / 86400, "minute": 1 / 1440, "hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.0, "year": 365.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cleaning:
    tags: tuple[str, ...]
    excluded: tuple[str, ...]
    untagged: bool
    keep_untagged: int | None
    keep_tagged: int | None
    before: datetime | None
    is_dry: bool

    def of(self, versions: Sequence[ImageVersion], parts: Mapping[str, tuple[str, ...]]) -> list[ImageVersion]:
        """The versions to delete, those that only they name with them."""
        inner = {child for children in parts.values() for child in children}
        images = [version for version in versions if version.digest not in inner and self._may_go(version)]
        images.sort(key=lambda version: (version.updated, version.id), reverse=True)
        chosen = self._tagged([each for each in images if each.tags])
        chosen += self._untagged([each for each in images if not each.tags])
        going = {version.digest for version in chosen}
        staying = (version for version in versions if version.digest not in going | inner)
        needed = {child for version in staying for child in _below(version.digest, parts)}
        going |= {child for digest in going for child in _below(digest, parts)} - needed
        return [version for version in versions if version.digest in going]

    def _may_go(self, version: ImageVersion) -> bool:
        is_old = self.before is None or version.updated < self.before
        return is_old and not any(fnmatchcase(tag, each) for tag in version.tags for each in self.excluded)

    def _tagged(self, images: list[ImageVersion]) -> list[ImageVersion]:
        named = [each for each in images if all(any(fnmatchcase(tag, one) for one in self.tags) for tag in each.tags)]
        if self.keep_tagged is None:
            return named
        return [each for each in images[self.keep_tagged :] if each not in named] + named

    def _untagged(self, images: list[ImageVersion]) -> list[ImageVersion]:
        if self.keep_untagged is not None:
            return images[self.keep_untagged :]
        return images if self.untagged else []


def clean_up_ghcr(call: ActionCall) -> ActionEffect:
    """Delete what the inputs name; raises UnsupportedError for inputs that are not simulated."""
    used = next((name for name in _NOT_SIMULATED if call.input(name, "false") not in ("", "false")), None)
    if used is not None:
        raise UnsupportedError(f"the input {used} of dataaxiom/ghcr-cleanup-action is not simulated")
    tags = words(call.input("delete-tags") or call.input("tags"))
    keep_untagged, keep_tagged = whole_number(call, "keep-n-untagged"), whole_number(call, "keep-n-tagged")
    alone = not tags and keep_untagged is None and keep_tagged is None
    cleaning = _Cleaning(
        tags=tags,
        excluded=words(call.input("exclude-tags")),
        untagged=(call.input("delete-untagged") or str(alone).lower()) == "true",
        keep_untagged=keep_untagged,
        keep_tagged=keep_tagged,
        before=_before(call),
        is_dry=call.input("dry-run", "false") == "true",
    )
    owner = call.input("owner") or str(call.github.get("repository_owner", ""))
    usual = call.input("repository") or str(call.github.get("repository", "")).partition("/")[2]
    names = words(call.input("packages") or call.input("package") or usual)
    return ActionEffect(
        api=ApiUse(token=call.input("token"), work=lambda door: _clean(door, owner.lower(), names, cleaning))
    )


def _clean(door: ApiDoor, owner: str, names: Sequence[str], cleaning: _Cleaning) -> ApiUseEnd:
    api, log = PackageApi.open(door, owner), list[str]()
    try:
        for name in names:
            versions = api.versions(name)
            parts = {each.digest: door.children(f"{owner}/{name.lower()}", each.digest) for each in versions}
            chosen = cleaning.of(versions, parts)
            if cleaning.is_dry:
                log += (f"DRY RUN: deleting package id: {each.id} digest: {each.digest}" for each in chosen)
                continue
            _, kept = deleted_versions(api, name, chosen, log)
            if kept:
                return ApiUseEnd(log=tuple(log), error=kept[0][1])
    except RefusedByApiError as error:
        return ApiUseEnd(log=tuple(log), error=str(error))
    return ApiUseEnd(log=tuple(log))


def _below(digest: str, parts: Mapping[str, tuple[str, ...]]) -> set[str]:
    found: set[str] = set()
    waiting = list(parts.get(digest, ()))
    while waiting:
        child = waiting.pop()
        if child not in found:
            found.add(child)
            waiting += parts.get(child, ())
    return found


def _before(call: ActionCall) -> datetime | None:
    text = call.input("older-than")
    if not text:
        return None
    found = re.fullmatch(r"([0-9]+)\s*([a-z]+?)s?", text.lower())
    if found is None or found[2] not in _DAYS:
        raise UnsupportedError(f"older-than: '{text}' is not simulated; '15 days' is")
    now = call.now or datetime.fromtimestamp(0, UTC)
    return now - timedelta(days=int(found[1]) * _DAYS[found[2]])
