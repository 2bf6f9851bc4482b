"""One call of act: its files, its words and its environment.

Words: nektos/act, cmd/root.go (0.2.89). Everything is given, so that act looks at nothing of the person or of the
repository: no `.actrc`, no `.env`, no `.secrets`, no token of `gh`, no Docker, no cache server, nothing fetched.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_cicache.engines.runner.act._copy import LABEL
from pytest_cicache.engines.runner.job import JobWide

__all__ = ["Invocation"]

# What act says better of the job than we could: where things are.
_ACTS_OWN = frozenset(
    {"GITHUB_ACTION", "GITHUB_EVENT_PATH", "GITHUB_WORKSPACE", "RUNNER_TEMP", "RUNNER_TOOL_CACHE", "RUNNER_WORKSPACE"}
)
_OVERRIDES = (
    *("BASE_REF", "HEAD_REF", "REF", "REF_NAME", "REF_TYPE", "REPOSITORY", "RETENTION_DAYS"),
    *("RUN_ATTEMPT", "RUN_ID", "RUN_NUMBER", "SERVER_URL", "API_URL", "GRAPHQL_URL"),
)
# act's process has a home of its own, so that nothing of it shows up in the one of the steps.
_FACTS = """
if [ "$HOME" = {act_home} ]; then HOME={home}; fi
if [ "$XDG_CONFIG_HOME" = {act_home} ]; then XDG_CONFIG_HOME={home}/.config; fi
unset SHA_REF XDG_CACHE_HOME RUNNER_PERFLOG RUNNER_TRACKING_ID
case $PATH in *{shells}:*) PATH=${{PATH%%{shells}:*}}{own}:${{PATH#*{shells}:}} ;; esac
# Of a PATH that the workflow sets the folders of this machine are left out.
if [ -n "$CICACHE_PATH" ]; then
  added=$CICACHE_PATH:
  before=
  while [ -n "$added" ]; do
    folder=${{added%%:*}}
    added=${{added#*:}}
    case $folder in
      {job}/*) before=$before:$folder ;;
      *) [ -d "$folder" ] || before=$before:$folder ;;
    esac
  done
  PATH=${{PATH%%{own}:*}}{own}$before:${{PATH#*{own}:}}
  unset CICACHE_PATH
fi
"""


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call of the act at `program` for one job; `shells` are those of ours.

    `folder` holds its files and is its home, its cache and the repository it looks at: making folders takes time.
    """

    program: str
    folder: Path
    shells: Path
    actions: Mapping[str, Path]

    def command(self, github: Mapping[str, Any]) -> list[str]:
        """The words of the call."""
        folder = self.folder
        words = [self.program, str(github["event_name"]), "--json", "--verbose", "--concurrent-jobs", "1"]
        words += ["--directory", str(folder), "--workflows", str(folder / "workflow.yml")]
        words += ["--eventpath", str(folder / "event.json"), "--platform", f"{LABEL}=-self-hosted"]
        words += ["--actor", str(github.get("actor", "")), "--secret-file", str(folder / "secrets.yml")]
        words += ["--var-file", "", "--env-file", "", "--input-file", "", "--no-cache-server", "--action-offline-mode"]
        words += ["--action-cache-path", str(folder)]
        overrides = {f"GITHUB_{name}": str(github.get(name.lower(), "")) for name in _OVERRIDES}
        for name, value in {**overrides, "SHA_REF": str(github.get("sha", ""))}.items():
            words += ["--env", f"{name}={value}"]
        for reference, place in self.actions.items():
            words += ["--local-repository", f"{reference}={place}"]
        return words

    def write(self, document: Mapping[str, Any], secrets: Mapping[str, str], event: object) -> None:
        """Write what act reads; nobody else may read the secrets."""
        for name, value in (("workflow.yml", document), ("secrets.yml", secrets), ("event.json", event)):
            file = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(file, "w", encoding="utf-8", errors="surrogateescape") as stream:
                json.dump(value, stream)

    def environment(self, job: JobWide) -> dict[str, str]:
        """The variables of act's process, which those of the steps begin with."""
        home = str(self.folder)
        own = {"HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home, "CICACHE_GATES": str(self.folder)}
        path = job.tools.path(self.shells)
        return {**{name: value for name, value in job.base.items() if name not in _ACTS_OWN}, **own, "PATH": path}

    def facts(self, job: JobWide) -> str:
        """Shell code that gives a step the variables it has on GitHub, where act says otherwise or nothing."""
        fixed = {name: value for name, value in job.fixed.items() if name not in _ACTS_OWN}
        fixed["ImageOS"] = job.base.get("ImageOS", "")
        lines = [f"export {name}={shlex.quote(value)}\n" for name, value in fixed.items()]
        places = {
            "act_home": self.folder,
            "home": job.workspace.home,
            "shells": self.shells,
            "own": f"{job.workspace.stubs}:{job.tools.commands}",
            "job": job.workspace.directory,
        }
        return "".join(lines) + _FACTS.format(**{name: shlex.quote(str(value)) for name, value in places.items()})
