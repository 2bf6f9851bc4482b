"""What GitHub checks of a job beyond its shape, as far as no expression hides it.

After the early validation of the runner's WorkflowTemplateConverter.cs; the messages are its.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from pytest_cicache.workflow._ids import call_problem, is_in_workflow_folder
from pytest_cicache.workflow._matrix import check_matrix
from pytest_cicache.workflow._nodes import Mapping, Node, Scalar, has_template

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_cicache.workflow._problems import Problems

__all__ = ["check_concurrency", "check_job_key"]

_DOCKER = "docker://"
_NO_IMAGE = "Container image cannot be empty"
_LONGEST_GROUP = 400
_GROUP_PREFIXES = frozenset({"org", "organization", "ent", "enterprise"})


def check_job_key(key: str, node: Node, problems: Problems) -> None:
    """Report what is wrong with the value of one key of a job."""
    check = _CHECKS.get(key)
    if check is not None:
        check(node, problems)


def check_concurrency(node: Node, problems: Problems) -> None:
    """Refuse a group name of more than 400 characters."""
    group = node.get("group") if isinstance(node, Mapping) else node
    if isinstance(group, Scalar) and not group.is_template and len(str(group.value)) > _LONGEST_GROUP:
        problems.add("Concurrency group name must be less than 400 characters", node.position)


def _check_runs_on(node: Node, problems: Problems) -> None:
    group = node.get("group") if isinstance(node, Mapping) else None
    if not isinstance(group, Scalar) or group.is_template:
        return
    name = str(group.value)
    prefix, *rest = name.split("/")
    message = f"Invalid runs-on group name '{name}'."
    if len(rest) == 1 and not rest[0]:
        problems.add(message, group.position)
    elif len(rest) > 1 or (rest and prefix not in _GROUP_PREFIXES):
        hint = "Please use 'organization/' or 'enterprise/' prefix to target a single runner group."
        problems.add(f"{message} {hint}", group.position)


def _check_container(node: Node, problems: Problems) -> None:
    if has_template(node):
        return
    image = node.get("image") if isinstance(node, Mapping) else node
    text = "" if image is None else str(image.to_data())
    is_missing = isinstance(node, Mapping) and image is None
    if is_missing or text == _DOCKER:
        problems.add(_NO_IMAGE, node.position)


def _check_services(node: Node, problems: Problems) -> None:
    if isinstance(node, Mapping) and not has_template(node):
        for _, service in node.items():
            _check_container(service, problems)


def _check_snapshot(node: Node, problems: Problems) -> None:
    version = node.get("version") if isinstance(node, Mapping) else None
    if not isinstance(version, Scalar) or version.is_template:
        return
    major, _, rest = str(version.value).partition(".")
    if rest != "*" or not (major.isascii() and major.isdigit()):
        problems.add(f"Expected format '{{major-version}}.*' Actual '{version.value}'", node.position)


def _check_uses(node: Node, problems: Problems) -> None:
    text = str(node.to_data())
    problem = call_problem(text)
    if problem is not None:
        problems.add(f"invalid value workflow reference: {problem}", node.position)
    elif not is_in_workflow_folder(text):
        message = "references to workflows must be rooted in '.github/workflows'"
        problems.add(f"invalid value workflow reference: {message}", node.position, is_warning=True)


def _check_strategy(node: Node, problems: Problems) -> None:
    check_matrix(node.get("matrix") if isinstance(node, Mapping) else None, problems)


_CHECKS: MappingProxyType[str, Callable[[Node, Problems], None]] = MappingProxyType(
    {
        "concurrency": check_concurrency,
        "container": _check_container,
        "runs-on": _check_runs_on,
        "services": _check_services,
        "snapshot": _check_snapshot,
        "strategy": _check_strategy,
        "uses": _check_uses,
    }
)
