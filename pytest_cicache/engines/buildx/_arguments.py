"""Writes a build request as a `docker buildx build` command line whose registry names lead to the gateway."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from pytest_cicache import errors
from pytest_cicache.buildkit import BuildRequest, CacheOption, Output, Secret
from pytest_cicache.buildx import actions_cache_access, exports_of
from pytest_cicache.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pytest_cicache.golang import Json
    from pytest_cicache.oci import GatewayAddress

__all__ = [
    "IMAGE_SCHEME",
    "build_arguments",
    "cache_texts",
    "check_context",
    "context_texts",
    "inner_reference",
    "output_texts",
    "secret_text",
]

# How the Actions cache is reached; `ghtoken` and `repository` would only ask api.github.com what the service knows.
_ACCESS = frozenset({"ghtoken", "repository", "token", "url", "url_v2", "version"})
IMAGE_SCHEME = "docker-image://"
_REMOTE = ("http://", "https://", "git://", "git@", "ssh://", "github.com/", "gitlab.com/")


def inner_reference(gateway: GatewayAddress, reference: str) -> str:
    """Turn a workflow's reference into the gateway's; what is no reference stays, for BuildKit to refuse."""
    try:
        return gateway.inward(reference)
    except errors.ReferenceError:
        return reference


def check_context(name: str, value: str) -> None:
    """Raise UnsupportedError for a build context that only the network has."""
    if value.startswith(_REMOTE) or value.endswith(".git"):
        raise UnsupportedError(
            f"the build context {name}{value} is fetched from the network, which a simulation never does; "
            "check it out and build the folder"
        )


def build_arguments(
    request: BuildRequest,
    gateway: GatewayAddress,
    *,
    builder: str,
    scratch: Path,
    environment: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """The command line; the metadata file and what `--load` would put into the engine's store go to `scratch`.

    `environment` is the command's own, in which buildx looks for the Actions cache. Raises UnsupportedError for a
    remote build context or a `--call` other than `build`.
    """
    if request.call != "build":
        raise UnsupportedError(f"`docker buildx build --call={request.call}` is not simulated")
    check_context("", request.context)
    words = ["docker", "buildx", "build", "--builder", builder, "--progress", "rawjson"]
    words += ["--metadata-file", str(scratch / "metadata.json")]
    words += [
        *_what(request),
        *_how(request),
        *_where(request, gateway, scratch),
        *_caches(request, gateway, environment or {}),
    ]
    words += ["--", request.context]
    return tuple(words)


def _what(request: BuildRequest) -> Iterator[str]:
    """What to build: file, stage, arguments, contexts."""
    if request.dockerfile is not None:
        yield from ("--file", request.dockerfile)
    if request.target is not None:
        yield from ("--target", request.target)
    yield from _all("--build-arg", (f"{key}={value}" for key, value in request.build_args.items()))
    yield from _all("--label", (f"{key}={value}" for key, value in request.labels.items()))
    yield from _all("--annotation", request.annotations)
    yield from _all("--secret", (secret_text(secret) for secret in request.secrets))
    yield from _all("--ssh", request.ssh)
    if request.platforms:
        yield from ("--platform", ",".join(request.platforms))


def _how(request: BuildRequest) -> Iterator[str]:
    """Under which circumstances: cache use, network, limits, attestations."""
    if request.no_cache:
        yield "--no-cache"
    if request.pull:
        yield "--pull"
    yield from _all("--no-cache-filter", request.no_cache_filters)
    if request.network != "default":
        yield from ("--network", request.network)
    yield from _all("--add-host", (f"{host}={address}" for host, address in request.add_hosts))
    yield from _all("--ulimit", (f"{item.name}={item.soft}:{item.hard}" for item in request.ulimits))
    if request.shm_size:
        yield from ("--shm-size", str(request.shm_size))
    if request.cgroup_parent:
        yield from ("--cgroup-parent", request.cgroup_parent)
    yield from _all("--allow", request.allow)
    yield from _all("--attest", request.attestations)
    for flag, value in (("--provenance", request.provenance), ("--sbom", request.sbom)):
        if value is not None:
            yield f"{flag}={value}"


def _where(request: BuildRequest, gateway: GatewayAddress, scratch: Path) -> Iterator[str]:
    """From and to which places: tags, contexts, outputs."""
    contexts = context_texts(request, gateway).items()
    yield from _all("--build-context", (f"{name}={value}" for name, value in contexts))
    yield from _all("--output", output_texts(request, gateway, scratch))
    if request.iidfile is not None:
        yield from ("--iidfile", request.iidfile)


def _caches(request: BuildRequest, gateway: GatewayAddress, environment: Mapping[str, str]) -> Iterator[str]:
    for flag, options in (("--cache-from", request.cache_from), ("--cache-to", request.cache_to)):
        yield from _all(flag, cache_texts(options, gateway, environment))


def cache_texts(
    options: Sequence[CacheOption], gateway: GatewayAddress, environment: Mapping[str, str]
) -> tuple[str, ...]:
    """Cache options as buildx reads them, without those it would leave out."""
    texts = (_cache(option, gateway, environment) for option in options)
    return tuple(text for text in texts if text is not None)


def context_texts(request: BuildRequest, gateway: GatewayAddress) -> dict[str, Json]:
    """Named contexts by name. Raises UnsupportedError for one that only the network has."""
    return {name: _context(name, value, gateway) for name, value in request.build_contexts.items()}


def output_texts(request: BuildRequest, gateway: GatewayAddress, scratch: Path) -> tuple[str, ...]:
    """Outputs as buildx reads them."""
    outputs = enumerate(exports_of(request))
    return tuple(_output(item, gateway, scratch / f"{number}") for number, item in outputs)


def _all(flag: str, values: Iterator[str] | tuple[str, ...]) -> Iterator[str]:
    for value in values:
        yield from (flag, value)


def secret_text(secret: Secret) -> str:
    """A secret as buildx reads it."""
    source = {"env": secret.variable} if secret.variable is not None else {"src": secret.file or secret.id}
    return _fields({"id": secret.id, **{key: str(value) for key, value in source.items()}})


def _cache(option: CacheOption, gateway: GatewayAddress, environment: Mapping[str, str]) -> str | None:
    attributes = dict(option.attributes)
    if option.type == "gha":
        access = actions_cache_access(option, environment)
        if access is None:
            return None
        kept = {key: value for key, value in attributes.items() if key not in _ACCESS}
        url = "url_v2" if access.version == 2 else "url"
        place = {"token": access.token, url: gateway.service_url(access.url)}
        return _fields({"type": "gha", "version": attributes.get("version", str(access.version)), **kept, **place})
    if option.type == "registry" and option.reference:
        attributes["ref"] = inner_reference(gateway, option.reference)
    return _fields({"type": option.type, **attributes})


def _context(name: str, value: str, gateway: GatewayAddress) -> str:
    check_context(f"{name}=", value)
    if value.startswith(IMAGE_SCHEME):
        value = IMAGE_SCHEME + inner_reference(gateway, value.removeprefix(IMAGE_SCHEME))
    return value


def _output(output: Output, gateway: GatewayAddress, file: Path) -> str:
    attributes = dict(output.attributes)
    if output.names:
        attributes["name"] = ",".join(inner_reference(gateway, name) for name in output.names)
    if output.type == "docker" and "dest" not in attributes:
        # The same layers are fetched as for a load, but the person's image store stays as it is.
        return _fields({"type": "oci", **attributes, "dest": str(file)})
    return _fields({"type": output.type, **attributes})


def _fields(pairs: Mapping[str, str]) -> str:
    """One comma-separated record, quoted where a value has a comma."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(f"{key}={value}" for key, value in pairs.items())
    return text.getvalue()
