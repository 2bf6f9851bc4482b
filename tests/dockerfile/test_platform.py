"""Platform names and sizes, as containerd and go-units read them."""

from __future__ import annotations

import pytest

from pytest_cicache.dockerfile import Platform, parse_platforms
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


OS = (
    r'OSAndVersion specifier component must match "^([A-Za-z0-9_-]+)'
    r'(?:\\(([A-Za-z0-9_.%-]*)((?:\\+[A-Za-z0-9_.%-]+)*)\\))?$"'
)
COMPONENT = 'platform specifier component must match "^[A-Za-z0-9_.-]+$"'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", f'"" is an invalid OS component of "": {OS}'),
        (" linux/arm64", f'" linux" is an invalid OS component of " linux/arm64": {OS}'),
        ("li.nux/amd64", f'"li.nux" is an invalid OS component of "li.nux/amd64": {OS}'),
        ("linux/", f'"" is an invalid component of "linux/": {COMPONENT}'),
        ("linux/arm/v 7", f'"v 7" is an invalid component of "linux/arm/v 7": {COMPONENT}'),
        ("a/b/c/d", '"a/b/c/d": cannot parse platform specifier'),
        ("nothing", '"nothing": unknown operating system or architecture'),
    ],
)
def test_no_platform(text: str, words: str) -> None:
    """In containerd's words, as buildx 0.29.1 prints them."""
    with pytest.raises(ValueError, match="invalid argument") as refusal:
        Platform.parse(text)
    assert str(refusal.value) == f"{words}: invalid argument"


def test_lists_of_platforms() -> None:
    """Commas part them, also inside of one that a bake file or `--set` gives; a space belongs to a name."""
    assert list(map(str, parse_platforms(["linux/amd64,linux(1.2)/arm64", "arm64"]))) == ["linux/amd64", "linux/arm64"]
    with pytest.raises(ValueError, match='" linux" is an invalid OS component'):
        parse_platforms(["linux/amd64, linux/arm64"])


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
