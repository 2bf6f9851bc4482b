"""How long a scenario takes, as ratios in one run.

`python benchmarks/scenario.py` seeds the sample repository's cache and runs a fork's pull request on the embedded
parts, beside the bare bash start-ups that the same steps need; with `--real` it also runs one event on real
BuildKit beside the bare `docker buildx build` commands.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from pytest_cicache import events
from pytest_cicache.simulation import EngineNames, Engines, Simulation, repository_of

SAMPLE = Path(__file__).parent.parent / "fixtures" / "app-build"
ROUNDS = 7


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
    with Engines(EngineNames(builder="simulated", registry="embedded")) as engines:
        scenario(engines)
        ours = statistics.median(seconds(lambda: scenario(engines)) for _ in range(ROUNDS))
    # Two events, two legs, three scripts each, and in two of these the tool and its docker command.
    bash = statistics.median(seconds(lambda: bare_bash(2 * 2 * (3 + 2 * 2))) for _ in range(ROUNDS))
    print(f"seed and fork PR, embedded: {ours * 1000:.0f} ms")
    print(f"the same over its bare bash start-ups: {ours / bash:.1f}")
    many(ours)


def many(one: float) -> None:
    """A hundred simulations in one session: linear time."""
    with Engines(EngineNames(builder="simulated", registry="embedded")) as engines:
        scenario(engines)
        first = seconds(lambda: [scenario(engines) for _ in range(10)])
        for _ in range(60):
            scenario(engines)
        last = seconds(lambda: [scenario(engines) for _ in range(10)])
    print(f"ten scenarios after eighty others over the first ten: {last / first:.2f}")


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
    options = parser.parse_args()
    embedded()
    if options.real:
        real()
