"""Who may pull, push and create on ghcr.io."""

from __future__ import annotations

import pytest

from pytest_cicache.gateway import Denial, Identity, Owner, Package, Role, Visibility
from pytest_cicache.gateway._credential import ANONYMOUS, Grant
from pytest_cicache.gateway._rights import explain, first_package, pull_denial, push_denial
from pytest_cicache.oci import ResourceScope
from pytest_cicache.permissions import AccessLevel

NONE, READ, WRITE = AccessLevel
ACME = Owner(name="acme")
PUBLIC = Package(owner="acme", name="app", visibility=Visibility.PUBLIC)
PRIVATE = Package(owner="acme", name="app")
INTERNAL = Package(owner="acme", name="app", visibility=Visibility.INTERNAL)
LINKED = Package(owner="acme", name="app", linked="Acme/App")
UNLINKED_ACCESS = Package(owner="acme", name="app", linked="acme/app", inherits=False)


def workflow(packages: AccessLevel = WRITE, repository: str = "acme/app") -> Identity:
    return Identity(repository=repository, packages=packages)


def person(user: str, packages: AccessLevel = WRITE) -> Identity:
    return Identity(user=user, packages=packages)


def granting(role: str, repository: str = "acme/app") -> Package:
    return Package(owner="acme", name="app", access={repository: Role(role)})


PULLS = [
    pytest.param(ANONYMOUS, PUBLIC, None, id="anonymous-public"),
    pytest.param(ANONYMOUS, PRIVATE, Denial.UNAUTHENTICATED, id="anonymous-private"),
    pytest.param(ANONYMOUS, INTERNAL, Denial.UNAUTHENTICATED, id="anonymous-internal"),
    pytest.param(ANONYMOUS, None, Denial.UNAUTHENTICATED, id="anonymous-absent"),
    pytest.param(workflow(NONE), PUBLIC, None, id="no-packages-public"),
    pytest.param(workflow(READ), PRIVATE, Denial.NOT_READABLE, id="read-private-no-role"),
    pytest.param(workflow(READ), granting("read"), None, id="read-private-read-role"),
    pytest.param(workflow(READ), granting("admin", "ACME/App"), None, id="names-ignore-case"),
    pytest.param(workflow(READ), granting("read", "acme/other"), Denial.NOT_READABLE, id="role-of-another"),
    pytest.param(workflow(NONE), granting("admin"), Denial.NOT_READABLE, id="no-packages-private"),
    pytest.param(workflow(READ), LINKED, None, id="linked"),
    pytest.param(workflow(READ), UNLINKED_ACCESS, Denial.NOT_READABLE, id="linked-without-inheritance"),
    pytest.param(workflow(READ), INTERNAL, None, id="internal-same-owner"),
    pytest.param(workflow(READ, "else/app"), INTERNAL, Denial.NOT_READABLE, id="internal-other-owner"),
    pytest.param(workflow(READ), None, Denial.NOT_READABLE, id="read-absent"),
    pytest.param(workflow(WRITE), None, None, id="absent-for-who-may-create"),
    pytest.param(workflow(WRITE, "else/app"), None, Denial.NOT_READABLE, id="absent-for-another-owner"),
    pytest.param(person("acme"), PRIVATE, None, id="user-own"),
    pytest.param(person("eve"), PRIVATE, Denial.NOT_READABLE, id="user-foreign"),
]


@pytest.mark.parametrize(("identity", "package", "denial"), PULLS)
def test_pulls(identity: Identity, package: Package | None, denial: Denial | None) -> None:
    """A pull follows visibility, then the token's level, then the role."""
    assert pull_denial(identity, package, ACME) == denial


def test_an_enterprise_reads_its_internal_packages() -> None:
    """Internal means: every repository of the same enterprise."""
    owner, own = Owner(name="acme", enterprise="e"), Owner(name="else", enterprise="e")

    assert pull_denial(workflow(READ, "else/app"), INTERNAL, owner, own) is None


