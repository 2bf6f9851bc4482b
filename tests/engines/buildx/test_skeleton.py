"""The skeleton of a Dockerfile hits and misses where the Dockerfile itself does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from pytest_cicache.observation import BuildRecord

DOCKERFILE = """\
ARG BASE=ghcr.io/acme/base:1
FROM ${BASE} AS build
ARG VERSION=1
ENV MODE=dev
WORKDIR /src
COPY app.txt /src/app.txt
COPY dir/ /src/dir/
RUN echo built $VERSION > /out
RUN --mount=type=bind,source=bound.txt,target=/bound.txt cat /bound.txt > /bound
COPY late.txt /late.txt
FROM ${BASE}
COPY first.txt /first.txt
RUN echo $((1 + 1)) > /two
COPY --from=build /out /out
COPY last.txt /last.txt
RUN echo end > /end
"""
FILES = {
    "Dockerfile": DOCKERFILE,
    ".dockerignore": "ignored.txt\n",
    "ignored.txt": "1",
    "app.txt": "v1\n",
    "dir/a": "a",
    "bound.txt": "b",
    "late.txt": "l",
    "first.txt": "f",
    "last.txt": "z",
}
NAMES = (
    "[build 2/7] WORKDIR /src",
    "[build 3/7] COPY app.txt /src/app.txt",
    "[build 4/7] COPY dir/ /src/dir/",
    "[build 5/7] RUN echo built 1 > /out",
    "[build 6/7] RUN --mount=type=bind,source=bound.txt,target=/bound.txt cat /bound.txt > /bound",
    "[build 7/7] COPY late.txt /late.txt",
    "[stage-1 2/6] COPY first.txt /first.txt",
    "[stage-1 3/6] RUN echo $((1 + 1)) > /two",
    "[stage-1 4/6] COPY --from=build /out /out",
    "[stage-1 5/6] COPY last.txt /last.txt",
    "[stage-1 6/6] RUN echo end > /end",
)


@dataclass(frozen=True)
class Change:
    """An edit between two builds, the words added to the second, and what the skeleton must say (C, R, ?)."""

    expected: str
    replace: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()


# The steps are build 2-7, then stage-1 2-6; the rows are those of the table of BuildKit's measured key effects.
CHANGES = {
    "nothing": Change("CCCCCC CCCCC"),
    "unrelated and ignored files": Change("CCCCCC CCCCC", files={"other.txt": "x", "ignored.txt": "2"}),
    "ignore file": Change("CCCCCC CCCCC", files={".dockerignore": "ignored.txt\n# more\n"}),
    "comment and letter case": Change(
        "CCCCCC CCCCC", replace={"COPY late": "# why\ncopy late", "AS build\n": "as BUILD\n"}
    ),
    "stage name": Change("CCCCCC CCCCC", replace={"AS build": "AS made", "from=build": "from=made"}),
    "label and command": Change("CCCCCC CCCCC", replace={"RUN echo end": 'LABEL a=b\nCMD ["x"]\nRUN echo end'}),
    "undeclared argument": Change("CCCCCC CCCCC", words=("--build-arg", "NOBODY=1")),
    "secret": Change("CCCCCC CCCCC", words=("--secret", "id=x,src=app.txt")),
    "label option": Change("CCCCCC CCCCC", words=("--label", "a=b", "--provenance=false", "--pull")),
    "content of a copied file": Change("CRRRRR CC???", files={"app.txt": "v2\n"}),
    "a file more in a copied folder": Change("CCRRRR CC???", files={"dir/b": "b"}),
    "text of a RUN": Change("CCCRRR CC???", replace={"echo built": "echo  built"}),
    "value of an ENV": Change("CCCRRR CC???", replace={"MODE=dev": "MODE=prod"}),
    "declared argument": Change("CCCRRR CC???", words=("--build-arg", "VERSION=2")),
    "user before a RUN": Change("CCCRRR CC???", replace={"RUN echo built": "USER 0\nRUN echo built"}),
    "network": Change("CCCRRR CRRRR", words=("--network", "none")),
    "host": Change("CCCRRR CRRRR", words=("--add-host", "some.where:10.0.0.1")),
    "working directory": Change("RRRRRR CC???", replace={"WORKDIR /src": "WORKDIR /source"}),
    "mounted file": Change("CCCCRR CC???", files={"bound.txt": "c"}),
    "last file of a builder": Change("CCCCCR CCCCC", files={"late.txt": "m"}),
    "COPY becomes ADD": Change("CCCCCC CCCRR", replace={"COPY last": "ADD last"}),
    "mode": Change("CCCCCC CCCRR", replace={"COPY last": "COPY --chmod=600 last"}),
    "owner": Change("CCCCCC CCCRR", replace={"COPY last": "COPY --chown=1:1 last"}),
    "other file name": Change("CCCCCC CCCRR", replace={"COPY last.txt": "COPY other"}, files={"other": "z"}),
    "same name from another folder": Change(
        "CCCCCC CCCCC", replace={"COPY last.txt": "COPY more/last.txt"}, files={"more/last.txt": "z"}
    ),
    "shell form and exec form": Change(
        "CCCCCC CCCCC", replace={"RUN echo end > /end": 'RUN ["/bin/sh", "-c", "echo end > /end"]'}
    ),
    "shell": Change("CCCCCC CCCCR", replace={"RUN echo end": 'SHELL ["/bin/sh", "-ec"]\nRUN echo end'}),
    "last step behind an unknown one": Change("CRRRRR CC??R", files={"app.txt": "3"}, replace={"echo end": "echo End"}),
    "no cache": Change("CRRRRR RRRRR", words=("--no-cache",)),
}


def states(record: BuildRecord) -> str:
    letters = [{True: "C", False: "R", None: "?"}[vertex.cached] for vertex in record.vertices]
    return "".join(letters[:6]) + " " + "".join(letters[6:])


@pytest.fixture(scope="module")
def seeds(make_bench: Any, base_image: str) -> tuple[str, str]:
    """The caches of the unchanged context: of its skeleton, and of itself."""
    del base_image
    skeleton, real = make_bench(), make_bench()
    for bench in (skeleton, real):
        bench.write(FILES)
        bench.seed(real=bench is real)
    return skeleton.cache, real.cache


@pytest.mark.docker
@pytest.mark.parametrize("change", [pytest.param(change, id=name) for name, change in CHANGES.items()])
def test_a_change_misses_where_it_does_for_real(bench: Any, seeds: tuple[str, str], change: Change) -> None:
    """Same hits and misses as the Dockerfile as written, where the skeleton claims one."""
    bench.write({**FILES, **change.files, "Dockerfile": edited(change)})
    skeleton = bench.build("--cache-from", seeds[0], *change.words)
    real = bench.build("--cache-from", seeds[1], *change.words, real=True)

    assert (skeleton.errors, real.errors) == ((), ())
    assert states(skeleton) == change.expected
    assert [vertex.name for vertex in skeleton.vertices] == [vertex.name for vertex in real.vertices]
    claims = zip(states(skeleton), states(real), strict=True)
    assert [pair for pair in claims if pair[0] != "?" and pair[0] != pair[1]] == []


def edited(change: Change) -> str:
    text = DOCKERFILE
    for old, new in change.replace.items():
        assert old in text
        text = text.replace(old, new)
    return text
