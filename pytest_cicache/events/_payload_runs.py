"""Payloads about runs: workflow_run, dispatches, schedule, checks, statuses, deployments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_cicache.events._ids import API, SERVER, node_id, number_id
from pytest_cicache.events._objects import commit_object, repository_object, user_object
from pytest_cicache.events._repository import Repository

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_cicache.events._scene import Scene

__all__ = ["DEFAULT_CRON", "RUN_PAYLOADS", "default_run"]

JSON = dict[str, Any]
DEFAULT_CRON = "0 0 * * *"


def default_run(scene: Scene) -> JSON:
    """Give what the run that ended was, before the event's own `workflow_run` fields are laid over it."""
    event = scene.event
    concluded = event.action == "completed"
    return {
        "name": "CI",
        "event": "pull_request" if event.from_fork else "push",
        "status": event.action if event.action != "requested" else "queued",
        "conclusion": "success" if concluded else None,
        "head_branch": event.head_ref if event.from_fork else scene.repository.default_branch,
        "head_sha": scene.head_sha,
        "path": ".github/workflows/ci.yml",
        "run_number": 1,
        "run_attempt": 1,
    }


def _head_repository(scene: Scene, named: object) -> JSON:
    head = scene.head_repository
    if isinstance(named, str) and named != head.full_name:
        own = scene.repository
        head = own if named == own.full_name else Repository.parse(named)
    return repository_object(head, scene.now)


def _workflow_run(scene: Scene) -> JSON:
    event, repository = scene.event, scene.repository
    given = dict(event.workflow_run)
    run = default_run(scene) | given
    head = run.get("head_repository")
    if not isinstance(head, dict):
        run["head_repository"] = _head_repository(scene, head)
    key = f"{repository.full_name}/{run['name']}/{run['run_number']}"
    identity = run.setdefault("id", number_id("run", key))
    api = f"{API}/repos/{repository.full_name}/actions/runs/{identity}"
    defaults = {
        "node_id": node_id("WFR", "run", key),
        "display_title": event.message or "Change something",
        "workflow_id": number_id("workflow", run["path"]),
        "workflow_url": f"{API}/repos/{repository.full_name}/actions/workflows/{number_id('workflow', run['path'])}",
        "check_suite_id": number_id("suite", key),
        "check_suite_node_id": node_id("CS", "suite", key),
        "check_suite_url": f"{API}/repos/{repository.full_name}/check-suites/{number_id('suite', key)}",
        "url": api,
        "html_url": f"{SERVER}/{repository.full_name}/actions/runs/{identity}",
        "jobs_url": f"{api}/jobs",
        "logs_url": f"{api}/logs",
        "artifacts_url": f"{api}/artifacts",
        "cancel_url": f"{api}/cancel",
        "rerun_url": f"{api}/rerun",
        "created_at": scene.now,
        "updated_at": scene.now,
        "run_started_at": scene.now,
        "previous_attempt_url": None,
        "referenced_workflows": [],
        "pull_requests": _pull_requests(scene, run),
        "actor": user_object(event.actor),
        "triggering_actor": user_object(event.actor),
        "head_commit": commit_object(
            repository, run["head_sha"], author=event.actor, message="Change something", now=scene.now
        ),
        "repository": repository_object(repository, scene.now),
    }
    return {"workflow_run": defaults | run, "workflow": _workflow(scene, run)}


def _pull_requests(scene: Scene, run: JSON) -> list[JSON]:
    """The pull requests of a run: GitHub leaves the list empty for a fork's."""
    if run["event"] != "pull_request" or run["head_repository"].get("fork"):
        return []
    number = scene.event.number
    url = f"{API}/repos/{scene.repository.full_name}/pulls/{number}"
    ends = {
        "head": {"ref": run["head_branch"], "sha": run["head_sha"]},
        "base": {"ref": scene.base_branch, "sha": scene.commits.base},
    }
    return [{"id": number_id("pull", f"{scene.repository.full_name}#{number}"), "number": number, "url": url} | ends]


