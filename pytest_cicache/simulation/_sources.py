"""Where called workflows and actions are read from: the repository itself, or folders a person names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pytest_cicache.errors import UsageError

__all__ = ["FolderSource", "Source", "SourceFolders", "source_folders"]


class Source(Protocol):
    """A repository that others call."""

    def text(self, path: str) -> str | None:
        """The text of a file, `None` where there is none."""

    def folder(self, path: str) -> Path | None:
        """A folder of it on disk, `None` where there is none."""


@dataclass(frozen=True, slots=True)
class FolderSource:
    """A repository as it lies in a folder."""

    root: Path

    def text(self, path: str) -> str | None:
        """The text of a file, `None` where there is none."""
        return _text(self.root / path)

    def folder(self, path: str) -> Path | None:
        """A folder below the root."""
        place = self.root / path
        return place if place.is_dir() else None


class SourceFolders:
    """Texts of workflows and actions by the reference they are used with.

    `repositories` maps `owner/name` or `owner/name@ref` to a folder or another source; `own` reads a path of the
    repository under test at the commit of the run.
    """

    def __init__(
        self, repositories: Mapping[str, Path | Source], *, repository: str, own: Callable[[str], str | None]
    ) -> None:
        self._sources: dict[str, Source] = {
            name.lower(): FolderSource(source) if isinstance(source, Path) else source
            for name, source in repositories.items()
        }
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
        source = self._source(repository, ref)
        if source is not None:
            return _required(source.text(path), reference)
        if repository.lower() == self._repository:
            return _required(self._own(path), reference)
        return None

    def action(self, reference: str) -> Path | None:
        """The folder of an action, `None` for one of a repository that is not at hand."""
        location, _, ref = reference.rpartition("@")
        parts = location.split("/")
        source = self._source("/".join(parts[:2]), ref) if len(parts) > 1 else None
        return None if source is None else source.folder("/".join(parts[2:]))

    def _source(self, repository: str, ref: str) -> Source | None:
        repository = repository.lower()
        return self._sources.get(f"{repository}@{ref.lower()}") or self._sources.get(repository)


def source_folders(texts: Iterable[str], *, root: Path) -> dict[str, Path]:
    """Read `OWNER/NAME[@REF]=DIR` lines, the folders relative to `root`; raises UsageError for what is neither."""
    found: dict[str, Path] = {}
    for text in filter(None, map(str.strip, texts)):
        name, equals, folder = (part.strip() for part in text.partition("="))
        if not (equals and folder and "/" in name):
            raise UsageError(f"'{text}' is not OWNER/NAME[@REF]=DIR")
        found[name] = root / folder
        if not found[name].is_dir():
            raise UsageError(f"{name}: '{folder}' is not a folder")
    return found


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
