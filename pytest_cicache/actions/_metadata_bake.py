"""The bake files that docker/metadata-action writes (src/meta.ts, getBakeDefinition)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

__all__ = ["bake_files"]

_NAME = "docker-metadata-action-bake"


def bake_files(
    folder: str,
    target: str,
    *,
    tags: Sequence[str],
    images: Sequence[str],
    version: str,
    labels: Sequence[str],
    annotations: Sequence[str],
) -> tuple[dict[str, str], dict[str, str]]:
    """The files by path, and the path of each by output; `bake-file` has tags and labels, no annotations."""
    arguments = {"DOCKER_META_IMAGES": ",".join(images), **({"DOCKER_META_VERSION": version} if version else {})}
    tagged: dict[str, Any] = {"tags": list(tags), "args": arguments}
    labelled = {"labels": dict(label.split("=", 1) for label in labels)}
    parts: dict[str, dict[str, Any]] = {
        "-tags": tagged,
        "-labels": labelled,
        "-annotations": {"annotations": list(annotations)},
        "": {**labelled, **tagged},
    }
    files = {f"{folder}/{_NAME}{part}.json": _definition(target, content) for part, content in parts.items()}
    return files, {f"bake-file{part}": f"{folder}/{_NAME}{part}.json" for part in parts}


def _definition(target: str, content: dict[str, Any]) -> str:
    return json.dumps({"target": {target: content}}, indent=2, ensure_ascii=False)
