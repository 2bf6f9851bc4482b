"""Carries out what an emulated action asks for: files, a check-out, docker commands, outputs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_cicache.actions import ActionEffect, ApiUse, CheckOut, DockerCommand, ResultFile
from pytest_cicache.engines._git_context import hide_from_builder
from pytest_cicache.engines._loop import LoopThread
from pytest_cicache.engines.docker import DockerCall
from pytest_cicache.engines.runner.job import JobState, StepView, empty_folder
from pytest_cicache.engines.runner.steps._assumed import with_unknown
from pytest_cicache.engines.runner.steps._cache_use import CacheUse
from pytest_cicache.engines.runner.steps._step_end import StepEnd
from pytest_cicache.engines.runner.steps._timing import OutOfTimeError
from pytest_cicache.engines.runner.steps._transfer import Transfer
from pytest_cicache.errors import EngineError, UsageError
from pytest_cicache.expressions import holds_unknown, unknown
from pytest_cicache.observation import StepMode

__all__ = ["Effects"]


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a docker command answered: its status, its lines, and those of stderr alone."""

    status: int
    lines: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Effects:
    """What one use of an action does, within `seconds`."""

    state: JobState
    view: StepView
    loop: LoopThread
    seconds: float
    cache: CacheUse

    def carry_out(self, effect: ActionEffect) -> StepEnd:
        """Do all an action's main part does; raises OutOfTimeError."""
        log = list(effect.log)
        for secret in effect.masks:
            self.state.job.masks.add(secret)
        for name, text in effect.files.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(text, encoding="utf-8")
        error = effect.error
        if error is None and effect.check_out is not None:
            refusal = self._check_out(effect.check_out)
            if refusal is not None:
                *said, error = refusal.split("\n")
                log += said
        for command in effect.commands if error is None else ():
            heard = self._call(command)
            log += heard.lines if command.shown is None else [command.shown] * (heard.status == 0)
            if command.stdout is not None and heard.status == 0:
                Path(command.stdout).write_text("\n".join(heard.said), encoding="utf-8")
            # A failed command that says nothing does not fail the docker actions.
            if heard.status != 0 and heard.errors:
                error = command.failure.replace("{error}", heard.errors[-1])
                break
        self._leave(effect)
        outputs = {**effect.outputs, **self._unknown_results(effect), **_read_outputs(effect.results)}
        end = StepEnd(mode=StepMode.EMULATED, outputs=outputs, log=tuple(log), note=effect.note, error=error)
        return with_unknown(end if error is not None else self._reach_out(effect, end), effect, self.view.step)

    def _unknown_results(self, effect: ActionEffect) -> dict[str, str]:
        """The outputs that a docker command would have written which is assumed."""
        recorder, step = self.state.spec.docker.recorder, self.view.step.id
        if not recorder.has_gaps:
            return {}
        ids = tuple(item.id for item in recorder.assumptions)
        return {made.output: unknown(f"steps.{step}.outputs.{made.output}", *ids) for made in effect.results}

    def _reach_out(self, effect: ActionEffect, end: StepEnd) -> StepEnd:
        """Do what an action does with GitHub's services."""
        if effect.api is not None:
            end = self._ask(effect.api, end)
        if effect.upload or effect.download:
            end = Transfer(self.state, self.view.step).carry_out(effect, end)
        if effect.restore or effect.save:
            end = self.cache.carry_out(effect, end)
        return end

    def _ask(self, use: ApiUse, end: StepEnd) -> StepEnd:
        """Let an action work with GitHub's API."""
        door = self.state.spec.api_door
        if door is None:
            raise EngineError("this job has no API that an action could ask", command=("api",))
        done = use.work(door(use.token))
        outputs = {**end.outputs, **done.outputs}
        return replace(end, outputs=outputs, log=(*end.log, *done.log), error=done.error)

    def _leave(self, effect: ActionEffect) -> None:
        """Change what later steps find."""
        self.state.job.env.update(effect.variables)
        if effect.image_store is not None:
            self.state.spec.docker.image_store = effect.image_store

    def clean_up(self, effect: ActionEffect) -> None:
        """Do what an action does when the job ends; its failures are warnings on GitHub."""
        for command in effect.post:
            self._call(command)
        self.cache.finish(effect)

    def _check_out(self, wanted: CheckOut) -> str | None:
        directory = self.state.job.workspace.root / wanted.path
        directory.mkdir(parents=True, exist_ok=True)
        if wanted.clean:
            empty_folder(directory)
        try:
            self.state.spec.check_out(wanted, directory)
        except UsageError as error:
            return str(error)
        except EngineError as error:
            return f"The process 'git' failed: {error.output[-300:] or error}"
        if wanted.as_git_context:
            hide_from_builder(directory, wanted.dockerfile)
        return None

    def _call(self, command: DockerCommand) -> _Heard:
        return self.loop.run(self._in_time(command))

    async def _in_time(self, command: DockerCommand) -> _Heard:
        lines: list[str] = []
        errors: list[str] = []

        async def stdin() -> bytes:
            return command.stdin.encode()

        said: list[str] = []

        def write(stream: str, text: str) -> None:
            said.extend(text.split("\n") if stream in "om" else ())
            if stream == "m":
                return
            lines.extend(text.split("\n"))
            if stream == "e":
                errors.extend(line for line in text.split("\n") if line.strip())

        directory = self.state.job.workspace.root / self.state.job.tmp.inward(command.directory)
        environment = {**self.state.environment(self.view), **self.state.spec.runtime, **command.environment}
        arguments = tuple(map(self.state.job.tmp.inward, command.arguments))
        call = DockerCall(arguments, directory, environment, write, stdin)
        try:
            async with asyncio.timeout(None if self.seconds > _FOREVER else self.seconds):
                return _Heard(await self.state.spec.docker(call), lines, errors, said)
        except TimeoutError as error:
            raise OutOfTimeError from error


_FOREVER = 7 * 24 * 3600.0


def _read_outputs(results: tuple[ResultFile, ...]) -> Mapping[str, str]:
    """The outputs an action reads from files its commands wrote; one that is missing or empty gives none."""
    outputs: dict[str, str] = {}
    for result in results:
        file = Path(result.path)
        if file.is_file():
            text = file.read_text(encoding="utf-8")
            value = _read_output(result, text)
            outputs |= {result.output: value} if value else {}
    return outputs


def _read_output(result: ResultFile, text: str) -> str | None:
    if result.is_text:
        return text.strip()
    if result.read is None:
        return _from_json(text, result.field)
    try:
        return result.read(text)
    except (ValueError, LookupError):
        return text if holds_unknown(text) else None


def _from_json(text: str, name: str | None) -> str | None:
    """A field of a JSON object as text, or the whole object as the actions print it."""
    try:
        document = json.loads(text)
    except ValueError:
        return None
    if name is None:
        return json.dumps(document, indent=2, ensure_ascii=False)
    value = document.get(name) if isinstance(document, dict) else None
    return value if isinstance(value, str) else None
