"""The environment a docker command gets: nothing of the person's but the engine's address and the PATH."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["DockerFolder"]

# What buildx itself reads and a workflow may set; all else that starts with BUILDX_ or BUILDKIT_ is dropped.
_PASSED = (
    "BUILDX_NO_DEFAULT_ATTESTATIONS",
    "BUILDX_METADATA_PROVENANCE",
    "BUILDX_METADATA_WARNINGS",
)


class DockerFolder:
    """A folder of ours in which docker and buildx keep their state and find the job's login.

    `person` is the environment pytest runs in; of it only PATH and the plugins are used.
    """

    def __init__(self, folder: Path, person: Mapping[str, str]) -> None:
        self.folder = folder
        self._person = person
        self.engine: str | None = person.get("DOCKER_HOST")

    def person_environment(self) -> dict[str, str]:
        """For asking which engine the person uses: their own configuration, only read."""
        return dict(self._person)

    def environment(self) -> dict[str, str]:
        """For commands about the builder itself, which need no login."""
        return self._environment(self._login_folder(None, ""))

    def build_environment(
        self, address: str, credential: tuple[str, str] | None, variables: Mapping[str, str], secrets: Iterable[str]
    ) -> dict[str, str]:
        """For one build: the login for the gateway's address, what buildx reads, and the secrets' variables."""
        passed = {name: variables[name] for name in (*_PASSED, *secrets) if name in variables}
        return {**self._environment(self._login_folder(credential, address)), **passed}

    def forget_logins(self) -> None:
        """Drop every login and token seed, so that the next build is another client to the builder."""
        shutil.rmtree(self.folder / "logins", ignore_errors=True)

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _environment(self, config: Path) -> dict[str, str]:
        engine = {} if self.engine is None else {"DOCKER_HOST": self.engine}
        home = self.folder / "home"
        home.mkdir(parents=True, exist_ok=True)
        return {
            "PATH": self._person.get("PATH", "/usr/local/bin:/usr/bin:/bin"),
            "HOME": str(home),
            "DOCKER_CONFIG": str(config),
            "BUILDX_CONFIG": str(self.folder / "buildx"),
            "BUILDX_GIT_INFO": "false",
            **engine,
        }

    def _login_folder(self, credential: tuple[str, str] | None, address: str) -> Path:
        key = hashlib.sha256("\0".join((address, *(credential or ()))).encode()).hexdigest()[:16]
        folder = self.folder / "logins" / key
        if not folder.exists():
            folder.mkdir(parents=True, mode=0o700)
            (folder / "config.json").write_text(json.dumps(self._config(credential, address)))
        return folder

    def _config(self, credential: tuple[str, str] | None, address: str) -> dict[str, object]:
        # Docker Desktop keeps buildx in the person's own folder; naming it there is enough.
        home = self._person.get("DOCKER_CONFIG") or f"{self._person.get('HOME', '/nonexistent')}/.docker"
        config: dict[str, object] = {"cliPluginsExtraDirs": [f"{home}/cli-plugins"]}
        if credential is not None:
            secret = base64.b64encode(":".join(credential).encode()).decode()
            config["auths"] = {address: {"auth": secret}}
        return config
