"""actions/upload-artifact and actions/download-artifact."""

from __future__ import annotations

import pytest

from pytest_cicache.actions import DownloadArtifacts, UploadArtifact


def test_an_upload(use):
    """Patterns, one on each line."""
    effect = use("actions/upload-artifact@v7", inputs={"name": "d-1", "path": "a/*\n!a/b\n", "overwrite": "true"})

    assert effect.upload == UploadArtifact(name="d-1", patterns=("a/*", "!a/b"), overwrites=True)


def test_version_3_adds(use):
    """Before version 4 several uploads of one name were one artifact."""
    assert use("actions/upload-artifact@v3", inputs={"path": "a"}).upload.adds


@pytest.mark.parametrize(
    ("inputs", "error"),
    [
        ({}, "Input required and not supplied: path"),
        (
            {"path": "a", "name": "linux/amd64"},
            "The artifact name is not valid: linux/amd64. Contains the following character:  Forward slash /",
        ),
        (
            {"path": "a", "if-no-files-found": "fail"},
            "Unrecognized if-no-files-found input. Provided: fail. Available options: warn, error, ignore",
        ),
    ],
)
def test_wrong_uploads(use, inputs, error):
    """The action's words."""
    assert use("actions/upload-artifact@v7", inputs=inputs).error == error


def test_a_download(use):
    """By pattern, into one folder."""
    inputs = {"pattern": "digests-*", "path": "/tmp/d", "merge-multiple": "true"}
    effect = use("actions/download-artifact@v8", inputs=inputs)

    assert effect.download == DownloadArtifacts(pattern="digests-*", path="/tmp/d", merges=True)


def test_a_download_of_another_run_is_assumed(use):
    """Other runs are not simulated."""
    effect = use("actions/download-artifact@v8", inputs={"name": "x", "run-id": "7"})

    assert effect.download is None
    assert "another run" in effect.assumption


@pytest.mark.parametrize(
    ("inputs", "error"),
    [
        ({"name": "a", "artifact-ids": "1"}, "Inputs 'name' and 'artifact-ids' cannot be used together"),
        ({"artifact-ids": "1,x"}, "Invalid artifact ID: 'x'. Must be a number."),
    ],
)
def test_wrong_downloads(use, inputs, error):
    """The action's words."""
    assert error in use("actions/download-artifact@v8", inputs=inputs).error
