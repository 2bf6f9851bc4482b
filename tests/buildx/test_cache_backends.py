from __future__ import annotations

import base64
import json

import pytest

from pytest_cicache.buildx import (
    actions_cache_access,
    exporting_name,
    is_left_out,
    parse_cache_option,
    refused_export,
    refused_import,
    token_scopes,
)

NEW, OLD = "https://results-receiver.actions.githubusercontent.com/", "https://old.example/x/"
ACTION = {
    "ACTIONS_RUNTIME_TOKEN": "t",
    "ACTIONS_RESULTS_URL": NEW,
    "ACTIONS_CACHE_URL": OLD,
    "ACTIONS_CACHE_SERVICE_V2": "True",
}


def jwt(*scopes: tuple[str, int]) -> str:
    claims = {"ac": json.dumps([{"Scope": ref, "Permission": bits} for ref, bits in scopes])}
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.c2ln"


@pytest.mark.parametrize(
    ("text", "environment", "reached"),
    [
        pytest.param("type=gha", ACTION, ("t", NEW, 2, "buildkit"), id="an action's variables"),
        pytest.param("type=gha,scope=s", ACTION, ("t", NEW, 2, "s"), id="scope"),
        pytest.param("type=gha,version=1", ACTION, ("t", OLD, 1, "buildkit"), id="the first version asked for"),
        pytest.param("type=gha", {**ACTION, "ACTIONS_CACHE_SERVICE_V2": ""}, ("t", OLD, 1, "buildkit"), id="no flag"),
        pytest.param(
            "type=gha",
            {"ACTIONS_RUNTIME_TOKEN": "t", "ACTIONS_RESULTS_URL": NEW},
            ("t", NEW, 2, "buildkit"),
            id="BuildKit knows the new service by its host",
        ),
        pytest.param("type=gha,token=u,url_v2=http://n/", {}, ("u", "http://n/", 2, "buildkit"), id="attributes alone"),
        pytest.param("type=gha,token=u,url=http://o/", {}, ("u", "http://o/", 1, "buildkit"), id="the old URL alone"),
        pytest.param("type=gha", {}, None, id="a script"),
        pytest.param("type=gha", {"ACTIONS_RUNTIME_TOKEN": "t"}, None, id="no URL"),
        pytest.param("type=gha,token=", ACTION, None, id="an empty token"),
    ],
)
def test_how_the_actions_cache_is_reached(
    text: str, environment: dict[str, str], reached: tuple[str, str, int, str] | None
) -> None:
    option = parse_cache_option(text)
    assert option is not None

    access = actions_cache_access(option, environment)

    assert (access and (access.token, access.url, access.version, access.scope)) == reached
    assert is_left_out(option, environment) is (reached is None)


@pytest.mark.parametrize(
    ("scope", "ref", "key"),
    [
        ("buildkit", "refs/heads/main", "index-buildkit-1-f921bd05"),
        ("buildkit", "refs/heads/master", "index-buildkit-1-49c8f7d5"),
        ("app", "refs/pull/7/merge", "index-app-1-3f31b38f"),
        ("buildkit", "", "index-buildkit-1-e3b0c442"),
    ],
)
def test_the_key_of_an_index(scope: str, ref: str, key: str) -> None:
    option = parse_cache_option(f"type=gha,scope={scope}")
    assert option is not None
    access = actions_cache_access(option, ACTION)

    assert access is not None
    assert access.index_key(ref) == key


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("type=gha", None, id="nothing"),
        pytest.param(
            "type=gha,timeout=soon",
            'failed to parse timeout for github actions cache: time: invalid duration "soon"',
            id="timeout",
        ),
        pytest.param("type=gha,timeout=1m30s", None, id="a good timeout"),
        pytest.param(
            "type=gha,version=two",
            'failed to parse api version "two", expected positive integer: strconv.ParseInt: parsing "two": '
            "invalid syntax",
            id="version",
        ),
        pytest.param(
            "type=gha,token=secret",
            "token is malformed: token contains an invalid number of segments",
            id="no JWT",
        ),
    ],
)
def test_what_buildkit_refuses_of_the_actions_cache(text: str, problem: str | None) -> None:
    option = parse_cache_option(text)
    assert option is not None
    access = actions_cache_access(option, {**ACTION, "ACTIONS_RUNTIME_TOKEN": jwt(("refs/heads/main", 3))})

    assert refused_export(option, access) == (problem and f"failed to configure gha cache exporter: {problem}")
    assert refused_import(option, access) == (problem and f"failed to configure gha cache importer: {problem}")


@pytest.mark.parametrize(
    ("text", "export", "importing"),
    [
        pytest.param("type=inline", None, "unknown cache importer: inline", id="inline"),
        pytest.param("type=local,dest=x,src=x", None, None, id="local"),
        pytest.param("type=ftp", 'unknown cache exporter: "ftp"', "unknown cache importer: ftp", id="unknown"),
        pytest.param(
            "type=registry,ref=ghcr.io/o/p:a/b",
            "failed to configure registry cache exporter: invalid reference format",
            None,
            id="a bad reference",
        ),
    ],
)
def test_what_buildkit_refuses(text: str, export: str | None, importing: str | None) -> None:
    option = parse_cache_option(text)
    assert option is not None

    assert refused_export(option) == export
    assert refused_import(option) == importing


def test_the_scopes_of_a_token() -> None:
    token = jwt(("refs/pull/7/merge", 3), ("refs/heads/main", 1), ("refs/heads/x", 2))

    assert token_scopes(token) == (
        ("refs/pull/7/merge", True, True),
        ("refs/heads/main", True, False),
        ("refs/heads/x", False, True),
    )


@pytest.mark.parametrize("token", ["a.b.c", "e30.e30.x", "e30.eyJhYyI6IDF9.x"])
def test_a_token_without_scopes(token: str) -> None:
    with pytest.raises(ValueError, match="invalid token without access controls"):
        token_scopes(token)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("registry", "exporting cache to registry"),
        ("gha", "exporting to GitHub Actions Cache"),
        ("local", "exporting cache to client directory"),
        ("ftp", "exporting cache to ftp"),
    ],
)
def test_the_vertex_of_an_export(kind: str, name: str) -> None:
    assert exporting_name(kind) == name