PUSHES = [
    pytest.param(ANONYMOUS, PUBLIC, Denial.UNAUTHENTICATED, id="anonymous"),
    pytest.param(workflow(READ), LINKED, Denial.TOKEN_MAY_NOT_WRITE, id="A-token-below-write"),
    pytest.param(workflow(NONE), LINKED, Denial.TOKEN_MAY_NOT_WRITE, id="A-token-none"),
    pytest.param(workflow(READ), None, Denial.TOKEN_MAY_NOT_CREATE, id="A-prime-absent"),
    pytest.param(workflow(WRITE, "else/app"), None, Denial.CREATION_NOT_ALLOWED, id="B-foreign-owner"),
    pytest.param(workflow(WRITE), None, None, id="create"),
    pytest.param(workflow(WRITE), PUBLIC, Denial.NO_WRITE_ROLE, id="C-public-not-listed"),
    pytest.param(workflow(WRITE), granting("read"), Denial.NO_WRITE_ROLE, id="C-read-role"),
    pytest.param(workflow(WRITE), granting("write"), None, id="write-role"),
    pytest.param(workflow(WRITE), LINKED, None, id="linked"),
    pytest.param(workflow(WRITE), UNLINKED_ACCESS, Denial.NO_WRITE_ROLE, id="C-linked-without-inheritance"),
    pytest.param(person("acme"), PUBLIC, None, id="user-own"),
    pytest.param(person("acme", READ), PUBLIC, Denial.TOKEN_LACKS_ACCESS, id="user-without-write-packages"),
    pytest.param(person("eve"), PUBLIC, Denial.NO_WRITE_ROLE, id="user-foreign"),
    pytest.param(person("acme"), None, None, id="user-creates-own"),
    pytest.param(person("eve"), None, Denial.CREATION_NOT_ALLOWED, id="user-creates-foreign"),
]


@pytest.mark.parametrize(("identity", "package", "denial"), PUSHES)
def test_pushes(identity: Identity, package: Package | None, denial: Denial | None) -> None:
    """A push follows the token's level, then who may create, then the role."""
    assert push_denial(identity, package, ACME) == denial


def test_a_policy_forbids_creation_by_visibility() -> None:
    """B: an organisation may forbid packages of a visibility."""
    owner = Owner(name="acme", may_create=frozenset({Visibility.PRIVATE}))
    private = Identity(repository="acme/app", packages=WRITE, visibility=Visibility.PRIVATE)

    assert push_denial(workflow(), None, owner) == Denial.CREATION_NOT_ALLOWED
    assert push_denial(private, None, owner) is None


def test_a_member_creates_for_the_organisation() -> None:
    """People of an organisation may create packages in it."""
    assert push_denial(person("eve"), None, Owner(name="acme", members=frozenset({"eve"}))) is None


def test_people_get_roles_of_their_own() -> None:
    """A role may be given to a person too."""
    package = Package(owner="acme", name="app", people={"Eve": Role.WRITE})

    assert push_denial(person("eve"), package, ACME) is None


@pytest.mark.parametrize(
    ("denial", "message"),
    [
        pytest.param(Denial.TOKEN_MAY_NOT_WRITE, "installation not allowed to Write organization package", id="A"),
        pytest.param(
            Denial.TOKEN_MAY_NOT_CREATE, "installation not allowed to Create organization package", id="A-prime"
        ),
        pytest.param(Denial.CREATION_NOT_ALLOWED, "installation not allowed to Create organization package", id="B"),
        pytest.param(Denial.NO_WRITE_ROLE, "permission_denied: write_package", id="C"),
        pytest.param(Denial.NOT_READABLE, "denied", id="pull"),
        pytest.param(Denial.BAD_CREDENTIAL, "denied", id="login"),
        pytest.param(Denial.UNAUTHENTICATED, "authentication required", id="anonymous"),
        pytest.param(
            Denial.TOKEN_LACKS_ACCESS,
            "permission_denied: The token provided does not match expected scopes.",
            id="personal",
        ),
    ],
)
def test_denials_have_the_words_of_ghcr(denial: Denial, message: str) -> None:
    """Each denial says what ghcr.io says."""
    assert denial.message == message


