"""Which provenance the docker actions ask for (docker/actions-toolkit, src/buildx/build.ts)."""

from __future__ import annotations

from pytest_cicache.actions._contract import ActionCall
from pytest_cicache.actions._inputs import switch

__all__ = ["default_provenance", "resolved_provenance"]


def default_provenance(call: ActionCall, *, to_docker: bool) -> str:
    """What is asked for where nothing is said; nothing for an image that goes `to_docker`."""
    off = switch(call, "BUILDX_NO_DEFAULT_ATTESTATIONS")
    # The engine's own builder is too old for attestations in the check that the action makes.
    if off or call.driver == "docker" or to_docker or call.reference.major in (1, 2):
        return ""
    return "mode=min,inline-only=true" if call.event("repository", "private") else "mode=max"


def resolved_provenance(call: ActionCall, given: str) -> str:
    """The fields of an attestation, with the run as builder where none is named; `true` names nothing else."""
    fields = "" if given == "true" else given
    builder_id = "" if "builder-id=" in fields else f"builder-id={_run_url(call)}"
    return ",".join(part for part in (fields, builder_id) if part)


def _run_url(call: ActionCall) -> str:
    github = call.github
    place = f"{github.get('server_url')}/{github.get('repository')}/actions/runs/{github.get('run_id')}"
    return f"{place}/attempts/{github.get('run_attempt', 1)}"
