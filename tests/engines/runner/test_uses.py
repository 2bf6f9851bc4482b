"""Known actions carried out, stand-ins, and actions that are not known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_cicache.engines import Docker
from pytest_cicache.observation import BuildRecord, StepMode

LOGIN = """
- id: login
  uses: docker/login-action@v4
  with:
    registry: ghcr.io
    username: ${{ github.actor }}
    password: ${{ secrets.GITHUB_TOKEN }}
"""
CHECKOUT = "- uses: actions/checkout@v7\n"
BUILDX = "- id: buildx\n  uses: docker/setup-buildx-action@v4\n"


def test_checkout_lays_the_commit_out(bench):
    """The workspace is emptied first and then holds the commit."""
    bench.files = {"a/b": "text"}
    job = bench.job("- run: touch old\n- id: it\n  uses: actions/checkout@v7\n- run: test ! -e old && grep text a/b")

    assert job.conclusion == "success"
    assert job.step("it").mode is StepMode.EMULATED


def test_checkout_without_clean_keeps_files(bench):
    """`clean: false` leaves what is there."""
    job = bench.job("- run: touch old\n- uses: actions/checkout@v7\n  with: {clean: false}\n- run: test -e old")

    assert job.conclusion == "success"


@pytest.mark.parametrize(
    ("keys", "field", "value"),
    [
        ("ref: v1.2", "ref", "v1.2"),
        ("path: sub/dir", "path", "sub/dir"),
        ("fetch-depth: 0", "depth", 0),
    ],
)
def test_checkout_passes_its_inputs_on(bench, keys, field, value):
    """What the action asks for reaches the world."""
    job = bench.job(
        f"- uses: actions/checkout@v7\n  with: {{{keys}}}\n- run: test -e {value}/.git || test {field} != path"
    )

    assert getattr(bench.checked_out[0], field) == value
    assert job.conclusion == "success"


def test_checkout_of_a_ref_that_is_nowhere_fails_the_step(bench):
    """The step fails with git's words, the run goes on."""
    job = bench.job("- id: it\n  uses: actions/checkout@v7\n  with: {ref: nowhere}\n- if: failure()\n  run: 'true'")

    assert job.step("it").error == "A branch or tag with the name 'nowhere' could not be found"


def test_a_login_reaches_the_build(bench):
    """login-action's login is what a later build finds; the password shows nowhere."""
    job = bench.job(f"{LOGIN}{BUILDX}- run: docker buildx build .\n")

    assert bench.builder.places[0].credential[1].startswith("ghcr.io=maintainer:ghs_")
    assert job.step("login").log == (
        "Run docker/login-action@v4",
        "Logging into ghcr.io...",
        "Login Succeeded!",
    )


def test_a_denied_login_fails_with_dockers_words(bench):
    """The trimmed stderr of docker is the error."""
    job = bench.job(LOGIN.replace("${{ secrets.GITHUB_TOKEN }}", "wrong"))

    assert job.step("login").error == 'Error response from daemon: Get "https://ghcr.io/v2/": denied: denied'
    assert job.conclusion == "failure"


def test_a_builder_is_used_and_removed(bench):
    """setup-buildx-action makes the current builder, gives its outputs, and removes it at the end."""
    job = bench.job(
        f"""{BUILDX}- run: docker buildx inspect "${{{{ steps.buildx.outputs.name }}}}"
- run: docker buildx build --cache-to type=gha .
"""
    )

    assert job.conclusion == "success"
    assert job.step("buildx").outputs["driver"] == "docker-container"
    assert bench.docker.driver() == "docker"


def test_two_builders_have_two_names(bench):
    """The name is different for each use of the action, also inside composite actions."""
    job = bench.job(BUILDX + BUILDX.replace("id: buildx", "id: second"))

    assert job.step("buildx").outputs["name"] != job.step("second").outputs["name"]


def test_post_steps_run_backwards_even_after_a_failure(bench, monkeypatch):
    """What was set up last is cleaned up first."""
    seen = []
    carry_out = Docker.__call__

    async def watched(self, call):
        seen.append(" ".join(call.arguments[:2]))
        return await carry_out(self, call)

    monkeypatch.setattr(Docker, "__call__", watched)
    job = bench.job(f"{LOGIN}{BUILDX}- run: 'false'\n")

    assert job.conclusion == "failure"
    assert seen[-2:] == ["buildx rm", "logout ghcr.io"]


