"""Dockerfile text to instructions."""

from __future__ import annotations

import re

import pytest

from pytest_cicache.dockerfile import parse_dockerfile
from pytest_cicache.dockerfile._instructions import Arg, Copy, Env, Instruction, OnBuild, RunInstruction, Setting, Shell
from pytest_cicache.errors import DockerfileError


def only(text: str) -> Instruction:
    """The one instruction below FROM."""
    dockerfile = parse_dockerfile(f"FROM scratch\n{text}\n", path="Dockerfile")
    (found,) = dockerfile.stages[0].instructions
    return found


def test_stages_and_global_arguments() -> None:
    """ARGs before the first FROM are global; stage names are in lower case."""
    dockerfile = parse_dockerfile("ARG V=1 W\nFROM a:$V AS Build\nRUN x\nFROM --platform=p build\n", path="D")

    assert [argument.pairs for argument in dockerfile.global_args] == [(("V", "1"), ("W", None))]
    assert [(stage.start.base, stage.start.name, stage.start.platform) for stage in dockerfile.stages] == [
        ("a:$V", "build", ""),
        ("build", "", "p"),
    ]
    assert [stage.start.line for stage in dockerfile.stages] == [2, 4]


def test_continuation_lines_and_comments() -> None:
    """Joined as BuildKit joins them: comments and empty lines between go, spaces stay."""
    found = only("RUN a \\\n  # no\n\n  && b\\\n  c")

    assert isinstance(found, RunInstruction)
    assert found.arguments == ("a   && b  c",)
    assert (found.line, found.end) == (2, 6)


def test_the_escape_directive() -> None:
    """It changes the continuation character too."""
    dockerfile = parse_dockerfile("# escape=`\nFROM scratch\nRUN a `\n b\\\n", path="D")

    assert dockerfile.escape == "`"
    assert dockerfile.stages[0].instructions[0].source == "RUN a  b\\"


def test_directives_end_at_the_first_other_line() -> None:
    """A later comment that looks like one is a comment."""
    assert parse_dockerfile("# hello\n# escape=`\nFROM scratch\n", path="D").escape == "\\"


def test_a_byte_order_mark_is_no_part_of_the_file() -> None:
    """Editors on Windows write it."""
    assert parse_dockerfile("\ufeffFROM scratch\r\n", path="D").stages[0].start.base == "scratch"


def test_here_documents_of_run() -> None:
    """The content is kept; a quoted word is not expanded; `<<-` takes tabs off the end word."""
    found = only('RUN <<A cat <<-"B"\none\nA\n\ttwo\n\tB')

    assert isinstance(found, RunInstruction)
    assert [(doc.name, doc.expand, doc.chomp, doc.content) for doc in found.here_documents] == [
        ("A", True, False, "one\n"),
        ("B", False, True, "\ttwo\n"),
    ]


def test_here_documents_of_copy() -> None:
    """They are sources beside files."""
    found = only("COPY a <<-F /x/\n\tone\n\tF")

    assert isinstance(found, Copy)
    assert (found.sources, found.destination) == (("a",), "/x/")
    assert [(doc.name, doc.content) for doc in found.contents] == [("F", "one\n")]


def test_copy_flags() -> None:
    """All flags of COPY and ADD."""
    copy = only("COPY --from=b --chown=1:2 --chmod=7 --link --parents --exclude=x --exclude=y a b/")
    add = only('ADD --unpack=false --keep-git-dir --checksum=sha256:1 ["a b", "c"]')

    assert isinstance(copy, Copy)
    assert (copy.from_, copy.chown, copy.chmod, copy.link, copy.parents) == ("b", "1:2", "7", True, True)
    assert copy.excludes == ("x", "y")
    assert isinstance(add, Copy)
    assert (add.is_add, add.unpack, add.sources, add.destination) == (True, False, ("a b",), "c")


def test_run_flags_and_exec_form() -> None:
    """Flags come first; an array is taken word by word, anything else is one text."""
    found = only('RUN --mount=type=cache,target=/a --network=none --security=sandbox ["x", "y z"]')

    assert isinstance(found, RunInstruction)
    assert found.mounts == ("type=cache,target=/a",)
    assert (found.network, found.security) == ("none", "sandbox")
    assert (found.exec_form, found.arguments) == (True, ("x", "y z"))


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        pytest.param("ENV A=1 B='2 3' C=4\\ 5", (("A", "1"), ("B", "'2 3'"), ("C", "4\\ 5")), id="pairs"),
        pytest.param("ENV A one two", (("A", "one two"),), id="old-form"),
    ],
)
def test_env(text: str, pairs: tuple[tuple[str, str], ...]) -> None:
    """Quotes and escapes stay until variables are replaced."""
    found = only(text)

    assert isinstance(found, Env)
    assert found.pairs == pairs


def test_the_other_instructions() -> None:
    """SHELL, ONBUILD, ARG, and what only changes the configuration."""
    dockerfile = parse_dockerfile(
        'FROM a\nSHELL ["x", "-c"]\nONBUILD RUN <<E\nb\nE\nARG A\nLABEL a=b c="d e"\nCMD run it\n'
        'ENTRYPOINT ["p"]\nEXPOSE 80 81/udp\nVOLUME /a /b\nSTOPSIGNAL TERM\nHEALTHCHECK NONE\nMAINTAINER me\n',
        path="D",
    )
    shell, on_build, argument, *settings = dockerfile.stages[0].instructions

    assert isinstance(shell, Shell)
    assert shell.words == ("x", "-c")
    assert isinstance(on_build, OnBuild)
    assert on_build.trigger == "RUN <<E\nb\nE"
    assert isinstance(argument, Arg)
    assert argument.pairs == (("A", None),)
    assert [(item.keyword, item.words, item.exec_form) for item in settings if isinstance(item, Setting)] == [
        ("LABEL", (), False),
        ("CMD", ("run it",), False),
        ("ENTRYPOINT", ("p",), True),
        ("EXPOSE", ("80", "81/udp"), False),
        ("VOLUME", ("/a", "/b"), False),
        ("STOPSIGNAL", ("TERM",), False),
        ("HEALTHCHECK", ("NONE",), False),
        ("MAINTAINER", ("me",), False),
    ]


