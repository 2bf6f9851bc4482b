"""A folder in OCI layout, which `type=local` reads and writes: what buildx sees of it before a build, and its blobs.

github.com/moby/buildkit, client/solve.go (parseCacheOptions) and client/ociindex at v0.34.2; the layout:
https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_cicache.buildkit import CacheOption
from pytest_cicache.engines._uses import import_use
from pytest_cicache.errors import DockerfileError
from pytest_cicache.observation import Ending, How

__all__ = ["LocalFolder", "LocalImport", "find_local_import", "missing_imports"]

_TAG = "org.opencontainers.image.ref.name"
_LATEST = "latest"
_INDEX = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalImport:
    """What an import finds: the digest of its manifest, or nothing; then buildx may warn, and leaves it out."""

    digest: str | None = None
    warning: str | None = None


def find_local_import(option: CacheOption, directory: Path) -> LocalImport:
    """Look for what `--cache-from type=local` names, below `directory`.

    Raises DockerfileError when it names no folder.
    """
    shown = option.attributes.get("src", "")
    if not shown:
        raise DockerfileError("failed to build: local cache importer requires src")
    digest = option.attributes.get("digest")
    if digest:
        return LocalImport(digest=digest)
    words = f"WARNING: local cache import at {shown} not found due to err"
    try:
        manifests = LocalFolder(directory / shown).manifests()
    except FileNotFoundError:
        what = "could not lock" if not (directory / shown).is_dir() else "could not read"
        file = f"{shown}/index.json{'.lock' if what == 'could not lock' else ''}"
        return LocalImport(warning=f"{words}: {what} {file}: open {file}: no such file or directory")
    except (OSError, ValueError) as error:
        return LocalImport(warning=f"{words}: could not unmarshal {shown}/index.json: {error}")
    tag = option.attributes.get("tag", _LATEST)
    found = (item.get("digest") for item in manifests if (item.get("annotations") or {}).get(_TAG) == tag)
    return LocalImport(digest=next(found, None))


def missing_imports(options: Iterable[CacheOption], directory: Path) -> tuple[Ending, ...]:
    """The imports of local caches that buildx leaves out since there is nothing in their folder."""
    local = (option for option in options if option.type == "local" and option.attributes.get("src"))
    found = ((option, find_local_import(option, directory)) for option in local)
    return tuple(
        Ending(
            use=import_use(option),
            how=How.NOT_THERE,
            error=None if ended.warning is None else ended.warning.removeprefix("WARNING: "),
        )
        for option, ended in found
        if ended.digest is None
    )


@dataclass(frozen=True, slots=True)
class LocalFolder:
    """Blobs by digest, and an index that names some of them."""

    path: Path

    def manifests(self) -> list[dict[str, Any]]:
        """The entries of the index. Raises OSError, ValueError."""
        document = json.loads((self.path / "index.json").read_text(encoding="utf-8"))
        entries = document.get("manifests") if isinstance(document, dict) else None
        return [entry for entry in entries or [] if isinstance(entry, dict)]

    def prepare(self, shown: str) -> None:
        """Make the folder, written as `shown`. Raises DockerfileError in buildx's words."""
        try:
            (self.path / "ingest").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            words = (error.strerror or str(error)).lower()
            raise DockerfileError(f"failed to build: mkdir {shown}: {words}") from None

    def read(self, digest: str) -> bytes:
        """The bytes of a blob. Raises OSError."""
        return self._file(digest).read_bytes()

    def write(self, data: bytes) -> str:
        """Keep a blob; gives its digest."""
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        file = self._file(digest)
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.write_bytes(data)
        return digest

    def name(self, descriptor: Mapping[str, Any], tag: str) -> None:
        """Let a tag name a manifest, and no other one any longer."""
        try:
            others = [item for item in self.manifests() if (item.get("annotations") or {}).get(_TAG) != tag]
        except (OSError, ValueError):
            others = []
        named = {**descriptor, "annotations": {_TAG: tag}}
        document = {**_INDEX, "manifests": [*others, named]}
        (self.path / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}', encoding="utf-8")
        (self.path / "index.json").write_text(json.dumps(document, separators=(",", ":")), encoding="utf-8")

    def _file(self, digest: str) -> Path:
        algorithm, _, value = digest.partition(":")
        if not value.isalnum():
            raise FileNotFoundError(digest)
        return self.path / "blobs" / algorithm / value
