"""Platform names and sizes, as containerd and go-units read them."""

from __future__ import annotations

import pytest

from pytest_cicache.dockerfile import Platform
from pytest_cicache.dockerfile._sizes import parse_size, parse_ulimit


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("linux/amd64", "linux/amd64"),
        ("Linux/AMD64", "linux/amd64"),
        ("linux/x86_64", "linux/amd64"),
        ("linux/amd64/v1", "linux/amd64"),
        ("linux/aarch64", "linux/arm64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/arm/6", "linux/arm/v6"),
        ("armhf", "linux/arm/v7"),
        ("arm64", "linux/arm64"),
        ("local", "linux/amd64"),
        ("windows", "windows/amd64"),
        ("macos", "darwin/amd64"),
        ("macos/arm64", "darwin/arm64"),
    ],
)
def test_platforms(text: str, expected: str) -> None:
    """Short forms and aliases have one canonical text."""
    assert str(Platform.parse(text)) == expected


@pytest.mark.parametrize("text", ["", "a/b/c/d", "linux/", "linux/a b", "nothing"])
def test_no_platform(text: str) -> None:
    """With containerd's words."""
    with pytest.raises(ValueError, match="invalid argument"):
        Platform.parse(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0", 0), ("12", 12), ("1k", 1024), ("1KiB", 1024), ("64m", 64 << 20), ("1.5gb", 3 << 29), ("2 b", 2)],
)
def test_sizes(text: str, expected: int) -> None:
    """Units are powers of 1024."""
    assert parse_size(text) == expected


@pytest.mark.parametrize(("text", "message"), [("x", "invalid size: 'x'"), ("1y", "invalid suffix: 'y'")])
def test_no_size(text: str, message: str) -> None:
    """With go-units' words."""
    with pytest.raises(ValueError, match=message):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("nofile", "invalid ulimit argument: nofile", id="no-limit"),
        pytest.param("foo=1", "invalid ulimit type: foo", id="type"),
        pytest.param("nofile=1:2:3", "too many limit value arguments - 1:2:3", id="too-many"),
        pytest.param("nofile=x", 'parsing "x": invalid syntax', id="number"),
        pytest.param("nofile=3:2", "ulimit soft limit must be less than or equal to hard limit: 3 > 2", id="order"),
    ],
)
def test_no_ulimit(text: str, message: str) -> None:
    """With go-units' words."""
    with pytest.raises(ValueError, match=message):
        parse_ulimit(text)
