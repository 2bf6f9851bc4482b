"""What a build meant to write when buildx refuses it before it starts: no registry hears of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pytest_cicache.buildkit import BuildRequest
from pytest_cicache.engines._uses import export_use, push_use
from pytest_cicache.errors import InvalidTagError
from pytest_cicache.observation import Ending, How

__all__ = ["refused_by_driver", "refused_push"]


def refused_by_driver(request: BuildRequest, refusal: str) -> list[Ending]:
    """The exports of a build whose builder cannot export; inline caches travel in the image."""
    message = refusal.splitlines()[0].removeprefix("ERROR: failed to build: ")
    uses = (replace(export_use(option), is_optional=False) for option in request.cache_to if option.type != "inline")
    return [Ending(use=use, how=How.REFUSED, error=message) for use in uses]


def refused_push(arguments: Sequence[str], error: InvalidTagError) -> list[Ending]:
    """The push of an image whose name is none."""
    if "--push" not in arguments:
        return []
    return [Ending(use=push_use(error.tag), how=How.REFUSED, error=error.reason)]
