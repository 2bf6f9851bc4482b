"""The decision as a table: the request, who asks, and the settings give the answer."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pytest_cicache.gateway import Denial, Identity, Owner, Package, RegistryHost, Settings, Visibility
from pytest_cicache.gateway._credential import ANONYMOUS, Grant
from pytest_cicache.gateway._decide import Question, decide, denial_for, ping
from pytest_cicache.gateway._operation import route
from pytest_cicache.gateway._replies import Forward, Reply
from pytest_cicache.oci import ResourceScope
from pytest_cicache.permissions import AccessLevel

REALM = "http://127.0.0.1:1/token"
NAME = "sim/ghcr.io/acme/app"
HUB = "sim/docker.io/eve/app"
DIGEST = f"sha256:{'a' * 64}"
WRITER = Identity(repository="acme/app", packages=AccessLevel.WRITE)
READER = Identity(repository="acme/app", packages=AccessLevel.READ)
MINE = Package(owner="acme", name="app", linked="acme/app")
PUBLIC = replace(MINE, visibility=Visibility.PUBLIC)
FOREIGN = Package(owner="acme", name="app", linked="acme/other")


def question(
    method: str,
    path: str,
    *,
    query: str = "",
    identity: Identity | None = WRITER,
    package: Package | None = MINE,
    verbs: tuple[str, ...] = ("pull", "push"),
    host: RegistryHost | None = None,
    settings: Settings | None = None,
    source_denied: bool = False,
) -> Question:
    operation = route(method, path, query)
    grant = Grant(secret="s", scopes=(ResourceScope("repository", operation.name, verbs),))
    return Question(
        operation=operation,
        realm=REALM,
        host=host or RegistryHost(name=operation.host),
        settings=settings or Settings(),
        owner=Owner(name="acme"),
        grant=grant if verbs else None,
        identity=identity,
        package=package,
        source_denied=source_denied,
    )


def refused(asked: Question) -> tuple[int, str, str]:
    verdict = decide(asked)
    assert isinstance(verdict, Reply)
    error = json.loads(verdict.body)["errors"][0]
    return verdict.status, error["code"], error["message"]


def forwarded(asked: Question) -> Forward:
    verdict = decide(asked)
    assert isinstance(verdict, Forward)
    return verdict


BLOB = f"/v2/{NAME}/blobs/{DIGEST}"
TAG = f"/v2/{NAME}/manifests/main"
UPLOADS = f"/v2/{NAME}/blobs/uploads/"


@pytest.mark.parametrize(
    ("method", "path", "answer"),
    [
        pytest.param("PUT", BLOB, (405, "UNSUPPORTED", "The operation is unsupported."), id="no-such-method"),
        pytest.param(
            "GET", "/v2/sim/ghcr.io/Acme/app/tags/list", (400, "NAME_INVALID", "invalid repository name"), id="name"
        ),
        pytest.param("GET", f"/v2/{NAME}/manifests/7/merge", (404, "MANIFEST_UNKNOWN", "manifest unknown"), id="get-7"),
        pytest.param(
            "PUT", f"/v2/{NAME}/manifests/7/merge", (400, "MANIFEST_INVALID", 'invalid tag "7/merge"'), id="put-7"
        ),
        pytest.param(
            "GET",
            f"/v2/{NAME}/blobs/sha256:1",
            (400, "DIGEST_INVALID", "provided digest did not match uploaded content"),
            id="digest",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_first(method: str, path: str, answer: tuple[int, str, str]) -> None:
    """Names, tags, digests and methods are checked before anybody is asked for a token."""
    assert refused(question(method, path, verbs=(), identity=None)) == answer


@pytest.mark.parametrize(
    ("asked", "scope", "error"),
    [
        pytest.param(
            question("GET", TAG, verbs=(), identity=None), f"repository:{NAME}:pull", None, id="no-token-pull"
        ),
        pytest.param(
            question("POST", UPLOADS, verbs=(), identity=None), f"repository:{NAME}:pull,push", None, id="no-token-push"
        ),
        pytest.param(
            replace(question("GET", TAG, verbs=(), identity=None), presented=True),
            f"repository:{NAME}:pull",
            "invalid_token",
            id="unknown-token",
        ),
        pytest.param(
            replace(question("GET", TAG, identity=None), presented=True),
            f"repository:{NAME}:pull",
            "invalid_token",
            id="ended-with-its-job",
        ),
        pytest.param(question("GET", TAG).without_grant(), f"repository:{NAME}:pull", "invalid_token", id="expired"),
        pytest.param(
            question("PUT", TAG, verbs=("pull",)), f"repository:{NAME}:pull,push", "insufficient_scope", id="pull-only"
        ),
    ],
)
def test_a_challenge_says_which_token_is_wanted(asked: Question, scope: str, error: str | None) -> None:
    """Without a good token the answer is 401 with the header clients follow."""
    verdict = decide(asked)
    suffix = f',error="{error}"' if error else ""

    assert isinstance(verdict, Reply)
    assert verdict.status == 401
    assert verdict.denial is None
    assert verdict.headers["WWW-Authenticate"] == f'Bearer realm="{REALM}",service="ghcr.io",scope="{scope}"{suffix}'
    assert json.loads(verdict.body) == {"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]}


@pytest.mark.parametrize(
    ("asked", "answer", "denial"),
    [
        pytest.param(
            question("POST", UPLOADS, identity=READER),
            (403, "DENIED", "installation not allowed to Write organization package"),
            Denial.TOKEN_MAY_NOT_WRITE,
            id="A",
        ),
        pytest.param(
            question("POST", UPLOADS, identity=READER, package=None),
            (403, "DENIED", "installation not allowed to Create organization package"),
            Denial.TOKEN_MAY_NOT_CREATE,
            id="A-prime",
        ),
        pytest.param(
            question("POST", UPLOADS, identity=replace(WRITER, repository="else/app"), package=None),
            (403, "DENIED", "installation not allowed to Create organization package"),
            Denial.CREATION_NOT_ALLOWED,
            id="B",
        ),
        pytest.param(
            question("PUT", TAG, package=FOREIGN),
            (403, "DENIED", "permission_denied: write_package"),
            Denial.NO_WRITE_ROLE,
            id="C",
        ),
        pytest.param(
            question("GET", TAG, identity=READER, package=FOREIGN, verbs=("pull",)),
            (403, "DENIED", "denied"),
            Denial.NOT_READABLE,
            id="pull",
        ),
        pytest.param(
            question("GET", TAG, identity=READER, package=None, verbs=("pull",)),
            (403, "DENIED", "denied"),
            Denial.NOT_READABLE,
            id="pull-absent-looks-the-same",
        ),
        pytest.param(
            question("GET", TAG, package=FOREIGN, settings=Settings(pull_denied_status=404)),
            (404, "MANIFEST_UNKNOWN", "manifest unknown"),
            Denial.NOT_READABLE,
            id="pull-404",
        ),
        pytest.param(
            question("GET", TAG, package=FOREIGN, settings=Settings(pull_denied_status=401)),
            (401, "UNAUTHORIZED", "authentication required"),
            Denial.NOT_READABLE,
            id="pull-401",
        ),
        pytest.param(
            question("GET", TAG, identity=ANONYMOUS),
            (401, "UNAUTHORIZED", "authentication required"),
            Denial.UNAUTHENTICATED,
            id="anonymous-pull",
        ),
        pytest.param(
            question("POST", UPLOADS, identity=ANONYMOUS, package=PUBLIC),
            (401, "UNAUTHORIZED", "authentication required"),
            Denial.UNAUTHENTICATED,
            id="anonymous-push",
        ),
        pytest.param(
            question("POST", f"/v2/{HUB}/blobs/uploads/", identity=Identity(user="bob")),
            (401, "UNAUTHORIZED", "authentication required"),
            Denial.NOT_READABLE,
            id="another-registry",
        ),
        pytest.param(
            question("GET", f"/v2/{NAME}/blobs/{DIGEST}", package=FOREIGN, verbs=("pull",)),
            (403, "DENIED", "denied"),
            Denial.NOT_READABLE,
            id="blob",
        ),
    ],
)
def test_denials(asked: Question, answer: tuple[int, str, str], denial: Denial) -> None:
    """Every denial has its status, its text, and a rule that a test can tell from the others."""
    verdict = decide(asked)

    assert refused(asked) == answer
    assert isinstance(verdict, Reply)
    assert verdict.denial == denial


def test_a_pusher_learns_of_its_denial_at_the_upload() -> None:
    """The question whether a layer is there is answered 404, so that the upload's own refusal is what is seen."""
    assert refused(question("HEAD", BLOB, package=FOREIGN)) == (404, "BLOB_UNKNOWN", "blob unknown to registry")


