"""Build command lines against what buildx 0.29.1 answered."""

from __future__ import annotations

import re
import shlex

import pytest

from pytest_cicache.buildkit import BuildRequest, CacheOption, Output, Secret
from pytest_cicache.buildx import build_command, parse_build
from pytest_cicache.dockerfile import Ulimit
from pytest_cicache.errors import DockerfileError, UnsupportedError


def parse(line: str, **environment: str) -> BuildRequest:
    return parse_build(shlex.split(line), environment=environment)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("buildx build .", id="buildx"),
        pytest.param("buildx b .", id="buildx-b"),
        pytest.param("build .", id="build"),
        pytest.param("image build .", id="image"),
        pytest.param("builder build .", id="builder"),
        pytest.param("--config x --debug buildx build .", id="global-flags"),
    ],
)
def test_every_alias_is_a_build(line: str) -> None:
    """All spellings of the build command are the same command."""
    assert parse(line).context == "."


def test_a_builder_named_before_the_subcommand_counts() -> None:
    """`docker buildx --builder NAME build` names the builder."""
    assert parse("buildx --builder other build .").builder == "other"


@pytest.mark.parametrize("line", ["buildx ls", "push x", "buildx bake", "", "buildx"])
def test_other_commands_are_no_build(line: str) -> None:
    """Anything else is not taken for a build."""
    assert build_command(shlex.split(line)) is None
    with pytest.raises(UnsupportedError, match="is no build command"):
        parse(line)


@pytest.mark.parametrize(
    ("text", "option"),
    [
        pytest.param(
            "ghcr.io/o/p:t",
            CacheOption(type="registry", attributes={"ref": "ghcr.io/o/p:t"}, text="ghcr.io/o/p:t"),
            id="bare-reference",
        ),
        pytest.param(
            "Type=registry,REF=a/b:c,mode=max",
            CacheOption(
                type="registry",
                attributes={"ref": "a/b:c", "mode": "max"},
                text="Type=registry,REF=a/b:c,mode=max",
            ),
            id="key-case-is-free",
        ),
        pytest.param(
            'type=registry,"ref=a/b:c"',
            CacheOption(type="registry", attributes={"ref": "a/b:c"}, text='type=registry,"ref=a/b:c"'),
            id="quoted-field",
        ),
        pytest.param("type=gha", CacheOption(type="gha", text="type=gha"), id="gha"),
    ],
)
def test_cache_options(text: str, option: CacheOption) -> None:
    """`--cache-from` and `--cache-to` take a reference or comma-separated fields."""
    request = parse(shlex.join(["build", ".", "--cache-from", text, f"--cache-to={text}"]))

    assert request.cache_from == (option,)
    assert request.cache_to == (option,)


def test_an_empty_cache_option_is_nothing() -> None:
    """An unset shell variable gives an empty option, which buildx drops."""
    assert parse("build --cache-from '' --cache-to= .").cache_from == ()


@pytest.mark.parametrize(("text", "mode"), [("max", "max"), ("min", "min"), ("medium", "min")])
def test_an_unknown_mode_is_min(text: str, mode: str) -> None:
    """BuildKit takes every other word as min."""
    assert parse(f"build --cache-to type=registry,ref=a,mode={text} .").cache_to[0].mode == mode


@pytest.mark.parametrize(
    ("text", "expected"),
    [("true", True), ("1", True), ("false", False), ("yes", False)],
)
def test_ignore_error(text: str, expected: bool) -> None:
    """`ignore-error` takes Go's booleans."""
    option = parse(f"build --cache-to type=registry,ref=a,ignore-error={text} .").cache_to[0]

    assert option.ignore_error is expected


