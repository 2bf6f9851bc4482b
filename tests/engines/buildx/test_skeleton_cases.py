"""Constructs of Dockerfiles for which the skeleton must keep to the real thing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from pytest_cicache.errors import UnsupportedError
from pytest_cicache.observation import BuildRecord

BASE = "ghcr.io/acme/base:1"
FILES = {"a.txt": "a", "b.txt": "b", "dir/c.txt": "c", "other/d.txt": "d"}


@dataclass(frozen=True)
class Case:
    """Two Dockerfiles built one after the other; what the second must say in the skeleton."""

    before: str
    expected: str
    after: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    seed_words: tuple[str, ...] = ()
    mode: str = "max"


STAGES = f"""\
FROM {BASE} AS one
COPY a.txt /one/
RUN echo one > /out
FROM {BASE} AS two
COPY b.txt /two/
RUN echo two > /out
FROM {BASE}
COPY --from=one /out /one
COPY --from=two /out /two
RUN echo end > /end
"""
SCRATCH = """\
FROM ghcr.io/acme/base:1 AS base
FROM scratch
COPY --from=base / /
COPY a.txt /
RUN echo hello > /hello
"""
WHOLE = """\
FROM ghcr.io/acme/base:1 AS build
COPY a.txt /a.txt
RUN echo built > /built
FROM scratch
COPY --from=build / /
COPY b.txt /b.txt
"""

CASES = {
    "nothing in min mode": Case(STAGES, "CCCCCCC", mode="min"),
    "a builder stage in min mode": Case(STAGES, "RRCC???", files={"a.txt": "2"}, mode="min"),
    "last stage in min mode": Case(STAGES, "CCCCCCR", after=STAGES.replace("echo end", "echo END"), mode="min"),
    "one of two builders": Case(STAGES, "CCRRC??", files={"b.txt": "2"}),
    "target": Case(STAGES, "CC", words=("--target", "one")),
    "cache of a target": Case(STAGES, "CCRRRRR", seed_words=("--target", "one")),
    "scratch with a platform in RUN": Case(SCRATCH, "CCC"),
    "another platform on scratch": Case(SCRATCH.replace("RUN", "#RUN"), "CC", words=("--platform", "linux/amd64")),
    "a whole stage is copied": Case(WHOLE, "CCCC"),
    "a whole stage is copied, its file changed": Case(WHOLE, "RR??", files={"a.txt": "2"}),
    "a whole stage is copied, its RUN changed": Case(WHOLE, "CR??", after=WHOLE.replace("echo built", "echo more")),
    "here-document of a RUN": Case(
        f"FROM {BASE}\nRUN <<END\necho 1 > /a\necho 2 > /b\nEND\nCOPY a.txt /\n",
        "RR",
        after=f"FROM {BASE}\nRUN <<END\necho 1 > /a\necho 3 > /b\nEND\nCOPY a.txt /\n",
    ),
    "here-document of a COPY": Case(
        f"FROM {BASE}\nARG V=1\nCOPY <<END /conf\nv=$V\nEND\nRUN cat /conf > /o\n",
        "RR",
        words=("--build-arg", "V=2"),
    ),
    "quoted here-document": Case(
        f"FROM {BASE}\nARG V=1\nCOPY <<'END' /conf\nv=$V\nEND\n",
        "C",
        words=("--build-arg", "V=2"),
    ),
    "global argument used in a stage": Case(
        f"ARG V=1\nFROM {BASE}\nCOPY a.txt /\nARG V\nRUN echo $V > /v\n", "CR", words=("--build-arg", "V=2")
    ),
    "global argument not declared in the stage": Case(
        f"ARG V=1\nFROM {BASE}\nRUN echo $V > /v\n", "C", words=("--build-arg", "V=2")
    ),
    "argument of a parent stage is inherited": Case(
        f"FROM {BASE} AS p\nARG V=1\nENV E=1\nCOPY a.txt /\nFROM p\nRUN echo $V$E > /v\n",
        "CR",
        words=("--build-arg", "V=2"),
    ),
    "argument before FROM stays out of a stage's paths": Case(
        f"ARG V=1\nFROM {BASE}\nCOPY a.txt /v$V/\n", "C", words=("--build-arg", "V=2")
    ),
    "variable of a parent stage is inherited": Case(
        f"FROM {BASE} AS p\nENV E=1\nCOPY a.txt /\nFROM p\nRUN echo $E > /v\n",
        "CR",
        after=f"FROM {BASE} AS p\nENV E=2\nCOPY a.txt /\nFROM p\nRUN echo $E > /v\n",
    ),
    "argument set to nothing is not the unset one": Case(
        f"FROM {BASE}\nARG V\nRUN echo $V > /v\n", "R", words=("--build-arg", "V=")
    ),
    "order of variables": Case(
        f"FROM {BASE}\nENV A=1\nENV B=2\nRUN echo > /v\n",
        "R",
        after=f"FROM {BASE}\nENV B=2\nENV A=1\nRUN echo > /v\n",
    ),
    "quotes in a variable": Case(
        f'FROM {BASE}\nENV A="it\'s \\"$HOME\\""\nRUN echo "$A" > /v\n',
        "C",
    ),
    "argument below a RUN": Case(
        f"FROM {BASE}\nRUN echo 1 > /a\nARG V=1\nRUN echo 2 > /b\n", "CR", words=("--build-arg", "V=2")
    ),
    "cache mount": Case(
        f"FROM {BASE}\nRUN --mount=type=cache,target=/c echo 1 > /a\n",
        "R",
        after=f"FROM {BASE}\nRUN --mount=type=cache,target=/d echo 1 > /a\n",
    ),
    "bound folder": Case(
        f"FROM {BASE}\nRUN --mount=type=bind,source=dir,target=/d cat /d/c.txt > /a\nCOPY a.txt /\n",
        "CC",
        files={"other/d.txt": "2"},
    ),
    "file in a bound folder": Case(
        f"FROM {BASE}\nRUN --mount=type=bind,source=dir,target=/d cat /d/c.txt > /a\nCOPY a.txt /\n",
        "RR",
        files={"dir/c.txt": "2"},
    ),
    "bound stage": Case(
        f"FROM {BASE} AS s\nCOPY a.txt /s/\nFROM {BASE}\nRUN --mount=from=s,source=/s,target=/s cat /s/a.txt > /a\n",
        "RR",
        files={"a.txt": "2"},
    ),
    "network of one RUN": Case(
        f"FROM {BASE}\nRUN echo 1 > /a\n", "R", after=f"FROM {BASE}\nRUN --network=none echo 1 > /a\n"
    ),
    "linked copy": Case(f"FROM {BASE}\nCOPY a.txt /\nCOPY --link b.txt /\n", "RC", files={"a.txt": "2"}),
    "patterns": Case(f"FROM {BASE}\nCOPY *.txt /all/\nRUN echo > /e\n", "RR", files={"n.txt": "n"}),
    "stage by number": Case(
        f"FROM {BASE}\nCOPY a.txt /\nFROM {BASE}\nCOPY --from=0 /a.txt /b.txt\n", "RR", files={"a.txt": "2"}
    ),
    "no cache for one stage": Case(STAGES, "CCRRC??", words=("--no-cache-filter", "two")),
    "named context": Case(
        f"FROM {BASE}\nCOPY --from=more d.txt /\nCOPY a.txt /\n",
        "RR",
        files={"other/d.txt": "2"},
        words=("--build-context", "more=other"),
        seed_words=("--build-context", "more=other"),
    ),
    "stage on a named context": Case(
        "FROM more AS one\nCOPY a.txt /\nCOPY b.txt /\nFROM scratch\nCOPY --from=one /d.txt /\n",
        "RRC",
        files={"b.txt": "2"},
        words=("--build-context", "more=other"),
        seed_words=("--build-context", "more=other"),
    ),
    "two platforms": Case(
        "FROM scratch\nCOPY a.txt /\nCOPY b.txt /\n",
        "CR",
        files={"b.txt": "2"},
        words=("--platform", "linux/amd64,linux/arm64"),
        seed_words=("--platform", "linux/amd64,linux/arm64"),
    ),
    "escape directive": Case(f"# escape=`\nFROM {BASE}\nENV A=`$x\nRUN echo 1 `\n > /a\n", "C"),
}


def states(record: BuildRecord) -> str:
    return "".join({True: "C", False: "R", None: "?"}[vertex.cached] for vertex in record.vertices)


def names(record: BuildRecord) -> list[str]:
    """Without the platform: a step that platforms share shows the name of any of them."""
    return [re.sub(r"^\[linux/\w+ ", "[", vertex.name) for vertex in record.vertices]


@pytest.mark.docker
@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_a_construct_keeps_its_key(make_bench: Any, base_image: str, case: Case) -> None:
    """The skeleton hits and misses where the Dockerfile as written does, under the same names."""
    del base_image
    records = []
    for real in (False, True):
        bench = make_bench()
        bench.write({**FILES, "Dockerfile": case.before})
        bench.seed(*case.seed_words, mode=case.mode, real=real)
        bench.write({**case.files, "Dockerfile": case.after or case.before})
        records.append(bench.reuse(*case.words, real=real))
    skeleton, real_record = records

    assert states(skeleton) == case.expected
    assert names(skeleton) == names(real_record)
    claims = zip(states(skeleton), states(real_record), strict=True)
    assert [pair for pair in claims if pair[0] != "?" and pair[0] != pair[1]] == []


@pytest.mark.parametrize(
    ("dockerfile", "words"),
    [
        pytest.param("FROM a\nADD https://example.org/x /x\n", (), id="url"),
        pytest.param("FROM a AS b\nONBUILD RUN x\nFROM b\nRUN y\n", (), id="onbuild"),
        pytest.param("FROM a-$TARGETARCH\nRUN x\n", ("--platform", "linux/amd64,linux/arm64"), id="base-by-platform"),
    ],
)
def test_what_the_skeleton_cannot_tell_is_an_error_that_names_it(
    tmp_path: Any, dockerfile: str, words: tuple[str, ...]
) -> None:
    """Never a guess: the construct and its line are named."""
    import asyncio

    from pytest_cicache.buildx import parse_build
    from pytest_cicache.engines import BuildPlace
    from pytest_cicache.engines.buildx import BuildxBuilder
    from pytest_cicache.oci import GatewayAddress

    (tmp_path / "Dockerfile").write_text(dockerfile)
    place = BuildPlace(
        directory=tmp_path, environment={}, gateway=GatewayAddress(port=1, simulation="s"), credential=None
    )
    request = parse_build(("build", *words, "."), environment={})
    with pytest.raises(UnsupportedError, match=r"Dockerfile:\d"):
        asyncio.run(BuildxBuilder(folder=tmp_path).build(request, place))
