"""The workflow's names on the gateway, and the way back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_cicache.errors import ReferenceError  # noqa: A004 - the field's word
from pytest_cicache.oci import (
    GatewayAddress,
    Reference,
    decode_host,
    encode_host,
    is_image_name,
    split_gateway_name,
)

ADDRESS = GatewayAddress(port=5000, simulation="s1")
DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        pytest.param("ghcr.io/o/p:t", "127.0.0.1:5000/s1/ghcr.io/o/p:t", id="ghcr"),
        pytest.param("debian", "127.0.0.1:5000/s1/docker.io/library/debian", id="hub"),
        pytest.param("localhost:5000/x", "127.0.0.1:5000/s1/localhost__5000/x", id="port"),
        pytest.param(f"ghcr.io/o/p@{DIGEST}", f"127.0.0.1:5000/s1/ghcr.io/o/p@{DIGEST}", id="digest"),
    ],
)
def test_a_reference_goes_inward_and_comes_back(text: str, inner: str) -> None:
    """What the builder is given is a legal reference, and its output names the workflow's."""
    assert ADDRESS.inward(text) == inner
    assert Reference.parse(inner).host == "127.0.0.1:5000"
    assert ADDRESS.outward(inner) == str(Reference.parse(text))


def test_a_malformed_reference_is_refused_in_dockers_words() -> None:
    """The gateway's names do not hide what docker would say."""
    with pytest.raises(ReferenceError, match=re.escape("repository name (Owner/x) must be lowercase")):
        ADDRESS.inward("ghcr.io/Owner/x")


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        pytest.param(
            "unexpected status from HEAD request to http://127.0.0.1:5000/v2/s1/ghcr.io/o/p/manifests/t: 403",
            "unexpected status from HEAD request to https://ghcr.io/v2/o/p/manifests/t: 403",
            id="api url",
        ),
        pytest.param(
            "http://127.0.0.1:5000/v2/s1/docker.io/library/debian/manifests/12",
            "https://registry-1.docker.io/v2/library/debian/manifests/12",
            id="the hub's servers have other names",
        ),
        pytest.param(
            "http://127.0.0.1:5000/token?scope=repository%3As1%2Fghcr.io%2Fo%2Fp%3Apull&service=ghcr.io",
            "https://ghcr.io/token?scope=repository%3Ao%2Fp%3Apull&service=ghcr.io",
            id="token url",
        ),
        pytest.param(
            'Get "http://127.0.0.1:5000/token?scope=repository:s1/docker.io/o/p:pull&service=127.0.0.1:5000"',
            'Get "https://auth.docker.io/token?scope=repository:o/p:pull&service=docker.io"',
            id="token url of the hub, not encoded",
        ),
        pytest.param("http://127.0.0.1:5000/token?service=x", "https://ghcr.io/token?service=x", id="no scope"),
        pytest.param(
            "[auth] s1/ghcr.io/o/p:pull,push token for 127.0.0.1:5000",
            "[auth] o/p:pull,push token for ghcr.io",
            id="auth vertex",
        ),
        pytest.param(
            "[auth] s1/quay.io/o/p:pull token for 127.0.0.1:5000",
            "[auth] o/p:pull token for quay.io",
            id="auth vertex of another host",
        ),
        pytest.param(
            "http://127.0.0.1:5000/v2/s1/ghcr.io/o/p/blobs/uploads/?from=s1%2Fghcr.io%2Fo%2Fq&mount=x",
            "https://ghcr.io/v2/o/p/blobs/uploads/?from=o%2Fq&mount=x",
            id="mount url",
        ),
        pytest.param('Get "http://127.0.0.1:5000/v2/": EOF', 'Get "https://ghcr.io/v2/": EOF', id="ping"),
        pytest.param(
            "[internal] load metadata for 127.0.0.1:5000/s1/localhost__5000/x:1",
            "[internal] load metadata for localhost:5000/x:1",
            id="a host with a port",
        ),
        pytest.param("repository:s1/ghcr.io/o/p:pull", "repository:o/p:pull", id="scope alone"),
        pytest.param("sharing credentials for 127.0.0.1:5000", "sharing credentials for ghcr.io", id="address"),
        pytest.param("127.0.0.1:50001/s1/x", "127.0.0.1:50001/s1/x", id="another port"),
        pytest.param("1127.0.0.1:5000/x", "1127.0.0.1:5000/x", id="another address"),
        pytest.param("classes1/ghcr.io/x", "classes1/ghcr.io/x", id="a word that ends alike"),
        pytest.param("cp s1/file /tmp", "cp s1/file /tmp", id="a path that begins alike"),
        pytest.param("RUN make", "RUN make", id="nothing to do"),
    ],
)
def test_everything_a_builder_prints_names_the_workflows_registry(printed: str, shown: str) -> None:
    """No loopback address and no simulation is left, and nothing else is touched."""
    assert ADDRESS.outward(printed) == shown


