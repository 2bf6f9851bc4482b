"""How long a scenario takes, as ratios in one run.

`python benchmarks/scenario.py` seeds the sample repository's cache and runs a fork's pull request on the embedded
parts, beside the bare bash start-ups that the same steps need; with `--real` it also runs one event on real
BuildKit beside the bare `docker buildx build` commands. `--simulations 1000` runs so many in one session, whose time
has to be linear and whose memory flat.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pytest_cicache import events
from pytest_cicache.simulation import EngineNames, Engines, Simulation, repository_of

SAMPLE = Path(__file__).parent.parent / "fixtures" / "app-build"
EMBEDDED = EngineNames(builder="simulated", registry="embedded")
ROUNDS = 7
ONE_BUILD = """
on: push
permissions: {contents: read, packages: write}
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: echo "${{ github.token }}" | docker login ghcr.io -u x --password-stdin
      - uses: docker/setup-buildx-action@v3
      - run: docker buildx build --push --cache-to type=registry,ref=ghcr.io/octo-org/app:c -t ghcr.io/octo-org/app .
"""


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def scenario(engines: Engines) -> None:
    repository = repository_of(SAMPLE, "octo-org/.github")
    with Simulation(engines, SAMPLE, repository) as simulation:
        for event in (events.main_merge(), events.fork_pr()):
            assert simulation.run("ci.yml", event).conclusion == "success"


def bare_bash(steps: int) -> None:
    for _ in range(steps):
        subprocess.run(["bash", "--noprofile", "--norc", "-e", "-c", ":"], check=True)


def embedded() -> None:
    with Engines(EMBEDDED) as engines:
        scenario(engines)
        ours = statistics.median(seconds(lambda: scenario(engines)) for _ in range(ROUNDS))
    # Two events, two legs, three scripts each, and in two of these the tool and its docker command.
    bash = statistics.median(seconds(lambda: bare_bash(2 * 2 * (3 + 2 * 2))) for _ in range(ROUNDS))
    print(f"seed and fork PR, embedded: {ours * 1000:.0f} ms")
    print(f"the same over its bare bash start-ups: {ours / bash:.1f}")


def many(simulations: int) -> None:
    """Simulations in one session, in ten parts: time is linear, memory flat."""
    with Engines(EMBEDDED) as engines, tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / ".github" / "workflows").mkdir(parents=True)
        (root / ".github" / "workflows" / "ci.yml").write_text(ONE_BUILD)
        (root / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
        repository = repository_of(root, "octo-org/app")

        def part() -> None:
            for _ in range(simulations // 10):
                with Simulation(engines, root, repository) as simulation:
                    assert simulation.run("ci.yml", events.push(branch="main")).conclusion == "success"

        part()
        before = resident()
        times = [seconds(part) for _ in range(9)]
        print(
            f"{simulations} simulations in a session: the last tenth over the first {times[-1] / times[0]:.2f}, ",
            end="",
        )
        print(f"resident memory after all over that after a tenth {resident() / before:.2f} ({resident():.0f} MiB)")


def resident() -> float:
    """The memory that this process holds, in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def real() -> None:
    with Engines(EngineNames(builder="buildx", registry="embedded")) as engines:
        repository = repository_of(SAMPLE, "octo-org/.github")
        with Simulation(engines, SAMPLE, repository) as simulation:
            simulation.run("ci.yml", events.main_merge())
            rounds = [seconds(lambda: simulation.run("ci.yml", events.fork_pr())) for _ in range(3)]
            builds = len(simulation.runs[-1].builds)
    print(f"fork PR, real BuildKit: {statistics.median(rounds):.2f} s for {builds} builds")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--simulations", type=int, default=200, metavar="N", help="simulations in one session")
    options = parser.parse_args()
    embedded()
    many(options.simulations)
    if options.real:
        real()
