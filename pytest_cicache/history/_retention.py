"""Whether a purge was safe: what is left resolves whole, and nothing that events still ask for was deleted.

The rule: keep every version that a kept tag or a later event names, and all that those name in turn; delete only
outside of that. Drawn from github.com/actions/delete-package-versions/issues/162,
github.com/snok/container-retention-policy/issues/97 and github.com/dataaxiom/ghcr-cleanup-action/issues/49, where tools
that look at tags alone break indexes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pytest_cicache.githubapi import PackageVersion, VersionLedger
from pytest_cicache.history._figures import CacheHistory
from pytest_cicache.history._growth import Growth, closure

__all__ = ["PackageStock", "PurgeCheck", "broken_tags", "stock_of", "wanted_deletions"]

PackageStock = Mapping[str, Mapping[str, PackageVersion]]
"""The versions of each package, by digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeCheck:
    """What a purge did: `problems` says what it broke, nothing for a safe one.

    `deleted` are the versions it deleted, by package; `before` and `after` what the packages held; `history` is the
    time after the purge, `earlier` the last month before it, `output` what a script or a workflow printed.
    """

    problems: tuple[str, ...]
    deleted: Mapping[str, tuple[PackageVersion, ...]]
    before: Growth
    after: Growth
    earlier: CacheHistory
    history: CacheHistory
    output: tuple[str, ...] = field(default=(), compare=False)

    @property
    def is_safe(self) -> bool:
        """Whether nothing was broken."""
        return not self.problems

    @property
    def hit_rate_before(self) -> float | None:
        """Of the last month before the purge."""
        return self.earlier.hit_rate

    @property
    def hit_rate_after(self) -> float | None:
        """Of the time after it."""
        return self.history.hit_rate

    def __repr__(self) -> str:
        number = sum(map(len, self.deleted.values()))
        verdict = "safe" if self.is_safe else "; ".join(self.problems)
        return f"<Purge of {number} of {self.before.manifests} versions: {verdict}>"


def stock_of(versions: VersionLedger) -> dict[str, dict[str, PackageVersion]]:
    """The versions that are there now."""
    return {name: {each.digest: each for each in versions.versions(name)} for name in versions.image_names}


def broken_tags(before: PackageStock, after: PackageStock) -> Iterator[str]:
    """The tags that a purge has left without a part of what they name, one sentence each."""
    for package, known in before.items():
        left = after.get(package, {})
        for version in left.values():
            missing = sorted(closure([version], known) - left.keys())
            if version.tags and missing:
                parts = "a part" if len(missing) == 1 else f"{len(missing)} parts"
                yield f"{package}:{version.tags[-1]} lacks {parts} that it names: {_named(missing, known)}"


def wanted_deletions(deleted: Mapping[str, Iterable[PackageVersion]], following: CacheHistory) -> Iterator[str]:
    """What a purge deleted though the events after it still asked for it, one sentence each."""
    for package, versions in deleted.items():
        for version in versions:
            for reference in (*version.tags, version.digest):
                if (package, reference) in following.missing:
                    shown = f"@{_short(reference)}" if ":" in reference else f":{reference}"
                    yield f"{package}{shown} was deleted, and events after the purge still asked for it"


def _named(digests: list[str], known: Mapping[str, PackageVersion]) -> str:
    shown = [f"{_short(digest)} ({known[digest].manifest.media_type or 'unknown'})" for digest in digests[:3]]
    return ", ".join([*shown, "…"] if len(digests) > 3 else shown)


def _short(digest: str) -> str:
    return digest[: len("sha256:") + 12]
