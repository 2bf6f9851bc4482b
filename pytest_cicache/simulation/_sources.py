"""Where called workflows and actions are read from: the repository itself, or folders a person names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pytest_cicache.errors import UsageError

__all__ = ["Sources"]


class Sources:
    """Texts of workflows and actions by the reference they are used with.

    `folders` maps `owner/name` or `owner/name@ref` to a folder; `own` reads a path of the repository under
    test at the commit of the run.
    """

    def __init__(self, folders: Mapping[str, Path], *, repository: str, own: Callable[[str], str | None]) -> None:
        self._folders = {name.lower(): folder for name, folder in folders.items()}
        self._repository = repository.lower()
        self._own = own

    def workflow(self, reference: str) -> str | None:
        """The text of a called workflow; `None` for one of a repository that is not at hand.

        Raises LookupError for a file that its repository does not have.
        """
        if reference.startswith(("./", "$/")):
            return _required(self._own(reference[2:]), reference)
        location, _, ref = reference.rpartition("@")
        owner, _, rest = location.partition("/")
        name, _, path = rest.partition("/")
        repository = f"{owner}/{name}"
        folder = self._folder(repository, ref)
        if folder is not None:
            return _required(_text(folder / path), reference)
        if repository.lower() == self._repository:
            return _required(self._own(path), reference)
        return None

    def action(self, reference: str) -> str | None:
        """The text of an action's file, `None` for one of a repository that is not at hand."""
        location, _, ref = reference.rpartition("@")
        parts = location.split("/")
        if len(parts) < 2:
            return None
        folder = self._folder("/".join(parts[:2]), ref)
        if folder is None:
            return None
        place = folder.joinpath(*parts[2:])
        return _text(place / "action.yml") or _text(place / "action.yaml")

    def _folder(self, repository: str, ref: str) -> Path | None:
        repository = repository.lower()
        return self._folders.get(f"{repository}@{ref.lower()}") or self._folders.get(repository)


def _required(text: str | None, reference: str) -> str:
    if text is None:
        raise LookupError(reference)
    return text


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from error
