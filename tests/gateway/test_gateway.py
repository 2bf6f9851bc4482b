"""The server over real sockets, with the embedded registry behind."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from pytest_cicache.errors import GatewayError
from pytest_cicache.gateway import (
    Attribution,
    Denial,
    Gateway,
    Package,
    RegistryHost,
    Role,
    Settings,
    Visibility,
    World,
)
from pytest_cicache.observation import Purpose
from pytest_cicache.permissions import AccessLevel

NONE, READ, WRITE = AccessLevel
CACHE_CONFIG = "application/vnd.buildkit.cacheconfig.v0"


# -- tokens and rights


def test_without_a_token_the_answer_says_where_to_get_one(simulation: Any) -> None:
    """401, the challenge, and the body of ghcr.io."""
    simulation.package()
    answer = simulation.send("GET", simulation.path("manifests/main"))

    assert answer.error == (401, "UNAUTHORIZED", "authentication required")
    assert answer.headers["Docker-Distribution-Api-Version"] == "registry/2.0"
    assert answer.headers["WWW-Authenticate"] == (
        f'Bearer realm="{simulation.gateway.url}/token",service="ghcr.io",'
        f'scope="repository:{simulation.name}/ghcr.io/acme/app:pull"'
    )
    assert [(record.purpose, record.status) for record in simulation.records()] == [(Purpose.TOKEN, 401)]


def test_an_image_goes_up_and_comes_down(simulation: Any) -> None:
    """A workflow that may write pushes; anybody pulls the public package it made."""
    headers = simulation.bearer(simulation.issue())

    assert simulation.push_manifest("main", headers).status == 201
    anonymous = simulation.bearer(None, "pull")
    got = simulation.send("GET", simulation.path("manifests/main"), headers=anonymous)
    listed = simulation.send("GET", simulation.path("tags/list"), headers=anonymous)

    assert (got.status, got.headers["Content-Type"]) == (200, "application/vnd.oci.image.manifest.v1+json")
    assert listed.status == 200
    assert b'"main"' in listed.body


def test_a_first_push_creates_and_links_the_package(simulation: Any) -> None:
    """The package exists from its first manifest on, not from its first layer."""
    headers = simulation.bearer(simulation.issue())
    simulation.push_blob(b"layer", headers)
    assert simulation.world.packages == {}

    simulation.push_manifest("main", headers)
    package = simulation.world.packages["acme/app"]

    assert (package.linked, package.visibility) == ("acme/app", Visibility.PUBLIC)
    assert package.role_of_repository("acme/app") == Role.ADMIN


def test_a_refused_first_push_creates_nothing(simulation: Any) -> None:
    """A manifest that the registry does not take makes no package."""
    headers = {**simulation.bearer(simulation.issue()), "Content-Type": "application/json"}

    assert simulation.send("PUT", simulation.path("manifests/main"), b"{}", headers).status == 400
    assert simulation.world.packages == {}


@pytest.mark.parametrize(
    ("packages", "exists", "message", "denial"),
    [
        pytest.param(
            READ, True, "installation not allowed to Write organization package", Denial.TOKEN_MAY_NOT_WRITE, id="A"
        ),
        pytest.param(
            READ,
            False,
            "installation not allowed to Create organization package",
            Denial.TOKEN_MAY_NOT_CREATE,
            id="A-prime",
        ),
        pytest.param(WRITE, True, "permission_denied: write_package", Denial.NO_WRITE_ROLE, id="C"),
    ],
)
def test_a_denied_push(simulation: Any, packages: AccessLevel, exists: bool, message: str, denial: Denial) -> None:
    """The refusal comes at the upload, with ghcr.io's words, and a test can tell which rule it was."""
    if exists:
        simulation.world.add_package(Package(owner="acme", name="app", visibility=Visibility.PUBLIC))
    headers = simulation.bearer(simulation.issue(packages))

    probed = simulation.send("HEAD", simulation.path(f"blobs/sha256:{'a' * 64}"), headers=headers)
    answer = simulation.send("POST", simulation.path("blobs/uploads/"), headers=headers)

    assert probed.status == 404
    assert answer.error == (403, "DENIED", message)
    refusal = simulation.world.refusals[-1]
    assert (refusal.denial, refusal.record.message) == (denial, f"denied: {message}")
    assert len(simulation.world.refusals) == 1
    assert "ghcr.io/acme/app" in refusal.reason


