"""The contexts of jobs before and while they run, and the specification of one that is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_cicache.engines.docker import Docker
from pytest_cicache.engines.runner._frame import Frame
from pytest_cicache.engines.runner.job import JobSpec, Stubs
from pytest_cicache.events import Delivery, default_environment, github_context
from pytest_cicache.expressions import to_text
from pytest_cicache.permissions import secret_source, visible_secrets, visible_variables
from pytest_cicache.workflow import Job, Workflow, evaluate_node
from pytest_cicache.workflow import Mapping as MappingNode

__all__ = ["JobContexts"]

# Stands for the token of whichever job will run, where `secrets.GITHUB_TOKEN` is passed on before that.
_TOKEN = "\0the token of the job"  # noqa: S105 - a placeholder


@dataclass(frozen=True, slots=True)
class JobContexts:
    """Makes the contexts of one run's jobs; `workflow` is the file the event triggered."""

    delivery: Delivery
    workflow: Workflow
    stubs: Stubs

    def before(self, frame: Frame, job: Job) -> dict[str, Any]:
        """The contexts of a job that has not started: for its condition, its matrix, its calls."""
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

    def spec(
        self,
        frame: Frame,
        job: Job,
        contexts: Mapping[str, Any],
        *,
        token: str,
        docker: Docker,
        parts: Mapping[str, Any],
    ) -> JobSpec:
        """What the runner needs to know of a job that starts; raises WorkflowError for a broken `environment`."""
        environment = _environment_name(job, contexts)
        secrets = dict(frame.secrets)
        if environment:
            secrets |= visible_secrets(self.delivery, token=None, environment=environment)
        secrets = {name: value.replace(_TOKEN, token) for name, value in secrets.items()}
        secrets["GITHUB_TOKEN"] = token
        github = {**contexts["github"], "job": job.id, "token": token}
        known = {
            **contexts,
            "github": github,
            "secrets": secrets,
            "vars": visible_variables(self.delivery, environment=environment),
            "job": self._job(frame),
        }
        return JobSpec(
            job=job,
            workflow=frame.workflow,
            contexts=known,
            environment=default_environment(github, runner=_runner(job, contexts)),
            secrets=tuple(filter(None, secrets.values())),
            docker=docker,
            stubs=self.stubs,
            **parts,
        )

    def _job(self, frame: Frame) -> dict[str, Any]:
        """The `job` context but for its status; it names the file the job stands in, `github` the caller."""
        own = f"{self.delivery.repository.full_name}/{self.workflow.path}@{self.delivery.workflow_ref}"
        path = frame.workflow.path
        reference = own if path == self.workflow.path else path
        if path.startswith(("./", ".github/")):
            file = path.removeprefix("./")
            reference = f"{self.delivery.repository.full_name}/{file}@{self.delivery.workflow_ref}"
        location = reference.partition("@")[0].split("/")
        return {
            "workflow_ref": reference,
            "workflow_sha": self.delivery.workflow_sha,
            "workflow_repository": "/".join(location[:2]),
            "workflow_file_path": "/".join(location[2:]),
        }


def _runner(job: Job, contexts: Mapping[str, Any]) -> dict[str, str]:
    """What differs from a hosted Linux runner, by the job's labels."""
    labels = "" if job.runs_on is None else str(evaluate_node(job.runs_on, contexts)).lower()
    return {"os": "macOS", "arch": "ARM64"} if "macos" in labels else {}


def _environment_name(job: Job, contexts: Mapping[str, Any]) -> str | None:
    """The name of a job's `environment:`; its `url`, which may use the job's steps, is not evaluated."""
    if job.environment is None:
        return None
    node = job.environment.get("name") if isinstance(job.environment, MappingNode) else job.environment
    return None if node is None else to_text(evaluate_node(node, contexts))
