"""Compose files as bake files: a target for each service that is built (buildx bake/compose.go)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pytest_cicache.buildx.bake._compose_model import is_compose, load_services, pairs_of, read_dotenv
from pytest_cicache.buildx.bake._entries import (
    Attest,
    BakeCache,
    BakeSecret,
    Ssh,
    read_attest,
    read_caches,
    read_export,
    read_secret,
    read_ssh,
    unique,
)
from pytest_cicache.buildx.bake._target import BakeGroup, BakeTarget
from pytest_cicache.buildx.bake.hcl import BakeError, ValueProblem
from pytest_cicache.dockerfile import parse_size
from pytest_cicache.golang import parse_bool

__all__ = ["is_compose", "read_compose"]

# The keys of a build (compose-spec.json); others are refused, but for those that begin with `x-`.
_KEYS = (
    "additional_contexts args cache_from cache_to context dockerfile dockerfile_inline entitlements extra_hosts "
    "isolation labels network no_cache platforms privileged provenance pull sbom secrets shm_size ssh tags target "
    "ulimits"
)
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def read_compose(
    files: Sequence[tuple[str, str]],
    *,
    environment: Mapping[str, str],
    dotenv: str,
    read: Callable[[str], str | None],
) -> tuple[list[BakeTarget], list[BakeGroup]]:
    """The targets of all files together, and the group `default` of them. Raises BakeError, UnsupportedError."""
    known = {"COMPOSE_PROJECT_NAME": "bake", **read_dotenv(dotenv), **environment}
    try:
        services, secrets = load_services(files, known, read)
        _check_services(services)
        targets = [
            _target(name, service, secrets, known, read)
            for name, service in sorted(services.items())
            if service.get("build") is not None
        ]
    except BakeError as error:
        raise BakeError(f"failed to parse compose file: {error}" if _is_wrapped(error) else str(error)) from None
    except ValueProblem as problem:
        raise BakeError(f"failed to parse compose file: {problem}") from None
    names = tuple(target.name for target in targets)
    return targets, [BakeGroup(name="default", targets=names)] if services else []


def _check_services(services: Mapping[str, Mapping[str, Any]]) -> None:
    for name, service in services.items():
        if service.get("build") is None and not service.get("image"):
            raise BakeError(
                f'service "{name}" has neither an image nor a build context specified: invalid compose project'
            )


def _is_wrapped(error: BakeError) -> bool:
    """What is wrong with one file is found before the files are put together, and said bare."""
    return str(error).startswith("unsupported external secret") or str(error).endswith("invalid compose project")


def _target(
    name: str,
    service: Mapping[str, Any],
    secrets: Mapping[str, Any],
    known: Mapping[str, str],
    read: Callable[[str], str | None],
) -> BakeTarget:
    build = service["build"]
    unknown = next((key for key in build if key not in _KEYS.split() and not key.startswith("x-")), None)
    if unknown is not None:
        raise BakeError(f"services.{name}.build additional properties '{unknown}' not allowed")
    tags = tuple(map(str, build.get("tags") or ()))
    image = service.get("image")
    target = BakeTarget(
        name=name.replace(".", "_"),
        context=build.get("context") or ".",
        contexts=_contexts(build.get("additional_contexts") or {}),
        dockerfile=build.get("dockerfile"),
        dockerfile_inline=build.get("dockerfile_inline"),
        tags=tags or None,
        labels={key: value or "" for key, value in (build.get("labels") or {}).items()},
        args=_arguments(build.get("args") or {}, service, known, read),
        cache_from=_caches(build.get("cache_from")),
        cache_to=_caches(build.get("cache_to")),
        network=build.get("network"),
        platforms=tuple(map(str, build.get("platforms") or ())) or None,
        ssh=_agents(build.get("ssh")),
        secret=_secrets(name, build.get("secrets") or (), secrets),
        shm_size=_size(build.get("shm_size")),
        ulimits=_limits(build.get("ulimits") or {}),
        extra_hosts=_hosts(build.get("extra_hosts") or ()),
        attest=_attestations(build),
        no_cache=True if parse_bool(str(build.get("no_cache"))) else None,
        pull=True if parse_bool(str(build.get("pull"))) else None,
        target=build.get("target"),
    )
    target = _extended(target, build.get("x-bake") or {})
    return replace(target, tags=(str(image),)) if not target.tags and image else target


def _contexts(found: Mapping[str, str | None]) -> dict[str, str | None]:
    contexts: dict[str, str | None] = {}
    for key, value in found.items():
        scheme, colon, other = (value or "").partition(":")
        is_target = bool(colon) and scheme in {"service", "target"}
        contexts[key] = f"target:{other.replace('.', '_')}" if is_target else value
    return contexts


def _arguments(
    found: Mapping[str, str | None],
    service: Mapping[str, Any],
    known: Mapping[str, str],
    read: Callable[[str], str | None],
) -> dict[str, str | None]:
    """Arguments without a value have that of the service's environment, or of the command's; else they go."""
    environment: dict[str, str | None] = {}
    files = service.get("env_file") or ()
    for item in [files] if isinstance(files, str) else files:
        path = item.get("path") if isinstance(item, dict) else item
        environment |= read_dotenv(read(str(path)) or "")
    environment |= pairs_of(service.get("environment"))
    resolved: dict[str, str | None] = {}
    for key, value in found.items():
        given = value if value is not None else environment.get(key)
        given = given if given is not None else known.get(key)
        if given is not None:
            resolved[key] = given
    return resolved


def _caches(value: Any) -> tuple[BakeCache, ...] | None:
    return tuple(entry for text in _words(value) for entry in read_caches(text)) or None


def _words(value: Any) -> list[str]:
    """A list, or words in one text."""
    if value is None:
        return []
    return value.split() if isinstance(value, str) else [str(item) for item in value]


def _agents(value: Any) -> tuple[Ssh, ...] | None:
    found = [Ssh(key, (path,) if path else ()) for key, path in pairs_of(value).items()]
    return tuple(sorted(found, key=lambda item: (item.id, item.paths))) or None


def _secrets(name: str, found: Sequence[Any], known: Mapping[str, Any]) -> tuple[BakeSecret, ...] | None:
    secrets = []
    for item in found:
        source = str(item.get("source", "")) if isinstance(item, dict) else str(item)
        if source not in known:
            raise BakeError(f'service "{name}" refers to undefined build secret {source}: invalid compose project')
        said = known[source] or {}
        if parse_bool(str(said.get("external"))):
            raise BakeError(f"unsupported external secret {said.get('name') or ''}")
        secrets.append(BakeSecret(source, str(said.get("file") or ""), str(said.get("environment") or "")))
    return tuple(secrets) or None


def _size(value: Any) -> str | None:
    """A size as docker writes it: four digits and a binary unit."""
    if not value:
        return None
    number, unit = float(parse_size(str(value))), 0
    while number >= 1024 and unit < len(_UNITS) - 1:
        number, unit = number / 1024, unit + 1
    return f"{number:.4g}{_UNITS[unit]}"


def _limits(found: Mapping[str, Any]) -> tuple[str, ...] | None:
    limits = []
    for name, value in sorted(found.items()):
        soft, hard = (value["soft"], value["hard"]) if isinstance(value, dict) else (value, value)
        limits.append(f"{name}={soft}:{hard}")
    return tuple(limits) or None


def _hosts(found: Any) -> dict[str, str | None]:
    hosts: dict[str, str | None] = {}
    pairs = found.items() if isinstance(found, dict) else (_host(str(text)) for text in found)
    for host, address in pairs:
        text = ",".join(map(str, address)) if isinstance(address, list) else str(address)
        before = hosts.get(host)
        hosts[host] = f"{before},{text}" if before else text
    return hosts


def _host(text: str) -> tuple[str, str]:
    host, equals, address = text.partition("=")
    if not equals:
        host, _, address = text.partition(":")
    return host, address.removeprefix("[").removesuffix("]")


def _attestations(build: Mapping[str, Any]) -> tuple[Attest, ...] | None:
    found = []
    for kind in ("sbom", "provenance"):
        value = build.get(kind)
        if value:
            on = parse_bool(str(value))
            text = value if on is None else f"disabled={'false' if on else 'true'}"
            found.append(read_attest(f"type={kind},{text}"))
    return tuple(found) or None


def _extended(target: BakeTarget, extension: Mapping[str, Any]) -> BakeTarget:
    """A target with what its `x-bake` says."""
    words = {key: _words(extension.get(key)) for key in extension if key not in {"pull", "no-cache", "contexts"}}
    changes = {
        "tags": (*(target.tags or ()), *words.get("tags", ())),
        "platforms": (*(target.platforms or ()), *words.get("platforms", ())),
        "no_cache_filter": (*(target.no_cache_filter or ()), *words.get("no-cache-filter", ())),
        "cache_from": unique((*(target.cache_from or ()), *(_caches(words.get("cache-from")) or ()))),
        "cache_to": unique((*(target.cache_to or ()), *(_caches(words.get("cache-to")) or ()))),
        "secret": (*(target.secret or ()), *map(read_secret, words.get("secret", ()))),
        "ssh": (*(target.ssh or ()), *map(read_ssh, words.get("ssh", ()))),
        "output": (*(target.output or ()), *map(read_export, words.get("output", ()))),
    }
    known = {key: value for key, value in changes.items() if value}
    found = replace(target, **known)  # type: ignore[arg-type]
    for key in ("pull", "no-cache"):
        if extension.get(key) is not None:
            found = replace(found, **{key.replace("-", "_"): parse_bool(str(extension[key]))})  # type: ignore[arg-type]
    contexts = _contexts(pairs_of(extension.get("contexts")))
    return replace(found, contexts={**contexts, **found.contexts})
