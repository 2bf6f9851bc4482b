from __future__ import annotations

import pytest

from pytest_cicache.observation import (
    BakeFileText,
    BuildRecord,
    CacheOperation,
    Operation,
    Result,
    placed,
)
from pytest_cicache.workflow import Step, read_workflow

HEAD = """\
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
"""
BUILD_AND_PUSH = """\
      - uses: docker/build-push-action@v6
        with:
          tags: |
            ghcr.io/o/app:latest
            ghcr.io/o/app:${{ github.sha }}
          cache-from: |
            type=registry,ref=ghcr.io/o/app:cache
            type=gha,scope=app
          cache-to: ${{ inputs.cache-to }}
"""
SCRIPT = """\
      - run: |
          docker login ghcr.io -u me -p x

          args=(--cache-from "type=registry,ref=$IMAGE:one")
          docker buildx build \\
            --cache-from=type=registry,ref=$IMAGE:two \\
            --tag "$IMAGE:latest" --push \\
            --cache-to type=registry,ref=${{ env.IMAGE }}:two,mode=max .
          docker push ghcr.io/o/other:1
"""
FOLDED = """\
      - run: >
          docker build
          --cache-to type=inline
          -t ghcr.io/o/app:1 .
"""
BAKE = """\
      - uses: docker/bake-action@v6
        with:
          set: |
            *.cache-to=type=registry,ref=ghcr.io/o/app:over,mode=max
"""
HCL = """\
target "app" {
  tags = ["${IMAGE}:latest"]
  cache-from = [
    "type=registry,ref=${name("x", "y")}:cache",
  ]
  cache-to = [{ type = "gha", scope = "app" }]
  args = { REF = "ghcr.io/o/app:cache" }
}
"""
COMPOSE = """\
services:
  app:
    build:
      cache_to:
        - type=registry,ref=ghcr.io/o/app:cache
      tags:
        - ghcr.io/o/app:1
"""


def step(text: str) -> Step:
    return read_workflow(HEAD + text, path=".github/workflows/ci.yml").jobs[0].steps[0]


def operation(kind: Operation, reference: str | None = None, **fields: object) -> CacheOperation:
    return CacheOperation(operation=kind, reference=reference, result=Result.OK, **{"type": "registry"} | fields)


def place(text: str, asked: CacheOperation, *bake: BakeFileText, **values: str) -> str:
    def resolve(written: str) -> str:
        for name, value in values.items():
            written = written.replace("${{ NAME }}".replace("NAME", name.replace("_", ".")), value)
        return written

    _, (found,) = placed([], [asked], step(text), bake, resolve)
    return found.where.removeprefix(".github/workflows/")


def gha(kind: Operation, scope: str) -> CacheOperation:
    return operation(kind, type="gha", cache_scope=scope, attributes={"scope": scope})


