"""Token requests, read and decided."""

from __future__ import annotations

import base64
import json

import pytest

from pytest_cicache.gateway import Denial, Identity, Package, RegistryHost, RegistryState, Settings, Visibility
from pytest_cicache.gateway._credential import Grant
from pytest_cicache.gateway._decide_token import decide_token, place_of
from pytest_cicache.gateway._replies import Reply
from pytest_cicache.gateway._token import (
    TokenRequest,
    basic_credential,
    bearer_token,
    issued,
    read_token_request,
)
from pytest_cicache.oci import ResourceScope
from pytest_cicache.permissions import AccessLevel

PULL = ResourceScope("repository", "sim/ghcr.io/acme/app", ("pull",))
PUSH = ResourceScope("repository", "sim/ghcr.io/acme/app", ("pull", "push"))
HUB = ResourceScope("repository", "sim/docker.io/eve/app", ("pull", "push"))
PLACEHOLDER = ResourceScope("repository", "user/image", ("pull",))


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("query", "form", "authorization", "asked"),
    [
        pytest.param(
            "scope=repository%3Asim%2Fghcr.io%2Facme%2Fapp%3Apull&service=ghcr.io",
            "",
            "",
            TokenRequest(scopes=(PULL,)),
            id="buildkit-anonymous",
        ),
        pytest.param(
            "",
            "client_id=buildkit-client&grant_type=password&password=p%40ss&scope=repository%3Asim%2Fghcr.io%2Facme%2F"
            "app%3Apull%2Cpush&service=ghcr.io&username=me",
            "",
            TokenRequest(scopes=(PUSH,), username="me", password="p@ss"),
            id="buildkit-post",
        ),
        pytest.param(
            "account=me&client_id=docker&offline_token=true&service=ghcr.io",
            "",
            basic("me:pa:ss"),
            TokenRequest(username="me", password="pa:ss"),
            id="docker-login",
        ),
        pytest.param(
            "scope=repository:sim/ghcr.io/acme/app:pull&scope=repository:sim/docker.io/eve/app:pull,push",
            "",
            "",
            TokenRequest(scopes=(PULL, HUB)),
            id="oras-two-parameters",
        ),
        pytest.param(
            "scope=repository:sim/ghcr.io/acme/app:pull repository:sim/docker.io/eve/app:pull,push nonsense",
            "",
            "",
            TokenRequest(scopes=(PULL, HUB)),
            id="one-parameter-and-nonsense",
        ),
        pytest.param(
            "",
            "grant_type=refresh_token&refresh_token=secret&scope=",
            "",
            TokenRequest(password="secret"),
            id="identity-token",
        ),
        pytest.param("", "", "Bearer ghs_x", TokenRequest(has_bearer=True), id="bearer-at-token"),
    ],
)
def test_requests_are_read_as_clients_write_them(
    query: str, form: str, authorization: str, asked: TokenRequest
) -> None:
    """GET and POST, with and without credentials."""
    assert read_token_request(query, form, authorization) == asked


@pytest.mark.parametrize(
    ("authorization", "credential"),
    [
        pytest.param("", None, id="none"),
        pytest.param("Bearer x", None, id="bearer"),
        pytest.param(basic("a:b"), ("a", "b"), id="both"),
        pytest.param("Basic !!!", ("", ""), id="no-base64"),
        pytest.param("Basic /w==", ("", ""), id="no-text"),
    ],
)
def test_basic_credentials(authorization: str, credential: tuple[str, str] | None) -> None:
    """One that cannot be read is a wrong one, not an anonymous request."""
    assert basic_credential(authorization) == credential


def test_bearer_tokens() -> None:
    """The scheme's case does not matter."""
    assert bearer_token("bearer abc") == "abc"
    assert bearer_token("Basic abc") is None


def test_an_issued_token_names_no_expiry() -> None:
    """BuildKit wants `access_token`, docker `token`; ghcr.io names no expiry."""
    assert json.loads(issued("t").body) == {"token": "t", "access_token": "t"}


def test_places() -> None:
    """Only scopes of images have a place."""
    assert place_of(PULL) == ("sim", "ghcr.io", "acme/app")
    assert place_of(ResourceScope("registry", "catalog", ("*",))) is None
    assert place_of(PLACEHOLDER) is None


