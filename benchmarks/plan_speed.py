"""How long reading and planning every workflow of a 20-workflow repository under 12 events takes.

Run it as `python benchmarks/plan_speed.py`. The budget is one second for all of it; the ratio is the time over that
budget, and beside it stands what one plan costs over merely parsing its file with the YAML library.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).parent.parent))

from pytest_cicache import events
from pytest_cicache.events import Commits, Delivery, Repository
from pytest_cicache.plan import Plan, plan
from pytest_cicache.workflow import read_workflow

BUDGET = 1.0
WORKFLOWS = 20
EVENTS = (
    "push",
    "main_merge",
    "tag_push",
    "pr",
    "fork_pr",
    "dependabot_pr",
    "pr_target",
    "merge_group",
    "schedule",
    "workflow_dispatch",
    "release",
    "pr_merged",
)
CALLED = """\
on:
  workflow_call:
    inputs:
      image: {type: string, required: true}
      push: {type: boolean, default: false}
permissions: {contents: read}
jobs:
  image:
    name: Image ${{ inputs.image }}
    runs-on: ubuntu-latest
    permissions: {contents: read, packages: write}
    steps:
      - uses: actions/checkout@v5
      - uses: docker/login-action@v3
        with: {registry: ghcr.io, username: "${{ github.actor }}", password: "${{ secrets.GITHUB_TOKEN }}"}
      - run: docker buildx build --cache-from type=registry,ref=ghcr.io/o/p:main --push=${{ inputs.push }} .
  report:
    needs: image
    if: always() && github.event_name == 'pull_request'
    runs-on: ubuntu-latest
    steps: [{run: "echo ${{ needs.image.result }}"}]
"""
CALLER = """\
name: Workflow NUMBER
run-name: ${{ github.event_name }} by ${{ github.actor }}
on:
  push: {branches: [main, 'releases/**'], tags: ['v[0-9]+.*'], paths: ['src/**', '!**.md']}
  pull_request: {branches: [main], paths-ignore: ['docs/**']}
  pull_request_target: {types: [opened, labeled]}
  merge_group:
  schedule: [{cron: '17 3 * * 1'}]
  workflow_dispatch:
    inputs:
      level: {type: choice, options: [low, high], default: low}
  release: {types: [published]}
concurrency: {group: "${{ github.workflow }}-${{ github.ref }}", cancel-in-progress: true}
jobs:
  lint:
    runs-on: ubuntu-latest
    steps: [{uses: actions/checkout@v5}, {run: make lint}]
  test:
    name: Test
    needs: lint
    strategy:
      matrix:
        os: [ubuntu-latest, macos-latest, windows-latest]
        python: ['3.11', '3.12', '3.13', '3.14']
        exclude: [{os: windows-latest, python: '3.14'}]
        include: [{os: ubuntu-latest, python: '3.13', coverage: true}]
    runs-on: ${{ matrix.os }}
    timeout-minutes: ${{ matrix.coverage && 30 || 20 }}
    steps: [{uses: actions/checkout@v5}, {run: "make test PYTHON=${{ matrix.python }}"}]
  image:
    needs: test
    if: github.event.pull_request.head.repo.full_name == github.repository || github.event_name != 'pull_request'
    strategy: {matrix: {image: [app, worker]}}
    permissions: {contents: read, packages: write}
    uses: ./.github/workflows/called.yml
    with: {image: "${{ matrix.image }}", push: "${{ github.ref == 'refs/heads/main' }}"}
  deploy:
    needs: [test, image]
    if: startsWith(github.ref, 'refs/tags/') && !github.event.repository.fork
    environment: production
    runs-on: ubuntu-latest
    steps: [{run: make deploy}]
"""


def deliveries() -> list[Delivery]:
    """Deliver each event to the repository."""
    repository = Repository(owner="octo-org", name="app")
    commits = Commits(base="a" * 40, head="b" * 40, merge="c" * 40, before="a" * 40, changed_files=("src/a.py",))
    now = datetime(2026, 11, 24, tzinfo=UTC)
    return [
        events.deliver(events.from_text(text), repository, commits, now=now, run_id=1, run_number=1) for text in EVENTS
    ]


def plan_everything(sources: list[str]) -> list[Plan]:
    """Read every workflow once and plan it under every event."""
    workflows = [
        read_workflow(source, path=f".github/workflows/w{number}.yml", fetch=lambda _: CALLED)
        for number, source in enumerate(sources)
    ]
    return [plan(workflow, delivery) for delivery in deliveries() for workflow in workflows]


def seconds(work: Callable[[], object], *, rounds: int = 5) -> float:
    """Give the median time of some rounds, after one to warm up."""
    work()
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def main() -> None:
    """Measure and print."""
    sources = [CALLER.replace("NUMBER", str(number)) for number in range(WORKFLOWS)]
    plans = plan_everything(sources)
    jobs = sum(len(item.jobs) for item in plans)
    whole = seconds(lambda: plan_everything(sources))
    parsing = seconds(lambda: [yaml.safe_load(source) for source in sources])
    print(f"{WORKFLOWS} workflows under {len(EVENTS)} events: {len(plans)} plans with {jobs} jobs in {whole:.3f} s")
    print(f"ratio to the budget of {BUDGET:.0f} s: {whole / BUDGET:.2f}")
    print(f"ratio to parsing the {WORKFLOWS} files once with PyYAML ({parsing:.3f} s): {whole / parsing:.1f}")


if __name__ == "__main__":
    main()
