"""Workflows as GitHub would read them for an event, one that only runs when called with a caller of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pytest_cicache.events import Delivery, Repository
from pytest_cicache.plan import (
    CALLING_JOB,
    JobSelection,
    Plan,
    PlannedRun,
    StandInCaller,
    begin,
    needs_caller,
    stand_in_caller,
)
from pytest_cicache.simulation._sources import SourceFolders
from pytest_cicache.workflow import Workflow, read_workflow

__all__ = ["RepositoryReader", "WorkflowToRun"]


@dataclass(frozen=True, slots=True)
class WorkflowToRun:
    """A workflow that events start; `caller` stands in for those that would call the `asked` one."""

    workflow: Workflow
    asked: Workflow
    caller: StandInCaller | None = None

    @property
    def placeholders(self) -> Mapping[str, str]:
        """The inputs that nobody gave, with the texts that stand for them."""
        return {} if self.caller is None else self.caller.placeholders

    def begin(
        self,
        delivery: Delivery,
        *,
        job: str | None,
        matrix: Mapping[str, str],
        stand_ins: Mapping[str, Mapping[str, str]],
    ) -> PlannedRun:
        """Start the workflow; a job that is asked for is one of the workflow that was asked for."""
        path = () if self.caller is None else (CALLING_JOB,)
        selection = JobSelection(job=job, matrix=matrix, path=path)
        begun = begin(self.workflow, delivery, selection=selection, stand_ins=stand_ins)
        begun.base = self.named(begun.base)
        return begun

    def named(self, plan: Plan) -> Plan:
        """The plan under the name of the workflow that was asked for."""
        if self.caller is None:
            return plan
        asked = self.asked
        return replace(plan, path=asked.path, name=asked.name or asked.path, caller=self.caller.told)


@dataclass(frozen=True, slots=True)
class RepositoryReader:
    """Reads the workflows of a repository at one commit."""

    repository: Repository
    sources: SourceFolders
    sha: str

    def read(
        self, text: str, path: str, deliveries: Iterable[Delivery], inputs: Mapping[str, Any] | None = None
    ) -> WorkflowToRun:
        """Read a workflow and all it calls; raises WorkflowError."""
        workflow = self._read(text, path)
        if not needs_caller(workflow):
            return WorkflowToRun(workflow, workflow)
        caller = stand_in_caller(workflow, deliveries, inputs or {})
        return WorkflowToRun(self._read(caller.text, caller.path), workflow, caller)

    def _read(self, text: str, path: str) -> Workflow:
        return read_workflow(
            text,
            path=path,
            default_permissions=self.repository.default_permissions,
            fetch=self.sources.workflow,
            home=f"{self.repository.full_name}@{self.sha}",
        )
