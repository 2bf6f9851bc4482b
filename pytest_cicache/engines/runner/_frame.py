"""One workflow file being run: its inputs, its secrets, what its jobs came to, and who called it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_cicache.errors import WorkflowError
from pytest_cicache.expressions import HostFunction, evaluate, is_truthy, to_text
from pytest_cicache.observation import Conclusion
from pytest_cicache.permissions import CallerPermissions
from pytest_cicache.workflow import CallInput, Job, Workflow, evaluate_node
from pytest_cicache.workflow import Mapping as MappingNode

__all__ = ["Frame", "Needs"]

_ENDED = (Conclusion.SUCCESS, Conclusion.FAILURE, Conclusion.CANCELLED, Conclusion.SKIPPED)


@dataclass(slots=True)
class Needs:
    """Results and outputs of a workflow's jobs, by job id."""

    ended: dict[str, Conclusion] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)

    def finish(self, job_id: str, conclusion: Conclusion, outputs: Mapping[str, str]) -> None:
        """Record how a job ended."""
        self.ended[job_id] = conclusion
        self.outputs[job_id] = dict(outputs)

    def skip(self, job_id: str) -> None:
        """Record that a job was skipped."""
        self.finish(job_id, Conclusion.SKIPPED, {})

    def merge(self, job_id: str, conclusion: Conclusion, outputs: Mapping[str, str]) -> None:
        """Record one leg of a matrix: one failure fails the job, the last leg's outputs win."""
        known = self.ended.get(job_id, Conclusion.SUCCESS)
        worst = known if known is not Conclusion.SUCCESS else conclusion
        self.ended[job_id] = worst
        self.outputs.setdefault(job_id, {}).update({key: value for key, value in outputs.items() if value})

    def conclusion(self) -> Conclusion:
        """What all jobs together came to; a job that may fail counts as the success it is taken for."""
        ends = set(self.ended.values())
        if ends & {Conclusion.FAILURE, Conclusion.CANCELLED}:
            return Conclusion.FAILURE
        return Conclusion.SUCCESS if Conclusion.SUCCESS in ends else Conclusion.SKIPPED

    def context(self, job: Job) -> dict[str, Any]:
        """The `needs` context of a job: its direct dependencies only."""
        return {
            need: {"result": self.ended[need].value, "outputs": self.outputs[need]}
            for need in job.needs
            if need in self.ended
        }


@dataclass(slots=True, kw_only=True)
class Frame:
    """A workflow with everything its jobs may refer to; `path` holds the ids of the jobs that called it."""

    workflow: Workflow
    inputs: Mapping[str, Any]
    secrets: Mapping[str, str]
    path: tuple[str, ...] = ()
    prefix: str = ""
    caller: CallerPermissions | None = None
    matrix: dict[str, Any] | None = None
    needs: Needs = field(default_factory=Needs)

    def ordered(self) -> Iterator[Job]:
        """The jobs, each after those it needs, else in the order of the file."""
        done: set[str] = set()
        waiting = list(self.workflow.jobs)
        while waiting:
            ready = next((job for job in waiting if done.issuperset(job.needs)), waiting[0])
            waiting.remove(ready)
            done.add(ready.id)
            yield ready

    def decides(self, job: Job, contexts: Mapping[str, Any]) -> bool:
        """Whether a job's condition holds, given how its ancestors ended."""
        ended = [self.needs.ended[name] for name in self._ancestors(job)]
        table: dict[str, Callable[..., bool]] = {
            "always": lambda *_: True,
            "cancelled": lambda *_: Conclusion.CANCELLED in ended,
            "failure": lambda *_: Conclusion.FAILURE in ended,
            "success": lambda *_: all(item is Conclusion.SUCCESS for item in ended),
        }
        functions = {name: HostFunction(name=name, minimum=0, maximum=255, call=call) for name, call in table.items()}
        return is_truthy(evaluate(job.condition.text, contexts, functions=functions))

    def _ancestors(self, job: Job) -> set[str]:
        found: set[str] = set()
        waiting = list(job.needs)
        while waiting:
            name = waiting.pop()
            above = self.workflow.job(name)
            if name not in found and above is not None:
                found.add(name)
                waiting.extend(above.needs)
        return {name for name in found if name in self.needs.ended}

    def called(self, job: Job, workflow: Workflow, contexts: Mapping[str, Any], *, prefix: str) -> Frame:
        """The frame of the workflow a job calls, its inputs and secrets bound."""
        given = evaluate_node(job.with_, contexts) if job.with_ is not None else {}
        caller = CallerPermissions(
            job=job.id,
            workflow_block=self.workflow.permissions,
            job_block=job.permissions,
            caller=self.caller,
        )
        return Frame(
            workflow=workflow,
            inputs=_bind(workflow, dict(given) if isinstance(given, dict) else {}, contexts),
            secrets=self._passed_secrets(job, contexts),
            path=(*self.path, job.id),
            prefix=f"{prefix} / ",
            caller=caller,
            matrix=contexts.get("matrix") or self.matrix,
        )

    def _passed_secrets(self, job: Job, contexts: Mapping[str, Any]) -> dict[str, str]:
        if job.secrets == "inherit":
            return dict(self.secrets)
        if not isinstance(job.secrets, MappingNode):
            return {}
        values = evaluate_node(job.secrets, contexts)
        return {name: to_text(value) for name, value in values.items()} if isinstance(values, dict) else {}

    def call_outputs(self, contexts: Mapping[str, Any]) -> dict[str, str]:
        """The outputs of a called workflow, from those of its jobs."""
        if self.workflow.call is None:
            return {}
        jobs = {
            name: {"result": self.needs.ended[name].value, "outputs": self.needs.outputs[name]}
            for name in self.needs.ended
        }
        known = {"github": contexts["github"], "vars": contexts["vars"], "inputs": self.inputs, "jobs": jobs}
        return {output.name: to_text(evaluate_node(output.value, known)) for output in self.workflow.call.outputs}

    def display_name(self, job: Job, leg: Mapping[str, Any] | None, contexts: Mapping[str, Any]) -> str:
        """A job's name as GitHub shows it: `caller / name (leg)`."""
        try:
            given = "" if job.name is None else to_text(evaluate_node(job.name, contexts))
        except WorkflowError:
            given = ""
        if given:
            return self.prefix + given
        values = ", ".join(_leg_texts(leg)) if leg else ""
        return self.prefix + (f"{job.id} ({values})" if values else job.id)


def _leg_texts(value: Any) -> Iterator[str]:
    """The plain values of a matrix leg, in order."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _leg_texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leg_texts(item)
    else:
        yield to_text(value)


def _bind(workflow: Workflow, given: Mapping[str, Any], contexts: Mapping[str, Any]) -> dict[str, Any]:
    """A called workflow's inputs: what the caller gave, else the default, else the type's empty value."""
    if workflow.call is None:
        return {}
    lower = {name.lower(): value for name, value in given.items()}
    return {item.name: _value(item, lower, contexts) for item in workflow.call.inputs}


def _value(item: CallInput, given: Mapping[str, Any], contexts: Mapping[str, Any]) -> Any:
    value = given.get(item.name.lower())
    if value is None and item.default is not None:
        value = evaluate_node(item.default, {name: contexts[name] for name in ("github", "inputs", "vars")})
    if value is None:
        return {"boolean": False, "number": 0.0}.get(item.type, "")
    if item.type == "boolean":
        return value if isinstance(value, bool) else to_text(value).lower() == "true"
    return to_text(value) if item.type == "string" else value
