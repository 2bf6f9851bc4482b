"""What a simulation assumes, as a line and as data."""

from __future__ import annotations

from typing import Any

from pytest_cicache.plan import Assumption

__all__ = ["assumption_json", "told_assumption"]


def told_assumption(assumption: Assumption) -> str:
    """An assumption as one line: where, what, and the stand-in that would decide it."""
    way_out = f"; a stand-in decides it: --stub {assumption.stub}" if assumption.stub else ""
    return f"{assumption.where}: {assumption.what}{way_out}"


def assumption_json(item: Assumption) -> dict[str, Any]:
    """An assumption as a JSON-ready object."""
    return {"id": item.id, "kind": item.kind.value, "what": item.what, "where": item.where, "stub": item.stub}
