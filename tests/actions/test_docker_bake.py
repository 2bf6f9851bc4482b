"""docker/bake-action: its inputs as a command line, by version; its sub-actions' outputs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_cicache.actions import EVERY_DOCKERFILE, ActionCall, ActionEffect, ActionReference, interpret

FOLDER = "/t/docker-bake-3"
GITHUB = {
    "ref": "refs/pull/7/merge",
    "sha": "a" * 40,
    "workspace": "/w",
    "server_url": "https://github.com",
    "repository": "o/r",
    "run_id": "5",
    "run_attempt": 1,
    "event": {"repository": {"private": False}},
}
RUN = "builder-id=https://github.com/o/r/actions/runs/5/attempts/1"


def use(reference: str, inputs: dict[str, str] | None = None, **more: Any) -> ActionEffect:
    """What the action does."""
    call = ActionCall(
        reference=ActionReference.parse(reference), inputs=inputs or {}, github=GITHUB, number=3, temp="/t", **more
    )
    effect = interpret(call)
    assert effect is not None
    return effect


def test_every_input_is_a_flag() -> None:
    """In the order of the action; `fs=*` is always allowed."""
    effect = use(
        "docker/bake-action@v7.1.0",
        {
            "builder": "b",
            "allow": "network.host, security.insecure",
            "call": "check",
            "files": "a.hcl,b.hcl\nc.json",
            "no-cache": "true",
            "pull": "true",
            "load": "true",
            "provenance": "mode=min",
            "push": "true",
            "sbom": "true",
            "set": 'x.args.A=1,2\n*.tags="q"\n',
            "source": "sub",
            "targets": "t1, t2",
        },
    )
    printed, build = effect.commands
    both = ("--file", "a.hcl", "--file", "b.hcl", "--file", "c.json", "--set", "x.args.A=1,2", "--set", '*.tags="q"')
    attest = ("--provenance", f"mode=min,{RUN}")

    assert printed.arguments == (
        *("buildx", "bake", *both, "--allow", "network.host", "--allow", "security.insecure"),
        *("--load", "--no-cache", *attest, "--push", "--sbom", "true", "--print", "t1", "t2"),
    )
    assert printed.failure == "cannot parse bake definitions: {error}"
    assert build.arguments == (
        *("buildx", "bake", "--allow", "network.host", "--allow", "security.insecure", "--allow", "fs=*"),
        *("--call", "check", *both, "--metadata-file", f"{FOLDER}/metadata", *attest, "--sbom", "true"),
        *("--no-cache", "--builder", "b", "--pull", "--load", "--push", "t1", "t2"),
    )
    assert build.failure == "buildx bake failed with: {error}"
    assert {command.directory for command in effect.commands} == {"sub"}
    assert [(result.output, result.path) for result in effect.results] == [("metadata", f"{FOLDER}/metadata")]


@pytest.mark.parametrize(
    ("version", "inputs", "folder", "ref"),
    [
        ("v7", {}, f"{FOLDER}/context", "a" * 40),
        ("v7", {"source": "."}, ".", None),
        ("v7", {"source": "sub"}, "sub", None),
        ("v7", {"source": "{{defaultContext}}:sub"}, f"{FOLDER}/context/sub", "a" * 40),
        ("v6", {}, f"{FOLDER}/context", "a" * 40),
        ("v6", {"source": ".", "workdir": "w"}, "w", None),
        ("v6.1.0", {}, f"{FOLDER}/context", "refs/pull/7/head"),
        ("v6.2.0", {}, f"{FOLDER}/context", "a" * 40),
        ("v5", {}, ".", None),
        ("v5", {"workdir": "w"}, "w", None),
        ("v5.10.0", {"source": "{{defaultContext}}"}, f"{FOLDER}/context", "refs/pull/7/head"),
        ("main", {}, f"{FOLDER}/context", "a" * 40),
    ],
)
def test_where_the_definition_is(version: str, inputs: dict[str, str], folder: str, ref: str | None) -> None:
    """The git context since v6, a folder as `source` since v7, the working directory before."""
    effect = use(f"docker/bake-action@{version}", inputs)
    found = effect.check_out

    assert {command.directory for command in effect.commands} == {folder}
    assert (found and found.ref) == ref
    assert found is None or (found.as_git_context and found.dockerfile == EVERY_DOCKERFILE)


def test_files_of_the_workspace_beside_a_clone() -> None:
    """`cwd://` names a file that is not in the clone."""
    effect = use("docker/bake-action@v6", {"files": "docker-bake.hcl,cwd://meta.json,cwd:///tmp/x.json"})

    assert [word for word in effect.commands[1].arguments if word.endswith((".hcl", ".json"))] == [
        "docker-bake.hcl",
        "/w/meta.json",
        "/tmp/x.json",
    ]


def test_a_remote_source_is_named() -> None:
    """The docker command says that it is not simulated."""
    effect = use("docker/bake-action@v6", {"source": "https://github.com/o/x.git"})

    assert effect.check_out is None
    assert effect.commands[1].arguments[:3] == ("buildx", "bake", "https://github.com/o/x.git")


@pytest.mark.parametrize(
    ("version", "inputs", "driver", "expected"),
    [
        ("v7", {}, "docker-container", {"CICACHE_BAKE_ATTEST": f"type=provenance,mode=max,{RUN}"}),
        ("v6.9.0", {}, "docker-container", {"CICACHE_BAKE_ATTEST_ALL": f"type=provenance,mode=max,{RUN}"}),
        ("v5", {}, "docker-container", {"CICACHE_BAKE_ATTEST_ALL": f"type=provenance,mode=max,{RUN}"}),
        ("v7", {"provenance": "false"}, "docker-container", {}),
        ("v7", {"load": "true"}, "docker-container", {}),
        ("v7", {}, "docker", {}),
    ],
)
def test_default_provenance(version: str, inputs: dict[str, str], driver: str, expected: dict[str, str]) -> None:
    """For targets that say nothing since v6.10, for all before; not where the image goes to docker."""
    effect = use(f"docker/bake-action@{version}", inputs, driver=driver)
    environment = effect.commands[1].environment

    assert {key: value for key, value in environment.items() if key.startswith("CICACHE_")} == expected


PRINTED = json.dumps(
    {
        "target": {
            "a": {"context": ".", "platforms": ["linux/amd64", "linux/arm64"], "tags": ["x"]},
            "b": {"target": "t"},
        }
    }
)


@pytest.mark.parametrize(
    ("path", "inputs", "output", "expected"),
    [
        ("list-targets", {}, "targets", ["a", "b"]),
        ("matrix", {}, "matrix", [{"target": "a"}, {"target": "b"}]),
        (
            "matrix",
            {"fields": "platforms"},
            "matrix",
            [
                {"target": "a", "platforms": "linux/amd64"},
                {"target": "a", "platforms": "linux/arm64"},
                {"target": "b"},
            ],
        ),
        (
            "matrix",
            {"fields": "context\ntarget"},
            "matrix",
            [{"target": "a", "context": "."}, {"target": "t"}],
        ),
    ],
)
def test_sub_actions(path: str, inputs: dict[str, str], output: str, expected: list[object]) -> None:
    """JSON made of what `--print` says."""
    effect = use(f"docker/bake-action/subaction/{path}@v6", {**inputs, "workdir": "w", "files": "f.hcl", "target": "t"})
    (command,), (result,) = effect.commands, effect.results

    assert command.arguments == ("buildx", "bake", "--file", "f.hcl", "t", "--print")
    assert (command.directory, command.stdout) == ("w", result.path)
    assert result.output == output
    assert result.read is not None
    assert json.loads(result.read(PRINTED)) == expected
