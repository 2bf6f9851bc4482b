"""What the registries of one simulation know."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cicache.gateway import Identity, Owner, Package, RegistryHost, RegistryState, Role, Visibility
from pytest_cicache.gateway._credential import ANONYMOUS, Grant
from pytest_cicache.gateway._decide import Question
from pytest_cicache.gateway._hosts import default_host
from pytest_cicache.gateway._operation import route
from pytest_cicache.permissions import AccessLevel

WRITER = Identity(repository="acme/app", packages=AccessLevel.WRITE)
D = f"sha256:{'a' * 64}"


@pytest.fixture
def state() -> RegistryState:
    return RegistryState(seed="w")


def test_a_secret_ends_with_its_job(state: RegistryState) -> None:
    """What was issued stands for its identity until it is revoked."""
    secret = state.issue(WRITER)

    assert state.resolve(secret, "ghcr.io") == WRITER
    state.revoke(secret)
    assert state.resolve(secret, "ghcr.io") is None
    state.revoke(secret)


def test_secrets_differ_between_simulations() -> None:
    """Two simulations never share a secret unless they were given the same seed."""
    first, second = RegistryState(), RegistryState()

    assert first.issue(WRITER) != second.issue(WRITER)
    assert RegistryState(seed="a").issue(WRITER) == RegistryState(seed="a").issue(WRITER)
    assert RegistryState(seed="a").issue(WRITER).startswith("ghs_")


def test_nobody_is_nobody_everywhere(state: RegistryState) -> None:
    """No secret is no credential, not a wrong one."""
    assert state.resolve(None, "ghcr.io") is ANONYMOUS


def test_a_job_credential_stands_for_the_logins_of_the_job(state: RegistryState) -> None:
    """One credential at the gateway, another identity at each host."""
    secret = state.issue(WRITER)
    state.add_host(RegistryHost(name="docker.io", accounts={"hub": "eve"}))
    logins = {"ghcr.io": ("me", secret), "docker.io": ("eve", "hub")}
    username, credential = state.job_credential("build", logins)

    assert username == "job"
    assert state.resolve(credential, "ghcr.io") == WRITER
    assert state.resolve(credential, "docker.io") == Identity(user="eve", packages=AccessLevel.WRITE)
    assert state.resolve(credential, "quay.io") is ANONYMOUS


def test_the_same_logins_of_a_job_have_the_same_credential(state: RegistryState) -> None:
    """A builder goes on with its tokens; other logins, or another job's, are another client."""
    logins = {"quay.io": ("me", "p")}
    first = state.job_credential("build", logins)

    assert state.job_credential("build", dict(logins)) == first
    assert state.job_credential("build", {"quay.io": ("me", "q")}) != first
    assert state.job_credential("another", logins) != first


def test_a_job_credential_breaks_with_the_token_it_stands_for(state: RegistryState) -> None:
    """A stored login whose token has ended is a wrong credential, not an anonymous one."""
    secret = state.issue(WRITER)
    _, credential = state.job_credential("build", {"ghcr.io": ("me", secret)})
    state.revoke(secret)

    assert state.resolve(credential, "ghcr.io") is None


def test_the_credentials_of_a_job_end_with_it(state: RegistryState) -> None:
    """Afterwards they are wrong everywhere; those of other jobs live on."""
    logins = {"quay.io": ("me", "p")}
    _, other = state.job_credential("another", logins)
    _, credential = state.job_credential("build", logins)
    assert state.knows(credential)
    state.end_job("build")

    assert not state.knows(credential)
    assert state.knows(other)
    assert state.resolve(credential, "ghcr.io") is None


@pytest.mark.parametrize(
    ("host", "password", "status", "message"),
    [
        pytest.param("ghcr.io", "good", 200, None, id="good"),
        pytest.param(
            "ghcr.io", "bad", 403, 'Error response from daemon: Get "https://ghcr.io/v2/": denied: denied', id="ghcr"
        ),
        pytest.param("docker.io", "hub", 200, None, id="hub-good"),
        pytest.param(
            "docker.io",
            "bad",
            401,
            'Error response from daemon: Get "https://registry-1.docker.io/v2/": '
            "unauthorized: incorrect username or password",
            id="hub",
        ),
        pytest.param(
            "quay.io",
            "",
            401,
            'Error response from daemon: Get "https://quay.io/v2/": unauthorized: authentication required',
            id="empty",
        ),
        pytest.param("quay.io", "anything", 200, None, id="a-registry-nothing-was-said-about"),
    ],
)
def test_logins(state: RegistryState, host: str, password: str, status: int, message: str | None) -> None:
    """Any live credential logs in, whatever it may; docker's words tell of the rest."""
    state.accept("good", replace(WRITER, packages=AccessLevel.NONE))
    state.add_host(RegistryHost(name="docker.io", accounts={"hub": "eve"}))

    reply = state.login(host, "me", password)

    assert (reply.status, reply.message, reply.succeeded) == (status, message, message is None)


