"""Images outside of builds: the job's own store, copies and lists in registries, on both builders."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent, indent

import pytest

from pytest_cicache import events
from pytest_cicache.events import Repository
from pytest_cicache.observation import Operation, Result, Run
from pytest_cicache.simulation import EngineNames, Engines, Simulation

LOGIN = "echo ${{ github.token }} | docker login ghcr.io -u x --password-stdin 2>/dev/null\n"
APP = "ghcr.io/octo/app"
Execute = Callable[..., Run]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(EngineNames(builder="simulated", registry="embedded"), id="simulated"),
        pytest.param(EngineNames(builder="buildx", registry="container"), id="buildx", marks=pytest.mark.docker),
    ],
)
def engines(request: pytest.FixtureRequest) -> Iterator[Engines]:
    with Engines(request.param) as engines:
        yield engines


@pytest.fixture
def execute(engines: Engines, tmp_path: Path) -> Iterator[Execute]:
    """Run a script as the one step of a job that has logged in, in a repository with a Dockerfile.

    Later events of a test find the repository as the first one did.
    """
    opened: list[Simulation] = []

    def run(script: str, event: events.Event | None = None, *, jobs: str | None = None) -> Run:
        folder = tmp_path / "app"
        (folder / ".github" / "workflows").mkdir(parents=True, exist_ok=True)
        (folder / "Dockerfile").write_text('FROM scratch\nCOPY a /a\nLABEL by=me\nCMD ["/a"]\n')
        (folder / "a").write_text("a\n")
        (folder / ".github" / "workflows" / "ci.yml").write_text(jobs or workflow(script))
        if not opened:
            repository = Repository(owner="octo", name="app")
            opened.append(Simulation(engines, folder, repository, clock=datetime(2026, 11, 27, tzinfo=UTC)))
        return opened[0].run("ci.yml", event or events.push(branch="main"))

    yield run
    for simulation in opened:
        simulation.close()


def workflow(script: str) -> str:
    """One job that checks out, and then logs in and runs the script in one step."""
    head = dedent(
        """
        on: [push, pull_request]
        permissions: {contents: read, packages: write}
        jobs:
          job:
            runs-on: ubuntu-latest
            steps:
              - uses: actions/checkout@v7
              - id: it
                run: |
        """
    ).lstrip()
    return head + indent(LOGIN + dedent(script), " " * 10)


def said(run: Run) -> list[str]:
    """What the step printed."""
    return [line for line in run.job("job").step("it").log if not line.startswith("Error: Process completed")]


def operations(run: Run, *kinds: Operation) -> list[tuple[str, str | None, str]]:
    """Pushes and pulls with their results."""
    wanted = kinds or (Operation.PUSH, Operation.PULL)
    found = [item for job in run.jobs for step in job.steps for item in step.operations]
    return [(item.operation.value, item.reference, item.result.value) for item in found if item.operation in wanted]


def test_a_built_image_is_tagged_and_pushed(execute: Execute) -> None:
    """The engine's own driver builds into the job's store, from which `docker push` sends."""
    run = execute(
        f"""
        docker build --quiet -t app:local . >id
        docker tag app:local {APP}:one
        docker push {APP}:one | tail -n 1
        docker inspect app:local --format '{{{{.Id}}}} {{{{index .Config.Labels "by"}}}} {{{{json .RepoTags}}}}'
        docker images --format '{{{{.Repository}}}}:{{{{.Tag}}}}'
        """
    )

    assert run.conclusion == "success"
    assert operations(run) == [("push", f"{APP}:one", "pushed")]
    assert run.tags.added == {"one"}
    pushed, inspected, *names = said(run)[-4:]
    assert re.fullmatch(r"one: digest: sha256:[0-9a-f]{64} size: \d+", pushed)
    assert re.fullmatch(rf'sha256:[0-9a-f]{{64}} me \["app:local","{APP}:one"\]', inspected)
    assert names == ["app:local", f"{APP}:one"]
    assert run.assumptions == ()


def test_a_fork_may_not_push_what_it_built(execute: Execute) -> None:
    """The refusal has ghcr.io's words, fails the step, and is recorded."""
    run = execute(f"docker build -t {APP}:pr . 2>/dev/null\ndocker push {APP}:pr", events.fork_pr())

    assert run.conclusion == "failure"
    assert said(run)[-1].startswith("denied: ")
    assert operations(run) == [("push", f"{APP}:pr", "denied")]
    assert [denied.status for denied in run.denied] == [403]
    assert run.tags.added == set()


