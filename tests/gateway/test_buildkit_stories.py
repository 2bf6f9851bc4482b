"""Real BuildKit over several builds: kept tokens, unchanged exports, logins of one job, mounts between registries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_cicache.gateway import Denial, Package, Settings, Visibility
from pytest_cicache.observation import Purpose
from pytest_cicache.permissions import AccessLevel

pytestmark = pytest.mark.docker

READ = AccessLevel.READ
SOLVE = "ERROR: failed to build: failed to solve: "
A = "denied: installation not allowed to Write organization package"


def _seed(lab: Any, simulation: Any, **attributes: str) -> None:
    """Export a cache as a job that may."""
    built = lab.build(simulation, lab.export(simulation, **attributes), secret=simulation.issue())
    assert built.exit_code == 0, built


def _cache_from(lab: Any, simulation: Any, **where: str) -> str:
    return f"--cache-from=type=registry,ref={lab.ref(simulation, **where)}"


def _denials(simulation: Any) -> set[Denial]:
    return {refusal.denial for refusal in simulation.recorder.refusals}


def test_an_unchanged_export_needs_no_right(lab: Any) -> None:
    """With nothing to write the builder only looks, and succeeds."""
    simulation = lab.simulation()
    _seed(lab, simulation)
    before = len(simulation.recorder.records)
    built = lab.build(simulation, lab.export(simulation), secret=simulation.issue(READ))
    asked = [record for record in simulation.recorder.records[before:] if record.purpose is not Purpose.TOKEN]

    assert built.exit_code == 0
    assert {(record.method, record.purpose) for record in asked} == {("HEAD", Purpose.PROBE)}


def test_a_new_tag_alone_is_refused_at_its_manifest(lab: Any) -> None:
    """Every blob is there, so the first thing that is refused is the tag."""
    simulation = lab.simulation()
    _seed(lab, simulation)
    other = lab.export(simulation, ref=lab.ref(simulation, "other"))
    built = lab.build(simulation, other, secret=simulation.issue(READ))

    assert built.exit_code == 1
    assert f"{SOLVE}error writing manifest blob: {A}" in built.text
    assert lab.tags(simulation) == ["cache"]


def test_blobs_outlive_a_refused_manifest(lab: Any) -> None:
    """The next job sends the manifest and no blob again."""
    simulation = lab.simulation()
    body = b'{"errors":[{"code":"DENIED","message":"not now"}]}'
    simulation.state.faults.on_manifest_push(nth=1, status=403, body=body)
    first = lab.build(simulation, lab.export(simulation), secret=simulation.issue())
    before = len(simulation.recorder.records)
    _seed(lab, simulation)
    stored = [record.reference for record in simulation.recorder.records[before:] if record.status == 201]

    assert f"{SOLVE}error writing manifest blob: denied: not now" in first.text
    assert stored == ["cache"]


def test_without_post_the_builder_asks_by_get_and_basic(lab: Any) -> None:
    """`POST /token` answered 405."""
    simulation = lab.simulation(Settings(posts_tokens=False))
    _seed(lab, simulation)
    asked = [
        (record.method, record.status) for record in simulation.recorder.records if record.purpose is Purpose.TOKEN
    ]

    assert ("POST", 405) in asked
    assert ("GET", 200) in asked


def test_a_job_that_logged_in_nowhere_is_nobody(lab: Any) -> None:
    """Its credential at the gateway stands for no login."""
    simulation = lab.simulation()
    simulation.package()
    _, secret = simulation.state.job_credential("build", {})
    built = lab.build(simulation, lab.export(simulation), secret=secret)

    assert (built.exit_code, _denials(simulation)) == (1, {Denial.UNAUTHENTICATED})
    assert f"{SOLVE}failed to fetch oauth token: unauthorized" in built.text


def test_nothing_is_mounted_from_another_registry(lab: Any) -> None:
    """One job, logged in to two registries: what it imports from one it uploads to the other."""
    simulation = lab.simulation()
    logins = {"quay.io": ("me", "password"), "ghcr.io": ("me", simulation.issue())}
    _, secret = simulation.state.job_credential("build", logins)
    there = "quay.io/me/app"
    seeded = lab.build(simulation, lab.export(simulation, ref=lab.ref(simulation, image=there)), secret=secret)
    assert seeded.exit_code == 0, seeded
    before = len(simulation.recorder.records)
    source = _cache_from(lab, simulation, image=there)
    built = lab.build(simulation, source, lab.export(simulation), secret=secret, builder="importer")
    records = simulation.recorder.records[before:]

    assert built.exit_code == 0, built
    assert [record.status for record in records if record.purpose is Purpose.MOUNT] == [202]
    assert sum(record.sent for record in records if record.host == "ghcr.io") > 200_000
    assert lab.tags(simulation) == ["cache"]


def test_a_kept_token_is_no_right(lab: Any) -> None:
    """The builder keeps its pull token between builds; a right that was taken away is refused all the same."""
    simulation = lab.simulation()
    _seed(lab, simulation)
    config = lab.config(simulation, simulation.issue(READ))
    source = _cache_from(lab, simulation)
    assert lab.build(simulation, source, config=config, builder="importer").exit_code == 0
    simulation.state.add_package(Package(owner="acme", name="app", linked="acme/other"))
    before = len(simulation.recorder.records)
    built = lab.build(simulation, source, config=config, builder="importer")

    assert built.exit_code == 0
    assert "403 Forbidden\ndenied: denied" in (built.error_of("importing cache manifest from ") or "")
    assert {record.purpose for record in simulation.recorder.records[before:]} == {Purpose.PULL}


def test_a_local_output_is_finished_before_a_denied_export(lab: Any, tmp_path: Path) -> None:
    """The build fails, and the file is there."""
    simulation = lab.simulation()
    simulation.package()
    target = tmp_path / "image.tar"
    options = (f"--output=type=oci,dest={target}", lab.export(simulation))
    built = lab.build(simulation, *options, secret=simulation.issue(READ))

    assert (built.exit_code, target.exists()) == (1, True)
    assert f"{SOLVE}error writing layer blob: {A}" in built.text


def test_uploads_run_side_by_side(lab: Any) -> None:
    """Six layers: one token request for up to four challenges, and up to four refusals."""
    simulation = lab.simulation()
    simulation.state.add_package(Package(owner="acme", name="app", visibility=Visibility.PUBLIC))
    dockerfile = "FROM scratch\n" + "".join(f"COPY a /{index}\n" for index in range(6))
    built = lab.build(simulation, lab.export(simulation), secret=simulation.issue(READ), dockerfile=dockerfile)
    records = simulation.recorder.records

    assert built.exit_code == 1
    assert [record.method for record in records if record.purpose is Purpose.TOKEN and record.status == 200] == ["POST"]
    assert 1 <= len([record for record in records if record.status == 403]) <= 4
