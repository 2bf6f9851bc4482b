"""The command lines of `docker buildx build` and its aliases, as buildx 0.29 reads them."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from pytest_cicache import errors
from pytest_cicache.buildkit import BuildRequest, CacheOption, Output, Secret, familiar_name
from pytest_cicache.buildx._exports import check_exports
from pytest_cicache.buildx._flags import USAGE, Words, read_flags
from pytest_cicache.dockerfile import Ulimit, parse_platforms, parse_size, parse_ulimit
from pytest_cicache.errors import DockerfileError, InvalidTagError, UnsupportedError
from pytest_cicache.golang import key_values
from pytest_cicache.oci import Reference

__all__ = ["bake_command", "build_command", "parse_build", "parse_cache_option"]

_T = TypeVar("_T")
_ALIASES = (
    ("buildx", "build"),
    ("buildx", "b"),
    ("builder", "build"),
    ("image", "build"),
    ("build",),
)
_BAKE_ALIASES = (("buildx", "bake"), ("buildx", "f"), ("bake",))
_DOCKER_VALUE_FLAGS = {"--config", "--context", "-c", "--host", "-H", "--log-level", "-l"}
_NETWORKS = {"": "default", "default": "default", "none": "none", "host": "host"}
_PROGRESS = {"auto", "none", "plain", "quiet", "rawjson", "tty"}


def build_command(argv: Sequence[str]) -> tuple[str, ...] | None:
    """The words after `build` when `argv` is a build, `None` when it is something else.

    `argv` may begin with `docker` or with the word after it.
    """
    return _command_words(argv, _ALIASES)


def bake_command(argv: Sequence[str]) -> tuple[str, ...] | None:
    """The words after `bake` when `argv` is a bake, `None` when it is something else."""
    return _command_words(argv, _BAKE_ALIASES)


def _command_words(argv: Sequence[str], aliases: Sequence[tuple[str, ...]]) -> tuple[str, ...] | None:
    words = list(argv[1:]) if argv[:1] and argv[0].rpartition("/")[2] == "docker" else list(argv)
    rest, builder = _skip_global_flags(words)
    for alias in aliases:
        if alias[0] == "buildx" and rest[:1] == ["buildx"]:
            inner, builder = _skip_global_flags(rest[1:])
            if tuple(inner[:1]) == alias[1:]:
                return (*builder, *inner[1:])
        elif tuple(rest[: len(alias)]) == alias:
            return tuple(rest[len(alias) :])
    return None


def parse_build(argv: Sequence[str], *, environment: Mapping[str, str]) -> BuildRequest:
    """Read a build's command line (`docker buildx build -t x .`; `docker` itself may be left out).

    `environment` is the command's own: build arguments and secrets without a value are taken from it, as are
    BUILDX_BUILDER and BUILDKIT_PROGRESS. Raises DockerfileError in buildx's words, with its exit code.
    """
    rest = build_command(argv)
    if rest is None:
        raise UnsupportedError(f"`docker {' '.join(argv)}` is no build command")
    words = read_flags(rest)
    if words.truth("help"):
        raise UnsupportedError("`docker buildx build --help` is not simulated")
    if len(words.positional) != 1:
        raise DockerfileError(f"docker: 'docker buildx build' requires 1 argument{USAGE}")
    request = _request(tuple(argv), words, environment)
    check_exports(request)
    return request


def parse_cache_option(text: str) -> CacheOption | None:
    """Read one `--cache-from` or `--cache-to`; `None` for an empty one.

    A lone word without `=` is the reference of a registry cache.
    """
    if not text:
        return None
    pairs = key_values(text)
    if len(pairs) == 1 and pairs[0][1] is None:
        return CacheOption(type="registry", attributes={"ref": pairs[0][0]}, text=text)
    attributes: dict[str, str] = {}
    for key, value in pairs:
        if value is None:
            raise DockerfileError(f"invalid value {key}")
        attributes[key.lower()] = value
    kind = attributes.pop("type", "")
    if not kind:
        raise DockerfileError(f'type required form> "{text}"')
    return CacheOption(type=kind, attributes=attributes, text=text)


def _skip_global_flags(words: list[str]) -> tuple[list[str], tuple[str, ...]]:
    builder: tuple[str, ...] = ()
    while words and words[0].startswith("-"):
        word = words.pop(0)
        if word == "--builder" and words:
            builder = ("--builder", words.pop(0))
        elif word.startswith("--builder="):
            builder = (word,)
        elif word in _DOCKER_VALUE_FLAGS and words:
            words.pop(0)
    return words, builder


def _request(argv: tuple[str, ...], words: Words, environment: Mapping[str, str]) -> BuildRequest:
    ulimits = tuple(_flagged("--ulimit", parse_ulimit, text) for text in words.all("ulimit"))
    shm_size = _flagged("--shm-size", parse_size, words.last("shm-size") or "0")
    progress = words.last("progress") or environment.get("BUILDKIT_PROGRESS") or "auto"
    if progress not in _PROGRESS:
        raise DockerfileError(f"invalid progress mode {progress}")
    return BuildRequest(
        argv=argv,
        context=words.positional[0],
        dockerfile=words.last("file") or None,
        target=words.last("target") or None,
        build_args=_build_args(words, environment),
        labels=_pairs(words.all("label"), {}, keep_bare=True),
        annotations=words.all("annotation"),
        tags=tuple(_tag(text) for text in words.all("tag")),
        cache_from=_cache_options(words, "cache-from", "importer"),
        cache_to=_cache_options(words, "cache-to", "exporter"),
        outputs=tuple(_output(text) for text in words.all("output")),
        push=words.truth("push"),
        load=words.truth("load"),
        platforms=_platforms(words),
        no_cache=words.truth("no-cache"),
        no_cache_filters=_split(words.all("no-cache-filter")),
        build_contexts=_contexts(words),
        secrets=tuple(_secret(text, environment) for text in words.all("secret")),
        ssh=words.all("ssh"),
        network=_network(words.last("network") or ""),
        add_hosts=_hosts(words),
        ulimits=_last_of_each(ulimits),
        shm_size=shm_size,
        cgroup_parent=words.last("cgroup-parent") or "",
        allow=words.all("allow"),
        pull=words.truth("pull"),
        metadata_file=words.last("metadata-file") or None,
        iidfile=words.last("iidfile") or None,
        provenance=words.last("provenance"),
        sbom=words.last("sbom"),
        attestations=words.all("attest"),
        builder=words.last("builder") or environment.get("BUILDX_BUILDER") or None,
        progress=progress,
        quiet=words.truth("quiet"),
        call="check" if words.truth("check") else words.last("call") or "build",
        warnings=_warnings(words),
    )


def _flagged(flag: str, read: Callable[[str], _T], text: str) -> _T:
    try:
        return read(text)
    except ValueError as error:
        raise DockerfileError(f'invalid argument "{text}" for "{flag}" flag: {error}{USAGE}', exit_code=125) from None


def _pairs(texts: Sequence[str], environment: Mapping[str, str], *, keep_bare: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not key:
            raise DockerfileError(f'invalid key-value pair "{text}": empty key')
        if equals:
            found[key] = value
        elif keep_bare:
            found[key] = ""
        elif key in environment:
            found[key] = environment[key]
    return found


def _build_args(words: Words, environment: Mapping[str, str]) -> dict[str, str]:
    arguments = _pairs(words.all("build-arg"), environment, keep_bare=False)
    # buildx passes it on from its own environment, so it changes keys (docs/reference: SOURCE_DATE_EPOCH)
    epoch = environment.get("SOURCE_DATE_EPOCH")
    if epoch and "SOURCE_DATE_EPOCH" not in arguments:
        arguments["SOURCE_DATE_EPOCH"] = epoch
    return arguments


def _cache_options(words: Words, flag: str, role: str) -> tuple[CacheOption, ...]:
    options = [parse_cache_option(text) for text in words.all(flag)]
    found = tuple(option for option in options if option is not None)
    if any(option.type == "registry" and not option.reference for option in found):
        raise DockerfileError(f"failed to build: registry cache {role} requires ref")
    return found


def _output(text: str) -> Output:
    pairs = key_values(text)
    if len(pairs) == 1 and pairs[0][1] is None:
        word = pairs[0][0]
        return Output(type="tar" if word == "-" else "local", attributes={"dest": word})
    attributes: dict[str, str] = {}
    for key, value in pairs:
        if value is None:
            raise DockerfileError(f"invalid value {key}")
        attributes[key.strip().lower()] = value
    kind = attributes.pop("type", "")
    if not kind:
        raise DockerfileError("type is required for output")
    if kind in {"local", "tar"} and "dest" not in attributes:
        raise DockerfileError(f"failed to build: dest is required for {kind} exporter")
    return Output(type=kind, attributes=attributes)


def _tag(text: str) -> str:
    try:
        return str(Reference.parse(text))
    except errors.ReferenceError as error:
        reason = str(error)
        if "must be lowercase" in reason:
            reason = "repository name must be lowercase"
        elif not text:
            reason = "repository name must have at least one component"
        raise InvalidTagError(text, reason) from None


def _split(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(part for text in texts for part in text.split(",") if part)


def _platforms(words: Words) -> tuple[str, ...]:
    try:
        return tuple(map(str, parse_platforms(words.all("platform"))))
    except ValueError as error:
        raise DockerfileError(f"failed to build: {error}") from None


def _contexts(words: Words) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in words.all("build-context"):
        name, equals, value = text.partition("=")
        if not equals:
            raise DockerfileError(f"invalid context value: {text}, expected key=value")
        found[_context_name(name)] = value
    return found


def _context_name(name: str) -> str:
    try:
        return familiar_name(name)
    except errors.ReferenceError:
        raise DockerfileError(f"invalid context name {name}") from None


def _secret(text: str, environment: Mapping[str, str]) -> Secret:
    attributes: dict[str, str] = {}
    for key, value in key_values(text):
        if value is None:
            raise DockerfileError(f"invalid field '{key}' must be a key=value pair")
        if key.lower() not in {"type", "id", "source", "src", "env"}:
            raise DockerfileError(f"unexpected key '{key.lower()}' in '{key}={value}'")
        attributes[{"source": "src"}.get(key.lower(), key.lower())] = value
    kind = attributes.get("type", "")
    if kind not in {"", "file", "env"}:
        raise DockerfileError(f'unsupported secret type "{kind}"')
    return _located_secret(attributes, kind, environment)


def _located_secret(attributes: Mapping[str, str], kind: str, environment: Mapping[str, str]) -> Secret:
    name, source, variable = attributes.get("id", ""), attributes.get("src"), attributes.get("env")
    if kind == "env" and variable is None:
        variable, source = source, None
    if kind != "file" and source is None and variable is None and name in environment:
        variable = name
    if variable is not None:
        return Secret(id=name, variable=variable)
    return Secret(id=name, file=source or name)


def _network(text: str) -> str:
    if text not in _NETWORKS:
        raise DockerfileError(
            f'failed to build: network mode "{text}" not supported by buildkit - you can define a custom '
            "network for your builder using the network driver-opt in buildx create"
        )
    return _NETWORKS[text]


def _hosts(words: Words) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for text in (part for value in words.all("add-host") for part in value.split(",") if part):
        host, separator, address = text.partition("=")
        if not separator:
            host, separator, address = text.partition(":")
        if not separator or not host or not address:
            raise DockerfileError(f"failed to build: invalid host {text}")
        found.append((host, _address(host, address)))
    return tuple(found)


def _address(host: str, text: str) -> str:
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if bare == "host-gateway":
        raise UnsupportedError(f"`--add-host {host}:host-gateway`: the simulation has no host gateway")
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        raise DockerfileError(f"failed to build: invalid host {host}:{text}") from None


def _last_of_each(ulimits: Sequence[Ulimit]) -> tuple[Ulimit, ...]:
    return tuple({ulimit.name: ulimit for ulimit in ulimits}.values())


def _warnings(words: Words) -> tuple[str, ...]:
    lines = []
    if words.truth("squash"):
        lines.append(
            "WARNING: experimental flag squash is removed with BuildKit. You should squash inside build "
            "using a multi-stage Dockerfile for efficiency."
        )
    if words.last("isolation"):
        lines.append("WARNING: isolation flag is deprecated with BuildKit.")
    if words.all("security-opt"):
        lines.append(
            'WARNING: security-opt flag is deprecated. "RUN --security=insecure" should be used with BuildKit.'
        )
    return tuple(lines)