@pytest.mark.parametrize(
    ("script", "words"),
    [
        pytest.param(f"docker push {APP}:none", f"An image does not exist locally with the tag: {APP}", id="push"),
        pytest.param(f"docker tag nope {APP}:x", "Error response from daemon: No such image: nope:latest", id="tag"),
        pytest.param("docker rmi nope", "Error response from daemon: No such image: nope:latest", id="rmi"),
        pytest.param("docker save -o x nope", "Error response from daemon: No such image: nope:latest", id="save"),
        pytest.param(
            "docker image inspect nope", "Error response from daemon: No such image: nope:latest", id="inspect"
        ),
        pytest.param("docker load -i nope.tar", "open nope.tar: no such file or directory", id="load"),
        pytest.param(f"docker pull {APP}:none", "Error response from daemon: manifest unknown", id="pull"),
        pytest.param("docker tag a", "Run 'docker tag --help' for more information", id="one argument"),
        pytest.param("docker push Upper:x", None, id="upper case"),
        pytest.param(f"docker manifest inspect {APP}:none", "manifest unknown", id="manifest inspect"),
        pytest.param(f"docker manifest push {APP}:none", f"No such manifest: {APP}:none", id="manifest push"),
        pytest.param(f"docker manifest create {APP}:l {APP}:none", "manifest unknown", id="manifest create"),
        pytest.param(
            f"docker buildx imagetools inspect {APP}:none", f"ERROR: {APP}:none: not found", id="imagetools inspect"
        ),
        pytest.param(
            f"docker buildx imagetools create -t {APP}:x {APP}:none", f"ERROR: {APP}:none: not found", id="imagetools"
        ),
        pytest.param(
            f"docker buildx imagetools create -t {APP}:x",
            "ERROR: no sources specified",
            id="imagetools without sources",
        ),
        pytest.param(
            f"docker buildx imagetools create {APP}:x",
            "ERROR: can't push with no tags specified, please set --tag or --dry-run",
            id="imagetools without tags",
        ),
        pytest.param(f"crane digest {APP}:none", f"Error: {APP}:none: MANIFEST_UNKNOWN: manifest unknown", id="crane"),
    ],
)
def test_mistakes_fail_in_the_tools_words(execute: Execute, script: str, words: str | None) -> None:
    """What is not there fails the command, where nothing was assumed that could have made it."""
    run = execute(script)

    assert run.conclusion == "failure"
    assert run.tags.added == set()
    assert words is None or said(run)[-1] == words


def test_an_image_goes_from_job_to_job_in_an_archive(execute: Execute) -> None:
    """As a file of the docker exporter or of `docker save`, through an artifact, into the store of the next job."""
    run = execute(
        "",
        jobs=dedent(
            f"""
            on: push
            permissions: {{packages: write}}
            jobs:
              make:
                runs-on: ubuntu-latest
                steps:
                  - uses: actions/checkout@v7
                  - uses: docker/setup-buildx-action@v4
                  - run: docker buildx build -t app:a --output type=docker,dest=a.tar .
                  - run: docker buildx build -t app:b --load . && docker save app:b | gzip > b.tar.gz
                  - uses: actions/upload-artifact@v4
                    with: {{name: images, path: "*.tar*"}}
              job:
                needs: make
                runs-on: ubuntu-latest
                steps:
                  - uses: actions/download-artifact@v4
                    with: {{name: images}}
                  - id: it
                    run: |
                      {LOGIN.strip()}
                      docker load -i a.tar
                      docker load <b.tar.gz
                      for tag in a b; do docker tag app:$tag {APP}:$tag && docker push -q {APP}:$tag; done
            """
        ),
    )

    assert run.conclusion == "success"
    assert said(run)[-4:] == ["Loaded image: app:a", "Loaded image: app:b", f"{APP}:a", f"{APP}:b"]
    assert run.tags.added == {"a", "b"}
    assert run.assumptions == ()


