"""A run as the JSON object of schema `pytest-cicache/1`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_cicache.observation import (
    BuildRecord,
    CacheOperation,
    Conclusion,
    JobResult,
    Race,
    Run,
    StepResult,
    TagChange,
    Vertex,
)
from pytest_cicache.permissions import Token
from pytest_cicache.reporting._assumption import assumption_json

__all__ = ["SCHEMA", "run_json"]

SCHEMA = "pytest-cicache/1"


def run_json(run: Run) -> dict[str, Any]:
    """Return the run as JSON-ready data."""
    scenario = run.scenario
    return {
        "schema": SCHEMA,
        "scenario": {
            "workflow": scenario.workflow,
            "event": scenario.event,
            "after": list(scenario.after),
            "repository": scenario.repository,
            "runner": scenario.runner,
            "builder": scenario.builder,
            "registry": scenario.registry,
            "hides_processes": scenario.hides_processes,
            "act_image": scenario.act_image,
        },
        "triggered": run.triggered,
        "reason": run.reason,
        "conclusion": run.outcome.value,
        "error": run.error if run.outcome is Conclusion.STARTUP_FAILURE else None,
        "jobs": [_job(job) for job in run.jobs],
        "assumptions": [assumption_json(item) for item in run.assumptions],
        "races": [_race(item) for item in run.races],
        "tags": {package: _tags(change) for package, change in sorted(run.packages.items())},
        "bytes": {"uploaded": run.uploaded, "downloaded": run.downloaded},
    }


def _job(job: JobResult) -> dict[str, Any]:
    return {
        "id": job.id,
        "name": job.name,
        "path": list(job.path),
        "matrix": None if job.matrix is None else dict(job.matrix),
        "conclusion": job.conclusion.value,
        "reason": job.reason,
        "token": _token(job.token),
        "steps": [_step(step) for step in job.steps],
        "operations": [_operation(step.id, item) for step in job.steps for item in step.operations],
        "builds": [_build(step.id, build) for step in job.steps for build in step.builds],
        "assumes": list(job.assumes),
        "warnings": list(job.warnings),
        "where": job.where,
    }


def _token(token: Token | None) -> dict[str, Any]:
    permissions: Mapping[str, Any] = {} if token is None else token.permissions
    because: Mapping[str, tuple[str, ...]] = {} if token is None else token.because
    return {
        "permissions": {name: str(level) for name, level in permissions.items()},
        "because": {name: list(reasons) for name, reasons in because.items()},
    }


def _step(step: StepResult) -> dict[str, Any]:
    return {
        "id": step.id,
        "name": step.name,
        "kind": step.kind,
        "mode": step.mode.value,
        "outcome": step.outcome.value,
        "conclusion": step.conclusion.value,
        "outputs": dict(step.outputs),
        "note": step.error or step.note,
        "assumes": list(step.assumes),
        "where": step.where,
    }


def _operation(step: str, operation: CacheOperation) -> dict[str, Any]:
    return {
        "step": step,
        "op": operation.operation.value,
        "type": operation.type,
        "ref": operation.reference,
        "scope": operation.cache_scope,
        "attrs": dict(operation.attributes),
        "result": operation.result.value,
        "status": operation.status,
        "message": operation.message,
        "fatal": operation.fatal,
        "assumes": list(operation.assumes),
        "where": operation.where,
    }


def _build(step: str, build: BuildRecord) -> dict[str, Any]:
    return {
        "step": step,
        "where": build.where,
        "dockerfile": build.dockerfile,
        "target": build.target,
        "vertices": [_vertex(vertex) for vertex in build.vertices],
        "hits": build.hits,
        "misses": build.misses,
    }


def _race(race: Race) -> dict[str, Any]:
    return {"what": race.what, "writer": race.writer, "other": race.other, "reads": race.reads, "message": str(race)}


def _vertex(vertex: Vertex) -> dict[str, Any]:
    why = vertex.why
    told = None if why is None else {"reason": why.reason.value, "subject": why.subject or None, "what": why.what}
    return {"name": vertex.name, "cached": vertex.cached, "source": vertex.source, "why": told}


def _tags(change: TagChange) -> dict[str, list[str]]:
    return {
        "before": list(change.before),
        "after": list(change.after),
        "added": sorted(change.added),
        "moved": sorted(change.moved),
        "removed": sorted(change.removed),
        "uncertain": list(change.uncertain),
    }
