"""How long runs take whose steps are act's, as ratios in one run.

`python benchmarks/act.py` runs one event of a workflow of scripts in three ways, in turns: act alone in host mode, a
simulation with the runner act, and one with the runner `inprocess`.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pytest_cicache import events
from pytest_cicache.engines.runner.act import find_act
from pytest_cicache.simulation import EngineNames, Engines, Simulation, repository_of

ROUNDS = 9
STEPS = 12
HEAD = """
on: push
env: {TAG: "${{ github.ref_name }}"}
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: mkdir app && echo a > app/a && echo b > app/b
"""
STEP = """
      - id: step{number}
        if: ${{{{ env.TAG != 'never' }}}}
        run: |
          for file in app/*; do sum=$(sha256sum "$file" | cut -d' ' -f1); done
          echo "sum=$sum" >> "$GITHUB_OUTPUT"
      - run: test -n "${{{{ steps.step{number}.outputs.sum }}}}" && echo "$TAG" > app/tag
"""


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def bare(folder: Path) -> None:
    """act as a person would call it, but for the network."""
    words = [
        "push",
        "--json",
        "-C",
        str(folder),
        "-P",
        "ubuntu-latest=-self-hosted",
        "--no-cache-server",
        "--env-file",
        "",
    ]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder / "home"), "https_proxy": "http://127.0.0.1:9"}
    program = shutil.which("act", path=str(Path(find_act().path).parent))
    assert program is not None
    done = subprocess.run([program, *words, "-s", "GITHUB_TOKEN="], env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr


def lay_out(folder: Path) -> None:
    """A repository with the workflow."""
    workflows = folder / ".github" / "workflows"
    for made in (workflows, folder / "home"):
        made.mkdir(parents=True)
    steps = "".join(STEP.format(number=number) for number in range(STEPS // 2))
    (workflows / "ci.yml").write_text(HEAD + steps)
    quiet = {"cwd": folder, "check": True, "stdout": subprocess.DEVNULL}
    subprocess.run(["git", "init", "-q", "-b", "main"], **quiet)
    person = {f"GIT_{who}_{what}": "b@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    subprocess.run(["git", "commit", "-q", "--allow-empty", "-m", "a"], env={**os.environ, **person}, **quiet)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "repository"
        lay_out(folder)
        made = {
            runner: Engines(EngineNames(builder="simulated", registry="embedded", runner=runner))
            for runner in ("act", "inprocess")
        }
        try:
            times = measure(folder, made)
        finally:
            for engines in made.values():
                engines.close()
    medians = {who: statistics.median(values) for who, values in times.items()}
    print(f"{STEPS + 1} steps in act alone: {medians['bare'] * 1000:.0f} ms")
    print(f"a run with the runner act over act alone: {medians['act'] / medians['bare']:.2f}")
    print(f"a run with the runner inprocess over act alone: {medians['inprocess'] / medians['bare']:.2f}")


def measure(folder: Path, made: dict[str, Engines]) -> dict[str, list[float]]:
    """The seconds of each way, in turns."""
    times: dict[str, list[float]] = {"bare": [], "act": [], "inprocess": []}
    for number in range(ROUNDS + 1):
        found = {"bare": seconds(lambda: bare(folder))}
        for runner, engines in made.items():
            with Simulation(engines, folder, repository_of(folder, "octo/app")) as simulation:
                found[runner] = seconds(lambda: run(simulation))
        for who, value in found.items() if number else ():
            times[who].append(value)
    return times


def run(simulation: Simulation) -> None:
    done = simulation.run("ci.yml", events.push())
    assert (done.conclusion, len(done.jobs[0].steps)) == ("success", STEPS + 1), done


if __name__ == "__main__":
    main()
