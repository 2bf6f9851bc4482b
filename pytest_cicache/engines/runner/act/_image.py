"""An image whose containers jobs run in: whether it can be used here, and what it has."""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pytest_cicache.engines._docker_engine import DockerEngine, words_of_docker
from pytest_cicache.engines.runner.act._container import BindMount, Container, remove_leftovers
from pytest_cicache.engines.runner.job import Machine, shim_text
from pytest_cicache.errors import EngineError, EngineUnavailableError

__all__ = ["ACT", "JobImage", "read_look"]

ACT = "/opt/cicache/act"
"""Where act is in a container."""

_INSTEAD = "take an image that your runners use, or run act without one"


@dataclass(frozen=True, slots=True)
class JobImage:
    """The image `name` in an engine; `folder` is ours, for what is told about it."""

    name: str
    engine: DockerEngine
    folder: Path

    @classmethod
    def find(cls, name: str, folder: Path) -> JobImage:
        """The image, and nothing of earlier runs; raises EngineUnavailableError where it is not in an engine here."""
        if sys.platform != "linux":
            raise EngineUnavailableError(
                f"act cannot run jobs in the image '{name}' on {sys.platform}: only on Linux a container shares pipes "
                "and loopback with this machine; run act without an image"
            )
        folder.mkdir(exist_ok=True)
        found = cls(name, DockerEngine.find(folder), folder)
        try:
            found.engine.run("image", "inspect", "--format", "{{.Id}}", name)
            remove_leftovers(found.engine)
        except EngineError as error:
            raise _not_found(name, error) from error
        return found

    def look(self) -> Machine:
        """Look at what a container of the image has; raises EngineUnavailableError where no job can run in one."""
        script, told = self.folder / "look", self.folder / "told"
        script.write_text(shim_text("look"), encoding="utf-8")
        with socket.create_server(("127.0.0.1", 0)) as beside:
            command = ["sh", str(script), str(told), str(beside.getsockname()[1])]
            try:
                container = Container.create(self.engine, self.name, command, [BindMount(self.folder)], self.folder)
                with closing(container):
                    self.engine.run(*container.start()[1:])
            except EngineError as error:
                raise self._unusable(words_of_docker(error)) from error
        text = told.read_text(encoding="utf-8", errors="surrogateescape") if told.exists() else ""
        machine, reason = read_look(text)
        if reason is not None:
            raise self._unusable(reason)
        return machine

    def _unusable(self, reason: str) -> EngineUnavailableError:
        return EngineUnavailableError(f"act cannot run jobs in the image '{self.name}': {reason}; {_INSTEAD}")


def read_look(text: str) -> tuple[Machine, str | None]:
    """Read what `shims/look` told: the machine, and why no job can run on it, `None` where it can."""
    told: dict[str, list[str]] = {}
    for kind, _, value in (line.partition("\t") for line in text.splitlines()):
        told.setdefault(kind, []).append(value)
    commands: dict[str, str] = {}
    for path in told.get("command", ()):
        commands.setdefault(path.rpartition("/")[2], path)
    machine = Machine(
        commands=commands,
        folders=tuple(dict.fromkeys(told.get("folder", ()))),
        git_core=told.get("git", [""])[0],
        git_programs=frozenset(told.get("program", ())),
        date_at=told.get("date", ["-r "])[-1],
    )
    return machine, _reason(told)


def _reason(told: Mapping[str, Sequence[str]]) -> str | None:
    if "done" not in told:
        return "its containers do not see the folders of this machine"
    if "lacks" in told:
        return f"it has no {', '.join(told['lacks'])}"
    if "reaches" not in told:
        return "its containers do not reach 127.0.0.1 of this machine"
    return None


def _not_found(name: str, error: EngineError) -> EngineUnavailableError:
    said = words_of_docker(error)
    if "no such image" in said.lower():
        return EngineUnavailableError(f"the image '{name}' is not on this machine: docker pull {name}")
    return EngineUnavailableError(
        f"act cannot run jobs in the image '{name}': {said}; start Docker, or run act without an image"
    )
