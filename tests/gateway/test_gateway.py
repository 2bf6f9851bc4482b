"""The server over real sockets, with the embedded registry behind."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest

from pytest_cicache.errors import GatewayError
from pytest_cicache.gateway import (
    Denial,
    Gateway,
    Package,
    RegistryHost,
    RegistryState,
    Role,
    Visibility,
)
from pytest_cicache.observation import Purpose
from pytest_cicache.permissions import AccessLevel

READ, WRITE = AccessLevel.READ, AccessLevel.WRITE


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
    assert simulation.state.packages == {}

    simulation.push_manifest("main", headers)
    package = simulation.state.packages["acme/app"]

    assert (package.linked, package.visibility) == ("acme/app", Visibility.PUBLIC)
    assert package.role_of_repository("acme/app") == Role.ADMIN


def test_a_refused_first_push_creates_nothing(simulation: Any) -> None:
    """A manifest that the registry does not take makes no package."""
    headers = {**simulation.bearer(simulation.issue()), "Content-Type": "application/json"}

    assert simulation.send("PUT", simulation.path("manifests/main"), b"{}", headers).status == 400
    assert simulation.state.packages == {}


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
        simulation.state.add_package(Package(owner="acme", name="app", visibility=Visibility.PUBLIC))
    headers = simulation.bearer(simulation.issue(packages))

    probed = simulation.send("HEAD", simulation.path(f"blobs/sha256:{'a' * 64}"), headers=headers)
    answer = simulation.send("POST", simulation.path("blobs/uploads/"), headers=headers)

    assert probed.status == 404
    assert answer.error == (403, "DENIED", message)
    refusal = simulation.recorder.refusals[-1]
    assert (refusal.denial, refusal.record.message) == (denial, f"denied: {message}")
    assert len(simulation.recorder.refusals) == 1
    assert "ghcr.io/acme/app" in refusal.reason


def test_rights_are_looked_up_at_every_request(simulation: Any) -> None:
    """A right that is taken away bites at once, whatever token was issued before."""
    simulation.package()
    headers = simulation.bearer(simulation.issue())
    simulation.push_blob(b"before", headers)
    simulation.state.add_package(Package(owner="acme", name="app", linked="acme/other"))

    answer = simulation.send("POST", simulation.path("blobs/uploads/"), headers=headers)
    assert answer.error == (403, "DENIED", "permission_denied: write_package")


def test_tokens_end_with_their_job(simulation: Any) -> None:
    """After the job the registry token is unknown and the secret is a wrong one, for public packages too."""
    simulation.package()
    secret = simulation.issue(READ)
    headers = simulation.bearer(secret, "pull")
    simulation.state.revoke(secret)

    answer = simulation.send("GET", simulation.path("manifests/main"), headers=headers)
    again = simulation.ask_token(secret, f"repository:{simulation.name}/ghcr.io/acme/app:pull")

    assert answer.status == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert again.error == (403, "DENIED", "denied")


@pytest.mark.parametrize("exists", [pytest.param(True, id="private"), pytest.param(False, id="absent")])
def test_private_and_absent_look_the_same(simulation: Any, exists: bool) -> None:
    """To nobody both are 401 at the token, to a reader without a role both are 403 at the manifest."""
    if exists:
        simulation.state.add_package(Package(owner="acme", name="app"))
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
    assert simulation.recorder.records == []


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
    simulation.state.add_host(RegistryHost(name="docker.io", accounts={"hub": "eve"}))
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
        simulation.gateway.open(simulation.name, RegistryState())
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
