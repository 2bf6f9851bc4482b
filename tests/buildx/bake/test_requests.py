"""Builds out of the targets of a bake file."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from pytest_cicache.buildkit import BuildRequest
from pytest_cicache.buildx.bake import BakeDefinition, BakeError, build_order, target_request

FULL = """
target "base" { context = "base" }
target "app" {
  context = "./src/"
  contexts = { root = "target:base", docs = "cwd://docs/", dropped = "" }
  dockerfile = "App.Dockerfile"
  args = { A = "1", N = null }
  labels = { "x.y" = "z" }
  tags = ["ghcr.io/octo-org/app:main"]
  cache-from = ["ghcr.io/octo-org/app:cache", "type=registry,ref=ghcr.io/octo-org/app:other"]
  cache-to = ["type=registry,ref=ghcr.io/octo-org/app:cache,mode=max"]
  target = "prod"
  platforms = ["linux/amd64", "linux/arm64"]
  output = ["type=registry"]
  attest = ["type=provenance,mode=max", "type=sbom,disabled=true"]
  secret = ["id=token,env=TOKEN"]
  pull = true
  no-cache = true
}
group "default" { targets = ["app"] }
"""


@pytest.fixture
def requests(bake: Callable[..., BakeDefinition]) -> Callable[..., Mapping[str, BuildRequest]]:
    """The builds of a bake file, by target."""

    def run(text: str, *words: str, **more: Mapping[str, str]) -> Mapping[str, BuildRequest]:
        targets = bake(text, *words, **more).targets
        return {name: target_request(name, targets, {}, builder="b") for name in build_order(targets)}

    return run


def test_a_build_has_what_its_target_says(requests: Callable[..., Mapping[str, BuildRequest]]) -> None:
    """Every field that means something to a build."""
    found = requests(FULL)
    app = found["app"]

    assert list(found) == ["base", "app"]
    assert (app.bake_target, app.builder, app.argv) == ("app", "b", ("buildx", "bake", "app"))
    assert (app.context, app.dockerfile, app.target) == ("src", "src/App.Dockerfile", "prod")
    assert app.build_args == {"A": "1"}
    assert app.tags == ("ghcr.io/octo-org/app:main",)
    assert app.platforms == ("linux/amd64", "linux/arm64")
    assert [cache.attributes["ref"] for cache in app.cache_from] == [
        "ghcr.io/octo-org/app:cache",
        "ghcr.io/octo-org/app:other",
    ]
    assert app.links["base"].context == "base"
    assert app.build_contexts["docs"] == "docs"


def test_an_inline_dockerfile_goes_along(requests: Callable[..., Mapping[str, BuildRequest]]) -> None:
    """The text is the build's."""
    found = requests('target "default" { dockerfile-inline = "FROM scratch" }')

    assert found["default"].dockerfile_text == "FROM scratch"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('context = "-"', "context from stdin not allowed in bake"),
        ('dockerfile = "-"', "dockerfile from stdin not allowed in bake"),
        ('output = ["type=local"]', "dest is required for local exporter"),
        ('shm-size = "much"', "invalid value much for membytes key shm-size"),
        ('secret = ["id=a,src=nosuch"]', "failed to stat nosuch: stat nosuch: no such file or directory"),
        (
            'ssh = ["default"]',
            "failed to convert agent config {default [] false}: invalid empty ssh agent socket: make sure SSH_AUTH_SOCK"
            " is set",
        ),
        (
            'ssh = ["key=nosuch"]',
            'failed to convert agent config {key [nosuch] false}: failed to convert agent config for ID: "key": stat '
            "nosuch: no such file or directory",
        ),
    ],
)
def test_what_no_build_can_be(bake: Callable[..., BakeDefinition], body: str, words: str) -> None:
    """In the words of the real command."""
    with pytest.raises(BakeError) as caught:
        bake(f'target "default" {{\n  {body}\n}}\n')

    assert words in caught.value.printed
