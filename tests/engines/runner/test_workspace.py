"""The folders of a job, and their removal."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from pytest_cicache.engines.runner.job._workspace import Workspace, _open_and_try_again, empty_folder, remove_folder


def test_the_layout(tmp_path):
    """Folders are there, below one that is removed with all of them."""
    made = Workspace.make(tmp_path / "job", repository="octo/app")

    assert made.root == (tmp_path / "job" / "work" / "app" / "app").resolve()
    for folder in (made.root, made.home, made.temp, made.scratch, made.tool_cache, made.files):
        assert folder.is_dir()
    made.remove()
    assert not (tmp_path / "job").exists()


def test_a_folder_is_emptied(tmp_path):
    """Files, folders and links go; what a link leads to stays, and so does the folder."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    folder = tmp_path / "folder"
    (folder / "sub" / "deep").mkdir(parents=True)
    (folder / ".hidden").touch()
    (folder / "link").symlink_to(outside)
    empty_folder(folder)

    assert list(folder.iterdir()) == []
    assert (outside / "kept").exists()


def test_read_only_folders_are_removed(tmp_path):
    """What a step took the write permission from is removed all the same."""
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    (folder / "file").touch()
    folder.chmod(0o500)
    (tmp_path / "a").chmod(0o500)
    remove_folder(tmp_path / "a")

    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("what", ["file", "folder"])
def test_the_second_try(tmp_path, what):
    """After a refusal the folder around is opened and the removal tried again."""
    place = tmp_path / "closed" / what
    place.parent.mkdir()
    if what == "file":
        place.touch()
    else:
        (place / "inner").mkdir(parents=True)
        place.chmod(0o000)
    place.parent.chmod(0o500)
    _open_and_try_again(os.unlink, str(place), PermissionError())

    assert not place.exists()


def test_what_is_gone_already_does_not_matter(tmp_path):
    """A second try on nothing is quiet."""
    _open_and_try_again(os.unlink, str(tmp_path / "gone"), FileNotFoundError())

    assert list(tmp_path.iterdir()) == []


def test_stubs_and_allowed_commands(tmp_path):
    """Stand-ins are executable, allowed commands lead to the machine's, and a stand-in wins."""
    made = Workspace.make(tmp_path / "job", repository="octo/app")
    made.stub({"tool": "#!/bin/sh\n", "sed": "#!/bin/sh\n"})
    made.allow({name: shutil.which(name) for name in ("sed", "cat", "no-such-command")})

    assert os.access(made.stubs / "tool", os.X_OK)
    assert not (made.stubs / "sed").is_symlink()
    assert Path(os.readlink(made.stubs / "cat")).name == "cat"
    assert not (made.stubs / "no-such-command").exists()