def test_a_first_push_by_a_workflow_creates_and_links() -> None:
    """The new package has the repository's visibility, is linked to it, and its workflows administer it."""
    identity = Identity(repository="Acme/App", packages=WRITE, visibility=Visibility.INTERNAL)

    package = first_package(identity, "acme/app/cache", ACME)

    assert package.image_name == "acme/app/cache"
    assert (package.visibility, package.linked, package.inherits) == (Visibility.INTERNAL, "Acme/App", True)
    assert package.role_of_repository("acme/app") == Role.ADMIN


def test_a_first_push_by_a_person_is_private() -> None:
    """A person's first push makes a private package that is linked to nothing."""
    package = first_package(person("acme"), "acme/app", ACME)

    assert (package.visibility, package.linked) == (Visibility.PRIVATE, None)


@pytest.mark.parametrize(
    ("denial", "package", "words"),
    [
        pytest.param(Denial.TOKEN_MAY_NOT_WRITE, PUBLIC, "that takes `packages: write`", id="A"),
        pytest.param(Denial.TOKEN_MAY_NOT_CREATE, None, "that takes `packages: write`", id="A-prime"),
        pytest.param(Denial.CREATION_NOT_ALLOWED, None, "does not exist, and the token of acme/app", id="B"),
        pytest.param(Denial.NO_WRITE_ROLE, LINKED, "is linked to Acme/App and gives", id="C-linked"),
        pytest.param(Denial.NO_WRITE_ROLE, PUBLIC, "is linked to no repository", id="C-unlinked"),
        pytest.param(Denial.NO_WRITE_ROLE, None, "is linked to no repository", id="C-gone"),
        pytest.param(Denial.TOKEN_LACKS_ACCESS, PUBLIC, "lacks write:packages", id="personal"),
        pytest.param(Denial.NOT_READABLE, PRIVATE, "is private, and", id="private"),
        pytest.param(Denial.UNAUTHENTICATED, None, "does not exist, and", id="absent"),
        pytest.param(Denial.BAD_CREDENTIAL, None, "wrong, or its job has ended", id="credential"),
    ],
)
def test_a_denial_explains_itself(denial: Denial, package: Package | None, words: str) -> None:
    """The reason names what a person could change."""
    assert words in explain(denial, workflow(), "ghcr.io/acme/app", package)


@pytest.mark.parametrize(
    ("identity", "text"),
    [
        pytest.param(workflow(READ), "the token of acme/app with packages: read", id="workflow"),
        pytest.param(person("eve"), "the account eve", id="person"),
        pytest.param(ANONYMOUS, "nobody", id="anonymous"),
    ],
)
def test_an_identity_names_itself(identity: Identity, text: str) -> None:
    """An identity reads as what it is."""
    assert str(identity) == text


@pytest.mark.parametrize(
    ("grant", "covered"),
    [
        pytest.param(Grant(secret="s", any_name=True), True, id="any"),
        pytest.param(Grant(secret="s", scopes=(ResourceScope("repository", "n", ("pull", "push")),)), True, id="verb"),
        pytest.param(Grant(secret="s", scopes=(ResourceScope("repository", "n", ("*",)),)), True, id="star"),
        pytest.param(Grant(secret="s", scopes=(ResourceScope("repository", "n", ("pull",)),)), False, id="less"),
        pytest.param(Grant(secret="s", scopes=(ResourceScope("repository", "m", ("push",)),)), False, id="name"),
        pytest.param(Grant(secret="s", scopes=(ResourceScope("registry", "n", ("push",)),)), False, id="type"),
    ],
)
def test_a_grant_covers_what_was_asked_for(grant: Grant, covered: bool) -> None:
    """A token is good for the names and verbs it was issued for."""
    assert grant.covers("n", "push") is covered
