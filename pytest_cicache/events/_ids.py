"""Ids, node ids and addresses as GitHub's payloads carry them, derived from names and so never changing."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

__all__ = ["API", "SERVER", "github_time", "node_id", "number_id", "tree_sha"]

SERVER = "https://github.com"
API = "https://api.github.com"


def number_id(kind: str, name: str) -> int:
    """Give the id of a thing: nine digits that depend only on its kind and name."""
    digest = hashlib.sha256(f"{kind}:{name.lower()}".encode()).digest()
    return 100_000_000 + int.from_bytes(digest[:8], "big") % 900_000_000


def node_id(prefix: str, kind: str, name: str) -> str:
    """Give the GraphQL id of a thing, in the form `R_kgDOABCDEF`."""
    packed = number_id(kind, name).to_bytes(4, "big")
    return f"{prefix}_kgDO{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


def tree_sha(sha: str) -> str:
    """Give a tree id to go with a commit id."""
    return hashlib.sha1(f"tree {sha}".encode(), usedforsecurity=False).hexdigest()


def github_time(moment: datetime) -> str:
    """Write a moment as GitHub's API does: `2026-11-24T08:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