def test_rights_are_looked_up_at_every_request(simulation: Any) -> None:
    """A right that is taken away bites at once, whatever token was issued before."""
    simulation.package()
    headers = simulation.bearer(simulation.issue())
    simulation.push_blob(b"before", headers)
    simulation.world.add_package(Package(owner="acme", name="app", linked="acme/other"))

    answer = simulation.send("POST", simulation.path("blobs/uploads/"), headers=headers)
    assert answer.error == (403, "DENIED", "permission_denied: write_package")


def test_tokens_end_with_their_job(simulation: Any) -> None:
    """After the job the registry token is unknown and the secret is a wrong one, for public packages too."""
    simulation.package()
    secret = simulation.issue(READ)
    headers = simulation.bearer(secret, "pull")
    simulation.world.revoke(secret)

    answer = simulation.send("GET", simulation.path("manifests/main"), headers=headers)
    again = simulation.ask_token(secret, f"repository:{simulation.name}/ghcr.io/acme/app:pull")

    assert answer.status == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert again.error == (403, "DENIED", "denied")


@pytest.mark.parametrize("exists", [pytest.param(True, id="private"), pytest.param(False, id="absent")])
def test_private_and_absent_look_the_same(simulation: Any, exists: bool) -> None:
    """To nobody both are 401 at the token, to a reader without a role both are 403 at the manifest."""
    if exists:
        simulation.world.add_package(Package(owner="acme", name="app"))
    scope = f"repository:{simulation.name}/ghcr.io/acme/app:pull"
    headers = simulation.bearer(simulation.issue(READ), "pull")

    nobody = simulation.ask_token(None, scope)
    reader = simulation.send("GET", simulation.path("manifests/main"), headers=headers)

    assert nobody.error == (401, "UNAUTHORIZED", "authentication required")
    assert reader.error == (403, "DENIED", "denied")


def test_a_missing_tag_is_unknown(simulation: Any) -> None:
    """Who may read the package learns that the tag is not there."""
    simulation.package()
    headers = simulation.bearer(None, "pull")
    answer = simulation.send("GET", simulation.path("manifests/none"), headers=headers)

    assert answer.error[:2] == (404, "MANIFEST_UNKNOWN")
    assert simulation.records()[-1].message == "manifest unknown: manifest unknown"


def test_nothing_is_deleted(simulation: Any) -> None:
    """405 with ghcr.io's body, whoever asks."""
    simulation.package()
    headers = simulation.bearer(simulation.issue())
    answer = simulation.send("DELETE", simulation.path(f"manifests/sha256:{'a' * 64}"), headers=headers)

    assert answer.status == 405
    assert answer.body == b'{"errors":[{"code":"UNSUPPORTED","message":"The operation is unsupported."}]}'
    assert simulation.records()[-1].purpose == Purpose.DELETE


def test_a_github_token_is_accepted_as_bearer(simulation: Any) -> None:
    """ghcr.io takes the base64 of a token directly, which clean-up scripts use."""
    simulation.package(Visibility.PRIVATE)
    encoded = base64.b64encode(simulation.issue(READ).encode()).decode()

    def status(bearer: str) -> int:
        headers = {"Authorization": f"Bearer {bearer}"}
        return int(simulation.send("GET", simulation.path("tags/list"), headers=headers).status)

    assert status(encoded) == 404
    assert status(base64.b64encode(b"wrong").decode()) == 401
    assert status("not base64") == 401
    assert status("\xe9") == 401


