"""The docker command that steps see."""

from pytest_cicache.engines.docker._command import Docker
from pytest_cicache.engines.docker._recorder import StepRecorder
from pytest_cicache.engines.docker._server import DockerCall, DockerServer

__all__ = [
    "Docker",
    "DockerCall",
    "DockerServer",
    "StepRecorder",
]
