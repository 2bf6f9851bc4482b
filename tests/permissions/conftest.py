"""A short way to deliver an event to a repository."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pytest_cicache import events
from pytest_cicache.events import Commits, Delivery, Repository, RepositorySettings

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def receive() -> Callable[..., Delivery]:
    """Deliver an event, given as text, to a repository of these parameters; `settings` as keyword fields."""

    def receive(text: str, *, settings: dict[str, object] | None = None, **fields: object) -> Delivery:
        repository = Repository(
            **{"owner": "octo", "name": "app", "settings": RepositorySettings(**settings or {})} | fields
        )
        commits = Commits(base="a" * 40, head="b" * 40, merge="c" * 40, before="a" * 40)
        now = datetime(2026, 11, 24, tzinfo=UTC)
        return events.deliver(events.from_text(text), repository, commits, now=now, run_id=1, run_number=1)

    return receive
