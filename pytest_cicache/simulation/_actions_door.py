"""GitHub's API as an action of a step asks it."""

from __future__ import annotations

import hashlib
import re

from pytest_cicache.actions import ApiAnswer
from pytest_cicache.githubapi import API_URL, ApiCall, GitHubApi, StoredManifest, VersionLedger

__all__ = ["ActionsDoor"]


class ActionsDoor:
    """The API with one token, and what indexes in ghcr.io name."""

    def __init__(self, api: GitHubApi, versions: VersionLedger, token: str) -> None:
        self._api = api
        self._versions = versions
        self._token = token

    def ask(self, method: str, target: str) -> ApiAnswer:
        """Make one call; raises UnsupportedError for an endpoint that is not simulated."""
        reply = self._api.answer(ApiCall.read(method, target, authorization=f"Bearer {self._token}"))
        found = re.search(r'<([^>]+)>; rel="next"', reply.headers.get("Link", ""))
        following = found[1].removeprefix(API_URL) if found else ""
        return ApiAnswer(status=reply.status, document=reply.document, following=following)

    def children(self, image_name: str, digest: str) -> tuple[str, ...]:
        """The digests that an index names, nothing for another manifest."""
        version = self._versions.find(image_name, digest)
        return () if version is None else version.manifest.children

    def put_empty(self, image_name: str, tag: str) -> None:
        """Push a manifest without content of its own under a tag; only the API knows of it, until it is deleted."""
        digest = hashlib.sha256(f"{image_name}:{tag} {len(self._api.records)}".encode()).hexdigest()
        self._versions.push(image_name, tag, f"sha256:{digest}", StoredManifest())
