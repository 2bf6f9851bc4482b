"""How long `pytest --cicache` takes on a repository of 20 image workflows that each meet 12 events.

Run it as `python benchmarks/checks.py`. The budget is 15 seconds with one worker; beside it stand the same with two
workers of xdist, and `pytest` in the same folder without the checks. On two processors that have nothing else to do,
two workers take the time of their start and half of the rest.

Modules are compiled before, and scratch files lie in memory where the system has a place for that: a file system that
looks for free inodes among those just deleted, as ext4 without a journal does, takes more time than all the rest.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BUDGET = 15.0
MEMORY = Path("/dev/shm")
WORKFLOWS = 20
WORKFLOW = """\
name: Image NUMBER
on:
  push: {branches: [main, 'feature/**'], tags: ['v*']}
  pull_request: {types: [opened, synchronize, closed]}
  pull_request_target:
  merge_group:
  schedule: [{cron: '17 3 * * 1'}]
  workflow_dispatch:
  release: {types: [published]}
  workflow_run: {workflows: [CI], types: [completed]}
  issue_comment:
permissions: {contents: read, packages: write}
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - uses: docker/setup-buildx-action@v3
      - uses: docker/login-action@v3
        with: {registry: ghcr.io, username: "${{ github.actor }}", password: "${{ secrets.GITHUB_TOKEN }}"}
      - uses: docker/build-push-action@v6
        with:
          context: .
          cache-from: type=registry,ref=ghcr.io/octo-org/app:cache-NUMBER
          cache-to: type=registry,ref=ghcr.io/octo-org/app:cache-NUMBER,mode=max,ignore-error=true
"""
DOCKERFILE = "FROM debian:12\nCOPY requirements.txt /\nRUN pip install -r /requirements.txt\nCOPY src /src\nRUN make\n"


def lay_out(root: Path) -> None:
    """The repository, with a commit."""
    folder = root / ".github" / "workflows"
    folder.mkdir(parents=True)
    for number in range(WORKFLOWS):
        (folder / f"image-{number}.yml").write_text(WORKFLOW.replace("NUMBER", str(number)))
    (root / "Dockerfile").write_text(DOCKERFILE)
    (root / "requirements.txt").write_text("requests\n")
    (root / "src").mkdir()
    (root / "src" / "main.py").write_text("print()\n")
    (root / "test_nothing.py").write_text("def test_nothing():\n    pass\n")
    git = ("git", "-C", str(root), "-c", "user.name=n", "-c", "user.email=n@example.org")
    for words in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "Begin")):
        subprocess.run((*git, *words), check=True)


def seconds(root: Path, *options: str) -> tuple[float, str]:
    """The time of one session, and its last line."""
    engines = ("--cicache-builder=simulated", "--cicache-registry=embedded", "--cicache-repository=octo-org/app")
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *engines, *options)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    return time.perf_counter() - began, done.stdout.strip().splitlines()[-1]


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        root, scratch = Path(folder, "app"), Path(folder, "scratch")
        scratch.mkdir()
        os.environ["TMPDIR"] = str(scratch)
        lay_out(root)
        seconds(root, "--cicache", "-k", "image-0.yml")
        bare, _ = seconds(root)
        alone, told = seconds(root, "--cicache")
        shared, _ = seconds(root, "--cicache", "-n", "2")
    print(f"{WORKFLOWS} workflows: {told}")
    print(f"one worker: {alone:.1f} s, {alone / BUDGET:.2f} of the budget, {alone / bare:.1f} of pytest alone")
    print(f"two workers: {shared:.1f} s, {shared / alone:.2f} of one")


if __name__ == "__main__":
    main()
