"""Why an assertion on a run failed: what it was about is told by what it has evaluated, else by its text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pytest_cicache.errors import UsageError
from pytest_cicache.observation import Asked, JobResult, Run, RunQuestion, StepResult
from pytest_cicache.permissions import Token
from pytest_cicache.reporting import Headline, headline, part_headline, token_headline

if TYPE_CHECKING:
    from types import FrameType

    import pytest

__all__ = ["reason_of"]

# What a rewritten assertion has evaluated so far stays in variables of such names until it has passed
# (pytest, src/_pytest/assertion/rewrite.py).
_EVALUATED = "@py_assert"
_MEMBER = re.compile(r"\b([A-Za-z_]\w*)((?:\.[A-Za-z_]\w*)+)")
_WORD = re.compile(r"\w+")
_Reason = tuple[Run | None, Headline | None]


def reason_of(excinfo: pytest.ExceptionInfo[BaseException], runs: Sequence[Run]) -> _Reason:
    """The run that a failed assertion asked, one of these `runs`, and why the answer is what it is."""
    if not isinstance(excinfo.value, AssertionError):
        return None, None
    for entry in reversed(excinfo.traceback):
        frame, statement = entry.frame.raw, str(entry.statement)
        evaluated = _evaluated(frame)
        for found in (_answered(evaluated), *_named(frame, statement, evaluated, runs)):
            if found != (None, None):
                return found
    return None, None


def _evaluated(frame: FrameType) -> list[Any]:
    """What the assertion that failed in a frame has evaluated, the last first."""
    found = {name: value for name, value in frame.f_locals.items() if name.startswith(_EVALUATED) and value is not None}
    return [found[name] for name in sorted(found, key=_number, reverse=True)]


def _number(name: str) -> int:
    digits = name.removeprefix(_EVALUATED)
    return int(digits) if digits.isdecimal() else -1


def _answered(evaluated: Sequence[Any]) -> _Reason:
    """The reason by an answer that knows what was asked."""
    asked: Asked | None = next(filter(None, (getattr(value, "asked", None) for value in evaluated)), None)
    if asked is None:
        return None, None
    expected = next((value for value in evaluated if getattr(value, "asked", None) is not asked), None)
    return asked.run, headline(asked, expected)


def _named(frame: FrameType, statement: str, evaluated: Sequence[Any], runs: Sequence[Run]) -> Iterator[_Reason]:
    """The reasons by what an assertion has made of answers, or names: a job, a step, a token, a run."""
    if "assert" not in statement:
        return
    words = _WORD.findall(statement)
    for value in evaluated:
        yield _of(value, words, runs)
    for name, members in _MEMBER.findall(statement):
        yield _of(frame.f_locals.get(name), _WORD.findall(members), runs)


def _of(value: object, words: Sequence[str], runs: Sequence[Run]) -> _Reason:
    match value:
        case JobResult() | StepResult():
            found = ((run, why) for run in reversed(runs) if (why := part_headline(run, value)) is not None)
            return next(found, (None, None))
        case Token():
            told = ((run, why) for run in reversed(runs) if (why := token_headline(run, value, words)) is not None)
            return next(told, (None, None))
        case Run() if "token" in words:
            return value, _of_token(value, words)
        case Run():
            question = next((word for word in words if word in set(RunQuestion)), None)
            return (None, None) if question is None else (value, headline(Asked(value, RunQuestion(question))))
    return None, None


def _of_token(run: Run, words: Sequence[str]) -> Headline | None:
    try:
        return token_headline(run, run.token, words)
    except UsageError:
        return None
