"""What it takes until the first answer, each figure beside its budget and as a ratio in one run.

`python benchmarks/start.py` times the command on the sample repository, what a session sets up, a seed with a fork's
pull request in a session, the plans of a repository, and what the plugin adds to a run of pytest without it. Beside
the budget stands the figure over what the same machine needs at the same time for less: an interpreter that starts,
or as many bare bash scripts. With `--act PATH`, or act on PATH, one event of a workflow of one build takes turns with
act in host mode, on the same steps with a `docker` that does nothing.

The processes it starts read bytecode, as those of an installed package do.
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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import plan_speed
from scenario import EMBEDDED, SAMPLE, bare_bash, scenario

from pytest_cicache import events
from pytest_cicache.simulation import Engines, Simulation, repository_of

ROUNDS = 9
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
COMMAND = "import sys; from pytest_cicache.cli import main; sys.exit(main())"
OPTIONS = "--after main_merge --event fork_pr --builder simulated --registry embedded --repository octo-org/.github"
PYTEST = "import sys, pytest; sys.exit(pytest.main(['--version', *sys.argv[1:]]))"


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turns(*works: Callable[[], object]) -> list[list[float]]:
    """The times of works that take turns, after a first round that does not count."""
    rounds = [[seconds(work) for work in works] for _ in range(ROUNDS + 1)]
    return [list(column) for column in zip(*rounds[1:], strict=True)]


def python(*words: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, "-c", *words], env=environment, check=True, capture_output=True)


def command() -> None:
    python(COMMAND, "simulate", "ci.yml", "--root", str(SAMPLE), *OPTIONS.split())


def set_up() -> None:
    """A session's engines, and a first simulation with its source, its tools and one empty step."""
    repository = repository_of(SAMPLE, "octo-org/.github")
    with Engines(EMBEDDED) as engines, Simulation(engines, SAMPLE, repository) as simulation:
        simulation.write(".github/workflows/empty.yml", EMPTY)
        simulation.run("empty.yml", events.push(branch="main"))


def report(what: str, ours: list[float], budget: float, less: list[float], than: str) -> None:
    """One line: the median beside its budget, and the median ratio over something that takes less."""
    median = statistics.median(ours)
    over = statistics.median(a / b for a, b in zip(ours, less, strict=True))
    print(f"{what}: {median:.3f} s, {median / budget:.2f} of the budget of {budget} s; {over:.1f} times {than}")


def starts() -> None:
    def interpreter() -> None:
        python("import asyncio, json, argparse")

    bare, whole, ready = in_turns(interpreter, command, set_up)
    report("the command", whole, 0.9, bare, "a bare interpreter")
    report("a session's set-up with one empty step", ready, 0.1, bare, "a bare interpreter")


def session() -> None:
    with Engines(EMBEDDED) as engines:
        bash, inside = in_turns(lambda: bare_bash(SCRIPTS), lambda: scenario(engines))
    report("a seed and a fork's pull request in a session", inside, 0.25, bash, "as many bare scripts")


def plans() -> None:
    sources = [plan_speed.CALLER.replace("NUMBER", str(number)) for number in range(plan_speed.WORKFLOWS)]

    def interpreter() -> None:
        python("import asyncio, json, argparse")

    bare, planned = in_turns(interpreter, lambda: plan_speed.plan_everything(sources))
    report("20 workflows planned under 12 events", planned, plan_speed.BUDGET, bare, "a bare interpreter")


def unused() -> None:
    without, beside = in_turns(lambda: python(PYTEST, "-p", "no:cicache"), lambda: python(PYTEST))
    # What others do at the same time only ever adds.
    added, least = min(beside) - min(without), min(without)
    print(f"the plugin, unused: {added * 1000:.1f} ms, budget 15 ms; {added / least:.3f} of pytest --version")


@contextmanager
def one_build() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / ".github" / "workflows").mkdir(parents=True)
        (root / ".github" / "workflows" / "ci.yml").write_text(WORKFLOW)
        (root / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
        (root / "bin").mkdir()
        (root / "bin" / "docker").write_text("#!/bin/sh\n")
        (root / "bin" / "docker").chmod(0o755)
        subprocess.run(["git", "init", "--quiet", folder], check=True)
        yield root


def beside_act(act: str) -> None:
    words = [act, "push", "-P", "ubuntu-latest=-self-hosted", "-W", ".github/workflows/ci.yml", "--quiet"]
    with (
        one_build() as root,
        Engines(EMBEDDED) as engines,
        Simulation(engines, root, repository_of(root, "octo/app"), opaque_builds=True) as simulation,
    ):
        environment = {"PATH": f"{root / 'bin'}{os.pathsep}{os.environ['PATH']}", "HOME": str(root)}

        def theirs() -> None:
            subprocess.run(words, cwd=root, env=environment, check=True, capture_output=True)

        pairs = in_turns(theirs, lambda: simulation.run("ci.yml", events.push(branch="main")))
    ratio = statistics.median(ours / act for act, ours in zip(*pairs, strict=True))
    print(f"an event over act in host mode: {ratio:.2f}, budget 0.5 ({statistics.median(pairs[1]) * 1000:.0f} ms)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--act", default=shutil.which("act"), metavar="PATH")
    options = parser.parse_args()
    starts()
    session()
    plans()
    unused()
    if options.act:
        beside_act(options.act)


if __name__ == "__main__":
    main()
