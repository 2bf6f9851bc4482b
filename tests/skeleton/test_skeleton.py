"""A Dockerfile becomes its skeleton: no image, no command, every step in its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from pytest_cicache.buildkit import ImageConfig
from pytest_cicache.dockerfile import parse_dockerfile
from pytest_cicache.errors import DockerfileError, UnsupportedError
from pytest_cicache.skeleton import Part, Skeleton, write_skeleton
from pytest_cicache.skeleton._paths import absolute, optional, overlap, quoted

HEX = re.compile(r"\b[0-9a-f]{64}\b")


def skeleton(
    text: str,
    *,
    arguments: Mapping[str, str] | None = None,
    contexts: Mapping[str, str] | None = None,
    base_digests: Mapping[str, str] | None = None,
    base_configs: Mapping[str, ImageConfig] | None = None,
    circumstances: tuple[object, ...] = (),
    platforms: tuple[str, ...] = ("linux/amd64",),
    target: str | None = None,
) -> Skeleton:
    return write_skeleton(
        parse_dockerfile(text, path="Dockerfile"),
        arguments=arguments or {},
        contexts=contexts or {},
        base_digests=base_digests or {},
        base_configs=base_configs or {},
        circumstances=circumstances,
        platforms=platforms,
        target=target,
    )


def lines(text: str, stage: str = "cicache-s0", **options: object) -> list[str]:
    """The lines of one stage, digests replaced by KEY."""
    made = skeleton(text, **options)  # type: ignore[arg-type]
    (found,) = (item for item in made.stages if item.name == stage)
    return [HEX.sub("KEY", line) for line in found.lines]


def keys(text: str, **options: object) -> list[str]:
    return HEX.findall(skeleton(text, **options).text)  # type: ignore[arg-type]


def test_a_base_image_becomes_a_file_that_names_it() -> None:
    """The image's canonical name, what it is said to hold, and the platform; one stage for equal images."""
    made = skeleton("FROM debian AS a\nFROM debian:latest\n", base_digests={"debian": "sha256:1"})

    assert [stage.name for stage in made.stages if stage.image and not stage.is_written] == ["cicache-base-0"]
    assert "docker.io/library/debian:latest sha256:1 ${TARGETPLATFORM}" in made.text
    assert made.text.count("FROM cicache-base-0 AS") == 2


def test_a_known_base_brings_its_configuration() -> None:
    """Its stand-in has the same variables, folder and user, which the steps on it see."""
    config = ImageConfig(
        environment=("PATH=/bin", 'A=x "y" $z'),
        working_directory="/w",
        user="me",
        shell=("/bin/sh", "-e", "-c"),
        labels={"l": "1"},
        entrypoint=("run",),
        command=("it",),
        exposed=("80/tcp",),
        volumes=("/v",),
        stop_signal="SIGINT",
    )
    text = "FROM debian\nRUN x\nCOPY --from=debian a b\n"
    made = skeleton(text, base_configs={"debian": config})
    (base,) = (stage for stage in made.stages if stage.name == "cicache-base-0")

    assert base.lines[2:] == [
        'ENV "PATH"="/bin"',
        'ENV "A"="x \\"y\\" \\$z"',
        'LABEL "l"="1"',
        "WORKDIR /w",
        "USER me",
        'SHELL ["/bin/sh", "-e", "-c"]',
        'ENTRYPOINT ["run"]',
        'CMD ["it"]',
        "EXPOSE 80/tcp",
        'VOLUME ["/v"]',
        "STOPSIGNAL SIGINT",
    ]
    assert len(base.origins) == 2
    run = "\n".join(lines(text, base_configs={"debian": config}))
    assert "user me" in run
    assert "A${A+=}${A-}" in run
    other = replace(config, working_directory="/x")
    assert keys(text, base_configs={"debian": config}) != keys(text, base_configs={"debian": other})


