"""The steps of one job as act carries them out: each waits for its turn, and what act says of it becomes its result."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pytest_cicache.engines.runner.act._copy import JobCopy, step_key
from pytest_cicache.engines.runner.act._gates import Ask, Gates
from pytest_cicache.engines.runner.act._invocation import Invocation
from pytest_cicache.engines.runner.act._log import LogLine
from pytest_cicache.engines.runner.act._process import ActEnd, ActProcess
from pytest_cicache.engines.runner.act._step import ActStep
from pytest_cicache.engines.runner.job import JobState, hash_files
from pytest_cicache.engines.runner.steps import StepRunner, has_stand_in, position, step_result
from pytest_cicache.errors import CicacheError, EngineError, UnsupportedError
from pytest_cicache.observation import StepResult
from pytest_cicache.workflow import Step

__all__ = ["ActJob"]

# Seconds of real time in which act has to come to the next step; reading a job takes it a few hundredths.
_PATIENCE = 60.0
_PENDING = 0.03


@dataclass
class ActJob:
    """Takes the steps of a job whose act is at `program`; `shells` hold the shells it starts scripts with."""

    state: JobState
    runner: StepRunner
    program: str
    shells: Path
    _process: ActProcess | None = None
    _has_steps: bool = False

    def take(self, step: Step) -> StepResult:
        """Let act carry out a step; raises EngineError where it does not get to it or never ends it."""
        self.state.spec.docker.step = position(step.uses or step)
        process = self._process = self._process or self._started()
        current = ActStep.begin(step, self.state, self.runner)
        key = step_key(step, self.state.spec.job.steps.index(step))
        seconds = _PATIENCE
        while True:
            event = process.next(seconds)
            if isinstance(event, ActEnd):
                raise self._broken(step, event, current)
            if isinstance(event, Ask):
                seconds = self._answer(event, current, process)
            elif current.report.result is not None and (event.ends_steps or _is_of_another(event, key)):
                process.put_back(event)
                break
            elif event.stage == "Main" and event.step[:1] == (key,):
                self._has_steps = True
                current.report.take(event)
        return step_result(step, current.name, current.done(), self.state)

    def close(self) -> None:
        """End act, and what it left."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def _started(self) -> ActProcess:
        job, spec = self.state.job, self.state.spec
        folder = job.workspace.directory / "act"
        folder.mkdir()
        gates = Gates.open(folder / "gates")
        invocation = Invocation(self.program, folder, self.shells, {})
        copy = JobCopy(
            workflow=spec.workflow,
            job=spec.job,
            contexts={**spec.contexts, "runner": self.state.contexts()["runner"]},
            is_told=self._is_told,
            inward=job.tmp.inward,
            inward_script=job.tmp.inward_script,
        )
        github = spec.contexts["github"]
        invocation.write(copy.document(), spec.contexts["secrets"], github.get("event", {}))
        gates.leave("facts", invocation.facts(job))
        return ActProcess.start(
            invocation.command(github), invocation.environment(job, gates.folder), job.launcher, gates
        )

    def _is_told(self, step: Step) -> bool:
        """Whether the simulation carries a step out, and not act."""
        return step.run is None or has_stand_in(step, self.state)

    def _answer(self, ask: Ask, current: ActStep, process: ActProcess) -> float:
        """Answer a script; gives the seconds in which something has to happen next."""
        match ask.kind:
            case "hash":
                process.gates.answer(hash_files(Path(ask.words[0]), [process.gates.text("patterns")]))
            case "begin":
                process.gates.answer(*current.permission())
                return current.patience
            case "use":
                process.gates.answer(current.use(Path(ask.words[0]), process.gates))
            case "end":
                for line in process.pending(_PENDING):
                    current.report.take(line)
                process.gates.answer(current.judged(int(ask.words[0]), Path(ask.words[1]), process.gates))
        return _PATIENCE

    def _broken(self, step: Step, end: ActEnd, current: ActStep) -> CicacheError:
        assert self._process is not None
        where = step.position.place
        if end.status is None:
            waited = current.patience if current.has_begun else _PATIENCE
            return EngineError(
                f"{where}: the step '{step.id}' did not end within {waited:g} s of real time under act; give it a "
                f"stand-in (step:{self.state.spec.job.id}/{step.id}) if it waits for input, or more patience"
            )
        said = self._process.last_error()
        if not self._has_steps:
            return UnsupportedError(f"{where}: act refuses the job: {said}")
        return EngineError(f"{where}: act ended with status {end.status} before the step '{step.id}' did: {said}")


def _is_of_another(line: LogLine, key: str) -> bool:
    return line.stage == "Main" and bool(line.step) and line.step[0] != key
