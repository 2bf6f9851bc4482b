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
        self.called: list[str] = []

    def workflow(self, reference: str) -> str | None:
        """The text of a called workflow; `None` for one of a repository that is not at hand.

        Raises LookupError for a file that its repository does not have. What was given is kept in `called`.
        """
        text = self._workflow(reference)
        if text is not None:
            self.called.append(text)
        return text

    def _workflow(self, reference: str) -> str | None:
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

    def action(self, reference: str) -> Path | None:
        """The folder of an action, `None` for one of a repository that is not at hand."""
        location, _, ref = reference.rpartition("@")
        parts = location.split("/")
        folder = self._folder("/".join(parts[:2]), ref) if len(parts) > 1 else None
        place = None if folder is None else folder.joinpath(*parts[2:])
        return place if place is not None and place.is_dir() else None

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
