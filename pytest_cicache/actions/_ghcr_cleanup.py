"""dataaxiom/ghcr-cleanup-action v1: https://github.com/dataaxiom/ghcr-cleanup-action/blob/v1.2.1/README.md.

It reads the manifests, so that what an index names stays as long as the index does, and goes with it. Of a version with
several tags it takes those that `delete-tags` names away, by a push of something empty under each that it then deletes
(src/image-deleter.ts, `performUntagging`).
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
)
from pytest_cicache.actions._contract import ActionCall, ActionEffect
from pytest_cicache.actions._inputs import whole_number
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


# A signature or an attestation by its tag: of which digest it is.
_REFERRER = re.compile(r"sha256-([0-9a-f]+)")
Parts = Mapping[str, tuple[str, ...]]
"""What indexes name, by their digests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cleaning:
    tags: tuple[str, ...]
    excluded: tuple[str, ...]
    untagged: bool
    keep_untagged: int | None
    keep_tagged: int | None
    before: datetime | None
    is_dry: bool

    def images(self, versions: Sequence[ImageVersion], parts: Parts) -> list[ImageVersion]:
        """The versions that are considered, the newest first: no parts of others, nothing that is excluded or young."""
        inner = {child for children in parts.values() for child in children}
        found = [version for version in versions if version.digest not in inner and self._may_go(version)]
        return sorted(found, key=lambda version: version.updated, reverse=True)

    def _may_go(self, version: ImageVersion) -> bool:
        is_old = self.before is None or version.updated < self.before
        return is_old and not any(_fits(text, self.excluded) for text in (*version.tags, version.digest))

    def stripped(self, images: Sequence[ImageVersion]) -> dict[str, ImageVersion]:
        """The tags to take away from versions that keep others."""
        kept = [] if self.keep_tagged is None else self._candidates(images)[: self.keep_tagged]
        named = {tag: image for image in images if image not in kept for tag in image.tags if _fits(tag, self.tags)}
        return {tag: image for tag, image in named.items() if not named.keys() >= set(image.tags)}

    def chosen(self, images: Sequence[ImageVersion]) -> list[ImageVersion]:
        """The versions to delete, once tags were taken away."""
        if self.keep_tagged is not None:
            gone = self._candidates(images)[self.keep_tagged :]
        else:
            gone = [each for each in images if _fits(each.digest, self.tags)]
            gone += [each for each in images if each.tags and all(_fits(tag, self.tags) for tag in each.tags)]
        rest = [each for each in images if not each.tags and each not in gone]
        if self.keep_untagged is not None:
            return [*gone, *rest[self.keep_untagged :]]
        return [*gone, *rest] if self.untagged else gone

    def _candidates(self, images: Sequence[ImageVersion]) -> list[ImageVersion]:
        """What keep-n-tagged counts: versions with a tag, with one that delete-tags names where it names any."""
        return [each for each in images if any(not self.tags or _fits(tag, self.tags) for tag in each.tags)]


def clean_up_ghcr(call: ActionCall) -> ActionEffect:
    """Delete what the inputs name; raises UnsupportedError for inputs that are not simulated."""
    used = next((name for name in _NOT_SIMULATED if call.input(name, "false") not in ("", "false")), None)
    package = call.input("package") or call.input("packages")
    used = "expand-packages" if "*" in package or "?" in package else used
    if used is not None:
        raise UnsupportedError(f"the input {used} of dataaxiom/ghcr-cleanup-action is not simulated")
    wrong = _wrong_inputs(call)
    if wrong is not None:
        return ActionEffect(error=wrong)
    named = [call.input(name) for name in ("delete-tags", "tags", "keep-n-untagged", "keep-n-tagged")]
    cleaning = _Cleaning(
        tags=_list(named[0] or named[1]),
        excluded=_list(call.input("exclude-tags")),
        untagged=(call.input("delete-untagged") or str(not any(named)).lower()) == "true",
        keep_untagged=whole_number(call, "keep-n-untagged"),
        keep_tagged=whole_number(call, "keep-n-tagged"),
        before=_before(call),
        is_dry=call.input("dry-run", "false") == "true",
    )
    owner = call.input("owner") or str(call.github.get("repository_owner", ""))
    names = _list(package or str(call.github.get("repository", "")).partition("/")[2])
    token = call.input("token") or str(call.github.get("token", ""))
    return ActionEffect(api=ApiUse(token=token, work=lambda door: _clean(door, owner.lower(), names, cleaning)))


