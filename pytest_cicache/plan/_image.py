"""What a job's labels say of its runner: GitHub's own images name themselves, others do not.

Labels: https://docs.github.com/en/actions/reference/runners/github-hosted-runners; variables:
https://github.com/actions/runner-images (images/ubuntu/scripts/build/configure-environment.sh).
"""

from __future__ import annotations

from collections import abc

__all__ = ["image_variables", "runner_facts"]

_IMAGES = {
    "ubuntu-latest": "ubuntu24",
    "ubuntu-24.04": "ubuntu24",
    "ubuntu-22.04": "ubuntu22",
    "ubuntu-20.04": "ubuntu20",
}
_ARM = "-arm"


def image_variables(labels: abc.Sequence[str]) -> dict[str, str]:
    """The variables of the image that the first label with one names; none for other runners."""
    names = (_IMAGES.get(label.lower().removesuffix(_ARM)) for label in labels)
    image = next(filter(None, names), None)
    if image is None:
        return {}
    return {"ACCEPT_EULA": "Y", "DEBIAN_FRONTEND": "noninteractive", "ImageOS": image, "RUNNER_USER": "runner"}


def runner_facts(labels: abc.Sequence[str]) -> dict[str, str]:
    """Where the `runner` context is another than that of a hosted runner with an x64 processor."""
    lower = [label.lower() for label in labels]
    facts = {}
    if any(label.endswith(_ARM) or label in ("arm", "arm64") for label in lower):
        facts["arch"] = "ARM64"
    if "self-hosted" in lower:
        facts["environment"] = "self-hosted"
    return facts
