"""One workflow file being run: its inputs, its secrets, what its jobs came to, and who called it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_cicache.engines.runner._needs import Needs
from pytest_cicache.expressions import to_text
from pytest_cicache.permissions import CallerPermissions
from pytest_cicache.workflow import Job, Workflow, bind_call_inputs, evaluate_node
from pytest_cicache.workflow import Mapping as MappingNode

__all__ = ["Frame"]


@dataclass(slots=True, kw_only=True)
class Frame:
    """A workflow with everything its jobs may refer to.

    `path` holds the ids of the jobs that called it, `prefix` their names; `matrix` is the leg that calls it.
    """

    workflow: Workflow
    inputs: Mapping[str, Any]
    secrets: Mapping[str, str]
    path: tuple[str, ...] = ()
    prefix: str = ""
    caller: CallerPermissions | None = None
    matrix: Mapping[str, Any] | None = None
    needs: Needs = field(init=False)

    def __post_init__(self) -> None:
        self.needs = Needs(self.workflow)

    def called(self, job: Job, workflow: Workflow, contexts: Mapping[str, Any], *, name: str) -> Frame:
        """The frame of the workflow a job calls, its inputs and secrets bound; `name` is the job's, in full."""
        caller = CallerPermissions(
            job=job.id,
            workflow_block=self.workflow.permissions,
            job_block=job.permissions,
            caller=self.caller,
        )
        return Frame(
            workflow=workflow,
            inputs=dict(bind_call_inputs(workflow, job.with_, contexts)),
            secrets=self._passed_secrets(job, contexts),
            path=(*self.path, job.id),
            prefix=f"{name} / ",
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
        """The outputs of a called workflow, from those of its jobs; raises WorkflowError."""
        if self.workflow.call is None:
            return {}
        known = {"inputs": self.inputs, "jobs": self.needs.all_jobs()}
        known |= {name: contexts[name] for name in ("github", "vars")}
        return {output.name: to_text(evaluate_node(output.value, known)) for output in self.workflow.call.outputs}
