"""Platform names (`linux/arm64/v8`) as containerd normalises them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["DEFAULT_PLATFORM", "Platform", "parse_platforms"]

_ARCHITECTURES = {
    "i386": ("386", ""),
    "x86_64": ("amd64", ""),
    "x86-64": ("amd64", ""),
    "aarch64": ("arm64", ""),
    "armhf": ("arm", "v7"),
    "armel": ("arm", "v6"),
}
_KNOWN_ARCHITECTURES = {
    "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le",
    "riscv64", "s390x", "wasm", *_ARCHITECTURES,
}  # fmt: skip
_KNOWN_SYSTEMS = {"linux", "windows", "darwin", "freebsd", "macos", "wasip1", "js", "netbsd", "openbsd"}
_SYSTEM = re.compile(r"^([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.%-]*)((?:\+[A-Za-z0-9_.%-]+)*)\))?$")
_COMPONENT = re.compile(r"^[A-Za-z0-9_.-]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """An operating system, an architecture and its variant; `str()` gives the canonical text."""

    system: str = "linux"
    architecture: str = "amd64"
    variant: str = ""

    @classmethod
    def parse(cls, text: str) -> Platform:
        """Read `linux/amd64`, `arm64`, `linux/arm/v7`. Raises ValueError in containerd's words."""
        first, *others = parts = text.split("/")
        if not _SYSTEM.fullmatch(first):
            what = f'"{first}" is an invalid OS component of "{text}": OSAndVersion specifier component must match'
            raise ValueError(f"{what} {_go_quoted(_SYSTEM)}: invalid argument")
        for part in others:
            if not _COMPONENT.fullmatch(part):
                what = f'"{part}" is an invalid component of "{text}": platform specifier component must match'
                raise ValueError(f"{what} {_go_quoted(_COMPONENT)}: invalid argument")
        if len(parts) > 3:
            raise ValueError(f'"{text}": cannot parse platform specifier: invalid argument')
        if len(parts) == 1:
            return cls._single(parts[0].lower(), text)
        architecture, variant = _normalise(parts[1].lower(), parts[2] if len(parts) == 3 else "")
        system = first.partition("(")[0].lower()
        system = "darwin" if system == "macos" else system
        return cls(system=system, architecture=architecture, variant=variant)

    @classmethod
    def _single(cls, word: str, text: str) -> Platform:
        if word == "local":
            return cls()
        if word in _KNOWN_SYSTEMS:
            return cls(system="darwin" if word == "macos" else word)
        if word in _KNOWN_ARCHITECTURES:
            architecture, variant = _normalise(word, "")
            return cls(architecture=architecture, variant=variant)
        raise ValueError(f'"{text}": unknown operating system or architecture: invalid argument')

    def __str__(self) -> str:
        return "/".join(part for part in (self.system, self.architecture, self.variant) if part)


DEFAULT_PLATFORM = Platform()
"""What a hosted Linux runner builds for."""


def parse_platforms(texts: Iterable[str]) -> tuple[Platform, ...]:
    """The platforms of lists whose separator is a comma, each once (docker/buildx, util/platformutil).

    Raises ValueError in containerd's words: spaces belong to a name, and no name has any.
    """
    found = (Platform.parse(part) for text in texts for part in text.split(","))
    return tuple(dict.fromkeys(found))


def _go_quoted(pattern: re.Pattern[str]) -> str:
    return '"' + pattern.pattern.replace("\\", "\\\\") + '"'


def _normalise(architecture: str, variant: str) -> tuple[str, str]:
    architecture, implied = _ARCHITECTURES.get(architecture, (architecture, ""))
    variant = variant or implied
    if architecture == "arm64" and variant in {"8", "v8", "v8.0"}:
        variant = ""
    if architecture == "amd64" and variant == "v1":
        variant = ""
    if architecture == "arm":
        variant = {"": "v7", "7": "v7", "5": "v5", "6": "v6", "8": "v8"}.get(variant, variant)
    return architecture, variant