@pytest.mark.parametrize(
    ("text", "message", "lines"),
    [
        pytest.param("", "the Dockerfile cannot be empty", (0, 0), id="empty"),
        pytest.param("# x\n", "file with no instructions", (1, 1), id="comment"),
        pytest.param("ARG A\n", "dockerfile contains no stages to build", (0, 0), id="no-stage"),
        pytest.param("RUN x\n", "no build stage in current context", (1, 1), id="before-from"),
        pytest.param(
            "FROM a\nRUNN x\n",
            "dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)",
            (2, 2),
            id="keyword",
        ),
        pytest.param("FROM a\nXYZZY x\n", "unknown instruction: XYZZY", (2, 2), id="far-keyword"),
        pytest.param("FROM a b\n", "FROM requires either one or three arguments", (1, 1), id="from"),
        pytest.param("FROM a AS 1\n", 'invalid name for build stage: "1"', (1, 1), id="stage-name"),
        pytest.param("FROM a\nCOPY x\n", "COPY requires at least two arguments", (2, 2), id="copy"),
        pytest.param("FROM a\nADD --form=x a b\n", "unknown flag: --form", (2, 2), id="flag"),
        pytest.param(
            "FROM a\nCOPY --link=x a b\n", "expecting boolean value for flag --link, not: x", (2, 2), id="bool"
        ),
        pytest.param("FROM a\nCOPY --from a b\n", "missing a value on flag: --from", (2, 2), id="no-value"),
        pytest.param("FROM a\nCOPY --link= a b\n", "missing a value on flag: --link", (2, 2), id="empty-value"),
        pytest.param("FROM a\nCOPY --chown=1 --chown=2 a b\n", "duplicate flag specified: --chown", (2, 2), id="twice"),
        pytest.param("FROM a\nENV A=b C\n", 'Syntax error - can\'t find = in "C"', (2, 2), id="env"),
        pytest.param("FROM a\nENV A\n", "ENV must have two arguments", (2, 2), id="env-old-form"),
        pytest.param("FROM a\nENV\n", "ENV requires at least one argument", (2, 2), id="env-empty"),
        pytest.param("FROM a\nENV =b\n", "ENV names can not be blank", (2, 2), id="env-blank"),
        pytest.param("FROM a\nARG =b\n", "ARG names can not be blank", (2, 2), id="arg-blank"),
        pytest.param("FROM a\nARG\n", "ARG requires at least one argument", (2, 2), id="arg"),
        pytest.param("FROM a\nUSER\n", "USER requires exactly one argument", (2, 2), id="user"),
        pytest.param("FROM a\nSHELL x\n", "SHELL requires the arguments to be in JSON form", (2, 2), id="shell"),
        pytest.param("FROM a\nSHELL []\n", "SHELL requires at least one argument", (2, 2), id="shell-empty"),
        pytest.param("FROM a\nRUN [1]\n", "arrays must be comprised of strings only", (2, 2), id="array"),
        pytest.param("FROM a\nCOPY <<E /x\ny\n", "unterminated heredoc", (2, 3), id="here-document"),
        pytest.param(
            "FROM a\nCOPY x <<E\nE\n", "COPY cannot accept a heredoc as a destination", (2, 3), id="destination"
        ),
        pytest.param("FROM a\nONBUILD\n", "ONBUILD requires at least one argument", (2, 2), id="onbuild"),
        pytest.param("FROM a\nONBUILD ONBUILD RUN\n", "Chaining ONBUILD", (2, 2), id="onbuild-chain"),
        pytest.param("FROM a\nONBUILD FROM x\n", "FROM isn't allowed as an ONBUILD trigger", (2, 2), id="onbuild-from"),
        pytest.param("FROM a\nSTOPSIGNAL\n", "STOPSIGNAL requires exactly one argument", (2, 2), id="stopsignal"),
        pytest.param("FROM a\nEXPOSE\n", "EXPOSE requires at least one argument", (2, 2), id="expose"),
        pytest.param("FROM a\nHEALTHCHECK x\n", 'Unknown type "X" in HEALTHCHECK (try CMD)', (2, 2), id="healthcheck"),
        pytest.param("FROM a\nRUN --network=x y\n", 'invalid network mode "x"', (2, 2), id="network"),
        pytest.param("FROM a\nRUN --security=x y\n", 'security "x" is not valid', (2, 2), id="security"),
        pytest.param(
            "FROM a\nRUN --mount=from=$x y\n", "'from' doesn't support variable expansion", (2, 2), id="mount"
        ),
        pytest.param("# escape=x\nFROM a\n", "invalid escape token 'x'", (0, 0), id="escape"),
        pytest.param("# check=a\n# check=b\nFROM a\n", "only one check parser directive", (1, 1), id="directive-twice"),
    ],
)
def test_errors_are_buildkits(text: str, message: str, lines: tuple[int, int]) -> None:
    """In its words, with the lines they are about."""
    with pytest.raises(DockerfileError, match=re.escape(message)) as caught:
        parse_dockerfile(text, path="Dockerfile")

    assert (caught.value.line, caught.value.end) == lines
