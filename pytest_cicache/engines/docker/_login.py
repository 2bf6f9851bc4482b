"""`docker login` and `docker logout`, with the texts of the docker command 28."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_cicache.buildx import Words, read_words
from pytest_cicache.engines._protocols import Registries
from pytest_cicache.engines.docker._config import HUB, HUB_KEY, DockerConfig, host_of
from pytest_cicache.engines.docker._server import DockerCall
from pytest_cicache.observation import CacheOperation, Operation, Result

__all__ = ["LoginRefused", "log_in", "log_out"]

_NO_TERMINAL = "Error: Cannot perform an interactive login from a non TTY device"
_UNENCRYPTED = (
    "\nWARNING! Your credentials are stored unencrypted in '{file}'.\n"
    "Configure a credential helper to remove this warning. See\n"
    "https://docs.docker.com/go/credential-store/\n"
)
_TOO_MANY = (
    "docker: 'docker {command}' requires at most 1 argument\n\n"
    "Usage:  docker {command} [{options}SERVER]\n\nRun 'docker {command} --help' for more information"
)


class LoginRefused(Exception):  # noqa: N818 - what the command says, not what is wrong with us
    """The command line does not lead to a login; the message is docker's."""


async def log_in(call: DockerCall, words: Sequence[str], registries: Registries) -> tuple[int, CacheOperation | None]:
    """Log in and keep the login; return the exit status and, when a registry was asked, what it said."""
    read = read_words(words, values={"-u", "--username", "-p", "--password"})
    config = DockerConfig(call.environment)
    try:
        host = host_of(_server(read, "login"))
        user, password = await _credential(call, read, config, host)
    except LoginRefused as refused:
        call.stderr(str(refused))
        return 1, None
    refusal = registries.login(host, user, password)
    operation = CacheOperation(
        operation=Operation.LOGIN,
        reference=host,
        result=Result.OK if refusal is None else Result.DENIED,
        status=200 if refusal is None else 403,
        message=refusal,
        fatal=refusal is not None,
    )
    if refusal is not None:
        call.stderr(refusal)
        return 1, operation
    config.store(host, user, password)
    call.stderr(_UNENCRYPTED.format(file=config.file))
    call.stdout("Login Succeeded")
    return 0, operation


def log_out(call: DockerCall, words: Sequence[str]) -> int:
    """Forget a login."""
    try:
        host = host_of(_server(read_words(words), "logout"))
    except LoginRefused as refused:
        call.stderr(str(refused))
        return 1
    call.stdout(f"Removing login credentials for {HUB_KEY if host == HUB else host}")
    DockerConfig(call.environment).forget(host)
    return 0


def _server(read: Words, command: str) -> str:
    if len(read.positional) > 1:
        options = "OPTIONS] [" if command == "login" else ""
        raise LoginRefused(_TOO_MANY.format(command=command, options=options))
    return read.positional[0] if read.positional else HUB


async def _credential(call: DockerCall, read: Words, config: DockerConfig, host: str) -> tuple[str, str]:
    user, password = read.last("-u", "--username"), read.last("-p", "--password")
    if user == "":
        raise LoginRefused("username is empty")
    if password == "":
        raise LoginRefused("password is empty")
    if read.has("--password-stdin"):
        if password is not None:
            raise LoginRefused("conflicting options: cannot specify both --password and --password-stdin")
        if user is None:
            raise LoginRefused("the --password-stdin option requires --username to be set")
        text = (await call.stdin()).decode(errors="surrogateescape")
        password = text.removesuffix("\n").removesuffix("\r")
    elif password is not None:
        call.stderr("WARNING! Using --password via the CLI is insecure. Use --password-stdin.")
    stored = config.logins().get(host)
    if user is None and password is None and stored is not None:
        call.stdout(f"Authenticating with existing credentials... [Username: {stored[0]}]\n")
        return stored
    if not user or not password:
        raise LoginRefused(_NO_TERMINAL)
    return user, password
