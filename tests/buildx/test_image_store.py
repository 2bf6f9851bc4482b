"""What the image store of the runner's Docker decides."""

from __future__ import annotations

import pytest

from pytest_cicache.buildx import ImageStore, parse_build, refused_by_store

TWO = "--platform linux/amd64,linux/arm64"
CACHE = "--cache-to type=registry,ref=ghcr.io/o/p:c"


@pytest.mark.parametrize(
    ("text", "driver", "words"),
    [
        pytest.param(
            f"{TWO} --load", "docker-container", "does not currently support exporting manifest lists", id="load"
        ),
        pytest.param(f"{TWO} -o type=docker,dest=x", "docker-container", "use the oci exporter instead", id="archive"),
        pytest.param(TWO, "docker", "Multi-platform build is not supported for the docker driver.", id="platforms"),
        pytest.param(CACHE, "docker", "Cache export is not supported for the docker driver.", id="export"),
        pytest.param("--cache-to type=inline", "docker", None, id="inline"),
        pytest.param("--load --platform linux/arm64", "docker-container", None, id="one platform"),
        pytest.param(f"{TWO} -o type=oci,dest=x", "docker-container", None, id="oci"),
        pytest.param(f"{TWO} {CACHE}", "docker-container", None, id="nothing loaded"),
    ],
)
def test_the_classic_store(text: str, driver: str, words: str | None) -> None:
    """It holds no lists of images, and its BuildKit exports no caches; the containerd store does all of it."""
    request = parse_build(f"buildx build {text} .".split(), environment={})
    refusal = refused_by_store(request, driver, ImageStore.CLASSIC)

    assert refusal is None if words is None else words in (refusal or "")
    assert refused_by_store(request, driver, ImageStore.CONTAINERD) is None
