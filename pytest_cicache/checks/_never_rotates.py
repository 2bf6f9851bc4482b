"""A step that takes in updates of the system, and that a cache keeps as it is for weeks.

https://github.com/docdyhr/simplenote-mcp-server/pull/830, https://github.com/open-metadata/OpenMetadata/pull/31447
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_cicache.checks._behaviour import LATER, Behaviour
from pytest_cicache.checks._finding import Finding, Severity
from pytest_cicache.checks._told_steps import told_step
from pytest_cicache.observation import Operation, Run

__all__ = ["never_rotates", "takes_updates"]

_UPGRADES = re.compile(
    r"\b(apt-get|apt|aptitude)\s+(-\S+\s+)*(dist-upgrade|full-upgrade|upgrade)|\bapk\s+(-\S+\s+)*upgrade"
    r"|\b(dnf|microdnf|yum|tdnf)\s+(-\S+\s+)*(upgrade|update)\b|\bzypper\s+(-\S+\s+)*(up|update|patch)\b"
)


def takes_updates(run: Run) -> bool:
    """Whether a build of a run takes in updates of the system."""
    return any(_UPGRADES.search(vertex.name) for build in run.builds for vertex in build.vertices)


def never_rotates(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the steps that upgrade packages and come from the cache five weeks later."""
    scheduled = [
        vertex
        for _, _, build in behaviour.builds("schedule")
        for vertex in build.vertices
        if any(each.operation is Operation.EXPORT for each in build.operations)
    ]
    renewed = {vertex.name for vertex in scheduled if vertex.cached is not True}
    for _, _, build in behaviour.builds(LATER):
        for vertex in build.vertices:
            if vertex.cached is True and vertex.source and _UPGRADES.search(vertex.name) and vertex.name not in renewed:
                yield Finding(
                    check="never-rotates",
                    severity=Severity.NOTE,
                    message=f"Five weeks later {told_step(vertex)} still comes from {vertex.source}: the updates it "
                    "takes in are those of the day the cache was made",
                    cure="put the month into the cache's tag, or rebuild on a schedule with `no-cache: true`",
                ).at(build.where)
                break
