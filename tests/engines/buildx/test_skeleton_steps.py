"""What is known of a step follows from what BuildKit said of the skeleton, without Docker."""

from __future__ import annotations

import json

import pytest

from pytest_cicache.dockerfile import parse_dockerfile
from pytest_cicache.engines.buildx._log import BuildLog
from pytest_cicache.engines.buildx._skeleton_steps import SkeletonSteps
from pytest_cicache.skeleton import write_skeleton

DOCKERFILE = """\
FROM debian AS build
COPY a /src/
RUN make
FROM alpine
RUN setup
COPY --from=build /out /out
COPY b /b
"""
NAMES = {
    2: ["[build 2/3] COPY"],
    3: ["[build 3/3] RUN"],
    5: ["[1 2/4] RUN"],
    6: ["[1 3/4] FROM BUILD"],
    7: ["[1 4/4] B"],
}
# The vertices of the skeleton in the order of the letters: bases, build's steps, the last stage's steps.
VERTICES = (
    "[cicache-base-0 1/1] COPY",
    "[cicache-base-1 1/1] COPY",
    "[cicache-s0 1/2] COPY a /src/",
    "[cicache-s0 2/2] COPY <<CICACHE /.cicache/step",
    "[cicache-s1 1/3] COPY <<CICACHE /.cicache/step",
    "[cicache-s1 2/3] COPY --from",
    "[cicache-s1 3/3] COPY b /b",
)


def steps(text: str = DOCKERFILE) -> SkeletonSteps:
    skeleton = write_skeleton(
        parse_dockerfile(text, path="Dockerfile"),
        arguments={},
        contexts={},
        base_digests={},
        base_configs={},
        circumstances=(),
        platforms=("linux/amd64",),
        target=None,
    )
    return SkeletonSteps(skeleton=skeleton, names=NAMES)


def said(letters: str) -> BuildLog:
    """C cached, R ran, - not reached."""
    log = BuildLog()
    for name, letter in zip(VERTICES, letters, strict=True):
        vertex = {"digest": name, "name": name, "cached": letter == "C"}
        if letter != "-":
            vertex |= {"started": "2026-01-01T00:00:00Z", "completed": "2026-01-01T00:00:00Z"}
        log.feed(json.dumps({"vertexes": [vertex]}))
    return log


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        pytest.param("CCCCCCC", "CCCCC", id="all"),
        pytest.param("RRRRRRR", "RRRRR", id="none"),
        pytest.param("CCRRCCC", "RRC??", id="a-builder-ran"),
        pytest.param("CCRRCCR", "RRC?R", id="a-miss-behind-an-unknown-is-its-own"),
        pytest.param("CCRRCRR", "RRCRR", id="the-copy-itself-changed"),
        pytest.param("CRCCRRR", "CCRRR", id="another-base"),
        pytest.param("RCRRCCC", "RRC??", id="another-base-of-the-builder"),
        pytest.param("CCRRRCC", "RRR??", id="hit-by-content-on-a-step-that-ran-again"),
        pytest.param("CCCC---", "CC", id="not-reached"),
    ],
)
def test_a_step_is_unknown_where_only_running_could_tell(letters: str, expected: str) -> None:
    """A step that takes what a re-run RUN made is unknown, and so is all behind it that did not miss by itself."""
    states = steps().states(said(letters), cold=False)
    assert "".join({True: "C", False: "R", None: "?"}[state.cached] for state in states) == expected
    assert [state.name for state in states] == [names[0] for names in NAMES.values()][: len(states)]


def test_what_a_copy_brought_and_a_run_may_have_changed_is_unknown_either_way() -> None:
    """A miss says nothing when the path may hold files of the context that a RUN went over."""
    text = DOCKERFILE.replace("/out /out", "/src /out")
    unsure = steps(text).states(said("CCRRCRR"), cold=False)
    cold = steps(text).states(said("CCRRCRR"), cold=True)

    assert [state.cached for state in unsure] == [False, False, True, None, None]
    assert [state.cached for state in cold] == [False, False, True, False, False]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        pytest.param("[cicache-s0 2/2] COPY <<CICACHE /.cicache/step", "[build 3/3] RUN", id="step"),
        pytest.param("[cicache-base-0 1/1] COPY", "FROM docker.io/library/debian:latest", id="base"),
        pytest.param("[cicache-image-0 1/1] COPY", None, id="help"),
        pytest.param("[internal] preparing inline document", None, id="inline"),
        pytest.param("exporting to image", "exporting to image", id="output"),
        pytest.param("[other 1/1] COPY", "[other 1/1] COPY", id="foreign"),
    ],
)
def test_a_vertex_is_shown_by_the_name_of_its_instruction(name: str, title: str | None) -> None:
    """What is only ours is hidden."""
    assert steps().title(name) == title


def test_excerpts_of_our_own_file_are_not_shown() -> None:
    """Only the errors are about the Dockerfile as written."""
    lines = ["Dockerfile:9", "   9 | >>> COPY --from=cicache-s0", "ERROR: failed to build: x", "denied: no"]
    assert steps().last_words(lines) == ("ERROR: failed to build: x", "denied: no")
