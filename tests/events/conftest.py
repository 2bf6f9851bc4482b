"""What the tests of events share: commits, a moment, and a short way to deliver an event."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pytest_cicache import events
from pytest_cicache.events import Commits, Delivery, Event, Repository, RepositorySettings

if TYPE_CHECKING:
    from collections.abc import Callable

BASE, HEAD, MERGE, BEFORE = "a" * 40, "b" * 40, "c" * 40, "d" * 40


@pytest.fixture
def receive() -> Callable[..., Delivery]:
    """Deliver an event, given as text or made, to a repository of these parameters and settings."""

    def receive(
        event: str | Event,
        *,
        changed: tuple[str, ...] | None = None,
        settings: object = None,
        **fields: object,
    ) -> Delivery:
        made = events.from_text(event) if isinstance(event, str) else event
        commits = Commits(base=BASE, head=HEAD, merge=MERGE, before=BEFORE, changed_files=changed)
        repository = Repository(
            **{"owner": "Octo-Org", "name": "App", "settings": settings or RepositorySettings()} | fields
        )
        now = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
        return events.deliver(made, repository, commits, now=now, run_id=4_000_000_001, run_number=12)

    return receive
