"""Where a workflow's registry names live on loopback, and the way back into what a person reads.

A simulation is a prefix of the image name: `ghcr.io/o/p` is `127.0.0.1:PORT/SIM/ghcr.io/o/p` inside.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from pytest_cicache import errors
from pytest_cicache.oci._reference import DOCKER_HUB, Reference, is_image_name

__all__ = ["GatewayAddress", "decode_host", "encode_host", "split_gateway_name"]

_LOOPBACK = "127.0.0.1"
# Docker Hub is the one registry whose servers have other names than its references.
_API_HOSTS = {DOCKER_HUB: "registry-1.docker.io"}
_TOKEN_HOSTS = {DOCKER_HUB: "auth.docker.io"}
_IPV6 = re.compile(r"\[(?P<address>[0-9a-f:]+)\](?::(?P<port>[0-9]+))?")


def encode_host(host: str) -> str:
    """Write a host as one legal component of an image name (`localhost:5000` -> `localhost__5000`)."""
    found = _IPV6.fullmatch(host.lower())
    if found is None:
        return host.lower().replace(":", "__")
    port = f"__{found['port']}" if found["port"] else ""
    return f"ip6__{found['address'].encode().hex()}{port}"


def decode_host(component: str) -> str:
    """Undo `encode_host`."""
    head, separator, rest = component.partition("__")
    if not separator:
        return component
    # Every IPv6 address holds a colon, 3a in hex, so it never looks like a port.
    address, _, port = rest.partition("__")
    if head == "ip6" and not address.isdigit():
        inner = bytes.fromhex(address).decode()
        return f"[{inner}]:{port}" if port else f"[{inner}]"
    return f"{head}:{rest}"


def split_gateway_name(name: str) -> tuple[str, str, str]:
    """Take `SIM/ghcr.io/owner/package` apart into the simulation, the host and the image name.

    Raises ReferenceError when a part is missing.
    """
    simulation, _, rest = name.partition("/")
    component, _, image_name = rest.partition("/")
    if not image_name:
        raise errors.ReferenceError(f"{name!r} is no name of the gateway: write simulation/host/image name")
    try:
        return simulation, decode_host(component), image_name
    except ValueError as error:
        message = f"{name!r} is no name of the gateway: {component!r} is no host"
        raise errors.ReferenceError(message) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayAddress:
    """The names of one simulation on the gateway's port.

    `default_host` stands for the address where the builder printed it without saying which registry.
    """

    port: int
    simulation: str
    default_host: str = "ghcr.io"

    def __post_init__(self) -> None:
        if not is_image_name(self.simulation) or "/" in self.simulation:
            raise errors.ReferenceError(f"{self.simulation!r} is no component of an image name")

    @property
    def address(self) -> str:
        """The gateway's own host and port."""
        return f"{_LOOPBACK}:{self.port}"

    def name(self, host: str, image_name: str) -> str:
        """Give the image name on the gateway, without its address: `SIM/ghcr.io/owner/package`."""
        return f"{self.simulation}/{encode_host(host)}/{image_name}"

    def inward(self, text: str) -> str:
        """Turn the workflow's reference into the gateway's; raises what `Reference.parse` raises."""
        reference = Reference.parse(text)
        inner = self.name(reference.host, reference.image_name)
        return str(replace(reference, host=self.address, image_name=inner))

    def service_url(self, url: str) -> str:
        """Turn the URL of a web service into the gateway's: `https://HOST/PATH` is `/SIM/HOST/PATH` there."""
        parts = urlsplit(url)
        return f"http://{self.address}/{self.simulation}/{encode_host(parts.netloc)}{parts.path or '/'}"

    def outward(self, text: str) -> str:
        """Rewrite everything a builder printed back to the names the workflow uses."""
        if _LOOPBACK not in text and self.simulation not in text:
            return text
        patterns = _patterns(self.port, self.simulation)
        host = _host_named_in(text, patterns) or self.default_host
        text = patterns.token.sub(partial(_token_url, self, patterns), text)
        text = patterns.api.sub(lambda found: f"https://{_api_host(decode_host(found['host']))}/v2/", text)
        text = patterns.service.sub(lambda found: f"https://{decode_host(found['host'])}/", text)
        text = patterns.name.sub(lambda found: f"{decode_host(found['host'])}/", text)
        text = patterns.quoted.sub("", patterns.bare.sub("", text))
        text = patterns.root.sub(f"https://{_api_host(host)}", text)
        return patterns.address.sub(host, text)


class _Patterns(NamedTuple):
    token: re.Pattern[str]
    api: re.Pattern[str]
    service: re.Pattern[str]
    name: re.Pattern[str]
    bare: re.Pattern[str]
    quoted: re.Pattern[str]
    root: re.Pattern[str]
    address: re.Pattern[str]


@lru_cache(maxsize=64)
def _patterns(port: int, simulation: str) -> _Patterns:
    address = rf"(?<![\d.]){re.escape(_LOOPBACK)}:{port}(?!\d)"
    anywhere = rf"(?<![\d.]){re.escape(_LOOPBACK)}:\d+"
    inner = re.escape(simulation)
    host = r"(?P<host>[a-z0-9-]*(?:\.|__)[a-z0-9._-]+|localhost)"
    return _Patterns(
        token=re.compile(rf"https?://{address}/token\b(?P<query>[^\s\"']*)"),
        # At any port: BuildKit may name the one of another build, or the registry that a layer was redirected to.
        api=re.compile(rf"https?://{anywhere}/v2/{inner}/{host}/"),
        service=re.compile(rf"https?://{anywhere}/{inner}/{host}/"),
        name=re.compile(rf"{anywhere}/{inner}/{host}/"),
        # In a scope or on its own; the second form is percent-encoded, in a query.
        bare=re.compile(rf"(?<![\w./-]){inner}/{host}/"),
        quoted=re.compile(rf"(?<![a-z0-9._-]){inner}%2[Ff]{host}%2[Ff]"),
        root=re.compile(rf"https?://{address}(?=/v2/)"),
        address=re.compile(address),
    )


def _host_named_in(text: str, patterns: _Patterns) -> str | None:
    text = unquote(text)
    found = patterns.api.search(text) or patterns.name.search(text) or patterns.bare.search(text)
    return decode_host(found["host"]) if found else None


def _token_url(address: GatewayAddress, patterns: _Patterns, found: re.Match[str]) -> str:
    query = found["query"]
    host = _host_named_in(query, patterns) or address.default_host
    query = query.replace(f"service={address.address}", f"service={host}")
    return f"https://{_TOKEN_HOSTS.get(host, host)}/token{query}"


def _api_host(host: str) -> str:
    return _API_HOSTS.get(host, host)
