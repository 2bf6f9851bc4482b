"""Registries: embedded in this process, in a container, or at a URL that exists already."""

from pytest_cicache.engines.registry._container import ContainerRegistry
from pytest_cicache.engines.registry._embedded import EmbeddedRegistry
from pytest_cicache.engines.registry._serve import serve_registry
from pytest_cicache.engines.registry._url import UrlRegistry

__all__ = ["ContainerRegistry", "EmbeddedRegistry", "UrlRegistry", "serve_registry"]
