"""What passes through the server over real sockets: bodies, headers, limits, and the records they leave."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from pytest_cicache.gateway import (
    Attribution,
    Identity,
    Package,
    Settings,
)
from pytest_cicache.observation import Purpose
from pytest_cicache.permissions import AccessLevel

READ = AccessLevel.READ
CACHE_CONFIG = "application/vnd.buildkit.cacheconfig.v0"


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


def test_a_body_where_none_belongs_stays_here(simulation: Any) -> None:
    """It would end up in front of the next request on the connection to the registry."""
    headers = simulation.bearer(simulation.issue())
    simulation.push_manifest("main", headers)
    smuggled = b"DELETE /v2/ HTTP/1.1\r\nHost: x\r\n\r\n"
    path = simulation.path("manifests/main")
    statuses = [
        simulation.send(method, path, smuggled, headers).status for method in ("HEAD", "GET", "HEAD", "GET", "HEAD")
    ]

    assert statuses == [200] * 5
    assert [record.sent for record in simulation.records()[-5:]] == [0] * 5


def test_a_mount_of_the_readable_and_of_the_unreadable(simulation: Any) -> None:
    """What may not be pulled becomes an ordinary upload."""
    headers = simulation.bearer(simulation.issue())
    digest = simulation.push_blob(b"layer", headers, "ghcr.io/acme/app")
    simulation.package()
    target, source = "ghcr.io/acme/other", f"{simulation.name}/ghcr.io/acme/app"
    path = simulation.path(f"blobs/uploads/?mount={digest}&from={source}", target)
    pusher = simulation.bearer(simulation.issue(), image=target)

    mounted = simulation.send("POST", path, headers=pusher)
    simulation.state.add_package(Package(owner="acme", name="app", linked="acme/secret"))
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


def test_a_tls_hello_is_answered_like_http(simulation: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The docker daemon tries TLS first; only an HTTP-looking answer makes it fall back, and nobody need be told."""
    hello = bytes.fromhex("16030100f5010000f10303") + bytes(32)
    with socket.create_connection(("127.0.0.1", simulation.gateway.port), 5) as client:
        client.sendall(hello)
        answer = client.recv(65536)

    assert answer.startswith(b"HTTP/1.")
    assert b" 400 " in answer.splitlines()[0]
    assert caplog.records == []


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


def test_records_tell_who_meant_what(simulation: Any, background: Any) -> None:
    """Run, job, step, purpose and bytes of an export."""
    place, reference = Attribution(run=3, job="build", step="bake"), "ghcr.io/acme/app:cache"
    simulation.begin_build(background, place, (reference, Purpose.EXPORT), (reference, Purpose.IMPORT))
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
    assert (last.run, last.job, last.step, last.build) == (3, "build", "bake", 1)
    assert (last.host, last.image_name) == ("ghcr.io", "acme/app")
    assert (last.reference, last.digest, last.received > 100) == (digest, digest, True)


def test_builds_side_by_side_have_ports_of_their_own(simulation: Any, background: Any) -> None:
    """One after the other have the same, so that a builder goes on with the tokens it keeps by host and port."""

    async def lease_both() -> list[int]:
        first, second = (simulation.recorder.begin_build(Attribution(job="build")) for _ in range(2))
        async with (
            simulation.gateway.build_port(simulation.name, first) as one,
            simulation.gateway.build_port(simulation.name, second) as other,
        ):
            return [one, other]

    ports = background.run(lease_both())

    assert len({*ports, simulation.gateway.port}) == 3
    assert background.run(lease_both()) == ports


def test_what_an_anonymous_build_asks_is_its_own(simulation: Any, background: Any) -> None:
    """A request without any credential, refused for want of a token, carries its build as well."""
    simulation.begin_build(background, Attribution(run=1, job="a", step="one"))
    one = simulation.port
    simulation.begin_build(background, Attribution(run=1, job="b", step="two"))
    for port in (simulation.port, one):
        simulation.port = port
        assert simulation.send("HEAD", simulation.path("manifests/t")).status == 401
    simulation.port = simulation.gateway.port
    assert simulation.send("HEAD", simulation.path("manifests/t")).status == 401

    assert [(record.job, record.step, record.build) for record in simulation.records(3)] == [
        ("b", "two", 2),
        ("a", "one", 1),
        ("", "", 0),
    ]


def test_a_build_that_was_cut_off_keeps_its_port(simulation: Any, background: Any) -> None:
    """BuildKit ends a moment after buildx was killed; what it asks until then is nobody else's."""

    async def cut_off(build: Attribution) -> int:
        lease = simulation.gateway.build_port(simulation.name, build)
        port = await lease.__aenter__()
        with contextlib.suppress(asyncio.CancelledError):
            await lease.__aexit__(asyncio.CancelledError, asyncio.CancelledError(), None)
        return port

    first = background.run(cut_off(simulation.recorder.begin_build(Attribution(job="a"))))
    simulation.begin_build(background, Attribution(job="b"))

    assert simulation.port != first


def test_a_build_that_broke_gives_its_port_back(simulation: Any, background: Any) -> None:
    """However many fail, no more ports are open than builds have run side by side."""

    async def broken() -> int:
        with contextlib.suppress(ValueError):
            async with simulation.gateway.build_port(
                simulation.name, simulation.recorder.begin_build(Attribution())
            ) as port:
                raise ValueError
        return int(port)

    assert background.run(broken()) == background.run(broken())


def test_what_a_step_asks_itself_is_booked_on_the_step_its_job_is_at(simulation: Any) -> None:
    """A job's credential tells the job; the step is the one that the job has announced last."""
    secret = simulation.state.issue(Identity(repository="acme/app", packages=AccessLevel.WRITE, job="build#1"))
    simulation.recorder.begin_step(Attribution(run=2, job="other#2", step="x"))
    simulation.recorder.begin_step(Attribution(run=2, job="build#1", step="crane"))
    simulation.send("HEAD", simulation.path("manifests/t"), headers=simulation.bearer(secret, "pull"))

    assert {(record.run, record.job, record.step, record.build) for record in simulation.records(2)} == {
        (2, "build#1", "crane", 0)
    }


def test_what_engines_look_at_leaves_no_trace(simulation: Any, background: Any) -> None:
    """At a port of its own nothing is recorded and no fault strikes."""
    simulation.state.faults.on_manifest_pull(status=500)
    simulation.port = background.run(simulation.gateway.unrecorded_port())
    headers = simulation.bearer(simulation.issue(), "pull")

    assert simulation.send("HEAD", simulation.path("manifests/t"), headers=headers).status == 404
    assert simulation.recorder.records == []


def test_a_cache_is_known_without_being_expected(simulation: Any) -> None:
    """The manifest itself says that it is one."""
    headers = simulation.bearer(simulation.issue())
    simulation.push_manifest("cache", headers, config=CACHE_CONFIG)
    simulation.send("GET", simulation.path("manifests/cache"), headers=simulation.bearer(None, "pull"))

    puts = [record.purpose for record in simulation.records() if record.reference == "cache"]
    assert puts == [Purpose.EXPORT, Purpose.IMPORT]


def test_what_an_index_points_to_has_its_purpose(simulation: Any, background: Any) -> None:
    """The manifests of an image that is imported are imported too."""
    simulation.begin_build(background, Attribution(), ("ghcr.io/acme/app:image", Purpose.IMPORT))
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
    statuses = [record.status for record in second.recorder.records]
    assert (len([status for status in statuses if status < 300]), statuses.count(401)) == (1 + 10 * 3, 1)
