from __future__ import annotations

import base64
import json

import pytest

from pytest_cicache.actionscache import ActionsCache, CacheGrant, scope_access
from pytest_cicache.permissions import CacheMode

MAIN, PULL = "refs/heads/main", "refs/pull/7/merge"


@pytest.mark.parametrize(
    ("writable", "readable", "mode", "shown"),
    [
        pytest.param((MAIN,), (MAIN,), CacheMode.WRITE, [f"{MAIN}: read/write"], id="push"),
        pytest.param((MAIN,), (MAIN,), CacheMode.READ, [f"{MAIN}: read"], id="a read-only token"),
        pytest.param(
            (PULL,), (PULL, MAIN), CacheMode.WRITE, [f"{PULL}: read/write", f"{MAIN}: read"], id="pull request"
        ),
        pytest.param((PULL,), (PULL, MAIN), CacheMode.READ, [f"{PULL}: read", f"{MAIN}: read"], id="reading only"),
        pytest.param((PULL,), (PULL, MAIN), CacheMode.WRITE_ONLY, [f"{PULL}: write"], id="write-only"),
        pytest.param((PULL,), (PULL, MAIN), CacheMode.NONE, [], id="none"),
        pytest.param((), (MAIN,), CacheMode.WRITE, [f"{MAIN}: read"], id="no scope of its own"),
    ],
)
def test_what_a_token_may(
    writable: tuple[str, ...], readable: tuple[str, ...], mode: CacheMode, shown: list[str]
) -> None:
    assert [str(item) for item in scope_access(writable=writable, readable=readable, mode=mode)] == shown


def test_a_grant_reads_its_own_scope_first() -> None:
    access = scope_access(writable=(PULL,), readable=(PULL, MAIN))

    grant = CacheGrant(job="build", access=access)

    assert (grant.readable, grant.writable) == ((PULL, MAIN), PULL)


def test_the_token_holds_the_scopes_as_clients_read_them() -> None:
    cache = ActionsCache(seed="s")

    token = cache.issue("build", scope_access(writable=(PULL,), readable=(PULL, MAIN)))

    header, claims, signature = token.split(".")
    read = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert json.loads(read["ac"]) == [{"Scope": PULL, "Permission": 3}, {"Scope": MAIN, "Permission": 1}]
    assert json.loads(base64.urlsafe_b64decode(header + "=="))["alg"] == "HS256"
    assert isinstance(read["exp"], int)
    assert read["nbf"] < read["exp"]
    assert signature


def test_tokens_differ_and_end() -> None:
    cache = ActionsCache(seed="s")
    access = scope_access(writable=(MAIN,), readable=(MAIN,))
    first, second = cache.issue("build", access), cache.issue("build", access)

    cache.revoke(first)

    assert first != second
    assert cache.granted(first) is None
    assert cache.granted(second) == CacheGrant(job="build", access=access)
