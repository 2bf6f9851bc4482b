"""The files of a repository at another commit, in a folder of their own."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pytest_cicache.checks import ConductChange, changes
from pytest_cicache.engines import run_tool
from pytest_cicache.errors import EngineError, UsageError
from pytest_cicache.survey._survey import Survey

__all__ = ["changes_since", "checked_out", "default_base"]


def changes_since(survey: Survey, base: str | None = None) -> tuple[ConductChange, ...]:
    """What the workflows of a survey do otherwise than at a commit, by default where HEAD has left the default branch.

    Of one that GitHub refuses now there is nothing to tell. Raises UsageError for what is no commit.
    """
    commit = base or default_base(survey.root, survey.repository.default_branch)
    with checked_out(survey.root, commit) as folder:
        before = survey.base(folder)
        refused = {path for path in survey.workflows if survey.record(path).error is not None}
        paths = sorted({*before.workflows, *survey.workflows} - refused)
        return tuple(change for path in paths for change in changes(path, before.conduct(path), survey.conduct(path)))


@contextmanager
def checked_out(root: Path, base: str) -> Iterator[Path]:
    """Lay the files of a commit below `root` into a folder; raises UsageError for what is no commit."""
    try:
        sha = _git(root, "rev-parse", "--verify", "--quiet", f"{base}^{{commit}}").strip().decode()
    except EngineError:
        raise UsageError(_why_no_commit(root, base)) from None
    with TemporaryDirectory(prefix="cicache-base-") as folder:
        with tarfile.open(fileobj=io.BytesIO(_git(root, "archive", "--format=tar", sha))) as files:
            files.extractall(folder, filter="data")
        yield Path(folder)


def _why_no_commit(root: Path, base: str) -> str:
    try:
        _git(root, "rev-parse", "--git-dir")
    except EngineError:
        return f"{root} is no git repository, and '{base}' no commit of it"
    return f"'{base}' is no commit of the repository in {root}"


def default_base(root: Path, default_branch: str) -> str:
    """Where the working tree has left the default branch: of the remote, else here; else the last commit."""
    for branch in (f"origin/{default_branch}", default_branch):
        try:
            return _git(root, "merge-base", "HEAD", branch).strip().decode()
        except EngineError:
            continue
    return "HEAD"


def _git(root: Path, *arguments: str) -> bytes:
    return run_tool(("git", "-c", "safe.directory=*", "-C", str(root), *arguments))
