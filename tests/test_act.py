"""The runner act from the outside: many runs at a time, and runs that are broken off, leave nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.act

ENGINES = ("--cicache-runner=act", "--cicache-builder=simulated", "--cicache-registry=embedded")
WORKFLOW = """
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: |
          tail -f /dev/null &
          printf 'FROM scratch\\nCOPY Dockerfile /\\n' > Dockerfile
          docker buildx create --use
          docker buildx build --cache-to type=registry,ref=ghcr.io/octo/app:a,ignore-error=true .
      - run: exit ${{ github.ref_name == 'main' && 3 || 0 }}
"""
TEST = """
import pytest

@pytest.mark.parametrize("number", range(20))
def test_run(cicache, push_event, number):
    run = cicache.run("ci.yml", push_event)
    assert (run.conclusion, len(run.builds)) == ("success", 1)
    run = cicache.run("ci.yml", push_event.replace(branch="main"))
    assert run.conclusion == "failure"
"""


def processes(word: str) -> list[str]:
    """The processes that hold a word in their command line or their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if word.encode() in words:
            found.append(f"{process.name}: {words[:200]!r}")
    return found


def containers(folder: Path) -> list[str]:
    """The containers of jobs that hold a folder below another."""
    shown = ("--no-trunc", "--format", "{{.Names}} {{.Mounts}}")
    listing = ["docker", "ps", "--all", "--filter", "label=pytest-cicache=job", *shown]
    listed = subprocess.run(listing, capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if str(folder) in line]


@pytest.mark.image
def test_twenty_runs_at_a_time_in_containers_leave_nothing(tmp_path: Path) -> None:
    """Nor a container."""
    twenty_runs_leave_nothing(tmp_path, times=1, engines=(*ENGINES, "--cicache-act-image=cicache-steps:local"))

    assert containers(tmp_path) == []


def test_twenty_runs_at_a_time_leave_nothing(tmp_path: Path) -> None:
    """Twice under xdist: no process, no folder, and with them no port."""
    twenty_runs_leave_nothing(tmp_path, times=2, engines=ENGINES)


def twenty_runs_leave_nothing(tmp_path: Path, *, times: int, engines: tuple[str, ...]) -> None:
    """Run twenty simulations in four processes."""
    if not sys.platform.startswith("linux"):
        pytest.skip("looks into /proc")
    (tmp_path / "root/.github/workflows").mkdir(parents=True)
    (tmp_path / "root/.github/workflows/ci.yml").write_text(WORKFLOW)
    (tmp_path / "root/test_runs.py").write_text(TEST)
    (tmp_path / "temp").mkdir()
    command = [sys.executable, "-m", "pytest", "-q", "-n", "4", "-p", "no:cacheprovider", *engines, "test_runs.py"]
    environment = {**os.environ, "TMPDIR": str(tmp_path / "temp")}
    for _ in range(times):
        ended = subprocess.run(
            command, cwd=tmp_path / "root", env=environment, capture_output=True, text=True, timeout=300, check=False
        )

        assert ended.returncode == 0, ended.stdout[-2000:]
        assert [path.name for path in (tmp_path / "temp").iterdir() if path.name.startswith("cicache")] == []
        assert processes(str(tmp_path / "temp")) == []


@pytest.mark.parametrize("option", ["--runner", "--runner=act"])
def test_the_command_takes_it(tmp_path: Path, option: str) -> None:
    """`cicache simulate --runner act` says so in its JSON."""
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/ci.yml").write_text(WORKFLOW)
    words = [option, "act"] if option == "--runner" else [option]
    code = "from pytest_cicache.cli import main; raise SystemExit(main())"
    engines = ("--builder", "simulated", "--registry", "embedded", "--event", "push", "--json")
    command = [sys.executable, "-c", code, "simulate", "ci.yml", "--root", str(tmp_path), *engines, *words]

    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)

    assert '"runner": "act"' in said.stdout


def test_an_image_without_act(tmp_path: Path) -> None:
    """One line, and a usage error."""
    code = "from pytest_cicache.cli import main; raise SystemExit(main())"
    words = ("simulate", "ci.yml", "--root", str(tmp_path), "--event", "push", "--act-image", "octo/runner:1")

    said = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, timeout=60, check=False)

    assert said.returncode == 2
    assert said.stderr == "cicache: the image 'octo/runner:1' is for the runner 'act', and the runner is 'inprocess'\n"
