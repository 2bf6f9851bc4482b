"""Sizes and limits as the docker command line writes them (go-units)."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Ulimit", "parse_size", "parse_ulimit"]

_POWERS = {"": 0, "b": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_LIMITS = {
    "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice",
    "nofile", "nproc", "rss", "rtprio", "rttime", "sigpending", "stack",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Ulimit:
    """One `--ulimit`, both limits as numbers."""

    name: str
    soft: int
    hard: int


def parse_size(text: str) -> int:
    """`64m`, `1.5GiB`, `2048` in bytes. Raises ValueError in go-units' words."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?) ?([a-zA-Z]*)", text)
    if match is None:
        raise ValueError(f"invalid size: '{text}'")
    suffix = match[2].lower()
    unit = suffix.removesuffix("ib") if suffix.endswith("ib") else suffix.removesuffix("b")
    if unit not in _POWERS:
        raise ValueError(f"invalid suffix: '{match[2]}'")
    return int(float(match[1]) * 1024 ** _POWERS[unit])


def parse_ulimit(text: str) -> Ulimit:
    """`nofile=1024:2048`, or one number for both. Raises ValueError in go-units' words."""
    name, equals, limits = text.partition("=")
    if not equals:
        raise ValueError(f"invalid ulimit argument: {text}")
    if name not in _LIMITS:
        raise ValueError(f"invalid ulimit type: {name}")
    numbers = limits.split(":")
    if len(numbers) > 2:
        raise ValueError(f"too many limit value arguments - {limits}, can only have up to two, `soft[:hard]`")
    values = [_limit(number) for number in numbers]
    soft, hard = values[0], values[-1]
    if hard != -1 and (soft == -1 or soft > hard):
        raise ValueError(f"ulimit soft limit must be less than or equal to hard limit: {soft} > {hard}")
    return Ulimit(name=name, soft=soft, hard=hard)


def _limit(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None
