"""Walks the jobs of a workflow, and of the workflows it calls, in the order GitHub would run them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from pytest_cicache.engines.runner._docker import Docker
from pytest_cicache.engines.runner._frame import Frame
from pytest_cicache.engines.runner._inprocess import InProcessRunner
from pytest_cicache.engines.runner._spec import JobEnd, JobSpec, Stubs
from pytest_cicache.errors import UnsupportedError, WorkflowError
from pytest_cicache.events import Delivery, default_environment, github_context
from pytest_cicache.expressions import is_truthy, to_text
from pytest_cicache.observation import Conclusion, JobResult
from pytest_cicache.permissions import Token, compute_token, secret_source, visible_secrets, visible_variables
from pytest_cicache.workflow import Job, Workflow, evaluate_node, expand_matrix

__all__ = ["JobHost", "WorkflowRun"]

# Stands for the token of whichever job will run, where `secrets.GITHUB_TOKEN` is passed on before that.
_TOKEN = "\0the token of the job"  # noqa: S105 - a placeholder


class JobHost(Protocol):
    """The world around jobs: tokens, the docker command, the source at each commit."""

    def open_job(self, label: str, token: Token) -> tuple[str, Docker]:
        """Mint a job's token and make its docker command; the builder is cold."""

    def close_job(self, label: str) -> None:
        """End a job's token."""

    def spec_parts(self, label: str) -> Mapping[str, Any]:
        """The parts of a JobSpec that come from the world: check_out, announce, read_action, clock."""


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

    def _run_frame(self, frame: Frame) -> Iterator[JobResult]:
        wanted = self._wanted(frame)
        for job in frame.ordered():
            if job.id in wanted:
                yield from self._run_job(frame, job)
            else:
                frame.needs.skip(job.id)

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
        contexts = self._contexts(frame, job)
        try:
            reason = self._why_skipped(frame, job, contexts)
            legs = [] if reason else self._legs(job, contexts)
        except WorkflowError as error:
            frame.needs.finish(job.id, Conclusion.FAILURE, {})
            yield self._unstarted(frame, job, None, Conclusion.FAILURE, str(error))
            return
        if reason is not None:
            frame.needs.skip(job.id)
            yield self._unstarted(frame, job, None, Conclusion.SKIPPED, reason)
            return
        yield from self._run_legs(frame, job, contexts, legs)

    def _why_skipped(self, frame: Frame, job: Job, contexts: Mapping[str, Any]) -> str | None:
        if frame.decides(job, contexts):
            return None
        if job.condition.given:
            return f"its condition is false: {job.condition.given}"
        return f"a job it needs did not succeed: {', '.join(job.needs)}"

    def _legs(self, job: Job, contexts: Mapping[str, Any]) -> list[dict[str, Any] | None]:
        if job.strategy is None or job.strategy.matrix is None:
            return [None]
        legs = [dict(leg) for leg in expand_matrix(job.strategy, contexts)]
        return [leg for leg in legs if all(to_text(leg.get(k)) == v for k, v in self.only_matrix.items())]

    def _run_legs(
        self, frame: Frame, job: Job, contexts: Mapping[str, Any], legs: list[dict[str, Any] | None]
    ) -> Iterator[JobResult]:
        failed = False
        fail_fast = _fail_fast(job, contexts)
        for index, leg in enumerate(legs):
            if failed and fail_fast:
                reason = "fail-fast: another leg of the matrix failed"
                yield self._unstarted(frame, job, leg, Conclusion.CANCELLED, reason)
                continue
            strategy = {"fail-fast": fail_fast, "job-index": float(index), "job-total": float(len(legs))}
            strategy["max-parallel"] = float(len(legs))
            leg_contexts = {**contexts, "matrix": leg, "strategy": strategy}
            results, end = self._run_leg(frame, job, leg, leg_contexts)
            yield from results
            failed = failed or end.conclusion is Conclusion.FAILURE
            frame.needs.merge(job.id, end.conclusion, end.outputs)
        if not legs:
            frame.needs.skip(job.id)

    def _run_leg(
        self, frame: Frame, job: Job, leg: dict[str, Any] | None, contexts: Mapping[str, Any]
    ) -> tuple[list[JobResult], JobEnd]:
        stub = self.stubs.jobs.get(job.id)
        if stub is not None:
            end = JobEnd(conclusion=Conclusion.SUCCESS, steps=(), outputs=dict(stub))
            result = self._result(frame, job, leg, contexts, end, None, "a stand-in was given for this job")
            return [result], end
        if job.uses is not None:
            return self._call(frame, job, leg, contexts)
        token = self._token(frame, job)
        self._count += 1
        label = "/".join((*frame.path, job.id)) + f"#{self._count}"
        secret, docker = self.host.open_job(label, token)
        try:
            end = self.runner.run(self._spec(frame, job, contexts, secret, docker, label))
        finally:
            self.host.close_job(label)
        forgiven = end.conclusion is Conclusion.FAILURE and _continues(job, contexts)
        result = self._result(frame, job, leg, contexts, end, token, end.error)
        if forgiven:
            end = JobEnd(conclusion=Conclusion.SUCCESS, steps=end.steps, outputs=end.outputs)
        return [result], end

    def _call(
        self, frame: Frame, job: Job, leg: dict[str, Any] | None, contexts: Mapping[str, Any]
    ) -> tuple[list[JobResult], JobEnd]:
        if job.called is None:
            assert job.uses is not None
            where = job.uses.position
            message = f"the reusable workflow '{job.uses.text}' is not at hand; name its folder with --workflow-source"
            raise UnsupportedError(f"{where.path}:{where.line}:{where.column}: {message}")
        inner = frame.called(job, job.called, contexts, prefix=self._name(frame, job, leg, contexts))
        results = list(self._run_frame(inner))
        failed = any(result.conclusion in (Conclusion.FAILURE, Conclusion.CANCELLED) for result in results)
        conclusion = Conclusion.FAILURE if failed else Conclusion.SUCCESS
        outputs = inner.call_outputs(contexts)
        return results, JobEnd(conclusion=conclusion, steps=(), outputs=outputs)

    def _token(self, frame: Frame, job: Job) -> Token:
        return compute_token(
            self.delivery,
            workflow_block=frame.workflow.permissions,
            job_block=job.permissions,
            caller=frame.caller,
        )

    def _contexts(self, frame: Frame, job: Job) -> dict[str, Any]:
        github = github_context(
            self.delivery,
            workflow_name=self.workflow.name,
            workflow_path=self.workflow.path,
            secret_source=secret_source(self.delivery),
        )
        return {
            "github": github,
            "vars": visible_variables(self.delivery),
            "inputs": dict(frame.inputs),
            "needs": frame.needs.context(job),
            "matrix": None,
            "strategy": {"fail-fast": True, "job-index": 0.0, "job-total": 1.0, "max-parallel": 1.0},
            "secrets": {**frame.secrets, "GITHUB_TOKEN": _TOKEN},
        }

    def _spec(
        self, frame: Frame, job: Job, contexts: Mapping[str, Any], secret: str, docker: Docker, label: str
    ) -> JobSpec:
        github = {**contexts["github"], "job": job.id, "token": secret}
        environment = self._environment_name(job, contexts)
        secrets: dict[str, str] = dict(frame.secrets)
        if environment:
            secrets |= visible_secrets(self.delivery, token=None, environment=environment)
        secrets = {name: value.replace(_TOKEN, secret) for name, value in secrets.items()}
        secrets["GITHUB_TOKEN"] = secret
        variables = visible_variables(self.delivery, environment=environment)
        return JobSpec(
            job=job,
            workflow=frame.workflow,
            contexts={**contexts, "github": github, "secrets": secrets, "vars": variables},
            environment=default_environment(github),
            secrets=tuple(secrets.values()),
            docker=docker,
            stubs=self.stubs,
            **self.host.spec_parts(label),
        )

    def _environment_name(self, job: Job, contexts: Mapping[str, Any]) -> str | None:
        if job.environment is None:
            return None
        value = evaluate_node(job.environment, contexts)
        return to_text(value.get("name")) if isinstance(value, dict) else to_text(value)

    def _name(self, frame: Frame, job: Job, leg: Mapping[str, Any] | None, contexts: Mapping[str, Any]) -> str:
        return frame.display_name(job, leg, contexts)

    def _unstarted(
        self, frame: Frame, job: Job, leg: dict[str, Any] | None, conclusion: Conclusion, reason: str
    ) -> JobResult:
        contexts = {**self._contexts(frame, job), "matrix": leg}
        end = JobEnd(conclusion=conclusion, steps=(), outputs={})
        return self._result(frame, job, leg, contexts, end, None, reason)

    def _result(
        self,
        frame: Frame,
        job: Job,
        leg: dict[str, Any] | None,
        contexts: Mapping[str, Any],
        end: JobEnd,
        token: Token | None,
        reason: str | None,
    ) -> JobResult:
        matrix = leg if leg is not None else frame.matrix
        return JobResult(
            id=job.id,
            name=self._name(frame, job, leg, contexts),
            path=frame.path,
            matrix=matrix,
            conclusion=end.conclusion,
            reason=reason,
            token=token,
            steps=end.steps,
            outputs=end.outputs,
        )


def _fail_fast(job: Job, contexts: Mapping[str, Any]) -> bool:
    node = job.strategy.fail_fast if job.strategy is not None else None
    return node is None or is_truthy(evaluate_node(node, contexts))


def _continues(job: Job, contexts: Mapping[str, Any]) -> bool:
    node = job.continue_on_error
    return node is not None and is_truthy(evaluate_node(node, contexts))
