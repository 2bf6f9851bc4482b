"""From a Dockerfile to steps: which there are, how they are called, what they are keyed by."""

from __future__ import annotations

import re
import shlex

import pytest

from pytest_cicache.buildkit import BuildGraph, BuildVertex, ImageConfig, ResolvedImage, plan_build
from pytest_cicache.buildx import parse_build
from pytest_cicache.dockerfile import Platform, parse_dockerfile
from pytest_cicache.errors import DockerfileError, UnsupportedError

DIGEST = f"sha256:{'a' * 64}"


def graph(text: str, line: str = "", *, config: ImageConfig | None = None) -> BuildGraph:
    request = parse_build(["build", *shlex.split(line), "."], environment={})
    plan = plan_build(parse_dockerfile(text, path="Dockerfile"), request)
    resolved = ResolvedImage(digest=DIGEST, config=config or ImageConfig())
    return plan.graph({(image.reference, image.platform): resolved for image in plan.images})


def names(text: str, line: str = "") -> list[str]:
    return [step.name for step in graph(text, line).steps]


def key(instruction: str, line: str = "", *, before: str = "") -> str:
    """The cache key of one instruction on a base image."""
    return graph(f"FROM debian\n{before}{instruction}\n", line).steps[-1].key


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        pytest.param("FROM scratch\nCOPY a /\nRUN x\n", "", ["[1/2] COPY a /", "[2/2] RUN x"], id="scratch"),
        pytest.param("FROM a\nENV B=c\nrun echo $B $D\n", "", ["[2/2] RUN echo c $D"], id="variables"),
        pytest.param("FROM a\ncopy $B x /\n", "", ["[2/2] COPY  x /"], id="unset-in-copy"),
        pytest.param("FROM a\n" + "RUN x\n" * 10, "", [f"[{n:>2}/11] RUN x" for n in range(2, 12)], id="width"),
        pytest.param("FROM a\nWORKDIR /\nWORKDIR /x\n", "", ["[2/3] WORKDIR /x"], id="root"),
        pytest.param("FROM a AS b\nRUN x\nFROM b\nRUN y\n", "", ["[b 2/2] RUN x", "[stage-1 1/1] RUN y"], id="stages"),
        pytest.param("FROM a AS b\nRUN x\nFROM a\nRUN y\n", "--target b", ["[b 2/2] RUN x"], id="target"),
        pytest.param(
            "FROM a AS b\nRUN --mount=type=cache,target=/c x\n",
            "",
            ["[b 2/2] RUN --mount=type=cache,target=/c x"],
            id="a-mount-is-a-stage-of-its-own",
        ),
        pytest.param("FROM scratch AS b\nRUN x\n", "", ["[1/1] RUN x"], id="a-lone-stage-has-no-name"),
        pytest.param(
            "FROM a AS b\nONBUILD RUN x\nFROM b\nRUN y\n",
            "",
            ["[stage-1 1/2] ONBUILD RUN x", "[stage-1 2/2] RUN y"],
            id="onbuild",
        ),
        pytest.param("FROM a\nRUN <<E\nfirst\nsecond\nE\n", "", ["[2/2] RUN <<E (first...)"], id="here-document"),
        pytest.param(
            "FROM a\nRUN x\n",
            "--platform linux/amd64,linux/arm64",
            ["[linux/amd64 2/2] RUN x", "[linux/arm64 2/2] RUN x"],
            id="platforms",
        ),
        pytest.param(
            "FROM --platform=$BUILDPLATFORM a\nARG TARGETARCH\nRUN x\n",
            "--platform linux/amd64,linux/arm64",
            ["[linux/amd64 2/2] RUN x", "[linux/amd64->arm64 2/2] RUN x"],
            id="cross",
        ),
        pytest.param(
            "FROM a\nRUN --mount=type=secret,id=k,env=K echo $K\n",
            "",
            ["[stage-0 2/2] RUN --mount=type=secret,id=k,env=K echo ****"],
            id="secret-variable",
        ),
        pytest.param(
            "FROM scratch AS a\nCOPY x /\nFROM scratch\nCOPY x /\nCOPY --from=a x /y\n",
            "",
            ["[a 1/1] COPY x /", "[stage-1 2/2] COPY --from=a x /y"],
            id="equal-steps-are-one",
        ),
    ],
)
def test_names(text: str, line: str, expected: list[str]) -> None:
    """As BuildKit prints them."""
    assert names(text, line) == expected