def test_images_pushed_by_digest_are_merged_into_one_index(execute: Execute) -> None:
    """`imagetools create` makes an index of what other builds pushed without a tag."""
    run = execute(
        f"""
        docker buildx create --use >/dev/null
        for platform in linux/amd64 linux/arm64; do
          docker buildx build --platform $platform --provenance=false --metadata-file m.json \\
            --output type=image,name={APP},push-by-digest=true,name-canonical=true,push=true . 2>/dev/null
          jq -r '."containerimage.digest" | sub("^"; "{APP}@")' m.json >>digests
        done
        docker buildx imagetools create -t {APP}:v1 -t {APP}:latest $(cat digests) 2>/dev/null
        docker buildx imagetools inspect {APP}:v1 --format '{{{{json .Manifest.Manifests}}}}' \\
          | jq -c 'map(.platform.architecture) | sort'
        docker manifest inspect {APP}:latest | jq -r '.manifests | length'
        docker buildx imagetools inspect {APP}:v1 | sed -n 's/^MediaType: *//p'
        """
    )

    assert run.conclusion == "success"
    assert said(run)[-3:] == ['["amd64","arm64"]', "2", "application/vnd.oci.image.index.v1+json"]
    assert run.tags.added == {"v1", "latest"}


def test_a_refused_merge_has_buildkits_words(execute: Execute) -> None:
    """A fork may look at what is there, and make no tag of it."""
    script = f"""
        if [ $GITHUB_EVENT_NAME = push ]; then
          docker build -t {APP}:main . 2>/dev/null
          docker push -q {APP}:main
        else
          docker buildx imagetools create -t {APP}:pr {APP}:main
        fi
        """
    execute(script)
    run = execute(script, events.fork_pr())

    assert run.conclusion == "failure"
    assert said(run)[-1].startswith("denied: ")
    assert said(run)[-2] == (
        "ERROR: unexpected status from PUT request to https://ghcr.io/v2/octo/app/manifests/pr: 403 Forbidden"
    )
    assert ("push", f"{APP}:pr", "denied") in operations(run)
    assert run.tags.added == set()


def test_manifest_lists_are_made_annotated_and_pushed(execute: Execute) -> None:
    """`docker manifest` keeps a list in the job until it is pushed."""
    run = execute(
        f"""
        docker build -t {APP}:amd64 . 2>/dev/null
        docker push -q {APP}:amd64
        docker manifest create {APP}:all {APP}:amd64
        docker manifest create {APP}:all {APP}:amd64 || true
        docker manifest annotate --arch arm64 --variant v8 {APP}:all {APP}:amd64
        docker manifest push -p {APP}:all | tail -n 1 | cut -c 1-7
        docker manifest inspect {APP}:all | jq -c '.manifests[0].platform'
        """
    )

    assert run.conclusion == "success"
    assert said(run)[-4:] == [
        f"Created manifest list {APP}:all",
        "refusing to amend an existing manifest list with no --amend flag",
        "sha256:",
        '{"architecture":"arm64","os":"linux","variant":"v8"}',
    ]
    assert run.tags.added == {"amd64", "all"}


