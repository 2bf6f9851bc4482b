"""`docker buildx` without builds: which builders a job made, and the texts of buildx 0.29."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pytest_cicache.buildx import Words, read_words
from pytest_cicache.engines.docker._config import DockerConfig
from pytest_cicache.engines.docker._server import DockerCall
from pytest_cicache.errors import UnsupportedError

__all__ = ["Builders"]

DEFAULT = "default"
_DRIVER = "docker-container"
_BUILDX_VERSION = "github.com/docker/buildx v0.29.1 a32761a"
_BUILDKIT_VERSION = "v0.34.2"
_PLATFORMS = "linux/amd64, linux/amd64/v2, linux/amd64/v3, linux/386"
_CREATE_VALUES = (
    *("--buildkitd-config", "--buildkitd-flags", "--config", "--driver", "--driver-opt"),
    *("--name", "--node", "--platform", "--timeout"),
)
_EXISTS = (
    'ERROR: existing instance for "{name}" but no append mode, specify the node name to make changes for existing '
    "instances"
)


@dataclass(slots=True)
class Builders:
    """Builder names to drivers, and the one that is used when none is named."""

    drivers: dict[str, str] = field(default_factory=lambda: {DEFAULT: "docker"})
    current: str = DEFAULT

    def driver(self, name: str | None) -> str | None:
        """The driver of a builder, the current one by default; `None` when there is no such builder."""
        return self.drivers.get(name or self.current)

    def run(self, call: DockerCall, verb: str, words: Sequence[str], builder: str | None) -> int:
        """Carry out `docker buildx VERB`; raises UnsupportedError for one that is not known."""
        match verb:
            case "create":
                return self._create(call, words)
            case "use":
                return self._use(call, read_words(words, values={"--builder"}), builder)
            case "inspect":
                return self._inspect(call, read_words(words, values={"--builder"}), builder)
            case "rm":
                return self._remove(call, read_words(words, values={"--builder", "--timeout"}), builder)
            case "ls":
                call.stdout(self._list())
            case "version":
                call.stdout(_BUILDX_VERSION)
            case "prune" | "du":
                call.stdout("Total:\t0B")
            case "stop" | "install" | "uninstall":
                pass
            case _:
                raise UnsupportedError(f"'docker buildx {verb}' is not simulated")
        return 0

    def _create(self, call: DockerCall, words: Sequence[str]) -> int:
        read = read_words(words, values=_CREATE_VALUES)
        driver = read.last("--driver") or _DRIVER
        if driver not in (_DRIVER, "docker"):
            raise UnsupportedError(f"the buildx driver '{driver}' is not simulated")
        name = read.last("--name") or self._free_name()
        if name in self.drivers and not read.has("--append", "--node"):
            call.stderr(_EXISTS.format(name=name))
            return 1
        self.drivers[name] = driver
        if read.has("--use"):
            self.current = name
        call.stdout(name)
        return 0

    def _free_name(self) -> str:
        numbers = iter(range(len(self.drivers) + 1))
        return next(name for name in (f"builder-{number}" for number in numbers) if name not in self.drivers)

    def _use(self, call: DockerCall, read: Words, builder: str | None) -> int:
        name = self._named(read, builder)
        if name not in self.drivers:
            place = DockerConfig(call.environment).file.parent / "buildx" / "instances" / name
            call.stderr(f'ERROR: failed to find instance "{name}": open {place}: no such file or directory')
            return 1
        self.current = name
        return 0

    def _inspect(self, call: DockerCall, read: Words, builder: str | None) -> int:
        name = self._named(read, builder)
        driver = self.drivers.get(name)
        if driver is None:
            call.stderr(f'ERROR: no builder "{name}" found')
            return 1
        call.stdout(_DESCRIPTION.format(**_facts(name, driver)))
        return 0

    def _remove(self, call: DockerCall, read: Words, builder: str | None) -> int:
        names = read.positional or ([] if read.has("--all-inactive") else [builder or self.current])
        status = 0
        for name in names:
            if name not in self.drivers:
                call.stderr(f'failed to remove {name}: no builder "{name}" found')
                status = 1
                continue
            if name == DEFAULT:
                call.stderr(f"failed to remove {name}: context builder cannot be removed, run `docker context rm`")
                status = 1
                continue
            del self.drivers[name]
            self.current = DEFAULT if self.current == name else self.current
            call.stderr(f"{name} removed")
        if status:
            call.stderr("ERROR: failed to remove one or more builders")
        return status

    def _named(self, read: Words, builder: str | None) -> str:
        return read.positional[0] if read.positional else read.last("--builder") or builder or self.current

    def _list(self) -> str:
        lines = ["NAME/NODE\tDRIVER/ENDPOINT\tSTATUS\tBUILDKIT\tPLATFORMS"]
        for name, driver in self.drivers.items():
            facts = _facts(name, driver)
            lines.append(f"{name}{'*' if name == self.current else ''}\t{driver}\t\t\t")
            lines.append(f" \\_ {facts['node']}\t \\_ {facts['endpoint']}\trunning\t{facts['version']}\t{_PLATFORMS}")
        return "\n".join(lines)


def _facts(name: str, driver: str) -> Mapping[str, str]:
    is_own = driver == _DRIVER
    return {
        "name": name,
        "driver": driver,
        "node": f"{name}0" if is_own else name,
        "endpoint": "unix:///var/run/docker.sock" if is_own else name,
        "version": _BUILDKIT_VERSION if is_own else "v0.25.1",
    }


_DESCRIPTION = f"""Name:   {{name}}
Driver: {{driver}}

Nodes:
Name:             {{node}}
Endpoint:         {{endpoint}}
Status:           running
BuildKit version: {{version}}
Platforms:        {_PLATFORMS}"""