def test_the_default_host_stands_for_the_bare_address() -> None:
    """A caller that knows the registry can say so."""
    address = GatewayAddress(port=5000, simulation="s1", default_host="docker.io")

    assert address.outward('Get "http://127.0.0.1:5000/v2/"') == 'Get "https://registry-1.docker.io/v2/"'


@pytest.mark.parametrize("simulation", ["", "a/b", "A", "a..b", "../x"])
def test_a_simulation_is_a_component_of_an_image_name(simulation: str) -> None:
    """Anything else would not reach the registry."""
    with pytest.raises(ReferenceError, match="is no component of an image name"):
        GatewayAddress(port=1, simulation=simulation)


@pytest.mark.parametrize(
    ("host", "component"),
    [
        pytest.param("ghcr.io", "ghcr.io", id="plain"),
        pytest.param("localhost:5000", "localhost__5000", id="port"),
        pytest.param("[::1]", "ip6__3a3a31", id="ipv6"),
        pytest.param("[::1]:5000", "ip6__3a3a31__5000", id="ipv6 with port"),
        pytest.param("xn--x.example", "xn--x.example", id="punycode"),
        pytest.param("ip6:8080", "ip6__8080", id="a host of that name"),
    ],
)
def test_a_host_is_written_as_one_component(host: str, component: str) -> None:
    """The component is legal in an image name, and gives the host back."""
    assert encode_host(host) == component
    assert decode_host(component) == host
    assert is_image_name(component)


@given(
    st.from_regex(r"[a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?){0,3}", fullmatch=True),
    st.none() | st.integers(1, 65535),
)
def test_every_host_survives_the_way_in_and_out(name: str, port: int | None) -> None:
    """Encoding loses nothing, for any host and port."""
    host = name if port is None else f"{name}:{port}"

    assert decode_host(encode_host(host)) == host
    assert is_image_name(encode_host(host))
    assert split_gateway_name(f"s1/{encode_host(host)}/o/p") == ("s1", host, "o/p")


COMPONENT = st.from_regex(r"[a-z0-9]{1,4}((\.|_|__|-{1,2})[a-z0-9]{1,3}){0,2}", fullmatch=True)


@given(
    host=st.sampled_from(["ghcr.io", "docker.io", "localhost:5000", "[::1]:80", "quay.example.org"]),
    components=st.lists(COMPONENT, min_size=1, max_size=4),
    tag=st.none() | st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,8}", fullmatch=True),
    digest=st.sampled_from(["", f"@{DIGEST}"]),
)
def test_every_reference_survives_the_way_in_and_out(
    host: str, components: list[str], tag: str | None, digest: str
) -> None:
    """Also in the middle of a sentence, and what came out is not rewritten again."""
    text = f"{host}/{'/'.join(components)}{f':{tag}' if tag else ''}{digest}"
    canonical = str(Reference.parse(text))

    shown = ADDRESS.outward(f"pulling '{ADDRESS.inward(text)}' now")

    assert shown == f"pulling '{canonical}' now"
    assert ADDRESS.outward(shown) == shown


@given(st.text(alphabet="127.0:5/s1ghcrio%2F=?&v -\n", max_size=60))
def test_any_text_can_be_shown(text: str) -> None:
    """Nothing a step prints breaks the rewriting, and no loopback address of ours is left."""
    assert "127.0.0.1:5000/" not in ADDRESS.outward(f"{text} 127.0.0.1:5000/s1/ghcr.io/o/p")


def test_a_gateway_name_comes_apart() -> None:
    """Simulation, host and image name."""
    assert split_gateway_name("s1/localhost__5000/o/p/q") == ("s1", "localhost:5000", "o/p/q")
    assert ADDRESS.name("localhost:5000", "o/p/q") == "s1/localhost__5000/o/p/q"


@pytest.mark.parametrize("name", ["", "s1", "s1/ghcr.io", "s1/ghcr.io/"])
def test_a_name_without_all_parts_is_refused(name: str) -> None:
    """The message says how such a name is written."""
    with pytest.raises(ReferenceError, match="write simulation/host/image name"):
        split_gateway_name(name)


def test_a_component_that_is_no_host_is_refused() -> None:
    """An address that cannot be decoded is named."""
    with pytest.raises(ReferenceError, match="'ip6__zz' is no host"):
        split_gateway_name("s1/ip6__zz/o/p")
