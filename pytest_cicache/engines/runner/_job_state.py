"""What changes while a job runs: environment, PATH, step results, the secrets to hide."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_cicache.engines.runner._docker import Witness
from pytest_cicache.engines.runner._spec import JobSpec
from pytest_cicache.engines.runner._workspace import Tools, Workspace
from pytest_cicache.expressions import HostFunction, evaluate, is_truthy, to_text
from pytest_cicache.observation import Conclusion
from pytest_cicache.workflow import Condition, Node, Scalar, Step, evaluate_node
from pytest_cicache.workflow import Mapping as MappingNode

__all__ = ["JobState"]

_NO_NETWORK = "http://127.0.0.1:9"


@dataclass(slots=True)
class JobState:
    """The moving parts of one job."""

    spec: JobSpec
    workspace: Workspace
    tools: Tools
    base: dict[str, str]
    env: dict[str, str] = field(default_factory=dict)
    paths: list[Path] = field(default_factory=list)
    steps: dict[str, Any] = field(default_factory=dict)
    masks: list[str] = field(default_factory=list)
    post: list[Callable[[], None]] = field(default_factory=list)
    failed: bool = False
    uses: int = 0

    @classmethod
    def start(cls, spec: JobSpec, workspace: Workspace, tools: Tools, *, key: str, port: int) -> JobState:
        """Prepare a job's environment: GitHub's default variables, the docker command's address, the clock."""
        event_file = workspace.files / "event.json"
        event_file.write_text(json.dumps(spec.contexts["github"].get("event", {})))
        workspace.stub(spec.stubs.commands)
        workspace.allow(spec.stubs.allowed)
        own = {
            "HOME": str(workspace.home),
            "LANG": "C.UTF-8",
            "GITHUB_WORKSPACE": str(workspace.root),
            "GITHUB_EVENT_PATH": str(event_file),
            "RUNNER_TEMP": str(workspace.temp),
            "RUNNER_TOOL_CACHE": str(workspace.tool_cache),
            "CICACHE_DOCKER_PORT": str(port),
            "CICACHE_DOCKER_KEY": key,
            "CICACHE_CLOCK": str(int(spec.clock.timestamp())),
            "CICACHE_DATE": tools.date,
            "CICACHE_STUBBED": str(workspace.files / "stubbed"),
            "BASH_ENV": str(workspace.files / "bash_env"),
            "DOCKER_HOST": "unix:///nonexistent/docker.sock",
            "http_proxy": _NO_NETWORK,
            "https_proxy": _NO_NETWORK,
            "no_proxy": "127.0.0.1,localhost",
        }
        (workspace.files / "bash_env").write_text(_BASH_ENV)
        state = cls(spec, workspace, tools, {**spec.environment, **own}, masks=list(filter(None, spec.secrets)))
        state.env.update(state._evaluated(spec.workflow.env))
        state.env.update(state._evaluated(spec.job.env))
        return state

    def contexts(self, step_env: Node | None = None) -> dict[str, Any]:
        """Every context, `env` with a step's own variables on top."""
        github = {**self.spec.contexts["github"], "workspace": str(self.workspace.root)}
        contexts: dict[str, Any] = {
            **self.spec.contexts,
            "github": github,
            "env": dict(self.env),
            "job": {**self.spec.contexts.get("job", {}), "status": "failure" if self.failed else "success"},
            "runner": self._runner(),
            "steps": self.steps,
        }
        if step_env is not None:
            contexts["env"] = {**self.env, **self._evaluated(step_env, contexts)}
        return contexts

    def functions(self) -> dict[str, HostFunction]:
        """The status functions at step level, and hashFiles over the workspace."""
        failed = self.failed
        table: dict[str, Callable[..., Any]] = {
            "always": lambda: True,
            "cancelled": lambda: False,
            "failure": lambda: failed,
            "success": lambda: not failed,
        }
        made = {name: HostFunction(name=name, minimum=0, maximum=0, call=call) for name, call in table.items()}
        made["hashfiles"] = HostFunction(name="hashFiles", minimum=1, maximum=255, call=self._hash_files)
        return made

    def decides(self, condition: Condition) -> bool:
        """Whether a step's condition holds."""
        return is_truthy(evaluate(condition.text, self.contexts(), functions=self.functions()))

    def is_true(self, node: Scalar | None, step: Step) -> bool:
        """Whether a setting such as `continue-on-error` holds, `False` when it is not given."""
        if node is None:
            return False
        return evaluate_node(node, self.contexts(step.env), self.functions()) is True

    def environment(self, step_env: Mapping[str, str]) -> dict[str, str]:
        """The process environment of a step."""
        path = self.tools.path(*reversed(self.paths), self.workspace.stubs)
        return {**self.base, **self.env, **step_env, "PATH": path}

    def step_env(self, step: Step) -> dict[str, str]:
        """A step's own variables, evaluated."""
        return self._evaluated(step.env, self.contexts())

    def finish(self, step: Step, *, outcome: Conclusion, conclusion: Conclusion, outputs: Mapping[str, str]) -> None:
        """Record a step's end in the `steps` context; steps without an id of their own are not in it."""
        if conclusion is Conclusion.FAILURE:
            self.failed = True
        if step.given_id:
            values = {"outputs": dict(outputs), "outcome": outcome.value, "conclusion": conclusion.value}
            self.steps[step.id] = values

    def take_witness(self) -> Witness:
        """What the docker command did since the last time."""
        witness, self.spec.docker.witness = self.spec.docker.witness, Witness()
        return witness

    def hide(self, text: str) -> str:
        """Replace every secret by `***`."""
        for secret in sorted(self.masks, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    def _runner(self) -> dict[str, str]:
        return {
            "name": "GitHub Actions 1",
            "os": "Linux",
            "arch": "X64",
            "temp": str(self.workspace.temp),
            "tool_cache": str(self.workspace.tool_cache),
            "environment": "github-hosted",
            "debug": "",
        }

    def _evaluated(self, node: Node | None, contexts: dict[str, Any] | None = None) -> dict[str, str]:
        if not isinstance(node, MappingNode):
            return {}
        values = evaluate_node(node, contexts or self.contexts(), self.functions())
        return {name: to_text(value) for name, value in dict(values).items()}  # type: ignore[arg-type]

    def _hash_files(self, *patterns: Any) -> str:
        """sha256 over the digests of the matched files: src/Misc/expressionFunc/hashFiles of actions/runner."""
        texts = [to_text(pattern) for pattern in patterns if not to_text(pattern).startswith("--")]
        found = sorted(path for path in self.workspace.root.rglob("*") if path.is_file() and self._fits(path, texts))
        if not found:
            return ""
        digests = (hashlib.sha256(path.read_bytes()).digest() for path in found)
        return hashlib.sha256(b"".join(digests)).hexdigest()

    def _fits(self, path: Path, patterns: list[str]) -> bool:
        name = path.relative_to(self.workspace.root).as_posix()
        fits = False
        for line in (line.strip() for text in patterns for line in text.splitlines()):
            if line and _glob(line.lstrip("!").removeprefix("./")).fullmatch(name):
                fits = not line.startswith("!")
        return fits


def _glob(pattern: str) -> re.Pattern[str]:
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    tokens = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return re.compile("".join(parts.get(token, re.escape(token)) for token in tokens))


# bash 4 calls this for a command that is nowhere; older shells say so themselves.
_BASH_ENV = """command_not_found_handle() {
  printf '%s\\n' "$1" >>"$CICACHE_STUBBED"
  printf 'cicache: stubbed: %s\\n' "$*" >&2
}
"""
