"""Whatever is given as an event is an event that can be delivered, or is refused in words."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_cicache import events
from pytest_cicache.errors import UsageError
from pytest_cicache.events import EVENTS, KINDS, PARAMETERS, Commits, Event, Repository, Trigger, decide

NAMES = st.sampled_from(sorted({*KINDS, *EVENTS}))
TEXTS = st.text(max_size=12) | st.sampled_from(["refs/heads/x", "refs/x", "a/b", "opened", "7", "true", "0" * 40])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
RUN_FIELDS = st.sampled_from(
    ["name", "path", "event", "head_branch", "head_sha", "head_repository", "id", "run_number"]
)
RUNS = st.dictionaries(RUN_FIELDS, JSON, max_size=4)
FITTING = {
    "number": st.integers(min_value=1, max_value=10**12),
    "run_id": st.integers(min_value=1),
    "run_number": st.integers(min_value=1),
    "merged": st.booleans(),
    "draft": st.booleans(),
    "labels": st.lists(TEXTS, max_size=3),
    "changed_files": st.lists(TEXTS, max_size=3),
    "inputs": st.dictionaries(TEXTS, JSON, max_size=3),
    "workflow_run": RUNS,
    "head_repository": st.sampled_from(["o/r", "O/R", "ann/x"]),
    "action": st.sampled_from(["opened", "closed", "labeled", "edited", "completed", "published", "created"]),
}
MAPPINGS = st.fixed_dictionaries(
    {"kind": NAMES},
    optional={name: FITTING.get(name, TEXTS) | st.none() for name in PARAMETERS},
)
STRANGE = st.fixed_dictionaries({"kind": NAMES | JSON}, optional=dict.fromkeys(PARAMETERS, JSON))


def delivered(event: Event) -> None:
    """Deliver an event, put its payload into JSON and ask a filter of it."""
    commits = Commits(base="a" * 40, head="b" * 40, merge="c" * 40, before="a" * 40)
    now = datetime(2026, 11, 24, tzinfo=UTC)
    delivery = events.deliver(event, Repository.parse("o/r"), commits, now=now, run_id=1, run_number=1)
    json.dumps(events.github_context(delivery, workflow_name=None, workflow_path="w.yml"))
    entry = Trigger(event=event.name, branches=("main",), workflows=("CI",), cron=("0 0 * * *",))
    assert decide([entry], delivery).reason
    assert repr(event)
    assert repr(delivery)
    assert events.from_mapping(event.to_mapping()) == event


@settings(deadline=None, max_examples=300)
@given(MAPPINGS | STRANGE)
def test_any_object_is_an_event_or_is_refused(mapping: dict[str, object]) -> None:
    """No JSON object makes anything but an event or a UsageError."""
    try:
        event = events.from_mapping(mapping)
    except UsageError:
        return
    delivered(event)


@settings(deadline=None, max_examples=300)
@given(NAMES, st.lists(st.tuples(st.sampled_from(PARAMETERS), TEXTS), max_size=4))
def test_any_text_is_an_event_or_is_refused(kind: str, pairs: list[tuple[str, str]]) -> None:
    """No text makes anything but an event or a UsageError."""
    text = f"{kind}:{','.join(f'{name}={value}' for name, value in pairs)}" if pairs else kind
    try:
        event = events.from_text(text)
    except UsageError:
        return
    delivered(event)