def test_build_push_action(bench):
    """The command line is the action's, and outputs come from the files the build wrote."""
    metadata = {"containerimage.digest": "sha256:d", "containerimage.config.digest": "sha256:c"}
    bench.builder.answer = BuildRecord(
        dockerfile="Dockerfile", target=None, vertices=(), operations=(), exit_code=0, metadata=metadata
    )
    job = bench.job(
        f"""{BUILDX}- id: it
  uses: docker/build-push-action@v7
  with:
    context: .
    push: true
    tags: |
      ghcr.io/octo/app:a
      ghcr.io/octo/app:b
    cache-to: type=registry,ref=ghcr.io/octo/app:cache,mode=max
    secrets: |
      key=value-of-secret
"""
    )

    request = bench.builder.requests[0]
    assert request.tags == ("ghcr.io/octo/app:a", "ghcr.io/octo/app:b")
    assert request.push
    assert request.attestations[0].startswith(
        "type=provenance,mode=max,builder-id=https://github.com/octo/app/actions/runs/1"
    )
    outputs = job.step("it").outputs
    assert (outputs["imageid"], outputs["digest"]) == ("sha256:c", "sha256:d")
    assert json.loads(outputs["metadata"]) == metadata


def test_the_secret_file_is_there_for_the_build(bench):
    """A secret is in a file while the build runs, and shows nowhere."""
    seen = []

    async def look(request, place):
        seen.append(Path(request.secrets[0].file).read_text())
        place.say("value-of-secret")

    bench.builder.work = look
    step = bench.job(
        "- id: it\n  uses: docker/build-push-action@v7\n  with: {context: ., secrets: key=value-of-secret}\n"
    ).step("it")

    assert seen == ["value-of-secret"]
    assert "value-of-secret" not in "\n".join(step.log)


def test_a_failed_build_has_the_actions_words(bench):
    """The last line of stderr is the reason."""
    bench.builder.answer = BuildRecord(
        dockerfile="Dockerfile",
        target=None,
        vertices=(),
        operations=(),
        exit_code=1,
        errors=("ERROR: failed to build: failed to solve: boom",),
    )
    step = bench.job("- id: it\n  uses: docker/build-push-action@v7\n  with: {context: .}\n").step("it")

    assert step.error == "buildx failed with: ERROR: failed to build: failed to solve: boom"


@pytest.mark.parametrize(
    ("keys", "folder", "dockerfile"),
    [
        pytest.param("push: false", "context", None, id="no context"),
        pytest.param("file: docker/x.Dockerfile", "context", "docker/x.Dockerfile", id="file"),
        pytest.param("context: '{{defaultContext}}:docker'", "docker", None, id="subdirectory"),
    ],
)
def test_the_git_context(bench, keys, folder, dockerfile):
    """Without a context the event's commit is built, not the workspace, and nothing is ignored."""
    bench.files = {
        "Dockerfile": "FROM x",
        "docker/x.Dockerfile": "FROM x",
        "docker/Dockerfile": "",
        ".dockerignore": "*",
    }
    seen = []

    async def look(request, place):
        seen.append((place.directory, sorted(path.name for path in place.directory.iterdir())))

    bench.builder.work = look
    job = bench.job(f"- run: touch made-before\n- id: it\n  uses: docker/build-push-action@v7\n  with: {{{keys}}}\n")

    assert job.conclusion == "success", job.step("it").error
    directory, names = seen[0]
    assert directory.name == folder
    assert "made-before" not in names
    assert ".git" not in names
    assert bench.builder.requests[0].context == "."
    assert bench.builder.requests[0].dockerfile == dockerfile
    assert bench.checked_out[0].ref == "b" * 40


def test_the_git_contexts_ignore_file_leaves_out_itself_only(bench):
    """`.dockerignore` has no effect on a git context."""
    bench.files = {"Dockerfile": "FROM x", ".dockerignore": "*"}
    seen = []

    async def look(request, place):
        seen.append((place.directory / "Dockerfile.dockerignore").read_text())

    bench.builder.work = look
    bench.job("- uses: docker/build-push-action@v7")

    assert seen == ["Dockerfile.dockerignore\n"]


