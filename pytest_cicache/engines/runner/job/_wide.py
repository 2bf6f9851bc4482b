"""What all steps of one job share, those inside composite actions too."""

from __future__ import annotations

import itertools
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_cicache.engines._job_spec import PATIENCE, JobSpec
from pytest_cicache.engines.runner.job._launcher import Launcher, ScriptLauncher
from pytest_cicache.engines.runner.job._machine import Machine
from pytest_cicache.engines.runner.job._masks import Masks
from pytest_cicache.engines.runner.job._own_tmp import OwnTmp
from pytest_cicache.engines.runner.job._tools import Tools
from pytest_cicache.engines.runner.job._workspace import Workspace
from pytest_cicache.errors import UsageError
from pytest_cicache.expressions import show_unknown
from pytest_cicache.observation import Assumption, AssumptionKind

__all__ = ["JobWide"]

# Nobody listens there: what a step asks of the network fails at once.
_NO_NETWORK = "http://127.0.0.1:9"
_FIXED = ("GITHUB_", "RUNNER_", "CICACHE_")
_NEVER = float("inf")
_LONGEST_NUMBER = 32
# `nscloud-setup-buildx-action`, `useblacksmith/setup-docker-builder`, `depot/setup-action`.
_BUILDER = re.compile(r"buildx|builder|depot/setup", re.IGNORECASE)


@dataclass(slots=True)
class JobWide:
    """The workspace, the environment that grows from step to step, the secrets, and what is due at the end.

    `base` are the variables every step gets, `env` those of the workflow, the job and GITHUB_ENV; `paths` are
    the entries of GITHUB_PATH, oldest first; `post` is run in reverse; `deadline` is on the monotonic clock;
    `patience` are the seconds of real time that one step may take; `assumptions` are those made so far; `tmp` is the
    job's own `/tmp`.
    """

    workspace: Workspace
    tools: Tools
    base: Mapping[str, str]
    masks: Masks
    env: dict[str, str] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    post: list[Callable[[], None]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=itertools.count)
    launcher: ScriptLauncher = field(default_factory=Launcher)
    deadline: float = _NEVER
    is_cancelled: bool = False
    has_failed: bool = False
    patience: float = PATIENCE
    assumptions: list[Assumption] = field(default_factory=list)
    fixed: Mapping[str, str] = field(init=False)
    tmp: OwnTmp = field(init=False)

    def __post_init__(self) -> None:
        self.tmp = OwnTmp(str(self.workspace.scratch), around=str(self.workspace.directory.parent))
        # The runner sets these after all others, so that no `env:` and no GITHUB_ENV changes them.
        self.fixed = {name: value for name, value in self.base.items() if name.startswith(_FIXED)}

    @classmethod
    def start(cls, spec: JobSpec, workspace: Workspace, tools: Tools, *, key: str, port: int) -> JobWide:
        """Prepare a job: GitHub's default variables, the docker command's address, the clock."""
        event_file = workspace.temp / "event.json"
        event_file.write_text(json.dumps(spec.contexts["github"].get("event", {})), encoding="utf-8")
        (workspace.files / "bash_env").write_text(_BASH_ENV, encoding="utf-8")
        (workspace.files / "slept").write_text("0\n", encoding="utf-8")
        workspace.stub(spec.stubs.commands)
        workspace.allow(_allowed(spec.stubs.allowed, tools.machine))
        own = {
            **{f"CICACHE_{name.upper()}": path for name, path in tools.real.items()},
            "GITHUB_EVENT_PATH": str(event_file),
            "CICACHE_DOCKER_PORT": str(port),
            "CICACHE_DOCKER_KEY": key,
            "CICACHE_DATE_AT": tools.machine.date_at,
            "CICACHE_EPOCH": str(int(spec.clock.timestamp())),
            "CICACHE_SLEPT": str(workspace.files / "slept"),
            "CICACHE_STUB": str(tools.stub),
            "CICACHE_DATED": str(workspace.files / "dated"),
            "CICACHE_TMP": str(workspace.scratch),
            "CICACHE_STUBBED": str(workspace.files / "stubbed"),
            "GIT_EXEC_PATH": str(tools.git_core),
            "BASH_ENV": str(workspace.files / "bash_env"),
        }
        if spec.api_url:
            own |= {"GITHUB_API_URL": spec.api_url, "GITHUB_GRAPHQL_URL": f"{spec.api_url}/graphql"}
        base = {**spec.environment, **_PERSON, **_ISOLATION, **_places(workspace), **own}
        return cls(workspace, tools, base, Masks(spec.secrets), patience=spec.patience)

    def environment(self, own: Mapping[str, str], facts: Mapping[str, str]) -> dict[str, str]:
        """The process environment of a step: `own` are its variables, `facts` what the runner says of it."""
        given = {name: self.tmp.inward(value) for name, value in {**self.env, **own}.items()}
        merged = {**self.base, **given}
        own_path = merged.get("PATH", "").split(os.pathsep)
        first = [*self._reachable(reversed(self.paths)), self.workspace.stubs, self.tools.commands]
        first += self._reachable(own_path)
        return {**merged, **self.fixed, **facts, "PATH": self.tools.path(*first)}

    def move(self, *, root: str, temp: str) -> None:
        """Take other folders for GITHUB_WORKSPACE and RUNNER_TEMP."""
        if str(self.workspace.root) != root:
            self.workspace = replace(self.workspace, root=Path(root), temp=Path(temp))
            self.fixed = {**self.fixed, "GITHUB_WORKSPACE": root, "RUNNER_TEMP": temp}

    def _reachable(self, folders: Iterable[str]) -> list[Path | str]:
        """The folders of a PATH without those of the machine, whose commands a step may not run."""
        machine = self.tools.machine
        return [each for each in folders if each and (self.is_own(each) or not machine.may_have_folder(each))]

    def is_own(self, folder: str) -> bool:
        """Whether a folder is one of the job's."""
        return folder.startswith(f"{self.workspace.directory}{os.sep}")

    def rests_on_assumptions(self) -> bool:
        """Whether anything was assumed so far, by the step that runs too."""
        return bool(self.assumptions) or (self.workspace.files / "stubbed").exists()

    def may_have_builder(self) -> bool:
        """Whether an action was assumed whose name says that it sets a builder up."""
        return any(item.kind is AssumptionKind.ACTION and _BUILDER.search(item.what) for item in self.assumptions)

    def shown(self, text: str) -> str:
        """A text as a person may see it: without secrets and the job's folder, unknown values by their origins."""
        return show_unknown(self.masks.hide(self.tmp.outward(text)))

    @property
    def seconds_left(self) -> float:
        """How long the job may still run, by its own clock."""
        return self.deadline - time.monotonic() - self.slept

    @property
    def slept(self) -> float:
        """The seconds that steps have waited; they took no time."""
        file = os.open(self.base["CICACHE_SLEPT"], os.O_RDONLY)
        try:
            text = os.read(file, _LONGEST_NUMBER).strip()
        finally:
            os.close(file)
        return int(text) / 1000 if text.isdigit() else 0.0


