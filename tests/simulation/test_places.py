"""Where in a repository's files stands what a run did."""

from __future__ import annotations

from textwrap import dedent

CI = """\
on: push
jobs:
  call:
    permissions: {packages: write}
    uses: ./.github/workflows/called.yml
"""
CALLED = """\
on: workflow_call
jobs:
  build:
    runs-on: ubuntu-latest
    env: {IMAGE: ghcr.io/octo/app}
    steps:
      - uses: actions/checkout@v7
      - uses: ./build
      - run: |
          echo first

          docker buildx build --cache-from type=registry,ref=$IMAGE:one \\
            --cache-from type=registry,ref=${{ env.IMAGE }}:two .
      - uses: docker/bake-action@v7
        with: {source: ., set: "*.platform=linux/amd64"}
"""
ACTION = """\
runs:
  using: composite
  steps:
    - uses: docker/login-action@v4
      with: {registry: ghcr.io, username: me, password: "${{ github.token }}"}
    - uses: docker/setup-buildx-action@v4
    - uses: docker/build-push-action@v7
      with:
        context: .
        cache-to: type=registry,ref=ghcr.io/octo/app:cache
"""
BAKE = """\
target "default" {
  dockerfile = "Dockerfile"
  cache-to   = ["type=registry,ref=ghcr.io/octo/app:bake"]
}
"""


def test_called_workflows_composite_actions_scripts_and_bake_files(simulation):
    for path, text in {"ci.yml": CI, "called.yml": CALLED}.items():
        simulation.write(f".github/workflows/{path}", dedent(text))
    simulation.write("build/action.yml", ACTION)
    simulation.write("docker-bake.hcl", BAKE)

    run = simulation.run("ci.yml", "push:branch=main")

    assert run.error is None
    called = ".github/workflows/called.yml"
    assert run.jobs[0].where == f"{called}:3:3"
    assert [step.where for step in run.jobs[0].steps[-2:]] == [f"{called}:9:9", f"{called}:14:9"]
    assert [build.where for build in run.builds] == ["build/action.yml:7:13", f"{called}:12:11", f"{called}:14:15"]
    assert [(str(item.operation), item.where) for item in run.operations] == [
        ("login", "build/action.yml:5:24"),
        ("export", "build/action.yml:10:19"),
        ("import", f"{called}:12:31"),
        ("import", f"{called}:13:13"),
        ("export", "docker-bake.hcl:3:17"),
    ]
    assert [item.where for build in run.builds for item in build.operations] == [
        item.where for item in run.operations[1:]
    ]
