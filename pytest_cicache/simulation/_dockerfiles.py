"""The Dockerfiles of a repository: how one is changed, and which base images they begin with."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from pytest_cicache import errors
from pytest_cicache.oci import Reference

__all__ = ["base_images", "changed_dockerfile", "dockerfiles"]

_MARK = "ENV CICACHE_CHANGE="
_FROM = re.compile(r"^FROM\s+(?:--platform=\S+\s+)?(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE | re.MULTILINE)
_ARG = re.compile(r"^ARG\s+(\w+)=\"?([^\s\"]+)\"?", re.IGNORECASE | re.MULTILINE)
_VARIABLE = re.compile(r"\$\{?(\w+)(?::?-([^}]*))?\}?")


def dockerfiles(paths: Iterable[str]) -> list[str]:
    """The paths that are those of Dockerfiles, by their names."""
    named = re.compile(r"(?:.*/)?(?:(?:Dockerfile|Containerfile)(?:\.[^/]+)?|[^/]+\.[Dd]ockerfile)")
    return sorted(path for path in paths if named.fullmatch(path) and not path.endswith(".dockerignore"))


def changed_dockerfile(text: str, number: int, chance: Callable[[str], float]) -> str:
    """A Dockerfile with other steps from some `RUN` on; its last one where it has none.

    A variable is set before the step, so that its key is another one and with it all keys behind.
    """
    lines = [line for line in text.split("\n") if not line.startswith(_MARK)]
    starts = [index for index, line in enumerate(lines) if re.match(r"RUN\s", line, re.IGNORECASE)]
    if not starts:
        return "\n".join([*lines, f"RUN : {number}", ""])
    place = starts[int(chance(f"place {number}") * len(starts))]
    return "\n".join([*lines[:place], f"{_MARK}{number}", *lines[place:]])


def base_images(text: str) -> set[str]:
    """The images that stages begin with, by the defaults of its arguments; no stages, nothing that is unknown."""
    defaults = dict(_ARG.findall(text))
    stages = {stage.lower() for _, stage in _FROM.findall(text) if stage}
    found = set()
    for name, _ in _FROM.findall(text):
        whole = _VARIABLE.sub(lambda match: str(defaults.get(match[1]) or match[2] or ""), name)
        if whole.lower() in stages | {"scratch", ""}:
            continue
        try:
            found.add(str(Reference.parse(whole).normalised))
        except errors.ReferenceError:
            continue
    return found
