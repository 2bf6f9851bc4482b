"""One workflow file on its way into a plan: its inputs, who called it, what its jobs came to so far."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_cicache.expressions import HostFunction, UndecidedError
from pytest_cicache.workflow._partial import PartialContext, Undecided
from pytest_cicache.workflow._plan import Verdict

if TYPE_CHECKING:
    from pytest_cicache.permissions import CallerPermissions
    from pytest_cicache.workflow._model import Job, Workflow

__all__ = ["Frame"]

_ENDED = {Verdict.SKIPPED: "skipped", Verdict.FAILS: "failure"}


@dataclass(slots=True, kw_only=True)
class Frame:
    """A file, the contexts all its jobs share, and the verdicts of its jobs.

    `path` holds the ids of the calling jobs and `prefix` their names; `doubt` says why it is undecided whether the
    file is called at all, `note` what else is to be said of all its jobs; `matrix` is the leg
    that calls it, `cache_mode` what the callers declared.
    """

    workflow: Workflow
    contexts: abc.Mapping[str, Any]
    path: tuple[str, ...] = ()
    prefix: str = ""
    caller: CallerPermissions | None = None
    cache_mode: str | None = None
    doubt: str | None = None
    note: str | None = None
    matrix: abc.Mapping[str, Any] | Undecided | None = None
    verdicts: dict[str, Verdict] = field(default_factory=dict)

    def job_contexts(self, job: Job) -> dict[str, Any]:
        """The contexts of `jobs.<job_id>.if` and `strategy`: the shared ones and `needs`."""
        needs = {need: self._need(need) for need in job.needs}
        return {**self.contexts, "needs": PartialContext("needs", needs)}

    def _need(self, need: str) -> abc.Mapping[str, Any]:
        ended = _ENDED.get(self.verdicts[need.lower()])
        if ended is not None:
            return {"result": ended, "outputs": {}}
        values = {
            "result": Undecided(f"needs.{need}.result"),
            "outputs": PartialContext(f"needs.{need}.outputs", {}, is_open=True),
        }
        return PartialContext(f"needs.{need}", values)

    def status_functions(self, job: Job) -> dict[str, HostFunction]:
        """success, failure, cancelled and always, on the assumption that jobs which run succeed."""
        above = {name: self.verdicts[name.lower()] for name in self.workflow.ancestors(job)}
        ended = [name for name, verdict in above.items() if verdict in _ENDED]
        unsure = [name for name, verdict in above.items() if verdict is Verdict.UNDECIDED]
        running = [name for name, verdict in above.items() if verdict not in _ENDED]

        def success(*_: object) -> bool:
            if not ended and unsure:
                raise UndecidedError(f"whether {' and '.join(unsure)} runs")
            return not ended

        def failure(*_: object) -> bool:
            if Verdict.FAILS in above.values():
                return True
            if running:
                raise UndecidedError(f"whether {' or '.join(running)} fails")
            return False

        table = {"always": lambda *_: True, "cancelled": lambda *_: False, "success": success, "failure": failure}
        return {name: HostFunction(name=name, minimum=0, maximum=255, call=call) for name, call in table.items()}
