"""actions/upload-artifact and actions/download-artifact (upload-artifact v7, download-artifact v8).

Sources: https://github.com/actions/upload-artifact (src/upload, src/merge), https://github.com/actions/download-artifact
(src/download-artifact.ts).
"""

from __future__ import annotations

from pytest_cicache.actions._contract import (
    ActionCall,
    ActionEffect,
    DownloadArtifacts,
    MissingFiles,
    UploadArtifact,
)
from pytest_cicache.actions._inputs import boolean

__all__ = ["download_artifacts", "upload_artifact"]

_FORBIDDEN = {
    '"': 'Double quote "', ":": "Colon :", "<": "Less than <", ">": "Greater than >", "|": "Vertical bar |",
    "*": "Asterisk *", "?": "Question mark ?", "\r": "Carriage return \\r", "\n": "Line feed \\n",
    "\\": "Backslash \\", "/": "Forward slash /",
}  # fmt: skip
_FIRST_SEPARATE = 4
_FIRST_FLAT = 5


def upload_artifact(call: ActionCall) -> ActionEffect:
    """Keep files for the other jobs of the run."""
    patterns = tuple(line.strip() for line in call.inputs.get("path", "").splitlines() if line.strip())
    if not patterns:
        return ActionEffect(error="Input required and not supplied: path")
    name = call.input("name") or "artifact"
    wrong = next((words for character, words in _FORBIDDEN.items() if character in name), None)
    if wrong is not None:
        return ActionEffect(error=f"The artifact name is not valid: {name}. Contains the following character:  {wrong}")
    missing = call.input("if-no-files-found") or MissingFiles.WARN
    if missing not in set(MissingFiles):
        known = ", ".join(MissingFiles)
        return ActionEffect(
            error=f"Unrecognized if-no-files-found input. Provided: {missing}. Available options: {known}"
        )
    wanted = UploadArtifact(
        name=name if boolean(call, "archive", default="true") else None,
        patterns=patterns,
        missing=MissingFiles(missing),
        overwrites=boolean(call, "overwrite"),
        takes_hidden=boolean(call, "include-hidden-files"),
        adds=_major(call) < _FIRST_SEPARATE,
    )
    return ActionEffect(upload=wanted)


def download_artifacts(call: ActionCall) -> ActionEffect:
    """Lay artifacts of this run into a folder; those of other runs and repositories are not known."""
    name, ids = call.input("name"), call.input("artifact-ids")
    if name and ids:
        return ActionEffect(
            error="Unable to download artifact(s): Inputs 'name' and 'artifact-ids' cannot be used together. "
            "Please specify only one."
        )
    path = call.input("path") or "."
    if _is_elsewhere(call):
        return ActionEffect(
            outputs={"download-path": path}, assumption="the artifacts of another run are taken to be there"
        )
    numbers = [text.strip() for text in ids.split(",") if text.strip()]
    wrong = next((text for text in numbers if not text.isdecimal()), None)
    if wrong is not None:
        return ActionEffect(error=f"Unable to download artifact(s): Invalid artifact ID: '{wrong}'. Must be a number.")
    wanted = DownloadArtifacts(
        name=name,
        ids=tuple(map(int, numbers)),
        pattern=call.input("pattern"),
        path=path,
        merges=boolean(call, "merge-multiple"),
        own_folders=_major(call) < _FIRST_FLAT,
    )
    return ActionEffect(download=wanted)


def _is_elsewhere(call: ActionCall) -> bool:
    own = {"run-id": str(call.github.get("run_id", "")), "repository": str(call.github.get("repository", ""))}
    return any(call.input(name) not in ("", value) for name, value in own.items())


def _major(call: ActionCall) -> int:
    """The major version; one that is named by a commit or a branch counts as new."""
    return call.reference.major or _FIRST_FLAT
