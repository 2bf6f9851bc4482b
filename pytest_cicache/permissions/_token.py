"""A job's `GITHUB_TOKEN`: settings, `permissions:` blocks and event in, access levels with their reasons out.

After GitHub's token reference, its page on Dependabot and the runner's workflow parser
(WorkflowTemplateConverter.cs, PermissionsHelper.cs).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_cicache.permissions._levels import (
    METADATA,
    PERMISSIONS,
    AccessLevel,
    default_levels,
    expand,
)
from pytest_cicache.permissions._origin import TokenOrigin, origin_of

if TYPE_CHECKING:
    from pytest_cicache.events import Delivery

__all__ = ["Block", "CallerPermissions", "Token", "compute_token"]

Block = str | Mapping[str, str]
"""A `permissions:` value as the file has it: `read-all`, `write-all` or a mapping."""

_NONE, _READ, _WRITE = AccessLevel
_POLICY = {"read": "restricted", "write": "permissive"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerPermissions:
    """What the caller of a reusable workflow wrote: its blocks, the calling job, and its caller in turn."""

    job: str
    workflow_block: Block | None = None
    job_block: Block | None = None
    caller: CallerPermissions | None = None

    @property
    def is_silent(self) -> bool:
        """Whether no caller up the chain wrote any block."""
        blocks = (self.workflow_block, self.job_block)
        return blocks == (None, None) and (self.caller is None or self.caller.is_silent)


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """What a job's `GITHUB_TOKEN` may do.

    `permissions` holds every permission with its level, `because` the steps that led to each, in order. The
    level of one permission is also an attribute by its Python name: `token.packages`, `token.pull_requests`.
    """

    permissions: Mapping[str, AccessLevel]
    because: Mapping[str, tuple[str, ...]]

    def __getattr__(self, name: str) -> AccessLevel:
        permissions: Mapping[str, AccessLevel] = object.__getattribute__(self, "permissions")
        level = permissions.get(name.replace("_", "-"))
        if level is None:
            raise AttributeError(f"a token has no permission {name!r}; it has {', '.join(permissions)}")
        return level

    def __repr__(self) -> str:
        steps = self.because.get("packages", ())
        reason = " -> ".join((steps[1:] or steps)[-2:])
        text = f"<Token packages: {self.permissions.get('packages', _NONE)} ({reason})>"
        return text if len(text) <= 120 else f"{text[:116]}...>"


@dataclass(frozen=True, slots=True)
class _PermissionLayer:
    """One `permissions:` block on the way to the token; `title` names it in a sentence."""

    title: str
    block: Block

    def reason(self, name: str, level: AccessLevel) -> str:
        if isinstance(self.block, str):
            return f"{self.title}: {self.block}"
        if name in self.block:
            return f"{self.title}: {name}: {level}"
        return f"{self.title} do not list {name}: none"


def compute_token(
    delivery: Delivery,
    *,
    workflow_block: Block | None,
    job_block: Block | None,
    caller: CallerPermissions | None = None,
) -> Token:
    """Compute the token of a job under an event.

    `workflow_block` and `job_block` are the `permissions:` of the job's file and of the job, `None` where
    there is none; `caller` describes the calls that led to a job of a reusable workflow. That no call asks
    for more than its caller allows is checked when the workflow is read. Raises `UsageError` for a block
    that GitHub refuses.
    """
    policy = delivery.repository.default_permissions
    levels = default_levels(policy)
    title = f"repository default ({_POLICY[policy]})"
    because = {name: [f"{title}: {name}: {level}"] for name, level in levels.items()}
    layers = [*_caller_layers(caller), *_layers(workflow_block, job_block)]
    for layer in layers:
        levels = expand(layer.block)
        for name, level in levels.items():
            because[name].append(layer.reason(name, level))
    _lower(levels, because, delivery, declared=bool(layers))
    return _finished(levels, because)


def _layers(workflow_block: Block | None, job_block: Block | None, *, of: str = "") -> list[_PermissionLayer]:
    named = (("workflow permissions", workflow_block), ("job permissions", job_block))
    return [_PermissionLayer(f"{of}{title}", block) for title, block in named if block is not None]


def _caller_layers(caller: CallerPermissions | None) -> list[_PermissionLayer]:
    if caller is None:
        return []
    above = _caller_layers(caller.caller)
    own = []
    if caller.workflow_block is not None:
        own.append(_PermissionLayer("calling workflow's permissions", caller.workflow_block))
    if caller.job_block is not None:
        own.append(_PermissionLayer(f"calling job '{caller.job}' permissions", caller.job_block))
    return above + own


def _lower(
    levels: dict[str, AccessLevel], because: dict[str, list[str]], delivery: Delivery, *, declared: bool
) -> None:
    """Apply what the event's origin takes away."""
    origin = origin_of(delivery)
    settings = delivery.repository.settings
    if origin is TokenOrigin.FORK and not (settings.fork_write_tokens and not delivery.repository.is_public):
        _lower_fork(levels, because, public=delivery.repository.is_public)
    elif origin in (TokenOrigin.DEPENDABOT, TokenOrigin.DEPENDABOT_TARGET) and not declared:
        why = "started by Dependabot and no permissions written: write becomes read"
        _lower_writes(levels, because, why)


def _lower_writes(levels: dict[str, AccessLevel], because: dict[str, list[str]], why: str) -> None:
    for name, level in levels.items():
        if level is _WRITE:
            levels[name] = _READ
            because[name].append(why)


def _lower_fork(levels: dict[str, AccessLevel], because: dict[str, list[str]], *, public: bool) -> None:
    for name, row in PERMISSIONS.items():
        if public and row.fork_maximum is _NONE and levels[name] is not _NONE:
            because[name].append(f"pull request from a fork: {levels[name]} becomes none")
            levels[name] = _NONE
    _lower_writes(levels, because, "pull request from a fork: write becomes read")


def _finished(levels: dict[str, AccessLevel], because: dict[str, list[str]]) -> Token:
    """Drop levels that a permission does not have (`read-all` gives id-token read), and add metadata."""
    for name, level in levels.items():
        if level not in PERMISSIONS[name].allowed:
            levels[name] = _NONE
            because[name].append(f"{name} has no level {level}: none")
    reasons = {name: tuple(steps) for name, steps in because.items()}
    return Token({**levels, METADATA: _READ}, {**reasons, METADATA: ("every token may read metadata: read",)})
