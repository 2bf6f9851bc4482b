"""What a repository and its packages are set to before a run."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import TypeVar

from pytest_cicache.errors import UsageError, suggestion
from pytest_cicache.events import Repository
from pytest_cicache.gateway import Package, RegistryHost, RegistryState, Role, Visibility
from pytest_cicache.oci import Reference

__all__ = ["SettingsPages"]

Word = TypeVar("Word", bound=StrEnum)


class SimulatedBase:
    """A base image from outside of the simulation; `digest` is `None` while it is what its name makes it."""

    def __init__(self, reference: Reference, digests: dict[str, str]) -> None:
        self._name = str(reference)
        self._digests = digests

    @property
    def digest(self) -> str | None:
        """The digest it has since the last update."""
        return self._digests.get(self._name)

    def update(self, digest: str | None = None) -> str:
        """Let its tag point to other content from the next build on; returns the digest, made up unless it is given."""
        made = digest or f"sha256:{hashlib.sha256(f'{self._name} after {self.digest}'.encode()).hexdigest()}"
        self._digests[self._name] = made
        return made


class SettingsPages:
    """The settings pages of a simulated repository, its packages and the registries beside ghcr.io."""

    def __init__(self, repository: Repository, state: RegistryState) -> None:
        self.repository = repository
        self._state = state
        self._placeholders = False
        self._bases: dict[str, str] = {}

    def package(
        self,
        name: str,
        *,
        visibility: str = "private",
        linked: str | None = None,
        access: Mapping[str, str] | None = None,
    ) -> None:
        """Let a package `owner/name` exist before the next run, with its settings page.

        `linked` is the repository it inherits access from, `access` what "Manage Actions access" gives to
        repositories (`read`, `write`, `admin`). Raises UsageError for other words.
        """
        owner, _, package = name.removeprefix("ghcr.io/").partition("/")
        if not package:
            raise UsageError(f"a package is owner/name, not '{name}'")
        roles = {repository: _word(Role, role, "access level") for repository, role in (access or {}).items()}
        self._state.add_package(
            Package(
                owner=owner,
                name=package,
                visibility=_word(Visibility, visibility, "visibility"),
                linked=linked,
                access=roles,
            )
        )

    def base_image(self, reference: str) -> SimulatedBase:
        """An image that Dockerfiles begin with, whose content can become another: `base_image("debian:12").update()`.

        Raises ReferenceError for what is no reference to an image.
        """
        return SimulatedBase(Reference.parse(reference).normalised, self._bases)

    def registry_host(self, host: RegistryHost) -> None:
        """Say who may log in to a registry other than ghcr.io."""
        self._state.add_host(host)

    def secret(self, name: str, value: str) -> None:
        """Give the repository a secret; `*` as the name gives every secret that a workflow names a placeholder.

        Raises UsageError for a name that GitHub refuses.
        """
        if name == "*":
            self._placeholders = True
            return
        _check_name(name, "a secret")
        self.repository = replace(self.repository, secrets={**self.repository.secrets, name: value})

    def variable(self, name: str, value: str) -> None:
        """Give the repository a variable; raises UsageError for a name that GitHub refuses."""
        _check_name(name, "a variable")
        self.repository = replace(self.repository, variables={**self.repository.variables, name: value})


def _check_name(name: str, what: str) -> None:
    """https://docs.github.com/en/actions/reference/security/secrets (Naming your secrets)."""
    if not re.fullmatch(r"(?!GITHUB_)[A-Z_][A-Z0-9_]*", name, re.IGNORECASE | re.ASCII):
        rule = "it has letters, digits and _, and begins neither with a digit nor with GITHUB_"
        raise UsageError(f"'{name}' is no name of {what}: {rule}")


def _word(kind: type[Word], text: str, what: str) -> Word:
    try:
        return kind(text)
    except ValueError:
        near = suggestion(text, kind)
        raise UsageError(f"unknown {what} '{text}'; {near}it is one of {', '.join(kind)}") from None
