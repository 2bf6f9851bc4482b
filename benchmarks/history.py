"""Ten thousand events of the sample workflow in one history, and the API's list of 5,000 versions.

Prints seconds of wall clock and of processors, those of children counted, and the most memory so far, which is that of
one history after the other: flat where more events take no more. `python benchmarks/history.py [EVENTS]`.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from pytest_cicache.events import Repository
from pytest_cicache.githubapi import ApiCall, StoredManifest
from pytest_cicache.simulation import EngineNames, Engines, Simulation

ROOT = Path(__file__).parent.parent / "fixtures" / "app-build"


def memory() -> float:
    """The most memory so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def work() -> float:
    """The seconds that processors spent on this process and its children."""
    spent = os.times()
    return sum(spent[:4])


def play(simulation: Simulation, events: int) -> None:
    """Play a history of about so many events in six months."""
    share = max(events // 60, 1)
    began, worked = time.perf_counter(), work()
    history = simulation.history(
        "ci.yml", merges_per_month=share * 2, pull_requests=share * 3, forks=share, dockerfile_changes=1
    )
    replayed = sum(event.is_replayed for event in history.events)
    took = f"{time.perf_counter() - began:.1f} s, {work() - worked:.1f} s of processors"
    print(f"{len(history.events)} events, {replayed} of them replayed: {took}, {memory():.0f} MiB, {history}")


def list_versions(simulation: Simulation, number: int) -> None:
    """List all pages of a package of so many versions."""
    simulation.package("octo-org/many", visibility="public")
    for index in range(number):
        digest = f"sha256:{index:064x}"
        simulation._state.versions.push("octo-org/many", f"v{index}", digest, StoredManifest())
    token = simulation.api_access().token
    began = time.perf_counter()
    target = "/orgs/octo-org/packages/container/many/versions?per_page=100"
    found = 0
    for page in range(1, number // 100 + 1):
        call = ApiCall.read("GET", f"{target}&page={page}", authorization=f"Bearer {token}")
        found += simulation.api.answer(call).body().count(b'"metadata"')
    print(f"{found} versions listed: {time.perf_counter() - began:.2f} s")


def main() -> None:
    """Run both."""
    names = EngineNames(builder="simulated", registry="embedded")
    clock = datetime(2026, 6, 1, tzinfo=UTC)
    with Engines(names) as engines, Simulation(engines, ROOT, Repository.parse("octo-org/app"), clock=clock) as made:
        list_versions(made, 5000)
        print(f"memory {memory():.0f} MiB")
        for events in (int(sys.argv[1]) // 10, int(sys.argv[1])) if len(sys.argv) > 1 else (1000, 5000, 10_000):
            with made.twin() as twin:
                play(twin, events)


if __name__ == "__main__":
    main()
