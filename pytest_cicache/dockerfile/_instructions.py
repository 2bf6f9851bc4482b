"""The instructions of a Dockerfile as values, before variables are replaced."""

from __future__ import annotations

from dataclasses import dataclass, field

from pytest_cicache.dockerfile._source import HereDocument

__all__ = [
    "Arg",
    "Copy",
    "Env",
    "From",
    "Instruction",
    "OnBuild",
    "RunInstruction",
    "Setting",
    "Shell",
    "Stage",
    "User",
    "Workdir",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """What all have: the source text with continuation lines joined, and its lines, counted from 1."""

    source: str
    line: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class From(Instruction):
    """`FROM [--platform=P] base [AS name]`; the name is in lower case."""

    base: str
    name: str = ""
    platform: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInstruction(Instruction):
    """`RUN`; `arguments` is one text in the shell form; `mounts` are the raw `--mount` values."""

    arguments: tuple[str, ...]
    exec_form: bool
    here_documents: tuple[HereDocument, ...] = ()
    mounts: tuple[str, ...] = ()
    network: str = ""
    security: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy(Instruction):
    """`COPY` or `ADD`; `contents` are sources written as here-documents."""

    is_add: bool
    sources: tuple[str, ...]
    contents: tuple[HereDocument, ...]
    destination: str
    from_: str = ""
    chown: str = ""
    chmod: str = ""
    link: bool = False
    parents: bool = False
    excludes: tuple[str, ...] = ()
    unpack: bool | None = None
    checksum: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workdir(Instruction):
    """`WORKDIR path`."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Env(Instruction):
    """`ENV name=value …`."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arg(Instruction):
    """`ARG name[=default] …`."""

    pairs: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Instruction):
    """`USER name[:group]`."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell(Instruction):
    """`SHELL ["program", "-c"]`."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnBuild(Instruction):
    """`ONBUILD instruction`, kept as text."""

    trigger: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Instruction):
    """An instruction that only changes the image's configuration: LABEL, CMD, EXPOSE, ….

    `pairs` holds LABEL's, `words` the others' words; `exec_form` tells a JSON array.
    """

    keyword: str
    pairs: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()
    exec_form: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A `FROM` and the instructions below it."""

    start: From
    instructions: tuple[Instruction, ...] = field(default=())
