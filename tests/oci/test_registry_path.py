"""The paths of the distribution API, which the gateway and the embedded registry read alike."""

from __future__ import annotations

import pytest

from pytest_cicache.oci import Endpoint, RegistryPath, read_registry_path

DIGEST = f"sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("path", "endpoint", "name", "reference"),
    [
        pytest.param("/v2", Endpoint.PING, "", None, id="ping"),
        pytest.param("/v2/_catalog", Endpoint.CATALOG, "", None, id="catalog"),
        pytest.param("/token", Endpoint.TOKEN, "", None, id="token"),
        pytest.param("/v2/o/p/tags/list", Endpoint.TAGS, "o/p", None, id="tags"),
        pytest.param("/v2/o/p/manifests/v1", Endpoint.MANIFEST, "o/p", "v1", id="tag"),
        pytest.param("/v2/o/p/manifests/7/merge", Endpoint.MANIFEST, "o/p", "7/merge", id="tag-with-a-slash"),
        pytest.param("/v2/o/manifests/p/manifests/v1", Endpoint.MANIFEST, "o/manifests/p", "v1", id="word-in-a-name"),
        pytest.param(f"/v2/o/p/blobs/{DIGEST}", Endpoint.BLOB, "o/p", DIGEST, id="blob"),
        pytest.param(f"/v2/o/p/referrers/{DIGEST}", Endpoint.REFERRERS, "o/p", DIGEST, id="referrers"),
        pytest.param("/v2/o/p/blobs/uploads/", Endpoint.UPLOADS, "o/p", None, id="uploads"),
        pytest.param("/v2/o/p/blobs/uploads/1f-2.c=", Endpoint.UPLOAD, "o/p", "1f-2.c=", id="upload"),
    ],
)
def test_a_path_names_an_endpoint(path: str, endpoint: Endpoint, name: str, reference: str | None) -> None:
    """Of a name that holds one of the API's words the last one counts."""
    assert read_registry_path(path) == RegistryPath(endpoint=endpoint, name=name, reference=reference)


@pytest.mark.parametrize(
    "path", ["/", "/v1/", "/v2/o/p", "/v2/o/p/blobs/uploads/..", "/v2/o/p/tags", "/v2//manifests/"]
)
def test_other_paths_name_nothing(path: str) -> None:
    """Neither another version nor a session that climbs."""
    assert read_registry_path(path) is None
