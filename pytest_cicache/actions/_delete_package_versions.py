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
    deleted_versions,
)
from pytest_cicache.actions._contract import ActionCall, ActionEffect
from pytest_cicache.actions._inputs import whole_number, words
from pytest_cicache.errors import UnsupportedError

__all__ = ["delete_package_versions"]

# The most that one use deletes (src/delete.ts).
_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _OldVersions:
    ids: frozenset[str]
    oldest: int
    keep: int | None
    only_untagged: bool
    ignored: re.Pattern[str] | None

    def of(self, versions: Sequence[ImageVersion]) -> list[ImageVersion]:
        """The versions to delete, the oldest first."""
        oldest_first = sorted(versions, key=lambda version: (version.created, version.id))
        if self.ids:
            return [version for version in oldest_first if str(version.id) in self.ids]
        found = [version for version in oldest_first if not (self.only_untagged and version.tags)]
        found = [version for version in found if self.ignored is None or not self.ignored.search(version.digest)]
        number = self.oldest if self.keep is None else max(len(found) - self.keep, 0)
        return found[: min(number, _MOST)]


def delete_package_versions(call: ActionCall) -> ActionEffect:
    """Delete the versions that the inputs name; raises UnsupportedError for packages that are no images."""
    if call.input("package-type") != "container":
        raise UnsupportedError(f"packages of the type '{call.input('package-type')}' are not simulated")
    if call.input("delete-only-pre-release-versions", "false") == "true":
        raise UnsupportedError("delete-only-pre-release-versions is not simulated")
    name = call.input("package-name")
    if not name:
        return ActionEffect(error="Input required and not supplied: package-name")
    only_untagged = call.input("delete-only-untagged-versions", "false") == "true"
    keep = whole_number(call, "min-versions-to-keep")
    keep = 0 if keep is None and only_untagged else keep
    ignored, oldest = call.input("ignore-versions"), whole_number(call, "num-old-versions-to-delete")
    wanted = _OldVersions(
        ids=frozenset(words(call.input("package-version-ids"))),
        oldest=1 if oldest is None else max(oldest, 0),
        keep=keep if keep is not None and keep >= 0 else None,
        only_untagged=only_untagged,
        ignored=re.compile(ignored) if ignored else None,
    )
    owner = call.input("owner") or str(call.github.get("repository_owner", ""))
    token = call.input("token") or str(call.github.get("token", ""))
    return ActionEffect(api=ApiUse(token=token, work=lambda door: _delete(door, owner, name, wanted)))


def _delete(door: ApiDoor, owner: str, name: str, wanted: _OldVersions) -> ApiUseEnd:
    api, log = PackageApi.open(door, owner), list[str]()
    try:
        versions = wanted.of(api.versions(name))
    except RefusedByApiError as error:
        return ApiUseEnd(error=f"get versions API failed. {error}")
    _, kept = deleted_versions(api, name, versions, log)
    failure = f"delete version API failed. {kept[0][1]}" if kept else None
    return ApiUseEnd(log=(*log, f"{len(versions) - len(kept)} versions deleted"), error=failure)
