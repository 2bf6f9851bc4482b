"""A builder that only computes what BuildKit would do, over real registry requests."""

from pytest_cicache.engines.simulated._builder import SimulatedBuilder
from pytest_cicache.engines.simulated._layers import make_layer, uncompressed_digest

__all__ = [
    "SimulatedBuilder",
    "make_layer",
    "uncompressed_digest",
]
