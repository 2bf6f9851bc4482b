"""Pushes and cache exports side by side, as BuildKit runs them: the first refusal ends all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pytest_cicache.buildkit import Layer
from pytest_cicache.engines.client import RefusedError

__all__ = ["Upload", "UploadResult", "upload_all"]


class Upload(Protocol):
    """A push or a cache export."""

    @property
    def layers(self) -> tuple[Layer, ...]:
        """What goes first, in any order."""

    async def begin(self) -> None:
        """Write enough that a refusal shows."""

    async def layer(self, layer: Layer) -> None:
        """Write one layer."""

    async def finish(self) -> None:
        """Write the rest, the tag last."""


@dataclass(slots=True, kw_only=True)
class UploadResult:
    """How one upload ended.

    `canceled` says that another one's refusal ended this one; whether its tag was written by then is a race,
    and `wrote` only tells how it came out here.
    """

    error: RefusedError | None = None
    canceled: bool = False
    wrote: bool = False


async def upload_all(uploads: Sequence[tuple[Upload, bool]]) -> list[UploadResult]:
    """Run uploads, pushes first; each comes with whether its refusal is fatal.

    Goes step by step (first layers, other layers, tags), so that the same refusals always end alike.
    """
    results = [UploadResult() for _ in uploads]
    for step in (_begin, _layers):
        await _together([_guarded(step, upload, result) for (upload, _), result in zip(uploads, results, strict=True)])
        if _stopped(uploads, results):
            return results
    for (upload, _), result in zip(uploads, results, strict=True):
        await _guarded(_finish, upload, result)
        result.wrote = result.error is None
        if _stopped(uploads, results):
            break
    return results


async def _begin(upload: Upload) -> None:
    await upload.begin()


async def _layers(upload: Upload) -> None:
    work = (upload.layer(layer) for layer in upload.layers[1:])
    for answer in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(answer, BaseException):
            raise answer


async def _finish(upload: Upload) -> None:
    await upload.finish()


async def _guarded(step: Callable[[Any], Awaitable[None]], upload: Upload, result: UploadResult) -> None:
    if result.error is not None:
        return
    try:
        await step(upload)
    except RefusedError as error:
        result.error = error


async def _together(work: Sequence[Awaitable[None]]) -> None:
    await asyncio.gather(*work)


def _stopped(uploads: Sequence[tuple[Upload, bool]], results: Sequence[UploadResult]) -> bool:
    """Whether a fatal refusal ended everything: the first one is told, all others are canceled."""
    fatal = [result for (_, is_fatal), result in zip(uploads, results, strict=True) if result.error and is_fatal]
    if not fatal:
        return False
    for result in results:
        if result is not fatal[0]:
            result.canceled, result.error = True, None
    return True