@pytest.mark.parametrize(
    ("text", "asked", "where"),
    [
        (BUILD_AND_PUSH, operation(Operation.IMPORT, "ghcr.io/o/app:cache"), "ci.yml:12:13"),
        (BUILD_AND_PUSH, gha(Operation.IMPORT, "app"), "ci.yml:13:13"),
        (BUILD_AND_PUSH, gha(Operation.IMPORT, "other"), "ci.yml:11:11"),
        (BUILD_AND_PUSH, operation(Operation.EXPORT, "ghcr.io/o/app:x"), "ci.yml:14:21"),
        (BUILD_AND_PUSH, operation(Operation.PUSH, "ghcr.io/o/app:latest"), "ci.yml:9:13"),
        (BUILD_AND_PUSH, operation(Operation.PUSH, "ghcr.io/o/app:abc"), "ci.yml:10:13"),
        (BUILD_AND_PUSH, operation(Operation.PULL, "alpine:3"), "ci.yml:6:15"),
        (SCRIPT, operation(Operation.LOGIN, "ghcr.io"), "ci.yml:7:11"),
        (SCRIPT, operation(Operation.IMPORT, "ghcr.io/o/app:one"), "ci.yml:9:17"),
        (SCRIPT, operation(Operation.IMPORT, "ghcr.io/o/app:two"), "ci.yml:11:13"),
        (SCRIPT, operation(Operation.PUSH, "ghcr.io/o/app:latest"), "ci.yml:12:13"),
        (
            SCRIPT,
            operation(Operation.EXPORT, "ghcr.io/o/app:two", attributes={"mode": "max"}),
            "ci.yml:13:13",
        ),
        (SCRIPT, operation(Operation.PUSH, "ghcr.io/o/other:1"), "ci.yml:14:11"),
        (SCRIPT, operation(Operation.PULL, "ghcr.io/o/other:1"), "ci.yml:10:11"),
        (FOLDED, operation(Operation.EXPORT, type="inline"), "ci.yml:8:11"),
        (FOLDED, operation(Operation.PUSH, "ghcr.io/o/app:1"), "ci.yml:9:11"),
        (FOLDED, operation(Operation.LOGIN, "ghcr.io"), "ci.yml:6:14"),
        (
            BAKE,
            operation(Operation.EXPORT, "ghcr.io/o/app:over", attributes={"mode": "max"}),
            "ci.yml:9:13",
        ),
    ],
)
def test_the_line_that_asked(text: str, asked: CacheOperation, where: str) -> None:
    assert place(text, asked) == where


def test_a_value_of_several_lines_keeps_the_line_of_its_expression() -> None:
    text = BUILD_AND_PUSH.replace("ghcr.io/o/app:${{ github.sha }}", "${{ steps.meta }}")
    tags = "ghcr.io/o/app:1\nghcr.io/o/app:2"

    assert place(text, operation(Operation.PUSH, "ghcr.io/o/app:2"), steps_meta=tags) == "ci.yml:10:13"


def test_expressions_that_are_known_tell_equal_lines_apart() -> None:
    text = BUILD_AND_PUSH.replace("ref=ghcr.io/o/app:cache", "ref=${{ env.one }}").replace(
        "type=gha,scope=app", "type=registry,ref=${{ env.two }}"
    )

    assert place(text, operation(Operation.IMPORT, "r/b:2"), env_one="r/a:1", env_two="r/b:2") == "ci.yml:13:13"


@pytest.mark.parametrize(
    ("path", "text", "asked", "where"),
    [
        ("docker-bake.hcl", HCL, operation(Operation.PUSH, "ghcr.io/o/app:latest"), "docker-bake.hcl:2:11"),
        ("docker-bake.hcl", HCL, operation(Operation.IMPORT, "ghcr.io/o/app:cache"), "docker-bake.hcl:4:5"),
        ("docker-bake.hcl", HCL, gha(Operation.EXPORT, "app"), "docker-bake.hcl:6:15"),
        ("compose.yml", COMPOSE, operation(Operation.EXPORT, "ghcr.io/o/app:cache"), "compose.yml:5:11"),
        ("compose.yml", COMPOSE, operation(Operation.PUSH, "ghcr.io/o/app:1"), "compose.yml:7:11"),
    ],
)
def test_the_line_of_a_bake_file(path: str, text: str, asked: CacheOperation, where: str) -> None:
    uses = "      - uses: docker/bake-action@v6\n"

    assert place(uses, asked, BakeFileText(path, text)) == where


def test_what_has_a_place_keeps_it() -> None:
    asked = operation(Operation.PUSH, "ghcr.io/o/app:latest", where="action.yml:3:5")

    assert place(BUILD_AND_PUSH, asked) == "action.yml:3:5"


def test_a_build_is_placed_by_the_command_that_is_most_like_it() -> None:
    text = """\
      - run: |
          docker build -f one.Dockerfile .
          docker build \\
            -f two.Dockerfile .
"""
    build = BuildRecord(dockerfile="two.Dockerfile", target=None, vertices=(), exit_code=0)

    (found,), _ = placed([build], [], step(text))

    assert found.where == ".github/workflows/ci.yml:8:11"
