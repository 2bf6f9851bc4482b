"""snok/container-retention-policy v3: https://github.com/snok/container-retention-policy/blob/v3.0.0/README.md.

It knows versions by their dates and tags alone, and leaves out the digests that `skip-shas` lists.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
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

__all__ = ["apply_retention_policy"]

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "y": 365 * 86400}
_SELECTIONS = ("both", "tagged", "untagged")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Policy:
    names: tuple[str, ...]
    tags: tuple[str, ...]
    selection: str
    before: datetime
    by_update: bool
    keep: int
    skipped: frozenset[str]
    is_dry: bool

    def of(self, versions: Sequence[ImageVersion]) -> list[ImageVersion]:
        """The versions to delete, those most recent kept."""
        found = [version for version in versions if self._is_chosen(version)]
        found.sort(key=lambda version: (self._time(version), version.id), reverse=True)
        return found[self.keep :]

    def _is_chosen(self, version: ImageVersion) -> bool:
        if self._time(version) >= self.before or version.digest in self.skipped:
            return False
        if not version.tags:
            return self.selection != "tagged"
        return self.selection != "untagged" and all(_fits(tag, self.tags) for tag in version.tags)

    def _time(self, version: ImageVersion) -> datetime:
        return version.updated if self.by_update else version.created


def apply_retention_policy(call: ActionCall) -> ActionEffect:
    """Delete what is older than the cut-off; raises UnsupportedError for the inputs of version 2."""
    if call.input("account-type") or not call.input("account"):
        raise UnsupportedError(
            "snok/container-retention-policy is simulated as of version 3, which has the input account"
        )
    selection = call.input("tag-selection", "both") or "both"
    if selection not in _SELECTIONS:
        return ActionEffect(error=f"tag-selection is one of {', '.join(_SELECTIONS)}, not '{selection}'")
    now = call.now or datetime.fromtimestamp(0, UTC)
    policy = _Policy(
        names=words(call.input("image-names")),
        tags=words(call.input("image-tags")),
        selection=selection,
        before=now - _span(call.input("cut-off")),
        by_update=call.input("timestamp-to-use", "updated_at") != "created_at",
        keep=whole_number(call, "keep-n-most-recent") or 0,
        skipped=frozenset(words(call.input("skip-shas"))),
        is_dry=call.input("dry-run", "false") == "true",
    )
    account = call.input("account")
    owner = str(call.github.get("repository_owner", "")) if account == "user" else account
    return ActionEffect(api=ApiUse(token=call.input("token"), work=lambda door: _apply(door, owner, policy)))


def _apply(door: ApiDoor, owner: str, policy: _Policy) -> ApiUseEnd:
    api, log = PackageApi.open(door, owner), list[str]()
    gone: list[str] = []
    failed: list[str] = []
    try:
        for name in api.packages():
            chosen = policy.of(api.versions(name)) if _fits(name, policy.names) else []
            if policy.is_dry:
                log += (f"dry-run: would have deleted {name} {version.digest}" for version in chosen)
                continue
            done, kept = deleted_versions(api, name, chosen, log)
            gone += (_shown(name, version) for version in done)
            failed += (_shown(name, version) for version, _ in kept)
    except RefusedByApiError as error:
        return ApiUseEnd(log=tuple(log), error=str(error))
    return ApiUseEnd(log=tuple(log), outputs={"deleted": ",".join(gone), "failed": ",".join(failed)})


def _shown(name: str, version: ImageVersion) -> str:
    return f"{name}:{version.tags[0]}" if version.tags else f"{name}:{version.digest}"


def _fits(text: str, patterns: Sequence[str]) -> bool:
    """Whether one of the patterns fits and none that begins with `!` does; all fits where there is none to fit."""
    wanted = [pattern for pattern in patterns if not pattern.startswith("!")]
    unwanted = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    return (not wanted or any(fnmatchcase(text, each) for each in wanted)) and not any(
        fnmatchcase(text, each) for each in unwanted
    )


def _span(text: str) -> timedelta:
    """`1w 2d`: how long ago; raises UnsupportedError for another form."""
    parts = re.findall(r"([0-9]+)\s*([a-z]+)", text.lower())
    if not parts or any(unit[0] not in _UNITS or unit.startswith("mo") for _, unit in parts):
        raise UnsupportedError(f"the cut-off '{text}' is not simulated; '2w' or '1d 12h' is")
    return timedelta(seconds=sum(int(number) * _UNITS[unit[0]] for number, unit in parts))