def test_clients_of_registries_copy_and_tag(execute: Execute) -> None:
    """crane, skopeo, oras and regctl go through the gateway, with the job's logins."""
    run = execute(
        f"""
        docker build -t {APP}:one . 2>/dev/null
        docker push -q {APP}:one
        crane copy {APP}:one {APP}:two
        crane tag {APP}:one three
        skopeo copy --all docker://{APP}:two docker://{APP}:four
        oras tag {APP}:two five six
        regctl image copy {APP}:six ghcr.io/octo/other:seven
        crane ls {APP} | tr '\\n' ' '
        skopeo list-tags docker://{APP} | jq -r '.Tags | length'
        [ "$(crane digest {APP}:one)" = "$(skopeo inspect --format '{{{{.Digest}}}}' docker://{APP}:six)" ] && echo same
        """
    )

    assert run.conclusion == "success"
    assert said(run)[-2:] == ["five four one six three two 6", "same"]
    assert run.tags["octo/app"].added == {"five", "four", "one", "six", "three", "two"}
    assert run.tags["octo/other"].added == {"seven"}


def test_images_of_others_are_assumed_to_be_there(execute: Execute) -> None:
    """What no registry of the simulation can know is stood in for, and said; the right to push is judged for real."""
    run = execute(f"docker pull alpine:3\ndocker tag alpine:3 {APP}:base\ndocker push -q {APP}:base")

    assert run.conclusion == "success"
    (assumption,) = run.assumptions
    assert assumption.what.startswith("docker.io/library/alpine:3 is not in the simulation's registries")
    assert operations(run) == [("pull", "docker.io/library/alpine:3", "ok"), ("push", f"{APP}:base", "pushed")]
    assert run.tags.added == {"base"}


@pytest.mark.parametrize(
    "image",
    [
        "ghcr.io/octo/mirror:1",
        "ghcr.io/others/app:1",
        "quay.io/others/app:1",
        "docker.io/others/app@sha256:" + "1" * 64,
    ],
)
def test_any_registry_may_hold_images_of_others(execute: Execute, image: str) -> None:
    """ghcr.io refuses what it does not have, and yet nobody can tell whether it has it."""
    run = execute(f"docker pull -q {image}\ndocker tag {image} {APP}:copy\ndocker push -q {APP}:copy")

    assert run.conclusion == "success"
    assert operations(run) == [("pull", image, "ok"), ("push", f"{APP}:copy", "pushed")]
    assert len(run.assumptions) == 1


def test_what_an_assumed_command_would_have_written_is_missed_by_nobody(execute: Execute) -> None:
    """A later step that lacks the file is taken to succeed, and says so."""
    jobs = workflow("docker cp $(docker create alpine:3):/bin/tool tool").rstrip("\n") + "\n      - run: ./tool\n"
    run = execute("", jobs=jobs)

    assert run.conclusion == "success"
    assert [item.kind for item in run.assumptions] == ["command", "script"]


def test_a_private_package_that_is_known_is_refused(execute: Execute) -> None:
    """What was pushed by this repository into another owner's package is no matter of belief."""
    run = execute(f"docker pull {APP}:1", events.fork_pr())

    assert run.conclusion == "failure"
    assert said(run)[-1].startswith("Error response from daemon: ")
    assert run.assumptions == ()


@pytest.mark.parametrize(
    ("uses", "conclusion"), [("some-org/build-and-push@v1", "success"), ("actions/checkout@v7", "failure")]
)
def test_an_image_that_an_assumed_job_before_would_have_pushed_is_there(
    execute: Execute, uses: str, conclusion: str
) -> None:
    """One that nothing before could have made is not."""
    run = execute(
        "",
        jobs=f"""
on: push
permissions: {{packages: write}}
jobs:
  build:
    runs-on: ubuntu-latest
    steps: [{{uses: {uses}}}]
  list:
    needs: build
    runs-on: ubuntu-latest
    steps:
      - run: |
          {LOGIN.strip()}
          docker buildx imagetools create --tag {APP}:all {APP}:amd64
""",
    )

    assert run.job("list").conclusion == conclusion


