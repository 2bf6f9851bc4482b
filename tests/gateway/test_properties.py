"""What holds for any input: nothing a client sends raises, and nothing leaves its simulation."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_cicache.gateway import Faults
from pytest_cicache.gateway._faults import FaultOptions
from pytest_cicache.gateway._headers import error_message, expected_bytes
from pytest_cicache.gateway._operation import route
from pytest_cicache.gateway._purpose import children, holds_cache
from pytest_cicache.gateway._token import read_token_request
from pytest_cicache.oci import Endpoint, is_image_name

METHODS = st.sampled_from(["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"])
WORDS = ("v2", "sim", "ghcr.io", "acme", "app", "manifests", "blobs", "uploads", "tags", "list", "referrers", "token")
TRICKS = ("..", ".", "%2e%2e", "%2f", "", "Main", "é", "%ff", "\x00", "a" * 300, f"sha256:{'a' * 64}", "sha256%3A")
PIECES = st.sampled_from([*WORDS, *TRICKS])
PATHS = st.one_of(st.text(), st.lists(PIECES, max_size=12).map(lambda pieces: "/" + "/".join(pieces)))


@given(method=METHODS, path=PATHS, query=st.text())
def test_any_path_is_understood_or_refused(method: str, path: str, query: str) -> None:
    """A request without a problem names a legal image, inside a simulation."""
    operation = route(method, path, query)

    assert operation.verb in ("pull", "push", "delete")
    if operation.problem is None and operation.name:
        assert is_image_name(operation.name)
        assert operation.name.startswith(f"{operation.simulation}/")
        assert ".." not in operation.name.split("/")
    elif operation.problem is None:
        assert operation.endpoint in (Endpoint.PING, Endpoint.CATALOG, Endpoint.TOKEN)


@given(query=st.text(), form=st.text(), authorization=st.one_of(st.text(), st.text().map("Basic {}".format)))
def test_any_token_request_is_read(query: str, form: str, authorization: str) -> None:
    """What makes no sense asks for nothing, as nobody or with a wrong credential."""
    asked = read_token_request(query, form, authorization)

    assert all(scope.type and scope.name for scope in asked.scopes)


@given(body=st.one_of(st.binary(), st.text().map(str.encode)), size=st.integers(0, 10**12), asked=st.text())
def test_any_content_is_looked_at(body: bytes, size: int, asked: str) -> None:
    """A body or a range that makes no sense tells nothing."""
    assert error_message(body) is None or body.startswith(b"{")
    assert holds_cache(body) in (True, False)
    assert isinstance(children(body), tuple)
    assert 0 <= expected_bytes(size, asked) <= size


@given(nth=st.one_of(st.none(), st.integers(1, 20)), times=st.one_of(st.none(), st.integers(1, 20)))
def test_a_fault_strikes_in_one_run(nth: int | None, times: int | None) -> None:
    """From the n-th request on, without gaps, as often as was said."""
    options: FaultOptions = {"status": 500}
    if nth is not None:
        options["nth"] = nth
    if times is not None:
        options["times"] = times
    faults = Faults()
    faults.on_blob_pull(**options)
    operation = route("GET", f"/v2/sim/ghcr.io/acme/app/blobs/sha256:{'a' * 64}")
    struck = [count for count in range(1, 60) if faults.strike(operation) is not None]

    first = nth or 1
    length = times or (1 if nth is not None else 59)
    assert struck == list(range(first, first + length))