def _workflow(scene: Scene, run: JSON) -> JSON:
    repository = scene.repository.full_name
    identity = number_id("workflow", run["path"])
    return {
        "id": identity,
        "node_id": node_id("W", "workflow", run["path"]),
        "name": run["name"],
        "path": run["path"],
        "state": "active",
        "created_at": scene.now,
        "updated_at": scene.now,
        "url": f"{API}/repos/{repository}/actions/workflows/{identity}",
        "html_url": f"{SERVER}/{repository}/blob/{scene.repository.default_branch}/{run['path']}",
        "badge_url": f"{SERVER}/{repository}/workflows/{run['name']}/badge.svg",
    }


def _workflow_dispatch(scene: Scene) -> JSON:
    texts = {name: _input_text(value) for name, value in scene.event.inputs.items()}
    return {"inputs": texts or None, "ref": scene.place.ref, "workflow": ".github/workflows/ci.yml"}


def _input_text(value: object) -> str:
    """The payload holds inputs as texts; `inputs.x` keeps the type."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _repository_dispatch(scene: Scene) -> JSON:
    return {"branch": scene.repository.default_branch, "client_payload": dict(scene.event.inputs)}


def _schedule(scene: Scene) -> JSON:
    return {"schedule": scene.event.schedule or DEFAULT_CRON, "workflow": ".github/workflows/ci.yml"}


def _check(scene: Scene, what: str) -> JSON:
    key = f"{scene.repository.full_name}/{what}/{scene.head_sha}"
    identity = number_id(what, key)
    path = what.replace("_", "-") + "s"
    return {
        "id": identity,
        "node_id": node_id("CR" if what == "check_run" else "CS", what, key),
        "head_sha": scene.head_sha,
        "status": "completed",
        "conclusion": "success",
        "url": f"{API}/repos/{scene.repository.full_name}/{path}/{identity}",
        "pull_requests": [],
    }


def _check_run(scene: Scene) -> JSON:
    suite = _check(scene, "check_suite") | {"head_branch": scene.repository.default_branch}
    run = _check(scene, "check_run")
    return {"check_run": run | {"name": "check", "external_id": "", "check_suite": suite}}


def _check_suite(scene: Scene) -> JSON:
    suite = _check(scene, "check_suite")
    return {"check_suite": suite | {"head_branch": scene.repository.default_branch}}


def _status(scene: Scene) -> JSON:
    return {
        "id": number_id("status", scene.head_sha),
        "sha": scene.head_sha,
        "name": scene.repository.full_name,
        "context": "check",
        "state": "success",
        "description": None,
        "target_url": None,
        "branches": [{"name": scene.repository.default_branch, "protected": False}],
        "commit": {"sha": scene.head_sha},
        "created_at": scene.now,
        "updated_at": scene.now,
    }


def _deployment(scene: Scene) -> JSON:
    key = f"{scene.repository.full_name}/deployments/{scene.place.sha}"
    return {
        "action": "created",
        "deployment": {
            "id": number_id("deployment", key),
            "node_id": node_id("DE", "deployment", key),
            "url": f"{API}/repos/{scene.repository.full_name}/deployments/{number_id('deployment', key)}",
            "ref": scene.place.ref_name,
            "sha": scene.place.sha,
            "task": "deploy",
            "environment": "production",
            "original_environment": "production",
            "production_environment": True,
            "transient_environment": False,
            "description": None,
            "payload": {},
            "creator": user_object(scene.event.actor),
            "created_at": scene.now,
            "updated_at": scene.now,
        },
    }


def _deployment_status(scene: Scene) -> JSON:
    deployment = _deployment(scene)
    status = {
        "id": number_id("deployment_status", scene.place.sha),
        "state": "success",
        "environment": "production",
        "description": "",
        "target_url": "",
        "log_url": "",
        "environment_url": "",
        "creator": user_object(scene.event.actor),
        "deployment_url": deployment["deployment"]["url"],
        "created_at": scene.now,
        "updated_at": scene.now,
    }
    return {"deployment_status": status} | deployment


RUN_PAYLOADS: dict[str, Callable[[Scene], JSON]] = {
    "workflow_run": _workflow_run,
    "workflow_dispatch": _workflow_dispatch,
    "repository_dispatch": _repository_dispatch,
    "schedule": _schedule,
    "check_run": _check_run,
    "check_suite": _check_suite,
    "status": _status,
    "deployment": _deployment,
    "deployment_status": _deployment_status,
}
