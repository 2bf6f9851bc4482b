"""A builder that only computes what BuildKit would do, over real registry requests."""

from pytest_cicache.engines.simulated._builder import SimulatedBuilder

__all__ = [
    "SimulatedBuilder",
]
