"""Permissions, their defaults, blocks, the check of calls."""

from __future__ import annotations

import pytest

from pytest_cicache.errors import UsageError
from pytest_cicache.permissions import (
    CALL_CHECK_ORDER,
    PERMISSIONS,
    AccessLevel,
    cap_violations,
    default_levels,
    default_maximum,
    expand,
    violation_text,
)

NONE, READ, WRITE = AccessLevel

TABLE = [
    # permission, permissive, restricted, most for a public fork
    ("actions", WRITE, NONE, READ),
    ("artifact-metadata", WRITE, NONE, READ),
    ("attestations", WRITE, NONE, READ),
    ("checks", WRITE, NONE, READ),
    ("contents", WRITE, READ, READ),
    ("deployments", WRITE, NONE, READ),
    ("discussions", WRITE, NONE, READ),
    ("id-token", NONE, NONE, NONE),
    ("issues", WRITE, NONE, READ),
    ("models", READ, NONE, NONE),
    ("packages", WRITE, READ, READ),
    ("pages", WRITE, NONE, READ),
    ("pull-requests", WRITE, NONE, READ),
    ("repository-projects", WRITE, NONE, READ),
    ("security-events", WRITE, NONE, READ),
    ("statuses", WRITE, NONE, READ),
    ("vulnerability-alerts", READ, NONE, READ),
]


@pytest.mark.parametrize(
    ("name", "permissive", "restricted", "fork"), [pytest.param(*row, id=f"TK-{row[0]}") for row in TABLE]
)
def test_permission_has_the_levels_of_the_table(
    name: str, permissive: AccessLevel, restricted: AccessLevel, fork: AccessLevel
) -> None:
    """GitHub's table of defaults and of the most a fork gets."""
    row = PERMISSIONS[name]

    assert (row.permissive, row.restricted, row.fork_maximum) == (permissive, restricted, fork)
    assert default_levels("write")[name] == permissive
    assert default_levels("read")[name] == restricted


def test_unsettled_permissions_say_so() -> None:
    """What no source settles is marked, and is none by default."""
    unsettled = {name for name, row in PERMISSIONS.items() if row.unverified}

    assert {"code-quality", "copilot-requests", "drives"} <= unsettled
    assert set(PERMISSIONS) - {name for name, *_ in TABLE} == {"code-quality", "copilot-requests", "drives"}


def test_levels_are_ordered() -> None:
    """none < read < write."""
    assert sorted([WRITE, NONE, READ]) == [NONE, READ, WRITE]
    assert max(READ, WRITE) is WRITE


@pytest.mark.parametrize(
    ("block", "name", "level"),
    [
        pytest.param("read-all", "contents", READ, id="TS-read-all"),
        pytest.param("read-all", "models", READ, id="TS-read-all-models"),
        pytest.param("read-all", "id-token", READ, id="R-conv-read-all-id-token"),
        pytest.param("read-all", "copilot-requests", NONE, id="read-all-without-read-level"),
        pytest.param("write-all", "packages", WRITE, id="TS-write-all"),
        pytest.param("write-all", "id-token", WRITE, id="TS-write-all-id-token"),
        pytest.param("write-all", "attestations", WRITE, id="TS-write-all-attestations"),
        pytest.param("write-all", "models", READ, id="R-P-write-all-models"),
        pytest.param("write-all", "vulnerability-alerts", READ, id="R-P-write-all-alerts"),
        pytest.param({}, "contents", NONE, id="TS-empty"),
        pytest.param({"packages": "write"}, "packages", WRITE, id="TS-listed"),
        pytest.param({"packages": "write"}, "contents", NONE, id="TS-not-listed"),
        pytest.param({"contents": "none"}, "contents", NONE, id="TS-none"),
        pytest.param({"id-token": "write"}, "id-token", WRITE, id="TS-id-token"),
    ],
)
def test_block_gives_every_permission_its_level(block: str | dict[str, str], name: str, level: AccessLevel) -> None:
    """What a `permissions:` value means."""
    levels = expand(block)

    assert levels[name] == level
    assert set(levels) == set(PERMISSIONS)


@pytest.mark.parametrize(
    ("block", "message"),
    [
        pytest.param("none", "Unexpected value 'none'", id="LS-none"),
        pytest.param("read", "Unexpected value 'read'", id="LS-read"),
        pytest.param("READ-ALL", "Unexpected value 'READ-ALL'", id="LS-case"),
        pytest.param({"models": "write"}, "Unexpected value 'write'", id="LS-models-write"),
        pytest.param({"vulnerability-alerts": "write"}, "Unexpected value 'write'", id="LS-alerts-write"),
        pytest.param({"id-token": "read"}, "Unexpected value 'read'", id="LS-id-token-read"),
        pytest.param({"contents": "READ"}, "Unexpected value 'READ'", id="LS-value-case"),
        pytest.param({"Contents": "read"}, "Unexpected value 'Contents'", id="LS-key-case"),
        pytest.param({"metadata": "read"}, "Unexpected value 'metadata'", id="LS-metadata"),
        pytest.param({"foo": "read"}, "Unexpected value 'foo'", id="LS-unknown"),
    ],
)
def test_block_that_github_refuses(block: str | dict[str, str], message: str) -> None:
    """A wrong block is refused with GitHub's words."""
    with pytest.raises(UsageError, match=message):
        expand(block)


def test_default_is_read_or_write() -> None:
    """A repository's default has two values."""
    with pytest.raises(UsageError, match="default permissions are 'read' or 'write', not 'none'"):
        default_levels("none")


@pytest.mark.parametrize(
    ("default", "trusted", "level"),
    [
        pytest.param("write", True, WRITE, id="R-perm-trusted"),
        pytest.param("write", False, NONE, id="R-perm-untrusted"),
        pytest.param("read", True, NONE, id="R-perm-restricted"),
    ],
)
def test_maximum_of_a_silent_caller(default: str, trusted: bool, level: AccessLevel) -> None:
    """Under the permissive default a trusted callee may ask for id-token: write."""
    assert default_maximum(default, trusted=trusted)["id-token"] == level


def test_violations_come_in_githubs_order() -> None:
    """Only what exceeds is listed, in the order of the parser's code."""
    requested = expand({"statuses": "write", "id-token": "write", "packages": "write", "contents": "read"})
    found = cap_violations(requested, default_maximum("read"))

    assert found == [("packages", WRITE, READ), ("statuses", WRITE, NONE), ("id-token", WRITE, NONE)]
    assert violation_text(found) == (
        "requesting 'packages: write, statuses: write, id-token: write', "
        "but is only allowed 'packages: read, statuses: none, id-token: none'"
    )


def test_read_all_asks_for_everything_in_order() -> None:
    """`read-all` under `permissions: {}` violates each permission once, id-token included."""
    found = cap_violations(expand("read-all"), expand({}))

    assert tuple(violation.permission for violation in found) == CALL_CHECK_ORDER
    assert {violation.requested for violation in found} == {READ}


@pytest.mark.parametrize(
    ("requested", "allowed"),
    [
        pytest.param("read-all", "read-all", id="same"),
        pytest.param("read-all", "write-all", id="less"),
        pytest.param({}, {}, id="nothing"),
        pytest.param({"code-quality": "write"}, {}, id="LS-not-in-the-parser's-list"),
    ],
)
def test_no_violation(requested: str | dict[str, str], allowed: str | dict[str, str]) -> None:
    """What is allowed, or not known to the check, is no violation."""
    assert cap_violations(expand(requested), expand(allowed)) == []
