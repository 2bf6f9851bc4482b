"""The inputs that known actions declare: GitHub only warns of one that an action does not have, and drops it.

The `inputs:` of each repository's action.yml, of all releases together (of the docker actions from the second major
version on), so that an input of an older or newer release is none that is missing: up to actions/cache v5.0.5,
actions/checkout v7.0.1, actions/download-artifact v8.0.1, actions/upload-artifact v7.0.0, docker/bake-action v7.1.0,
docker/build-push-action v7.3.0, docker/login-action v4.1.0, docker/metadata-action v6.2.0, docker/setup-buildx-action
v4.3.0 and docker/setup-qemu-action v4.2.0. Input names ignore case.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["declared_inputs"]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DECLARED: Mapping[str, frozenset[str]] = {
    "actions/cache": _names(
        "path key restore-keys upload-chunk-size enablecrossosarchive fail-on-cache-miss lookup-only save-always"
    ),
    "actions/cache/restore": _names("path key restore-keys enablecrossosarchive fail-on-cache-miss lookup-only"),
    "actions/cache/save": _names("path key upload-chunk-size enablecrossosarchive"),
    "actions/checkout": _names(
        "allow-unsafe-pr-checkout clean fetch-depth fetch-tags filter github-server-url lfs path persist-credentials "
        "ref repository set-safe-directory show-progress sparse-checkout sparse-checkout-cone-mode ssh-key "
        "ssh-known-hosts ssh-strict ssh-user submodules token"
    ),
    "actions/download-artifact": _names(
        "artifact-ids digest-mismatch github-token merge-multiple name path pattern repository run-id skip-decompress"
    ),
    "actions/upload-artifact": _names(
        "archive compression-level if-no-files-found include-hidden-files name overwrite path retention-days"
    ),
    "actions/upload-artifact/merge": _names(
        "compression-level delete-merged include-hidden-files name pattern retention-days separate-directories"
    ),
    "docker/bake-action": _names(
        "allow builder call files github-token load no-cache provenance pull push sbom set source targets vars workdir"
    ),
    "docker/bake-action/subaction/list-targets": _names("files target workdir"),
    "docker/bake-action/subaction/matrix": _names("fields files target workdir"),
    "docker/build-push-action": _names(
        "add-hosts allow annotations attests build-args build-contexts builder cache-from cache-to call cgroup-parent "
        "context file github-token labels load network no-cache no-cache-filters outputs platforms provenance pull "
        "push sbom secret-envs secret-files secrets shm-size ssh tags target ulimit"
    ),
    "docker/login-action": _names("ecr logout password registry registry-auth scope username attempts"),
    "docker/metadata-action": _names(
        "annotations bake-target context flavor github-token images labels sep-annotations sep-labels sep-tags tags"
    ),
    "docker/setup-buildx-action": _names(
        "append buildkitd-config buildkitd-config-inline buildkitd-flags cache-binary cleanup config config-inline "
        "driver driver-opts endpoint flags github_token install keep-state name platforms use version"
    ),
    "docker/setup-qemu-action": _names("cache-image image platforms reset"),
}


def declared_inputs(uses: str) -> frozenset[str] | None:
    """The names in lower case that the action of a `uses:` takes; `None` where they are not known.

    The first major version of the docker actions had others.
    """
    action, _, ref = uses.partition("@")
    reference = action.strip().lower()
    if reference.startswith("docker/") and (ref == "v1" or ref.startswith("v1.")):
        return None
    return _DECLARED.get(reference)
