"""A build whose contexts are other builds: buildx takes both from a bake file, and makes one graph of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pytest_cicache.engines.buildx._arguments import cache_texts, context_texts, output_texts, secret_text
from pytest_cicache.golang import Json

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_cicache.buildkit import BuildRequest
    from pytest_cicache.engines.buildx._steps import PreparedBuild
    from pytest_cicache.oci import GatewayAddress

__all__ = ["bake_arguments", "unprefixed"]

_NAME = re.compile(r'"name":"\[(?P<target>[A-Za-z0-9_-]+)(?P<rest> |\] )')


def bake_arguments(
    plan: PreparedBuild, gateway: GatewayAddress, *, builder: str, scratch: Path, environment: Mapping[str, str]
) -> tuple[str, ...]:
    """Write the bake file of a build and of those it links to into `scratch`; return the command line."""
    name = plan.request.bake_target or "default"
    targets: dict[str, Json] = {name: _target(plan.request, gateway, scratch, environment)}
    for other, link in _links(plan):
        targets[other] = _inputs(link.request, gateway)
    file = scratch / "bake.json"
    file.write_text(json.dumps({"target": _escaped(targets)}))
    rights = {right for target in (plan, *(link for _, link in _links(plan))) for right in target.request.allow}
    return (
        *("docker", "buildx", "bake", "--builder", builder, "--progress", "rawjson"),
        *("--metadata-file", str(scratch / "metadata.json"), "--file", str(file), "--allow", "fs=*"),
        *(word for right in sorted(rights) for word in ("--allow", right)),
        name,
    )


def _links(plan: PreparedBuild) -> Iterator[tuple[str, PreparedBuild]]:
    for name, link in plan.links.items():
        yield name, link
        yield from _links(link)


def _inputs(request: BuildRequest, gateway: GatewayAddress) -> dict[str, Json]:
    """What decides a target's steps; it was built before, so that the builder has them."""
    secrets: list[Json] = [secret_text(secret) for secret in request.secrets]
    found: dict[str, Json] = {
        "context": request.context,
        "dockerfile": request.dockerfile,
        "target": request.target,
        "args": dict(request.build_args),
        "labels": dict(request.labels),
        "contexts": context_texts(request, gateway),
        "secret": secrets,
        "ssh": list(request.ssh),
        "platforms": list(request.platforms),
        "no-cache-filter": list(request.no_cache_filters),
        "network": request.network if request.network != "default" else None,
        "extra-hosts": dict(request.add_hosts),
        "ulimits": [f"{item.name}={item.soft}:{item.hard}" for item in request.ulimits],
        "shm-size": str(request.shm_size) if request.shm_size else None,
        "entitlements": list(request.allow),
    }
    return {key: value for key, value in found.items() if value not in (None, [], {})}


def _target(
    request: BuildRequest, gateway: GatewayAddress, scratch: Path, environment: Mapping[str, str]
) -> dict[str, Json]:
    imports, exports = (
        cache_texts(options, gateway, environment) for options in (request.cache_from, request.cache_to)
    )
    return {
        **_inputs(request, gateway),
        "annotations": list(request.annotations),
        "attest": list(request.attestations),
        "cache-from": list(imports),
        "cache-to": list(exports),
        "output": list(output_texts(request, gateway, scratch)),
        "pull": request.pull,
        "no-cache": request.no_cache,
    }


def _escaped(value: Json) -> Json:
    """The same with nothing in it that bake takes for a template."""
    if isinstance(value, str):
        return value.replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    if isinstance(value, dict):
        return {str(_escaped(key)): _escaped(item) for key, item in value.items()}
    return value


def unprefixed(line: str, target: str) -> str:
    """A line of bake's log as a build's: without the target's name, the steps of other targets marked as theirs."""
    line = line.replace(f"ERROR: target {target}: ", "ERROR: failed to build: ")
    if not line.startswith("{"):
        return line
    return _NAME.sub(lambda found: _plain(found, target), line)


def _plain(found: re.Match[str], target: str) -> str:
    is_step = found["rest"] == " "
    if found["target"] in {"internal", "context"} and is_step:
        return found[0]
    if found["target"] == target:
        return '"name":"[' if is_step else '"name":"'
    return f'"name":"target {found["target"]}: {"[" if is_step else ""}'