@pytest.mark.parametrize(
    ("first", "second", "equal"),
    [
        pytest.param("RUN x", "RUN  x", True, id="space"),
        pytest.param("RUN x y", "RUN x  y", False, id="space-inside"),
        pytest.param("RUN x", 'RUN ["/bin/sh", "-c", "x"]', True, id="exec-form"),
        pytest.param("COPY a /b", "COPY ./a b", True, id="relative"),
        pytest.param("COPY a /b", "COPY a /b/", False, id="trailing-slash"),
        pytest.param("COPY a /b/.", "COPY a /b/", False, id="trailing-dot"),
        pytest.param("COPY a .", "COPY a ./", True, id="here"),
        pytest.param("COPY c/a /b", "COPY d/a /b", True, id="other-folder"),
        pytest.param("COPY --chown=root a /b", "COPY --chown=0 a /b", True, id="root-is-0"),
        pytest.param("COPY --chown=me a /b", "COPY --chown=you a /b", False, id="owner-by-name"),
        pytest.param("COPY --chown=1:2 a /b", "COPY --chown=1: a /b", False, id="group"),
        pytest.param("COPY --chmod=644 a /b", "COPY --chmod=0644 a /b", True, id="octal"),
        pytest.param("COPY --chmod=u+x a /b", "COPY --chmod=a+x a /b", False, id="symbolic"),
        pytest.param("ADD a /b", "COPY a /b", False, id="add"),
        pytest.param("ADD --unpack=false a /b", "COPY a /b", True, id="add-without-unpacking"),
        pytest.param("RUN --network=host x", "RUN x", False, id="network"),
        pytest.param("RUN --network=default x", "RUN x", True, id="default-network"),
        pytest.param("RUN --security=insecure x", "RUN x", False, id="security"),
        pytest.param("RUN --security=sandbox x", "RUN x", True, id="sandbox"),
        pytest.param("RUN --mount=type=ssh x", "RUN x", False, id="ssh"),
        pytest.param("RUN --mount=type=ssh x", "RUN --mount=type=ssh,required x", False, id="ssh-required"),
        pytest.param("RUN --mount=type=ssh x", "RUN --mount=type=ssh,id=default x", False, id="ssh-default"),
        pytest.param(
            "RUN --mount=type=tmpfs,target=/t x", "RUN --mount=type=tmpfs,target=/t,size=1k x", False, id="tmpfs"
        ),
        pytest.param(
            "RUN --mount=type=cache,target=/t,id=a x", "RUN --mount=type=cache,target=/t,id=b x", True, id="cache-id"
        ),
        pytest.param(
            "RUN --mount=type=cache,target=/t x",
            "RUN --mount=type=cache,target=/t,id=b x",
            False,
            id="implied-cache-id",
        ),
        pytest.param(
            "RUN --mount=type=cache,target=/t,mode=0700 x", "RUN --mount=type=cache,target=/t x", False, id="cache-mode"
        ),
        pytest.param("RUN --mount=target=m x", "RUN --mount=target=/m x", True, id="relative-target"),
        pytest.param("RUN --mount=target=/m,rw x", "RUN --mount=target=/m x", False, id="writable-mount"),
        pytest.param(
            "RUN --mount=type=secret,id=a x",
            "RUN --mount=type=secret,target=/run/secrets/a x",
            True,
            id="secret-target",
        ),
        pytest.param(
            "RUN --mount=type=secret,id=a,mode=0444 x", "RUN --mount=type=secret,id=a x", False, id="secret-mode"
        ),
        pytest.param("RUN <<E\nx\nE", 'RUN ["/bin/sh", "-c", "x\\n"]', True, id="here-document"),
        pytest.param("RUN <<-E\n\tx\n\tE", "RUN <<E\nx\nE", True, id="chomped"),
        pytest.param("RUN cat <<E\nx\nE", "RUN cat <<E\ny\nE", False, id="here-document-in-a-command"),
        pytest.param("RUN <<E\n#!/bin/sh\nE", "RUN <<E\n# !/bin/sh\nE", False, id="script"),
        pytest.param("COPY <<E /x\na\nE", "COPY <<E /x\nb\nE", True, id="inline-file-matches-by-content"),
        pytest.param('SHELL ["a"]\nRUN x', "RUN x", False, id="shell"),
        pytest.param("USER 7\nWORKDIR /x", "WORKDIR /x", False, id="user-of-workdir"),
        pytest.param("WORKDIR /a\nWORKDIR b", "WORKDIR /a/b", True, id="workdir"),
        pytest.param("ENV A=1\nENV A=2 B=3\nRUN x", "ENV A=2\nENV B=3\nRUN x", True, id="last-value"),
        pytest.param("ENV A=1 B=2\nRUN x", "ENV B=2 A=1\nRUN x", False, id="order-of-variables"),
        pytest.param("ARG A=1\nRUN x", "ENV A=1\nRUN x", True, id="arg-is-a-variable"),
        pytest.param("ARG BUILDKIT_SBOM_SCAN_STAGE=1\nRUN x", "RUN x", True, id="hidden-arg"),
        pytest.param("ARG TARGETOS\nRUN x", "ENV TARGETOS=linux\nRUN x", True, id="platform-arg"),
    ],
)
def test_which_instructions_have_the_same_key(first: str, second: str, equal: bool) -> None:
    """The key holds what BuildKit puts in it, and no more."""
    assert (key(first) == key(second)) is equal


