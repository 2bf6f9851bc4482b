"""A cache export with the docker driver, which cannot export.

https://github.com/docker/build-push-action/issues/1253, https://github.com/agentkitai/agentgate/pull/34
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_cicache.buildx import NO_CACHE_EXPORT
from pytest_cicache.checks._behaviour import Behaviour, told_case
from pytest_cicache.checks._finding import Finding, Severity
from pytest_cicache.observation import Operation

__all__ = ["docker_driver_export"]


def docker_driver_export(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the exports that buildx refuses for the driver."""
    for seen in behaviour.seen(None, Operation.EXPORT):
        if seen.operation.message and seen.operation.message in NO_CACHE_EXPORT:
            yield Finding(
                check="docker-driver-export",
                severity=Severity.ERROR,
                message=f"{told_case(seen.case)} fails before it builds: no builder was set up, and the docker driver "
                f"cannot export to {seen.place}",
                cure="put `- uses: docker/setup-buildx-action@v3` before the build, under the same condition",
                assumes=seen.assumes,
            ).at(seen.where)
