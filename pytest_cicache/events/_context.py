"""The `github` context and the environment variables that every step gets.

Names of https://docs.github.com/en/actions/reference/workflows-and-actions/contexts and of the variables page
beside it, read 2026-11-24.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_cicache.events._ids import API, SERVER, number_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_cicache.events._delivery import Delivery

__all__ = ["default_environment", "github_context"]

WORKSPACE_ROOT = "/home/runner/work"

_VARIABLES = {
    "GITHUB_ACTION": "action",
    "GITHUB_ACTOR": "actor",
    "GITHUB_ACTOR_ID": "actor_id",
    "GITHUB_API_URL": "api_url",
    "GITHUB_BASE_REF": "base_ref",
    "GITHUB_EVENT_NAME": "event_name",
    "GITHUB_EVENT_PATH": "event_path",
    "GITHUB_GRAPHQL_URL": "graphql_url",
    "GITHUB_HEAD_REF": "head_ref",
    "GITHUB_JOB": "job",
    "GITHUB_REF": "ref",
    "GITHUB_REF_NAME": "ref_name",
    "GITHUB_REF_PROTECTED": "ref_protected",
    "GITHUB_REF_TYPE": "ref_type",
    "GITHUB_REPOSITORY": "repository",
    "GITHUB_REPOSITORY_ID": "repository_id",
    "GITHUB_REPOSITORY_OWNER": "repository_owner",
    "GITHUB_REPOSITORY_OWNER_ID": "repository_owner_id",
    "GITHUB_RETENTION_DAYS": "retention_days",
    "GITHUB_RUN_ATTEMPT": "run_attempt",
    "GITHUB_RUN_ID": "run_id",
    "GITHUB_RUN_NUMBER": "run_number",
    "GITHUB_SERVER_URL": "server_url",
    "GITHUB_SHA": "sha",
    "GITHUB_TRIGGERING_ACTOR": "triggering_actor",
    "GITHUB_WORKFLOW": "workflow",
    "GITHUB_WORKFLOW_REF": "workflow_ref",
    "GITHUB_WORKFLOW_SHA": "workflow_sha",
    "GITHUB_WORKSPACE": "workspace",
}
_FILES = {"GITHUB_ENV": "env", "GITHUB_PATH": "path", "GITHUB_OUTPUT": "output", "GITHUB_STATE": "state"}
_FILES["GITHUB_STEP_SUMMARY"] = "step_summary"
_ACTION_ONLY = ("action_path", "action_ref", "action_repository")


def github_context(
    delivery: Delivery,
    *,
    workflow_name: str | None,
    workflow_path: str,
    job_id: str | None = None,
    token: str | None = None,
    secret_source: str = "Actions",  # noqa: S107 - where secrets come from, not one
    workspace: str | None = None,
    event_path: str | None = None,
) -> dict[str, Any]:
    """Give the whole `github` context of a run, or of one job when `job_id` and `token` are given.

    `workflow_name` is `name:` of the file (the path stands in when there is none), `workflow_path` its path
    from the repository's root. Numbers are texts there, as on GitHub; `ref_protected` is a boolean.
    """
    repository = delivery.repository
    return {
        "token": token,
        "job": job_id,
        "workflow": workflow_name or workflow_path,
        "workflow_ref": f"{repository.full_name}/{workflow_path}@{delivery.workflow_ref}",
        "workflow_sha": delivery.workflow_sha,
        "event_name": delivery.name,
        "event": _event(delivery, workflow_path),
        "event_path": event_path or f"{WORKSPACE_ROOT}/_temp/_github_workflow/event.json",
        "workspace": workspace or f"{WORKSPACE_ROOT}/{repository.name}/{repository.name}",
        "secret_source": secret_source,
        "server_url": SERVER,
        "api_url": API,
        "graphql_url": f"{API}/graphql",
        "retention_days": "90",
        "artifact_cache_size_limit": "10",
        **_place(delivery),
        **_people_and_run(delivery),
    }


def _place(delivery: Delivery) -> dict[str, Any]:
    repository = delivery.repository
    return {
        "ref": delivery.ref,
        "sha": delivery.sha,
        "ref_name": delivery.ref_name,
        "ref_type": delivery.ref_type,
        "ref_protected": delivery.ref_protected,
        "head_ref": delivery.head_ref,
        "base_ref": delivery.base_ref,
        "repository": repository.full_name,
        "repository_id": str(number_id("repository", repository.full_name)),
        "repository_owner": repository.owner,
        "repository_owner_id": str(number_id("account", repository.owner)),
        "repository_visibility": repository.visibility,
        "repositoryUrl": f"git://github.com/{repository.full_name}.git",
    }


def _people_and_run(delivery: Delivery) -> dict[str, Any]:
    return {
        "actor": delivery.actor,
        "actor_id": str(number_id("account", delivery.actor)),
        "triggering_actor": delivery.triggering_actor,
        "run_id": str(delivery.run_id),
        "run_number": str(delivery.run_number),
        "run_attempt": str(delivery.run_attempt),
    }


def _event(delivery: Delivery, workflow_path: str) -> dict[str, Any]:
    if delivery.name in ("schedule", "workflow_dispatch"):
        return delivery.payload | {"workflow": workflow_path}
    return delivery.payload


def default_environment(
    github: Mapping[str, Any],
    *,
    runner: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Give the variables that GitHub sets for every step from its `github` context.

    `runner` overrides fields of the `runner` context (`os`, `arch`, `name`, `temp`, `tool_cache`,
    `environment`, `debug`); `files` gives the paths of the step's command files by their names in the
    `github` context (`env`, `path`, `output`, `state`, `step_summary`). None of them is in the `env` context.
    """
    variables = {"CI": "true", "GITHUB_ACTIONS": "true"}
    for variable, key in _VARIABLES.items():
        variables[variable] = _text(github.get(key))
    for key in _ACTION_ONLY:
        if github.get(key):
            variables[f"GITHUB_{key.upper()}"] = _text(github[key])
    given = files or {}
    variables |= {variable: given[key] for variable, key in _FILES.items() if key in given}
    facts = runner_context() | dict(runner or {})
    return variables | {f"RUNNER_{key.upper()}": value for key, value in facts.items()}


def runner_context() -> dict[str, str]:
    """Give the `runner` context of a hosted Linux runner."""
    return {
        "os": "Linux",
        "arch": "X64",
        "name": "GitHub Actions 1",
        "environment": "github-hosted",
        "temp": f"{WORKSPACE_ROOT}/_temp",
        "tool_cache": "/opt/hostedtoolcache",
        "workspace": f"{WORKSPACE_ROOT}",
    }


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
