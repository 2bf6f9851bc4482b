"""From a request's method and path to what it asks of the registry."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from pytest_cicache.errors import ReferenceError as InvalidReferenceError
from pytest_cicache.oci import Endpoint, RegistryPath, is_image_name, is_tag, read_registry_path, split_gateway_name

if TYPE_CHECKING:
    pass

__all__ = ["PathProblem", "RegistryOperation", "place_of_name", "route"]


class PathProblem(StrEnum):
    """Why a path under /v2/ names nothing."""

    NO_ROUTE = "no route"
    NAME = "name"
    TAG = "tag"
    DIGEST = "digest"


_READS = frozenset({"GET", "HEAD"})
_DIGEST = re.compile(r"[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[A-Za-z0-9=_-]{32,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryOperation:
    """One request, understood.

    `name` is the image name on the gateway, `host` and `image_name` the workflow's; `reference` is the tag
    or digest in the path, `digest` the digest in path or query; `path` and `query` are as they were sent,
    percent-encoded; `problem` is set when the path names nothing.
    """

    method: str
    endpoint: Endpoint
    path: str
    query: str = ""
    name: str = ""
    simulation: str = ""
    host: str = ""
    image_name: str = ""
    reference: str | None = None
    digest: str | None = None
    mount: str | None = None
    mount_from: str | None = None
    problem: PathProblem | None = None

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.method in _READS

    @property
    def verb(self) -> str:
        """The verb of a resource scope that it needs."""
        if self.method == "DELETE" and self.endpoint is not Endpoint.UPLOAD:
            return "delete"
        return "pull" if self.reads and self.endpoint is not Endpoint.UPLOAD else "push"

    @property
    def tag(self) -> str | None:
        """The tag in the path, if it has one."""
        return None if self.reference is None or ":" in self.reference else self.reference

    def at(self, host: str, image_name: str) -> RegistryOperation:
        """Give the same operation for another image, such as the one a token request's scope names."""
        return replace(self, host=host, image_name=image_name)


def route(method: str, path: str, query: str = "") -> RegistryOperation:
    """Understand a request; a path that names nothing gives an operation with its `problem`."""
    found = read_registry_path(unquote(path))
    if found is None:
        problem = PathProblem.NO_ROUTE
        return RegistryOperation(method=method, endpoint=Endpoint.PING, path=path, query=query, problem=problem)
    return _operation(method, found, path=path, query=query)


def place_of_name(name: str) -> tuple[str, str, str] | None:
    """Give simulation, host and image name of a name on the gateway, `None` when it is none."""
    try:
        return split_gateway_name(name)
    except InvalidReferenceError:
        return None


def _operation(method: str, found: RegistryPath, *, path: str, query: str) -> RegistryOperation:
    name, endpoint = found.name, found.endpoint
    parameters = dict(parse_qsl(query)) if endpoint in (Endpoint.UPLOADS, Endpoint.UPLOAD) else {}
    reference = None if endpoint is Endpoint.UPLOAD else found.reference
    digest = parameters.get("digest")
    if reference is not None and (":" in reference or endpoint is not Endpoint.MANIFEST):
        digest = reference
    simulation, host, image_name = place_of_name(name) or ("", "", "")
    problem = None if not name or (simulation and is_image_name(name)) else PathProblem.NAME
    return RegistryOperation(
        method=method,
        endpoint=endpoint,
        path=path,
        query=query,
        name=name,
        simulation=simulation,
        host=host,
        image_name=image_name,
        reference=reference,
        digest=digest,
        mount=parameters.get("mount"),
        mount_from=parameters.get("from"),
        problem=problem or _reference_problem(endpoint, reference),
    )


def _reference_problem(endpoint: Endpoint, reference: str | None) -> PathProblem | None:
    if reference is None:
        return None
    if endpoint is Endpoint.MANIFEST and ":" not in reference:
        return None if is_tag(reference) else PathProblem.TAG
    return None if _DIGEST.fullmatch(reference) else PathProblem.DIGEST