def test_basic_at_the_registry_is_no_token(simulation: Any) -> None:
    """Basic belongs to the token endpoint."""
    simulation.package()
    basic = base64.b64encode(f"me:{simulation.issue()}".encode()).decode()
    answer = simulation.send("GET", simulation.path("tags/list"), headers={"Authorization": f"Basic {basic}"})

    assert answer.status == 401


def test_the_ping_of_docker_login(simulation: Any) -> None:
    """GET /v2/, a token for no image, GET /v2/ again."""
    basic = base64.b64encode(f"me:{simulation.issue()}".encode()).decode()
    first = simulation.send("GET", "/v2/")
    token = simulation.send(
        "GET", "/token?account=me&client_id=docker&service=ghcr.io", headers={"Authorization": f"Basic {basic}"}
    )
    headers = {"Authorization": f"Bearer {json.loads(token.body)['token']}"}

    assert (first.status, token.status) == (401, 200)
    assert 'scope="repository:user/image:pull"' in first.headers["WWW-Authenticate"]
    assert simulation.send("GET", "/v2/", headers=headers).body == b"{}"
    assert simulation.send("GET", "/v2/_catalog", headers=headers).error[:2] == (405, "UNSUPPORTED")
    assert [record.purpose for record in simulation.records()] == [Purpose.LOGIN]


@pytest.mark.parametrize(
    ("method", "path", "error"),
    [
        pytest.param("GET", "/v2/nobody/ghcr.io/o/p/tags/list", (404, "NAME_UNKNOWN"), id="unknown-simulation"),
        pytest.param("GET", "/v2/Nobody/ghcr.io/o/p/tags/list", (400, "NAME_INVALID"), id="invalid-simulation"),
        pytest.param("GET", "/elsewhere", (404, "NAME_UNKNOWN"), id="no-route"),
        pytest.param("PUT", "/token", (405, "UNSUPPORTED"), id="put-token"),
        pytest.param("GET", "/token", (403, "DENIED"), id="nobody-wants-nothing"),
        pytest.param("GET", "/token?scope=repository:user/image:pull", (403, "DENIED"), id="placeholder"),
    ],
)
def test_what_belongs_to_no_simulation(simulation: Any, method: str, path: str, error: tuple[int, str]) -> None:
    """Requests outside every simulation are answered, and recorded nowhere."""
    assert simulation.send(method, path).error[:2] == error
    assert simulation.world.records == []


def test_an_unknown_credential_is_denied_without_an_image(simulation: Any) -> None:
    """`docker login` with a wrong password."""
    basic = base64.b64encode(b"me:wrong").decode()
    answer = simulation.send("GET", "/token", headers={"Authorization": f"Basic {basic}"})

    assert answer.error == (403, "DENIED", "denied")


@pytest.mark.parametrize(
    ("method", "tag", "error"),
    [
        pytest.param("GET", "7/merge", (404, "MANIFEST_UNKNOWN", "manifest unknown"), id="get"),
        pytest.param("PUT", "7/merge", (400, "MANIFEST_INVALID", 'invalid tag "7/merge"'), id="put"),
    ],
)
def test_a_tag_with_a_slash_cannot_be_reached(
    simulation: Any, method: str, tag: str, error: tuple[int, str, str]
) -> None:
    """`github.ref_name` of a pull request is no tag."""
    headers = simulation.bearer(simulation.issue())

    assert simulation.send(method, simulation.path(f"manifests/{tag}"), b"{}", headers).error == error


def test_upper_case_is_refused(simulation: Any) -> None:
    """Image names are lower case."""
    answer = simulation.send("GET", simulation.path("tags/list", "ghcr.io/Acme/app"))

    assert answer.error == (400, "NAME_INVALID", "invalid repository name")


# -- other registries


