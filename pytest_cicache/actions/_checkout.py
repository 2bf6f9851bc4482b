"""actions/checkout: https://github.com/actions/checkout (src/input-helper.ts, unsafe-pr-checkout-helper.ts at v7)."""

from __future__ import annotations

import re

from pytest_cicache.actions._contract import ActionCall, ActionEffect, CheckOut
from pytest_cicache.errors import UnsupportedError

__all__ = ["check_out"]

_SHA = re.compile(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")
_PULL_REF = re.compile(r"refs/pull/[0-9]+/(?:head|merge)")
_REFUSED = (
    "Refusing to check out fork pull request code from a '{event}' workflow. This workflow runs with the base "
    "repository's GITHUB_TOKEN, secrets, default-branch cache scope, and runner access. Fetching and executing a "
    'fork\'s code in that trusted context commonly leads to "pwn request" vulnerabilities. To opt in, review the '
    "risks at https://gh.io/securely-using-pull_request_target and set 'allow-unsafe-pr-checkout: true' on the "
    "actions/checkout step."
)


def check_out(call: ActionCall) -> ActionEffect:
    """Lay the event's commit, or the one `ref` names, into the workspace or `path` below it."""
    own = str(call.github.get("repository", ""))
    repository = call.input("repository") or own
    if repository.count("/") != 1 or repository.startswith("/") or repository.endswith("/"):
        return ActionEffect(error=f"Invalid repository '{repository}'. Expected format {{owner}}/{{repo}}.")
    path = call.input("path") or "."
    if path.startswith("/") or ".." in path.split("/"):
        root = str(call.github.get("workspace", ""))
        return ActionEffect(error=f"Repository path '{path}' is not under '{root}'")
    if call.inputs.get("token") == "":
        return ActionEffect(error="Input required and not supplied: token")
    ref = call.input("ref")
    if _is_unsafe(call, repository, ref):
        return ActionEffect(error=_REFUSED.format(event=call.github.get("event_name")))
    if repository.lower() not in (own.lower(), _head_repository(call).lower()):
        raise UnsupportedError(
            f"actions/checkout of another repository, '{repository}', is not simulated; only {own} is at hand"
        )
    if repository.lower() != own.lower() and not ref:
        ref = "refs/heads/" + str(call.event("pull_request", "head", "repo", "default_branch") or "main")
    wanted = CheckOut(
        ref=ref,
        path=path,
        clean=call.input("clean", "true").lower() == "true",
        depth=_depth(call),
        tags=call.input("fetch-tags", "false").lower() == "true",
        repository=repository,
        token=call.input("token") or str(call.github.get("token") or ""),
        persists=call.input("persist-credentials", "true").lower() == "true",
    )
    commit = ref if _SHA.fullmatch(ref) else str(call.github.get("sha", "")) if not ref else ""
    outputs = {"ref": ref or str(call.github.get("ref", "")), **({"commit": commit} if commit else {})}
    return ActionEffect(check_out=wanted, outputs=outputs)


def _depth(call: ActionCall) -> int:
    """`fetch-depth`, 1 where it is no number."""
    text = call.input("fetch-depth", "1")
    return max(int(text), 0) if text.lstrip("+-").isdecimal() else 1


def _head_repository(call: ActionCall) -> str:
    found = call.event("pull_request", "head", "repo", "full_name") or call.event(
        "workflow_run", "head_repository", "full_name"
    )
    return str(found or "")


def _is_unsafe(call: ActionCall, repository: str, ref: str) -> bool:
    """Whether v7's rule forbids it: a fork's code in a run that has the base repository's trust.

    The rule came to the floating tags v4 and later on 2026-07-16; tags with a minor version and shas before v7
    do not have it.
    """
    event = str(call.github.get("event_name", ""))
    version = call.reference
    if call.input("allow-unsafe-pr-checkout").upper() == "TRUE" or version.major is None:
        return False
    if version.major < 7 and version.release is not None:
        return False
    if event == "pull_request_target":
        head, shas = "pull_request.head.repo", ("pull_request.head.sha", "pull_request.merge_commit_sha")
    elif event == "workflow_run" and str(call.event("workflow_run", "event") or "").startswith("pull_request"):
        head = "workflow_run.head_repository"
        by_target = call.event("workflow_run", "event") == "pull_request_target"
        shas = ("workflow_run.head_commit.id", *(() if by_target else ("workflow_run.head_sha",)))
    else:
        return False
    return _names_fork(call, head.split("."), shas, repository, ref)


def _names_fork(call: ActionCall, head: list[str], shas: tuple[str, ...], repository: str, ref: str) -> bool:
    head_id = call.event(*head, "id")
    if not isinstance(head_id, int) or head_id == call.event("repository", "id"):
        return False
    name = str(call.event(*head, "full_name") or "")
    known = {str(call.event(*path.split(".")) or "").lower() for path in shas} - {""}
    return repository.lower() == name.lower() or bool(_PULL_REF.fullmatch(ref)) or ref.lower() in known
