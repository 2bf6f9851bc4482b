"""Image references as the docker tools read and write them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pytest_cicache import errors
from pytest_cicache.oci._digest import Digest

__all__ = ["DOCKER_HUB", "Reference", "is_image_name", "is_tag"]

DOCKER_HUB = "docker.io"
_NAME_LIMIT = 255

# The grammar of https://github.com/distribution/reference (v0.6.0), which every docker tool links.
_LABEL = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_NAME = rf"{_COMPONENT}(?:/{_COMPONENT})*"
_TAG = r"[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}"
_DIGEST = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
_REFERENCE = re.compile(rf"(?P<host>{_HOST})/(?P<image_name>{_NAME})(?::(?P<tag>{_TAG}))?(?:@(?P<digest>{_DIGEST}))?")
_IMAGE_NAME = re.compile(_NAME)
_TAG_ALONE = re.compile(_TAG)
_IDENTIFIER = re.compile(r"[a-f0-9]{64}")


def is_image_name(text: str) -> bool:
    """Tell whether the text is a legal `<name>` of `/v2/<name>/`."""
    return len(text) <= _NAME_LIMIT and _IMAGE_NAME.fullmatch(text) is not None


def is_tag(text: str) -> bool:
    """Tell whether the text is a legal image tag."""
    return _TAG_ALONE.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """An image name with its registry host and, where given, a tag and a digest.

    `str()` gives the canonical text (`docker.io/library/debian` for `debian`), without inventing a tag.
    """

    host: str
    image_name: str
    tag: str | None = None
    digest: Digest | None = None

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Read a reference as `docker` does; raises ReferenceError with docker's words."""
        if _IDENTIFIER.fullmatch(text):
            raise errors.ReferenceError(f"invalid repository name ({text}), cannot specify 64-byte hexadecimal strings")
        host, remainder = _split_host(text)
        remote = remainder.partition(":")[0]
        if remote != remote.lower():
            message = f"invalid reference format: repository name ({remote}) must be lowercase"
            raise errors.ReferenceError(message)
        found = _REFERENCE.fullmatch(f"{host}/{remainder}")
        if found is None:
            raise errors.ReferenceError("invalid reference format")
        if len(found["image_name"]) > _NAME_LIMIT:
            raise errors.ReferenceError(f"repository name must not be more than {_NAME_LIMIT} characters")
        digest = _digest(found["digest"]) if found["digest"] else None
        return cls(host=found["host"], image_name=found["image_name"], tag=found["tag"], digest=digest)

    @property
    def name(self) -> str:
        """The host and the image name: `ghcr.io/owner/package`."""
        return f"{self.host}/{self.image_name}"

    @property
    def normalised(self) -> Reference:
        """The same with the tag `latest` where neither a tag nor a digest was given."""
        if self.tag is None and self.digest is None:
            return replace(self, tag="latest")
        return self

    @property
    def identifier(self) -> str:
        """What `/manifests/` is asked for: the digest, else the tag, else `latest`."""
        return str(self.digest) if self.digest is not None else self.tag or "latest"

    @property
    def familiar(self) -> str:
        """The text as docker shows it: without Docker Hub's host and its `library/`."""
        text = str(self)
        if self.host != DOCKER_HUB:
            return text
        return text.removeprefix(f"{DOCKER_HUB}/").removeprefix("library/")

    def __str__(self) -> str:
        tag = "" if self.tag is None else f":{self.tag}"
        digest = "" if self.digest is None else f"@{self.digest}"
        return f"{self.name}{tag}{digest}"


def _digest(text: str) -> Digest:
    try:
        return Digest.parse(text)
    except errors.ReferenceError as error:
        # docker does not quote the digest.
        raise errors.ReferenceError(str(error).partition(":")[0]) from error


def _split_host(text: str) -> tuple[str, str]:
    first, slash, rest = text.partition("/")
    is_host = "." in first or ":" in first or first == "localhost" or first != first.lower()
    host, remainder = (first, rest) if slash and is_host else (DOCKER_HUB, text)
    if host == "index.docker.io":
        host = DOCKER_HUB
    if host == DOCKER_HUB and "/" not in remainder:
        remainder = f"library/{remainder}"
    return host, remainder
