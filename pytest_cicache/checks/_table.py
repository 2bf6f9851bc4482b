"""Every check, and what a behaviour's checks find; to add one, write its file, a row here, a sample and a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from pytest_cicache.checks._behaviour import Behaviour
from pytest_cicache.checks._caller_grants_less import caller_grants_less
from pytest_cicache.checks._docker_driver import docker_driver_export
from pytest_cicache.checks._finding import Finding, Severity
from pytest_cicache.checks._fork_pr_export import fork_pr_export
from pytest_cicache.checks._fork_pr_login import fork_pr_login
from pytest_cicache.checks._guards import always_true_guard, wrong_guard
from pytest_cicache.checks._hidden_failure import hidden_failure
from pytest_cicache.checks._invalid_reference import bare_word, invalid_reference
from pytest_cicache.checks._late_login import late_login
from pytest_cicache.checks._min_mode import min_mode
from pytest_cicache.checks._misspelt import unknown_attribute, unknown_input
from pytest_cicache.checks._never_rotates import never_rotates
from pytest_cicache.checks._not_simulated import NOT_SIMULATED, not_simulated
from pytest_cicache.checks._pr_never_hits import pr_never_hits
from pytest_cicache.checks._read_only_cache import read_only_cache
from pytest_cicache.checks._repeat_not_cached import repeat_not_cached
from pytest_cicache.checks._shared_cache import cache_overwrites_image, platform_overwrites_cache, shared_cache
from pytest_cicache.checks._unbounded_tags import unbounded_tags
from pytest_cicache.checks._undeclared_permissions import undeclared_permissions
from pytest_cicache.checks._untrusted_write import untrusted_write
from pytest_cicache.checks._unwritten import import_without_export, main_never_writes

__all__ = ["CHECKS", "Check", "CheckFunction", "findings_of"]

CheckFunction: TypeAlias = Callable[[Behaviour], Iterator[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check: what it looks for, in half a sentence, and its function.

    One that `asks_others` also depends on the caches that other workflows of the repository write.
    """

    name: str
    what: str
    find: CheckFunction
    asks_others: bool = False


CHECKS: Mapping[str, Check] = {
    row.name: row
    for row in (
        Check(name=NOT_SIMULATED, what="a workflow or an event that no other check can judge", find=not_simulated),
        Check(
            name="fork-pr-export",
            what="a fork's or Dependabot's run fails only because of a cache export or push",
            find=fork_pr_export,
        ),
        Check(name="fork-pr-login", what="a fork's or Dependabot's run fails at a login", find=fork_pr_login),
        Check(
            name="caller-grants-less",
            what="a called workflow asks for more than its caller gives",
            find=caller_grants_less,
        ),
        Check(name="docker-driver-export", what="a cache export with the docker driver", find=docker_driver_export),
        Check(name="invalid-reference", what="a reference that is none", find=invalid_reference),
        Check(name="bare-word", what="a bare word that is taken for a reference", find=bare_word),
        Check(name="late-login", what="a login after the build that needs it", find=late_login),
        Check(name="read-only-cache", what="an export with a read-only Actions cache token", find=read_only_cache),
        Check(
            name="untrusted-write",
            what="an event that anybody can cause writes what trusted runs read",
            find=untrusted_write,
        ),
        Check(
            name="cache-overwrites-image",
            what="a cache with the reference of an image",
            find=cache_overwrites_image,
        ),
        Check(
            name="pr-never-hits",
            what="a pull request takes nothing from the default branch's cache",
            find=pr_never_hits,
            asks_others=True,
        ),
        Check(
            name="main-never-writes",
            what="the default branch never writes what pull requests or tags read",
            find=main_never_writes,
            asks_others=True,
        ),
        Check(
            name="import-without-export",
            what="an import that nothing ever exports",
            find=import_without_export,
            asks_others=True,
        ),
        Check(
            name="repeat-not-cached",
            what="the next run runs steps again although no file has changed",
            find=repeat_not_cached,
        ),
        Check(name="shared-cache", what="several jobs, legs or builds write one cache", find=shared_cache),
        Check(
            name="platform-overwrites-cache",
            what="a platform overwrites another's cache",
            find=platform_overwrites_cache,
        ),
        Check(name="min-mode", what="mode=min loses the stages that cost", find=min_mode),
        Check(
            name="hidden-failure",
            what="ignore-error hides a default branch that cannot write",
            find=hidden_failure,
        ),
        Check(name="unknown-attribute", what="an attribute that a cache does not have", find=unknown_attribute),
        Check(name="unknown-input", what="an input that an action does not have", find=unknown_input),
        Check(name="wrong-guard", what="a guard that a fork's pull request passes", find=wrong_guard),
        Check(name="always-true-guard", what="a condition that is always true", find=always_true_guard),
        Check(
            name="undeclared-permissions",
            what="packages written by the repository's default permissions alone",
            find=undeclared_permissions,
        ),
        Check(name="unbounded-tags", what="tags that grow per branch or pull request", find=unbounded_tags),
        Check(name="never-rotates", what="updates that a cache keeps for weeks", find=never_rotates),
    )
}
"""Every check by its name, the worst first."""


def findings_of(behaviour: Behaviour, check: str) -> tuple[Finding, ...]:
    """What a check finds in a behaviour: one finding a place, of several there the first.

    An error that rests on an assumption, or on a caller that only stands in, is a warning.
    """
    found: dict[str, Finding] = {}
    for finding in CHECKS[check].find(behaviour):
        placed = replace(finding, workflow=behaviour.path)
        unsure = placed.assumes or behaviour.is_only_called
        if unsure and placed.severity is Severity.ERROR:
            placed = replace(placed, severity=Severity.WARNING)
        known = found.get(placed.where)
        if known is None or (known.severity is not Severity.ERROR and placed.severity is Severity.ERROR):
            found[placed.where] = placed
    return tuple(found.values())
