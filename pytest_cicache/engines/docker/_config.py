"""The docker command's configuration file, where logins are kept: https://docs.docker.com/reference/cli/docker/login/."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from pathlib import Path

__all__ = ["DockerConfig", "host_of"]

HUB = "docker.io"
HUB_KEY = "https://index.docker.io/v1/"
_HUB_NAMES = frozenset((HUB, "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"))


def host_of(server: str) -> str:
    """The registry a text names: without scheme and path, Docker Hub by its one name."""
    bare = server.strip()
    for scheme in ("https://", "http://"):
        bare = bare.removeprefix(scheme)
    host = bare.partition("/")[0]
    return HUB if not host or host in _HUB_NAMES else host


class DockerConfig:
    """The `config.json` that a command's environment leads to; read and written anew each time."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        folder = environment.get("DOCKER_CONFIG") or f"{environment.get('HOME', '/nonexistent')}/.docker"
        self.file = Path(folder) / "config.json"

    def logins(self) -> dict[str, tuple[str, str]]:
        """User name and password by host; entries that docker could not read are left out."""
        return _logins(_auths(self._read()))

    def store(self, host: str, user: str, password: str) -> None:
        """Keep a login."""
        config = self._read()
        auth = base64.b64encode(f"{user}:{password}".encode(errors="surrogateescape")).decode()
        self._write({**config, "auths": {**_others(_auths(config), host), _key(host): {"auth": auth}}})

    def forget(self, host: str) -> None:
        """Remove a login, if there is one."""
        config = self._read()
        auths = _auths(config)
        if host in _logins(auths):
            self._write({**config, "auths": _others(auths, host)})

    def _read(self) -> dict[str, object]:
        try:
            config = json.loads(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return config if isinstance(config, dict) else {}

    def _write(self, config: Mapping[str, object]) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(json.dumps(config, indent="\t"), encoding="utf-8")
        self.file.chmod(0o600)


def _auths(config: Mapping[str, object]) -> dict[str, object]:
    auths = config.get("auths")
    return auths if isinstance(auths, dict) else {}


def _logins(auths: Mapping[str, object]) -> dict[str, tuple[str, str]]:
    found = ((host_of(key), _login(entry)) for key, entry in auths.items())
    return {host: login for host, login in found if login is not None}


def _others(auths: Mapping[str, object], host: str) -> dict[str, object]:
    return {key: entry for key, entry in auths.items() if host_of(key) != host}


def _key(host: str) -> str:
    return HUB_KEY if host == HUB else host


def _login(entry: object) -> tuple[str, str] | None:
    if not isinstance(entry, dict):
        return None
    if isinstance(entry.get("username"), str) and isinstance(entry.get("password"), str):
        return entry["username"], entry["password"]
    try:
        user, colon, password = base64.b64decode(str(entry["auth"])).decode().partition(":")
    except (KeyError, ValueError, binascii.Error):
        return None
    return (user, password.rstrip("\0")) if colon else None
