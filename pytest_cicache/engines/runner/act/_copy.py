"""The copy of a planned job that act reads: one job, one leg, and nothing that the plan has decided already.

What is known before the steps run stands in it as values; act evaluates the rest. A step that the simulation carries
out itself is a script of a shell of ours, `cicache-step`, whose text are the inputs.
"""

from __future__ import annotations

import json
import re
from collections import abc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pytest_cicache.errors import UnsupportedError
from pytest_cicache.expressions import fill_in, fill_in_template, presume, template_expression, to_text
from pytest_cicache.workflow import Job, Mapping, Node, Scalar, Sequence, Step, Workflow

__all__ = ["LABEL", "NOT_GIVEN", "JobCopy", "step_key"]

LABEL = "cicache"
"""The label that stands for whatever the job's `runs-on` asks for."""

NOT_GIVEN = "cicache: not given"
"""The value of an input that an action inside a composite one could be given, and is not."""

# What only act knows while it runs, by context; `None` is the whole context.
_LEFT: dict[str, frozenset[str]] = {
    "github": frozenset(
        {"action", "action_path", "action_ref", "action_repository", "action_status", "event_path", "workspace"}
    ),
    "job": frozenset({"status"}),
    "runner": frozenset({"temp", "tool_cache"}),
}
_LEFT_WHOLE = frozenset({"env", "secrets", "steps"})
_SHELLS = frozenset({"bash", "sh", "python"})


@dataclass(frozen=True, slots=True)
class JobCopy:
    """Writes the copy of one job; `contexts` are all that are known when it starts, the `runner` context too.

    `is_told` says of a step that the simulation carries it out; `inward` puts the job's own `/tmp` into a text, and
    `inward_script` into a script.
    """

    workflow: Workflow
    job: Job
    contexts: abc.Mapping[str, Any]
    is_told: Callable[[Step], bool]
    inward: Callable[[str], str]
    inward_script: Callable[[str], str]

    def document(self) -> dict[str, Any]:
        """The workflow file, as JSON, which is YAML too."""
        github = self.contexts["github"]
        job: dict[str, Any] = {"runs-on": LABEL, "steps": [self._step(step) for step in self.job.steps]}
        if self.job.env is not None:
            job["env"] = self._env(self.job.env)
        run = {name: value for name in ("shell", "working-directory") if (value := self._default(name)) is not None}
        if run:
            job["defaults"] = {"run": run}
        document: dict[str, Any] = {"name": github["workflow"], "on": github["event_name"]}
        if self.workflow.env is not None:
            document["env"] = self._env(self.workflow.env)
        return {**document, "jobs": {self.job.id: job}}

    def _step(self, step: Step) -> dict[str, Any]:
        made: dict[str, Any] = {"name": step.id}
        if step.given_id:
            made["id"] = step.id
        if step.condition.given is not None:
            made["if"] = presume(fill_in(step.condition.text, self.contexts, self._knows))
        own = self._env(step.env)
        made["env"] = {**own, "CICACHE_STEP": step.id, "CICACHE_SALT": step.position.place}
        if step.continue_on_error is not None:
            made["continue-on-error"] = self._node(step.continue_on_error)
        return {**made, **(self._told(step) if self.is_told(step) else self._own(step))}

    def _own(self, step: Step) -> dict[str, Any]:
        """What act does in a step."""
        if step.uses is not None:
            given = {} if step.with_ is None else {"with": self._node(step.with_)}
            # The root of the workspace, which act knows by one of its two names.
            return {"uses": re.sub(r"^\$/", "./", step.uses.text), **given}
        assert step.run is not None
        made: dict[str, Any] = {"run": self._text(self.inward_script(step.run.text))}
        if step.shell is not None:
            made["shell"] = self._shell(step.shell)
        if step.working_directory is not None:
            made["working-directory"] = self._node(step.working_directory)
        return made

    def _told(self, step: Step) -> dict[str, Any]:
        """A step whose inputs are told, as a JSON object in which act evaluates the expressions."""
        pairs = step.with_.items() if isinstance(step.with_, Mapping) else ()
        inputs = ", ".join(f"{json.dumps(name)}: {self._input(node)}" for name, node in pairs)
        return {"shell": "cicache-step {0}", "run": "{" + inputs + "}", "working-directory": "."}

    def _input(self, node: Node) -> str:
        if not isinstance(node, Scalar) or not node.is_template:
            value = node.to_data()
            return json.dumps(value if isinstance(value, str) else to_text(value))
        expression = template_expression(self._text(str(node.value)))
        return f"${{{{ toJSON({expression}) }}}}"

    def _shell(self, node: Scalar) -> str:
        """A shell; one that act would start by itself waits for its turn as the others do."""
        text = self._text(node.text)
        return text if text in _SHELLS or node.is_template else f"cicache-shell {text}"

    def _default(self, name: str) -> Any:
        for defaults in (self.job.defaults, self.workflow.defaults):
            run = defaults.get("run") if isinstance(defaults, Mapping) else None
            found = run.get(name) if isinstance(run, Mapping) else None
            if isinstance(found, Scalar):
                return self._shell(found) if name == "shell" else self._node(found)
        return None

    def _env(self, node: Node | None) -> dict[str, Any]:
        """Variables; act looks its shells up on PATH, so that one of the workflow goes by another name."""
        if node is None:
            return {}
        found = self._node(node)
        if not isinstance(found, dict):
            raise UnsupportedError(f"{node.position.place}: act takes no expression for all of 'env'")
        return {"CICACHE_PATH" if name == "PATH" else name: value for name, value in found.items()}

    def _node(self, node: Node) -> Any:
        match node:
            case Scalar():
                return self._text(self.inward(node.value)) if isinstance(node.value, str) else node.value
            case Sequence():
                return [self._node(item) for item in node]
        if any(key.is_template for key, _ in node.entries):
            where = node.position.place
            raise UnsupportedError(f"{where}: act takes no expression as a key; the runner inprocess does")
        return {name: self._node(item) for name, item in node.items()}

    def _text(self, text: str) -> str:
        return fill_in_template(text, self.contexts, self._knows)

    def _knows(self, context: str, name: str | None) -> bool:
        if context in _LEFT_WHOLE or context not in self.contexts:
            return False
        return name is None or name.lower() not in _LEFT.get(context, ())


def step_key(step: Step, number: int) -> str:
    """What act calls a step in its log: its id, else its place in the job, from 0."""
    return step.id if step.given_id else str(number)
