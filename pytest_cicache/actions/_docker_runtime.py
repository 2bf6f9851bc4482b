"""What the docker actions say about the token for the Actions cache (docker/actions-toolkit, src/github/github.ts)."""

from __future__ import annotations

from pytest_cicache.actions._contract import ActionCall
from pytest_cicache.buildx import token_scopes

__all__ = ["runtime_scopes"]

_FIRST_TO_TELL_SCOPES = 4


def runtime_scopes(call: ActionCall) -> list[str]:
    """The scopes of the token, as docker/build-push-action and docker/bake-action list them since v4."""
    token = call.runtime.get("ACTIONS_RUNTIME_TOKEN")
    if token is None or (call.reference.major or _FIRST_TO_TELL_SCOPES) < _FIRST_TO_TELL_SCOPES:
        return []
    words = {(True, True): "read/write", (True, False): "read", (False, True): "write"}
    scopes = (f"{ref}: {words[reads, writes]}" for ref, reads, writes in token_scopes(token))
    return ["GitHub Actions runtime token ACs", *scopes]
