"""Plans for people and as data: which events start which jobs, with which token, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from pytest_cicache.expressions import is_unknown, origins, show_unknown
from pytest_cicache.permissions import Token
from pytest_cicache.plan import Plan, PlannedJob
from pytest_cicache.reporting._assumption import assumption_json, told_assumption

__all__ = ["PLAN_SCHEMA", "plan_json", "plan_lines"]

PLAN_SCHEMA = "pytest-cicache/plan-1"
_SHOWN_LEGS = 3
_SHOWN_PERMISSIONS = 4
_FIRST = ("packages", "contents")


def plan_lines(plans: Iterable[Plan]) -> Iterator[str]:
    """Give the lines that show plans to people: per workflow its events, per event its jobs and their tokens."""
    home: str | None = None
    for (repository, path), group in groupby(plans, key=lambda plan: (plan.delivery.repository.full_name, plan.path)):
        if home is not None:
            yield ""
        home = home or repository
        yield from _block(path if repository == home else f"{repository}: {path}", path, list(group))


def _block(title: str, path: str, plans: Sequence[Plan]) -> Iterator[str]:
    """The lines of one workflow; the events that it does not run on at all share a line."""
    names = {plan.name for plan in plans} - {path}
    yield title + (f" ({', '.join(sorted(names))})" if names else "")
    shown = [plan for plan in plans if _other_events(plan) is None and plan.error is None]
    width = max((len(plan.delivery.event.kind) for plan in shown), default=0)
    columns = _widths([row for plan in shown for row in _rows(plan)])
    for plan in shown:
        yield f"  {plan.delivery.event.kind:<{width}}  {_headline(plan)}"
        yield from (f"    {_aligned(row, columns)}" for row in _rows(plan))
        yield from (f"    note: {notice}" for notice in plan.notices if plan.triggered)
    for error in dict.fromkeys(plan.error for plan in plans if plan.error is not None):
        kinds = ", ".join(plan.delivery.event.kind for plan in plans if plan.error == error)
        yield f"  {kinds}: startup failure: {error}"
    for caller in dict.fromkeys(plan.caller for plan in plans if plan.caller is not None):
        yield f"  note: {caller}"
    for item in dict.fromkeys(item for plan in plans for item in plan.assumptions):
        yield f"  assumed: {told_assumption(item)}"
    others = [plan for plan in plans if _other_events(plan) is not None]
    some = len(others) < len(plans)
    for reason, group in groupby(others, key=_other_events):
        kinds = ", ".join(plan.delivery.event.kind for plan in group) if some else "none of these events starts it"
        yield f"  {kinds}: {'not triggered, ' if some else ''}{reason}"


def _other_events(plan: Plan) -> str | None:
    """On what the workflow runs, when it does not run on the plan's event at all."""
    before, found, _ = plan.reason.partition(f", not on {plan.delivery.name}")
    return before if found and not plan.triggered else None


def _headline(plan: Plan) -> str:
    return plan.reason if plan.triggered else f"not triggered: {plan.reason}"


def _rows(plan: Plan) -> list[tuple[str, ...]]:
    """One row a job: name, verdict, token, why; legs that say the same are put together when they are many."""
    rows: list[tuple[str, ...]] = []
    for _, group in groupby(plan.jobs, key=_sameness):
        legs = list(group)
        if len(legs) > _SHOWN_LEGS:
            rows.append(_row(legs[0], f"{legs[0].name} … {legs[-1].name} ({len(legs)} jobs)"))
        else:
            rows.extend(_row(leg, leg.name) for leg in legs)
    return rows


def _sameness(job: PlannedJob) -> tuple[object, ...]:
    levels = None if job.token is None else tuple(job.token.permissions.items())
    return job.path, job.id, job.verdict, job.reason, levels