def test_the_arguments_of_from_do_not_reach_the_stages() -> None:
    """They are declared in a stage from which nothing inherits."""
    made = skeleton("ARG V=1\nFROM debian:$V\nCOPY a /$V\n")
    declaring = {stage.name for stage in made.stages if any(line.startswith("ARG ") for line in stage.lines)}

    assert declaring == {"cicache-image-0"}
    assert not any(stage.parent in declaring for stage in made.stages)
    assert "docker.io/library/debian:1 " in made.text


def test_a_run_becomes_a_file_of_what_its_key_holds() -> None:
    """User and variables are written so that BuildKit fills in their values."""
    assert lines("FROM scratch\nARG A\nENV B=1\nARG C=2\nUSER me$B\nRUN x\n")[-7:] == [
        "COPY --from=cicache-platform /.cicache/platform /.cicache/",
        "COPY <<CICACHE /.cicache/step",
        "KEY",
        "user me1",
        "B${B+=}${B-}",
        "C${C+=}${C-}",
        "CICACHE",
    ]


@pytest.mark.parametrize(
    ("one", "other", "is_equal"),
    [
        pytest.param("RUN x", "RUN x", True, id="same"),
        pytest.param("RUN x", "RUN  x", True, id="space-before"),
        pytest.param("RUN x y", "RUN x  y", False, id="space-within"),
        pytest.param("RUN x", 'RUN ["/bin/sh", "-c", "x"]', True, id="exec-form"),
        pytest.param("RUN x", 'SHELL ["/bin/sh", "-c"]\nRUN x', True, id="default-shell"),
        pytest.param("RUN x", 'SHELL ["/bin/bash", "-c"]\nRUN x', False, id="shell"),
        pytest.param("RUN x", "RUN --network=default x", True, id="default-network"),
        pytest.param("RUN x", "RUN --network=none x", False, id="network"),
        pytest.param("RUN x", "RUN --security=insecure x", False, id="security"),
        pytest.param("RUN x", "RUN --mount=type=cache,target=/c x", False, id="cache-mount"),
        pytest.param(
            "RUN --mount=type=cache,target=/c x", "RUN --mount=target=/c,type=cache x", True, id="mount-order"
        ),
        pytest.param("RUN --mount=source=a,target=/c x", "RUN --mount=source=b,target=/c x", True, id="mount-source"),
        pytest.param("RUN <<E\na\nE", "RUN <<E\nb\nE", False, id="here-document"),
        pytest.param("ENV A=1\nRUN x", "ENV A=1\nARG A=2\nRUN x", True, id="argument-behind-variable"),
    ],
)
def test_equal_commands_have_equal_keys(one: str, other: str, is_equal: bool) -> None:
    """What BuildKit's key of a RUN does not hold is not in the file either."""
    first, second = keys(f"FROM scratch\n{one}\n"), keys(f"FROM scratch\n{other}\n")
    assert (first == second) is is_equal


def test_commands_on_scratch_know_their_platform() -> None:
    """No image is in their key, so the platform's file is; one is enough."""
    made = skeleton("FROM scratch\nRUN x\nRUN y\n")
    assert [stage.name for stage in made.stages].count("cicache-platform") == 1
    assert made.text.count("COPY --from=cicache-platform") == 2


def test_the_command_line_is_in_every_runs_key() -> None:
    """Network, hosts and limits count."""
    assert keys("FROM scratch\nRUN x\n") != keys("FROM scratch\nRUN x\n", circumstances=("none",))


