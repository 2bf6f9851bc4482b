"""The known answers of GitHub's own parsers, where they are at hand."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from pytest_cicache.expressions import template_expression
from pytest_cicache.permissions import expand
from pytest_cicache.workflow import Job, Limits, PermissionBlock, Scalar, Step, Workflow, WorkflowError, read_workflow

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parents[3] / "shared" / "conformance" / "workflows"
SKIPPED = {
    "errors-max-result-size": "refuses at 1141 bytes what another file of the same text accepts at 1128: "
    "the limit is an option of the test driver, counted differently by each of GitHub's parsers",
}
LIMITS = {
    "max-depth": "depth",
    "max-file-size": "file_size",
    "max-job-limit": "jobs",
    "max-nested-reusable-workflows-depth": "levels",
    "max-result-size": "result_size",
}
# Permissions that GitHub's present parser also compares, and that the files do not know.
NEWER = re.compile(r"(?:artifact-metadata|attestations|models|vulnerability-alerts): \w+(?:, )?")


@dataclass(frozen=True)
class Case:
    """One file: driver options, the workflow, the files it calls, what must come out."""

    path: str
    options: dict[str, Any]
    source: str
    called: dict[str, str]
    expected: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> Case:
        """The case in a file of the folder."""
        options, source, *others, expected = re.split(
            r"^---\s*?\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE
        )
        return cls(
            path=f".github/workflows/{path.name}",
            options=yaml.safe_load(options) or {},
            source=source,
            called=dict(zip([name.strip() for name in others[::2]], others[1::2], strict=True)),
            expected=json.loads(expected),
        )

    @property
    def limits(self) -> Limits:
        """The bounds the driver sets, and whether it was written before anchors were taken."""
        given = {name: self.options[key] for key, name in LIMITS.items() if key in self.options}
        return Limits(**given, anchors="Anchors are not" not in json.dumps(self.expected))


def _cases() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.yml")):
        reason = SKIPPED.get(path.stem)
        marks = [pytest.mark.skip(reason=reason)] if reason else []
        yield pytest.param(path, id=path.stem, marks=marks)


CASES = list(_cases())
if not CASES:
    CASES = [pytest.param(Path(), marks=pytest.mark.skip(reason="../shared/conformance is not here"), id="absent")]


@pytest.mark.parametrize("path", CASES)
def test_a_known_answer_is_given(path: Path) -> None:
    """What is accepted, how it is named, and what is refused in which words, are GitHub's."""
    case = Case.read(path)
    refused = [_present(each["Message"]) for each in case.expected.get("errors", [])]

    workflow, problems = _outcome(case)

    assert [_present(each) for each in problems] == refused
    if workflow is not None:
        found = [_job(each, workflow.permissions) for each in workflow.jobs]
        assert found == [_expected(each) for each in case.expected["jobs"]]


def _outcome(case: Case) -> tuple[Workflow | None, list[str]]:
    try:
        workflow = read_workflow(
            case.source,
            path=case.path,
            default_permissions="write" if case.options.get("permissions-policy") == "Write" else "read",
            fetch=case.called.__getitem__,
            limits=case.limits,
        )
    except WorkflowError as error:
        return None, [str(problem) for problem in error.problems]
    return workflow, []


def _present(message: str) -> str:
    """The texts about called workflows' permissions are older than GitHub's present ones; bring both together."""
    message = re.sub(r"The workflow '[^']*' is requesting", "The workflow is requesting", message)
    message = re.sub(r"The nested job '[^']*'", "The nested job", message)
    if message.endswith("[...]"):
        return NEWER.sub("", message)[:300]
    return NEWER.sub("", message)


def _job(job: Job, around: PermissionBlock | None) -> dict[str, Any]:
    """A job as GitHub's template has it: there a job without `permissions` gets the block around it."""
    block = around if job.permissions is None else job.permissions
    if job.called is not None and job.called.permissions is not None:
        block = job.called.permissions
    return {
        "id": job.id,
        "name": _text(job.name) or job.id,
        "if": job.condition.text,
        "needs": list(job.needs),
        "permissions": _levels(block),
        "uses": _text(job.uses),
        "steps": [_step(step) for step in job.steps],
        "jobs": [_job(inner, block) for inner in job.called.jobs] if job.called else [],
    }


def _levels(block: PermissionBlock | None) -> dict[str, str] | None:
    if block is None:
        return None
    return {name: str(level) for name, level in expand(block).items() if level != "none"}


def _step(step: Step) -> dict[str, Any]:
    return {
        "id": step.id,
        "name": _text(step.name),
        "if": None if step.wait or step.wait_all or step.cancel else step.condition.text,
        "run": (_text(step.run) or "").rstrip("\n"),
        "uses": _text(step.uses),
    }


def _text(node: Scalar | None) -> str | None:
    if node is None:
        return None
    text = str(node.value)
    return f"= {template_expression(text)}" if node.is_template else text


def _expected(job: dict[str, Any]) -> dict[str, Any]:
    found = {
        "id": _literal(job["id"]),
        "name": _literal(job["name"]),
        "if": job["if"]["expr"],
        "needs": [_literal(need) for need in job.get("needs", [])],
        "permissions": None,
        "uses": _literal(job.get("ref")),
        "steps": [_expected_step(step) for step in job.get("steps", [])],
        "jobs": [_expected(inner) for inner in job.get("jobs", [])],
    }
    if "permissions" in job:
        found["permissions"] = {name: level for name, level in job["permissions"].items() if level != "none"}
    return found


def _expected_step(step: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": step["id"],
        "name": _literal(step.get("name")),
        "if": step["if"]["expr"] if "if" in step else None,
        "run": (_literal(step.get("run")) or "").rstrip("\n"),
        "uses": _literal(step.get("uses")),
    }


def _literal(token: Any) -> str | None:
    if not isinstance(token, dict):
        return token
    return f"= {token['expr']}" if "expr" in token else token.get("lit")
