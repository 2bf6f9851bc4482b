"""What was asked, by whom, and what a build's references are for."""

from __future__ import annotations

from pytest_cicache.gateway import Attribution, Recorder
from pytest_cicache.observation import Purpose, RegistryRecord

D = f"sha256:{'a' * 64}"
APP = ("ghcr.io", "acme/app")
PLACE = Attribution(run=1, job="j", step="s")


def record(build: int, status: int = 200) -> RegistryRecord:
    return RegistryRecord(
        run=1,
        job="j",
        step="s",
        build=build,
        purpose=Purpose.PULL,
        method="GET",
        host="ghcr.io",
        image_name="acme/app",
        status=status,
    )


def test_builds_are_numbered_through_the_simulation() -> None:
    """Whose step and job it is stays as it was."""
    recorder = Recorder()
    builds = [recorder.begin_build(PLACE), recorder.begin_build(Attribution(job="k"))]

    assert [(build.job, build.step, build.build) for build in builds] == [("j", "s", 1), ("k", "", 2)]


def test_the_requests_of_a_build_are_its_own() -> None:
    """In the order they came; what no build asked belongs to none."""
    recorder = Recorder()
    one, other = recorder.begin_build(PLACE), recorder.begin_build(PLACE)
    for item in (record(1), record(2), record(0), record(1, 404)):
        recorder.append(item)

    assert [item.status for item in recorder.of_build(one.build)] == [200, 404]
    assert len(recorder.of_build(other.build)) == 1
    assert len(recorder.records) == 4


def test_what_is_cleared_is_kept_no_longer() -> None:
    """Builds are numbered on."""
    recorder = Recorder()
    build = recorder.begin_build(PLACE, [("ghcr.io/acme/app:main", Purpose.IMPORT)])
    recorder.begin_step(PLACE)
    recorder.append(record(build.build))
    recorder.clear()

    assert recorder.records == []
    assert recorder.of_build(build.build) == ()
    assert recorder.purposes(build) == {}
    assert recorder.step_of(PLACE.job) == Attribution()
    assert recorder.begin_build(PLACE).build == 2


def test_a_tag_that_is_imported_and_exported_is_both() -> None:
    """What is no reference is left to the builder to refuse."""
    recorder = Recorder()
    uses = [
        ("ghcr.io/acme/app:main", Purpose.IMPORT),
        ("ghcr.io/acme/app:main", Purpose.EXPORT),
        ("ghcr.io/acme/app", Purpose.PUSH),
        ("ghcr.io/Acme/app", Purpose.PUSH),
    ]
    build = recorder.begin_build(PLACE, uses)

    assert recorder.purposes(build) == {
        APP: {"main": frozenset({Purpose.IMPORT, Purpose.EXPORT}), "latest": frozenset({Purpose.PUSH})}
    }
    assert recorder.purposes(PLACE) == {}


def test_a_digest_means_what_its_tag_means() -> None:
    """BuildKit resolves a tag and then reads by digest; another build's tag says nothing of it."""
    recorder = Recorder()
    build = recorder.begin_build(PLACE, [("ghcr.io/acme/app:main", Purpose.IMPORT)])
    other = recorder.begin_build(PLACE, [("ghcr.io/acme/app:other", Purpose.PUSH)])
    recorder.append_digest(build, APP, "main", D)
    recorder.append_digest(build, APP, "unknown", "sha256:2")
    recorder.append_digest(build, ("ghcr.io", "acme/other"), "main", "sha256:3")
    recorder.append_digest(other, APP, "main", D)

    assert recorder.purposes(build)[APP] == dict.fromkeys(("main", D), frozenset({Purpose.IMPORT}))
    assert D not in recorder.purposes(other)[APP]
