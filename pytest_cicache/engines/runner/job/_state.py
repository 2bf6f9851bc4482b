"""Where a list of steps stands: the job's own, or those of one composite action in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_cicache.engines._job_spec import JobSpec
from pytest_cicache.engines.docker import StepRecorder
from pytest_cicache.engines.runner.job._hash_files import hash_files
from pytest_cicache.engines.runner.job._wide import JobWide
from pytest_cicache.expressions import HostFunction, PartlyKnown, evaluate, to_text
from pytest_cicache.observation import Conclusion
from pytest_cicache.workflow import Condition, Node, Step, evaluate_node
from pytest_cicache.workflow import Mapping as MappingNode

__all__ = ["JobState", "StepView", "evaluated"]


@dataclass(frozen=True, slots=True)
class StepView:
    """A step that is due: its own variables, evaluated, and what its expressions see."""

    step: Step
    env: Mapping[str, str]
    contexts: Mapping[str, Any]
    functions: Mapping[str, HostFunction]

    def value(self, node: Node) -> Any:
        """The value of a key of the step."""
        return evaluate_node(node, self.contexts, self.functions)

    def text(self, node: Node | None) -> str | None:
        """The same as text, `None` for a key that is not given."""
        return None if node is None else to_text(self.value(node))

    def condition(self, condition: Condition) -> Any:
        """What a condition comes to, an unknown value perhaps; raises ExpressionError where it cannot be evaluated."""
        return evaluate(condition.text, self.contexts, functions=self.functions)


@dataclass(slots=True)
class JobState:
    """The moving parts of a list of steps.

    `inherited` are the variables of the step that uses the composite action, `action` what `github` says of
    that action, `depth` how many composite actions are around.
    """

    spec: JobSpec
    job: JobWide
    steps: dict[str, Any] = field(default_factory=dict)
    inherited: Mapping[str, str] = field(default_factory=dict)
    action: Mapping[str, str] = field(default_factory=dict)
    depth: int = 0
    failed: bool = False

    @property
    def status(self) -> str:
        """`success`, `failure` or `cancelled`."""
        return "cancelled" if self.job.is_cancelled else "failure" if self.failed else "success"

    def view(self, step: Step) -> StepView:
        """Look at a step that is due; raises WorkflowError when its `env` cannot be evaluated."""
        contexts, functions = self.contexts(step), self.functions()
        own = evaluated(step.env, contexts, functions)
        contexts["env"] = {**contexts["env"], **own}
        return StepView(step, {**self.inherited, **own}, contexts, functions)

    def contexts(self, step: Step | None = None) -> dict[str, Any]:
        """Every context as it is now."""
        facts = {"workspace": str(self.job.workspace.root), "event_path": self.job.base["GITHUB_EVENT_PATH"]}
        if step is not None:
            facts["action"] = step.id
        return {
            **self.spec.contexts,
            "github": {**self.spec.contexts["github"], **facts, **self.action},
            "env": {**self.job.env, **self.inherited},
            "job": {**self.spec.contexts.get("job", {}), "status": self.status},
            "runner": self._runner(),
            "steps": self.steps,
        }

    def functions(self) -> dict[str, HostFunction]:
        """The status functions at step level, and hashFiles over the workspace."""
        status = self.status
        table: dict[str, Callable[..., Any]] = {
            "always": lambda: True,
            "cancelled": lambda: status == "cancelled",
            "failure": lambda: status == "failure",
            "success": lambda: status == "success",
        }
        made = {name: HostFunction(name=name, minimum=0, maximum=0, call=call) for name, call in table.items()}
        made["hashfiles"] = HostFunction(name="hashFiles", minimum=1, maximum=255, call=self._hash_files)
        return made

    def environment(self, view: StepView) -> dict[str, str]:
        """The process environment of a step."""
        facts = {"GITHUB_ACTION": view.step.id}
        facts |= {f"GITHUB_{name.upper()}": value for name, value in self.action.items()}
        return self.job.environment(view.env, facts)

    def finish(
        self,
        step: Step,
        *,
        outcome: Conclusion,
        conclusion: Conclusion,
        outputs: Mapping[str, str],
        unknown: str | None = None,
    ) -> None:
        """Record a step's end in the `steps` context; steps without an id of their own are not in it.

        Outputs that nobody knows are members of one `unknown` value: all that are not in `outputs`.
        """
        if conclusion is Conclusion.FAILURE:
            self.failed = True
        if step.given_id:
            values = {"outputs": _outputs(outputs, unknown), "outcome": outcome.value, "conclusion": conclusion.value}
            self.steps[step.id] = values

    def take_recorder(self) -> StepRecorder:
        """What the docker command did since the last time."""
        recorder, self.spec.docker.recorder = self.spec.docker.recorder, StepRecorder()
        return recorder

    def _runner(self) -> dict[str, str]:
        base = self.job.base
        names = ("name", "os", "arch", "temp", "tool_cache", "environment", "workspace")
        return {name: base.get(f"RUNNER_{name.upper()}", "") for name in names}

    def _hash_files(self, *patterns: Any) -> str:
        return hash_files(self.job.workspace.root, map(to_text, patterns))


def _outputs(known: Mapping[str, str], unknown: str | None) -> Any:
    if unknown is None:
        return dict(known)
    return PartlyKnown(known, rest=unknown) if known else unknown


def evaluated(
    node: Node | None, contexts: Mapping[str, Any], functions: Mapping[str, HostFunction] | None = None
) -> dict[str, str]:
    """The variables of an `env:`, evaluated; entries of one map do not see each other."""
    if not isinstance(node, MappingNode):
        return {}
    values = evaluate_node(node, contexts, functions)
    return {name: to_text(value) for name, value in values.items()} if isinstance(values, dict) else {}