def state(settings: Settings | None = None, visibility: Visibility = Visibility.PUBLIC) -> RegistryState:
    found = RegistryState(seed="t", settings=settings)
    found.add_package(Package(owner="acme", name="app", visibility=visibility, linked="acme/app"))
    found.add_host(RegistryHost(name="docker.io", accounts={"hub": "eve"}))
    found.accept("good", Identity(repository="acme/app", packages=AccessLevel.READ))
    return found


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(TokenRequest(scopes=(PULL,)), id="anonymous-public"),
        pytest.param(TokenRequest(scopes=(PUSH,), username="any", password="good"), id="whatever-it-may-do"),
        pytest.param(TokenRequest(username="any", password="good"), id="login"),
        pytest.param(TokenRequest(scopes=(PLACEHOLDER,), password="good"), id="placeholder-with-credential"),
        pytest.param(TokenRequest(scopes=(HUB,)), id="another-registry-anonymous"),
        pytest.param(TokenRequest(scopes=(HUB,), username="eve", password="hub"), id="another-registry"),
    ],
)
def test_tokens_are_issued(asked: TokenRequest) -> None:
    """A token is issued to any valid credential, and to nobody for what is public."""
    granted = decide_token(asked, state())

    assert isinstance(granted, Grant)
    assert (granted.secret, granted.scopes) == (asked.password, asked.scopes)


DENIED = (403, "denied: denied")
UNAUTHORIZED = (401, "unauthorized: authentication required")


@pytest.mark.parametrize(
    ("asked", "answer", "denial"),
    [
        pytest.param(
            TokenRequest(scopes=(PULL,), username="me", password="bad"), DENIED, Denial.BAD_CREDENTIAL, id="wrong"
        ),
        pytest.param(TokenRequest(username="me", password="bad"), DENIED, Denial.BAD_CREDENTIAL, id="wrong-login"),
        pytest.param(TokenRequest(username="", password=""), DENIED, Denial.BAD_CREDENTIAL, id="empty"),
        pytest.param(TokenRequest(scopes=(PUSH,)), UNAUTHORIZED, Denial.UNAUTHENTICATED, id="anonymous-push"),
        pytest.param(TokenRequest(scopes=(PLACEHOLDER,)), DENIED, Denial.UNAUTHENTICATED, id="placeholder"),
        pytest.param(TokenRequest(), DENIED, Denial.UNAUTHENTICATED, id="nothing"),
        pytest.param(TokenRequest(has_bearer=True), UNAUTHORIZED, None, id="bearer-at-token"),
        pytest.param(
            TokenRequest(scopes=(HUB,), username="eve", password="bad"),
            (401, "unauthorized: incorrect username or password"),
            Denial.BAD_CREDENTIAL,
            id="another-registry-wrong",
        ),
    ],
)
def test_tokens_are_refused(asked: TokenRequest, answer: tuple[int, str], denial: Denial | None) -> None:
    """A wrong credential fails even for public packages; nobody gets no token for what is not public."""
    reply = decide_token(asked, state())

    assert isinstance(reply, Reply)
    assert (reply.status, reply.message) == answer
    assert reply.denial == denial


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        pytest.param(Settings(), 401, id="default"),
        pytest.param(Settings(anonymous_token_status=403), 403, id="403"),
        pytest.param(Settings(anonymous_token_status=None), None, id="refused-at-the-pull"),
    ],
)
def test_nobody_asks_for_what_is_private(settings: Settings, status: int | None) -> None:
    """Where the refusal falls is a setting, since sources disagree."""
    reply = decide_token(TokenRequest(scopes=(PULL,)), state(settings, Visibility.PRIVATE))

    assert (reply.status if isinstance(reply, Reply) else None) == status


def test_a_wrong_login_has_a_status_of_its_own() -> None:
    """The status of a wrong credential is a setting."""
    asked = TokenRequest(scopes=(PULL,), password="bad")
    reply = decide_token(asked, state(Settings(login_denied_status=401)))

    assert isinstance(reply, Reply)
    assert reply.status == 401


def test_posting_can_be_switched_off() -> None:
    """BuildKit then falls back to GET with Basic."""
    reply = decide_token(TokenRequest(), state(Settings(posts_tokens=False)), method="POST")

    assert isinstance(reply, Reply)
    assert reply.status == 405


def test_a_login_at_one_registry_is_none_at_another() -> None:
    """A job's credential stands for its login at each host, and for nobody where it has none."""
    here = state(visibility=Visibility.PRIVATE)
    _, secret = here.job_credential("build", {"docker.io": ("eve", "hub")})

    assert isinstance(decide_token(TokenRequest(scopes=(HUB,), password=secret), here), Grant)
    assert isinstance(decide_token(TokenRequest(scopes=(PULL,), password=secret), here), Reply)