def _allowed(names: Iterable[str], machine: Machine) -> dict[str, str | None]:
    """Where the commands are that steps may run; one that has gone from this machine is nowhere."""
    found = {name: machine.which(name) for name in names}
    missing = sorted(name for name, place in found.items() if place is None and not machine.is_here)
    if missing:
        raise UsageError(f"the image has no command '{missing[0]}' that steps could be allowed to run")
    return found


def _places(workspace: Workspace) -> dict[str, str]:
    return {
        "HOME": str(workspace.home),
        "TMPDIR": str(workspace.scratch),
        "GITHUB_WORKSPACE": str(workspace.root),
        "RUNNER_TEMP": str(workspace.temp),
        "RUNNER_TOOL_CACHE": str(workspace.tool_cache),
        "AGENT_TOOLSDIRECTORY": str(workspace.tool_cache),
        "XDG_CONFIG_HOME": str(workspace.home / ".config"),
        "RUNNER_WORKSPACE": str(workspace.root.parent),
    }


_PERSON = {
    "USER": "runner",
    "LOGNAME": "runner",
    "SHELL": "/bin/bash",
    "LANG": "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8",
    "TZ": "UTC",
}
_ISOLATION = {
    "DOCKER_HOST": "unix:///nonexistent/docker.sock",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "http_proxy": _NO_NETWORK,
    "https_proxy": _NO_NETWORK,
    "HTTPS_PROXY": _NO_NETWORK,
    "no_proxy": "127.0.0.1,localhost",
}
# bash 4 calls this for a command that is nowhere; older shells say so themselves.
_BASH_ENV = """command_not_found_handle() {
  local name=$1
  shift
  CICACHE_STUB_NAME=$name "$CICACHE_STUB" "$@"
}
"""
