"""Real BuildKit exports a cache while the registry misbehaves: every row of the measured tables.

One layer, so that requests can be counted: layer, then config, then manifest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

pytestmark = pytest.mark.docker

LAYER = "ERROR: failed to build: failed to solve: error writing layer blob: "
MANIFEST = "ERROR: failed to build: failed to solve: error writing manifest blob: "


@dataclass(frozen=True)
class Seen:
    """What a row gave: the build, the requests that were spoilt, and the tags afterwards."""

    built: Any
    spoilt: list[str]
    requests: list[str]
    tags: list[str]


@dataclass(frozen=True)
class Row:
    """A fault, and what was measured: exit code, seconds at least and at most, number of its requests, text."""

    on: str
    options: dict[str, Any]
    exit_code: int
    seconds: tuple[float, float]
    count: int
    text: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    layers: int = 1

    def __call__(self, lab: Any) -> Seen:
        simulation = lab.simulation()
        secret = simulation.issue()
        getattr(simulation.state.faults, self.on)(**self.options)
        target = lab.export(simulation, **dict(self.attributes))
        dockerfile = "FROM scratch\n" + "".join(f"COPY a /{index}\n" for index in range(self.layers))
        built = lab.build(simulation, target, secret=secret, dockerfile=dockerfile)
        records = simulation.recorder.records
        return Seen(
            built,
            [record.method for record in records if record.fault],
            [f"{record.method} {record.status}" for record in records],
            lab.tags(simulation),
        )


# The number of requests tells whether BuildKit tried again; the time only that it waited in between.
AT_ONCE, BACKOFF = (0.0, 19.0), (7.0, 60.0)
START = {"method": "POST"}
HEAD_BLOB = {"method": "HEAD"}
SERVER_ERROR, UNAVAILABLE = "500 Internal Server Error", "503 Service Unavailable"


def _upload(exit_code: int, seconds: tuple[float, float], count: int, text: str = "", **options: Any) -> Row:
    return Row("on_blob_upload", options, exit_code, seconds, count, text)


def _status(status: int, count: int, words: str, seconds: tuple[float, float], method: str = "POST") -> Row:
    text = f"{LAYER}unexpected status from {method} request to http://"
    return _upload(1, seconds, count, f"{text}|: {words}", method=method, status=status)


ROWS: dict[str, Row] = {
    "start 500 forever": _status(500, 8, SERVER_ERROR, BACKOFF),
    "start 503 forever": _status(503, 8, UNAVAILABLE, BACKOFF),
    "start 502 forever": _status(502, 4, "502 Bad Gateway", BACKOFF),
    "start 429 forever": _status(429, 5, "429 Too Many Requests", AT_ONCE),
    "start 400": _status(400, 1, "400 Bad Request", AT_ONCE),
    "start 403": _status(403, 1, "403 Forbidden", AT_ONCE),
    "start 404": _status(404, 1, "404 Not Found", AT_ONCE),
    "start 413": _status(413, 1, "413 Request Entity Too Large", AT_ONCE),
    "start 500 once": _upload(0, AT_ONCE, 1, **START, status=500, nth=1),
    "start 429 once, Retry-After ignored": _upload(
        0, AT_ONCE, 1, **START, status=429, nth=1, headers={"Retry-After": "20"}
    ),
    "send 500 forever": _status(500, 8, SERVER_ERROR, BACKOFF, "PUT"),
    "send 503 forever": _status(503, 8, UNAVAILABLE, BACKOFF, "PUT"),
    "send 429 forever": _status(429, 5, "429 Too Many Requests", AT_ONCE, "PUT"),
    "send 400": _status(400, 1, "400 Bad Request", AT_ONCE, "PUT"),
    "send 403": _status(403, 1, "403 Forbidden", AT_ONCE, "PUT"),
    "send 500 once": _upload(0, AT_ONCE, 1, status=500, nth=1),
    "send 503 three times": _upload(0, (1.0, 60.0), 3, status=503, times=3),
    "send 503 four times": _upload(0, (2.0, 60.0), 4, status=503, times=4),
    "send reset once": _upload(0, (1.0, 60.0), 1, reset=True, nth=1),
    "send reset forever": _upload(1, BACKOFF, 4, LAYER, reset=True),
    "send slow": _upload(0, (2.0, 60.0), 2, delay=1.0),
    # Four at a time: two rounds of layers and the config, not five.
    "send slow, four layers": Row("on_blob_upload", {"delay": 2.0}, 0, (4.0, 9.9), 5, layers=4),
    "config 500 once": _upload(0, AT_ONCE, 1, status=500, nth=2),
    "config 500 forever": _upload(
        1,
        AT_ONCE,
        2,
        f"error writing config blob: unexpected status from PUT request to|{SERVER_ERROR}",
        status=500,
        nth=2,
        times=99,
    ),
    "head 500 forever": Row(
        "on_blob_pull",
        {**HEAD_BLOB, "status": 500},
        1,
        BACKOFF,
        8,
        f"{LAYER}unexpected status from HEAD request to http://|: {SERVER_ERROR}",
    ),
    "head 503 once": Row("on_blob_pull", {**HEAD_BLOB, "status": 503, "nth": 1}, 0, AT_ONCE, 1),
    "head 403": Row(
        "on_blob_pull",
        {"method": "HEAD GET", "status": 403},
        1,
        AT_ONCE,
        2,
        f"{LAYER}unexpected status from HEAD request to http://|: 403 Forbidden",
    ),
    "manifest 500 once": Row("on_manifest_push", {"status": 500, "nth": 1}, 0, AT_ONCE, 1),
    "manifest 429 once": Row("on_manifest_push", {"status": 429, "nth": 1}, 0, AT_ONCE, 1),
    "manifest 500 forever": Row(
        "on_manifest_push",
        {"status": 500},
        1,
        AT_ONCE,
        2,
        f"{MANIFEST}unexpected status from PUT request to http://|: {SERVER_ERROR}",
    ),
    "manifest 503 forever": Row("on_manifest_push", {"status": 503}, 1, AT_ONCE, 2, f"{MANIFEST}|: {UNAVAILABLE}"),
    "manifest 429 forever": Row("on_manifest_push", {"status": 429}, 1, AT_ONCE, 5, f"{MANIFEST}|: 429 Too Many"),
    "manifest reset once": Row("on_manifest_push", {"reset": True, "nth": 1}, 1, AT_ONCE, 1, MANIFEST),
    "manifest 500 forever, ignore-error": Row(
        "on_manifest_push", {"status": 500}, 0, AT_ONCE, 2, attributes=(("ignore_error", "true"),)
    ),
    "manifest head 500 forever": Row(
        "on_manifest_pull",
        {"method": "HEAD", "status": 500},
        1,
        AT_ONCE,
        2,
        f"{MANIFEST}unexpected status from HEAD request to http://|: {SERVER_ERROR}",
    ),
    "manifest in registry form": Row(
        "on_manifest_push",
        {"status": 400, "body": b'{"errors":[{"code":"MANIFEST_INVALID","message":"manifest invalid"}]}'},
        1,
        AT_ONCE,
        1,
        f"{MANIFEST}unknown: manifest invalid",
    ),
    "start refused in another form": _upload(
        1, AT_ONCE, 1, f"{LAYER}|403 Forbidden: <html>no</html>", **START, status=403, body=b"<html>no</html>"
    ),
    "token expires in the middle": _upload(0, AT_ONCE, 1, **START, expire=True, nth=1),
    # What an answer of a gateway may look like (P).
    "location is missing": _upload(
        1, AT_ONCE, 1, f"{LAYER}|no Host in request URL", **START, headers={"Location": None}
    ),
    "sent without a digest": _upload(0, AT_ONCE, 2, headers={"Docker-Content-Digest": None}),
    "sent with a wrong digest": _upload(1, AT_ONCE, 1, f"{LAYER}|got digest sha256:000", corrupt=True),
    "sent answered 200, not stored": _upload(1, AT_ONCE, 2, f"{MANIFEST}|blob unknown to registry", status=200),
    "sent answered 204, not stored": _upload(1, AT_ONCE, 2, f"{MANIFEST}|blob unknown to registry", status=204),
    "manifest answered 200, not stored": Row("on_manifest_push", {"status": 200}, 0, AT_ONCE, 1),
    "head answered 200, not there": Row(
        "on_blob_pull", {**HEAD_BLOB, "status": 200}, 1, AT_ONCE, 2, f"{MANIFEST}|blob unknown to registry"
    ),
}
UNSTORED = {"manifest answered 200, not stored", "manifest 500 forever, ignore-error"}


@pytest.mark.parametrize("row", ROWS)
def test_an_export_under_a_fault(row: str, outcomes: Callable[[str], Seen]) -> None:
    """Exit code, time, number of requests and text are those that were measured."""
    expected, seen = ROWS[row], outcomes(row)

    assert (seen.built.exit_code, len(seen.spoilt)) == (expected.exit_code, expected.count), (seen.requests, seen.built)
    assert expected.seconds[0] <= seen.built.seconds <= expected.seconds[1]
    for part in expected.text.split("|"):
        assert part in seen.built.text
    stored = expected.exit_code == 0 and row not in UNSTORED
    assert seen.tags == (["cache"] if stored else [])