@pytest.mark.parametrize(
    ("copy", "expected"),
    [
        pytest.param("COPY a b /c/", "COPY a b /c/", id="as-written"),
        pytest.param("COPY --chown=1:2 a /b", "COPY --chown=1:2 a /b", id="numbers"),
        pytest.param("COPY --from=one /out/x /y", 'COPY --from=cicache-s0 ["/[o]ut/x", "/y"]', id="stage"),
        pytest.param("COPY --from=0 out /y", 'COPY --from=cicache-s0 ["/[o]ut", "/y"]', id="number"),
        pytest.param(
            "COPY --from=ONE --link --chmod=600 /o /y",
            'COPY --from=cicache-s0 --chmod=600 --link ["/[o]", "/y"]',
            id="flags",
        ),
        pytest.param("COPY --from=one / /", 'COPY --from=cicache-s0 --exclude=.cicache ["/", "/"]', id="root"),
        pytest.param("COPY --from=one /*.whl /y/", 'COPY --from=cicache-s0 ["/*.whl", "/y/"]', id="pattern"),
        pytest.param("COPY --from=alpine /o /y", 'COPY --from=cicache-base-0 ["/[o]", "/y"]', id="image"),
        pytest.param("COPY --from=more /o /y", 'COPY --from=more ["/o", "/y"]', id="context"),
        pytest.param(
            "ADD --unpack=false --chown=a x.tar /y",
            'ADD --chown=7250319 --unpack=false ["x.tar", "/y"]',
            id="add",
        ),
    ],
)
def test_a_copy_keeps_its_place(copy: str, expected: str) -> None:
    """From the context as written; from a stage by a pattern that may match nothing."""
    text = f"FROM scratch AS one\nFROM scratch\n{copy}\n"
    assert lines(text, "cicache-s1", contexts={"more": "folder"})[-1] == expected


def test_names_of_owners_become_numbers() -> None:
    """No /etc/passwd is there to look them up in; other names are other numbers."""
    found = [
        re.findall(r"--chown=(\S+)", line)
        for owner in ("app", "web:staff")
        for line in lines(f"FROM scratch\nCOPY --chown={owner} a /b\n")
        if "chown" in line
    ]
    numbers = [part for (text,) in found for part in text.split(":")]
    assert len(set(numbers)) == 3
    assert all(part.isdigit() for part in numbers)


def test_here_documents_of_a_copy_survive_a_rewrite() -> None:
    """Quoted ones stay quoted."""
    text = "FROM scratch\nCOPY --chown=app <<'A' <<B /c/\n$x\nA\n$y\nB\n"
    assert lines(text)[-4:] == ["$x", "A", "$y", "B"]
    assert lines(text)[-5].endswith('<<"A" <<B /c/')


def test_other_instructions_are_kept() -> None:
    """They make the image's configuration and the variables BuildKit replaces."""
    kept = ["ENV A=1", "LABEL b=c", "WORKDIR /d", 'CMD ["e"]', "VOLUME /f"]
    assert [line for line in lines("\n".join(["FROM scratch", *kept])) if line in kept] == kept


def test_targets_and_stages_get_their_names() -> None:
    """By name or by number; an unknown one is BuildKit's to refuse."""
    text = "FROM scratch AS One\nFROM one\n"
    assert skeleton(text, target="ONE").target == "cicache-s0"
    assert skeleton(text, target="1").target == "cicache-s1"
    assert skeleton(text, target="none").target == "none"
    assert skeleton(text).names == {"one": "cicache-s0"}


def test_steps_know_what_they_read() -> None:
    """A read is exact when no COPY of that stage can have brought the files."""
    text = "FROM scratch AS a\nCOPY x /src/\nRUN y\nFROM scratch\nCOPY --from=a /out /\nCOPY --from=a /src/z /\n"
    made = skeleton(text)
    reads = [origin.reads[0].is_exact for origin in made.stages[-1].origins]
    first = [origin.part for origin in made.stages[-2].origins]

    assert reads == [True, False]
    assert first == [Part.STEP, Part.HELP, Part.RUN]


