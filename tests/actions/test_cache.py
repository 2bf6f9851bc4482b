"""actions/cache, its restore and its save: what their inputs ask for."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_cicache.actions import (
    ActionCall,
    ActionEffect,
    ActionReference,
    RestoreCache,
    SaveCache,
    cache_version,
    interpret,
)
from pytest_cicache.expressions import unknown

# sha256 of "~/.npm|node_modules|zstd-without-long|1.0"
VERSION = "5f4ed3eee587aa04eaa10447709b5d5846f6f3cc65637c896b9e02408ff60e92"


def use(uses: str, **inputs: str) -> ActionEffect:
    named = {name.replace("_", "-"): value for name, value in inputs.items()}
    effect = interpret(ActionCall(reference=ActionReference.parse(uses), inputs=named, github={}))
    assert effect is not None
    return effect


def test_restore_now_and_save_at_the_end() -> None:
    effect = use("actions/cache@v5", key=" deps-1 ", restore_keys="deps-\n\n other- \n", path="~/.npm\nnode_modules\n")

    assert effect.restore == RestoreCache(
        key="deps-1", restore_keys=("deps-", "other-"), patterns=("~/.npm", "node_modules")
    )
    assert effect.save_later == SaveCache(key="deps-1", patterns=("~/.npm", "node_modules"))
    assert effect.outputs == {}


def test_restoring_alone_gives_the_keys_and_saves_nothing() -> None:
    effect = use("actions/cache/restore@v4", key="k", path="a", lookup_only="true", fail_on_cache_miss="TRUE")

    assert effect.save_later is None
    assert effect.outputs == {"cache-primary-key": "k"}
    assert effect.restore is not None
    assert (effect.restore.looks_only, effect.restore.fails_on_miss, effect.restore.names_match) == (True, True, True)


def test_saving_alone_saves_at_once() -> None:
    effect = use("actions/cache/save@v4", key="k", path="~/.npm\nnode_modules")

    assert effect.save == SaveCache(key="k", patterns=("~/.npm", "node_modules"))
    assert effect.restore is None


def test_other_paths_are_another_version() -> None:
    """Each is the toolkit's."""
    assert cache_version(("~/.npm", "node_modules")) == VERSION
    assert cache_version(("~/.npm",)) != VERSION


@pytest.mark.parametrize(
    ("inputs", "error"),
    [
        pytest.param({"path": "a"}, "Input required and not supplied: key", id="no key"),
        pytest.param({"key": "k", "path": " \n "}, "Input required and not supplied: path", id="no path"),
        pytest.param(
            {"key": "k" * 513, "path": "a"},
            f"Key Validation Error: {'k' * 513} cannot be larger than 512 characters.",
            id="long",
        ),
        pytest.param({"key": "k" * 512, "path": "a"}, None, id="just fits"),
        pytest.param({"key": "a,b", "path": "a"}, "Key Validation Error: a,b cannot contain commas.", id="comma"),
        pytest.param(
            {"key": "k", "restore_keys": "a,b", "path": "a"},
            "Key Validation Error: a,b cannot contain commas.",
            id="comma in a restore key",
        ),
        pytest.param(
            {"key": "k", "restore_keys": "\n".join("abcdefghij"), "path": "a"},
            "Key Validation Error: Keys are limited to a maximum of 10.",
            id="eleven keys",
        ),
        pytest.param({"key": "k", "restore_keys": "\n".join("abcdefghi"), "path": "a"}, None, id="ten keys"),
    ],
)
@pytest.mark.parametrize("uses", ["actions/cache@v5", "actions/cache/restore@v5"])
def test_wrong_inputs_fail_a_restore(uses: str, inputs: dict[str, Any], error: str | None) -> None:
    assert use(uses, **inputs).error == error


@pytest.mark.parametrize(
    ("inputs", "line"),
    [
        ({"path": "a"}, "[warning]Key is not specified."),
        ({"key": "a,b", "path": "a"}, "[warning]Key Validation Error: a,b cannot contain commas."),
        ({"key": "k"}, "[warning]Input required and not supplied: path"),
    ],
)
def test_wrong_inputs_are_warnings_of_a_save(inputs: dict[str, str], line: str) -> None:
    effect = use("actions/cache/save@v5", **inputs)

    assert effect.log[0] == line
    assert (effect.error, effect.save) == (None, None)


@pytest.mark.parametrize("version", ["v1", "v2", "v2.1.7"])
def test_versions_whose_service_is_gone_fail(version: str) -> None:
    error = use(f"actions/cache@{version}", key="k", path="a").error

    assert error is not None
    assert f"failed because it uses a deprecated version of `actions/cache: {version}`." in error


def test_a_key_that_nobody_knows_gives_outputs_that_nobody_knows() -> None:
    effect = use("actions/cache@v5", key=f"deps-{unknown('steps.hash.outputs.hash')}", path="a")

    assert effect.unknown == ("cache-hit", "cache-primary-key", "cache-matched-key")
    assert effect.assumption == "the key or the path of the cache is not known"
    assert (effect.restore, effect.save_later) == (None, None)
