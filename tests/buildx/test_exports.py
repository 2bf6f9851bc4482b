"""Outputs, tags, `--push` and `--load`, put together as buildx does."""

from __future__ import annotations

import pytest

from pytest_cicache.buildkit import Output
from pytest_cicache.buildx import exports_of, parse_build, pushes_of
from pytest_cicache.errors import DockerfileError

DIGEST = "type=image,push-by-digest=true,name-canonical=true"


def parse(text):
    return parse_build(f"buildx build {text} .".split(), environment={})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("-t a:1", [], id="a tag alone"),
        pytest.param("-t a:1 --push", [("image", {"push": "true", "name": "docker.io/library/a:1"})], id="push"),
        pytest.param("-t a:1 --load", [("docker", {"name": "docker.io/library/a:1"})], id="load"),
        pytest.param(
            "-t a:1 -t b --push",
            [("image", {"push": "true", "name": "docker.io/library/a:1,docker.io/library/b"})],
            id="several tags",
        ),
        pytest.param("-o type=registry,name=a", [("image", {"name": "a", "push": "true"})], id="registry"),
        pytest.param(
            "-o type=image,name=a,push=false --push", [("image", {"name": "a", "push": "true"})], id="push wins"
        ),
        pytest.param(
            "-t b:2 -o type=image,name=a,push=true",
            [("image", {"name": "docker.io/library/b:2", "push": "true"})],
            id="tags win over names",
        ),
        pytest.param(
            "-t a:1 -o type=oci,dest=x --push",
            [
                ("oci", {"dest": "x", "name": "docker.io/library/a:1"}),
                ("image", {"push": "true", "name": "docker.io/library/a:1"}),
            ],
            id="another output",
        ),
        pytest.param("-o out", [("local", {"dest": "out"})], id="files"),
    ],
)
def test_exports(text, expected):
    """What BuildKit is asked for."""
    assert exports_of(parse(text)) == tuple(Output(type=kind, attributes=values) for kind, values in expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("--push -t ghcr.io/o/p", {"ghcr.io/o/p:latest": False}),
        (f"-t ghcr.io/o/p -o {DIGEST},push=true", {"ghcr.io/o/p": True}),
        (f"--push -o {DIGEST},name=ghcr.io/o/p", {"ghcr.io/o/p": True}),
        (f"-t ghcr.io/o/p -o {DIGEST},push=false", {}),
        ("-o type=image,name=ghcr.io/o/p:1", {}),
    ],
)
def test_pushes(text, expected):
    """Which references are pushed, and whether by digest."""
    assert pushes_of(parse(text)) == expected


@pytest.mark.parametrize("text", ["--push", "-o type=registry", f"--push -o {DIGEST}", "--push -o type=oci,dest=x"])
def test_a_push_of_nothing(text):
    """In buildx's words."""
    with pytest.raises(DockerfileError, match=r"^failed to build: tag is needed when pushing to registry$"):
        parse(text)