@pytest.mark.parametrize(
    ("path", "verbs"),
    [
        pytest.param(TAG, ("pull", "push"), id="manifest"),
        pytest.param(BLOB, ("delete",), id="blob"),
        pytest.param(TAG, ("pull",), id="without-the-verb"),
    ],
)
def test_ghcr_deletes_nothing(path: str, verbs: tuple[str, ...]) -> None:
    """Deleting goes by the Packages API only."""
    asked = question("DELETE", path, verbs=verbs)

    assert refused(asked) == (405, "UNSUPPORTED", "The operation is unsupported.")


def test_another_registry_deletes_for_who_may_write() -> None:
    """What ghcr.io refuses, the reference registry does."""
    path = f"/v2/{HUB}/manifests/{DIGEST}"

    assert forwarded(question("DELETE", path, identity=Identity(user="eve"))).redirect is False
    assert refused(question("DELETE", path, identity=Identity(user="bob")))[0] == 401


@pytest.mark.parametrize(
    ("asked", "forward"),
    [
        pytest.param(question("GET", BLOB), Forward(redirect=True), id="blob-is-redirected"),
        pytest.param(question("HEAD", BLOB), Forward(), id="blob-head"),
        pytest.param(question("GET", TAG), Forward(), id="manifest"),
        pytest.param(question("PUT", TAG), Forward(limit=4194304), id="manifest-push"),
        pytest.param(question("PUT", TAG, package=None), Forward(limit=4194304, creates=True), id="first-push"),
        pytest.param(question("POST", UPLOADS), Forward(limit=10_000_000_000), id="upload"),
        pytest.param(
            question("POST", UPLOADS, query=f"mount={DIGEST}&from={NAME}"), Forward(limit=10_000_000_000), id="mount"
        ),
        pytest.param(
            question("POST", UPLOADS, query=f"mount={DIGEST}&from={NAME}", source_denied=True),
            Forward(query=""),
            id="mount-of-the-unreadable",
        ),
        pytest.param(
            question("PUT", f"/v2/{HUB}/manifests/v1", identity=Identity(user="eve")),
            Forward(limit=4194304),
            id="another-registry",
        ),
        pytest.param(
            question(
                "PUT",
                "/v2/sim/localhost__5000/app/manifests/v1",
                verbs=(),
                host=RegistryHost(name="localhost:5000", is_open=True),
            ),
            Forward(limit=4194304),
            id="open-registry",
        ),
    ],
)
def test_what_is_allowed_is_passed_on(asked: Question, forward: Forward) -> None:
    """An allowed request goes to the registry behind, each in its way."""
    assert forwarded(asked) == forward


def test_nobody_stands_behind_an_ended_credential() -> None:
    """Asked directly, an ended credential may do nothing."""
    assert denial_for(question("GET", TAG, identity=None), "pull") == Denial.BAD_CREDENTIAL


@pytest.mark.parametrize(
    ("known", "presented", "status", "error"),
    [
        pytest.param(True, True, 200, "", id="known"),
        pytest.param(False, False, 401, "", id="nothing-sent"),
        pytest.param(False, True, 401, ',error="invalid_token"', id="unknown"),
    ],
)
def test_the_api_answers_a_ping(known: bool, presented: bool, status: int, error: str) -> None:
    """`/v2/` names no image, so ghcr.io's challenge names a placeholder."""
    reply = ping(REALM, known=known, presented=presented)
    expected = f'Bearer realm="{REALM}",service="ghcr.io",scope="repository:user/image:pull"{error}'

    assert reply.status == status
    assert reply.headers["Docker-Distribution-Api-Version"] == "registry/2.0"
    assert reply.headers.get("WWW-Authenticate") == (None if known else expected)