def _row(job: PlannedJob, name: str) -> tuple[str, ...]:
    why = [job.reason] if job.reason else []
    if isinstance(job.matrix, str) and _what(job.matrix) not in (job.reason or ""):
        why.append(f"its legs depend on {_what(job.matrix)}")
    return name, str(job.verdict), _token_text(job.token), "; ".join([*why, *_lowered(job.token)])


def _lowered(token: Token | None) -> list[str]:
    """Why the event took something away from the token's packages permission."""
    last = token.because["packages"][-1] if token is not None else ""
    return [last] if "becomes" in last else []


def _token_text(token: Token | None) -> str:
    if token is None:
        return "-"
    levels = {name: level for name, level in token.permissions.items() if level != "none" and name != "metadata"}
    ordered = [*(name for name in _FIRST if name in levels), *(name for name in levels if name not in _FIRST)]
    shown = ordered if len(ordered) <= _SHOWN_PERMISSIONS else ordered[:2]
    more = len(ordered) - len(shown)
    text = ", ".join(f"{name}: {levels[name]}" for name in shown) or "nothing"
    return f"{text} and {more} more" if more else text


def _widths(rows: Sequence[tuple[str, ...]]) -> list[int]:
    return [max(map(len, column)) for column in list(zip(*rows, strict=True))[:-1]]


def _aligned(row: tuple[str, ...], widths: Sequence[int]) -> str:
    cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)]
    return "  ".join([*cells, row[-1]]).rstrip()


def plan_json(plans: Iterable[Plan]) -> dict[str, Any]:
    """Give plans as one JSON-ready object; what nobody knows is `{"undecided": WHAT}`, in text `<WHAT>`."""
    return {"schema": PLAN_SCHEMA, "plans": [_plan(plan) for plan in plans]}


def _plan(plan: Plan) -> dict[str, Any]:
    delivery = plan.delivery
    return {
        "workflow": plan.path,
        "repository": delivery.repository.full_name,
        "name": plan.name,
        "event": {"kind": delivery.event.kind, "name": delivery.name, "activity": delivery.activity},
        "ref": delivery.ref,
        "sha": delivery.sha,
        "triggered": plan.triggered,
        "reason": plan.reason,
        "error": plan.error,
        "run_name": _data(plan.run_name),
        "concurrency": _data(plan.concurrency),
        "caller": plan.caller,
        "notices": list(plan.notices),
        "assumptions": [assumption_json(item) for item in plan.assumptions],
        "jobs": [_job(job) for job in plan.jobs],
    }


def _job(job: PlannedJob) -> dict[str, Any]:
    token, cache, settings = job.token, job.cache, job.settings
    return {
        "id": job.id,
        "name": job.name,
        "path": list(job.path),
        "needs": list(job.needs),
        "matrix": _data(job.matrix),
        "verdict": str(job.verdict),
        "reason": job.reason,
        "uses": job.uses,
        "assumes": [item.id for item in job.assumptions],
        "token": None if token is None else _token(token),
        "cache": None if cache is None else {"mode": str(cache.mode), "reason": cache.reason},
        "runs_on": _data(settings.runs_on),
        "environment": _data(settings.environment),
        "concurrency": _data(settings.concurrency),
        "timeout_minutes": _data(settings.timeout_minutes),
        "continue_on_error": _data(settings.continue_on_error),
        "fail_fast": _data(settings.fail_fast),
        "max_parallel": _data(settings.max_parallel),
    }


def _token(token: Token) -> dict[str, Any]:
    return {
        "permissions": {name: str(level) for name, level in token.permissions.items()},
        "because": {name: list(steps) for name, steps in token.because.items()},
    }


def _what(value: str) -> str:
    """What an unknown value depends on."""
    return ", ".join(origin.what for origin in origins(value))


def _data(value: Any) -> Any:
    if isinstance(value, str):
        return {"undecided": _what(value)} if is_unknown(value) else show_unknown(value)
    if isinstance(value, Mapping):
        return {key: _data(item) for key, item in value.items()}
    return [_data(item) for item in value] if isinstance(value, list) else value
