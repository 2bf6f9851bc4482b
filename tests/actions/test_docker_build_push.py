"""docker/build-push-action: the order of the command line, secrets, attestations, the git context."""

from __future__ import annotations

import pytest

USES = "docker/build-push-action@v7"
PLACE = "/t/docker-build-push-0"
RUN = "builder-id=https://github.com/octo/app/actions/runs/1/attempts/1"


def arguments(effect) -> list[str]:
    return list(effect.commands[0].arguments)


def test_the_order_of_the_command_line(use):
    """Every input at its place, whatever the order in the file (section 2.1 of the reference)."""
    inputs = {
        "push": "true",
        "pull": "true",
        "no-cache": "true",
        "network": "host",
        "load": "true",
        "builder": "b",
        "ulimit": "nofile=1:2",
        "target": "t",
        "tags": "x:1,x:2",
        "ssh": "default",
        "shm-size": "2g",
        "secret-files": "f=./f.txt",
        "secrets": "k=v",
        "attests": "type=sbom,disabled=true",
        "sbom": "false",
        "provenance": "false",
        "platforms": "linux/amd64,linux/arm64",
        "outputs": "type=image,name=x",
        "no-cache-filters": "a,b",
        "labels": "l=1\nm=2",
        "file": "F",
        "secret-envs": "e=E",
        "cgroup-parent": "c",
        "call": "build",
        "cache-to": "type=inline",
        "cache-from": "type=gha\nx:c",
        "build-contexts": "n=./d",
        "build-args": "A=1\nB=2",
        "annotations": "manifest:a=b",
        "allow": "network.host",
        "add-hosts": "h:1.2.3.4",
        "context": "./ctx",
    }
    expected = f"""
        buildx build --add-host h:1.2.3.4 --allow network.host --annotation manifest:a=b --build-arg A=1 --build-arg B=2
        --build-context n=./d --cache-from type=gha --cache-from x:c --cache-to type=inline --call build
        --cgroup-parent c --secret id=e,env=E --file F --iidfile {PLACE}/iidfile --label l=1 --label m=2
        --no-cache-filter a --no-cache-filter b --output type=image,name=x --platform linux/amd64,linux/arm64
        --attest type=provenance,disabled=true --attest type=sbom,disabled=true --secret id=k,src={PLACE}/secret-0
        --secret id=f,src=./f.txt --shm-size 2g --ssh default --tag x:1 --tag x:2 --target t --ulimit nofile=1:2
        --builder b --load --metadata-file {PLACE}/metadata --network host --no-cache --pull --push ./ctx
        """
    assert arguments(use(USES, inputs=inputs)) == expected.split()


