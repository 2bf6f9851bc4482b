"""What a client meant by a request."""

from __future__ import annotations

import json

import pytest

from pytest_cicache.gateway._operation import route
from pytest_cicache.gateway._purpose import Expectations, children, holds_cache, infer
from pytest_cicache.observation import Purpose

NAME = "sim/ghcr.io/acme/app"
D = f"sha256:{'a' * 64}"
BLOB, TAG, UPLOADS = f"/v2/{NAME}/blobs/{D}", f"/v2/{NAME}/manifests/main", f"/v2/{NAME}/blobs/uploads/"
CACHE = {"mediaType": "application/vnd.buildkit.cacheconfig.v0", "digest": D}


def expecting(**tags: frozenset[Purpose]) -> Expectations:
    return {("ghcr.io", "acme/app"): tags}


IMPORT, EXPORT, PUSH, PULL = (
    frozenset({purpose}) for purpose in (Purpose.IMPORT, Purpose.EXPORT, Purpose.PUSH, Purpose.PULL)
)
NOTHING: Expectations = {}


@pytest.mark.parametrize(
    ("method", "path", "expected", "pushes", "is_cache", "purpose"),
    [
        pytest.param("GET", f"/v2/{NAME}/tags/list", NOTHING, False, False, Purpose.LIST, id="list"),
        pytest.param("GET", f"/v2/{NAME}/referrers/{D}", NOTHING, False, False, Purpose.LIST, id="referrers"),
        pytest.param("DELETE", TAG, NOTHING, False, False, Purpose.DELETE, id="delete"),
        pytest.param("GET", TAG, NOTHING, False, False, Purpose.PULL, id="pull"),
        pytest.param("HEAD", TAG, expecting(main=IMPORT), False, False, Purpose.IMPORT, id="import"),
        pytest.param("HEAD", TAG, expecting(main=IMPORT | EXPORT), False, False, Purpose.IMPORT, id="import-both"),
        pytest.param("HEAD", TAG, expecting(main=IMPORT | EXPORT), True, False, Purpose.PROBE, id="probe-tag"),
        pytest.param("GET", TAG, expecting(dev=IMPORT), False, False, Purpose.PULL, id="other-tag"),
        pytest.param("GET", TAG, NOTHING, False, True, Purpose.IMPORT, id="import-by-content"),
        pytest.param("HEAD", BLOB, NOTHING, True, False, Purpose.PROBE, id="probe-blob"),
        pytest.param("GET", BLOB, expecting(main=IMPORT), False, False, Purpose.IMPORT, id="import-blob"),
        pytest.param("GET", BLOB, expecting(main=EXPORT), False, False, Purpose.PULL, id="pull-blob"),
        pytest.param("GET", BLOB, expecting(main=IMPORT, v1=PULL), False, False, Purpose.PULL, id="ambiguous-blob"),
        pytest.param("POST", UPLOADS, expecting(main=EXPORT), True, False, Purpose.EXPORT, id="export-blob"),
        pytest.param("POST", UPLOADS, expecting(main=IMPORT | EXPORT), True, False, Purpose.EXPORT, id="export-both"),
        pytest.param("POST", UPLOADS, expecting(main=EXPORT, v1=PUSH), True, False, Purpose.PUSH, id="push-too"),
        pytest.param("POST", UPLOADS, NOTHING, True, False, Purpose.PUSH, id="push-blob"),
        pytest.param("POST", f"{UPLOADS}?mount", NOTHING, True, False, Purpose.MOUNT, id="mount"),
        pytest.param("PUT", TAG, expecting(main=EXPORT), True, False, Purpose.EXPORT, id="export-tag"),
        pytest.param("PUT", TAG, expecting(main=EXPORT | PUSH), True, False, Purpose.PUSH, id="push-tag-of-both"),
        pytest.param("PUT", TAG, NOTHING, True, True, Purpose.EXPORT, id="export-by-content"),
        pytest.param("PUT", TAG, NOTHING, True, False, Purpose.PUSH, id="push-tag"),
    ],
)
def test_purposes(
    method: str, path: str, expected: Expectations, pushes: bool, is_cache: bool, purpose: Purpose
) -> None:
    """Method, path, the token's scopes, the content and what was expected decide."""
    path, mounts, _ = path.partition("?")
    operation = route(method, path, f"mount={D}&from=x" if mounts else "")

    assert infer(operation, expected, pushes=pushes, is_cache=is_cache) == purpose


def test_a_token_request_that_names_no_image_is_a_login() -> None:
    """That is how `docker login` asks."""
    operation = route("GET", "/token")

    assert infer(operation, NOTHING) == Purpose.LOGIN
    assert infer(operation.at("ghcr.io", "acme/app"), NOTHING) == Purpose.TOKEN


@pytest.mark.parametrize(
    ("document", "is_cache"),
    [
        pytest.param({"config": CACHE}, True, id="image-manifest"),
        pytest.param({"manifests": [{"digest": D}, CACHE]}, True, id="index"),
        pytest.param({"config": {"mediaType": "application/vnd.oci.image.config.v1+json"}}, False, id="image"),
        pytest.param({"manifests": [{"digest": D}]}, False, id="plain-index"),
        pytest.param({"manifests": "x"}, False, id="odd"),
        pytest.param([], False, id="list"),
    ],
)
def test_a_build_cache_is_known_by_its_config(document: object, is_cache: bool) -> None:
    """Both of BuildKit's formats name the cache config's media type."""
    assert holds_cache(json.dumps(document).encode()) is is_cache


def test_what_is_no_json_is_no_cache_and_has_no_children() -> None:
    """Content is never trusted to be readable."""
    assert holds_cache(b"\xff") is False
    assert children(b"\xff") == ()


@pytest.mark.parametrize(
    ("document", "digests"),
    [
        pytest.param({"manifests": [{"digest": D}, {"digest": 1}, "x"]}, (D,), id="index"),
        pytest.param({"config": CACHE}, (), id="manifest"),
        pytest.param(["x"], (), id="list"),
    ],
)
def test_children(document: object, digests: tuple[str, ...]) -> None:
    """An index points to its manifests."""
    assert children(json.dumps(document).encode()) == digests
