"""What targets want beyond what is allowed, in the words of buildx."""

from __future__ import annotations

import posixpath

import pytest

from pytest_cicache.buildx.bake import BakeTarget, missing_rights
from pytest_cicache.buildx.bake._entries import BakeCache, BakeSecret, Export, Ssh


def wanted(target: BakeTarget, *allowed: str, **environment: str) -> list[str]:
    """The sentences, and the flags that would do."""
    lines = missing_rights(
        {"t": target},
        allowed,
        ("t",),
        directory="/w/sub",
        existing=lambda path: posixpath.normpath(posixpath.join("/w/sub", path)),
        environment=environment,
    )
    return [line for line in lines if line.startswith((" - ", "Pass ", "docker "))]


@pytest.mark.parametrize(
    ("target", "sentence", "flag"),
    [
        (
            BakeTarget(entitlements=("network.host",)),
            "Running build containers that can access host network",
            "network.host",
        ),
        (BakeTarget(context=".."), "Read access to path ..", "fs.read=.."),
        (BakeTarget(contexts={"a": "../out"}), "Read access to path ../out", "fs.read=../out"),
        (BakeTarget(secret=(BakeSecret("a", "/etc/x"),)), "Read access to path /etc/x", "fs.read=/etc/x"),
        (BakeTarget(dockerfile="../D"), "Read access to path ../D", "fs.read=../D"),
        (BakeTarget(ssh=(Ssh("default"),)), "Forwarding default SSH agent socket", "ssh"),
        (BakeTarget(output=(Export("local", {}, "../o"),)), "Write access to path ../o", "fs.write=../o"),
        (BakeTarget(cache_to=(BakeCache("local", {"dest": "/c"}),)), "Write access to path /c", "fs.write=/c"),
        (
            BakeTarget(context="../o", output=(Export("local", {}, "../o"),)),
            "Read and write access to path ../o",
            "fs=../o",
        ),
    ],
)
def test_what_is_asked_for(target: BakeTarget, sentence: str, flag: str) -> None:
    """Once, and not where it is allowed."""
    assert wanted(target) == [
        f" - {sentence}",
        f'Pass "--allow={flag}" to grant requested privileges.',
        f"docker buildx bake --allow={flag} t",
    ]
    assert wanted(target, flag) == []


@pytest.mark.parametrize(
    "target",
    [
        BakeTarget(context="x", output=(Export("local", {}, "o"), Export("oci", {}, "-"))),
        BakeTarget(context="https://github.com/o/r.git", contexts={"a": "docker-image://x", "b": "target:c"}),
        BakeTarget(secret=(BakeSecret("a", "", "ENV"),)),
    ],
)
def test_what_needs_no_right(target: BakeTarget) -> None:
    """The working directory and what is not on disk."""
    assert wanted(target) == []


def test_checks_of_files_can_be_switched_off() -> None:
    """By the variable that buildx names, or for all paths."""
    assert wanted(BakeTarget(context=".."), BUILDX_BAKE_ENTITLEMENTS_FS="0") == []
    assert wanted(BakeTarget(context=".."), "fs=*") == []
    assert len(wanted(BakeTarget(entitlements=("security.insecure",)), BUILDX_BAKE_ENTITLEMENTS_FS="0")) == 3