@pytest.mark.parametrize(
    ("line", "message", "code"),
    [
        pytest.param("build", "docker: 'docker buildx build' requires 1 argument", 1, id="no-context"),
        pytest.param("build . .", "docker: 'docker buildx build' requires 1 argument", 1, id="two"),
        pytest.param("build --foo .", "unknown flag: --foo", 125, id="unknown-flag"),
        pytest.param("build -z .", "unknown shorthand flag: 'z' in -z", 125, id="unknown-letter"),
        pytest.param("build --tag", "flag needs an argument: --tag", 125, id="no-value"),
        pytest.param("build -t", "flag needs an argument: 't' in -t", 125, id="no-value-short"),
        pytest.param(
            "build --no-cache=foo .",
            'invalid argument "foo" for "--no-cache" flag: strconv.ParseBool: parsing "foo": invalid syntax',
            125,
            id="boolean",
        ),
        pytest.param(
            "build --ulimit x .",
            'invalid argument "x" for "--ulimit" flag: invalid ulimit argument: x',
            125,
            id="ulimit",
        ),
        pytest.param(
            "build --shm-size 1x .",
            'invalid argument "1x" for "--shm-size" flag: invalid suffix: \'x\'',
            125,
            id="shm-size",
        ),
        pytest.param("build --cache-from ref=x .", 'type required form> "ref=x"', 1, id="no-type"),
        pytest.param(
            "build --cache-from 'type=registry, ref=x' .",
            "failed to build: registry cache importer requires ref",
            1,
            id="space-after-comma",
        ),
        pytest.param(
            "build --cache-to type=registry .",
            "failed to build: registry cache exporter requires ref",
            1,
            id="no-ref",
        ),
        pytest.param("build --cache-from type=registry,foo .", "invalid value foo", 1, id="no-equals"),
        pytest.param(
            "build --cache-to 'type=registry,ref=\"a' .",
            'parse error on line 1, column 19: bare " in non-quoted-field',
            1,
            id="bare-quote",
        ),
        pytest.param(
            "build --cache-to 'type=registry,\"ref=a\"b' .",
            'parse error on line 1, column 21: extraneous or missing " in quoted-field',
            1,
            id="text-after-quote",
        ),
        pytest.param("build --push .", "failed to build: tag is needed when pushing to registry", 1, id="push"),
        pytest.param(
            "build -t Feature/X .",
            'failed to build: invalid tag "Feature/X": repository name must be lowercase',
            1,
            id="tag-case",
        ),
        pytest.param("build -t a:b:c .", 'failed to build: invalid tag "a:b:c": invalid reference format', 1, id="tag"),
        pytest.param("build --secret foo .", "invalid field 'foo' must be a key=value pair", 1, id="secret"),
        pytest.param("build --build-context foo .", "invalid context value: foo, expected key=value", 1, id="context"),
        pytest.param("build --progress=foo .", "invalid progress mode foo", 1, id="progress"),
        pytest.param("build --label = .", 'invalid key-value pair "=": empty key', 1, id="label"),
        pytest.param("build --add-host foo .", "failed to build: invalid host foo", 1, id="host"),
        pytest.param(
            "build --platform foo/bar/baz/biz .",
            'failed to build: "foo/bar/baz/biz": cannot parse platform specifier: invalid argument',
            1,
            id="platform",
        ),
        pytest.param(
            "build --network foo .",
            'failed to build: network mode "foo" not supported by buildkit - you can define a custom network '
            "for your builder using the network driver-opt in buildx create",
            1,
            id="network",
        ),
        pytest.param(
            "build --output type=local .",
            "failed to build: dest is required for local exporter",
            1,
            id="dest",
        ),
    ],
)
def test_errors_are_buildx_own(line: str, message: str, code: int) -> None:
    """A wrong command line fails with the words and the exit code buildx 0.29.1 gave (recorded)."""
    with pytest.raises(DockerfileError, match=re.escape(message)) as caught:
        parse(line)

    assert caught.value.printed.splitlines()[0] == (message if code == 125 else f"ERROR: {message}")
    assert caught.value.exit_code == code


def test_values_come_from_the_environment_where_none_is_written() -> None:
    """`--build-arg NAME` and a secret without source take the variable, a missing one is left out."""
    request = parse("build --build-arg A --build-arg B --build-arg C=3 --secret id=S .", A="1", S="x")

    assert request.build_args == {"A": "1", "C": "3"}
    assert request.secrets == (Secret(id="S", variable="S"),)


def test_the_source_date_becomes_a_build_argument() -> None:
    """buildx hands SOURCE_DATE_EPOCH on, which changes cache keys."""
    assert parse("build .", SOURCE_DATE_EPOCH="0").build_args == {"SOURCE_DATE_EPOCH": "0"}


