"""Real BuildKit meets ghcr.io's token flow and denials: imports never fail a build, exports and pushes do.

The texts end where BuildKit's own begin; the statuses and words are those of the gateway's tables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from pytest_cicache.gateway import Denial, Package, Settings, Visibility
from pytest_cicache.observation import Purpose
from pytest_cicache.permissions import AccessLevel

pytestmark = pytest.mark.docker

READ, WRITE = AccessLevel.READ, AccessLevel.WRITE
SOLVE = "ERROR: failed to build: failed to solve: "
CONFIGURE = "failed to configure registry cache importer: "
A = "denied: installation not allowed to Write organization package"
A_PRIME = "denied: installation not allowed to Create organization package"
C = "denied: permission_denied: write_package"
ANONYMOUS_TOKEN = "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to http://"
PUBLIC = Package(owner="acme", name="app", visibility=Visibility.PUBLIC, linked="acme/app")
PRIVATE = replace(PUBLIC, visibility=Visibility.PRIVATE)
FOREIGN = replace(PUBLIC, linked="acme/other")
HIDDEN = replace(PRIVATE, linked="acme/other")


@dataclass(frozen=True)
class Seen:
    """What a row gave: the build, its records, the denials and the tags afterwards."""

    built: Any
    records: list[Any]
    denials: set[Denial]
    tags: list[str]

    @property
    def requests(self) -> list[tuple[str, int]]:
        return [(record.method, record.status) for record in self.records]


def _seen(lab: Any, simulation: Any, built: Any, before: int) -> Seen:
    denials = {refusal.denial for refusal in simulation.recorder.refusals}
    return Seen(built, simulation.recorder.records[before:], denials, lab.tags(simulation))


def _export(
    packages: AccessLevel | None, package: Package | None, repository: str = "acme/app", **attributes: str
) -> Callable[[Any], Seen]:
    """Export as a token with that level (`None`: not logged in) to a package in that state."""

    def run(lab: Any) -> Seen:
        simulation = lab.simulation()
        if package is not None:
            simulation.state.add_package(package)
        secret = None if packages is None else simulation.issue(packages, repository)
        built = lab.build(simulation, lab.export(simulation, **attributes), secret=secret)
        return _seen(lab, simulation, built, 0)

    return run


def _import(package: Package, *, secret: str = "reader", settings: Settings | None = None) -> Callable[[Any], Seen]:
    """Import a seeded cache as `reader`, as `anonymous`, with a `wrong` or an `ended` credential."""

    def run(lab: Any) -> Seen:
        simulation = lab.simulation(settings)
        assert lab.build(simulation, lab.export(simulation), secret=simulation.issue()).exit_code == 0
        simulation.state.add_package(package)
        secrets = {"reader": simulation.issue(READ), "ended": simulation.issue(READ), "wrong": "wrong"}
        simulation.state.revoke(secrets["ended"])
        before = len(simulation.recorder.records)
        option = f"--cache-from=type=registry,ref={lab.ref(simulation)}"
        built = lab.build(simulation, option, secret=secrets.get(secret), builder="importer")
        return _seen(lab, simulation, built, before)

    return run


def _push(packages: AccessLevel, *, cache: bool = False, **attributes: str) -> Callable[[Any], Seen]:
    def run(lab: Any) -> Seen:
        simulation = lab.simulation()
        simulation.package()
        options = ["--push", f"--tag={lab.ref(simulation, 'image')}"]
        if cache:
            options.append(lab.export(simulation, **attributes))
        built = lab.build(simulation, *options, secret=simulation.issue(packages))
        return _seen(lab, simulation, built, 0)

    return run


def _push_beside_denied_cache(**attributes: str) -> Callable[[Any], Seen]:
    """Push an image that may be pushed, export a cache to a package of another repository."""

    def run(lab: Any) -> Seen:
        simulation = lab.simulation()
        simulation.package()
        simulation.state.add_package(Package(owner="acme", name="cache", visibility=Visibility.PUBLIC))
        options = ["--push", f"--tag={lab.ref(simulation, 'image')}"]
        target = lab.ref(simulation, image="ghcr.io/acme/cache")
        built = lab.build(
            simulation, *options, lab.export(simulation, ref=target, **attributes), secret=simulation.issue()
        )
        return _seen(lab, simulation, built, 0)

    return run


def _denied(message: str) -> bytes:
    return f'{{"errors":[{{"code":"DENIED","message":"{message}"}}]}}'.encode()


def _mount(**fault: Any) -> Callable[[Any], Seen]:
    """Import from one package and export to another of the same registry."""

    def run(lab: Any) -> Seen:
        simulation = lab.simulation()
        assert lab.build(simulation, lab.export(simulation), secret=simulation.issue()).exit_code == 0
        if fault:
            simulation.state.faults.on_blob_upload(method="POST", mount=True, **fault)
        before = len(simulation.recorder.records)
        target = lab.export(simulation, ref=lab.ref(simulation, image="ghcr.io/acme/copy"))
        option = f"--cache-from=type=registry,ref={lab.ref(simulation)}"
        built = lab.build(simulation, option, target, secret=simulation.issue(), builder="importer")
        return replace(_seen(lab, simulation, built, before), tags=lab.tags(simulation, "ghcr.io/acme/copy"))

    return run


def _two_caches(**attributes: str) -> Callable[[Any], Seen]:
    """Export to a package that may be written and to one that may not."""

    def run(lab: Any) -> Seen:
        simulation = lab.simulation()
        simulation.package()
        simulation.state.add_package(Package(owner="acme", name="cache", visibility=Visibility.PUBLIC))
        denied = lab.export(simulation, ref=lab.ref(simulation, image="ghcr.io/acme/cache"), **attributes)
        built = lab.build(simulation, denied, lab.export(simulation, **attributes), secret=simulation.issue())
        return _seen(lab, simulation, built, 0)

    return run


@dataclass(frozen=True)
class Row:
    """A situation, and what it gives: exit code, parts of the text split at `|`, denials and tags.

    `vertex` is where the text stands when the build goes on; `requests` are among those seen.
    """

    run: Callable[[Any], Seen]
    exit_code: int
    text: str = ""
    denials: frozenset[Denial] = frozenset()
    tags: tuple[str, ...] | None = ()
    vertex: str = ""
    requests: tuple[tuple[str, int], ...] = ()
    steps: str | None = None

    def __call__(self, lab: Any) -> Seen:
        return self.run(lab)


EXPORTING, IMPORTING = "exporting cache to registry", "importing cache manifest from "
LAYER = "error writing layer blob: "


def _no_push(denial: Denial) -> frozenset[Denial]:
    return frozenset({denial})


def _refused_import(run: Callable[[Any], Seen], text: str, denial: Denial) -> Row:
    return Row(run, 0, CONFIGURE + text, frozenset({denial}), ("cache",), IMPORTING, steps="R")


ROWS: dict[str, Row] = {
    # Exports (s05, s07).
    "export allowed": Row(_export(WRITE, None), 0, tags=("cache",), requests=(("HEAD", 401), ("POST", 200))),
    "export A": Row(
        _export(READ, PUBLIC), 1, f"{SOLVE}{LAYER}{A}", _no_push(Denial.TOKEN_MAY_NOT_WRITE), requests=(("POST", 403),)
    ),
    "export A'": Row(_export(READ, None), 1, f"{SOLVE}{LAYER}{A_PRIME}", _no_push(Denial.TOKEN_MAY_NOT_CREATE)),
    "export B": Row(
        _export(WRITE, None, "else/app"), 1, f"{SOLVE}{LAYER}{A_PRIME}", _no_push(Denial.CREATION_NOT_ALLOWED)
    ),
    "export C": Row(_export(WRITE, FOREIGN), 1, f"{SOLVE}{LAYER}{C}", _no_push(Denial.NO_WRITE_ROLE)),
    "export C, private": Row(_export(WRITE, HIDDEN), 1, f"{SOLVE}{LAYER}{C}", _no_push(Denial.NO_WRITE_ROLE)),
    "export A, ignore-error": Row(
        _export(READ, PUBLIC, ignore_error="true"),
        0,
        f"{LAYER}{A}",
        _no_push(Denial.TOKEN_MAY_NOT_WRITE),
        vertex=EXPORTING,
    ),
    "export A, misspelt ignore-errors": Row(
        _export(READ, PUBLIC, ignore_errors="true"), 1, A, _no_push(Denial.TOKEN_MAY_NOT_WRITE)
    ),
    "export anonymous": Row(
        _export(None, PUBLIC),
        1,
        f"{SOLVE}failed to fetch anonymous token: unexpected status from GET request to http://|: 401 Unauthorized",
        _no_push(Denial.UNAUTHENTICATED),
    ),
    "two exports, one denied": Row(_two_caches(), 1, f"{SOLVE}{LAYER}{C}", _no_push(Denial.NO_WRITE_ROLE), None),
    "two exports, one denied, ignore-error": Row(
        _two_caches(ignore_error="true"), 0, f"{LAYER}{C}", _no_push(Denial.NO_WRITE_ROLE), ("cache",), EXPORTING
    ),
    # Pushes (s07).
    "push allowed": Row(_push(WRITE), 0, tags=("image",)),
    "push A": Row(_push(READ), 1, f"{SOLVE}failed to push |: {A}", _no_push(Denial.TOKEN_MAY_NOT_WRITE)),
    "push and cache A, ignore-error does not help": Row(
        _push(READ, cache=True, ignore_error="true"),
        1,
        f"{SOLVE}failed to push |: {A}",
        _no_push(Denial.TOKEN_MAY_NOT_WRITE),
    ),
    # Which tag the cancelled push leaves is a race.
    "push allowed, cache C": Row(
        _push_beside_denied_cache(), 1, f"{SOLVE}{LAYER}{C}", _no_push(Denial.NO_WRITE_ROLE), None
    ),
    "push allowed, cache C, ignore-error": Row(
        _push_beside_denied_cache(ignore_error="true"),
        0,
        f"{LAYER}{C}",
        _no_push(Denial.NO_WRITE_ROLE),
        ("image",),
        EXPORTING,
    ),
    # Imports (s05, s06).
    "import private": Row(_import(PRIVATE), 0, tags=("cache",), steps="C"),
    "import public, anonymous": Row(_import(PUBLIC, secret="anonymous"), 0, tags=("cache",), steps="C"),
    "import unreadable": _refused_import(
        _import(HIDDEN),
        "unexpected status from HEAD request to http://|: 403 Forbidden|denied: denied",
        Denial.NOT_READABLE,
    ),
    "import unreadable, 401": _refused_import(
        _import(HIDDEN, settings=Settings(pull_denied_status=401)),
        "pull access denied, repository does not exist or may require authorization: server message: "
        "insufficient_scope: authorization failed",
        Denial.NOT_READABLE,
    ),
    "import unreadable, 404": _refused_import(
        _import(HIDDEN, settings=Settings(pull_denied_status=404)), "|:cache: not found", Denial.NOT_READABLE
    ),
    "import private, anonymous": _refused_import(
        _import(PRIVATE, secret="anonymous"),
        f"{ANONYMOUS_TOKEN}|: 401 Unauthorized",
        Denial.UNAUTHENTICATED,
    ),
    "import private, anonymous, 403": _refused_import(
        _import(PRIVATE, secret="anonymous", settings=Settings(anonymous_token_status=403)),
        f"{ANONYMOUS_TOKEN}|: 403 Forbidden",
        Denial.UNAUTHENTICATED,
    ),
    "import private, anonymous, refused at the pull": _refused_import(
        _import(PRIVATE, secret="anonymous", settings=Settings(anonymous_token_status=None)),
        "pull access denied, repository does not exist or may require authorization: server message: "
        "insufficient_scope",
        Denial.UNAUTHENTICATED,
    ),
    "import public, wrong credential": _refused_import(
        _import(PUBLIC, secret="wrong"),
        "failed to authorize: failed to fetch oauth token: denied: denied",
        Denial.BAD_CREDENTIAL,
    ),
    "import public, credential of a job that ended": _refused_import(
        _import(PUBLIC, secret="ended"),
        "failed to authorize: failed to fetch oauth token: denied: denied",
        Denial.BAD_CREDENTIAL,
    ),
    "import public, wrong credential, 401": _refused_import(
        _import(PUBLIC, secret="wrong", settings=Settings(login_denied_status=401)),
        "failed to authorize: failed to fetch oauth token: denied: denied",
        Denial.BAD_CREDENTIAL,
    ),
    # Mounts from the imported package (s21, s27).
    "mount refused without a message": Row(
        _mount(status=403, body=b'{"errors":[{"code":"DENIED"}]}'), 1, f"{SOLVE}{LAYER}denied"
    ),
    "mount allowed": Row(_mount(), 0, tags=("cache",), requests=(("POST", 201),)),
    "mount answered 401": Row(
        _mount(
            status=401,
            headers={"WWW-Authenticate": 'Bearer realm="http://127.0.0.1:9/token",error="insufficient_scope"'},
        ),
        0,
        tags=("cache",),
        requests=(("POST", 401), ("POST", 202)),
    ),
    "mount answered 403": Row(_mount(status=403, body=_denied("no")), 1, f"{SOLVE}{LAYER}denied: no"),
    "mount answered 404": Row(
        _mount(status=404), 1, f"{SOLVE}{LAYER}unexpected status from POST request to |: 404 Not Found"
    ),
    "mount answered 405": Row(_mount(status=405), 1, f"{SOLVE}{LAYER}unexpected status from POST request to |: 405"),
    "mount answered 500": Row(_mount(status=500), 1, f"{SOLVE}{LAYER}unexpected status from POST request to |: 500 "),
}


@pytest.mark.parametrize("row", ROWS)
def test_a_right_and_a_denial(row: str, outcomes: Callable[[str], Seen]) -> None:
    """Exit code, text, place of the error, the rule behind the denial, and the tags left."""
    expected, seen = ROWS[row], outcomes(row)
    built = seen.built

    assert (built.exit_code, seen.denials) == (expected.exit_code, expected.denials), (seen.requests, built)
    error = built.text if expected.exit_code else built.error_of(expected.vertex or "[none]") or ""
    for part in expected.text.split("|"):
        assert part in error
    if expected.tags is not None:
        assert seen.tags == list(expected.tags)
    for request in expected.requests:
        assert request in seen.requests
    if expected.steps is not None:
        assert built.steps == expected.steps


@pytest.mark.parametrize("row", ["mount allowed"])
def test_a_mounted_layer_is_not_sent(row: str, outcomes: Callable[[str], Seen]) -> None:
    """The imported layer is neither downloaded nor uploaded."""
    records = outcomes(row).records

    assert [record.status for record in records if record.purpose is Purpose.MOUNT] == [201]
    assert sum(record.sent for record in records) < 10_000
