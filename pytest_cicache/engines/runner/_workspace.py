"""The throw-away place a job runs in: folders, PATH and environment; nothing of the person's leaks in."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

__all__ = ["Tools", "Workspace"]

# What a step may run for real: tools that only read and write its own files.
HARMLESS = (
    *("[", "arch", "awk", "base32", "base64", "basename", "bash", "bc", "cat", "chmod", "chown", "cksum"),
    *(
        "cmp",
        "column",
        "comm",
        "cp",
        "csplit",
        "cut",
        "dd",
        "diff",
        "diff3",
        "dirname",
        "du",
        "echo",
        "egrep",
    ),
    *("env", "expand", "expr", "factor", "false", "fgrep", "file", "find", "flock", "fmt", "fold", "gawk"),
    *(
        "getopt",
        "git",
        "grep",
        "gunzip",
        "gzip",
        "head",
        "hexdump",
        "hostname",
        "iconv",
        "id",
        "install",
        "join",
    ),
    *(
        "jq",
        "kill",
        "link",
        "ln",
        "locale",
        "logname",
        "ls",
        "mawk",
        "md5sum",
        "mkdir",
        "mkfifo",
        "mktemp",
        "mv",
    ),
    *("nice", "nl", "nohup", "nproc", "numfmt", "od", "paste", "patch", "pathchk", "perl", "pr", "printenv"),
    *("printf", "ps", "pwd", "python", "python3", "readlink", "realpath", "rev", "rm", "rmdir", "sed", "seq"),
    *("sh", "sha1sum", "sha224sum", "sha256sum", "sha384sum", "sha512sum", "shasum", "shuf", "sleep", "sort"),
    *(
        "split",
        "stat",
        "stdbuf",
        "strings",
        "sum",
        "sync",
        "tac",
        "tail",
        "tar",
        "tee",
        "test",
        "time",
        "timeout",
    ),
    *("touch", "tr", "true", "truncate", "tsort", "uname", "unexpand", "uniq", "unlink", "unzip", "uuidgen"),
    *("vdir", "wc", "which", "whoami", "xargs", "xxd", "xz", "yes", "yq", "zip", "zstd"),
)
OURS = ("docker", "date")


@dataclass(frozen=True, slots=True)
class Tools:
    """The folders that make up a step's PATH, shared by every job of a session.

    `commands` holds the docker command and the clock, `harmless` the allowed tools, `stubs` a stand-in for
    every other command of this machine; `date` is the real date command.
    """

    commands: Path
    harmless: Path
    stubs: Path
    date: str

    @classmethod
    def make(cls, directory: Path) -> Tools:
        """Lay the folders out below `directory`."""
        tools = cls(
            directory / "commands",
            directory / "harmless",
            directory / "stubs",
            shutil.which("date") or "date",
        )
        for folder in (tools.commands, tools.harmless, tools.stubs):
            folder.mkdir(parents=True)
        for name in (*OURS, "stub"):
            _install(name, (tools.stubs if name == "stub" else tools.commands) / name)
        for name in HARMLESS:
            found = shutil.which(name)
            if found:
                (tools.harmless / name).symlink_to(found)
        for name in _commands_of_this_machine() - {*HARMLESS, *OURS, "stub"}:
            (tools.stubs / name).symlink_to("stub")
        return tools

    def path(self, *first: Path) -> str:
        """PATH with some folders before the session's own."""
        return os.pathsep.join(str(folder) for folder in (*first, self.commands, self.harmless, self.stubs))


def _install(name: str, target: Path) -> None:
    target.write_text((files("pytest_cicache.engines.runner") / "shims" / name).read_text())
    target.chmod(target.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def _commands_of_this_machine() -> set[str]:
    names: set[str] = set()
    for folder in dict.fromkeys(os.get_exec_path()):
        try:
            names.update(os.listdir(folder))
        except OSError:
            continue
    return names


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folders of one job, below one that is removed with it."""

    directory: Path

    @classmethod
    def make(cls, directory: Path, *, repository: str) -> Workspace:
        """Lay out home, temp, tool cache and the workspace itself, named as on a hosted runner."""
        made = cls(directory)
        name = repository.rpartition("/")[2]
        for folder in (made.home, made.temp, made.tool_cache, made.files, directory / "work" / name / name):
            folder.mkdir(parents=True)
        (directory / "workspace").symlink_to(directory / "work" / name / name)
        return made

    @property
    def root(self) -> Path:
        """GITHUB_WORKSPACE."""
        return (self.directory / "workspace").resolve()

    @property
    def home(self) -> Path:
        """HOME."""
        return self.directory / "home"

    @property
    def temp(self) -> Path:
        """RUNNER_TEMP."""
        return self.directory / "temp"

    @property
    def tool_cache(self) -> Path:
        """RUNNER_TOOL_CACHE."""
        return self.directory / "tools"

    @property
    def files(self) -> Path:
        """Where the environment files, the scripts and the event payload are."""
        return self.directory / "files"

    @property
    def stubs(self) -> Path:
        """Where this job's own stand-ins for commands are."""
        return self.directory / "stubs"

    def stub(self, commands: Mapping[str, str]) -> None:
        """Install stand-ins: command name to the text of an executable script."""
        self.stubs.mkdir(exist_ok=True)
        for name, text in commands.items():
            target = self.stubs / name
            target.write_text(text)
            target.chmod(0o755)

    def allow(self, names: Iterable[str]) -> None:
        """Let steps run these commands of the machine for real."""
        self.stubs.mkdir(exist_ok=True)
        for name in names:
            found = shutil.which(name)
            if found:
                (self.stubs / name).symlink_to(found)
