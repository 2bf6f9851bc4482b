"""The throw-away folders of one job, laid out as on a hosted runner."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Workspace", "empty_folder", "remove_folder"]

_GIVEN = ".given"
_USED = ".used"
# The folder of workspaces, the home and the tools of a hosted runner.
_HOSTED = ("/home/runner/work", "/home/runner", "/opt/hostedtoolcache")
_NOTED = f"""#!/bin/sh
given="${{0%/*}}/{_GIVEN}/${{0##*/}}"
: >"$given{_USED}"
exec "$given" "$@"
"""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folders of one job, below one that is removed with it.

    `root` is GITHUB_WORKSPACE, `home` HOME, `temp` RUNNER_TEMP, `scratch` TMPDIR, `tool_cache`
    RUNNER_TOOL_CACHE, `actions` where actions are laid out, `files` where the environment files, the scripts
    and the event payload are, `stubs` this job's own stand-ins for commands.
    """

    directory: Path
    root: Path
    home: Path
    temp: Path
    scratch: Path
    tool_cache: Path
    actions: Path
    files: Path
    stubs: Path

    @classmethod
    def make(cls, directory: Path, *, repository: str) -> Workspace:
        """Lay the folders out below `directory`; `repository` is `owner/name`."""
        directory.mkdir(parents=True)
        directory = directory.resolve()
        name = repository.rpartition("/")[2]
        work = directory / "work"
        made = cls(
            directory=directory,
            root=work / name / name,
            home=directory / "home",
            temp=work / "_temp",
            scratch=directory / "tmp",
            tool_cache=directory / "tools",
            actions=work / "_actions",
            files=directory / "files",
            stubs=directory / "stubs",
        )
        os.makedirs(made.root)
        for folder in (made.temp, made.home, made.scratch, made.tool_cache, made.files):
            folder.mkdir()
        return made

    def as_on_a_runner(self, text: str) -> str:
        """The text with a hosted runner's folders for this job's."""
        for own, theirs in zip((self.root.parent.parent, self.home, self.tool_cache), _HOSTED, strict=True):
            text = text.replace(str(own), theirs)
        return text

    def remove(self) -> None:
        """Remove everything, also what a step made read-only."""
        remove_folder(self.directory)

    def stub(self, commands: Mapping[str, str]) -> None:
        """Install stand-ins: command name to the text of an executable script; each notes that it was used."""
        for name, text in commands.items():
            (self.stubs / _GIVEN).mkdir(parents=True, exist_ok=True)
            for target, content in ((self.stubs / _GIVEN / name, text), (self.stubs / name, _NOTED)):
                target.write_text(content, encoding="utf-8")
                target.chmod(0o755)

    def used_stubs(self) -> frozenset[str]:
        """The names of the stand-ins that ran."""
        return frozenset(found.name.removesuffix(_USED) for found in (self.stubs / _GIVEN).glob(f"*{_USED}"))

    def asked_dates(self) -> frozenset[str]:
        """The words with which scripts called `date`."""
        file = self.files / "dated"
        return (
            frozenset(file.read_text(encoding="utf-8", errors="replace").splitlines()) if file.exists() else frozenset()
        )

    def allow(self, commands: Mapping[str, str | None]) -> None:
        """Let steps run these commands for real: name to where each is, `None` for one that is nowhere."""
        for name, found in commands.items():
            self.stubs.mkdir(exist_ok=True)
            if found and not (self.stubs / name).exists():
                (self.stubs / name).symlink_to(found)


def empty_folder(folder: Path) -> None:
    """Remove what is in a folder, and keep the folder itself."""
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            remove_folder(entry)
        else:
            entry.unlink()


def remove_folder(folder: Path) -> None:
    """Remove a folder and all that is in it; folders without write permission are opened first.

    What even then cannot be removed is left to whoever removes the folder around it.
    """
    if sys.version_info >= (3, 12):
        shutil.rmtree(folder, onexc=_open_and_try_again)
    else:
        shutil.rmtree(folder, onerror=_open_and_try_again)


def _open_and_try_again(function: Callable[[str], object], path: str, error: object) -> None:
    is_folder = os.path.isdir(path) and not os.path.islink(path)
    with contextlib.suppress(OSError):
        os.chmod(os.path.dirname(path), 0o700)
        if is_folder:
            os.chmod(path, 0o700)
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.unlink(path)
