"""Actions that install tools."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("uses", "inputs", "known", "unknown"),
    [
        ("actions/setup-python@v6", {"python-version": "3.12.4"}, {"python-version": "3.12.4"}, "cache-hit"),
        ("actions/setup-python@v6", {"python-version": "3.12"}, {}, "python-version"),
        ("actions/setup-node@v6", {"node-version": "20.1.0"}, {"node-version": "v20.1.0"}, "cache-hit"),
        ("actions/setup-go@v6", {"go-version": "stable"}, {}, "go-version"),
        ("actions/setup-java@v5", {"distribution": "temurin"}, {"distribution": "temurin"}, "version"),
        ("gradle/actions/setup-gradle@v5", {}, {}, "gradle-version"),
    ],
)
def test_versions(use, uses, inputs, known, unknown):
    """An exact version is the one installed; nobody knows what another word leads to."""
    effect = use(uses, inputs=inputs)

    assert effect.outputs == known
    assert unknown in effect.unknown
    assert "its commands are stubbed" in effect.note
