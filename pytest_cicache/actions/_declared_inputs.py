"""The inputs that known actions declare: GitHub only warns of one that an action does not have, and drops it.

The `inputs:` of each repository's action.yml, of all releases from the second major version on together, so that an
input of an older or newer release is none that is missing. Input names ignore case.
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
    "docker/bake-action": _names(
        "allow builder call files github-token load no-cache provenance pull push sbom set source targets vars workdir"
    ),
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
        "driver driver-opts endpoint flags install keep-state name platforms use version"
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
