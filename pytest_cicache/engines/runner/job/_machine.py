"""What the machine that steps run on has: this one, or what a container of an image sees."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_cicache.engines._process import run_tool
from pytest_cicache.errors import EngineError

__all__ = ["Machine", "this_machine"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The commands of a machine, by name, and the `folders` of its PATH, absolute, each once.

    `git_core` is the folder of git's own programs, `git_programs` their names, links left out; both are empty where
    there is no git. `date_at` is what stands before a number of seconds to make `date` tell that moment. `is_here` says
    that it is the one this process runs on.
    """

    commands: Mapping[str, str]
    folders: tuple[str, ...]
    git_core: str
    git_programs: frozenset[str]
    date_at: str
    is_here: bool = False

    def which(self, name: str) -> str | None:
        """Where a command is, as a shell would find it."""
        return shutil.which(name) if self.is_here else self.commands.get(name)

    def may_have_folder(self, folder: str) -> bool:
        """Whether it has a folder, or may have it, where nobody can look."""
        return not self.is_here or os.path.isdir(folder)


def this_machine() -> Machine:
    """Look at the machine this process runs on."""
    folders = tuple(dict.fromkeys(map(os.path.abspath, os.get_exec_path())))
    commands = _commands(folders)
    # The first python3 of PATH may be a shim (pyenv) that looks for itself, finds ours, and never ends.
    commands["python3"] = sys.executable or commands.get("python3", "python3")
    core = _git_core(shutil.which("git"))
    return Machine(
        commands=commands,
        folders=folders,
        git_core=core,
        git_programs=_programs(core) if core else frozenset(),
        date_at=_date_at(),
        is_here=True,
    )


def _commands(folders: tuple[str, ...]) -> dict[str, str]:
    """Every file in the folders, by name; the first one wins, as for a shell."""
    found: dict[str, str] = {}
    for folder in folders:
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    found.setdefault(entry.name, entry.path)
        except OSError:
            continue
    return found


def _git_core(git: str | None) -> str:
    """Where git's own programs are: beside it in the usual places, or where it says."""
    if git is None:
        return ""
    above = Path(git).resolve().parent.parent
    for place in (above / "lib" / "git-core", above / "libexec" / "git-core"):
        if place.is_dir():
            return str(place)
    return run_tool((git, "--exec-path")).decode().strip()


def _programs(folder: str) -> frozenset[str]:
    return frozenset(entry.name for entry in os.scandir(folder) if not entry.is_symlink() and entry.is_file())


def _date_at() -> str:
    """GNU's date takes `--date=@N`, that of BSD and macOS `-r N`."""
    try:
        run_tool((shutil.which("date") or "date", "--date=@0"))
    except EngineError:
        return "-r "
    return "--date=@"
