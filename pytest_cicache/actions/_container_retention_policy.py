"""snok/container-retention-policy v3: https://github.com/snok/container-retention-policy/blob/v3.1.0/README.md.

It knows versions by their dates and tags; v3.0 by nothing else, v3.1 leaves the parts of the indexes that keep a tag
(src/core/filter_out_multi_arch_children.rs). What it deleted is in its log alone: it adds its outputs to a variable of
its own process, not to the file that the runner reads (src/main.rs).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from functools import partial

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

# https://docs.rs/humantime/2/humantime/fn.parse_duration.html
_UNITS = {
    1: ("s", "sec", "secs", "second", "seconds"),
    60: ("m", "min", "mins", "minute", "minutes"),
    3600: ("h", "hr", "hrs", "hour", "hours"),
    86_400: ("d", "day", "days"),
    7 * 86_400: ("w", "wk", "wks", "week", "weeks"),
    2_630_016: ("M", "month", "months"),
    31_557_600: ("y", "yr", "yrs", "year", "years"),
}
_SECONDS = {unit: seconds for seconds, units in _UNITS.items() for unit in units}
_SELECTIONS = ("both", "tagged", "untagged")
_NO_PATTERNS = (
    "Restrictions in the Github API prevent us from listing packages when using a $GITHUB_TOKEN token. Because of "
    "this, filtering with '!' and '*' are not supported for this token type. Image name {} is therefore not valid."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Policy:
    """The inputs; `lists` tells that the token may list packages, `reads_indexes` that it is a version that does."""

    names: tuple[str, ...]
    tags: tuple[str, ...]
    selection: str
    before: datetime
    by_update: bool
    keep: int
    skipped: frozenset[str]
    is_dry: bool
    lists: bool
    reads_indexes: bool

    def of(self, versions: Sequence[ImageVersion], children: Callable[[str], Iterable[str]]) -> list[ImageVersion]:
        """The versions to delete, those without a tag first; of those with one the most recent are kept."""
        found = [version for version in versions if self._is_chosen(version)]
        tagged = sorted((each for each in found if each.tags), key=self._time)
        tagged = tagged[: max(len(tagged) - self.keep, 0)]
        chosen = [*(each for each in found if not each.tags), *tagged]
        if not self.reads_indexes:
            return chosen
        going = {each.id for each in tagged}
        parts = {part for each in versions if each.tags and each.id not in going for part in children(each.digest)}
        return [each for each in chosen if each.digest not in parts]

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
    token = call.input("token").strip('"')
    names = _list(call, "image-names")
    lists = token != call.github.get("token") and not token.startswith("ghs_")
    wrong = next((name for name in names if not lists and ("!" in name or "*" in name)), None)
    if wrong is not None:
        return ActionEffect(error=_NO_PATTERNS.format(wrong))
    policy = _Policy(
        names=names,
        tags=_list(call, "image-tags"),
        selection=selection,
        before=now - _span(call.input("cut-off")),
        by_update=call.input("timestamp-to-use", "updated_at") != "created_at",
        keep=whole_number(call, "keep-n-most-recent") or 0,
        skipped=frozenset(_list(call, "skip-shas")),
        is_dry=call.input("dry-run", "false") == "true",
        lists=lists,
        reads_indexes=not call.reference.version.startswith(("v3.0", "3.0")),
    )
    account = call.input("account")
    owner = str(call.github.get("repository_owner", "")) if account == "user" else account
    return ActionEffect(api=ApiUse(token=token, work=lambda door: _apply(door, owner, policy)))


def _apply(door: ApiDoor, owner: str, policy: _Policy) -> ApiUseEnd:
    api, log = PackageApi.open(door, owner), list[str]()
    try:
        if not policy.lists and not all(api.has(name) for name in policy.names):
            return ApiUseEnd(error="Failed to fetch packages")
        names = [name for name in (api.packages() if policy.lists else policy.names) if _fits(name, policy.names)]
        for name in names:
            chosen = policy.of(api.versions(name), partial(door.children, f"{owner}/{name}".lower()))
            if policy.is_dry:
                log += (f"dry-run: Would have deleted {each}" for version in chosen for each in _shown(name, version))
            else:
                deleted_versions(api, name, chosen, log)
    except RefusedByApiError as error:
        return ApiUseEnd(log=tuple(log), error=f"Failed to fetch package versions: {error}")
    return ApiUseEnd(log=tuple(log))


def _shown(name: str, version: ImageVersion) -> tuple[str, ...]:
    return tuple(f"{name}:{tag}" for tag in version.tags or ("<untagged>",))


def _list(call: ActionCall, name: str) -> tuple[str, ...]:
    """The words of an input, which may stand in quotes as a whole (src/cli/args.rs)."""
    return words(call.input(name).strip('"').strip("'"))


def _fits(text: str, patterns: Sequence[str]) -> bool:
    """Whether one of the patterns fits and none that begins with `!` does; all fits where there is none to fit."""
    wanted = [pattern for pattern in patterns if not pattern.startswith("!")]
    unwanted = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    return (not wanted or any(fnmatchcase(text, each) for each in wanted)) and not any(
        fnmatchcase(text, each) for each in unwanted
    )


def _span(text: str) -> timedelta:
    """`1w 2d`: how long ago; raises UnsupportedError for another form."""
    parts = re.findall(r"([0-9]+)\s*([A-Za-z]+)", text)
    if not parts or any(unit not in _SECONDS for _, unit in parts):
        raise UnsupportedError(f"the cut-off '{text}' is not simulated; '2w' or '1d 12h' is")
    return timedelta(seconds=sum(int(number) * _SECONDS[unit] for number, unit in parts))
