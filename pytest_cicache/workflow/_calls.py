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
    from collections import abc

    from pytest_cicache.permissions import AccessLevel
    from pytest_cicache.workflow._model import Job, PermissionBlock, Workflow
    from pytest_cicache.workflow._nodes import Mapping, Scalar

__all__ = ["CallLoader", "Fetch"]

Fetch = Callable[[str], "str | None"]
_LOCAL_PREFIXES = ("./", "$/")
_NOT_FOUND = (
    "workflow was not found. See https://docs.github.com/actions/learn-github-actions/"
    "reusing-workflows#access-to-reusable-workflows for more information."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _CallingJob:
    """The file that calls: its name, its level from 1, the `permissions` its jobs start from.

    `origin` is `owner/name@ref` of a file from another repository, `None` in the run's own.
    """

    path: str
    level: int
    origin: str | None
    block: PermissionBlock | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _CallReference:
    """A called file: how to fetch it, how GitHub names it, where what it calls locally is.

    `file` is the path of one of the run's own repository.
    """

    fetched: str
    name: str
    origin: str | None
    file: str = ""


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
        return self._follow(workflow, _CallingJob(path=workflow.path, level=1, origin=None, block=workflow.permissions))

    def _follow(self, workflow: Workflow, caller: _CallingJob) -> Workflow:
        self._count(workflow)
        jobs = tuple(job if job.uses is None else self._call(job, job.uses, caller) for job in workflow.jobs)
        return replace(workflow, jobs=jobs)

    def _count(self, workflow: Workflow) -> None:
        self._budget.jobs += len(workflow.jobs)
        most = self._budget.limits.jobs
        if most is not None and self._budget.jobs > most:
            raise WorkflowError((Problem("", f"The workflow may not contain more than {most} jobs"),))

    def _call(self, job: Job, uses: Scalar, caller: _CallingJob) -> Job:
        most = self._budget.limits.levels
        if caller.level > most:
            raise WorkflowError((Problem("", f"Nested reusable workflow depth exceeded {most}."),))
        reference = self._resolved(str(uses.value), caller)
        allowed = caller.block if job.permissions is None else job.permissions
        try:
            called = self._called(job, uses, reference, allowed)
        except WorkflowError as error:
            raise WorkflowError(tuple(_prefixed(each, uses, caller) for each in error.problems)) from None
        if called is None:
            return job
        block = allowed if called.permissions is None else called.permissions
        below = _CallingJob(path=called.path, level=caller.level + 1, origin=reference.origin, block=block)
        return replace(job, called=self._follow(called, below))

    def _resolved(self, written: str, caller: _CallingJob) -> _CallReference:
        """A local file belongs to the repository and commit of the file that calls it."""
        if not written.startswith(_LOCAL_PREFIXES):
            path, _, ref = written.rpartition("@")
            owner_and_name = "/".join(path.split("/")[:2])
            return _CallReference(fetched=written, name=written, origin=f"{owner_and_name}@{ref}")
        place = caller.origin or self._home
        if place is None:
            return _CallReference(fetched=written, name=written, origin=None)
        repository, _, ref = place.partition("@")
        name = f"{repository}/{written[2:]}@{ref}"
        return _CallReference(
            fetched=name if caller.origin else written,
            name=name,
            origin=caller.origin,
            file="" if caller.origin else written[2:],
        )

    def _called(
        self, job: Job, uses: Scalar, reference: _CallReference, allowed: PermissionBlock | None
    ) -> Workflow | None:
        node = self._nodes(reference, uses)
        if node is None:
            return None
        problems = Problems(reference.name)
        check_call(job, uses.position, node, problems)
        called = load_workflow(node, problems)
        self._check_permissions(job, called, self._maximum(allowed, reference), problems)
        problems.check()
        return replace(called, warnings=problems.warnings)

    def _nodes(self, reference: _CallReference, uses: Scalar) -> Mapping | None:
        name = reference.name
        if name not in self._files:
            if len(self._files) >= self._budget.limits.files:
                most = self._budget.limits.files + 1
                raise WorkflowError((Problem("", f"The maximum file count of {most} has been exceeded"),))
            self._files[name] = self._read(reference, uses)
        node = self._files[name]
        if node is not None:
            # GitHub counts a file each time it is called.
            problems = Problems(name)
            self._budget.spend(node, problems)
            problems.check()
        return node

    def _read(self, reference: _CallReference, uses: Scalar) -> Mapping | None:
        place = uses.position
        try:
            source = self._fetch(reference.fetched)
        except (LookupError, OSError):
            message = f'error parsing called workflow "{place.path}" -> "{uses.value}" : {_NOT_FOUND}'
            raise WorkflowError((Problem(place.path, message, place.line, place.column),)) from None
        if source is None:
            return None
        problems = Problems(reference.name)
        return load_nodes(source, WORKFLOW, problems=problems, limits=self._budget.limits, file=reference.file)

    def _maximum(self, block: PermissionBlock | None, reference: _CallReference) -> abc.Mapping[str, AccessLevel]:
        """What the called file may ask for: what its caller has, by its blocks or by the repository's default."""
        if block is not None:
            return expand(block)
        return default_maximum(self._default_permissions, trusted=self._is_trusted(reference))

    def _is_trusted(self, reference: _CallReference) -> bool:
        """Whether the called file belongs to the owner of the run: it may have an ID token by default."""
        if reference.origin is None:
            return True
        owner = reference.origin.partition("/")[0]
        return self._home is not None and owner.lower() == self._home.partition("/")[0].lower()

    def _check_permissions(
        self, job: Job, called: Workflow, allowed: abc.Mapping[str, AccessLevel], problems: Problems
    ) -> None:
        """Refuse what the called file asks for beyond its caller, whatever its conditions say."""
        asked = [("The workflow", called.permissions)]
        asked += [(f"The nested job '{inner.id}'", inner.permissions) for inner in called.jobs]
        for who, wanted in asked:
            violations = [] if wanted is None else cap_violations(expand(wanted), allowed)
            if violations:
                text = f"Error calling workflow '{called.path}'. {who} is {violation_text(violations)}."
                problems.add(text, job.position)


def _prefixed(problem: Problem, uses: Scalar, caller: _CallingJob) -> Problem:
    """An error inside the called file says which call led to it."""
    if str(problem).startswith(caller.path):
        return problem
    place = uses.position
    prefix = f"In {caller.path} (Line: {place.line}, Col: {place.column}): Error from called workflow"
    if not problem.path:
        return Problem("", f"{prefix} {problem.message}")
    return Problem(f"{prefix} {problem.path}", problem.message, problem.line, problem.column)
