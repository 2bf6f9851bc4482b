"""What a known `uses:` means; one file for each action."""

from pytest_cicache.actions._api_use import ApiAnswer, ApiDoor, ApiUse, ApiUseEnd
from pytest_cicache.actions._cache import cache_version
from pytest_cicache.actions._contract import (
    EVERY_DOCKERFILE,
    ActionCall,
    ActionEffect,
    ActionReference,
    CheckOut,
    DockerCommand,
    DownloadArtifacts,
    Interpreter,
    MissingFiles,
    RestoreCache,
    ResultFile,
    SaveCache,
    UploadArtifact,
)
from pytest_cicache.actions._declared_inputs import declared_inputs
from pytest_cicache.actions._table import ACTIONS, READ_THE_CLOCK, interpret

__all__ = [
    "ACTIONS",
    "EVERY_DOCKERFILE",
    "READ_THE_CLOCK",
    "ActionCall",
    "ActionEffect",
    "ActionReference",
    "ApiAnswer",
    "ApiDoor",
    "ApiUse",
    "ApiUseEnd",
    "CheckOut",
    "DockerCommand",
    "DownloadArtifacts",
    "Interpreter",
    "MissingFiles",
    "RestoreCache",
    "ResultFile",
    "SaveCache",
    "UploadArtifact",
    "cache_version",
    "declared_inputs",
    "interpret",
]