@pytest.mark.parametrize(
    ("inputs", "call", "attest"),
    [
        pytest.param({}, {}, [f"type=provenance,mode=max,{RUN}"], id="public default"),
        pytest.param({}, {"private": True}, [f"type=provenance,mode=min,inline-only=true,{RUN}"], id="private default"),
        pytest.param({}, {"driver": "docker"}, [], id="docker driver"),
        pytest.param({"load": "true"}, {}, [], id="load"),
        pytest.param({"outputs": "type=docker"}, {}, [], id="docker output"),
        pytest.param({}, {"environment": {"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}}, [], id="switched off"),
        pytest.param({"provenance": "true"}, {}, [f"type=provenance,{RUN}"], id="true"),
        pytest.param({"provenance": "false"}, {}, ["type=provenance,disabled=true"], id="false"),
        pytest.param({"provenance": "mode=min"}, {}, [f"type=provenance,mode=min,{RUN}"], id="text"),
        pytest.param(
            {"provenance": "mode=min,builder-id=x"}, {}, ["type=provenance,mode=min,builder-id=x"], id="own id"
        ),
        pytest.param({"attests": "type=provenance,mode=min"}, {}, ["type=provenance,mode=min"], id="attests"),
        pytest.param(
            {"sbom": "true", "provenance": "false"},
            {},
            ["type=provenance,disabled=true", "type=sbom,disabled=false"],
            id="sbom",
        ),
        pytest.param({"sbom": "generator=x", "load": "true"}, {}, ["type=sbom,generator=x"], id="sbom text"),
        pytest.param(
            {"sbom": "true", "attests": "type=sbom,a=b", "load": "true"}, {}, ["type=sbom,disabled=false"], id="once"
        ),
    ],
)
def test_attestations(use, inputs, call, attest):
    """Provenance is on by default, sbom where asked for."""
    words = arguments(use(USES, inputs={"context": ".", **inputs}, **call))

    assert [words[index + 1] for index, word in enumerate(words) if word == "--attest"] == attest


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("k=v", {"k": "v"}),
        ("k=v=w", {"k": "v=w"}),
        ('"k=one\ntwo"', {"k": "one\ntwo"}),
        ("k=v\nl=w", {"k": "v", "l": "w"}),
        ("novalue\nk=v", {"k": "v"}),
        ("k=\nl=w", {"l": "w"}),
    ],
)
def test_secrets_are_files(use, text, files):
    """Each secret is a file of its own, its value hidden; what is none is warned of."""
    effect = use(USES, inputs={"context": ".", "secrets": text})

    words = [word for word in arguments(effect) if word.startswith("id=")]
    found = {word.split(",")[0][3:]: effect.files[word.split("src=")[1]] for word in words}
    assert found == files
    assert set(effect.masks) == set(files.values())
    invalid = [line for line in text.split("\n") if line in ("novalue", "k=")]
    assert list(effect.log) == [f"Warning: {line} is not a valid secret" for line in invalid]


@pytest.mark.parametrize("outputs", ["type=local,dest=out", "type=tar,dest=out.tar", "out"])
def test_no_image_id_for_files(use, outputs):
    """An output to files has no image id."""
    assert "--iidfile" not in arguments(use(USES, inputs={"context": ".", "outputs": outputs}))


def test_outputs_come_from_files(use):
    """imageid is a file's text, digest a field of the metadata, metadata all of it."""
    results = {item.output: item for item in use(USES, inputs={"context": "."}).results}

    assert results["imageid"].is_text
    assert results["digest"].field == "containerimage.digest"
    assert results["metadata"].field is None
    assert results["metadata"].path in arguments(use(USES, inputs={"context": "."}))


@pytest.mark.parametrize(
    ("uses", "event", "environment", "ref"),
    [
        pytest.param("v7", "push", {}, "b" * 40, id="push"),
        pytest.param("v7", "pr", {}, "c" * 40, id="pull request"),
        pytest.param("v6", "pr", {}, "c" * 40, id="floating v6"),
        pytest.param("v6.8.0", "pr", {}, "c" * 40, id="v6.8"),
        pytest.param("v6.9.0", "pr", {}, "refs/pull/7/head", id="v6.9"),
        pytest.param("v6.11.0", "pr", {}, "refs/pull/7/head", id="v6.11"),
        pytest.param("v6.12.0", "pr", {}, "c" * 40, id="v6.12"),
        pytest.param("v7", "pr", {"DOCKER_DEFAULT_GIT_CONTEXT_PR_HEAD_REF": "true"}, "refs/pull/7/head", id="switch"),
        pytest.param("v7", "pr_target", {}, "a" * 40, id="pull_request_target"),
    ],
)
def test_the_commit_of_the_git_context(use, uses, event, environment, ref):
    """Without `context` the event's commit is built; which one on a pull request changed with the versions."""
    effect = use(f"docker/build-push-action@{uses}", event=event, environment=environment)

    assert effect.check_out.as_git_context
    assert effect.check_out.ref == ref
    assert (arguments(effect)[-1], effect.commands[0].directory) == (".", f"{PLACE}/context")


@pytest.mark.parametrize(
    ("inputs", "directory", "dockerfile"),
    [
        ({}, "context", "Dockerfile"),
        ({"file": "d/F"}, "context", "d/F"),
        ({"context": "{{defaultContext}}"}, "context", "Dockerfile"),
        ({"context": "{{ defaultContext }}:sub/dir"}, "context/sub/dir", "sub/dir/Dockerfile"),
        ({"context": "{{defaultContext}}:sub/dir"}, "context/sub/dir", "sub/dir/Dockerfile"),
        ({"context": "{{defaultContext}}:sub", "file": "F"}, "context/sub", "sub/F"),
    ],
)
def test_folders_of_the_git_context(use, inputs, directory, dockerfile):
    """A subdirectory is the context, and the Dockerfile is in it."""
    effect = use(USES, inputs=inputs)

    assert effect.commands[0].directory == f"{PLACE}/{directory}"
    assert effect.check_out.dockerfile == dockerfile


@pytest.mark.parametrize(
    ("inputs", "is_passed"),
    [({}, True), ({"context": "."}, False), ({"secrets": "GIT_AUTH_TOKEN=x"}, False)],
    ids=["git context", "path", "own token"],
)
def test_the_token_for_git(use, inputs, is_passed):
    """The token becomes a secret only for the default context."""
    words = arguments(use(USES, inputs=inputs))

    assert any(word.startswith("id=GIT_AUTH_TOKEN.github.com,") for word in words) is is_passed


def test_a_path_context_checks_nothing_out(use):
    """`context: .` builds the workspace."""
    effect = use(USES, inputs={"context": "."})

    assert effect.check_out is None
    assert effect.commands[0].directory == "."
    assert effect.commands[0].failure == "buildx failed with: {error}"


@pytest.mark.parametrize("name", ["secret-files", "secret-envs"])
def test_what_is_no_secret_is_warned_of(use, name):
    """A record without a value is skipped."""
    effect = use(USES, inputs={"context": ".", name: "novalue\nk=v"})

    assert effect.log == ("Warning: novalue is not a valid secret",)
    assert sum(word == "--secret" for word in arguments(effect)) == 1
