"""The thread with the event loop."""

from __future__ import annotations

import asyncio
import threading

import pytest

from pytest_cicache.engines import LoopThread


def test_work_runs_in_its_thread_and_answers():
    """A coroutine's value comes back."""
    loop = LoopThread()

    async def work() -> str:
        return threading.current_thread().name

    assert loop.run(work()) == "cicache"
    loop.close()


def test_an_exception_comes_back():
    """What the coroutine raises is raised."""
    loop = LoopThread()

    async def work() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        loop.run(work())
    loop.close()


def test_closing_cancels_what_still_runs():
    """A task that was left behind is cancelled and the thread ends; closing twice is fine."""
    loop = LoopThread()
    ended = threading.Event()

    async def start() -> asyncio.Task[None]:
        async def endless() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        task = asyncio.ensure_future(endless())
        await asyncio.sleep(0)
        return task

    loop.run(start())
    loop.close()
    loop.close()

    assert ended.is_set()
