"""Real BuildKit imports a cache while the registry misbehaves: every row of the measured tables.

A manifest or config that cannot be read means no cache; a layer that is needed and cannot be read fails the build.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

pytestmark = pytest.mark.docker

TWO_LAYERS = "FROM scratch\nCOPY a /a\nCOPY b /b\n"
CONFIGURE = "failed to configure registry cache importer: "
FAILED = "ERROR: failed to build: failed to solve: "
AT_ONCE, BACKOFF = (0.0, 60.0), (7.0, 60.0)
CONFIG, LAYER = "config", "layer"


@dataclass(frozen=True)
class Seen:
    built: Any
    statuses: list[str]
    spoilt: int


@dataclass(frozen=True)
class Row:
    """A fault on the import of two cached steps, and what was measured.

    `of` limits it to the config or to the layer of step 1; with `changed` step 2 has to run and needs that
    layer; `steps` are the two steps' states; `text` parts, split at `|`, stand on the import vertex when
    the build goes on, else in the error.
    """

    on: str
    options: dict[str, Any]
    steps: str
    text: str = ""
    exit_code: int = 0
    seconds: tuple[float, float] = AT_ONCE
    of: str = ""
    changed: bool = False
    output: tuple[str, ...] = ()
    count: int | None = None

    def __call__(self, lab: Any) -> Seen:
        simulation = lab.simulation()
        writer = simulation.issue()
        options = dict(self.options)
        seeded = lab.build(simulation, lab.export(simulation), secret=writer, dockerfile=TWO_LAYERS)
        assert seeded.exit_code == 0, seeded
        config, layers = lab.layers(simulation)
        if self.of == CONFIG:
            options["digest"] = config
        elif self.of == LAYER:
            options["digest"] = _largest(simulation, layers)
        getattr(simulation.state.faults, self.on)(**options)
        before = len(simulation.recorder.records)
        built = lab.build(
            simulation,
            f"--cache-from=type=registry,ref={lab.ref(simulation)}",
            *(option.replace("IMAGE", lab.ref(simulation, "image")) for option in self.output),
            secret=writer,
            builder="importer",
            dockerfile=TWO_LAYERS,
            files={"b": b"changed"} if self.changed else {},
        )
        records = simulation.recorder.records[before:]
        return Seen(
            built,
            [f"{record.method} {record.status}" for record in records],
            sum(record.fault is not None for record in records),
        )


def _largest(simulation: Any, layers: list[str]) -> str:
    """Choose step 1's layer: it holds the file of 200 kB."""
    sent = {record.digest: record.sent for record in simulation.recorder.records if record.method == "PUT"}
    return max(layers, key=lambda digest: sent.get(digest, 0))


def _manifest(text: str, **options: Any) -> Row:
    return Row("on_manifest_pull", options, "RR", text)


def _config(text: str, **options: Any) -> Row:
    return Row("on_blob_pull", options, "RR", text, of=CONFIG)


def _needed(exit_code: int, steps: str, seconds: tuple[float, float], text: str = "", **options: Any) -> Row:
    return Row("on_blob_pull", options, steps, text, exit_code, seconds, of=LAYER, changed=True)


def _head(status: int, words: str) -> Row:
    text = f"{CONFIGURE}unexpected status from HEAD request to http://|: {status} {words}"
    return _manifest(text, method="HEAD", status=status)


IMAGE = ("--output=type=oci,dest=/dev/null",)
PUSH = ("--push", "--tag=IMAGE")

