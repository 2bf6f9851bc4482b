"""Registries: embedded in this process, in a container, or at a URL that exists already."""

from pytest_cicache.engines.registry._embedded import EmbeddedRegistry

__all__ = ["EmbeddedRegistry"]
