"""Which actions are emulated; to add one, write its file and a row here."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_cicache.actions._artifacts import download_artifacts, upload_artifact
from pytest_cicache.actions._cache import restore_and_save, restore_cache, save_cache
from pytest_cicache.actions._changed_files import list_changed_files
from pytest_cicache.actions._checkout import check_out
from pytest_cicache.actions._container_retention_policy import apply_retention_policy
from pytest_cicache.actions._contract import ActionCall, ActionEffect, Interpreter
from pytest_cicache.actions._delete_package_versions import delete_package_versions
from pytest_cicache.actions._docker_bake import bake, generate_matrix, list_targets
from pytest_cicache.actions._docker_build_push import build_and_push
from pytest_cicache.actions._docker_login import log_in
from pytest_cicache.actions._docker_metadata import describe
from pytest_cicache.actions._docker_setup_buildx import set_up_buildx
from pytest_cicache.actions._docker_setup_docker import set_up_docker
from pytest_cicache.actions._ghcr_cleanup import clean_up_ghcr
from pytest_cicache.actions._github_runtime import export_runtime
from pytest_cicache.actions._github_script import hand_on_variables
from pytest_cicache.actions._paths_filter import filter_paths
from pytest_cicache.actions._set_up_tools import TOOLS
from pytest_cicache.actions._unknown_inputs import interpret_unknown
from pytest_cicache.expressions import holds_unknown

__all__ = ["ACTIONS", "READ_THE_CLOCK", "interpret"]

# What these put out is another thing at another time.
READ_THE_CLOCK = frozenset({"docker/metadata-action"})


def _nothing(note: str) -> Interpreter:
    return lambda call: ActionEffect(note=note)


ACTIONS: Mapping[str, Interpreter] = {
    **TOOLS,
    "actions/cache": restore_and_save,
    "actions/cache/restore": restore_cache,
    "actions/cache/save": save_cache,
    "actions/checkout": check_out,
    "actions/delete-package-versions": delete_package_versions,
    "actions/download-artifact": download_artifacts,
    "actions/github-script": hand_on_variables,
    "actions/upload-artifact": upload_artifact,
    "crazy-max/ghaction-github-runtime": export_runtime,
    "dataaxiom/ghcr-cleanup-action": clean_up_ghcr,
    "docker/bake-action": bake,
    "docker/bake-action/subaction/list-targets": list_targets,
    "docker/bake-action/subaction/matrix": generate_matrix,
    "docker/build-push-action": build_and_push,
    "docker/login-action": log_in,
    "docker/metadata-action": describe,
    "docker/setup-buildx-action": set_up_buildx,
    "docker/setup-docker-action": set_up_docker,
    "docker/setup-qemu-action": _nothing("emulators do not matter where no build step runs"),
    "dorny/paths-filter": filter_paths,
    "easimon/maximize-build-space": _nothing("there is room enough"),
    "getsentry/paths-filter": filter_paths,
    "jlumbroso/free-disk-space": _nothing("there is room enough"),
    "sigstore/cosign-installer": _nothing("cosign is not installed: its commands are stubbed"),
    "snok/container-retention-policy": apply_retention_policy,
    "step-security/changed-files": list_changed_files,
    "step-security/harden-runner": _nothing("steps reach no network here"),
    "tj-actions/changed-files": list_changed_files,
}


def interpret(call: ActionCall) -> ActionEffect | None:
    """Return what an action does, `None` for one that is not known.

    Raises UsageError in the action's words for wrong inputs, UnsupportedError for what is not simulated.
    """
    path = f"/{call.reference.path}".rstrip("/")
    known = ACTIONS.get(call.reference.repository + path)
    if known is None:
        return None
    return interpret_unknown(call, known) if holds_unknown(list(call.inputs.values())) else known(call)