@pytest.mark.parametrize(
    ("mount", "expected"),
    [
        pytest.param("target=/m", 'COPY [".", "/.cicache/mounts/0/"]', id="context"),
        pytest.param("source=/d,target=/m", 'COPY ["d", "/.cicache/mounts/0/"]', id="folder"),
        pytest.param(
            "from=one,source=/d,target=/m",
            'COPY --from=cicache-s0 ["/[d]", "/.cicache/mounts/0/"]',
            id="stage",
        ),
        pytest.param(
            "type=cache,from=one,target=/m",
            'COPY --from=cicache-s0 --exclude=.cicache ["/", "/.cicache/mounts/0/"]',
            id="cache-with-content",
        ),
        pytest.param("type=secret,id=x", "FROM cicache-base-0 AS cicache-s1", id="secret"),
    ],
)
def test_mounted_files_are_copied_first(mount: str, expected: str) -> None:
    """So their content is in the key of the RUN that follows."""
    found = lines(f"FROM scratch AS one\nFROM debian\nRUN --mount={mount} x\n", "cicache-s1")
    assert found[-5] == expected


def test_a_stage_may_stand_on_a_folder() -> None:
    """A named build context keeps its name; one that is an image is a base image."""
    text = "FROM one AS a\nCOPY x /\nFROM two\nCOPY y /\n"
    made = skeleton(text, contexts={"one": "../folder", "two": "docker-image://debian"})

    assert [stage.lines[0] for stage in made.stages if stage.is_written] == [
        "FROM one AS cicache-s0",
        "FROM cicache-base-0 AS cicache-s1",
    ]
    assert [stage.image for stage in made.stages if stage.is_written] == [None, "docker.io/library/debian:latest"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("FROM a AS b\nONBUILD RUN x\nFROM b\n", r"Dockerfile:3: ONBUILD", id="onbuild"),
        pytest.param("FROM a\nCOPY --from=b /x /\nFROM c AS b\n", r"'--from=b' names a stage further", id="later"),
    ],
)
def test_what_cannot_be_told_is_named(text: str, message: str) -> None:
    """An error, never a guess."""
    with pytest.raises(UnsupportedError, match=message):
        skeleton(text)


def test_a_base_that_depends_on_the_platform_is_told_for_one_platform_only() -> None:
    """For several it is an error; for one the image is known."""
    text = "FROM debian-$TARGETARCH\nRUN x\n"
    assert "debian-arm64:latest" in skeleton(text, platforms=("linux/arm64",)).text
    with pytest.raises(UnsupportedError, match=r"Dockerfile:1: `FROM debian-\$TARGETARCH` depends on the platform"):
        skeleton(text, platforms=("linux/arm64", "linux/amd64"))


def test_a_name_that_is_no_image_is_refused() -> None:
    """In BuildKit's words."""
    with pytest.raises(DockerfileError, match=r'failed to parse stage name "Debian": invalid reference format'):
        skeleton("FROM Debian\n")


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("/out/app", "/[o]ut/app"),
        ("out", "/[o]ut"),
        ("/.venv/", "/[.]venv"),
        ("/-x/y", "/-[x]/y"),
        ("/a*/b", "/a*/b"),
        ("/", "/"),
        ("/@@", "/@@"),
    ],
)
def test_a_path_may_be_missing(path: str, pattern: str) -> None:
    """The pattern starts in the first component, as the folder before a pattern has to exist."""
    assert optional(path) == pattern


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("/a", "/a", True),
        ("/a", "/a/b", True),
        ("/a/b", "/a", True),
        ("/", "/a", True),
        ("/a", "/ab", False),
        ("/a/b", "/a/c", False),
        ("/a/*.txt", "/a/b", True),
        ("/a*", "/b", True),
    ],
)
def test_paths_overlap(one: str, other: str, expected: bool) -> None:
    """One is the other or lies in it; a pattern may be anything from its first sign on."""
    assert overlap(one, other) is expected


def test_paths_and_words_are_written_so_that_they_are_read_back() -> None:
    """A directory is resolved, a dollar escaped."""
    assert absolute("/a", "../b/./c/") == "/b/c"
    assert quoted("a$b\\", "\\") == "a\\$b\\\\"
