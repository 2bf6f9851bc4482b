"""What it takes until the first answer, as ratios in one run.

`python benchmarks/start.py` times the command on the sample repository, what a session sets up, and a seed with a
fork's pull request in a session, each over what the same machine needs for less: an interpreter that starts, and
as many bare bash scripts. With `--act PATH`, or act on PATH, it also times one event of a workflow of one build
beside act in host mode, on the same steps with a `docker` that does nothing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pytest_cicache import events
from pytest_cicache.simulation import EngineNames, Engines, Simulation, repository_of

SAMPLE = Path(__file__).parent.parent / "fixtures" / "app-build"
EMBEDDED = EngineNames(builder="simulated", registry="embedded")
ROUNDS = 7
# Two events, two legs, three scripts each, and in two of these the tool and its docker command.
SCRIPTS = 2 * 2 * (3 + 2 * 2)
EMPTY = "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: ':'}]}}\n"
WORKFLOW = """
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: echo begin
      - run: docker buildx build --cache-from type=registry,ref=ghcr.io/octo/app:main -t ghcr.io/octo/app:main .
      - run: echo end
"""


def seconds(work: Callable[[], object]) -> float:
    """The median of some rounds after a first one that does not count."""
    work()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def interpreter() -> None:
    subprocess.run([sys.executable, "-c", "import asyncio, json, argparse"], check=True)


def command() -> None:
    code = "import sys; from pytest_cicache.cli import main; sys.exit(main())"
    options = "--after main_merge --event fork_pr --builder simulated --registry embedded --repository octo-org/.github"
    words = [sys.executable, "-c", code, "simulate", "ci.yml", "--root", str(SAMPLE), *options.split()]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def set_up() -> None:
    """A session's engines, and a first simulation with its source, its tools and one empty step."""
    repository = repository_of(SAMPLE, "octo-org/.github")
    with Engines(EMBEDDED) as engines, Simulation(engines, SAMPLE, repository) as simulation:
        simulation.write(".github/workflows/empty.yml", EMPTY)
        simulation.run("empty.yml", events.push(branch="main"))


def scenario(engines: Engines) -> None:
    with Simulation(engines, SAMPLE, repository_of(SAMPLE, "octo-org/.github")) as simulation:
        for event in (events.main_merge(), events.fork_pr()):
            assert simulation.run("ci.yml", event).conclusion == "success"


def scripts() -> None:
    for _ in range(SCRIPTS):
        subprocess.run(["bash", "--noprofile", "--norc", "-e", "-c", ":"], check=True)


def beside_act(act: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / ".github" / "workflows").mkdir(parents=True)
        (root / ".github" / "workflows" / "ci.yml").write_text(WORKFLOW)
        (root / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
        (root / "bin").mkdir()
        (root / "bin" / "docker").write_text("#!/bin/sh\n")
        (root / "bin" / "docker").chmod(0o755)
        subprocess.run(["git", "init", "--quiet", folder], check=True)
        environment = {"PATH": f"{root / 'bin'}{os.pathsep}{os.environ['PATH']}", "HOME": folder}
        words = [act, "push", "-P", "ubuntu-latest=-self-hosted", "-W", ".github/workflows/ci.yml", "--quiet"]
        theirs = seconds(lambda: subprocess.run(words, cwd=root, env=environment, check=True, capture_output=True))
        with (
            Engines(EMBEDDED) as engines,
            Simulation(engines, root, repository_of(root, "octo/app"), opaque_builds=True) as simulation,
        ):
            ours = seconds(lambda: simulation.run("ci.yml", events.push(branch="main")))
    print(f"one event over act in host mode: {ours / theirs:.2f} ({ours * 1000:.0f} ms)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--act", default=shutil.which("act"))
    options = parser.parse_args()
    bare, bash = seconds(interpreter), seconds(scripts)
    whole, ready = seconds(command), seconds(set_up)
    with Engines(EMBEDDED) as engines:
        inside = seconds(lambda: scenario(engines))
    print(f"the command over a bare interpreter: {whole / bare:.1f} ({whole:.2f} s)")
    print(f"setting up, with one empty step, over the same: {ready / bare:.1f} ({ready * 1000:.0f} ms)")
    print(f"seed and fork PR in a session over as many bare scripts: {inside / bash:.1f} ({inside * 1000:.0f} ms)")
    print(f"the same over the whole command: {inside / whole:.2f}")
    if options.act:
        beside_act(options.act)


if __name__ == "__main__":
    main()
