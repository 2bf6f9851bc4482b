"""What the steps' docker command does: logins, builders and builds; every other command is an error that names it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_cicache.dockerfile import BuildRequest, parse_build
from pytest_cicache.engines._protocols import Builder, BuildPlace, Logins
from pytest_cicache.engines.runner._docker_server import DockerCall
from pytest_cicache.errors import CicacheError, DockerfileError, UnsupportedError
from pytest_cicache.observation import BuildRecord, CacheOperation, Operation, Result
from pytest_cicache.oci import GatewayAddress

__all__ = ["Docker", "Witness"]

DOCKER_HUB_KEY = "https://index.docker.io/v1/"
_BUILD_WORDS = (("buildx", "build"), ("buildx", "b"), ("image", "build"), ("builder", "build"), ("build",))
_NO_CACHE_EXPORT = (
    "ERROR: failed to build: Cache export is not supported for the docker driver.\n"
    "Switch to a different driver, or turn on the containerd image store, and try again.\n"
    "Learn more at https://docs.docker.com/go/build-cache-backends/"
)
_ENGINE_VERSION = "28.5.2"
_BUILDX_VERSION = "github.com/docker/buildx v0.29.1"
_BUILDKIT_VERSION = "v0.34.2"


@dataclass(slots=True)
class Witness:
    """What the docker command did during one step."""

    builds: list[BuildRecord] = field(default_factory=list)
    operations: list[CacheOperation] = field(default_factory=list)
    error: CicacheError | None = None


class Docker:
    """The docker command of one job: which builders it made and what it saw.

    `before_build` and `after_build` let the simulation tell the gateway what is coming and complete the
    record from what the gateway saw.
    """

    def __init__(
        self,
        *,
        builder: Builder,
        gateway: GatewayAddress,
        logins: Logins,
        opaque: bool = False,
        real: bool = False,
        before_build: Callable[[BuildRequest], None] = lambda request: None,
        after_build: Callable[[BuildRecord], BuildRecord] = lambda record: record,
    ) -> None:
        self._builder = builder
        self._gateway = gateway
        self._logins = logins
        self._opaque = opaque
        self._real = real
        self._before_build = before_build
        self._after_build = after_build
        self._builders: dict[str, str] = {}
        self._current = "default"
        self.witness = Witness()

    async def __call__(self, call: DockerCall) -> int:
        """Carry one command out and return its exit status; what is not simulated ends the run."""
        try:
            return await self._route(call)
        except DockerfileError as error:
            call.complain(str(error))
            return 1
        except CicacheError as error:
            self.witness.error = self.witness.error or error
            call.complain(f"cicache: {error}")
            return 125

    async def _route(self, call: DockerCall) -> int:
        words = call.arguments
        for prefix in _BUILD_WORDS:
            if words[: len(prefix)] == prefix:
                return await self._build(call)
        match words:
            case ("login", *rest):
                return await self._login(call, rest)
            case ("logout", *rest):
                return self._logout(call, rest)
            case ("buildx", verb, *rest):
                return self._buildx(call, verb, rest)
            case ("--version",) | ("-v",):
                call.say(f"Docker version {_ENGINE_VERSION}, build simulated")
            case ("version", *_):
                call.say(
                    f"Client:\n Version:           {_ENGINE_VERSION}\n\nServer:\n Version:          {_ENGINE_VERSION}"
                )
            case ("info", *_):
                call.say(f"Server:\n Server Version: {_ENGINE_VERSION}\n Storage Driver: overlay2")
            case ("context", "show", *_):
                call.say("default")
            case _:
                raise _unsupported(words)
        return 0

    async def _build(self, call: DockerCall) -> int:
        request = parse_build(call.arguments, environment=call.environment)
        for warning in request.warnings:
            call.complain(warning)
        if self._is_default_driver(request) and any(item.type != "inline" for item in request.cache_to):
            call.complain(_NO_CACHE_EXPORT)
            return 1
        wants_stdin = "-" in (request.context, request.dockerfile)
        place = BuildPlace(
            directory=call.directory,
            environment=call.environment,
            gateway=self._gateway,
            credential=self._credential(call.environment),
            stdin=await call.stdin() if wants_stdin else b"",
            opaque=self._opaque,
            real=self._real,
            say=(lambda line: None) if request.quiet else call.complain,
        )
        self._before_build(request)
        record = self._after_build(await self._builder.build(request, place))
        self.witness.builds.append(record)
        self.witness.operations.extend(record.operations)
        for line in record.errors:
            call.complain(line)
        return record.exit_code

    def _is_default_driver(self, request: BuildRequest) -> bool:
        name = request.builder or self._current
        return self._builders.get(name, "docker") == "docker"

    def _credential(self, environment: Mapping[str, str]) -> tuple[str, str] | None:
        """Tell the gateway which logins the build would find, and get the credential that stands for them."""
        return self._logins.credential(_stored_logins(_config_file(environment)))

    async def _login(self, call: DockerCall, words: list[str]) -> int:
        options, rest = _options(words, values={"-u", "--username", "-p", "--password"})
        host = rest[0] if rest else "docker.io"
        user = options.get("-u") or options.get("--username") or ""
        password = options.get("-p") or options.get("--password") or ""
        if "--password-stdin" in options:
            password = (await call.stdin()).decode().rstrip("\r\n")
        if not user:
            call.complain("Must provide --username with --password-stdin" if password else "username is empty")
            return 1
        if not password:
            call.complain("password is empty")
            return 1
        refusal = self._logins.login(host, user, password)
        result = Result.OK if refusal is None else Result.DENIED
        self.witness.operations.append(
            CacheOperation(
                operation=Operation.LOGIN,
                reference=host,
                result=result,
                status=200 if refusal is None else 403,
                message=refusal,
                fatal=refusal is not None,
            )
        )
        if refusal is not None:
            call.complain(refusal)
            return 1
        _store_login(_config_file(call.environment), host, user, password)
        call.say("Login Succeeded")
        return 0

    def _logout(self, call: DockerCall, words: list[str]) -> int:
        host = words[0] if words else "docker.io"
        _store_login(_config_file(call.environment), host, None, None)
        call.say(f"Removing login credentials for {host}")
        return 0

    def _buildx(self, call: DockerCall, verb: str, words: list[str]) -> int:
        match verb:
            case "create":
                return self._create(call, words)
            case "use":
                return self._use(call, words[-1] if words else "default")
            case "inspect":
                return self._inspect(call, words)
            case "rm" | "stop":
                for name in (word for word in words if not word.startswith("-")):
                    self._builders.pop(name, None)
                    self._current = "default" if self._current == name else self._current
            case "ls":
                call.say(
                    "\n".join(
                        [
                            "NAME/NODE    DRIVER/ENDPOINT",
                            *map(" ".join, self._builders.items()),
                            "default docker",
                        ]
                    )
                )
            case "version":
                call.say(_BUILDX_VERSION)
            case "prune" | "du" | "install" | "uninstall":
                call.say("Total:\t0B")
            case _:
                raise _unsupported(("buildx", verb))
        return 0

    def _create(self, call: DockerCall, words: list[str]) -> int:
        taking = {"--name", "--driver", "--driver-opt", "--buildkitd-flags", "--buildkitd-config", "--config"}
        options, _ = _options(words, values={*taking, "--platform", "--node"})
        driver = options.get("--driver", "docker-container")
        if driver != "docker-container":
            raise UnsupportedError(f"the buildx driver '{driver}' is not simulated; docker-container is")
        name = options.get("--name") or f"builder{len(self._builders)}"
        self._builders[name] = driver
        if "--use" in options:
            self._current = name
        call.say(name)
        return 0

    def _use(self, call: DockerCall, name: str) -> int:
        if name != "default" and name not in self._builders:
            call.complain(f'ERROR: failed to find instance "{name}": no builder "{name}" found')
            return 1
        self._current = name
        return 0

    def _inspect(self, call: DockerCall, words: list[str]) -> int:
        options, rest = _options(words, values={"--builder"})
        name = options.get("--builder") or (rest[0] if rest else self._current)
        if name != "default" and name not in self._builders:
            call.complain(f'ERROR: no builder "{name}" found')
            return 1
        driver = self._builders.get(name, "docker")
        lines = (
            "Name:          {0}",
            "Driver:        {1}",
            "",
            "Nodes:",
            "Name:     {0}0",
            "Endpoint: unix:///var/run/docker.sock",
        )
        more = ("Status:   running", f"BuildKit version: {_BUILDKIT_VERSION}", "Platforms: linux/amd64")
        call.say("\n".join((*lines, *more)).format(name, driver))
        return 0


def _unsupported(words: tuple[str, ...]) -> UnsupportedError:
    shown = " ".join(("docker", *words[:2]))
    return UnsupportedError(
        f"'{shown}' is not simulated; the docker command knows build, buildx, login, logout, version and info. "
        "Give the command that calls it a stub"
    )


def _options(words: list[str], *, values: set[str]) -> tuple[dict[str, str], list[str]]:
    """Split a command line: options (those in `values` take one) and the words left."""
    options: dict[str, str] = {}
    rest: list[str] = []
    pending = iter(words)
    for word in pending:
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            rest.append(word)
        elif equals:
            options[name] = value
        elif name in values:
            options[name] = next(pending, "")
        else:
            options[name] = ""
    return options, rest


def _config_file(environment: Mapping[str, str]) -> Path:
    folder = environment.get("DOCKER_CONFIG") or str(Path(environment.get("HOME", "/nonexistent")) / ".docker")
    return Path(folder) / "config.json"


def _read_config(file: Path) -> dict[str, object]:
    try:
        config = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return config if isinstance(config, dict) else {}


def _stored_logins(file: Path) -> dict[str, tuple[str, str]]:
    """Host to user name and password, as docker stores them."""
    auths = _read_config(file).get("auths")
    logins: dict[str, tuple[str, str]] = {}
    for key, entry in (auths if isinstance(auths, dict) else {}).items():
        try:
            user, _, password = base64.b64decode(entry["auth"]).decode().partition(":")
        except (KeyError, TypeError, ValueError, binascii.Error):
            continue
        logins["docker.io" if key == DOCKER_HUB_KEY else key] = (user, password)
    return logins


def _store_login(file: Path, host: str, user: str | None, password: str | None) -> None:
    config = _read_config(file)
    found = config.get("auths")
    auths = dict(found) if isinstance(found, dict) else {}
    key = DOCKER_HUB_KEY if host == "docker.io" else host
    auths.pop(key, None)
    if user is not None:
        auths[key] = {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({**config, "auths": auths}, indent="\t"))
