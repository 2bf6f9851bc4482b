"""A `uses:` step: an emulated action, a composite one that is at hand, or a stand-in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_cicache.actions import READ_THE_CLOCK, ActionCall, ActionEffect, ActionReference, interpret
from pytest_cicache.engines._job_spec import Stubs
from pytest_cicache.engines._loop import LoopThread
from pytest_cicache.engines.runner.job import JobState, StepView
from pytest_cicache.engines.runner.steps._assumed import assumed_action
from pytest_cicache.engines.runner.steps._cache_use import CacheUse
from pytest_cicache.engines.runner.steps._composite import lay_out, run_composite
from pytest_cicache.engines.runner.steps._effects import Effects
from pytest_cicache.engines.runner.steps._script_step import run_script_step
from pytest_cicache.engines.runner.steps._step_end import StepEnd
from pytest_cicache.engines.runner.steps._steps import resolved
from pytest_cicache.engines.runner.steps._timing import OutOfTimeError, step_time
from pytest_cicache.errors import UnsupportedError, UsageError
from pytest_cicache.expressions import origins, to_text
from pytest_cicache.observation import StepMode
from pytest_cicache.workflow import Step

__all__ = ["StepRunner", "action_stand_in", "step_name"]

_LOCAL = ("./", "$/")


@dataclass(frozen=True, slots=True)
class StepRunner:
    """Runs a step of any kind; the loop is where the docker command lives."""

    loop: LoopThread

    def __call__(self, view: StepView, state: JobState) -> StepEnd:
        """Do the work of a step whose condition holds; what is not simulated is assumed."""
        if view.step.run is not None:
            return run_script_step(view, state, step_time(view, state, step_name(view.step, view)))
        return self._use(view, state)

    def _use(self, view: StepView, state: JobState) -> StepEnd:
        assert view.step.uses is not None
        text = view.step.uses.text
        stub = _stub(text, state.spec.stubs)
        if stub is not None:
            return StepEnd(mode=StepMode.STUBBED, outputs=dict(stub), note=f"a stand-in was given for {text}")
        if text.startswith("docker://"):
            return assumed_action(view.step, f"the container action '{text}' is not run")
        inputs = _inputs(view)
        if text.startswith(_LOCAL):
            folder = state.job.workspace.root / text[2:]
            return run_composite(view, folder, inputs, state, run_part=self)
        end = self._use_remote(view, inputs, state)
        taken = (name for origin in origins(list(inputs.values())) for name in origin.assumptions)
        return replace(end, assumes=tuple(dict.fromkeys((*end.assumes, *taken))))

    def _use_remote(self, view: StepView, inputs: Mapping[str, str], state: JobState) -> StepEnd:
        assert view.step.uses is not None
        text = view.step.uses.text
        try:
            reference = ActionReference.parse(text)
            effect = interpret(_call(reference, inputs, view, state))
        except UsageError as error:
            return StepEnd(mode=StepMode.EMULATED, error=str(error))
        except UnsupportedError as error:
            return assumed_action(view.step, str(error))
        if reference.repository in READ_THE_CLOCK:
            state.spec.stubs.dates.add(reference.repository)
        if effect is not None:
            return self._carry_out(effect, view, state)
        source = state.spec.action_folder(text)
        if source is None:
            return assumed_action(view.step, f"the action '{text}' is not simulated")
        folder = lay_out(source, state.job.workspace.actions.joinpath(*text.replace("@", "/").split("/")))
        return run_composite(view, folder, inputs, state, run_part=self)

    def _carry_out(self, effect: ActionEffect, view: StepView, state: JobState) -> StepEnd:
        time = step_time(view, state, step_name(view.step, view))
        effects = Effects(state, view, self.loop, time.seconds, CacheUse(state, self.loop))
        if effect.post or effect.save_later:
            state.job.post.append(lambda: effects.clean_up(effect))
        try:
            return effects.carry_out(effect)
        except OutOfTimeError:
            state.job.is_cancelled = state.job.is_cancelled or time.ends_job
            return StepEnd(mode=StepMode.EMULATED, error=time.message)


def _call(reference: ActionReference, inputs: Mapping[str, str], view: StepView, state: JobState) -> ActionCall:
    return ActionCall(
        reference=reference,
        inputs=inputs,
        github=view.contexts["github"],
        environment=view.contexts["env"],
        number=next(state.job.numbers),
        temp=str(state.job.workspace.temp),
        runtime=state.spec.runtime,
        now=state.spec.clock,
        changed_files=state.spec.changed_files,
        read=lambda path: _text_below(state.job.workspace.root, path),
        driver=state.spec.docker.driver(inputs.get("builder") or view.contexts["env"].get("BUILDX_BUILDER")),
    )


def _text_below(root: Path, path: str) -> str | None:
    file = root / path
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else None


def _inputs(view: StepView) -> dict[str, str]:
    values = {} if view.step.with_ is None else view.value(view.step.with_)
    return {name.lower(): to_text(value) for name, value in values.items()} if isinstance(values, dict) else {}


def _stub(uses: str, stubs: Stubs) -> Mapping[str, str] | None:
    """The stand-in for a use, which counts as used."""
    given = action_stand_in(uses, stubs)
    if given is None:
        return None
    stubs.used.add(f"action:{given}")
    return stubs.actions[given]


def action_stand_in(uses: str, stubs: Stubs) -> str | None:
    """The name of the stand-in for a use: the whole text, that without its version, or owner and name."""
    location = uses.partition("@")[0]
    known = {uses.lower(), location.lower(), location.removeprefix("./").lower()}
    return next((name for name in stubs.actions if name.lower() in known), None)


def step_name(step: Step, view: StepView | None) -> str:
    """A step's name as GitHub shows it: its own, else the action, else the script's first line."""
    if step.name is not None:
        return resolved(view, step.name.text)
    if step.uses is not None:
        return f"Run {step.uses.text}"
    text = step.run.text.strip() if step.run is not None else step.id
    return "Run " + resolved(view, text.partition("\n")[0])
