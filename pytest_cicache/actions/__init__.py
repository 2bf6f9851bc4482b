"""What a known `uses:` means; one file for each action."""

from pytest_cicache.actions._contract import (
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
from pytest_cicache.actions._table import ACTIONS, interpret

__all__ = [
    "ACTIONS",
    "ActionCall",
    "ActionEffect",
    "ActionReference",
    "CheckOut",
    "DockerCommand",
    "DownloadArtifacts",
    "Interpreter",
    "MissingFiles",
    "RestoreCache",
    "ResultFile",
    "SaveCache",
    "UploadArtifact",
    "interpret",
]
