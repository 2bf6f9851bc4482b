"""A builder that only computes what BuildKit would do, over real registry requests; its client serves others too."""

from pytest_cicache.engines.simulated._builder import SimulatedBuilder
from pytest_cicache.engines.simulated._cache_import import ACCEPT
from pytest_cicache.engines.simulated._cache_store import Layer
from pytest_cicache.engines.simulated._layers import make_layer, uncompressed_digest
from pytest_cicache.engines.simulated._registry_client import (
    RefusedError,
    RegistryClient,
    Reply,
    Resource,
    registry_errors,
)
from pytest_cicache.engines.simulated._upload import Uploader, fetch_layer

__all__ = [
    "ACCEPT",
    "Layer",
    "RefusedError",
    "RegistryClient",
    "Reply",
    "Resource",
    "SimulatedBuilder",
    "Uploader",
    "fetch_layer",
    "make_layer",
    "registry_errors",
    "uncompressed_digest",
]
