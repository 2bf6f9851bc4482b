"""`RUN --mount` values."""

from __future__ import annotations

import re

import pytest

from pytest_cicache.dockerfile._mounts import Mount, mount_source, parse_mount
from pytest_cicache.errors import DockerfileError


def parse(text: str) -> Mount:
    return parse_mount(text, lambda word: word.replace("$T", "/t"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("target=$T", Mount(target="/t"), id="bind-by-default"),
        pytest.param("from=a,src=b,dst=/c,rw", Mount(from_="a", source="b", target="/c", readonly=False), id="bind"),
        pytest.param("target=/c,readonly=false", Mount(target="/c", readonly=False), id="readonly-false"),
        pytest.param("target=/c,rw=true", Mount(target="/c", readonly=False), id="readwrite-true"),
        pytest.param("target=/c,ro", Mount(target="/c", readonly=True), id="ro"),
        pytest.param(
            "type=cache,target=/c,id=x,sharing=LOCKED,mode=0700,uid=1,gid=2",
            Mount(type="cache", target="/c", id="x", sharing=2, mode=0o700, uid=1, gid=2),
            id="cache",
        ),
        pytest.param("type=tmpfs,target=/c,size=1k", Mount(type="tmpfs", target="/c", size=1024), id="tmpfs"),
        pytest.param(
            "type=secret,id=k,env=K,required", Mount(type="secret", id="k", env="K", required=True), id="secret"
        ),
        pytest.param("type=ssh,required=true", Mount(type="ssh", required=True), id="ssh"),
        pytest.param('"target=/a,b"', Mount(target="/a,b"), id="quoted"),
    ],
)
def test_mounts(text: str, expected: Mount) -> None:
    """Every type with its options."""
    assert parse(text) == expected


@pytest.mark.parametrize(("kind", "expected"), [("bind", True), ("cache", False), ("tmpfs", False), ("secret", True)])
def test_what_is_read_only_by_itself(kind: str, expected: bool) -> None:
    """Only caches and tmpfs may be written."""
    assert Mount(type=kind).is_readonly is expected


@pytest.mark.parametrize(("text", "expected"), [("type=cache,target=/a", ""), ("from=b,source=/$x", "b"), ("ro", "")])
def test_the_source_is_known_before_variables_are(text: str, expected: str) -> None:
    """Which stage or image is mounted cannot depend on a variable."""
    assert mount_source(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("type=foo", 'unsupported mount type "foo"', id="type"),
        pytest.param("type=cahce", 'unsupported mount type "cahce" (did you mean cache?)', id="type-hint"),
        pytest.param("sourc=x", "unexpected key 'sourc' in 'sourc=x' (did you mean source?)", id="key"),
        pytest.param("foo", "invalid field 'foo' must be a key=value pair", id="no-value"),
        pytest.param("required", "unexpected key 'required' for mount type 'bind'", id="required"),
        pytest.param("required=true", "unexpected key 'required' for mount type 'bind'", id="required-value"),
        pytest.param("ro=x", "invalid value for ro: x", id="boolean"),
        pytest.param("type=tmpfs,size=x", "invalid value for size: x", id="size"),
        pytest.param("size=1", "unexpected key 'size' for mount type 'bind'", id="size-type"),
        pytest.param("type=cache,mode=9", "invalid value 9 for mode", id="mode"),
        pytest.param("type=cache,uid=x", "invalid value x for uid", id="uid"),
        pytest.param("type=cache,sharing=x", 'unsupported sharing value "x"', id="sharing"),
        pytest.param("sharing=shared", "invalid cache sharing set for bind mount", id="sharing-type"),
        pytest.param("mode=1", 'mode not allowed for "bind" type mounts', id="mode-type"),
        pytest.param("type=secret", "invalid secret mount. one of source, target required", id="secret"),
        pytest.param("type=secret,from=a,id=b", "secret mount should not have a from", id="secret-from"),
        pytest.param("type=secret,id=b,sharing=shared", "secret mount should not define sharing", id="secret-sharing"),
        pytest.param("type=secret,id=b,source=c", "both source and id can't be set", id="secret-both"),
    ],
)
def test_errors_are_buildkits(text: str, message: str) -> None:
    """In its words."""
    with pytest.raises(DockerfileError, match=re.escape(message)):
        parse(text)
