"""Resource scopes of registry tokens."""

from __future__ import annotations

import pytest

from pytest_cicache.errors import UsageError
from pytest_cicache.oci import ResourceScope


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        pytest.param("repository:o/p:pull,push", ResourceScope("repository", "o/p", ("pull", "push")), id="push"),
        pytest.param("registry:catalog:*", ResourceScope("registry", "catalog", ("*",)), id="catalog"),
        pytest.param(
            "repository:localhost:5000/x:pull",
            ResourceScope("repository", "localhost:5000/x", ("pull",)),
            id="a name with a port",
        ),
        pytest.param("repository:o/p:", ResourceScope("repository", "o/p", ()), id="no verb"),
    ],
)
def test_a_scope_is_read_and_printed(text: str, scope: ResourceScope) -> None:
    """Parsing and printing are inverse."""
    assert ResourceScope.parse(text) == scope
    assert str(scope) == text


@pytest.mark.parametrize("text", ["", "repository", "repository:x", ":x:pull", "repository::pull"])
def test_a_malformed_scope_is_refused(text: str) -> None:
    """The message quotes the text and says how to write one."""
    with pytest.raises(UsageError, match=f"invalid resource scope '{text}': write it as type:name:verb"):
        ResourceScope.parse(text)


@pytest.mark.parametrize(
    ("held", "asked", "covers"),
    [
        pytest.param("repository:a:pull,push", "repository:a:pull", True, id="more than asked"),
        pytest.param("repository:a:pull", "repository:a:pull,push", False, id="less than asked"),
        pytest.param("repository:a:*", "repository:a:delete", True, id="everything"),
        pytest.param("repository:a:pull", "repository:b:pull", False, id="another name"),
        pytest.param("registry:a:pull", "repository:a:pull", False, id="another type"),
    ],
)
def test_a_scope_covers_what_it_holds(held: str, asked: str, covers: bool) -> None:
    """Type, name and every verb must be there."""
    assert ResourceScope.parse(held).covers(ResourceScope.parse(asked)) is covers
