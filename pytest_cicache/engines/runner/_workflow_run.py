"""Walks the jobs of a workflow, and of the workflows it calls, in the order GitHub would run them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from pytest_cicache.engines.docker import Docker
from pytest_cicache.engines.runner._frame import Frame
from pytest_cicache.engines.runner._inprocess import InProcessRunner
from pytest_cicache.engines.runner._job_contexts import JobContexts
from pytest_cicache.engines.runner._legs import Leg, legs_of, plain
from pytest_cicache.engines.runner.job import JobEnd, Stubs
from pytest_cicache.engines.runner.steps import template_error
from pytest_cicache.errors import ExpressionError, UnsupportedError, WorkflowError
from pytest_cicache.events import Delivery
from pytest_cicache.expressions import is_truthy
from pytest_cicache.observation import Conclusion, JobResult
from pytest_cicache.permissions import Token, compute_token, visible_secrets
from pytest_cicache.workflow import Job, Workflow, evaluate_node, plain_name

__all__ = ["JobHost", "WorkflowRun"]


class JobHost(Protocol):
    """The world around jobs: tokens, the docker command, the source at each commit."""

    def open_job(self, label: str, token: Token) -> tuple[str, Docker]:
        """Mint a job's token and make its docker command; the builder is cold."""

    def close_job(self, label: str) -> None:
        """End a job's token."""

    def spec_parts(self, label: str) -> Mapping[str, Any]:
        """The parts of a JobSpec that come from the world: check_out, announce, action_folder, clock."""