@pytest.mark.parametrize(
    "line",
    [
        "--network none",
        "--add-host a:1.2.3.4",
        "--shm-size 1m",
        "--ulimit nofile=1:2",
        "--cgroup-parent x",
        "--build-arg BUILDKIT_SANDBOX_HOSTNAME=x",
        "--platform linux/arm64",
        "--platform linux/arm/v6",
    ],
)
def test_options_that_change_a_run(line: str) -> None:
    """They are in the key of RUN, and not in that of COPY."""
    assert key("RUN x", line) != key("RUN x")
    assert key("COPY a /", line) == key("COPY a /")


def test_the_address_of_a_host_does_not_matter() -> None:
    """BuildKit keys `--add-host` by the name alone."""
    assert key("RUN x", "--add-host a:1.2.3.4") == key("RUN x", "--add-host a:5.6.7.8")


def test_the_base_images_configuration_counts() -> None:
    """Its variables, folder, user and shell hold for the steps on it."""
    config = ImageConfig(environment=("PATH=/x", "B=1"), working_directory="/w", user="7", shell=("sh",))
    with_config = graph("FROM a\nRUN x\nCOPY a .\n", config=config)
    spelled_out = graph('FROM a\nENV PATH=/x B=1\nUSER 7\nSHELL ["sh"]\nWORKDIR /w\nRUN x\nCOPY a /w/\n')

    assert [step.key for step in with_config.steps] == [step.key for step in spelled_out.steps[1:]]


def test_the_images_configuration() -> None:
    """What a push writes into it."""
    config = (
        graph(
            'FROM a\nENV A=1\nENV B=2 A=3\nLABEL l=$A\nENTRYPOINT ["e"]\nCMD c\nEXPOSE 80\nVOLUME ["/v"]\n'
            "STOPSIGNAL 9\n"
            "USER u\nWORKDIR /w\n",
            "--label m=n",
        )
        .targets[0]
        .config
    )

    assert config.environment[1:] == ("A=3", "B=2")
    assert (config.entrypoint, config.command) == (("e",), ("/bin/sh", "-c", "c"))
    assert (config.exposed, config.volumes, config.stop_signal) == (("80/tcp",), ("/v",), "9")
    assert (config.labels, config.user, config.working_directory) == ({"l": "3", "m": "n"}, "u", "/w")


