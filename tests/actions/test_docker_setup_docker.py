"""docker/setup-docker-action."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("inputs", "store"),
    [
        ({}, "containerd"),
        ({"version": "v28.5.1"}, "classic"),
        ({"version": "version=29.1"}, "containerd"),
        ({"version": "28", "daemon-config": '{"features": {"containerd-snapshotter": true}}'}, "containerd"),
        ({"daemon-config": '{"features": {"containerd-snapshotter": false}}'}, "classic"),
    ],
)
def test_the_image_store(use, inputs, store):
    """A new Docker has the containerd store; the daemon's configuration has the last word."""
    assert use("docker/setup-docker-action@v4", inputs=inputs).image_store == store


def test_a_broken_configuration(use):
    """It fails the step."""
    assert "Failed to parse daemon-config" in use("docker/setup-docker-action@v4", inputs={"daemon-config": "{"}).error
