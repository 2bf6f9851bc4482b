"""The workflows that a workflow calls: fetched, read, and checked against the call.

After the runner's ReusableWorkflowsLoader.cs and PermissionsHelper.cs; section 2.5 of the reference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_cicache.errors import Problem, WorkflowError
from pytest_cicache.permissions import cap_violations, default_maximum, expand, violation_text
from pytest_cicache.workflow._call_values import check_call
from pytest_cicache.workflow._load import Budget, load_nodes, load_workflow
from pytest_cicache.workflow._problems import Problems
from pytest_cicache.workflow._syntax import WORKFLOW

if TYPE_CHECKING:
    from pytest_cicache.workflow._model import Job, PermissionBlock, Workflow
    from pytest_cicache.workflow._nodes import Mapping

__all__ = ["CallLoader", "Fetch"]

Fetch = Callable[[str], "str | None"]
_LOCAL_PREFIXES = ("./", "$/")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Caller:
    """The file that calls: its text reference, its level from 1, what `permissions` its jobs start from."""

    path: str
    reference: str | None
    level: int
    block: PermissionBlock | None


class CallLoader:
    """Follows the calls of one run.

    `fetch` gives the text of a reference, `home` is `owner/name@sha` of the run.
    """

    def __init__(self, fetch: Fetch, *, default_permissions: str, home: str | None, budget: Budget) -> None:
        self._fetch = fetch
        self._default_permissions = default_permissions
        self._home = home
        self._budget = budget
        self._files: dict[str, Mapping | None] = {}

    def load(self, workflow: Workflow) -> Workflow:
        """The workflow with every called one in its place; what GitHub refuses raises `WorkflowError`."""
        return self._follow(workflow, reference=None, level=1, inherited=None)

    def _follow(
        self, workflow: Workflow, *, reference: str | None, level: int, inherited: PermissionBlock | None
    ) -> Workflow:
        self._count(workflow)
        block = inherited if workflow.permissions is None else workflow.permissions
        caller = _Caller(path=workflow.path, reference=reference, level=level, block=block)
        jobs = tuple(job if job.uses is None else self._call(job, caller) for job in workflow.jobs)
        return replace(workflow, jobs=jobs)

    def _count(self, workflow: Workflow) -> None:
        self._budget.jobs += len(workflow.jobs)
        most = self._budget.limits.jobs
        if most is not None and self._budget.jobs > most:
            raise WorkflowError((Problem("", f"The workflow may not contain more than {most} jobs"),))

    def _call(self, job: Job, caller: _Caller) -> Job:
        most = self._budget.limits.levels
        if caller.level > most:
            raise WorkflowError((Problem("", f"Nested reusable workflow depth exceeded {most}."),))
        assert job.uses is not None
        written = str(job.uses.value)
        name = self._qualified(written, caller)
        block = caller.block if job.permissions is None else job.permissions
        try:
            called = self._called(job, written, name, block, caller)
        except WorkflowError as error:
            raise WorkflowError(tuple(_prefixed(each, job, caller) for each in error.problems)) from None
        if called is None:
            return job
        return replace(
            job, called=self._follow(called, reference=name, level=caller.level + 1, inherited=block)
        )

    def _qualified(self, written: str, caller: _Caller) -> str:
        """How GitHub names the file: a local one belongs to the repository and commit of its caller."""
        if not written.startswith(_LOCAL_PREFIXES):
            return written
        home = self._home
        if caller.reference is not None and "@" in caller.reference:
            path, _, ref = caller.reference.rpartition("@")
            home = "/".join(path.split("/")[:2]) + f"@{ref}"
        if home is None:
            return written
        repository, _, ref = home.partition("@")
        return f"{repository}/{written[2:]}@{ref}"

    def _called(
        self, job: Job, written: str, name: str, block: PermissionBlock | None, caller: _Caller
    ) -> Workflow | None:
        is_nested_local = caller.reference is not None and "@" in caller.reference
        node = self._nodes(name if is_nested_local else written, name, caller)
        if node is None:
            return None
        problems = Problems(name)
        check_call(job, node, problems)
        called = load_workflow(node, problems)
        self._check_permissions(job, called, name, block, problems)
        problems.check()
        return called

    def _nodes(self, reference: str, name: str, caller: _Caller) -> Mapping | None:
        if name not in self._files:
            if len(self._files) >= self._budget.limits.files:
                most = self._budget.limits.files + 1
                raise WorkflowError((Problem("", f"The maximum file count of {most} has been exceeded"),))
            self._files[name] = self._read(reference, name, caller)
        node = self._files[name]
        if node is not None:
            # GitHub counts a file each time it is called.
            problems = Problems(name)
            self._budget.spend(node, problems)
            problems.check()
        return node

    def _read(self, reference: str, name: str, caller: _Caller) -> Mapping | None:
        try:
            source = self._fetch(reference)
        except (LookupError, OSError):
            message = (
                f'error parsing called workflow "{caller.path}" -> "{reference}" : '
                "workflow was not found. See https://docs.github.com/actions/learn-github-actions/reusing-workflows"
                "#access-to-reusable-workflows for more information."
            )
            raise WorkflowError((Problem(caller.path, message),)) from None
        if source is None:
            return None
        return load_nodes(source, WORKFLOW, problems=Problems(name), limits=self._budget.limits)

    def _check_permissions(
        self, job: Job, called: Workflow, name: str, block: PermissionBlock | None, problems: Problems
    ) -> None:
        """Refuse what the called file asks for beyond its caller, whatever its conditions say."""
        if block is None:
            allowed = default_maximum(self._default_permissions, trusted=self._is_trusted(name))
        else:
            allowed = expand(block)
        asked = [("The workflow", called.permissions)]
        asked += [(f"The nested job '{inner.id}'", inner.permissions) for inner in called.jobs]
        for who, wanted in asked:
            violations = [] if wanted is None else cap_violations(expand(wanted), allowed)
            if violations:
                text = f"Error calling workflow '{name}'. {who} is {violation_text(violations)}."
                problems.add(text, job.position)

    def _is_trusted(self, name: str) -> bool:
        """Whether the called file belongs to the owner of the run: it may have an ID token by default."""
        if name.startswith(_LOCAL_PREFIXES):
            return True
        return self._home is not None and name.split("/")[0].lower() == self._home.split("/")[0].lower()


def _prefixed(problem: Problem, job: Job, caller: _Caller) -> Problem:
    """An error inside the called file says which call led to it."""
    if str(problem).startswith(caller.path):
        return problem
    assert job.uses is not None
    place = job.uses.position
    prefix = f"In {caller.path} (Line: {place.line}, Col: {place.column}): Error from called workflow"
    if not problem.path:
        return Problem("", f"{prefix} {problem.message}")
    return Problem(f"{prefix} {problem.path}", problem.message, problem.line, problem.column)