def _wrong_inputs(call: ActionCall) -> str | None:
    """What src/config.ts says of inputs that do not go together, or are no numbers."""
    if call.input("package") and call.input("packages"):
        return "package and packages cannot be used at the same time, use either one"
    if call.input("tags") and call.input("delete-tags"):
        return "tags and delete-tags cannot be used at the same time, use either one"
    for name in ("keep-n-tagged", "keep-n-untagged"):
        if not re.match(r"\s*-?[0-9]", call.input(name) or "0"):
            return f"{name} is not number"
        if call.input(name).strip().startswith("-"):
            return f"{name} is negative"
    if call.input("keep-n-untagged") and call.input("delete-untagged"):
        return "delete-untagged and keep-n-untagged cannot be set at the same time"
    return None


def _clean(door: ApiDoor, owner: str, names: Sequence[str], cleaning: _Cleaning) -> ApiUseEnd:
    log: list[str] = []
    try:
        api = PackageApi.open(door, owner)
        for name in names:
            _clean_package(api, name, cleaning, log)
    except RefusedByApiError as error:
        return ApiUseEnd(log=tuple(log), error=str(error))
    return ApiUseEnd(log=tuple(log))


def _clean_package(api: PackageApi, name: str, cleaning: _Cleaning, log: list[str]) -> None:
    """Clean one package up; raises RefusedByApiError at the first version that is not deleted."""
    image = f"{api.owner}/{name}".lower()
    versions = api.versions(name)
    stripped = cleaning.stripped(cleaning.images(versions, _parts(api, image, versions)))
    log += (f"{tag}: untagged" for tag in stripped)
    if stripped and not cleaning.is_dry:
        for tag in stripped:
            api.door.put_empty(image, tag)
        versions = api.versions(name)
        _delete(api, name, [version for version in versions if set(version.tags) & stripped.keys()], log)
        versions = api.versions(name)
    parts = _parts(api, image, versions)
    gone = _with_parts(cleaning.chosen(cleaning.images(versions, parts)), versions, parts)
    if cleaning.is_dry:
        log += (f"DRY RUN: deleting package id: {each.id} digest: {each.digest}" for each in gone)
    else:
        _delete(api, name, gone, log)


def _delete(api: PackageApi, name: str, versions: Sequence[ImageVersion], log: list[str]) -> None:
    for version in versions:
        log.append(f"deleting package id: {version.id} digest: {version.digest}")
        refusal = api.delete(name, version)
        if refusal is not None:
            raise RefusedByApiError(refusal)


def _parts(api: PackageApi, image: str, versions: Sequence[ImageVersion]) -> dict[str, tuple[str, ...]]:
    """What each version takes with it: what it names, and what is tagged as belonging to it."""
    parts = {each.digest: api.door.children(image, each.digest) for each in versions}
    for version in versions:
        for found in filter(None, map(_REFERRER.match, version.tags)):
            if f"sha256:{found[1]}" in parts:
                parts[f"sha256:{found[1]}"] += (version.digest,)
    return parts


def _with_parts(chosen: Sequence[ImageVersion], versions: Sequence[ImageVersion], parts: Parts) -> list[ImageVersion]:
    """Some versions, each with what it alone takes with it behind it."""
    inner = {child for children in parts.values() for child in children}
    going = {version.digest for version in chosen}
    staying = (version.digest for version in versions if version.digest not in going | inner)
    needed = {child for digest in staying for child in _below(digest, parts)}
    known = {version.digest: version for version in versions}
    found: dict[str, ImageVersion] = {}
    for version in chosen:
        for digest in (version.digest, *sorted(_below(version.digest, parts) - needed)):
            found |= {digest: known[digest]} if digest in known else {}
    return list(found.values())


def _list(text: str) -> tuple[str, ...]:
    """Names between commas, spaces and all, as the action splits them."""
    return tuple(filter(None, text.split(",")))


def _fits(text: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(text, each) for each in patterns)


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