@pytest.mark.parametrize("output", ["type=local,dest=bin", "bin"])
def test_the_files_that_a_build_puts_into_a_folder_are_missed_by_nobody(execute: Execute, output: str) -> None:
    """What comes after the build takes them to be there, and says so."""
    run = execute(f"docker buildx build --output {output} . && mv bin/tool bin/app")

    assert run.conclusion == "success"
    assert "the files that the build puts into 'bin' are not made, and are assumed to be there" in [
        item.what for item in run.assumptions
    ]


@pytest.mark.parametrize(
    ("uses", "conclusion"), [("some-cloud/setup-buildx-action@v1", "success"), ("some-org/lint@v1", "failure")]
)
def test_an_assumed_action_may_have_set_a_builder_up(execute: Execute, uses: str, conclusion: str) -> None:
    """The engine's own refuses several platforms; another action does not change that."""
    run = execute(
        "",
        jobs=f"""
on: push
permissions: {{contents: read}}
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - uses: {uses}
      - run: docker buildx build --platform linux/amd64,linux/arm64 .
""",
    )

    assert run.job("job").conclusion == conclusion


def test_what_an_assumed_command_may_have_made_is_pushed(execute: Execute) -> None:
    """An image that `docker compose build` would have made is not there, and yet is nobody's mistake."""
    run = execute(f"docker compose build\ndocker push -q {APP}:composed", events.push(branch="main"))
    denied = execute(f"docker compose build\ndocker push -q {APP}:composed", events.fork_pr())

    assert run.conclusion == "success"
    assert run.tags.added == {"composed"}
    (assumption,) = run.assumptions
    assert "'docker compose build' is not simulated" in assumption.what
    assert f"the image {APP}:composed is not in the job's store" in assumption.what
    assert denied.conclusion == "failure"
    assert [item.status for item in denied.denied] == [403]


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(f"docker build -t {APP}:$V . && docker push {APP}:$V", id="push"),
        pytest.param(f"docker build -t a . && docker tag a {APP}:$V && docker push {APP}:$V", id="tag"),
        pytest.param(f"docker buildx imagetools create -t {APP}:$V {APP}:seed", id="imagetools"),
        pytest.param(f"docker manifest create {APP}:$V {APP}:seed && docker manifest push {APP}:$V", id="manifest"),
        pytest.param(f"crane copy {APP}:seed {APP}:$V", id="crane"),
        pytest.param(f"crane tag {APP}:seed $V", id="crane tag"),
        pytest.param(f"skopeo copy docker://{APP}:seed docker://{APP}:$V", id="skopeo"),
    ],
)
def test_an_unknown_name_is_pushed_nowhere(execute: Execute, script: str) -> None:
    """A tag that a stubbed command would tell gives an operation that is unknown, and an uncertain tag."""
    run = execute(f"docker build -t {APP}:seed . 2>/dev/null; docker push -q {APP}:seed\nV=$(cargo version)\n{script}")

    assert run.conclusion == "success"
    (unknown,) = [item for step in run.job("job").steps for item in step.operations if item.result is Result.UNKNOWN]
    assert unknown.operation is Operation.PUSH
    assert unknown.reference == f"{APP}:<the output of cargo>"
    assert run.tags.added == {"seed"}
    assert run.tags["octo/app"].uncertain == ("<the output of cargo>",)


def test_a_step_polls_for_an_image(execute: Execute) -> None:
    """Waiting ends by the time limit of the job while the image is not there."""
    text = workflow(
        f"""
        if [ $GITHUB_EVENT_NAME = push ]; then
          docker build -t {APP}:base . 2>/dev/null
          docker push -q {APP}:base
        fi
        until docker manifest inspect {APP}:base >/dev/null 2>&1; do sleep 45s; done
        """
    ).replace("runs-on: ubuntu-latest", "runs-on: ubuntu-latest\n    timeout-minutes: 30")
    run = execute("", events.fork_pr(), jobs=text)
    execute("", jobs=text)
    then = execute("", events.fork_pr(), jobs=text)

    assert run.job("job").conclusion == "cancelled"
    assert len(operations(run)) == 40
    assert then.conclusion == "success"