@dataclass(slots=True)
class WorkflowRun:
    """One workflow under one delivery.

    `only_job` and `only_matrix` keep other jobs and legs from running; `inputs` are a dispatch's.
    """

    runner: InProcessRunner
    host: JobHost
    delivery: Delivery
    workflow: Workflow
    stubs: Stubs
    inputs: Mapping[str, Any] = field(default_factory=dict)
    only_job: str | None = None
    only_matrix: Mapping[str, str] = field(default_factory=dict)
    _count: int = 0

    def run(self) -> tuple[tuple[JobResult, ...], Conclusion]:
        """Run every job; return their results in the order they ran, and the run's conclusion."""
        secrets = visible_secrets(self.delivery, token=None)
        frame = Frame(workflow=self.workflow, inputs=self.inputs, secrets=secrets)
        results = tuple(self._run_frame(frame))
        return results, frame.needs.conclusion()

    @property
    def _contexts(self) -> JobContexts:
        return JobContexts(self.delivery, self.workflow, self.stubs)

    def _run_frame(self, frame: Frame) -> Iterator[JobResult]:
        wanted = self._wanted(frame)
        for job in frame.workflow.ordered():
            if job.id in wanted:
                yield from self._run_job(frame, job)
            else:
                frame.needs.finish(job, Conclusion.SKIPPED)

    def _wanted(self, frame: Frame) -> set[str]:
        """The jobs to run: all, or the one asked for with everything it needs."""
        if self.only_job is None or frame.path:
            return {job.id for job in frame.workflow.jobs}
        wanted: set[str] = set()
        waiting = [self.only_job]
        while waiting:
            job = frame.workflow.job(waiting.pop())
            if job is not None and job.id not in wanted:
                wanted.add(job.id)
                waiting.extend(job.needs)
        return wanted

    def _run_job(self, frame: Frame, job: Job) -> Iterator[JobResult]:
        contexts = self._contexts.before(frame, job)
        alone = Leg(None, contexts)
        try:
            if not frame.needs.decides(job, contexts):
                frame.needs.finish(job, Conclusion.SKIPPED)
                yield _unstarted(frame, job, alone, Conclusion.SKIPPED, _why_skipped(job))
                return
            legs, fail_fast = legs_of(job, contexts, self.only_matrix)
        except (WorkflowError, ExpressionError) as error:
            frame.needs.finish(job, Conclusion.FAILURE)
            reason = template_error(error)
            if isinstance(error, ExpressionError):
                reason = f"Error when evaluating 'if' for job '{job.id}'. {reason}"
            yield _unstarted(frame, job, alone, Conclusion.FAILURE, reason)
            return
        yield from self._run_legs(frame, job, legs, fail_fast=fail_fast)

    def _run_legs(self, frame: Frame, job: Job, legs: list[Leg], *, fail_fast: bool) -> Iterator[JobResult]:
        failed = False
        for leg in legs:
            if failed and fail_fast:
                frame.needs.finish(job, Conclusion.CANCELLED)
                reason = "fail-fast: another leg of the matrix failed"
                token = None if job.uses is not None else self._token(frame, job)
                yield _result(frame, job, leg, JobEnd(conclusion=Conclusion.CANCELLED), token, reason)
                continue
            results, end = self._run_leg(frame, job, leg)
            yield from results
            failed = failed or end.conclusion is Conclusion.FAILURE
            frame.needs.finish(job, end.conclusion, end.outputs)

    def _run_leg(self, frame: Frame, job: Job, leg: Leg) -> tuple[list[JobResult], JobEnd]:
        """Run one leg; the end is what the jobs that need it see."""
        stub = self.stubs.jobs.get(job.id)
        if stub is not None:
            end = JobEnd(conclusion=Conclusion.SUCCESS, outputs=dict(stub))
            return [_result(frame, job, leg, end, None, "a stand-in was given for this job")], end
        try:
            if job.uses is not None:
                return self._call(frame, job, leg)
            return self._start(frame, job, leg)
        except WorkflowError as error:
            end = JobEnd(conclusion=Conclusion.FAILURE, error=template_error(error))
            return [_result(frame, job, leg, end, None, end.error)], end

    def _token(self, frame: Frame, job: Job) -> Token:
        return compute_token(
            self.delivery,
            workflow_block=frame.workflow.permissions,
            job_block=job.permissions,
            caller=frame.caller,
        )

    def _start(self, frame: Frame, job: Job, leg: Leg) -> tuple[list[JobResult], JobEnd]:
        token = self._token(frame, job)
        self._count += 1
        label = "/".join((*frame.path, job.id)) + f"#{self._count}"
        secret, docker = self.host.open_job(label, token)
        try:
            parts = self.host.spec_parts(label)
            end = self.runner.run(
                self._contexts.spec(frame, job, leg.contexts, token=secret, docker=docker, parts=parts)
            )
        finally:
            self.host.close_job(label)
        result = _result(frame, job, leg, end, token, end.error)
        if end.conclusion is Conclusion.FAILURE and _may_fail(job, leg):
            end = JobEnd(conclusion=Conclusion.SUCCESS, outputs=end.outputs)
        return [result], end

    def _call(self, frame: Frame, job: Job, leg: Leg) -> tuple[list[JobResult], JobEnd]:
        if job.called is None:
            assert job.uses is not None
            where = job.uses.position
            message = f"the reusable workflow '{job.uses.text}' is not at hand; name its folder with --workflow-source"
            raise UnsupportedError(f"{where.path}:{where.line}:{where.column}: {message}")
        inner = frame.called(job, job.called, leg.contexts, name=_name(frame, job, leg))
        results = list(self._run_frame(inner))
        conclusion = inner.needs.conclusion()
        return results, JobEnd(conclusion=conclusion, outputs=inner.call_outputs(leg.contexts))


def _why_skipped(job: Job) -> str:
    if job.condition.given:
        return f"its condition is false: {job.condition.given}"
    return f"a job it needs did not succeed: {', '.join(job.needs)}"


def _may_fail(job: Job, leg: Leg) -> bool:
    node = job.continue_on_error
    return node is not None and is_truthy(evaluate_node(node, leg.contexts))


def _name(frame: Frame, job: Job, leg: Leg) -> str:
    """A job's name as GitHub shows it, with those of the jobs that called its workflow."""
    try:
        return frame.prefix + plain_name(job, leg.contexts, leg.segments)
    except WorkflowError:
        return frame.prefix + job.id


def _unstarted(frame: Frame, job: Job, leg: Leg, conclusion: Conclusion, reason: str) -> JobResult:
    return _result(frame, job, leg, JobEnd(conclusion=conclusion), None, reason)


def _result(frame: Frame, job: Job, leg: Leg, end: JobEnd, token: Token | None, reason: str | None) -> JobResult:
    return JobResult(
        id=job.id,
        name=_name(frame, job, leg),
        path=frame.path,
        matrix=plain(leg.matrix if leg.matrix is not None else frame.matrix),
        conclusion=end.conclusion,
        reason=reason,
        token=token,
        steps=end.steps,
        outputs=end.outputs,
    )