def test_other_registries_have_their_own_accounts(simulation: Any) -> None:
    """A login at one host means nothing at another."""
    simulation.world.add_host(RegistryHost(name="docker.io", accounts={"hub": "eve"}))
    image = "docker.io/eve/app"
    scope = f"repository:{simulation.name}/{image}:pull,push"
    headers = simulation.bearer("hub", image=image)

    simulation.push_blob(b"layer", headers, image)
    denied = simulation.send(
        "POST", simulation.path("blobs/uploads/", image), headers=simulation.bearer(None, image=image)
    )

    assert denied.status == 401
    assert 'error="insufficient_scope"' in denied.headers["WWW-Authenticate"]
    assert 'service="docker.io"' in denied.headers["WWW-Authenticate"]
    assert simulation.ask_token(simulation.issue(), scope).error[:2] == (401, "UNAUTHORIZED")
    assert simulation.records()[-1].host == "docker.io"


def test_a_service_container_asks_for_no_token(simulation: Any) -> None:
    """A registry on the job's own machine is open, and deletes."""
    image = "localhost__5000/app"
    digest = simulation.push_blob(b"layer", {}, image)
    read = simulation.send("HEAD", simulation.path(f"blobs/{digest}", image))
    deleted = simulation.send("DELETE", simulation.path(f"blobs/{digest}", image))

    assert (read.status, deleted.status) == (200, 202)
    assert simulation.records()[-1].host == "localhost:5000"


# -- content


def test_a_blob_is_authorised_and_then_redirected(simulation: Any, upstream: str) -> None:
    """The bytes come from the registry behind, as ghcr.io's come from its storage; they are counted all the same."""
    headers = simulation.bearer(simulation.issue())
    digest = simulation.push_blob(b"0123456789", headers)
    answer = simulation.send("GET", simulation.path(f"blobs/{digest}"), headers=headers)
    part = simulation.send("GET", simulation.path(f"blobs/{digest}"), headers={**headers, "Range": "bytes=4-"})
    absent = simulation.send("GET", simulation.path(f"blobs/sha256:{'a' * 64}"), headers=headers)

    assert answer.status == part.status == 307
    assert answer.headers["Location"] == upstream + simulation.path(f"blobs/{digest}")
    assert absent.error[:2] == (404, "BLOB_UNKNOWN")
    assert [record.received for record in simulation.records()[-3:-1]] == [10, 6]


def test_an_upload_stays_on_the_gateway(simulation: Any) -> None:
    """`Location` never shows the registry behind."""
    headers = simulation.bearer(simulation.issue())
    answer = simulation.send("POST", simulation.path("blobs/uploads/"), headers=headers)

    assert answer.headers["Location"].startswith(simulation.path("blobs/uploads/"))


def test_a_chunked_upload(simulation: Any) -> None:
    """Docker sends layers with PATCH and chunked encoding."""
    headers = simulation.bearer(simulation.issue())
    started = simulation.send("POST", simulation.path("blobs/uploads/"), headers=headers)
    patched = simulation.send(
        "PATCH", started.headers["Location"], iter([b"a" * 1000, b"b" * 1000]), headers, encode_chunked=True
    )

    assert (patched.status, patched.headers["Range"]) == (202, "0-1999")
    assert simulation.records()[-1].sent == 2000


def test_head_has_no_body_and_keeps_its_headers(simulation: Any) -> None:
    """BuildKit reads type, length and digest from a HEAD."""
    headers = simulation.bearer(simulation.issue())
    simulation.push_manifest("main", headers)
    head = simulation.send("HEAD", simulation.path("manifests/main"), headers=headers)
    got = simulation.send("GET", simulation.path("manifests/main"), headers=headers)

    assert (head.status, head.body) == (200, b"")
    for name in ("Content-Type", "Content-Length", "Docker-Content-Digest"):
        assert head.headers[name] == got.headers[name]


def test_a_mount_of_the_readable_and_of_the_unreadable(simulation: Any) -> None:
    """What may not be pulled becomes an ordinary upload."""
    headers = simulation.bearer(simulation.issue())
    digest = simulation.push_blob(b"layer", headers, "ghcr.io/acme/app")
    simulation.package()
    target, source = "ghcr.io/acme/other", f"{simulation.name}/ghcr.io/acme/app"
    path = simulation.path(f"blobs/uploads/?mount={digest}&from={source}", target)
    pusher = simulation.bearer(simulation.issue(), image=target)

    mounted = simulation.send("POST", path, headers=pusher)
    simulation.world.add_package(Package(owner="acme", name="app", linked="acme/secret"))
    uploading = simulation.send(
        "POST",
        path.replace("other", "third"),
        headers=simulation.bearer(simulation.issue(), image="ghcr.io/acme/third"),
    )

    assert (mounted.status, uploading.status) == (201, 202)
    assert simulation.records()[-1].purpose == Purpose.MOUNT


