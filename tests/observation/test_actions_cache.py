from __future__ import annotations

import pytest

from pytest_cicache.observation import (
    ActionsCacheRecord,
    CacheCall,
    CacheOperation,
    Operation,
    Result,
)
from pytest_cicache.observation._actions_cache import settled_in_actions_cache

MAIN, PULL = "refs/heads/main", "refs/pull/7/merge"


def asked(call: CacheCall, key: str, scope: str | None = None, message: str | None = None) -> ActionsCacheRecord:
    return ActionsCacheRecord(run=1, job="b", step="s", call=call, key=key, scope=scope, message=message, status=200)


def operation(kind: Operation, result: Result, scope: str = "app", type_: str = "gha") -> CacheOperation:
    return CacheOperation(operation=kind, type=type_, cache_scope=scope, result=result)


MISSED = asked(CacheCall.LOOK_UP, "index-app-1-f921bd05")
FOUND = asked(CacheCall.LOOK_UP, "index-app-1-f921bd05", MAIN)
OWN = asked(CacheCall.LOOK_UP, "index-app-1-3f31b38f", PULL)
OTHER = asked(CacheCall.LOOK_UP, "index-other-1-f921bd05", MAIN)
LONGER = asked(CacheCall.LOOK_UP, "index-app-1-1-f921bd05", MAIN)
NUMBERED = asked(CacheCall.LOOK_UP, "index-app-1-f921bd05#", MAIN)
BLOB = asked(CacheCall.FINISH, "buildkit-blob-1-sha256:1", PULL)
WROTE = asked(CacheCall.FINISH, "index-app-1-3f31b38f#2", PULL)


@pytest.mark.parametrize(
    ("kind", "result", "requests", "settled", "refs"),
    [
        (Operation.IMPORT, Result.MISS, [MISSED], Result.NOT_FOUND, ()),
        (Operation.IMPORT, Result.MISS, [FOUND], Result.MISS, (MAIN,)),
        (Operation.IMPORT, Result.HIT, [OWN, FOUND], Result.HIT, (MAIN, PULL)),
        (Operation.IMPORT, Result.MISS, [OTHER, LONGER, NUMBERED], Result.NOT_FOUND, ()),
        (Operation.IMPORT, Result.FAILED, [], Result.FAILED, ()),
        (Operation.EXPORT, Result.WRITTEN, [BLOB, WROTE], Result.WRITTEN, (PULL,)),
        (Operation.EXPORT, Result.UNKNOWN, [WROTE], Result.WRITTEN, (PULL,)),
        (Operation.EXPORT, Result.UNKNOWN, [BLOB], Result.UNKNOWN, ()),
        (Operation.EXPORT, Result.WRITTEN, [BLOB], Result.FAILED, ()),
        (Operation.EXPORT, Result.DENIED, [], Result.DENIED, ()),
    ],
)
def test_what_the_requests_tell(
    kind: Operation, result: Result, requests: list[ActionsCacheRecord], settled: Result, refs: tuple[str, ...]
) -> None:
    found = settled_in_actions_cache(operation(kind, result), requests)

    assert (found.result, found.refs) == (settled, refs)


def test_other_types_stay_as_they_are() -> None:
    registry = operation(Operation.IMPORT, Result.MISS, type_="registry")

    assert settled_in_actions_cache(registry, [FOUND]) is registry
