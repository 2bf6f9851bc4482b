"""Uploads and downloads of artifacts, and what becomes of one whose files an assumed step would have made."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pytest_cicache.actions import ActionEffect, DownloadArtifacts, MissingFiles, UploadArtifact
from pytest_cicache.engines.runner.job import JobState
from pytest_cicache.engines.runner.steps._assumed import position
from pytest_cicache.engines.runner.steps._step_end import StepEnd
from pytest_cicache.errors import UsageError
from pytest_cicache.expressions import unknown
from pytest_cicache.observation import Assumption, AssumptionKind
from pytest_cicache.workflow import Step

__all__ = ["Transfer"]

_NOTHING = "No files were found with the provided path: {paths}. No artifacts will be uploaded."
_OUTPUTS = ("artifact-id", "artifact-url", "artifact-digest")


@dataclass(frozen=True, slots=True)
class Transfer:
    """What one step hands over or takes."""

    state: JobState
    step: Step

    def carry_out(self, effect: ActionEffect, end: StepEnd) -> StepEnd:
        """Do it; a failure is the action's."""
        try:
            if effect.upload is not None:
                return self._upload(effect.upload, end)
            assert effect.download is not None
            return self._download(effect.download, end)
        except UsageError as error:
            return replace(end, error=str(error))

    def _upload(self, wanted: UploadArtifact, end: StepEnd) -> StepEnd:
        workspace = self.state.job.workspace
        found = replace(wanted, patterns=tuple(map(self.state.job.tmp.inward, wanted.patterns)))
        made = self.state.spec.artifacts.upload(found, workspace.root, workspace.home)
        if made is not None:
            github = self.state.spec.contexts["github"]
            run = f"{github.get('server_url')}/{github.get('repository')}/actions/runs/{github.get('run_id')}"
            outputs = {"artifact-id": str(made.id), "artifact-url": f"{run}/artifacts/{made.id}"}
            return replace(end, outputs={**outputs, "artifact-digest": made.digest})
        if self.state.job.rests_on_assumptions():
            self.state.spec.artifacts.has_doubts = True
            return self._assumed(end, f"the files of the artifact '{wanted.name}' would come from what is assumed")
        message = _NOTHING.format(paths="\n".join(wanted.patterns))
        if wanted.missing is MissingFiles.ERROR:
            return replace(end, error=message)
        prefix = "Warning: " if wanted.missing is MissingFiles.WARN else ""
        return replace(end, log=(*end.log, prefix + message))

    def _download(self, wanted: DownloadArtifacts, end: StepEnd) -> StepEnd:
        target = self.state.job.workspace.root / self.state.job.tmp.inward(wanted.path)
        outputs = {"download-path": self.state.job.tmp.outward(str(target))}
        is_unsure = self.state.spec.artifacts.has_doubts or self.state.job.rests_on_assumptions()
        try:
            found = self.state.spec.artifacts.download(wanted, target)
        except UsageError:
            if not is_unsure:
                raise
            found = []
        if not found and is_unsure:
            named = f"the artifact '{wanted.name or wanted.ids}'" if wanted.name or wanted.ids else "what is downloaded"
            return replace(self._assumed(end, f"{named} would come from what is assumed"), outputs=outputs)
        lines = [f"- {artifact.name} (ID: {artifact.id})" for artifact in found]
        return replace(end, outputs=outputs, log=(*end.log, *lines, f"Total of {len(found)} artifact(s) downloaded"))

    def _assumed(self, end: StepEnd, why: str) -> StepEnd:
        assert self.step.uses is not None
        stub = f"step:{self.state.spec.job.id}/{self.step.id}:output=value"
        what = f"{why}, and is assumed to be there"
        assumption = Assumption(kind=AssumptionKind.ACTION, what=what, where=position(self.step.uses), stub=stub)
        outputs = {name: unknown(f"steps.{self.step.id}.outputs.{name}", assumption.id) for name in _OUTPUTS}
        return replace(end, outputs=outputs, assumptions=(*end.assumptions, assumption))