def test_an_entrypoint_takes_the_bases_command_away() -> None:
    """Unless the Dockerfile has its own."""
    base = ImageConfig(command=("base",))

    assert graph("FROM a\nENTRYPOINT x\n", config=base).targets[0].config.command == ()
    assert graph("FROM a\nRUN x\n", config=base).targets[0].config.command == ("base",)


def images(text: str, line: str = "") -> list[tuple[str, str]]:
    request = parse_build(["build", *shlex.split(line), "."], environment={})
    plan = plan_build(parse_dockerfile(text, path="Dockerfile"), request)
    return [(image.reference, str(image.platform)) for image in plan.images]


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        pytest.param("FROM debian\n", "", [("docker.io/library/debian:latest", "linux/amd64")], id="from"),
        pytest.param("ARG V=1\nFROM a:${V}\n", "--build-arg V=2", [("docker.io/library/a:2", "linux/amd64")], id="arg"),
        pytest.param(
            "FROM scratch\nCOPY --from=a x /\n", "", [("docker.io/library/a:latest", "linux/amd64")], id="copy"
        ),
        pytest.param(
            "FROM scratch\nRUN --mount=from=a,target=/x y\n",
            "",
            [("docker.io/library/a:latest", "linux/amd64")],
            id="mount",
        ),
        pytest.param("FROM a AS x\nFROM b\n", "", [("docker.io/library/b:latest", "linux/amd64")], id="unreached"),
        pytest.param("FROM --platform=arm64 a\n", "", [("docker.io/library/a:latest", "linux/arm64")], id="platform"),
        pytest.param(
            "FROM a\n",
            "--build-context a=docker-image://b:1",
            [("docker.io/library/b:1", "linux/amd64")],
            id="replaced",
        ),
        pytest.param(
            "FROM x AS a\n",
            "--build-context a=docker-image://b:1",
            [("docker.io/library/b:1", "linux/amd64")],
            id="stage-replaced",
        ),
        pytest.param("FROM a\n", "--build-context a=docker-image://scratch", [], id="replaced-by-nothing"),
        pytest.param("FROM a\n", "--build-context a=folder", [], id="replaced-by-a-folder"),
    ],
)
def test_images(text: str, line: str, expected: list[tuple[str, str]]) -> None:
    """Only what the target needs, contexts in place of what they are named like."""
    assert images(text, line) == expected


def test_a_mount_may_lie_in_the_base_images_own_folder() -> None:
    """Which nobody knows; one that hides everything is refused where it is known."""
    assert key("RUN --mount=target=. x") == key("RUN --mount=target=. x")
    assert key("RUN --mount=target=. x") != key("RUN --mount=target=y x")
    with pytest.raises(DockerfileError, match='invalid mount target "/"'):
        graph("FROM a\nRUN --mount=target=. x\n", config=ImageConfig(working_directory="/"))


def test_a_named_folder_is_copied_by_content() -> None:
    """A folder context gives files as the main one does."""
    step = graph("FROM scratch\nCOPY --from=ctx a /\n", "--build-context ctx=folder").steps[0]

    assert [(link.vertex.reference, link.content is not None) for link in step.inputs] == [("ctx", True)]


def test_no_cache_is_for_stages() -> None:
    """`--no-cache-filter` marks the steps of the stages it names; WORKDIR never is."""

    def ignored(line: str) -> list[str]:
        steps: tuple[BuildVertex, ...] = graph("FROM a AS b\nRUN x\nWORKDIR /y\nFROM b\nRUN z\n", line).steps
        return [step.name for step in steps if step.ignores_cache]

    assert ignored("") == []
    assert ignored("--no-cache-filter B") == ["[b 2/3] RUN x"]
    assert ignored("--no-cache") == ["[b 2/3] RUN x", "[stage-1 1/1] RUN z"]


