"""One workflow file on its way into a plan: its inputs, who called it, what its jobs came to so far."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pytest_cicache.expressions import HostFunction, to_text
from pytest_cicache.permissions import CallerPermissions
from pytest_cicache.plan._inputs import bind_call_inputs
from pytest_cicache.plan._judge import named
from pytest_cicache.plan._model import JobPlace
from pytest_cicache.plan._outcome import CANCELLED, FAILURE, JobOutcome, merged, readable
from pytest_cicache.plan._status import status_functions
from pytest_cicache.workflow import Mapping, evaluate_node

if TYPE_CHECKING:
    from pytest_cicache.plan._legs import Leg
    from pytest_cicache.workflow import Job, Workflow

__all__ = ["Frame"]


@dataclass(slots=True, kw_only=True)
class Frame:
    """A file, the contexts all its jobs share, and the outcomes of its jobs by id in lower case.

    `place` is that of the leg that calls it, `path` holds the ids of the calling jobs and `prefix` their names;
    `doubt` says why it is undecided whether the file is called at all, `note` what else is to be said of all its
    jobs; `matrix` is the leg that calls it, `cache_mode` what the callers declared. `cancelled` is set when
    fail-fast ends the call.
    """

    workflow: Workflow
    contexts: abc.Mapping[str, Any]
    place: JobPlace = field(default_factory=JobPlace)
    path: tuple[str, ...] = ()
    prefix: str = ""
    caller: CallerPermissions | None = None
    cache_mode: str | None = None
    doubt: str | None = None
    note: str | None = None
    matrix: abc.Mapping[str, Any] | str | None = None
    cancelled: bool = False
    outcomes: dict[str, JobOutcome] = field(default_factory=dict)
    _numbers: abc.Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self._numbers = {job.id: number for number, job in enumerate(self.workflow.ordered())}

    def job_contexts(self, job: Job) -> dict[str, Any]:
        """The contexts of `jobs.<job_id>.if` and `strategy`: the shared ones and `needs`."""
        needs = {need: self.outcomes[need.lower()].context(f"needs.{need}") for need in job.needs}
        return {**self.contexts, "needs": needs}

    def place_of(self, job: Job) -> JobPlace:
        """Where a job of the file stands among all jobs of the plan, all its legs together."""
        above = (self._numbers[name] for name in self.workflow.ancestors(job))
        order = self.place.order
        return JobPlace((*order, self._numbers[job.id]), (*self.place.after, *((*order, number) for number in above)))

    def ancestors(self, job: Job) -> dict[str, JobOutcome]:
        """The outcome of every job that a job waits for, directly or not, by id as it is spelt."""
        return {name: self.outcomes[name.lower()] for name in self.workflow.ancestors(job)}

    def status_functions(self, job: Job) -> dict[str, HostFunction]:
        """success, failure, cancelled and always for a job that is due."""
        above = {name.lower(): outcome for name, outcome in self.ancestors(job).items()}
        return status_functions(above, cancelled=self.cancelled)

    @property
    def is_over(self) -> bool:
        """Whether every job of the file has ended."""
        return len(self.outcomes) == len(self.workflow.jobs)

    def outcome(self) -> JobOutcome:
        """What all jobs together came to, for the run or for the job that calls the file; without outputs."""
        worst = merged(self.outcomes.values())
        result = FAILURE if worst.result == CANCELLED and not self.cancelled else worst.result
        return replace(worst, result=result, outputs={})

    def call_outputs(self) -> dict[str, str | None]:
        """The outputs of a called file, from those of its jobs; raises `WorkflowError`."""
        if self.workflow.call is None:
            return {}
        ended = {job.id: self.outcomes[job.id.lower()].context(f"jobs.{job.id}") for job in self.workflow.jobs}
        known = {name: self.contexts[name] for name in ("github", "vars", "inputs")} | {"jobs": ended}
        return {output.name: readable(evaluate_node(output.value, known)) for output in self.workflow.call.outputs}

    def called(self, job: Job, leg: Leg, name: str, *, place: JobPlace, doubt: str | None) -> Frame:
        """The frame of the file that a leg of a job calls, its inputs and secrets bound; raises `WorkflowError`."""
        assert job.called is not None
        caller = CallerPermissions(
            job=job.id,
            workflow_block=self.workflow.permissions,
            job_block=job.permissions,
            caller=self.caller,
        )
        shared = {key: self.contexts[key] for key in ("github", "vars")}
        inputs = bind_call_inputs(job.called, job.with_, leg.contexts)
        note = f"the legs of '{job.id}' depend on {named(leg.matrix)}" if isinstance(leg.matrix, str) else None
        return Frame(
            workflow=job.called,
            contexts={**shared, "inputs": inputs, "secrets": self._passed_secrets(job, leg.contexts)},
            place=place,
            path=(*self.path, job.id),
            prefix=f"{name} / ",
            caller=caller,
            cache_mode=job.cache_mode or self.workflow.cache_mode or self.cache_mode,
            doubt=doubt,
            note="; ".join(filter(None, (self.note, note))) or None,
            matrix=self.matrix if leg.matrix is None else leg.matrix,
        )

    def _passed_secrets(self, job: Job, contexts: abc.Mapping[str, Any]) -> dict[str, str]:
        own: dict[str, str] = self.contexts["secrets"]
        if job.secrets == "inherit":
            return own
        passed = {}
        if isinstance(job.secrets, Mapping):
            passed = {name: to_text(evaluate_node(node, contexts)) for name, node in job.secrets.items()}
        return {**passed, "GITHUB_TOKEN": own["GITHUB_TOKEN"]}
