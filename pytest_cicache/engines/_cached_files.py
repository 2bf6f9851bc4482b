"""What actions/cache puts into an entry and takes out of it: files by patterns, packed relative to the workspace.

github.com/actions/toolkit, packages/cache/src/internal (cacheUtils.ts, tar.ts). Only what lies in the job's own folder
is read and written; a runner's other folders are not the simulation's to touch.
"""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CachedFiles"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedFiles:
    """Files of one job: its workspace, its home, and the folder that holds all of the job."""

    root: Path
    home: Path
    within: Path

    def pack(self, patterns: Sequence[str]) -> bytes | None:
        """An archive of what the patterns name, `None` when that is nothing."""
        found = list(self._found(patterns))
        return self.archive(found) if found else None

    def archive(self, paths: Sequence[Path]) -> bytes:
        """An archive of these files and folders."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as archive:
            for path in paths:
                archive.add(path, arcname=os.path.relpath(path, self.root))
        return buffer.getvalue()

    def unpack(self, data: bytes) -> None:
        """Put the files of an archive where they were; others of the same name are replaced."""
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
            for member in archive:
                target = Path(os.path.normpath(self.root / member.name))
                if target.is_relative_to(self.within):
                    self._extract(archive, member, target)

    def _found(self, patterns: Sequence[str]) -> Iterator[Path]:
        """What the patterns match, without what those that begin with `!` do; folders are taken whole."""
        taken: dict[Path, None] = {}
        for pattern in patterns:
            for path in self._matches(pattern.removeprefix("!")):
                if pattern.startswith("!"):
                    taken.pop(path, None)
                else:
                    taken[path] = None
        yield from taken

    def _matches(self, pattern: str) -> Iterator[Path]:
        from wcmatch import glob

        at_home = pattern == "~" or pattern.startswith("~/")
        whole = f"{self.home}{pattern[1:]}" if at_home else os.path.join(self.root, pattern)
        for name in sorted(glob.glob(os.path.normpath(whole), flags=glob.GLOBSTAR | glob.DOTGLOB | glob.FORCEUNIX)):
            path = Path(name)
            if path.is_relative_to(self.within):
                yield path

    def _extract(self, archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        if member.isdir():
            target.mkdir(exist_ok=True)
        elif member.issym():
            target.unlink(missing_ok=True)
            target.symlink_to(member.linkname)
            return
        else:
            source = archive.extractfile(member)
            if source is None:
                return
            target.unlink(missing_ok=True)
            with source, target.open("wb") as file:
                file.write(source.read())
        target.chmod(member.mode & 0o777 | 0o200)
        os.utime(target, (member.mtime, member.mtime))
