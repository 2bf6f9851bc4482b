"""Speaks to a registry as BuildKit does: tokens, retries, refusals in its words, the order of an upload."""

from pytest_cicache.engines.client._fetch import fetch_layer
from pytest_cicache.engines.client._registry_client import (
    RefusedError,
    RegistryClient,
    RegistryReply,
    Resource,
    registry_errors,
    with_details,
)
from pytest_cicache.engines.client._upload import Uploader

__all__ = [
    "RefusedError",
    "RegistryClient",
    "RegistryReply",
    "Resource",
    "Uploader",
    "fetch_layer",
    "registry_errors",
    "with_details",
]
