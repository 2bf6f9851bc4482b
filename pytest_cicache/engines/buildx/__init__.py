"""Real BuildKit, through `docker buildx`."""

from pytest_cicache.engines.buildx._builder import BuildxBuilder

__all__ = [
    "BuildxBuilder",
]
