"""Dockerfile text to stages of instructions, with BuildKit's own error texts (v0.34.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pytest_cicache.dockerfile._instructions import (
    Arg,
    Copy,
    Env,
    From,
    Instruction,
    OnBuild,
    RunInstruction,
    Setting,
    Shell,
    Stage,
    User,
    Workdir,
)
from pytest_cicache.dockerfile._mounts import mount_source
from pytest_cicache.dockerfile._source import HereDocument, Line, parse_here_document, read_lines
from pytest_cicache.dockerfile._suggestion import did_you_mean
from pytest_cicache.dockerfile._words import WordsError, json_words, name_values, quoted_words, words_or_json
from pytest_cicache.errors import DockerfileError

__all__ = ["Dockerfile", "parse_dockerfile", "parse_trigger"]

_STAGE_NAME = re.compile(r"[a-z][a-z0-9-_.]*")
_KEYWORDS = (
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER",
    "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Dockerfile:
    """A parsed Dockerfile: the ARGs before the first FROM, the stages, the escape character, the text."""

    path: str
    text: str
    escape: str
    global_args: tuple[Arg, ...]
    stages: tuple[Stage, ...]


# One run reads the same file for its bases and for its plan, in each of its builds.
@lru_cache(maxsize=64)
def parse_dockerfile(text: str, *, path: str) -> Dockerfile:
    """Read a Dockerfile; `path` only names it.

    Raises DockerfileError with the text BuildKit prints after `failed to solve: `.
    """
    if not text:
        raise DockerfileError("the Dockerfile cannot be empty")
    lines, escape = read_lines(text)
    global_args: list[Arg] = []
    starts: list[From] = []
    bodies: list[list[Instruction]] = []
    for line in lines:
        found = _parse_line(line, escape)
        if isinstance(found, From):
            starts.append(found)
            bodies.append([])
        elif starts:
            bodies[-1].append(found)
        elif isinstance(found, Arg):
            global_args.append(found)
        else:
            raise DockerfileError("no build stage in current context", line=line.line, end=line.end)
    if not starts:
        raise DockerfileError("dockerfile contains no stages to build")
    stages = (Stage(start=start, instructions=tuple(body)) for start, body in zip(starts, bodies, strict=True))
    return Dockerfile(path=path, text=text, escape=escape, global_args=tuple(global_args), stages=tuple(stages))


def parse_trigger(trigger: OnBuild, start: From, escape: str) -> Instruction:
    """Read the instruction behind `ONBUILD` as if it stood at the `FROM` that sets it off."""
    lines, _ = read_lines(trigger.trigger)
    if len(lines) != 1:
        raise DockerfileError("onbuild trigger should be a single expression")
    line = lines[0]
    moved = Line(
        keyword=line.keyword,
        flags=line.flags,
        rest=line.rest,
        original=line.original,
        line=start.line,
        end=start.end,
        here_documents=line.here_documents,
    )
    return _parse_line(moved, escape)


def _parse_line(line: Line, escape: str) -> Instruction:
    keyword = line.keyword.upper()
    parse = _PARSERS.get(keyword)
    try:
        if parse is None:
            hint = did_you_mean(line.keyword, _KEYWORDS, ignore_case=True)
            raise DockerfileError(f"unknown instruction: {line.keyword}{hint}")
        return parse(line, escape)
    except WordsError as error:
        raise error.at(line.line, line.end) from None
    except DockerfileError as error:
        message = f"dockerfile parse error on line {line.line}: {error}"
        raise DockerfileError(message, line=line.line, end=line.end) from None


def _flags(line: Line, kinds: Mapping[str, str]) -> dict[str, list[str]]:
    """The values of each flag; kinds are `bool`, `one`, `many`."""
    found: dict[str, list[str]] = {name: [] for name in kinds}
    for flag in line.flags:
        name, equals, value = flag.removeprefix("--").partition("=")
        kind = kinds.get(name)
        if kind is None:
            raise DockerfileError(f"unknown flag: --{name}{did_you_mean(name, kinds)}")
        if found[name] and kind != "many":
            raise DockerfileError(f"duplicate flag specified: --{name}")
        if not value and (kind != "bool" or equals):
            raise DockerfileError(f"missing a value on flag: --{name}")
        if kind == "bool" and value.lower() not in {"", "true", "false"}:
            raise DockerfileError(f"expecting boolean value for flag --{name}, not: {value}")
        found[name].append(value.lower() or "true" if kind == "bool" else value)
    return found


def _last(values: list[str]) -> str:
    return values[-1] if values else ""


def _from(line: Line, escape: str) -> Instruction:
    del escape
    words = words_or_json(line.rest) if not line.rest.startswith("[") else (line.rest,)
    name = ""
    if len(words) == 3 and words[1].lower() == "as":
        name = words[2].lower()
        if not _STAGE_NAME.fullmatch(name):
            raise DockerfileError(
                f'invalid name for build stage: "{words[2]}", name can\'t start with a number or contain symbols'
            )
    elif len(words) != 1:
        raise DockerfileError("FROM requires either one or three arguments")
    flags = _flags(line, {"platform": "one"})
    return From(
        source=line.original.strip(),
        line=line.line,
        end=line.end,
        base=words[0],
        name=name,
        platform=_last(flags["platform"]),
    )


def _run(line: Line, escape: str) -> Instruction:
    del escape
    flags = _flags(line, {"mount": "many", "network": "one", "security": "one", "device": "many"})
    if flags["device"]:
        raise DockerfileError("RUN --device is not supported by the simulation")
    words = json_words(line.rest)
    network, security = _last(flags["network"]), _last(flags["security"])
    if network not in {"", "default", "host", "none"}:
        raise DockerfileError(f'invalid network mode "{network}"')
    if security not in {"", "insecure", "sandbox"}:
        raise DockerfileError(f'security "{security}" is not valid')
    for mount in flags["mount"]:
        mount_source(mount)
    return RunInstruction(
        source=line.original.strip(),
        line=line.line,
        end=line.end,
        arguments=words if words is not None else (line.rest,),
        exec_form=words is not None,
        here_documents=line.here_documents,
        mounts=tuple(flags["mount"]),
        network=network,
        security=security,
    )


_COPY_FLAGS = {"chown": "one", "chmod": "one", "link": "bool", "exclude": "many"}


def _copy(line: Line, escape: str) -> Instruction:
    del escape
    return _copy_or_add(line, {**_COPY_FLAGS, "from": "one", "parents": "bool"})


def _add(line: Line, escape: str) -> Instruction:
    del escape
    extra = {"keep-git-dir": "bool", "checksum": "one", "unpack": "bool"}
    return _copy_or_add(line, {**_COPY_FLAGS, **extra})


def _copy_or_add(line: Line, kinds: Mapping[str, str]) -> Instruction:
    keyword = line.keyword.upper()
    words = words_or_json(line.rest)
    if len(words) < 2:
        raise DockerfileError(
            f"{keyword} requires at least two arguments, but only one was provided. Destination could not be determined"
        )
    flags = _flags(line, kinds)
    sources, contents = _sources(words[:-1], line.here_documents)
    if parse_here_document(words[-1]):
        raise DockerfileError(f"{keyword} cannot accept a heredoc as a destination")
    unpack = flags.get("unpack") or []
    return Copy(
        source=line.original.strip(),
        line=line.line,
        end=line.end,
        is_add=keyword == "ADD",
        sources=sources,
        contents=contents,
        destination=words[-1],
        from_=_last(flags.get("from", [])),
        chown=_last(flags["chown"]),
        chmod=_last(flags["chmod"]),
        link=_last(flags["link"]) == "true",
        parents=_last(flags.get("parents", [])) == "true",
        excludes=tuple(flags["exclude"]),
        checksum=_last(flags.get("checksum", [])),
        unpack=unpack[-1] == "true" if unpack else None,
    )


def _sources(
    words: tuple[str, ...], documents: tuple[HereDocument, ...]
) -> tuple[tuple[str, ...], tuple[HereDocument, ...]]:
    by_name = {document.name: document for document in documents}
    sources: list[str] = []
    contents: list[HereDocument] = []
    for word in words:
        document = parse_here_document(word)
        if document is None:
            sources.append(word)
            continue
        content = by_name[document.name].content if document.name in by_name else ""
        if document.chomp:
            content = re.sub(r"(?m)^\t+", "", content)
        contents.append(HereDocument(name=document.name, expand=document.expand, chomp=document.chomp, content=content))
    return tuple(sources), tuple(contents)


def _one_word(line: Line) -> str:
    _flags(line, {})
    if not line.rest:
        raise DockerfileError(f"{line.keyword.upper()} requires exactly one argument")
    return line.rest


def _workdir(line: Line, escape: str) -> Instruction:
    del escape
    return Workdir(source=line.original.strip(), line=line.line, end=line.end, path=_one_word(line))


def _user(line: Line, escape: str) -> Instruction:
    del escape
    return User(source=line.original.strip(), line=line.line, end=line.end, name=_one_word(line))


def _env(line: Line, escape: str) -> Instruction:
    _flags(line, {})
    pairs = name_values(line.rest, "ENV", escape)
    return Env(source=line.original.strip(), line=line.line, end=line.end, pairs=pairs)


def _arg(line: Line, escape: str) -> Instruction:
    words = quoted_words(line.rest, escape)
    if not words:
        raise DockerfileError("ARG requires at least one argument")
    if any(word.startswith("=") for word in words):
        raise DockerfileError("ARG names can not be blank")
    split = (word.partition("=") for word in words)
    pairs = tuple((name, value if equals else None) for name, equals, value in split)
    return Arg(source=line.original.strip(), line=line.line, end=line.end, pairs=pairs)


def _shell(line: Line, escape: str) -> Instruction:
    del escape
    words = json_words(line.rest)
    if words is None:
        raise DockerfileError("SHELL requires the arguments to be in JSON form")
    if not words:
        raise DockerfileError("SHELL requires at least one argument")
    return Shell(source=line.original.strip(), line=line.line, end=line.end, words=words)


def _onbuild(line: Line, escape: str) -> Instruction:
    del escape
    if not line.rest:
        raise DockerfileError("ONBUILD requires at least one argument")
    keyword = line.rest.split()[0].upper()
    if keyword == "ONBUILD":
        raise DockerfileError("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")
    if keyword in {"FROM", "MAINTAINER"}:
        raise DockerfileError(f"{keyword} isn't allowed as an ONBUILD trigger")
    trigger = re.sub(r"(?i)^\s*ONBUILD\s*", "", line.original)
    trigger += "".join(f"\n{document.content}{document.name}" for document in line.here_documents)
    return OnBuild(source=line.original.strip(), line=line.line, end=line.end, trigger=trigger)


def _setting(line: Line, escape: str) -> Instruction:
    keyword = line.keyword.upper()
    _check_setting(keyword, line.rest)
    if keyword == "LABEL":
        pairs = name_values(line.rest, keyword, escape)
        return Setting(source=line.original.strip(), line=line.line, end=line.end, keyword=keyword, pairs=pairs)
    words = json_words(line.rest)
    exec_form = words is not None
    if words is None:
        words = tuple(line.rest.split()) if keyword in {"EXPOSE", "VOLUME"} else (line.rest,)
    return Setting(
        source=line.original.strip(),
        line=line.line,
        end=line.end,
        keyword=keyword,
        words=words,
        exec_form=exec_form,
    )


def _check_setting(keyword: str, rest: str) -> None:
    if keyword in {"MAINTAINER", "STOPSIGNAL"} and not rest:
        raise DockerfileError(f"{keyword} requires exactly one argument")
    if not rest and keyword not in {"CMD", "ENTRYPOINT"}:
        raise DockerfileError(f"{keyword} requires at least one argument")
    kind = rest.split()[0].upper() if keyword == "HEALTHCHECK" else "NONE"
    if kind not in {"CMD", "NONE"} and not kind.startswith("--"):
        raise DockerfileError(f'Unknown type "{kind}" in HEALTHCHECK (try CMD)')


_PARSERS: Mapping[str, Callable[[Line, str], Instruction]] = {
    "ADD": _add,
    "ARG": _arg,
    "COPY": _copy,
    "ENV": _env,
    "FROM": _from,
    "ONBUILD": _onbuild,
    "RUN": _run,
    "SHELL": _shell,
    "USER": _user,
    "WORKDIR": _workdir,
    **dict.fromkeys(
        ["CMD", "ENTRYPOINT", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "STOPSIGNAL", "VOLUME"],
        _setting,
    ),
}
