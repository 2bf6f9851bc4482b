"""`read_workflow`: a workflow file and all it calls, or every reason why GitHub would refuse it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_cicache.workflow._calls import CallLoader
from pytest_cicache.workflow._load import Budget, load_nodes, load_workflow
from pytest_cicache.workflow._problems import DEFAULT_LIMITS, Limits, Problems
from pytest_cicache.workflow._syntax import WORKFLOW

if TYPE_CHECKING:
    from pytest_cicache.workflow._calls import Fetch
    from pytest_cicache.workflow._model import Workflow

__all__ = ["read_workflow"]


def read_workflow(
    source: str,
    *,
    path: str,
    default_permissions: str = "read",
    fetch: Fetch | None = None,
    home: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Workflow:
    """The workflow in `source`, with the workflows it calls read too.

    `path` is the file's path in its repository, as it shall stand in messages. `default_permissions` is the
    repository's default for tokens, `read` or `write`. `fetch` gives the text of a called workflow by its
    reference as written (`./…`, `$/…`, `owner/name/path@ref`; a local reference inside a remote workflow
    arrives as `owner/name/path@ref`). It may give `None`, which leaves the call open, or raise a LookupError
    or OSError where there is no such file. Without it, calls are not followed. `home` is `owner/name@sha` of
    the repository, to name local files as GitHub does. Whatever GitHub would refuse raises `WorkflowError`,
    and nothing else is raised.
    """
    problems = Problems(path)
    budget = Budget(limits)
    node = load_nodes(source, WORKFLOW, problems=problems, limits=limits)
    budget.spend(node, problems)
    workflow = load_workflow(node, problems)
    problems.check()
    if fetch is not None:
        loader = CallLoader(fetch, default_permissions=default_permissions, home=home, budget=budget)
        workflow = loader.load(workflow)
    return replace(workflow, warnings=problems.warnings)