def test_platforms_share_what_does_not_depend_on_them() -> None:
    """COPY on the same files is one step for both."""
    both = graph("FROM scratch\nCOPY a /\nRUN x\n", "--platform linux/amd64,linux/arm64")

    assert len(both.targets) == 2
    assert [target.platform for target in both.targets] == [Platform(), Platform(architecture="arm64")]
    assert len(both.steps) == 3


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        pytest.param("FROM a AS b\n", "--target c", 'target stage "c" could not be found', id="target"),
        pytest.param("FROM $A\n", "", "base name ($A) should not be blank", id="base"),
        pytest.param("FROM --platform=$A b\n", "", "empty platform value from expression $A", id="no-platform"),
        pytest.param("FROM --platform=a/b/c/d b\n", "", "failed to parse platform a/b/c/d", id="platform"),
        pytest.param("FROM a\nCOPY --from=$B c /\n", "", "variable expansion is not supported for --from", id="from"),
        pytest.param("FROM a\nCOPY --from=7 c /\n", "", "invalid stage index 7", id="index"),
        pytest.param(
            "FROM a AS b\nCOPY --from=c x /\nFROM a AS c\nCOPY --from=b x /\n",
            "",
            "circular dependency detected on stage: b",
            id="circle",
        ),
        pytest.param("FROM a/B\n", "", 'failed to parse stage name "a/B"', id="reference"),
        pytest.param("FROM a\nCOPY --chmod=99 x /\n", "", "invalid chmod parameter: '99'", id="chmod"),
        pytest.param("FROM a\nCOPY --chmod=17777 x /\n", "", "invalid chmod parameter: '17777'", id="chmod-range"),
        pytest.param("FROM a\nCOPY --chmod=u+q x /\n", "", "invalid syntax", id="symbolic-chmod"),
        pytest.param("FROM a\nCOPY --link --chown=me x /\n", "", "can't be resolved when used with --link", id="link"),
        pytest.param("FROM a\nCOPY https://x.test/y /\n", "", "source can't be a URL for COPY", id="url"),
        pytest.param("FROM a\nCOPY git@x.test:y /\n", "", "source can't be a git ref for COPY", id="git"),
        pytest.param("FROM a\nADD --checksum=x y /\n", "", "checksum requires HTTP(S) or Git sources", id="checksum"),
        pytest.param("FROM a\nRUN --mount=target=/ x\n", "", 'invalid mount target "/"', id="mount-target"),
        pytest.param("FROM a\nWORKDIR /\nRUN --mount=target=. x\n", "", 'invalid mount target "/"', id="mount-root"),
        pytest.param("FROM a\nRUN []\n", "", "arguments are required", id="no-words"),
        pytest.param("FROM a\nSTOPSIGNAL FOO\n", "", "invalid signal: FOO", id="signal"),
        pytest.param(
            "FROM a\nRUN x\nFROM a AS b\nCOPY --from=c x /\nFROM a AS c\n",
            "--target b",
            'cannot copy from stage "c", it needs to be defined before current stage "b"',
            id="later-stage",
        ),
        pytest.param(
            "FROM a AS b\nRUN --mount=from=c,target=/m x\nFROM a AS c\n",
            "--target b",
            "cannot mount from",
            id="later-mount",
        ),
    ],
)
def test_errors_are_buildkits(text: str, line: str, message: str) -> None:
    """In its words."""
    with pytest.raises(DockerfileError, match=re.escape(message)):
        graph(text, line)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        pytest.param("FROM a\nADD https://x.test/y /\n", "", "Dockerfile:2: `ADD https://x.test/y`", id="url"),
        pytest.param(
            "FROM a\n", "--build-context b=oci-layout://c", "`--build-context b=oci-layout://c`", id="context"
        ),
        pytest.param("FROM a\nWORKDIR /x\n", "--build-arg SOURCE_DATE_EPOCH=x", "SOURCE_DATE_EPOCH='x'", id="epoch"),
    ],
)
def test_what_is_not_known_is_named(text: str, line: str, message: str) -> None:
    """With the place where there is one."""
    with pytest.raises(UnsupportedError, match=re.escape(message)):
        graph(text, line)
