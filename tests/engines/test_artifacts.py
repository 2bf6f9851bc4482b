"""The artifacts of a run."""

from __future__ import annotations

import re

import pytest

from pytest_cicache.actions import DownloadArtifacts, UploadArtifact
from pytest_cicache.engines import ArtifactStore
from pytest_cicache.errors import UsageError


@pytest.fixture
def store(tmp_path):
    return ArtifactStore(tmp_path / "store")


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "work"
    for name in ("a/1.txt", "a/b/2.txt", "a/.hidden", "c/3.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def laid_out(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("patterns", "kept"),
    [
        pytest.param(["a"], ["1.txt", "b/2.txt"], id="a folder"),
        pytest.param(["a/1.txt"], ["1.txt"], id="a file"),
        pytest.param(["a/*"], ["1.txt", "b/2.txt"], id="a wildcard takes what is below"),
        pytest.param(["a", "!a/b"], ["1.txt"], id="left out"),
        pytest.param(["a", "c"], ["a/1.txt", "a/b/2.txt", "c/3.txt"], id="two roots"),
        pytest.param(["**/2.txt"], ["a/b/2.txt"], id="any depth"),
    ],
)
def test_what_is_kept(store, root, tmp_path, patterns, kept):
    """Relative to the folder that all patterns share; hidden files are left out."""
    store.upload(UploadArtifact(name="x", patterns=tuple(patterns)), root, root)
    store.download(DownloadArtifacts(name="x"), tmp_path / "got")

    assert laid_out(tmp_path / "got") == kept


def test_hidden_files_on_demand(store, root, tmp_path):
    """`include-hidden-files` takes them too."""
    store.upload(UploadArtifact(name="x", patterns=("a",), takes_hidden=True), root, root)
    store.download(DownloadArtifacts(name="x"), tmp_path / "got")

    assert ".hidden" in laid_out(tmp_path / "got")


def test_nothing_found(store, root):
    """No artifact is made."""
    assert store.upload(UploadArtifact(name="x", patterns=("nowhere",)), root, root) is None
    with pytest.raises(UsageError, match="Artifact not found for name: x"):
        store.download(DownloadArtifacts(name="x"), root)


def test_a_name_is_taken_once(store, root, tmp_path):
    """A second upload is a conflict, unless it overwrites or adds."""
    first = UploadArtifact(name="x", patterns=("a/1.txt",))
    store.upload(first, root, root)

    with pytest.raises(UsageError, match=re.escape("(409) Conflict: an artifact with this name already exists")):
        store.upload(first, root, root)
    store.upload(UploadArtifact(name="x", patterns=("c",), overwrites=True), root, root)
    store.upload(UploadArtifact(name="x", patterns=("a/1.txt",), adds=True), root, root)
    store.download(DownloadArtifacts(name="x"), tmp_path / "got")
    assert laid_out(tmp_path / "got") == ["1.txt", "3.txt"]


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        pytest.param(DownloadArtifacts(), ["d-1/1.txt", "d-2/3.txt", "other/1.txt"], id="all"),
        pytest.param(DownloadArtifacts(pattern="d-*"), ["d-1/1.txt", "d-2/3.txt"], id="a pattern"),
        pytest.param(DownloadArtifacts(pattern="d-*", merges=True), ["1.txt", "3.txt"], id="merged"),
        pytest.param(DownloadArtifacts(pattern="d-1"), ["1.txt"], id="one"),
        pytest.param(DownloadArtifacts(pattern="d-1", own_folders=True), ["d-1/1.txt"], id="one, before version 5"),
        pytest.param(DownloadArtifacts(pattern="z*"), [], id="none"),
    ],
)
def test_several(store, root, tmp_path, wanted, got):
    """Each in a folder of its own unless they are merged."""
    for name, pattern in (("d-1", "a/1.txt"), ("d-2", "c/3.txt"), ("other", "a/1.txt")):
        store.upload(UploadArtifact(name=name, patterns=(pattern,)), root, root)
    store.download(wanted, tmp_path / "got")

    assert laid_out(tmp_path / "got") == got


def test_by_number(store, root, tmp_path):
    """An artifact's id finds it, another does not."""
    made = store.upload(UploadArtifact(name="x", patterns=("c",)), root, root)
    store.download(DownloadArtifacts(ids=(made.id,)), tmp_path / "got")

    assert laid_out(tmp_path / "got") == ["3.txt"]
    with pytest.raises(UsageError, match="None of the provided artifact IDs were found"):
        store.download(DownloadArtifacts(ids=(1,)), tmp_path)
