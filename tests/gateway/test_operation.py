"""Requests understood: every endpoint, and the paths that name nothing."""

from __future__ import annotations

import pytest

from pytest_cicache.gateway._operation import PathProblem, place_of_name, route
from pytest_cicache.oci import Endpoint

DIGEST = f"sha256:{'a' * 64}"
NAME = "sim/ghcr.io/acme/app"


@pytest.mark.parametrize(
    ("path", "endpoint", "name", "reference", "digest"),
    [
        pytest.param("/v2/", Endpoint.PING, "", None, None, id="ping"),
        pytest.param("/v2", Endpoint.PING, "", None, None, id="ping-without-slash"),
        pytest.param("/v2/_catalog", Endpoint.CATALOG, "", None, None, id="catalog"),
        pytest.param("/token", Endpoint.TOKEN, "", None, None, id="token"),
        pytest.param(f"/v2/{NAME}/tags/list", Endpoint.TAGS, NAME, None, None, id="tags"),
        pytest.param(f"/v2/{NAME}/manifests/v1", Endpoint.MANIFEST, NAME, "v1", None, id="tag"),
        pytest.param(f"/v2/{NAME}/manifests/{DIGEST}", Endpoint.MANIFEST, NAME, DIGEST, DIGEST, id="digest"),
        pytest.param(f"/v2/{NAME}/blobs/{DIGEST}", Endpoint.BLOB, NAME, DIGEST, DIGEST, id="blob"),
        pytest.param(f"/v2/{NAME}/blobs/sha256%3A{'a' * 64}", Endpoint.BLOB, NAME, DIGEST, DIGEST, id="encoded-digest"),
        pytest.param(f"/v2/{NAME}/referrers/{DIGEST}", Endpoint.REFERRERS, NAME, DIGEST, DIGEST, id="referrers"),
        pytest.param(f"/v2/{NAME}/blobs/uploads/", Endpoint.UPLOADS, NAME, None, None, id="upload-start"),
        pytest.param(f"/v2/{NAME}/blobs/uploads/1b-2.c=", Endpoint.UPLOAD, NAME, None, None, id="upload"),
        pytest.param(
            "/v2/sim/ghcr.io/o/manifests/app/manifests/v1",
            Endpoint.MANIFEST,
            "sim/ghcr.io/o/manifests/app",
            "v1",
            None,
            id="name-holding-manifests",
        ),
    ],
)
def test_each_endpoint_is_understood(
    path: str, endpoint: Endpoint, name: str, reference: str | None, digest: str | None
) -> None:
    """A path of the specification gives its endpoint, name and reference."""
    operation = route("GET", path)

    assert (operation.endpoint, operation.name, operation.reference, operation.digest, operation.problem) == (
        endpoint,
        name,
        reference,
        digest,
        None,
    )


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        pytest.param("/", PathProblem.NO_ROUTE, id="root"),
        pytest.param("/v2/x", PathProblem.NO_ROUTE, id="no-endpoint"),
        pytest.param(f"/v2/{NAME}/blobs/uploads/..", PathProblem.NO_ROUTE, id="dots-as-upload"),
        pytest.param("/v2/sim/ghcr.io/Acme/app/manifests/v1", PathProblem.NAME, id="upper-case"),
        pytest.param("/v2/sim/ghcr.io/../manifests/v1", PathProblem.NAME, id="dots-in-name"),
        pytest.param("/v2/sim/ghcr.io/acme/%2e%2e/x/manifests/v1", PathProblem.NAME, id="encoded-dots"),
        pytest.param("/v2/app/manifests/v1", PathProblem.NAME, id="no-simulation"),
        pytest.param(f"/v2/{NAME}/manifests/7/merge", PathProblem.TAG, id="tag-with-slash"),
        pytest.param(f"/v2/{NAME}/manifests/7%2Fmerge", PathProblem.TAG, id="tag-with-encoded-slash"),
        pytest.param(f"/v2/{NAME}/manifests/-x", PathProblem.TAG, id="tag-with-leading-dash"),
        pytest.param(f"/v2/{NAME}/manifests/{'t' * 129}", PathProblem.TAG, id="long-tag"),
        pytest.param(f"/v2/{NAME}/manifests/sha256:abc", PathProblem.DIGEST, id="short-digest"),
        pytest.param(f"/v2/{NAME}/blobs/nonsense", PathProblem.DIGEST, id="blob-without-digest"),
        pytest.param(f"/v2/{NAME}/referrers/x", PathProblem.DIGEST, id="referrers-without-digest"),
    ],
)
def test_what_names_nothing_says_why(path: str, problem: PathProblem) -> None:
    """A path that names nothing is understood far enough to answer it."""
    assert route("GET", path).problem == problem


def test_a_mount_carries_its_source() -> None:
    """The query of an upload names what to mount, and from where."""
    operation = route("POST", f"/v2/{NAME}/blobs/uploads/", f"mount={DIGEST}&from=sim%2Fghcr.io%2Facme%2Fbase")

    assert (operation.mount, operation.mount_from) == (DIGEST, "sim/ghcr.io/acme/base")


def test_an_upload_that_ends_carries_its_digest() -> None:
    """The digest of a blob that is being sent stands in the query."""
    assert route("PUT", f"/v2/{NAME}/blobs/uploads/1", f"_state=x&digest={DIGEST}").digest == DIGEST


@pytest.mark.parametrize(
    ("method", "path", "verb"),
    [
        pytest.param("HEAD", f"/v2/{NAME}/manifests/v1", "pull", id="head-manifest"),
        pytest.param("GET", f"/v2/{NAME}/tags/list", "pull", id="list"),
        pytest.param("PUT", f"/v2/{NAME}/manifests/v1", "push", id="put-manifest"),
        pytest.param("POST", f"/v2/{NAME}/blobs/uploads/", "push", id="start-upload"),
        pytest.param("GET", f"/v2/{NAME}/blobs/uploads/1", "push", id="upload-status"),
        pytest.param("DELETE", f"/v2/{NAME}/blobs/uploads/1", "push", id="cancel-upload"),
        pytest.param("DELETE", f"/v2/{NAME}/manifests/v1", "delete", id="delete"),
    ],
)
def test_an_operation_needs_one_verb(method: str, path: str, verb: str) -> None:
    """Every operation needs exactly one verb of a resource scope."""
    assert route(method, path).verb == verb


@pytest.mark.parametrize(
    ("path", "tag"),
    [
        pytest.param(f"/v2/{NAME}/manifests/v1", "v1", id="tag"),
        pytest.param(f"/v2/{NAME}/manifests/{DIGEST}", None, id="digest"),
        pytest.param(f"/v2/{NAME}/tags/list", None, id="neither"),
    ],
)
def test_a_tag_is_not_a_digest(path: str, tag: str | None) -> None:
    """Only a tag in the path is called one."""
    assert route("GET", path).tag == tag


def test_the_host_is_decoded() -> None:
    """A host with a port is a legal component inside and itself outside."""
    assert place_of_name("sim/localhost__5000/app") == ("sim", "localhost:5000", "app")
    assert place_of_name("sim/ghcr.io") is None


def test_an_operation_moves_to_another_image() -> None:
    """A token request takes host and image from its scope."""
    moved = route("GET", "/token").at("ghcr.io", "acme/app")

    assert (moved.host, moved.image_name, moved.endpoint) == ("ghcr.io", "acme/app", Endpoint.TOKEN)
