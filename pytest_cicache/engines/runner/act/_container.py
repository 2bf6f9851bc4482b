"""The container of a job: act runs in it beside the steps, so that no engine's socket has to be there.

It is a Docker container that we make, so that nothing is left of it but what we name: act's own containers share a
volume between everybody's runs, and two runs of a workflow share their names (nektos/act, pkg/runner/run_context.go).
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_cicache.engines._docker_engine import DockerEngine, words_of_docker
from pytest_cicache.engines._ownership import is_abandoned, owned_name
from pytest_cicache.engines.runner.job import ScriptLauncher
from pytest_cicache.errors import EngineError

__all__ = ["BindMount", "Container", "ContainerLauncher", "in_shell", "remove_leftovers"]

_LABEL = "pytest-cicache=job"
# Docker hands the output of a script on, so that what it writes to is known only where it runs.
_SCRIPT = """echo $$ >{process}
cd {directory} || exit
exec 2>&1 3>&1
CICACHE_LOG=$(readlink /proc/self/fd/3)
export CICACHE_LOG
exec {command} 3>&-
"""


@dataclass(frozen=True, slots=True)
class BindMount:
    """A file or folder of this machine in a container: at the same place, where no other is given."""

    source: Path
    target: str = ""
    is_read_only: bool = False

    def words(self) -> tuple[str, str]:
        """The option of `docker create`, whose value is a line of CSV."""
        fields = ["type=bind", f"source={self.source}", f"target={self.target or self.source}"]
        fields += ["readonly"] * self.is_read_only
        return "--mount", ",".join(f'"{field.replace(chr(34), chr(34) * 2)}"' for field in fields)


@dataclass(frozen=True, slots=True)
class Container:
    """A container that was made, and perhaps started; `close` ends all that is in it."""

    engine: DockerEngine
    name: str

    @classmethod
    def create(
        cls, engine: DockerEngine, image: str, command: Sequence[str], mounts: Iterable[BindMount], folder: Path
    ) -> Container:
        """Make a container whose one command runs in a folder of it; raises EngineError in Docker's words.

        What runs in it is this user, so that the files it makes are this user's.
        """
        name = owned_name(secrets.token_hex(6))
        options = ["--name", name, "--label", _LABEL, "--pull", "never", "--network", "host"]
        options += ["--log-driver", "none", "--no-healthcheck", "--user", _user(), "--workdir", str(folder)]
        for mount in mounts:
            options += mount.words()
        entry, *rest = command
        try:
            engine.run("create", *options, "--entrypoint", entry, image, *rest)
        except EngineError as error:
            raise EngineError(f"no container of the image '{image}' can be made: {words_of_docker(error)}") from error
        return cls(engine, name)

    def start(self) -> list[str]:
        """The words that start it and print what it prints."""
        return [self.engine.program, "start", "--attach", self.name]

    def execute(self, *command: str) -> list[str]:
        """The words that run one more command in it."""
        return [self.engine.program, "exec", "--user", _user(), self.name, *command]

    def kill(self, process: int) -> None:
        """Kill a process, by its number in the container, or with a negative one a group; fine when it has ended."""
        with contextlib.suppress(EngineError):
            self.engine.run(*self.execute("sh", "-c", f"kill -9 {process}")[1:])

    def close(self) -> None:
        """Kill what runs in it and remove it; fine when it is gone."""
        with contextlib.suppress(EngineError):
            self.engine.run("rm", "--force", "--volumes", self.name)


@dataclass(slots=True)
class ContainerLauncher:
    """Starts scripts of a job in its container; `folder` is one that both see, for what says how."""

    outside: ScriptLauncher
    container: Container
    folder: Path

    def fileno(self) -> int:
        """What becomes readable when the script has ended."""
        return self.outside.fileno()

    def start(self, command: Sequence[str], directory: Path, environment: Mapping[str, str], output: int) -> None:
        """Start a command; raises OSError when the directory is not there."""
        if not directory.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(directory))
        script = _SCRIPT.format(
            process=shlex.quote(str(self._process)),
            directory=shlex.quote(str(directory)),
            command=in_shell(command, {name: value for name, value in environment.items() if name != "CICACHE_LOG"}),
        )
        file = self.folder / "script"
        file.write_text(script, encoding="utf-8", errors="surrogateescape")
        words = self.container.execute("sh", str(file))
        self.outside.start(words, self.folder, self.container.engine.environment, output)

    def end_of_process(self) -> int:
        """The exit status of the script that has ended."""
        return self.outside.end_of_process()

    def kill(self) -> None:
        """Kill the script that runs, with its process group, and wait until it has ended."""
        with contextlib.suppress(OSError):
            self.container.kill(-int(self._process.read_text(encoding="utf-8")))
        self.outside.kill()

    def know(self, group: int) -> None:
        """Nothing: whatever was begun in the container ends with it."""

    def kill_process(self, process: int) -> None:
        """Kill a process that the script has begun."""
        self.container.kill(process)

    def keep(self, output: int) -> None:
        """Keep the pipe that background processes write to, or close it when there are none."""
        self.outside.keep(output)

    @property
    def _process(self) -> Path:
        return self.folder / "process"


def in_shell(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """A command as a shell in the container reads it, with variables, whose names may be none for a shell."""
    given = (f"{name}={value}" for name, value in environment.items())
    return shlex.join(["env", "-u", "HOSTNAME", *given, *command])


def remove_leftovers(engine: DockerEngine) -> None:
    """Remove the containers of processes of this machine that are no more."""
    for name in engine.run("ps", "--all", "--filter", f"label={_LABEL}", "--format", "{{.Names}}").split():
        if is_abandoned(name):
            Container(engine, name).close()


def _user() -> str:
    return f"{os.getuid()}:{os.getgid()}"
