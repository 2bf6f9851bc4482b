"""What labels say of a runner."""

from __future__ import annotations

import pytest

from pytest_cicache.plan._image import image_variables, runner_facts


@pytest.mark.parametrize(
    ("labels", "image"),
    [
        (["ubuntu-latest"], "ubuntu24"),
        (["ubuntu-24.04"], "ubuntu24"),
        (["Ubuntu-22.04"], "ubuntu22"),
        (["ubuntu-24.04-arm"], "ubuntu24"),
        (["self-hosted", "linux"], None),
        (["ubuntu-latest-8-cores"], None),
        ([], None),
    ],
)
def test_githubs_images_name_themselves(labels, image):
    """By `ImageOS`; larger and own runners are what their owners make them."""
    assert image_variables(labels).get("ImageOS") == image


@pytest.mark.parametrize(
    ("labels", "facts"),
    [
        (["ubuntu-latest"], {}),
        (["ubuntu-22.04-arm"], {"arch": "ARM64"}),
        (["self-hosted", "ARM64"], {"arch": "ARM64", "environment": "self-hosted"}),
        (["self-hosted", "x64"], {"environment": "self-hosted"}),
    ],
)
def test_the_runner_context_follows_the_labels(labels, facts):
    """The processor, and whose machine it is."""
    assert runner_facts(labels) == facts
