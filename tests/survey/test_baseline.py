"""The file of a baseline: what is none is refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_cicache.errors import UsageError
from pytest_cicache.survey import read_baseline, write_baseline

CONDUCTS = {"ci.yml": {"pr": {"run": "success"}}}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """And no part of it is left beside it."""
    write_baseline(tmp_path / "cache.json", CONDUCTS)

    assert read_baseline(tmp_path / "cache.json") == CONDUCTS
    assert [file.name for file in tmp_path.iterdir()] == ["cache.json"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cache.json:1:2: the baseline is no JSON: "),
        ("[]", "cache.json' is of version 'None', not 'pytest-cicache/baseline/1'; write it anew"),
        ('{"version": "pytest-cicache/baseline/1"}', "does not hold the behaviour of workflows; write it anew"),
        ('{"version": "pytest-cicache/baseline/1", "workflows": {"ci.yml": {"pr": 3}}}', "does not hold the behaviour"),
        ('{"version": "pytest-cicache/baseline/1", "workflows": {"ci.yml": []}}', "does not hold the behaviour"),
    ],
)
def test_what_is_no_baseline_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """With what is wrong."""
    (tmp_path / "cache.json").write_text(text)

    with pytest.raises(UsageError, match=message):
        read_baseline(tmp_path / "cache.json")
