"""Builders: real BuildKit through `docker buildx`, and one that only computes what BuildKit would do."""

from pytest_cicache.engines.builder._buildx import BuildxBuilder
from pytest_cicache.engines.builder._simulated import SimulatedBuilder

__all__ = ["BuildxBuilder", "SimulatedBuilder"]
