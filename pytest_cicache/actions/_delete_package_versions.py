"""actions/delete-package-versions v5: https://github.com/actions/delete-package-versions/blob/v5/README.md.

It knows versions by their dates and tags alone: what an index names is an untagged version like any other
(github.com/actions/delete-package-versions/issues/162).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_cicache.actions._api_use import (
    ApiDoor,
    ApiUse,
    ApiUseEnd,
    ImageVersion,
    PackageApi,
    RefusedByApiError,
)
from pytest_cicache.actions._contract import ActionCall, ActionEffect
from pytest_cicache.errors import UnsupportedError

__all__ = ["delete_package_versions"]

# The most that one use deletes (src/delete.ts).
_MOST = 100
# What is no pre-release of a package: no digest is one, so that all versions of an image are (src/input.ts).
_RELEASE = r"^(0|[1-9]\d*)((\.(0|[1-9]\d*))*)$"
_NO_NUMBER = "Could not get packageVersionIds. Explicitly specify using the 'package-version-ids' input"


@dataclass(frozen=True, slots=True, kw_only=True)
class _OldVersions:
    """What src/input.ts makes of the inputs: `keep` is below 0 where no number of versions is to be kept."""

    oldest: int
    keep: int
    only_untagged: bool
    ignored: re.Pattern[str]

    def of(self, versions: Sequence[ImageVersion]) -> list[ImageVersion]:
        """The versions to delete, the oldest first."""
        found = sorted(versions, key=lambda version: (version.created, version.id))
        found = [version for version in found if not self.ignored.search(version.digest)]
        found = [version for version in found if not (self.only_untagged and version.tags)]
        number = self.oldest if self.keep < 0 else len(found) - self.keep
        return found[: max(min(number, _MOST), 0)]


def delete_package_versions(call: ActionCall) -> ActionEffect:
    """Delete the versions that the inputs name; raises UnsupportedError for packages that are no images."""
    kind, name = call.input("package-type"), call.input("package-name")
    token = call.input("token") or str(call.github.get("token", ""))
    oldest, keep = _number(call, "num-old-versions-to-delete", 1), _number(call, "min-versions-to-keep", -1)
    only_untagged = call.input("delete-only-untagged-versions", "false").lower() == "true"
    only_pre_releases = call.input("delete-only-pre-release-versions", "false").lower() == "true"
    if oldest is None or keep is None:
        return ActionEffect(error=_NO_NUMBER)
    if (oldest > 1 and (keep >= 0 or only_pre_releases or only_untagged)) or not (kind and name):
        return ActionEffect(error="Invalid input combination")
    if kind.lower() != "container":
        raise UnsupportedError(f"packages of the type '{kind}' are not simulated")
    wanted = _OldVersions(
        oldest=oldest,
        keep=max(keep, 0) if only_pre_releases or only_untagged else keep,
        only_untagged=only_untagged,
        ignored=re.compile(_RELEASE if only_pre_releases else call.input("ignore-versions") or "^$"),
    )
    given = [text.strip() for text in call.input("package-version-ids").split(",") if text.strip()]
    owner = call.input("owner") or str(call.github.get("repository_owner", ""))
    return ActionEffect(api=ApiUse(token=token, work=lambda door: _delete(door, owner, name, given, wanted)))


def _number(call: ActionCall, name: str, default: int) -> int | None:
    """An input that is a number, `None` for what JavaScript makes NaN of."""
    text = call.input(name).strip() or str(default)
    return int(text) if re.fullmatch(r"[-+]?[0-9]+", text) else None


def _delete(door: ApiDoor, owner: str, name: str, given: Sequence[str], wanted: _OldVersions) -> ApiUseEnd:
    if wanted.oldest <= 0 and wanted.keep < 0:
        line = "Number of old versions to delete input is 0 or less, no versions will be deleted"
        return ApiUseEnd(log=(line,))
    api = PackageApi.open(door, owner)
    try:
        ids = list(given[:_MOST]) or [str(version.id) for version in wanted.of(api.versions(name))]
    except RefusedByApiError as error:
        return ApiUseEnd(error=f"get versions API failed. {error}")
    # All requests are under way before the first answer (rxjs, merge): one that is refused keeps no other from its end.
    refusals = list(filter(None, [api.delete_id(name, number) for number in ids]))
    log = (f"Total versions deleted till now: {len(ids)}",) if ids else ()
    if not refusals:
        return ApiUseEnd(log=log)
    counted = f"{len(ids) - 1} versions deleted till now."
    return ApiUseEnd(log=log, error=f"delete version API failed. {refusals[0]} \n{counted}")
