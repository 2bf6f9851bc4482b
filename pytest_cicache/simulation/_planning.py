"""Plans of a folder's workflows under events, and of those that call them elsewhere; reads files, executes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pytest_cicache.errors import CicacheError, UsageError, WorkflowError, suggestion
from pytest_cicache.events import NO_COMMIT, Commits, Delivery, Event, Repository, deliver
from pytest_cicache.plan import Plan, plan
from pytest_cicache.simulation._foresight import Foresight
from pytest_cicache.simulation._reading import RepositoryReader, WorkflowToRun
from pytest_cicache.simulation._sources import SourceFolders
from pytest_cicache.workflow import read_workflow

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
) -> tuple[list[Plan], list[CicacheError]]:
    """Plan each workflow under each event; every workflow of the folder when none is named.

    A workflow is a path below `root` or a name in `.github/workflows`. The workflows of the other repositories among
    `sources` that call one of them are planned behind them. The second list is of those that cannot be read; they
    have no plan: files that GitHub refuses, folders, links to nothing. Raises UsageError for one that is not there.
    """
    paths = [_path(root, name) for name in names] or _all(root)
    wanted = tuple(events)
    own = _WorkflowFolder.under(wanted, root, repository, sources, now=now)
    plans: list[Plan] = []
    unreadable: list[CicacheError] = []
    for folder, path in [*((own, path) for path in paths), *_callers(own, paths, wanted, now)]:
        try:
            plans += list(folder.plans(path))
        except (WorkflowError, UsageError) as error:
            unreadable.append(error)
    return plans, unreadable


def is_startup_failure(error: WorkflowError) -> bool:
    """Whether the files can be read and only a call asks for more than it may; anything else is unreadable."""
    return all("Error calling workflow" in problem.message for problem in error.problems)


@dataclass(frozen=True, slots=True)
class _WorkflowFolder:
    """A repository in a folder, with the events it is planned under."""

    root: Path
    repository: Repository
    sources: Mapping[str, Path]
    deliveries: tuple[Delivery, ...]

    @classmethod
    def under(
        cls,
        events: Iterable[Event],
        root: Path,
        repository: Repository,
        sources: Mapping[str, Path],
        *,
        now: datetime,
    ) -> _WorkflowFolder:
        """The folder with these events delivered to its repository."""
        deliveries = (deliver(event, repository, _commits(event), now=now, run_id=1, run_number=1) for event in events)
        return cls(root, repository, sources, tuple(deliveries))

    def plans(self, path: str) -> Iterator[Plan]:
        """The plans of one workflow, a path below the root; raises WorkflowError for one that cannot be read."""
        sources = SourceFolders(self.sources, repository=self.repository.full_name, own=self.text)
        reader = RepositoryReader(self.repository, sources, _sha("base"))
        foresight = Foresight(self.text, sources.action)
        text = self.text(path)
        if text is None:
            raise UsageError(f"{path} is a link to '{(self.root / path).readlink()}', which is not there")
        refusal: WorkflowError | None = None
        try:
            found = reader.read(text, path, self.deliveries)
        except WorkflowError as error:
            if not is_startup_failure(error):
                raise
            # The file alone, which has the triggers: GitHub looks at what it calls when it starts a run.
            alone, refusal = read_workflow(text, path=path), error
            found = WorkflowToRun(alone, alone)
        yield from (foresight.complete(_planned(found, delivery, refusal)) for delivery in self.deliveries)

    def text(self, path: str) -> str | None:
        """The text of a file, `None` where there is none."""
        return _text(self.root / path, path)


def _planned(found: WorkflowToRun, delivery: Delivery, refusal: WorkflowError | None) -> Plan:
    planned = plan(found.workflow, delivery)
    if refusal is not None and planned.triggered:
        planned = plan(refusal, delivery, path=found.asked.path)
    return found.named(planned)


def _callers(
    own: _WorkflowFolder, paths: Iterable[str], events: Iterable[Event], now: datetime
) -> Iterator[tuple[_WorkflowFolder, str]]:
    """The workflows of other repositories that call one of these files, each with its repository's folder."""
    name = own.repository.full_name
    called = [f"{name}/{path}@".lower() for path in paths]
    for source, root in own.sources.items():
        other = source.partition("@")[0]
        if other.lower() == name.lower() or not (root / WORKFLOWS).is_dir():
            continue
        owner, _, short = other.partition("/")
        repository = replace(own.repository, owner=owner, name=short)
        folder = _WorkflowFolder.under(events, root, repository, {**own.sources, name: own.root}, now=now)
        for path in _all(root):
            if any(reference in _text_to_search(folder.root / path) for reference in called):
                yield folder, path


def _all(root: Path) -> list[str]:
    found = sorted(path for path in (root / WORKFLOWS).glob("*.y*ml") if path.suffix in (".yml", ".yaml"))
    if not found:
        raise UsageError(f"there is no workflow in {root / WORKFLOWS}")
    return [path.relative_to(root).as_posix() for path in found]


def _path(root: Path, name: str) -> str:
    for path in (name.removeprefix("./"), f"{WORKFLOWS}/{name}"):
        if (root / path).exists() or (root / path).is_symlink():
            return path
    known = [path.rpartition("/")[2] for path in _all(root)]
    near = suggestion(name, known)
    raise UsageError(f"no workflow '{name}' in {root}; {near}there is {', '.join(known)}")


def _text(file: Path, path: str) -> str | None:
    """The text of a file that is called `path`, `None` where there is none."""
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text: {error.reason} at byte {error.start}") from error


def _text_to_search(file: Path) -> str:
    """The text of a file in lower case; nothing where it cannot be read."""
    try:
        return file.read_text(encoding="utf-8", errors="replace").lower()
    except OSError:
        return ""


def _commits(event: Event) -> Commits:
    """Commits that no repository has: a plan reads the files of the folder for every event."""
    if event.is_pull_request or event.name == "merge_group":
        return Commits(base=_sha("base"), head=_sha("head"), merge=_sha("merge"), before=_sha("base"))
    return Commits(base=_sha("base"), head=_sha("head"), merge=_sha("head"), before=NO_COMMIT)


def _sha(name: str) -> str:
    return hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()
