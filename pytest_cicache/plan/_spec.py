"""The contexts and variables of a job that starts, once it has a token."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_cicache.events import default_environment
from pytest_cicache.permissions import visible_secrets, visible_variables, withheld_because
from pytest_cicache.plan._assumed import runner_labels
from pytest_cicache.plan._image import image_variables, runner_facts

if TYPE_CHECKING:
    from pytest_cicache.events import Delivery
    from pytest_cicache.plan._states import DueJob

__all__ = ["TOKEN", "JobStart", "started"]

TOKEN = "\0the token of the job"  # noqa: S105 - a placeholder
"""Stands for the token of whichever job will run, where `secrets.GITHUB_TOKEN` is passed on before that."""

_LOCAL = ("./", ".github/")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStart:
    """What a job's expressions and steps start from.

    `contexts` hold everything but `env`, `runner` and `steps`, and of `job` not its status; `environment` are the
    default variables; `secrets` are the values to hide; `withheld` is why the repository's secrets are not seen.
    """

    contexts: abc.Mapping[str, Any]
    environment: abc.Mapping[str, str]
    secrets: tuple[str, ...]
    withheld: str | None = None


def started(due: DueJob, delivery: Delivery, *, workflow_path: str, token: str) -> JobStart:
    """Give a due job its contexts; `workflow_path` is the file that the event triggered, `token` the job's secret."""
    planned = due.planned
    environment = planned.settings.environment_name
    secrets = dict(due.contexts["secrets"])
    if environment:
        secrets |= visible_secrets(delivery, token=None, environment=environment)
    secrets = {name: value.replace(TOKEN, token) for name, value in secrets.items()}
    secrets["GITHUB_TOKEN"] = token
    github = {**due.contexts["github"], "job": planned.id, "token": token}
    contexts = {
        **due.contexts,
        "github": github,
        "secrets": secrets,
        "vars": visible_variables(delivery, environment=environment),
        "job": _job(planned.file.path, workflow_path, delivery),
    }
    labels = runner_labels(planned.settings.runs_on)
    return JobStart(
        contexts=contexts,
        environment=image_variables(labels) | default_environment(github, runner=runner_facts(labels)),
        secrets=tuple(filter(None, secrets.values())),
        withheld=withheld_because(delivery),
    )


def _job(path: str, workflow_path: str, delivery: Delivery) -> dict[str, Any]:
    """The `job` context but for its status; it names the file the job stands in, `github` the caller."""
    repository = delivery.repository.full_name
    reference = path
    if path == workflow_path or path.startswith(_LOCAL):
        reference = f"{repository}/{path.removeprefix('./')}@{delivery.workflow_ref}"
    location = reference.partition("@")[0].split("/")
    return {
        "workflow_ref": reference,
        "workflow_sha": delivery.workflow_sha,
        "workflow_repository": "/".join(location[:2]),
        "workflow_file_path": "/".join(location[2:]),
    }