def test_an_expected_continue(simulation: Any) -> None:
    """A client that waits for leave to send gets it, or the refusal instead."""
    simulation.package()
    allowed, denied = simulation.bearer(simulation.issue()), simulation.bearer(simulation.issue(READ))
    location = simulation.send("POST", simulation.path("blobs/uploads/"), headers=allowed).headers["Location"]

    assert raw_put(simulation, location, allowed).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
    refused = raw_put(simulation, location, denied)
    assert refused.startswith(b"HTTP/1.1 403 ")
    assert b"connection: close" in refused.lower()


def raw_put(simulation: Any, location: str, headers: dict[str, str]) -> bytes:
    lines = [f"PUT {location} HTTP/1.1", "Host: x", "Expect: 100-continue", "Content-Length: 5"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    with socket.create_connection(("127.0.0.1", simulation.gateway.port), 5) as client:
        client.sendall("\r\n".join([*lines, "", ""]).encode())
        return client.recv(65536)


def test_a_tls_hello_is_answered_like_http(simulation: Any) -> None:
    """The docker daemon tries TLS first; only an HTTP-looking answer makes it fall back."""
    hello = bytes.fromhex("16030100f5010000f10303") + bytes(32)
    with socket.create_connection(("127.0.0.1", simulation.gateway.port), 5) as client:
        client.sendall(hello)
        answer = client.recv(65536)

    assert answer.startswith(b"HTTP/1.")
    assert b" 400 " in answer.splitlines()[0]


def test_headers_have_a_limit(simulation: Any) -> None:
    """A header that does not end is refused, not stored."""
    answer = simulation.send("GET", "/v2/", headers={"X-Long": "x" * 100_000})

    assert answer.status == 400


def test_bodies_have_limits(simulate: Callable[..., Any]) -> None:
    """A layer or manifest above its limit is refused, announced or not, before all of it was taken."""
    simulation = simulate(Settings(layer_limit=1000, manifest_limit=100))
    headers = simulation.bearer(simulation.issue())
    location = simulation.send("POST", simulation.path("blobs/uploads/"), headers=headers).headers["Location"]

    announced = simulation.send("PUT", location, b"x" * 1001, headers)
    streamed = simulation.send("PATCH", location, iter([b"x" * 900] * 2), headers, encode_chunked=True)
    manifest = simulation.send("PUT", simulation.path("manifests/m"), iter([b"x" * 200]), headers, encode_chunked=True)

    assert [answer.error[:2] for answer in (announced, streamed, manifest)] == [(413, "SIZE_INVALID")] * 3


# -- records


def test_records_tell_who_meant_what(simulation: Any) -> None:
    """Run, job, step, purpose and bytes of an export."""
    simulation.world.current = Attribution(run=3, job="build", step="bake")
    simulation.world.expect("ghcr.io/acme/app:cache", Purpose.EXPORT, Purpose.IMPORT)
    headers = simulation.bearer(simulation.issue())
    simulation.push_manifest("cache", headers, config=CACHE_CONFIG)
    reader = simulation.bearer(None, "pull")
    head = simulation.send("HEAD", simulation.path("manifests/cache"), headers=reader)
    digest = head.headers["Docker-Content-Digest"]
    simulation.send("GET", simulation.path(f"manifests/{digest}"), headers=reader)

    seen = [(record.purpose, record.method, record.status) for record in simulation.records()]
    assert seen == [
        (Purpose.TOKEN, "POST", 200),
        (Purpose.EXPORT, "POST", 202),
        (Purpose.EXPORT, "PUT", 201),
        (Purpose.EXPORT, "PUT", 201),
        (Purpose.TOKEN, "GET", 200),
        (Purpose.IMPORT, "HEAD", 200),
        (Purpose.IMPORT, "GET", 200),
    ]
    last = simulation.records()[-1]
    assert (last.run, last.job, last.step, last.host, last.image_name) == (3, "build", "bake", "ghcr.io", "acme/app")
    assert (last.reference, last.digest, last.received > 100) == (digest, digest, True)


def test_a_cache_is_known_without_being_expected(simulation: Any) -> None:
    """The manifest itself says that it is one."""
    headers = simulation.bearer(simulation.issue())
    simulation.push_manifest("cache", headers, config=CACHE_CONFIG)
    simulation.send("GET", simulation.path("manifests/cache"), headers=simulation.bearer(None, "pull"))

    puts = [record.purpose for record in simulation.records() if record.reference == "cache"]
    assert puts == [Purpose.EXPORT, Purpose.IMPORT]


def test_what_an_index_points_to_has_its_purpose(simulation: Any) -> None:
    """The manifests of an image that is imported are imported too."""
    simulation.world.expect("ghcr.io/acme/app:image", Purpose.IMPORT)
    headers = simulation.bearer(simulation.issue())
    child = simulation.push_manifest("child", headers).headers["Docker-Content-Digest"]
    entry = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": child, "size": 1}
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [entry]}
    sent = {**headers, "Content-Type": index["mediaType"]}
    simulation.send("PUT", simulation.path("manifests/image"), json.dumps(index), sent)
    reader = simulation.bearer(None, "pull")
    for reference in ("image", child):
        assert simulation.send("GET", simulation.path(f"manifests/{reference}"), headers=reader).status == 200

    assert [record.purpose for record in simulation.records()[-2:]] == [Purpose.IMPORT, Purpose.IMPORT]


