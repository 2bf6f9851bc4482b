"""One step of a job in act: what the simulation adds before, during and after it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_cicache.engines.runner.act._gates import Gates, pairs_text
from pytest_cicache.engines.runner.act._log import StepReport
from pytest_cicache.engines.runner.job import JobState, StepView
from pytest_cicache.engines.runner.steps import (
    FileCommandError,
    ScriptAttempt,
    StepDone,
    StepEnd,
    StepRunner,
    StepTime,
    assumed_step,
    conclude,
    doubt_of,
    given_stand_in,
    read_pairs,
    record,
    side_by_side,
    step_name,
    step_time,
)
from pytest_cicache.errors import ExpressionError, WorkflowError
from pytest_cicache.expressions import is_truthy
from pytest_cicache.observation import Assumption, Conclusion, StepMode
from pytest_cicache.workflow import Mapping as MappingNode
from pytest_cicache.workflow import Position, Scalar, Step

__all__ = ["ActStep"]

_OUTCOMES = {
    "success": Conclusion.SUCCESS,
    "failure": Conclusion.FAILURE,
    "skipped": Conclusion.SKIPPED,
}


@dataclass(slots=True)
class ActStep:
    """A step that is due or under way; `report` is what act has said of it.

    `view` is `None` where its variables cannot be evaluated; `told` is the end of a step that the simulation carried
    out, or what a script's end comes to that was asked about.
    """

    step: Step
    state: JobState
    runner: StepRunner
    view: StepView | None
    was_cancelled: bool
    report: StepReport = field(default_factory=StepReport)
    doubt: Assumption | None = None
    told: StepEnd | None = None
    time: StepTime | None = None
    attempt: ScriptAttempt | None = None
    is_refused: bool = False

    @classmethod
    def begin(cls, step: Step, state: JobState, runner: StepRunner) -> ActStep:
        """Look at a step before act comes to it."""
        made = cls(step, state, runner, None, state.job.is_cancelled)
        try:
            made.view = state.view(step)
            made.doubt = doubt_of(step, made.view.condition(step.condition))
        except (WorkflowError, ExpressionError):
            pass  # act meets the same, and says so in its own words
        return made

    @property
    def name(self) -> str:
        """Its name as GitHub shows it."""
        return step_name(self.step, self.view)

    @property
    def has_begun(self) -> bool:
        """Whether a script of it was let go."""
        return self.time is not None

    @property
    def patience(self) -> float:
        """The seconds of real time that a script of it may take."""
        return self.state.job.patience

    def permission(self) -> tuple[str, ...]:
        """What a script is told that asks whether it may begin: act knows nothing of a job that was cancelled."""
        if not self._may_run():
            self.is_refused = True
            return ("skip",)
        if self.attempt is None and self.view is not None:
            script = (self.view.text(self.step.run) or "") if self.step.run is not None else ""
            self.time = step_time(self.view, self.state, self.name)
            self.attempt = ScriptAttempt.begin(self.view, script, self.state)
        if self.attempt is None or self.time is None:
            return ("go", "")
        return ("go", self.attempt.environment(self.time.seconds)["CICACHE_LIMIT"])

    def use(self, inputs: Path, gates: Gates) -> str:
        """Carry a step out whose inputs are in a file; gives the status of its script."""
        if not self._may_run():
            self.is_refused = True
            return "0"
        environment = gates.environment()
        self.state.job.move(root=environment["GITHUB_WORKSPACE"], temp=environment["RUNNER_TEMP"])
        before = dict(self.state.job.env)
        self.told = end = self._carry_out(json.loads(inputs.read_text(encoding="utf-8")), environment)
        now = self.state.job.env.items()
        gates.leave("variables", pairs_text({name: value for name, value in now if before.get(name) != value}))
        gates.leave("outputs", pairs_text({**end.outputs, **self._unknown(end)}))
        return "1" if end.error else "0"

    def judged(self, status: int, output_file: Path, gates: Gates) -> str:
        """What a script's end comes to, as the status it is to have."""
        try:
            outputs = read_pairs(output_file.read_text(encoding="utf-8", errors="replace"))
        except (OSError, FileCommandError):
            outputs = {}
        error = f"Process completed with exit code {status}." if status else None
        if self.attempt is not None:
            end = StepEnd(mode=StepMode.EXECUTED, outputs=outputs, log=tuple(self.report.lines), error=error)
            self.told = self.attempt.judged(end)
            error = self.told.error
        gates.leave("outputs", "" if self.told is None else pairs_text(self._unknown(self.told)))
        return str(status) if error else "0"

    def done(self) -> StepDone:
        """The step's end, which the job is told."""
        done = self._done()
        record(self.step, done, self.view, self.state)
        return done

    def _done(self) -> StepDone:
        outcome = _OUTCOMES[self.report.result or "skipped"]
        if outcome is Conclusion.SKIPPED or self.is_refused:
            return StepDone(None, Conclusion.SKIPPED, Conclusion.SKIPPED)
        end = self._end()
        if self.state.job.is_cancelled and not self.was_cancelled:
            return StepDone(end, Conclusion.CANCELLED, Conclusion.CANCELLED)
        return StepDone(end, *conclude(self.view, end), self.doubt)

    def _end(self) -> StepEnd:
        """What the step came to by what act and the simulation know of it; act gives outputs in no order."""
        report = self.report
        for secret in report.masks:
            self.state.job.masks.add(secret)
        if self.step.run is None and self.told is not None:
            return self.told
        self.state.job.env.update(report.variables)
        failed = report.result == "failure" or report.error is not None
        log = tuple(report.lines)
        end = self.told or StepEnd(mode=StepMode.EXECUTED)
        error = end.error or (self._failure() if failed else None)
        end = replace(end, outputs={**dict(sorted(report.outputs.items())), **end.outputs}, error=error)
        if self.told is None and self.attempt is not None:
            end = self.attempt.judged(end)
        script = self.attempt.script.rstrip("\n").split("\n") if self.attempt is not None and self.step.run else []
        return replace(end, log=(*script, *log, *([f"Error: {error}"] if error else [])), is_told=True)

    def _failure(self) -> str:
        """Why act failed the step."""
        return self.report.error or "Process completed with exit code 1."

    def _may_run(self) -> bool:
        if not self.state.job.is_cancelled or self.view is None:
            return True
        return is_truthy(self.view.condition(self.step.condition))

    def _carry_out(self, inputs: Mapping[str, str], environment: Mapping[str, str]) -> StepEnd:
        step, state = self.step, self.state
        try:
            view = self.view or state.view(step)
            stub = given_stand_in(step, self.name, state)
            if stub is not None:
                return StepEnd(mode=StepMode.STUBBED, outputs=dict(stub), note="a stand-in was given for this step")
            if step.run is None and step.uses is None:
                return assumed_step(step, side_by_side(step))
            contexts = {**view.contexts, "env": environment, "github": state.contexts(step)["github"]}
            step = replace(step, with_=_literal(inputs, step.position))
            return self.runner(StepView(step, environment, contexts, view.functions), state)
        except (WorkflowError, ExpressionError) as error:
            return StepEnd(mode=StepMode.EXECUTED, error=str(error))

    def _unknown(self, end: StepEnd) -> dict[str, str]:
        """The outputs of an assumed step that the workflow speaks of."""
        return {}


def _literal(inputs: Mapping[str, str], position: Position) -> MappingNode:
    entries = tuple(
        (Scalar(value=name, text=name, position=position), Scalar(value=text, text=text, position=position))
        for name, text in inputs.items()
    )
    return MappingNode(entries=entries, position=position)
