"""Which contexts and special functions an expression may use, by key.

https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#context-availability and, for
action files, the runner's action_yaml.json; read 2026-11-24. Functions outside this table (`contains`,
`toJSON`, …) are available everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

__all__ = ["ACTION_CONTEXTS", "CONTEXTS", "NOWHERE", "STATUS_FUNCTIONS", "Availability"]

STATUS_FUNCTIONS = frozenset({"always", "cancelled", "failure", "success"})
_UNBOUNDED = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Availability:
    """Names of contexts, and special functions as `(name, fewest, most arguments)`.

    False where there is nothing: there `${{ }}` itself is refused.
    """

    contexts: frozenset[str] = frozenset()
    functions: frozenset[tuple[str, int, int]] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.contexts or self.functions)

    def joined(self, other: Availability) -> Availability:
        """What either allows: a key inherits from the keys around it."""
        if not other or other is self:
            return self
        return _joined(self, other) if self else other


@lru_cache(maxsize=256)
def _joined(one: Availability, other: Availability) -> Availability:
    return Availability(one.contexts | other.contexts, one.functions | other.functions)


NOWHERE = Availability()
_HASH_FILES = (("hashFiles", 1, 255),)
_STEP_STATUS = tuple((name, 0, 0) for name in sorted(STATUS_FUNCTIONS))
_JOB_STATUS = (
    ("always", 0, 0),
    ("cancelled", 0, 0),
    ("failure", 0, _UNBOUNDED),
    ("success", 0, _UNBOUNDED),
)


def _available(names: str, *functions: tuple[str, int, int]) -> Availability:
    return Availability(frozenset(names.split()), frozenset(functions))


_RUN = _available("github inputs vars")
_PLAN = _available("github inputs vars needs")
_JOB = _available("github inputs vars needs strategy matrix")
_RUNNER = _available("github inputs vars needs strategy matrix secrets steps job runner env")
_STEP = _available("github inputs vars needs strategy matrix secrets steps job runner env", *_HASH_FILES)

CONTEXTS = MappingProxyType(
    {
        "run-name": _RUN,
        "concurrency": _RUN,
        "env": _available("github inputs vars secrets"),
        "on.workflow_call.inputs.<input_id>.default": _RUN,
        "on.workflow_call.outputs.<output_id>.value": _available("github inputs vars jobs"),
        "jobs.<job_id>.concurrency": _JOB,
        "jobs.<job_id>.container": _JOB,
        "jobs.<job_id>.container.credentials": _available("github inputs vars needs strategy matrix secrets env"),
        "jobs.<job_id>.container.env.<env_id>": _RUNNER,
        "jobs.<job_id>.continue-on-error": _JOB,
        "jobs.<job_id>.defaults.run": _available("github inputs vars needs strategy matrix env"),
        "jobs.<job_id>.env": _available("github inputs vars needs strategy matrix secrets"),
        "jobs.<job_id>.environment": _JOB,
        "jobs.<job_id>.environment.url": _available("github inputs vars needs strategy matrix steps job runner env"),
        "jobs.<job_id>.if": _available("github inputs vars needs", *_JOB_STATUS),
        "jobs.<job_id>.name": _JOB,
        "jobs.<job_id>.outputs.<output_id>": _RUNNER,
        "jobs.<job_id>.runs-on": _JOB,
        "jobs.<job_id>.secrets.<secret_id>": _available("github inputs vars needs secrets strategy matrix"),
        "jobs.<job_id>.services": _JOB,
        "jobs.<job_id>.services.<service_id>.credentials": _available(
            "github inputs vars needs strategy matrix secrets env"
        ),
        "jobs.<job_id>.services.<service_id>.env.<env_id>": _RUNNER,
        "jobs.<job_id>.snapshot": _JOB,
        "jobs.<job_id>.snapshot.if": _available(
            "github inputs vars needs strategy matrix steps job runner env", *_STEP_STATUS, *_HASH_FILES
        ),
        "jobs.<job_id>.steps.continue-on-error": _STEP,
        "jobs.<job_id>.steps.env": _STEP,
        "jobs.<job_id>.steps.if": _available(
            "github inputs vars needs strategy matrix steps job runner env", *_STEP_STATUS, *_HASH_FILES
        ),
        "jobs.<job_id>.steps.name": _STEP,
        "jobs.<job_id>.steps.run": _STEP,
        "jobs.<job_id>.steps.timeout-minutes": _STEP,
        "jobs.<job_id>.steps.with": _STEP,
        "jobs.<job_id>.steps.working-directory": _STEP,
        "jobs.<job_id>.strategy": _PLAN,
        "jobs.<job_id>.timeout-minutes": _JOB,
        "jobs.<job_id>.with.<with_id>": _JOB,
    }
)
"""Every key of a workflow file that takes expressions; keys under a listed one inherit from it."""

_COMPOSITE = _available("github inputs strategy matrix steps job runner env", *_HASH_FILES)

ACTION_CONTEXTS = MappingProxyType(
    {
        "inputs.<input_id>.default": _available("github strategy matrix job runner", *_HASH_FILES),
        "outputs.<output_id>.value": _available("github strategy matrix steps inputs job runner env"),
        "runs.args": _available("inputs"),
        "runs.env": _available("inputs"),
        "runs.pre-if": _available("github inputs strategy matrix job runner env", *_STEP_STATUS, *_HASH_FILES),
        "runs.steps": _COMPOSITE,
        "runs.steps.if": _available("github inputs strategy matrix steps job runner env", *_STEP_STATUS, *_HASH_FILES),
    }
)
"""The same for action files; `pre-if` stands for `post-if` too, `runs.steps` for every key of a step."""
