"""What no public source settles about ghcr.io, and its limits: one setting each."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Settings"]

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this ghcr.io behaves where sources contradict each other or are silent.

    `pull_denied_status` answers a pull that the token's holder has no right to (401, 403 or 404);
    `anonymous_token_status` answers the token request of nobody for a package that is not public, and with
    `None` a token is issued and the pull itself refused; `login_denied_status` answers a wrong credential;
    `posts_tokens` tells whether `POST /token` exists; sizes are in bytes, the layer's is documented
    (https://docs.github.com/en/packages/working-with-a-github-packages-registry/working-with-the-container-registry).
    """

    pull_denied_status: int = 403
    anonymous_token_status: int | None = 401
    login_denied_status: int = 403
    posts_tokens: bool = True
    layer_limit: int = 10 * 1000**3
    manifest_limit: int = 4 * _MIB
