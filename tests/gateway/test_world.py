"""The registry side of one simulation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cicache.gateway import Attribution, Identity, Owner, Package, RegistryHost, Role, Visibility, World
from pytest_cicache.gateway._decide import Question
from pytest_cicache.gateway._hosts import default_host
from pytest_cicache.gateway._identity import ANONYMOUS, Grant
from pytest_cicache.gateway._operation import route
from pytest_cicache.observation import Purpose
from pytest_cicache.permissions import AccessLevel

WRITER = Identity(repository="acme/app", packages=AccessLevel.WRITE)
D = f"sha256:{'a' * 64}"


@pytest.fixture
def world() -> World:
    return World(seed="w")


def test_a_secret_ends_with_its_job(world: World) -> None:
    """What was issued stands for its identity until it is revoked."""
    secret = world.issue(WRITER)

    assert world.resolve(secret, "ghcr.io") == WRITER
    world.revoke(secret)
    assert world.resolve(secret, "ghcr.io") is None
    world.revoke(secret)


def test_secrets_differ_between_worlds() -> None:
    """Two worlds never share a secret unless they were given the same seed."""
    first, second = World(), World()

    assert first.issue(WRITER) != second.issue(WRITER)
    assert World(seed="a").issue(WRITER) == World(seed="a").issue(WRITER)
    assert World(seed="a").issue(WRITER).startswith("ghs_")


def test_nobody_is_nobody_everywhere(world: World) -> None:
    """No secret is no credential, not a wrong one."""
    assert world.resolve(None, "ghcr.io") is ANONYMOUS


def test_a_job_credential_stands_for_the_logins_of_the_job(world: World) -> None:
    """One credential at the gateway, another identity at each host."""
    secret = world.issue(WRITER)
    world.add_host(RegistryHost(name="docker.io", accounts={"hub": "eve"}))
    username, credential = world.job_credential("build")

    assert username == "job"
    assert world.job_credential("build")[1] == credential
    assert world.resolve(credential, "ghcr.io") is ANONYMOUS
    world.login("ghcr.io", "me", secret, job="build")
    world.login("docker.io", "eve", "hub", job="build")
    assert world.resolve(credential, "ghcr.io") == WRITER
    assert world.resolve(credential, "docker.io") == Identity(user="eve", packages=AccessLevel.WRITE)
    world.logout("ghcr.io", job="build")
    assert world.resolve(credential, "ghcr.io") is ANONYMOUS
    world.logout("ghcr.io", job="never-logged-in")


def test_a_job_credential_breaks_with_the_token_it_stands_for(world: World) -> None:
    """A stored login whose token has ended is a wrong credential, not an anonymous one."""
    secret = world.issue(WRITER)
    _, credential = world.job_credential("build")
    world.login("ghcr.io", "me", secret, job="build")
    world.revoke(secret)

    assert world.resolve(credential, "ghcr.io") is None


def test_a_job_credential_can_be_revoked(world: World) -> None:
    """Afterwards it is a wrong credential everywhere."""
    world.job_credential("another")
    _, credential = world.job_credential("build")
    assert world.knows(credential)
    world.revoke(credential)

    assert not world.knows(credential)
    assert world.knows(world.job_credential("another")[1])
    assert world.resolve(credential, "ghcr.io") is None


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
def test_logins(world: World, host: str, password: str, status: int, message: str | None) -> None:
    """Any live credential logs in, whatever it may; docker's words tell of the rest."""
    world.credentials["good"] = replace(WRITER, packages=AccessLevel.NONE)
    world.add_host(RegistryHost(name="docker.io", accounts={"hub": "eve"}))
    world.current = Attribution(run=1, job="j", step="s")

    reply = world.login(host, "me", password)

    assert (reply.status, reply.message, reply.succeeded) == (status, message, message is None)
    record = world.records[-1]
    assert (record.purpose, record.host, record.status, record.job) == (Purpose.LOGIN, host, status, "j")


def test_a_failed_login_is_not_kept(world: World) -> None:
    """Only what succeeded is stored for the job."""
    world.login("ghcr.io", "me", "bad", job="build")

    assert world.logins == {}


def test_expectations_accumulate_until_forgotten(world: World) -> None:
    """A tag that is imported and exported is both."""
    world.expect("ghcr.io/acme/app:main", Purpose.IMPORT)
    world.expect("ghcr.io/acme/app:main", Purpose.EXPORT)
    world.expect("ghcr.io/acme/app", Purpose.PUSH)

    assert world.expected == {
        ("ghcr.io", "acme/app"): {
            "main": frozenset({Purpose.IMPORT, Purpose.EXPORT}),
            "latest": frozenset({Purpose.PUSH}),
        }
    }
    world.forget_expectations()
    assert world.expected == {}


def test_a_digest_means_what_its_tag_means(world: World) -> None:
    """BuildKit resolves a tag and then reads by digest."""
    world.expect("ghcr.io/acme/app:main", Purpose.IMPORT)
    world.note_digest("ghcr.io", "acme/app", "main", D)
    world.note_digest("ghcr.io", "acme/app", "unknown", "sha256:2")
    world.note_digest("ghcr.io", "acme/other", "main", "sha256:3")

    assert world.expected[("ghcr.io", "acme/app")][D] == frozenset({Purpose.IMPORT})
    assert "sha256:2" not in world.expected[("ghcr.io", "acme/app")]


def test_a_first_push_creates_the_package_once(world: World) -> None:
    """The owner's settings decide about inheritance; a package that is there stays as it is."""
    world.add_owner(Owner(name="Acme", inherits=False))
    world.create_package(WRITER, "acme/app")
    world.create_package(replace(WRITER, repository="acme/other"), "acme/app")

    package = world.package("acme/app")
    assert package is not None
    assert (package.linked, package.inherits, package.owner) == ("acme/app", False, "Acme")


def test_tokens_are_known_until_they_expire(world: World) -> None:
    """A registry token is opaque and can be made worthless."""
    grant = Grant(secret="s")
    token = world.grant(grant)

    assert world.granted(token) is grant
    world.expire(token)
    assert world.granted(token) is None


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
    world: World, source: str, identity: Identity | None, denied: bool
) -> None:
    """What may not be pulled may not be mounted, nor what is elsewhere."""
    world.add_package(Package(owner="acme", name="base", visibility=Visibility.PUBLIC))
    world.add_package(Package(owner="acme", name="secret", access={"acme/other": Role.READ}))
    operation = route("POST", "/v2/sim/ghcr.io/acme/app/blobs/uploads/", f"mount={D}&from={source}")
    question = Question(
        operation=operation,
        realm="r",
        host=world.host("ghcr.io"),
        settings=world.settings,
        owner=world.owner("acme"),
        identity=identity,
    )

    assert world.with_source(question).source_denied is denied


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
