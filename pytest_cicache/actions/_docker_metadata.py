"""docker/metadata-action: https://github.com/docker/metadata-action (src/meta.ts and main.ts at v6.2.0)."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from pytest_cicache.actions._contract import ActionCall, ActionEffect
from pytest_cicache.actions._inputs import lines, switch
from pytest_cicache.actions._metadata_bake import bake_files
from pytest_cicache.actions._metadata_tags import read_fields, read_flavor, version_of
from pytest_cicache.actions._metadata_template import Facts, expand
from pytest_cicache.errors import UnsupportedError, UsageError
from pytest_cicache.expressions import combined, holds_unknown

__all__ = ["describe"]

_PREFIX = "org.opencontainers.image."
_NO_TAG = (
    "Warning: No Docker image version has been generated. Check tags input.",
    "Warning: No Docker tag has been generated. Check tags input.",
)


def describe(call: ActionCall) -> ActionEffect:
    """Give the tags, labels and annotations that the event leads to; raises UsageError for wrong inputs."""
    context = call.input("context", "workflow") or "workflow"
    if context == "git":
        raise UnsupportedError("'context: git' of docker/metadata-action is not simulated")
    if context != "workflow":
        return ActionEffect(error=f"Invalid context source: {context}")
    facts = _facts(call)
    flavor = read_flavor(_lines(call, "flavor"))
    version = version_of(_lines(call, "tags"), flavor, facts)
    names = version.tags(flavor)
    images = _images(call)
    tags = [f"{image}:{name}" for image in images for name in names] if images else names
    labels = _labels(call, facts, version.main)
    annotations = [f"{level}:{label}" for level in _levels(call) for label in labels]
    outputs = {
        "version": version.main,
        "tags": _joined(call, "sep-tags", tags),
        "tag-names": _joined(call, "sep-tags", names),
        "labels": _joined(call, "sep-labels", labels),
        "annotations": _joined(call, "sep-annotations", annotations),
        "json": json.dumps(
            {
                "tags": tags,
                "tag-names": names,
                "labels": dict(label.split("=", 1) for label in labels),
                "annotations": annotations,
            }
        ),
    }
    files, paths = bake_files(
        f"{call.temp}/docker-metadata-{call.number}",
        call.input("bake-target") or "docker-metadata-action",
        tags=tags,
        images=images,
        version=version.main,
        labels=labels,
        annotations=annotations,
    )
    outputs |= paths
    exported = {f"DOCKER_METADATA_OUTPUT_{name.upper().replace('-', '_')}": text for name, text in outputs.items()}
    keeps = call.environment.get("DOCKER_METADATA_SET_OUTPUT_ENV", "true") == "false"
    warnings = [f"Warning: {text}" for text in version.warnings]
    return ActionEffect(
        outputs=outputs,
        files=files,
        variables={} if keeps else exported,
        log=(*warnings, *(() if version.main else _NO_TAG), *tags),
    )


def _lines(call: ActionCall, name: str) -> list[str]:
    """The lines of an input; one whose first character is `#` is a comment."""
    text = "\n".join(line for line in call.inputs.get(name, "").splitlines() if not line.startswith("#"))
    return lines(text)


def _joined(call: ActionCall, separator: str, items: list[str]) -> str:
    return (call.inputs.get(separator) or "\n").join(items)


def _levels(call: ActionCall) -> list[str]:
    text = call.environment.get("DOCKER_METADATA_ANNOTATIONS_LEVELS", "manifest")
    return [level.strip() for level in text.split(",")]


def _facts(call: ActionCall) -> Facts:
    event = str(call.github.get("event_name", ""))
    ref, sha = str(call.github.get("ref", "")), str(call.github.get("sha", ""))
    if "pull_request_target" in event:
        ref = f"refs/pull/{call.event('number')}/merge"
    if "pull_request" in event and switch(call, "DOCKER_METADATA_PR_HEAD_SHA"):
        sha = str(call.event("pull_request", "head", "sha") or sha)
    now = call.now or datetime.fromtimestamp(0, UTC)
    return Facts(
        event=event,
        ref=ref,
        sha=sha,
        base_ref=_base_ref(call, ref),
        default_branch=str(call.event("repository", "default_branch") or "main"),
        now=now,
        commit_date=_commit_date(call, sha) or now,
    )


def _base_ref(call: ActionCall, ref: str) -> str:
    if ref.startswith("refs/tags/"):
        return str(call.event("base_ref") or "").removeprefix("refs/heads/")
    return str(call.event("pull_request", "base", "ref") or "") if ref.startswith("refs/pull/") else ""


def _commit_date(call: ActionCall, sha: str) -> datetime | None:
    commits = [*(call.event("commits") or ()), call.event("head_commit") or {}]
    text = next((commit.get("timestamp") for commit in commits if commit.get("id") == sha), None)
    return datetime.fromisoformat(str(text)) if text else None


def _images(call: ActionCall) -> list[str]:
    """The names of the images that are enabled, in lower case."""
    found: list[str] = []
    for line in _lines(call, "images"):
        fields = read_fields(line)
        keys = [key for key, _ in fields]
        if set(keys) <= {"value"}:
            found += [name for _, name in fields]
            continue
        attributes = dict(fields)
        if not set(keys) <= {"name", "enable", "value"}:
            raise UsageError(f"Unknown image attribute: {line}")
        name, enable = attributes.get("name") or attributes.get("value", ""), attributes.get("enable", "true")
        if enable not in ("true", "false") and not holds_unknown(enable):
            raise UsageError(f"Invalid enable attribute value: {line}")
        if not name:
            raise UsageError(f"Image name attribute empty: {line}")
        name = combined(enable, name) if holds_unknown(enable) else name
        found += [name] if enable != "false" else []
    return [name.lower() for name in found]


def _labels(call: ActionCall, facts: Facts, version: str) -> list[str]:
    url = str(call.event("repository", "html_url") or "")
    known = {
        "title": str(call.event("repository", "name") or ""),
        "description": str(call.event("repository", "description") or ""),
        "url": url,
        "source": url,
        "version": version,
        "created": facts.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{facts.now.microsecond // 1000:03}Z",
        "revision": facts.sha,
        "licenses": str(call.event("repository", "license", "spdx_id") or ""),
    }
    labels = {f"{_PREFIX}{key}": value for key, value in known.items()}
    for line in _lines(call, "labels"):
        key, equals, value = expand(line, facts).partition("=")
        if equals:
            labels[key] = value
    return [f"{key}={value}" for key, value in sorted(labels.items())]
