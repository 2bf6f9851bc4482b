"""Whether a script's end can be believed: what it used that is only assumed, and what that makes of a failure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pytest_cicache.engines.runner.job import JobState, ScriptEnd, StepView
from pytest_cicache.engines.runner.steps._assumed import assumed_step, position
from pytest_cicache.engines.runner.steps._step_end import StepEnd
from pytest_cicache.engines.runner.steps._timing import StepTime
from pytest_cicache.expressions import UnknownOrigin, origins, register_marker, unknown
from pytest_cicache.observation import Assumption, AssumptionKind, StepMode
from pytest_cicache.workflow import Step

__all__ = ["ScriptAttempt"]

_MILLISECONDS = 1000
_LONGEST = 10**12
# Stubbed commands that set no outputs of a step by themselves; of all others nobody can tell.
_SILENT_WORDS = """
apt apt-get aws az brew chown cosign crane curl dnf gcloud gem gh helm hub kubectl mount oras pip pip3 podman regctl
rsync scp skopeo ssh ssh-keyscan sudo swapoff systemctl umount useradd usermod wget yum
"""
_SILENT = frozenset(_SILENT_WORDS.split())
_NO_MARKER = "-"
# What a script says of files, modules and data that an earlier, assumed step would have brought.
_MISSING = re.compile(
    r"No such file or directory|cannot (?:access|open|stat|find)|not found|ModuleNotFoundError|ImportError"
    r"|No module named|does not exist|can't (?:open|find)|Could not (?:open|find|resolve)|not a git repository"
    r"|No names found|No tags can describe|unknown revision|invalid object name|Network is unreachable"
    r"|Connection refused|Could not connect|Failed to connect|unable to access"
    # Words that a glob or a list of files would have given.
    r"|missing (?:file |destination )?operand|arguments are required|no matches found",
    re.IGNORECASE,
)
# The simulation's own repository refuses git in these words; nothing that is assumed would change its mind.
_REFUSED_GIT = re.compile(
    r"(?:remote|ERROR): Permission to \S+ denied to |remote: Repository not found\.|fatal: Authentication failed for "
    r"'https://github\.com/|fatal: could not read Username for 'https://github\.com'"
)


@dataclass(slots=True)
class ScriptAttempt:
    """One run of a script with its own variables, and what it took from stand-ins; `slept` is the job's before it."""

    step: Step
    script: str
    variables: Mapping[str, str]
    state: JobState
    slept: float = 0.0
    is_too_long: bool = False

    @classmethod
    def begin(cls, view: StepView, script: str, state: JobState) -> ScriptAttempt:
        """Note where the job's clock stands."""
        attempt = cls(view.step, script, view.env, state, slept=state.job.slept)
        # A docker command in the script is to know what the markers it is given come from.
        state.spec.docker.before_call = lambda: list(attempt._stubbed())
        return attempt

    def environment(self, seconds: float) -> dict[str, str]:
        """What the stand-ins need to know: whose output they are asked for, and when the step's time is over."""
        end = int(min((self.slept + seconds) * _MILLISECONDS, _LONGEST))
        return {"CICACHE_SALT": position(self.step), "CICACHE_LIMIT": str(end)}

    def time_after(self, end: ScriptEnd, time: StepTime) -> StepTime:
        """The step's time, over where waiting used it up; one stopped for another reason took too long."""
        if end.status is not None and end.status >= 0:
            return time
        is_over = self.state.job.slept - self.slept >= time.seconds
        self.is_too_long = end.status is None and not is_over and time.seconds > self.state.job.patience
        if self.is_too_long:
            return StepTime(time.seconds, f"The script did not end within {self.state.job.patience:g} s of real time.")
        return replace(time, is_over=is_over)

    def assumed(self, why: str) -> StepEnd:
        """The script as a whole, taken to succeed."""
        return assumed_step(self.step, self._assumption(AssumptionKind.SCRIPT, f"{why}, and is assumed to succeed"))

    def judged(self, end: StepEnd) -> StepEnd:
        """The end with what it rests on; a failure that only something assumed can explain is no failure."""
        stubbed = list(self._stubbed())
        (self.state.job.workspace.files / "stubbed").unlink(missing_ok=True)
        taken = origins([self.script, list(self.variables.values()), list(end.outputs.values())])
        assumes = tuple(dict.fromkeys(each for origin in taken for each in origin.assumptions))
        note = f"stubbed: {', '.join(sorted(name for name, _ in stubbed))}" if stubbed else end.note
        end = replace(end, note=note, assumptions=tuple(item for _, item in stubbed), assumes=assumes)
        if any(name.partition(" ")[0] not in _SILENT for name, _ in stubbed):
            ids = (item.id for _, item in stubbed)
            end = replace(end, unknown=unknown(f"steps.{self.step.id}.outputs", *ids))
        if self.is_too_long:
            return self._forgiven(end, f"the script was stopped after {self.state.job.patience:g} s of real time")
        if end.error is None or self._is_refused(end):
            return end
        failed = f"the script failed here ({end.error.rstrip('.')})"
        if stubbed or taken or self.state.spec.docker.recorder.assumptions or self._misses(end):
            return self._forgiven(end, f"{failed}, after something that is assumed")
        given = " and ".join(self._placeholders(end))
        return self._forgiven(end, f"{failed} on a placeholder of the input {given}") if given else end

    def _forgiven(self, end: StepEnd, why: str) -> StepEnd:
        """The end of a script that is taken to have succeeded; nobody knows what it would have said."""
        assumption = self._assumption(AssumptionKind.SCRIPT, f"{why}, and is assumed to succeed")
        outputs = {name: unknown(f"steps.{self.step.id}.outputs.{name}", assumption.id) for name in end.outputs}
        return replace(
            end,
            mode=StepMode.ASSUMED,
            error=None,
            note="; ".join(filter(None, (end.note, why))),
            outputs=outputs,
            unknown=unknown(f"steps.{self.step.id}.outputs", assumption.id),
            assumptions=(*end.assumptions, assumption),
        )

    def _is_refused(self, end: StepEnd) -> bool:
        """Whether a build, or the refusal of a registry or of the repository can be what failed the script."""
        if any(map(_REFUSED_GIT.match, end.log[-20:])):
            return True
        recorder = self.state.spec.docker.recorder
        return any(build.exit_code for build in recorder.builds) or any(item.fatal for item in recorder.operations)

    def _misses(self, end: StepEnd) -> bool:
        """Whether the script lacked what an assumed step before it would have made."""
        return bool(self.state.job.assumptions) and any(map(_MISSING.search, (*end.log[-20:], end.error or "")))

    def _placeholders(self, end: StepEnd) -> list[str]:
        """The inputs whose placeholders went into the script."""
        text = "\n".join((self.script, *self.variables.values(), end.error or ""))
        given = self.state.spec.placeholders.items()
        return [name for name, value in given if re.search(rf"(?<![\w-]){re.escape(value)}(?![\w-])", text)]

    def _stubbed(self) -> Iterator[tuple[str, Assumption]]:
        """The commands that were stubbed since the last step, each once; what they printed is theirs."""
        file = self.state.job.workspace.files / "stubbed"
        if not file.exists():
            return
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        markers: dict[str, set[str]] = {}
        for line in lines:
            name, _, marker = line.partition("\t")
            markers.setdefault(name, set()).add(marker)
        for name, printed in markers.items():
            assumption = Assumption(
                kind=AssumptionKind.COMMAND,
                what=f"the command '{name}' is not run, and is assumed to succeed",
                where=position(self.step),
                stub=f"command:{name.partition(' ')[0]}=PATH",
            )
            for marker in printed - {_NO_MARKER, ""}:
                register_marker(marker, UnknownOrigin(f"the output of {name}", (assumption.id,)))
            yield name, assumption

    def _assumption(self, kind: AssumptionKind, what: str) -> Assumption:
        stub = f"step:{self.state.spec.job.id}/{self.step.id}:output=value"
        return Assumption(kind=kind, what=what, where=position(self.step), stub=stub)