def test_a_secret_that_was_issued_is_not_given_another_meaning(state: RegistryState) -> None:
    """A repository's secret may happen to be the text of a token."""
    secret = state.issue(WRITER)
    state.accept(secret, Identity(user="eve"))

    assert state.resolve(secret, "ghcr.io") == WRITER


def test_a_first_push_creates_the_package_once(state: RegistryState) -> None:
    """The owner's settings decide about inheritance; a package that is there stays as it is."""
    state.add_owner(Owner(name="Acme", inherits=False))
    state.create_package(WRITER, "acme/app")
    state.create_package(replace(WRITER, repository="acme/other"), "acme/app")

    package = state.package("acme/app")
    assert package is not None
    assert (package.linked, package.inherits, package.owner) == ("acme/app", False, "Acme")


def test_tokens_are_known_until_they_expire(state: RegistryState) -> None:
    """A registry token is opaque and can be made worthless."""
    grant = Grant(secret="s")
    token = state.grant(grant)

    assert state.granted(token) is grant
    state.expire(token)
    assert state.granted(token) is None


@pytest.mark.parametrize(
    ("source", "identity", "denied"),
    [
        pytest.param("sim/ghcr.io/acme/base", WRITER, False, id="own"),
        pytest.param("sim/ghcr.io/acme/secret", WRITER, True, id="unreadable"),
        pytest.param("other/ghcr.io/acme/base", WRITER, True, id="another-simulation"),
        pytest.param("sim/docker.io/acme/base", WRITER, True, id="another-registry"),
        pytest.param("nonsense", WRITER, True, id="nonsense"),
        pytest.param("sim/ghcr.io/acme/base", None, True, id="ended"),
    ],
)
def test_a_mount_needs_the_right_to_read_its_source(
    state: RegistryState, source: str, identity: Identity | None, denied: bool
) -> None:
    """What may not be pulled may not be mounted, nor what is elsewhere."""
    state.add_package(Package(owner="acme", name="base", visibility=Visibility.PUBLIC))
    state.add_package(Package(owner="acme", name="secret", access={"acme/other": Role.READ}))
    operation = route("POST", "/v2/sim/ghcr.io/acme/app/blobs/uploads/", f"mount={D}&from={source}")
    question = Question(
        operation=operation,
        realm="r",
        host=state.host("ghcr.io"),
        settings=state.settings,
        owner=state.owner("acme"),
        identity=identity,
    )

    assert state.with_source(question).source_denied is denied


@pytest.mark.parametrize(
    ("name", "is_open"),
    [
        pytest.param("localhost:5000", True, id="service-container"),
        pytest.param("127.0.0.1:5000", True, id="loopback"),
        pytest.param("localhost", True, id="no-port"),
        pytest.param("quay.io", False, id="elsewhere"),
    ],
)
def test_a_registry_on_the_jobs_machine_asks_for_nothing(name: str, is_open: bool) -> None:
    """A service container has no accounts."""
    assert default_host(name).is_open is is_open


def test_accounts_write_what_is_theirs() -> None:
    """A user writes below its own name, or where it was said."""
    host = RegistryHost(
        name="docker.io",
        accounts={"p": "Eve", "q": "bob"},
        writable={"bob": ("team/*",)},
        private=("team/secret",),
    )
    eve, bob = host.identify("p"), host.identify("q")

    assert eve is not None
    assert bob is not None
    assert [host.may_write(eve, "eve/x"), host.may_write(eve, "team/x"), host.may_write(bob, "team/x")] == [
        True,
        False,
        True,
    ]
    assert [host.may_read(ANONYMOUS, "team/secret"), host.may_read(bob, "team/secret")] == [False, True]
    assert host.may_read(ANONYMOUS, "team/x")
    assert host.identify("r") is None
    assert RegistryHost(name="x", trusts_logins=True).identify("anything") == Identity(
        user="user", packages=AccessLevel.WRITE
    )
