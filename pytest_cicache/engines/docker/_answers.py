"""What docker commands print that do nothing: versions, facts of the engine, the current context."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_cicache.buildx import read_words
from pytest_cicache.engines.docker._builders import DEFAULT
from pytest_cicache.errors import UnsupportedError

__all__ = ["ENGINE_VERSION", "answer"]

ENGINE_VERSION = "28.5.2"
_VERSION = f"""Client: Docker Engine - Community
 Version:           {ENGINE_VERSION}
 API version:       1.51
 OS/Arch:           linux/amd64
 Context:           default

Server: Docker Engine - Community
 Engine:
  Version:          {ENGINE_VERSION}
  API version:      1.51 (minimum version 1.24)
  OS/Arch:          linux/amd64
  Experimental:     false"""
_INFO = f"""Client: Docker Engine - Community
 Version:    {ENGINE_VERSION}
 Context:    default

Server:
 Server Version: {ENGINE_VERSION}
 Storage Driver: overlay2
 OSType: linux
 Architecture: x86_64"""
# Go templates of `--format` that workflows ask for.
_FORMATS = {
    "version": {
        "{{.Client.APIVersion}}": "1.51",
        "{{.Client.Version}}": ENGINE_VERSION,
        "{{.Server.APIVersion}}": "1.51",
        "{{.Server.Os}}": "linux",
        "{{.Server.Arch}}": "amd64",
        "{{.Server.Version}}": ENGINE_VERSION,
    },
    "info": {
        "{{.Architecture}}": "x86_64",
        "{{.Driver}}": "overlay2",
        "{{.OSType}}": "linux",
        "{{.ServerVersion}}": ENGINE_VERSION,
    },
}


def answer(command: str, rest: Sequence[str]) -> str | None:
    """What a command that does nothing prints."""
    if command in _FORMATS:
        return _described(command, rest)
    return DEFAULT if command == "context" and list(rest) == ["show"] else None


def _described(command: str, words: Sequence[str]) -> str:
    form = read_words(words, values={"-f", "--format"}).last("-f", "--format")
    if form is None:
        return _VERSION if command == "version" else _INFO
    known = _FORMATS[command]
    bare = form.replace("{{ ", "{{").replace(" }}", "}}")
    if bare not in known:
        raise UnsupportedError(f"'docker {command} --format {form}' is not simulated")
    return known[bare]