def test_a_wrong_boolean_fails_the_step(bench):
    """The toolkit's message for a word that is no boolean."""
    step = bench.job("- id: it\n  uses: docker/build-push-action@v7\n  with: {context: ., push: 'yes'}").step("it")

    assert step.error.startswith('Input does not meet YAML 1.2 "Core Schema" specification: push\nSupport boolean')


@pytest.mark.parametrize(
    ("uses", "what"),
    [
        pytest.param("some/action@v1", "the action 'some/action@v1' is not simulated", id="unknown"),
        pytest.param("some/action/sub@v1", "the action 'some/action/sub@v1' is not simulated", id="with a path"),
        pytest.param("docker://alpine:3", "the container action 'docker://alpine:3' is not run", id="docker"),
        pytest.param("actions/checkout/sub@v1", "the action 'actions/checkout/sub@v1'", id="path of a known one"),
    ],
)
def test_unknown_actions_are_assumed(bench, uses, what):
    """The assumption says where, what and how to stub it; later steps see outputs that nobody knows."""
    job = bench.job(f"- id: it\n  uses: {uses}\n- id: next\n  run: echo ${{{{ steps.it.outputs.x }}}}")

    step = job.step("it")
    assert (step.mode, step.outcome, step.outputs) == ("assumed", "success", {})
    (assumption,) = step.assumptions
    assert assumption.what.startswith(what)
    assert assumption.stub == f"action:{uses.partition('@')[0]}:output=value"
    assert job.step("next").log[-1] == "<steps.it.outputs.x>"
    assert job.assumes == (assumption.id,)


@pytest.mark.parametrize("name", ["some/action", "Some/Action", "some/action@v1"])
def test_a_stub_for_an_action(bench, name):
    """A stand-in gives outputs; versions count only when they are named."""
    bench.stubs = type(bench.stubs)(actions={name: {"a": "1"}})
    step = bench.job("- id: it\n  uses: some/action@v1").step("it")

    assert (step.mode, step.outputs) == (StepMode.STUBBED, {"a": "1"})


def test_a_stub_for_another_version_does_not_count(bench):
    """`some/action@v2` stands in for v2 alone."""
    bench.stubs = type(bench.stubs)(actions={"some/action@v2": {}})

    assert bench.job("- id: it\n  uses: some/action@v1").step("it").mode == "assumed"


def test_an_action_out_of_time_fails(bench, monkeypatch):
    """`timeout-minutes` holds for actions too."""
    import asyncio

    from pytest_cicache.engines.runner.steps import _timing

    async def slow(request, place):
        await asyncio.sleep(60)

    bench.builder.work = slow
    monkeypatch.setattr(_timing, "_SECONDS_PER_MINUTE", 0.1)
    step = bench.job(
        "- id: it\n  timeout-minutes: 1\n  uses: docker/build-push-action@v7\n  with: {context: .}\n"
    ).step("it")

    assert step.error == "The action 'Run docker/build-push-action@v7' has timed out after 1 minutes."


def test_unsupported_inputs_are_assumed(bench):
    """What an action cannot do here is named."""
    step = bench.job("- id: it\n  uses: docker/login-action@v4\n  with: {username: a, password: b, scope: x}").step(
        "it"
    )

    assert step.assumptions[0].what.startswith("the input 'scope' of docker/login-action is not simulated")


def test_metadata_names_what_is_built(bench):
    """Tags and labels of metadata-action go into the build, and into the environment of later steps."""
    job = bench.job(
        """
        - id: meta
          uses: docker/metadata-action@v6
          with: {images: ghcr.io/Octo/App}
        - run: test "$DOCKER_METADATA_OUTPUT_VERSION" = pr-7
        - uses: docker/build-push-action@v7
          with:
            context: .
            tags: ${{ steps.meta.outputs.tags }}
            labels: ${{ steps.meta.outputs.labels }}
        """,
        event="pr",
    )

    request = bench.builder.requests[0]
    assert job.conclusion == "success"
    assert request.tags == ("ghcr.io/octo/app:pr-7",)
    assert request.labels["org.opencontainers.image.version"] == "pr-7"
    assert request.labels["org.opencontainers.image.created"] == "2026-11-24T09:30:00.000Z"