def test_simulations_do_not_meet(simulate: Callable[..., Any]) -> None:
    """A token of one is nothing to the other, nor is its content, also when both run at once."""
    first, second = simulate(), simulate()
    headers, others = first.bearer(first.issue()), second.bearer(second.issue())

    def push(simulation: Any, sent: dict[str, str]) -> None:
        for index in range(10):
            simulation.push_manifest(f"{simulation.name}-{index}", sent)

    threads = [threading.Thread(target=push, args=pair) for pair in ((first, headers), (second, others))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert first.send("GET", second.path("tags/list"), headers=headers).status == 401
    listed = first.send("GET", first.path("tags/list"), headers=headers).body.decode()
    assert first.name in listed
    assert second.name not in listed
    statuses = [record.status for record in second.world.records]
    assert (len([status for status in statuses if status < 300]), statuses.count(401)) == (1 + 10 * 3, 1)


# -- its own life


def test_a_taken_port_is_said(gateway: Gateway, background: Any) -> None:
    """A port in use is an error that names it."""
    second = Gateway("http://127.0.0.1:1", port=gateway.port)

    with pytest.raises(GatewayError, match=rf"cannot listen on 127.0.0.1:{gateway.port}: .*address already in use"):
        background.run(second.start())


def test_closing_twice_or_before_the_start_does_nothing(background: Any) -> None:
    """There is nothing to close, and no error."""
    background.run(Gateway("http://127.0.0.1:1").close())


def test_a_name_is_served_once(simulation: Any) -> None:
    """Two simulations of one name would meet."""
    with pytest.raises(GatewayError, match=r"serves a simulation named 'sim[0-9]+' already"):
        simulation.gateway.open(simulation.name, World())
    simulation.gateway.forget("never-there")


def test_closing_cuts_what_is_open(background: Any) -> None:
    """Nothing hangs on a client that keeps its connection."""

    async def live() -> int:
        async with Gateway("http://127.0.0.1:1") as gateway:
            reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
            writer.write(b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n")
            line = await reader.readline()
        writer.close()
        return int(line.split()[1])

    assert background.run(live()) == 401
