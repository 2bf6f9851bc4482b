"""One step of a job in act: what the simulation adds before, during and after it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_cicache.engines.runner.act._copy import NOT_GIVEN
from pytest_cicache.engines.runner.act._gates import Gates, ScriptAsk, pairs_text
from pytest_cicache.engines.runner.act._log import StepReport, in_githubs_words
from pytest_cicache.engines.runner.job import JobState, ScriptEnd, ScriptLauncher, StepView
from pytest_cicache.engines.runner.steps import (
    ScriptAttempt,
    StepDone,
    StepEnd,
    StepRunner,
    StepTime,
    assumed_step,
    conclude,
    doubt_of,
    given_stand_in,
    record,
    side_by_side,
    step_name,
    step_time,
    template_error,
)
from pytest_cicache.errors import ExpressionError, WorkflowError
from pytest_cicache.expressions import evaluate, holds_unknown, is_truthy, to_text
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

    `view` is `None` where its variables cannot be evaluated; `is_told` says that the simulation carries it out;
    `spoken_of` gives the outputs of a step that the job names, `place_of` where a use inside it stands, `declared` are
    the outputs of a composite action. `parts` are the ends of what was asked about in it, `unknown` the outputs that
    nobody knows; `was_stopped` tells of a script that took too long; `may_run` is false for a step that a cancelled job
    skips, which act does not know of.
    """

    step: Step
    state: JobState
    runner: StepRunner
    view: StepView | None
    was_cancelled: bool
    is_told: bool
    spoken_of: Callable[[str], Iterable[str]]
    place_of: Callable[[str], Position | None]
    declared: frozenset[str] | None = None
    report: StepReport = field(default_factory=StepReport)
    doubt: Assumption | None = None
    parts: list[StepEnd] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)
    time: StepTime | None = None
    attempt: ScriptAttempt | None = None
    script: int | None = None
    was_stopped: bool = False
    over: str | None = None
    may_run: bool = True
    is_refused: bool = False

    @classmethod
    def begin(
        cls,
        step: Step,
        state: JobState,
        runner: StepRunner,
        *,
        is_told: bool,
        spoken_of: Callable[[str], Iterable[str]],
        place_of: Callable[[str], Position | None],
        declared: frozenset[str] | None,
    ) -> ActStep:
        """Look at a step before act comes to it."""
        made = cls(step, state, runner, None, state.job.is_cancelled, is_told, spoken_of, place_of, declared)
        try:
            made.view = state.view(step)
            condition = made.view.condition(step.condition)
            made.doubt = doubt_of(step, condition)
            made.may_run = is_truthy(condition) or not state.job.is_cancelled
        except (WorkflowError, ExpressionError):
            pass  # act meets the same, and says so in its own words
        return made

    @property
    def name(self) -> str:
        """Its name as GitHub shows it."""
        return step_name(self.step, self.view)

    @property
    def patience(self) -> float:
        """The seconds of real time that a script of it may take."""
        return self.state.job.patience if self.time is None else min(self.time.seconds, self.state.job.patience)

    def stop(self, launcher: ScriptLauncher) -> bool:
        """End a script that takes too long, and tell whether one ran."""
        if self.script is None or self.attempt is None or self.time is None:
            return False
        time = self.attempt.time_after(ScriptEnd(None, ""), self.time)
        if not self.attempt.is_too_long:
            self.over = time.message
            self.state.job.is_cancelled = self.state.job.is_cancelled or time.ends_job
        launcher.kill_process(self.script)
        self.script, self.was_stopped = None, True
        return True

    def permission(self) -> tuple[str, ...]:
        """What a script is told that asks whether it may begin: act knows nothing of a job that was cancelled."""
        if not self.may_run:
            self.is_refused = True
            return ("skip",)
        if self.attempt is None and self.view is not None:
            self._begin_script(self.view)
        if self.attempt is None or self.time is None:
            return ("go", "")
        return ("go", self.attempt.environment(self.time.seconds)["CICACHE_LIMIT"])

    def _begin_script(self, view: StepView) -> None:
        """Note what the script is, as far as it can be evaluated here: act was able to."""
        with contextlib.suppress(WorkflowError):
            script = (view.text(self.step.run) or "") if self.step.run is not None else ""
            self.time = step_time(view, self.state, self.name)
            self.attempt = ScriptAttempt.begin(view, script, self.state)

    def use(self, inputs: Path, gates: Gates) -> str:
        """Carry a step out whose inputs are in a file; gives the status of its script."""
        if not self.may_run:
            self.is_refused = True
            return "0"
        environment = gates.environment()
        self.state.job.move(root=environment["GITHUB_WORKSPACE"], temp=environment["RUNNER_TEMP"])
        before = dict(self.state.job.env)
        end = self._carry_out(json.loads(inputs.read_text(encoding="utf-8")), environment)
        now = self.state.job.env.items()
        gates.leave("variables", pairs_text({name: value for name, value in now if before.get(name) != value}))
        gates.leave("said", "".join(f"{line}\n" for line in end.full_log))
        self._hand_on(end, environment["GITHUB_ACTION"], gates, dict(end.outputs))
        return "1" if end.error else "0"

    def judged(self, ask: ScriptAsk, gates: Gates) -> str:
        """What a script's end comes to, as the status it is to have."""
        ask.keep_reachable(self.state.job)
        self.script = None
        error = self.over or (f"Process completed with exit code {ask.status}." if ask.status else None)
        end = StepEnd(mode=StepMode.EXECUTED, outputs=ask.outputs(), log=tuple(self.report.lines), error=error)
        if self.attempt is not None:
            end = self.attempt.judged(end)
        self._hand_on(end, ask.action, gates, {})
        return str(ask.status) if end.error else "0"

    def done(self) -> StepDone:
        """The step's end, which the job is told."""
        done = self._done()
        record(self.step, done, self.view, self.state)
        return done

    def _done(self) -> StepDone:
        outcome = _OUTCOMES[self.report.result or "failure"]
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
        self.state.job.env.update(report.variables)
        if self.is_told and self.parts:
            return self.parts[-1]
        names = sorted(report.outputs.keys() if self.declared is None else report.outputs.keys() & self.declared)
        known = {name: report.outputs[name] for name in names if self.unknown.get(name) != report.outputs[name]}
        failed = report.result == "failure" or report.error is not None
        error = self._failure() if failed and not (self.parts and self.parts[-1].mode is StepMode.ASSUMED) else None
        end = StepEnd(mode=StepMode.EXECUTED, outputs=known, error=error, log=tuple(report.lines))
        if not self.parts and self.attempt is not None:
            end = self.attempt.judged(end)
        return self._with_parts(end)

    def _with_parts(self, end: StepEnd) -> StepEnd:
        """The end with what was judged of the scripts in it, and the log as GitHub has it."""
        script: list[str] = []
        if self.step.run is not None and self.attempt is not None:
            script = self.attempt.script.rstrip("\n").split("\n")
            if self.parts:
                last = self.parts[-1]
                end = replace(last, outputs={**end.outputs, **last.outputs}, log=end.log, error=end.error)
        elif self.parts:
            notes = (part.note for part in self.parts)
            end = replace(
                end,
                note="; ".join(filter(None, notes)) or None,
                assumptions=tuple(item for part in self.parts for item in part.assumptions),
                assumes=tuple(dict.fromkeys(each for part in self.parts for each in part.assumes)),
            )
        said = [f"Error: {end.error}"] if end.error else []
        return replace(end, log=(*script, *end.log, *said), is_told=True)

    def _failure(self) -> str:
        """Why act failed the step: the time that was over, a status, or its own words."""
        if self.parts and self.parts[-1].error:
            return self.parts[-1].error
        if self.attempt is not None and self.time is not None and self.report.error == "signal: killed":
            time = self.attempt.time_after(ScriptEnd(-9, ""), self.time)
            if time.is_over:
                self.state.job.is_cancelled = self.state.job.is_cancelled or time.ends_job
                return time.message
        return in_githubs_words(self.report.error)

    def _carry_out(self, inputs: Mapping[str, str], environment: Mapping[str, str]) -> StepEnd:
        """Carry an action out, the step itself or one inside a composite action that names it in CICACHE_USES."""
        step, state = self.step, self.state
        try:
            view = self.view or state.view(step)
            if self.is_told:
                stub = given_stand_in(step, self.name, state)
                if stub is not None:
                    return StepEnd(mode=StepMode.STUBBED, outputs=dict(stub), note="a stand-in was given for this step")
                if step.run is None and step.uses is None:
                    return assumed_step(step, side_by_side(step))
            contexts = {**view.contexts, "env": environment, "github": state.contexts(step)["github"]}
            given = self._as_far_as_known({name: text for name, text in inputs.items() if text != NOT_GIVEN}, view)
            step = replace(step, with_=_literal(given, step.position))
            if "CICACHE_USES" in environment:
                text = environment["CICACHE_USES"]
                step = replace(step, uses=Scalar(value=text, text=text, position=self.place_of(text) or step.position))
            return self.runner(StepView(step, environment, contexts, view.functions), state)
        except (WorkflowError, ExpressionError) as error:
            return StepEnd(mode=StepMode.EXECUTED, error=template_error(error))

    def _as_far_as_known(self, inputs: Mapping[str, str], view: StepView) -> dict[str, str]:
        """The inputs, those with an unknown value in them as our own evaluator has them."""
        if not (self.is_told and holds_unknown(inputs)) or view.step.with_ is None:
            return dict(inputs)
        own = view.value(view.step.with_)
        texts = {name: to_text(value) for name, value in own.items()} if isinstance(own, dict) else {}
        return {name: texts.get(name, text) if holds_unknown(text) else text for name, text in inputs.items()}

    def _hand_on(self, end: StepEnd, action: str, gates: Gates, known: dict[str, str]) -> None:
        """Let act know the outputs, those too that nobody knows and the workflow speaks of."""
        name = self.step.id if self.is_told or self.step.run is not None else action
        rest = {} if end.unknown is None else {key: member(end.unknown, key) for key in self.spoken_of(name)}
        self.unknown = {key: value for key, value in rest.items() if key not in end.outputs}
        gates.leave("outputs", pairs_text({**known, **self.unknown}))
        self.parts.append(end)


def member(unknown: str, name: str) -> str:
    """An output of a step whose outputs nobody knows."""
    return to_text(evaluate(f"step['{name}']", {"step": unknown}))


def _literal(inputs: Mapping[str, str], position: Position) -> MappingNode:
    entries = tuple(
        (Scalar(value=name, text=name, position=position), Scalar(value=text, text=text, position=position))
        for name, text in inputs.items()
    )
    return MappingNode(entries=entries, position=position)