ROWS: dict[str, Row] = {
    "no fault": Row("on_manifest_pull", {"delay": 0.01}, "CC"),
    "no fault, second step changed": Row("on_manifest_pull", {"delay": 0.01}, "CR", changed=True),
    # Manifest and config: never fatal.
    "manifest 404": _manifest(f"{CONFIGURE}|:cache: not found", status=404),
    "manifest 403": _manifest(
        f"{CONFIGURE}unexpected status from HEAD request to http://|: 403 Forbidden|denied: denied",
        status=403,
        body=b'{"errors":[{"code":"DENIED","message":"denied"}]}',
    ),
    "manifest head 500": _head(500, "Internal Server Error"),
    "manifest head 503": _head(503, "Service Unavailable"),
    "manifest head 429": _head(429, "Too Many Requests"),
    "manifest head 500 once": Row("on_manifest_pull", {"method": "HEAD", "status": 500, "nth": 1}, "CC"),
    "manifest get 500": _manifest("httpReadSeeker: failed open: |500 Internal Server Error", method="GET", status=500),
    "manifest get 404": _manifest("httpReadSeeker: failed open: |not found", method="GET", status=404),
    "manifest get 500 once": Row("on_manifest_pull", {"method": "GET", "status": 500, "nth": 1}, "CC"),
    "manifest truncated": _manifest("unexpected EOF", method="GET", truncate=True),
    "manifest corrupt": _manifest("invalid character", method="GET", corrupt=True),
    "manifest reset": _manifest("", method="GET", reset=True),
    "config 404": _config("httpReadSeeker: failed open: |not found", status=404),
    "config 500": _config("httpReadSeeker: failed open: |500 Internal Server Error", status=500),
    "config 500 once": Row("on_blob_pull", {"status": 500, "nth": 1}, "CC", of=CONFIG),
    "config truncated": _config("unexpected EOF", truncate=True),
    "config corrupt": _config("invalid character", corrupt=True),
    # Layers: nothing, until their bytes are needed.
    "layer 404, not needed": Row("on_blob_pull", {"status": 404}, "CC", of=LAYER, count=0),
    "layer 404": _needed(1, "CE", AT_ONCE, f"{FAILED}|not found", status=404),
    "layer 429": _needed(1, "CE", AT_ONCE, f"{FAILED}|429 Too Many Requests", status=429),
    "layer corrupt": _needed(
        1, "CE", AT_ONCE, f"{FAILED}|unexpected commit digest sha256:|failed precondition", corrupt=True
    ),
    "layer 500 forever": _needed(1, "CE", BACKOFF, f"{FAILED}|500 Internal Server Error", status=500),
    "layer 503 forever": _needed(1, "CE", BACKOFF, f"{FAILED}|503 Service Unavailable", status=503),
    "layer reset forever": _needed(1, "CE", BACKOFF, FAILED, reset=True),
    "layer 500 once": _needed(0, "CR", AT_ONCE, status=500, nth=1),
    "layer reset in the middle once": _needed(0, "CR", (0.0, 60.0), reset=True, truncate=True, nth=1),
    "layer truncated once": _needed(0, "CR", (0.0, 60.0), truncate=True, nth=1),
    "layer truncated always": _needed(1, "CE", BACKOFF, FAILED, truncate=True),
    "layer slow": _needed(0, "CR", (1.0, 60.0), delay=1.0),
    "layer 404, image output": Row(
        "on_blob_pull",
        {"status": 404},
        "CC",
        f"{FAILED}|could not fetch content descriptor|not found",
        1,
        of=LAYER,
        output=IMAGE,
    ),
    "layer 404, push of the image": Row("on_blob_pull", {"status": 404}, "CC", of=LAYER, output=PUSH, count=0),
    # What an answer of a gateway may look like.
    "head without a digest": Row(
        "on_manifest_pull", {"method": "HEAD", "headers": {"Docker-Content-Digest": None}}, "CC"
    ),
    "head without a length": Row("on_manifest_pull", {"method": "HEAD", "headers": {"Content-Length": None}}, "CC"),
    "head without a type": _manifest(
        "could not fetch content descriptor| () from remote: not found", method="HEAD", headers={"Content-Type": None}
    ),
    "head of another type": _manifest(
        "could not fetch content descriptor| (application/json) from remote: not found",
        method="HEAD",
        headers={"Content-Type": "application/json"},
    ),
    "head with a wrong digest": _manifest(
        "httpReadSeeker: failed open: content at http://|not found",
        method="HEAD",
        headers={"Docker-Content-Digest": f"sha256:{'0' * 64}"},
    ),
    "blobs redirected to where nothing is": _config(
        "httpReadSeeker: failed open: ", status=307, headers={"Location": "http://127.0.0.1:9/v2/none"}
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_an_import_under_a_fault(row: str, outcomes: Callable[[str], Seen]) -> None:
    """Exit code, time, the steps' states and the error's place and text are those that were measured."""
    expected, seen = ROWS[row], outcomes(row)
    built = seen.built

    assert (built.exit_code, built.steps) == (expected.exit_code, expected.steps), (seen.statuses, built)
    assert expected.seconds[0] <= built.seconds <= expected.seconds[1]
    error = built.text if expected.exit_code else built.error_of("importing cache manifest from ") or ""
    for part in expected.text.split("|"):
        assert part in error
    if expected.steps == "CC" and not expected.exit_code:
        assert error == ""
    if expected.count is not None:
        assert seen.spoilt == expected.count


@pytest.mark.parametrize("row", ["layer truncated once", "layer reset in the middle once"])
def test_the_rest_of_a_cut_layer_is_asked_for(row: str, outcomes: Callable[[str], Seen]) -> None:
    """BuildKit resumes with a range instead of beginning anew."""
    seen = outcomes(row)

    assert seen.built.exit_code == 0
    assert len([status for status in seen.statuses if status.startswith("GET")]) >= 3
