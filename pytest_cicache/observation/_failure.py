"""Why a run failed, in one line: the first job that failed, the step that failed it, and the step's own words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pytest_cicache.observation._records import Conclusion

if TYPE_CHECKING:
    from pytest_cicache.observation._results import JobResult, StepResult

__all__ = ["why_failed"]


def why_failed(jobs: Iterable[JobResult]) -> str | None:
    """`job 'build' failed: step 'Build': Process completed with exit code 1. (ERROR: …)`; `None` where none failed."""
    failed = next((job for job in jobs if job.conclusion is Conclusion.FAILURE), None)
    if failed is None:
        return None
    step = next((step for step in failed.steps if step.conclusion is Conclusion.FAILURE), None)
    if step is None:
        return f"job '{failed.name}' failed" + (f": {failed.reason}" if failed.reason else "")
    return f"job '{failed.name}' failed: step '{step.name.partition(chr(10))[0]}': {_words(step)}"


def _words(step: StepResult) -> str:
    error = step.error or "it failed"
    if "exit code" not in error:
        return error
    built = [line for build in step.builds if build.exit_code for line in build.errors if line.startswith("ERROR: ")]
    printed = [line for line in step.log[1:] if line.strip() and not line.startswith("Error: ")]
    last = (built or printed)[-1:]
    return f"{error} ({last[0].strip()})" if last else error
