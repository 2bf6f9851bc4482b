"""A build context that is piped into the command: an archive, or a Dockerfile alone."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

__all__ = ["unpack"]


def unpack(data: bytes, folder: Path) -> bool:
    """Unpack a piped context into a folder; false when it is no archive but a Dockerfile."""
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            archive.extractall(folder, filter="data")
    except tarfile.ReadError:
        return False
    return True
