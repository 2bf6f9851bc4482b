"""Names a person reads: steps as BuildKit prints them, images as docker shortens them."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping

from pytest_cicache.dockerfile import Platform, ShellLexer
from pytest_cicache.errors import DockerfileError
from pytest_cicache.oci import Reference

__all__ = ["StepNames", "expanded_name", "familiar_name"]


def familiar_name(name: str) -> str:
    """`docker.io/library/debian:latest` as `debian`: the name a build context goes by."""
    text = str(Reference.parse(name).normalised)
    text = text.removeprefix("docker.io/library/").removeprefix("docker.io/")
    return text.removesuffix(":latest")


def expanded_name(text: str, variables: Mapping[str, str], lexer: ShellLexer) -> str:
    """The instruction with its variables replaced and its keyword in capitals."""
    with contextlib.suppress(DockerfileError):
        text = lexer.word(text, variables)
    keyword, space, rest = text.partition(" ")
    return keyword.upper() + space + rest


class StepNames:
    """Numbers the steps of one stage: `[builder 2/5] RUN …`."""

    def __init__(self, stage: str, total: int, *, with_platform: bool) -> None:
        self._stage = stage
        self._total = total
        self._with_platform = with_platform
        self._index = 0

    def next(
        self, text: str, platform: Platform | None, variables: Mapping[str, str], *, triggered: bool = False
    ) -> str:
        """The name of the next step; `triggered` marks one that came from ONBUILD."""
        if not self._total:
            return text
        self._index += 1
        return self._prefix(platform, variables) + ("ONBUILD " if triggered else "") + text

    def _prefix(self, platform: Platform | None, variables: Mapping[str, str]) -> str:
        shown = platform if self._with_platform else None
        where = f"{shown}{_cross(shown, variables)} " if shown is not None else ""
        stage = f"{self._stage} " if self._stage else ""
        width = int(1 + math.log10(self._total))
        return f"[{where}{stage}{self._index:>{width}}/{self._total}] "


def _cross(base: Platform, variables: Mapping[str, str]) -> str:
    """`->arm64` where the step's variables name another platform than it runs on."""
    target = _declared(variables)
    if target is None:
        return ""
    system = target.system or base.system
    architecture = target.architecture or base.architecture
    normal = Platform.parse("/".join(part for part in (system, architecture, target.variant) if part))
    if normal.system != base.system:
        return f"->{normal}"
    if normal.architecture == base.architecture:
        return ""
    return "->" + "/".join(part for part in (normal.architecture, normal.variant) if part)


def _declared(variables: Mapping[str, str]) -> Platform | None:
    parts = {"TARGETOS": "", "TARGETARCH": "", "TARGETVARIANT": ""}
    found = False
    for name, value in variables.items():
        if name == "TARGETPLATFORM":
            try:
                return Platform.parse(value)
            except ValueError:
                continue
        if name in parts:
            parts[name], found = value, True
    if not found:
        return None
    return Platform(system=parts["TARGETOS"], architecture=parts["TARGETARCH"], variant=parts["TARGETVARIANT"])
