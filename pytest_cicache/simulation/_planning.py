"""Plans of a folder's workflows under events; reads files, executes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from pytest_cicache.errors import UsageError, WorkflowError
from pytest_cicache.events import NO_COMMIT, Commits, Event, Repository, deliver
from pytest_cicache.plan import Plan, plan
from pytest_cicache.simulation._sources import Sources
from pytest_cicache.workflow import Workflow, read_workflow

__all__ = ["WORKFLOWS", "is_startup_failure", "plan_workflows"]

WORKFLOWS = ".github/workflows"


def plan_workflows(
    root: Path,
    repository: Repository,
    names: Iterable[str],
    events: Iterable[Event],
    *,
    sources: Mapping[str, Path],
    now: datetime,
) -> tuple[list[Plan], list[WorkflowError]]:
    """Plan each workflow under each event; every workflow of the folder when none is named.

    A workflow is a path below `root` or a name in `.github/workflows`. The second list is of those that cannot
    be read; they have no plan. Raises UsageError for one that is not there.
    """
    wanted = tuple(events)
    plans: list[Plan] = []
    unreadable: list[WorkflowError] = []
    for path in [_path(root, name) for name in names] or _all(root):
        try:
            workflow, refusal = _read(root, path, repository, sources)
        except WorkflowError as error:
            unreadable.append(error)
            continue
        for event in wanted:
            delivery = deliver(event, repository, _commits(event), now=now, run_id=1, run_number=1)
            planned = plan(workflow, delivery)
            if refusal is not None and planned.triggered:
                planned = plan(refusal, delivery, path=path)
            plans.append(planned)
    return plans, unreadable


def is_startup_failure(error: WorkflowError) -> bool:
    """Whether the files can be read and only a call asks for more than it may; anything else is unreadable."""
    return all("Error calling workflow" in problem.message for problem in error.problems)


def _all(root: Path) -> list[str]:
    found = sorted(path for path in (root / WORKFLOWS).glob("*.y*ml") if path.suffix in (".yml", ".yaml"))
    if not found:
        raise UsageError(f"there is no workflow in {root / WORKFLOWS}")
    return [path.relative_to(root).as_posix() for path in found]


def _path(root: Path, name: str) -> str:
    for path in (name.removeprefix("./"), f"{WORKFLOWS}/{name}"):
        if (root / path).is_file():
            return path
    known = ", ".join(path.rpartition("/")[2] for path in _all(root))
    raise UsageError(f"no workflow '{name}' in {root}; there is {known}")


def _read(
    root: Path, path: str, repository: Repository, folders: Mapping[str, Path]
) -> tuple[Workflow, WorkflowError | None]:
    """A workflow and why GitHub would not start it; the workflow is then the file alone, which has the triggers."""
    sources = Sources(folders, repository=repository.full_name, own=lambda own: _text(root / own))
    text = _text(root / path)
    assert text is not None
    try:
        workflow = read_workflow(
            text,
            path=path,
            default_permissions=repository.default_permissions,
            fetch=sources.workflow,
            home=f"{repository.full_name}@{_sha('base')}",
        )
    except WorkflowError as error:
        if is_startup_failure(error):
            return read_workflow(text, path=path), error
        raise
    return workflow, None


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from error


def _commits(event: Event) -> Commits:
    """Commits that no repository has: a plan reads the files of the folder for every event."""
    if event.is_pull_request or event.name == "merge_group":
        return Commits(base=_sha("base"), head=_sha("head"), merge=_sha("merge"), before=_sha("base"))
    return Commits(base=_sha("base"), head=_sha("head"), merge=_sha("head"), before=NO_COMMIT)


def _sha(name: str) -> str:
    return hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()
