"""The artifacts of one run: files that its jobs hand to each other.

Rules: https://github.com/actions/toolkit/tree/main/packages/artifact, packages/glob, and the two actions' own search.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pytest_cicache.actions import DownloadArtifacts, UploadArtifact
from pytest_cicache.errors import UsageError

__all__ = ["Artifact", "ArtifactStore"]

_TAKEN = (
    "Failed to CreateArtifact: Received non-retryable error: Failed request: (409) Conflict: an artifact with this "
    "name already exists on the workflow run"
)
_ABSENT = (
    "Unable to download artifact(s): Artifact not found for name: {name}\n"
    "        Please ensure that your artifact is not expired and the artifact was uploaded using a compatible version "
    "of toolkit/upload-artifact.\n"
    "        For more information, visit the GitHub Artifacts FAQ: "
    "https://github.com/actions/toolkit/blob/main/packages/artifact/docs/faq.md"
)
_FIRST_ID = 4_000_000_001


@dataclass(frozen=True, slots=True)
class Artifact:
    """Files kept under a name, below `folder`; `digest` is the hex SHA-256 over their names and contents."""

    id: int
    name: str
    folder: Path
    digest: str


@dataclass(slots=True)
class ArtifactStore:
    """Keeps the artifacts of a run below a folder; `has_doubts` is set once something in the run was assumed.

    What an assumed job or step would have uploaded is missing here without being missing on GitHub.
    """

    directory: Path
    has_doubts: bool = False
    _artifacts: dict[str, Artifact] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def upload(self, wanted: UploadArtifact, root: Path, home: Path) -> Artifact | None:
        """Keep what the patterns find; `None` when that is nothing. Raises UsageError in the action's words."""
        files, base = _found(wanted, root, home)
        if not files:
            return None
        if wanted.name is None and len(files) > 1:
            raise UsageError(
                "When 'archive' is set to false, only a single file can be uploaded. "
                f"Found {len(files)} files to upload."
            )
        name = wanted.name or files[0].name
        with self._lock:
            known = self._artifacts.get(name)
            if known is not None and not (wanted.overwrites or wanted.adds):
                raise UsageError(_TAKEN)
            number = len(self._artifacts) + 1
            folder = known.folder if known is not None and wanted.adds else self.directory / f"{number}-{_plain(name)}"
            if known is not None and wanted.overwrites:
                shutil.rmtree(known.folder, ignore_errors=True)
            _copy(files, base, folder)
            identifier = known.id if known is not None else _FIRST_ID + number
            made = self._artifacts[name] = Artifact(identifier, name, folder, _digest(folder))
        return made

    def download(self, wanted: DownloadArtifacts, target: Path) -> list[Artifact]:
        """Lay what is asked for below `target`. Raises UsageError in the action's words for what is not there."""
        found = self._chosen(wanted)
        apart = not wanted.name and not wanted.merges and (len(found) > 1 or wanted.own_folders)
        target.mkdir(parents=True, exist_ok=True)
        for artifact in found:
            shutil.copytree(artifact.folder, target / artifact.name if apart else target, dirs_exist_ok=True)
        return found

    def remove(self) -> None:
        """Forget every artifact."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def _chosen(self, wanted: DownloadArtifacts) -> list[Artifact]:
        every = list(self._artifacts.values())
        if wanted.name:
            if wanted.name not in self._artifacts:
                raise UsageError(_ABSENT.format(name=wanted.name))
            return [self._artifacts[wanted.name]]
        if wanted.ids:
            found = [artifact for artifact in every if artifact.id in wanted.ids]
            if not found:
                raise UsageError("Unable to download artifact(s): None of the provided artifact IDs were found")
            return found
        return [artifact for artifact in every if not wanted.pattern or _fits(artifact.name, wanted.pattern)]


def _fits(name: str, pattern: str) -> bool:
    from wcmatch import fnmatch

    return bool(fnmatch.fnmatch(name, pattern, flags=fnmatch.EXTMATCH | fnmatch.BRACE | fnmatch.FORCEUNIX))


def _found(wanted: UploadArtifact, root: Path, home: Path) -> tuple[list[Path], Path]:
    """The files that the patterns name, in order, and the folder that they are kept relative to."""
    taken: dict[Path, None] = {}
    starts: list[Path] = []
    for pattern in wanted.patterns:
        leaves_out = pattern.startswith("!")
        path = _absolute(pattern.removeprefix("!"), root, home)
        if not leaves_out:
            starts.append(_start(path))
        for file in _matches(path, takes_hidden=wanted.takes_hidden):
            if leaves_out:
                taken.pop(file, None)
            else:
                taken[file] = None
    files = list(taken)
    starts = _outermost(starts)
    if len(starts) > 1:
        return files, Path(os.path.commonpath(starts))
    if files and starts == [files[0]]:
        return files, files[0].parent
    return files, starts[0] if starts else root


def _absolute(pattern: str, root: Path, home: Path) -> str:
    if pattern == "~" or pattern.startswith("~/"):
        return os.path.normpath(f"{home}{pattern[1:]}")
    return os.path.normpath(os.path.join(root, pattern))


def _start(path: str) -> Path:
    """The part of a pattern before its first wildcard."""
    parts = Path(path).parts
    plain = next((number for number, part in enumerate(parts) if any(c in part for c in "*?[")), len(parts))
    return Path(*parts[:plain])


def _outermost(starts: Sequence[Path]) -> list[Path]:
    """Folders that lie in none of the others, each once."""
    distinct = list(dict.fromkeys(starts))
    return [path for path in distinct if not any(other != path and path.is_relative_to(other) for other in distinct)]


def _matches(path: str, *, takes_hidden: bool) -> Iterator[Path]:
    from wcmatch import glob

    start = _start(path)
    for name in sorted(glob.glob(path, flags=glob.GLOBSTAR | glob.DOTGLOB | glob.FORCEUNIX)):
        for file in _files_of(Path(name)):
            shown = file.relative_to(start.parent if file == start else start).parts
            if takes_hidden or not any(part.startswith(".") for part in shown):
                yield file


def _files_of(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        for folder, folders, names in os.walk(path, followlinks=True):
            folders.sort()
            yield from (Path(folder, name) for name in sorted(names) if Path(folder, name).is_file())


def _copy(files: Sequence[Path], base: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        target = folder / file.relative_to(base)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in _files_of(folder):
        digest.update(f"{file.relative_to(folder)}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _plain(name: str) -> str:
    return "".join(character if character.isalnum() else "-" for character in name)[:40]