def test_all_that_a_build_can_be_told() -> None:
    """Every option arrives in its field."""
    request = parse(
        "buildx build -qt o/p -f D --target t --label a=b --platform linux/aarch64,linux/amd64 "
        "--platform linux/amd64 --no-cache-filter x,y --add-host h:1.2.3.4 --ulimit nofile=1:2 "
        "--shm-size 64m --network none --build-context base=docker-image://x --secret id=k,src=f "
        "--load -o type=image,push=true --metadata-file m --provenance=false dir"
    )

    assert request.quiet
    assert request.tags == ("docker.io/o/p",)
    assert (request.dockerfile, request.target, request.labels) == ("D", "t", {"a": "b"})
    assert request.platforms == ("linux/arm64", "linux/amd64")
    assert request.no_cache_filters == ("x", "y")
    assert request.add_hosts == (("h", "1.2.3.4"),)
    assert request.ulimits == (Ulimit(name="nofile", soft=1, hard=2),)
    assert request.shm_size == 64 * 1024 * 1024
    assert request.network == "none"
    assert request.build_contexts == {"base": "docker-image://x"}
    assert request.secrets == (Secret(id="k", file="f"),)
    assert request.outputs == (Output(type="image", attributes={"push": "true"}),)
    assert request.pushes
    assert request.has_output
    assert (request.metadata_file, request.provenance, request.context) == ("m", "false", "dir")


def test_the_end_of_flags_is_marked() -> None:
    """After `--` a word is the context even when it looks like a flag."""
    assert parse("build -- --no-cache").context == "--no-cache"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("-", Output(type="tar", attributes={"dest": "-"}), id="stdout"),
        pytest.param("out", Output(type="local", attributes={"dest": "out"}), id="folder"),
        pytest.param("type=tar,dest=x", Output(type="tar", attributes={"dest": "x"}), id="tar"),
        pytest.param("type=registry,name=a", Output(type="registry", attributes={"name": "a"}), id="registry"),
    ],
)
def test_outputs(text: str, expected: Output) -> None:
    """A lone word is where the files go."""
    assert parse(f"build -o {text} .").outputs == (expected,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("id=a,src=f", Secret(id="a", file="f"), id="file"),
        pytest.param("id=a,type=env,env=B", Secret(id="a", variable="B"), id="variable"),
        pytest.param("id=a,type=env,src=B", Secret(id="a", variable="B"), id="variable-as-source"),
        pytest.param("id=a", Secret(id="a", file="a"), id="neither"),
    ],
)
def test_secrets(text: str, expected: Secret) -> None:
    """Where a secret's value is."""
    assert parse(f"build --secret {text} .").secrets == (expected,)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("build --secret id=a,foo=b .", "unexpected key 'foo' in 'foo=b'", id="secret-key"),
        pytest.param("build --secret id=a,type=b .", 'unsupported secret type "b"', id="secret-type"),
        pytest.param("build -o a,b .", "invalid value a", id="output-words"),
        pytest.param("build -o dest=a .", "type is required for output", id="output-type"),
        pytest.param("build --build-context a/B=c .", "invalid context name", id="context-name"),
        pytest.param("build --add-host a:b .", "invalid host a:b", id="address"),
        pytest.param("build -t '' .", "repository name must have at least one component", id="empty-tag"),
        pytest.param(
            "build --cache-to 'type=registry,\"ref=a' .", 'extraneous or missing " in quoted-field', id="open-quote"
        ),
    ],
)
def test_more_errors(line: str, message: str) -> None:
    """In buildx's words."""
    with pytest.raises(DockerfileError, match=re.escape(message)):
        parse(line)


def test_hosts_addresses_and_quotes() -> None:
    """IPv6 in brackets, `=` as separator, a doubled quote in a field."""
    request = parse('build --add-host a=[::1],b:1.2.3.4 --cache-from \'type=registry,"ref=a""b"\' .')

    assert request.add_hosts == (("a", "::1"), ("b", "1.2.3.4"))
    assert request.cache_from[0].reference == 'a"b'


def test_what_is_not_simulated() -> None:
    """The help text, and the host's gateway."""
    with pytest.raises(UnsupportedError, match="--help"):
        parse("build --help .")
    with pytest.raises(UnsupportedError, match="host-gateway"):
        parse("build --add-host a:host-gateway .")


def test_warnings_of_old_flags() -> None:
    """buildx accepts the legacy builder's flags and says so."""
    found = parse("build --squash --isolation x --security-opt y --compress --rm=false -m 1g .").warnings

    assert [line.split()[1] for line in found] == ["experimental", "isolation", "security-opt"]


def test_short_flags_with_their_values_attached() -> None:
    """`-tNAME`, `-t=NAME`, and several letters in one word."""
    request = parse("build -ta -t=b -qf D .")

    assert request.tags == ("docker.io/library/a", "docker.io/library/b")
    assert (request.quiet, request.dockerfile) == (True, "D")
