"""A login that comes after the build that needs it.

https://github.com/llm-d/llm-d-async/issues/327
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_cicache.checks._behaviour import Behaviour, SeenOperation, told_case
from pytest_cicache.checks._finding import Finding, Severity
from pytest_cicache.observation import Operation, Result
from pytest_cicache.oci import DOCKER_HUB
from pytest_cicache.workflow import Mapping, Step

__all__ = ["late_login"]

_LOGIN = re.compile(r"\bdocker login\b[^\n]*")


def late_login(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the refused exports and pushes of jobs that log in to their registry only later."""
    for seen in behaviour.seen(None, Operation.EXPORT, Operation.PUSH):
        if seen.operation.result is not Result.DENIED or seen.key is None or seen.operation.type == "gha":
            continue
        host = seen.key.partition(" ")[2].partition("/")[0]
        before, after = _around(behaviour, seen)
        later = [step for step in after if _logs_in(step, host)]
        if later and not any(_logs_in(step, host) for step in before):
            yield Finding(
                check="late-login",
                severity=Severity.ERROR if seen.operation.fatal else Severity.WARNING,
                message=f"{told_case(seen.case)} is refused at {seen.place}, because the job logs in to {host} only "
                "after the build",
                cure="move the login before the build",
                assumes=seen.assumes,
            ).at(later[0].position.place)


def _around(behaviour: Behaviour, seen: SeenOperation) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """The steps of the operation's job before and after its own."""
    plan = behaviour.runs[seen.case].plan
    for job in plan.jobs if plan is not None else ():
        places = [step.position.place for step in job.definition.steps]
        if seen.step.where in places:
            number = places.index(seen.step.where)
            return job.definition.steps[:number], job.definition.steps[number + 1 :]
    return (), ()


def _logs_in(step: Step, host: str) -> bool:
    if step.uses is not None and step.uses.text.startswith("docker/login-action@"):
        registry = step.with_.get("registry") if isinstance(step.with_, Mapping) else None
        given = str(registry.to_data()) if registry is not None else DOCKER_HUB
        return host in given or "${{" in given
    commands = _LOGIN.findall(step.run.text) if step.run is not None else []
    return any(host in command or "$" in command or host == DOCKER_HUB for command in commands)
