"""The registry as a container: registry:2, one for a test run, shared by its workers."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pytest_cicache.engines.registry._compose import answers, bring_up, left_overs, remove_container, take_down
from pytest_cicache.engines.registry._sessions import Session, Sessions

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["ContainerRegistry"]


class ContainerRegistry:
    """registry:2 on a loopback port of Docker's choice; satisfies `RegistryEngine`.

    Processes that name the same `session_id` share one container: the first to start makes it, the last
    to close removes it. The default is the run of pytest-xdist, else this process. What a killed run left
    is removed at the next start, but never what some process still uses.
    """

    name = "container"

    def __init__(self, *, session_id: str | None = None, root: Path | None = None) -> None:
        self.port = 0
        wanted = session_id or os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
        self._session_id = re.sub(r"[^a-z0-9]+", "-", wanted.lower()).strip("-")[:40]
        self._root = root or Path(tempfile.gettempdir()) / f"pytest-cicache-{os.getuid()}"
        self._session: Session | None = None

    @property
    def url(self) -> str:
        """The base address; the port is known after `start`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def project(self) -> str:
        """The compose project, which no other directory of sessions uses."""
        return f"cicache-{self._session_id}-{_place(self._root)}"

    async def start(self) -> None:
        """Start or join the session's registry; raises EngineUnavailableError where there is no Docker."""
        if self._session is not None:
            return
        work = asyncio.ensure_future(asyncio.to_thread(self._start))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            # The thread cannot be interrupted; what it makes must not stay.
            await asyncio.wait([work])
            await self.close()
            raise

    async def close(self) -> None:
        """Leave the session; its last user removes the container."""
        if self._session is not None:
            await asyncio.to_thread(self._close)

    def _start(self) -> None:
        sessions = Sessions(self._root)
        session = sessions.session(self._session_id)
        with sessions.locked():
            _sweep(sessions, _place(self._root))
            if not session.is_used():
                session.remove()
            session.join()
            try:
                self.port = _running(session) or bring_up(session.directory, self.project)
            except BaseException:
                if session.leave():
                    session.remove()
                raise
            session.write_facts(port=self.port)
        self._session = session

    def _close(self) -> None:
        assert self._session is not None
        session, self._session = self._session, None
        with Sessions(self._root).locked():
            if session.leave():
                take_down(session.directory, self.project)
                session.remove()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _running(session: Session) -> int:
    port = session.facts.get("port", 0)
    return port if port and answers(port) else 0


def _place(root: Path) -> str:
    return hashlib.sha256(str(root).encode()).hexdigest()[:6]


def _sweep(sessions: Sessions, place: str) -> None:
    for container, session_id, project in left_overs():
        # Whether another directory's sessions are used cannot be told from here.
        if not session_id or not project.endswith(f"-{place}"):
            continue
        session = sessions.session(session_id)
        if not session.is_used():
            remove_container(container)
            session.remove()
