"""The docker command that steps see."""

from pytest_cicache.engines.docker._command import Docker, Witness
from pytest_cicache.engines.docker._server import DockerCall, DockerServer

__all__ = [
    "Docker",
    "DockerCall",
    "DockerServer",
    "Witness",
]
