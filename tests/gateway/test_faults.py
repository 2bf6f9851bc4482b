"""Which request a fault is about."""

from __future__ import annotations

import pytest

from pytest_cicache.errors import UsageError
from pytest_cicache.gateway import Fault, Faults
from pytest_cicache.gateway._faults import FaultOptions
from pytest_cicache.gateway._operation import RegistryOperation, route

NAME = "sim/ghcr.io/acme/app"
DIGEST = f"sha256:{'a' * 64}"
PUT_BLOB = route("PUT", f"/v2/{NAME}/blobs/uploads/1", f"digest={DIGEST}")
POST_BLOB = route("POST", f"/v2/{NAME}/blobs/uploads/")
MOUNT = route("POST", f"/v2/{NAME}/blobs/uploads/", f"mount={DIGEST}&from={NAME}")
GET_BLOB = route("GET", f"/v2/{NAME}/blobs/{DIGEST}")
HEAD_BLOB = route("HEAD", f"/v2/{NAME}/blobs/{DIGEST}")
PUT_TAG = route("PUT", f"/v2/{NAME}/manifests/main")
HEAD_TAG = route("HEAD", f"/v2/{NAME}/manifests/main")
TOKEN = route("GET", "/token").at("ghcr.io", "acme/app")


@pytest.mark.parametrize(
    ("on", "struck"),
    [
        pytest.param("on_blob_upload", [PUT_BLOB], id="blob-upload"),
        pytest.param("on_blob_pull", [GET_BLOB], id="blob-pull"),
        pytest.param("on_manifest_push", [PUT_TAG], id="manifest-push"),
        pytest.param("on_manifest_pull", [HEAD_TAG], id="manifest-pull"),
        pytest.param("on_token", [TOKEN], id="token"),
    ],
)
def test_each_kind_has_its_requests(on: str, struck: list[RegistryOperation]) -> None:
    """A fault spoils its kind of request and no other."""
    faults = Faults()
    getattr(faults, on)(status=500)
    everything = [PUT_BLOB, POST_BLOB, GET_BLOB, HEAD_BLOB, PUT_TAG, HEAD_TAG, TOKEN]

    assert [operation for operation in everything if faults.strike(operation)] == struck


@pytest.mark.parametrize(
    ("options", "struck"),
    [
        pytest.param({}, [1, 2, 3, 4, 5], id="always"),
        pytest.param({"nth": 2}, [2], id="the-second"),
        pytest.param({"times": 2}, [1, 2], id="the-first-two"),
        pytest.param({"nth": 2, "times": 3}, [2, 3, 4], id="three-from-the-second"),
    ],
)
def test_counting(options: FaultOptions, struck: list[int]) -> None:
    """`nth` alone means that one; `times` how many from there on."""
    faults = Faults()
    faults.on_blob_upload(status=500, **options)

    assert [count for count in range(1, 6) if faults.strike(PUT_BLOB)] == struck


@pytest.mark.parametrize(
    ("options", "operation", "struck"),
    [
        pytest.param({"method": "POST"}, POST_BLOB, True, id="method"),
        pytest.param({"method": "post put"}, PUT_BLOB, True, id="methods"),
        pytest.param({"method": "*"}, POST_BLOB, True, id="each-method"),
        pytest.param({"method": "PATCH"}, PUT_BLOB, False, id="other-method"),
        pytest.param({"digest": DIGEST}, PUT_BLOB, True, id="digest"),
        pytest.param({"digest": DIGEST.replace("a", "b")}, PUT_BLOB, False, id="other-digest"),
        pytest.param({"host": "docker.io"}, PUT_BLOB, False, id="other-host"),
        pytest.param({"host": "ghcr.io"}, PUT_BLOB, True, id="host"),
        pytest.param({"image_name": "acme/app"}, PUT_BLOB, True, id="image-name"),
        pytest.param({"image_name": "acme/other"}, PUT_BLOB, False, id="other-image-name"),
        pytest.param({"method": "POST", "mount": True}, MOUNT, True, id="mount"),
        pytest.param({"method": "POST", "mount": True}, POST_BLOB, False, id="no-mount"),
        pytest.param({"method": "POST", "mount": False}, MOUNT, False, id="not-a-mount"),
    ],
)
def test_filters_of_uploads(options: FaultOptions, operation: RegistryOperation, struck: bool) -> None:
    """A fault can be about one host, image, digest, method or mount."""
    faults = Faults()
    faults.on_blob_upload(status=500, **options)

    assert (faults.strike(operation) is not None) is struck


def test_filter_by_tag() -> None:
    """A fault can be about one tag."""
    faults = Faults()
    faults.on_manifest_push(status=500, tag="main")

    assert faults.strike(route("PUT", f"/v2/{NAME}/manifests/dev")) is None
    assert faults.strike(PUT_TAG) is not None


def test_the_first_fault_that_strikes_is_applied_and_all_count() -> None:
    """Two faults on the same requests both count them."""
    faults = Faults()
    first, second = faults.on_blob_upload(nth=1, status=500), faults.on_blob_upload(nth=2, status=503)

    assert [faults.strike(PUT_BLOB) for _ in range(3)] == [first, second, None]


def test_faults_can_be_cleared() -> None:
    """After that nothing is spoilt."""
    faults = Faults()
    faults.on_blob_upload(status=500)
    faults.clear()

    assert len(faults) == 0
    assert faults.strike(PUT_BLOB) is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"nth": 0, "status": 500}, "nth=0: a fault counts its requests from 1", id="nth"),
        pytest.param({"times": 0, "status": 500}, "times=0: a fault counts", id="times"),
        pytest.param({"nth": 1}, "a fault needs an effect: answer_status, corrupt, delay", id="no-effect"),
        pytest.param({"satus": 500}, "unknown option of a fault .*satus.*there are answer_status, body", id="typo"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(options: FaultOptions, message: str) -> None:
    """Mistakes in a fault are the test author's, and named."""
    with pytest.raises(UsageError, match=message):
        Faults().on_blob_upload(**options)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        pytest.param({"status": 503, "delay": 1.0}, "status 503+delay", id="status"),
        pytest.param({"reset": True, "truncate": True}, "reset+truncate", id="cut"),
        pytest.param({"headers": {"Location": None}}, "headers", id="headers"),
    ],
)
def test_a_fault_names_its_effects(options: FaultOptions, text: str) -> None:
    """The record of a spoilt request says what was done to it."""
    fault: Fault = Faults().on_blob_upload(**options)

    assert str(fault) == text
