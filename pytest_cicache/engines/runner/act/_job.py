"""The steps of one job as act carries them out: each waits for its turn, and what act says of it becomes its result."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from pytest_cicache.actions import CheckOut
from pytest_cicache.engines.runner.act._actions import ActionsAtHand
from pytest_cicache.engines.runner.act._container import BindMount, Container, ContainerLauncher, in_shell
from pytest_cicache.engines.runner.act._copy import JobCopy, step_key
from pytest_cicache.engines.runner.act._gates import Ask, Gates, ScriptAsk
from pytest_cicache.engines.runner.act._image import ACT, JobImage
from pytest_cicache.engines.runner.act._invocation import Invocation
from pytest_cicache.engines.runner.act._log import LogLine
from pytest_cicache.engines.runner.act._process import ActEnd, ActProcess
from pytest_cicache.engines.runner.act._step import ActStep
from pytest_cicache.engines.runner.job import JobState, ShellError, hash_files, shell_command
from pytest_cicache.engines.runner.steps import (
    StepRunner,
    action_stand_in,
    has_stand_in,
    position,
    step_result,
    step_setting,
)
from pytest_cicache.errors import CicacheError, EngineError, UnsupportedError
from pytest_cicache.observation import StepResult
from pytest_cicache.workflow import Step

__all__ = ["ActJob"]

# Seconds of real time in which act has to come to the next step; reading a job takes it a few hundredths.
_PATIENCE = 60.0
_PENDING = 0.03


@dataclass
class ActJob:
    """Takes the steps of a job whose act is at `program`; `shells` hold the shells it starts scripts with.

    Where there is an `image`, all that happens in a container of it.
    """

    state: JobState
    runner: StepRunner
    program: str
    shells: Path
    image: JobImage | None = None
    _process: ActProcess | None = None
    _told: frozenset[str] = frozenset()
    _actions: ActionsAtHand | None = None
    _container: Container | None = None
    _has_steps: bool = False

    def take(self, step: Step) -> StepResult:
        """Let act carry out a step; raises EngineError where it does not get to it or never ends it."""
        self.state.spec.docker.step = position(step.uses or step)
        process = self._process = self._process or self._started()
        assert self._actions is not None
        current = ActStep.begin(
            step,
            self.state,
            self.runner,
            is_told=step.id in self._told,
            spoken_of=self._actions.spoken_of,
            place_of=self._actions.place_of,
            declared=None if step.uses is None else self._actions.declared.get(step.uses.text),
        )
        key = step_key(step, self.state.spec.job.steps.index(step))
        deadline = time.monotonic() + _PATIENCE
        while True:
            event = process.next(deadline)
            if isinstance(event, ActEnd):
                if event.status is not None or not current.stop(self.state.job.launcher):
                    raise self._broken(step, event, current)
                deadline = time.monotonic() + _PATIENCE
            elif isinstance(event, Ask):
                deadline = time.monotonic() + self._answer(event, current, process)
                continue
            elif current.report.is_over and (event.ends_steps or _is_of_another(event, key)):
                process.put_back(event)
                break
            elif event.stage == "Main" and event.step[:1] == (key,):
                self._has_steps = True
                current.report.take(event)
            if current.script is None and not current.was_stopped:
                # What a script prints gives it no more time, nor what it has left running.
                deadline = time.monotonic() + _PATIENCE
        return step_result(step, current.name, current.done(), self.state)

    def close(self) -> None:
        """End act, and what it left."""
        if self._process is not None:
            self._process.close()
            self._process = None
        if self._container is not None:
            self._container.close()
            self._container = None

    def _started(self) -> ActProcess:
        job, spec = self.state.job, self.state.spec
        folder = job.workspace.directory / "act"
        gates = Gates.open(folder)
        self._actions = actions = self._at_hand(folder / "actions")
        self._told = frozenset(step.id for step in spec.job.steps if self._is_told(step, actions))
        program = self.program if self.image is None else ACT
        invocation = Invocation(program, folder, self.shells, actions.repositories)
        copy = JobCopy(
            workflow=spec.workflow,
            job=spec.job,
            contexts={**spec.contexts, "runner": self.state.contexts()["runner"]},
            is_told=lambda step: step.id in self._told,
            inward=job.tmp.inward,
            inward_script=job.tmp.inward_script,
        )
        github = spec.contexts["github"]
        invocation.write(copy.document(), spec.contexts["secrets"], github.get("event", {}))
        gates.leave("facts", invocation.facts(job))
        launcher = job.launcher
        command, environment = invocation.command(github), invocation.environment(job)
        if self.image is not None:
            gates.leave("start", f"{in_shell(command, environment)} >output 2>>errors\nexit $?\n")
            self._container = container = self._made(self.image, folder)
            job.launcher = ContainerLauncher(launcher, container, folder)
            command, environment = container.start(), dict(self.image.engine.environment)
        return ActProcess.start(command, environment, launcher, gates)

    def _made(self, image: JobImage, folder: Path) -> Container:
        """A container whose first process is a shell, as act reaps nothing that it did not start."""
        spec, job = self.state.spec, self.state.job
        for place in spec.git_folders:
            place.mkdir(exist_ok=True)
        mounts = [BindMount(place) for place in (job.workspace.directory, *spec.git_folders)]
        mounts += [BindMount(place, is_read_only=True) for place in (job.tools.directory, self.shells)]
        mounts.append(BindMount(Path(self.program), target=ACT, is_read_only=True))
        return Container.create(image.engine, image.name, ["sh", str(folder / "start")], mounts, folder)

    def _at_hand(self, folder: Path) -> ActionsAtHand:
        spec = self.state.spec

        def source() -> Path:
            target = folder / "source"
            if not target.exists():
                target.mkdir(parents=True)
                spec.check_out(CheckOut(), target)
            return target

        return ActionsAtHand(
            job=spec.job,
            runner=self.state.contexts()["runner"],
            folder=folder,
            source=source,
            fetch=spec.action_folder,
            is_stubbed=lambda uses: action_stand_in(uses, spec.stubs) is not None,
        )

    def _is_told(self, step: Step, actions: ActionsAtHand) -> bool:
        """Whether the simulation carries a step out, and not act."""
        if has_stand_in(step, self.state):
            return True
        if step.run is None:
            return step.uses is None or not actions.is_run_by_act(step.uses.text)
        try:
            shell_command(step_setting(self.state.view(step), self.state, "shell") or None, Path())
        except UnsupportedError:
            return True
        except (CicacheError, ShellError):
            return False
        return False

    def _answer(self, ask: Ask, current: ActStep, process: ActProcess) -> float:
        """Answer a script; gives the seconds in which something has to happen next."""
        gates = process.gates
        match ask.kind:
            case "hash":
                gates.answer(hash_files(Path(ask.step), [gates.text("patterns")]))
            case "begin":
                self.state.job.launcher.know(int(ask.words[0]))
                gates.answer(*current.permission())
            case "runs":
                current.script = int(ask.words[0])
                return current.patience
            case "use":
                gates.answer(current.use(Path(ask.words[0]), gates))
            case "end":
                for line in process.pending(_PENDING) if ask.words[0] != "0" else ():
                    current.report.take(line)
                gates.answer(current.judged(ScriptAsk.read(ask.words), gates))
        return _PATIENCE

    def _broken(self, step: Step, end: ActEnd, current: ActStep) -> CicacheError:
        assert self._process is not None
        where = step.position.place
        if end.status is None:
            return EngineError(
                f"{where}: act did not get over the step '{step.id}' within {_PATIENCE:g} s of real time; give it a "
                f"stand-in (step:{self.state.spec.job.id}/{step.id})"
            )
        said = self._process.last_error()
        if not self._has_steps:
            return UnsupportedError(f"{where}: act refuses the job: {said}")
        return EngineError(f"{where}: act ended with status {end.status} before the step '{step.id}' did: {said}")


def _is_of_another(line: LogLine, key: str) -> bool:
    return line.stage == "Main" and bool(line.step) and line.step[0] != key
