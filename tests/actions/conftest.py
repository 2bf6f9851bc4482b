"""A short way to interpret a use of an action."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pytest_cicache import events
from pytest_cicache.actions import ActionCall, ActionEffect, ActionReference, interpret
from pytest_cicache.events import Commits, Repository

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def use() -> Callable[..., ActionEffect]:
    """Interpret `uses` with inputs under an event; `call` are other fields of the call."""

    def use(uses: str, *, event: str = "push", private: bool = False, **more: Any) -> ActionEffect:
        inputs = more.pop("inputs", {})
        repository = Repository(owner="octo", name="app", visibility="private" if private else "public")
        commits = Commits(base="a" * 40, head="b" * 40, merge="c" * 40, before="a" * 40)
        delivery = events.deliver(events.from_text(event), repository, commits, now=NOW, run_id=1, run_number=1)
        github = events.github_context(delivery, workflow_name="w", workflow_path="w.yml", job_id="j", token="ghs_t")
        effect = interpret(
            ActionCall(reference=ActionReference.parse(uses), inputs=inputs, github=github, temp="/t", **more)
        )
        assert effect is not None
        return effect

    return use
