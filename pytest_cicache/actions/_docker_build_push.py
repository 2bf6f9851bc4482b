"""docker/build-push-action: https://github.com/docker/build-push-action (src/context.ts at v7.3.0)."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from pytest_cicache.actions._contract import ActionCall, ActionEffect, DockerCommand
from pytest_cicache.errors import UnsupportedError

__all__ = ["build_and_push"]

# Inputs that become flags, in the order of the command line; `True` where items are also split at commas.
_BEFORE = (
    ("add-hosts", "--add-host", True),
    ("allow", "--allow", True),
    ("annotations", "--annotation", False),
    ("build-args", "--build-arg", False),
    ("build-contexts", "--build-context", False),
    ("cache-from", "--cache-from", False),
    ("cache-to", "--cache-to", False),
)
_MIDDLE = (
    ("labels", "--label", False),
    ("no-cache-filters", "--no-cache-filter", True),
    ("outputs", "--output", False),
)
_AFTER = (("secret-files", "--secret", False), ("ssh", "--ssh", True), ("tags", "--tag", True))
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NOT_BOOLEAN = (
    'Input does not meet YAML 1.2 "Core Schema" specification: {name}\n'
    "Support boolean input list: `true | True | TRUE | false | False | FALSE`"
)


def build_and_push(call: ActionCall) -> ActionEffect:
    """Run `docker buildx build` with the inputs as flags."""
    if not call.input("context"):
        message = (
            "docker/build-push-action without 'context' builds the repository's git URL, which is not simulated; "
            "check the repository out and write 'context: .'"
        )
        raise UnsupportedError(message)
    if call.input("secrets") or call.input("secret-envs"):
        raise UnsupportedError("the inputs 'secrets' and 'secret-envs' of docker/build-push-action are not simulated")
    wrong = [name for name in ("push", "load", "no-cache", "pull") if call.input(name, "false") not in _BOOLEANS]
    if wrong:
        return ActionEffect(error=_NOT_BOOLEAN.format(name=wrong[0]))
    command = DockerCommand(arguments=tuple(_arguments(call)), failure="buildx failed with: {error}")
    return ActionEffect(commands=(command,))


def _arguments(call: ActionCall) -> Iterator[str]:
    yield from ("buildx", "build")
    yield from _flags(call, _BEFORE)
    if call.input("file"):
        yield from ("--file", call.input("file"))
    yield from _flags(call, _MIDDLE)
    platforms = ",".join(_items(call.input("platforms"), split=True))
    if platforms:
        yield from ("--platform", platforms)
    yield from _attestations(call)
    yield from _flags(call, _AFTER)
    if call.input("target"):
        yield from ("--target", call.input("target"))
    yield from (f"--{name}" for name in ("load",) if _BOOLEANS[call.input(name, "false")])
    if call.input("network"):
        yield from ("--network", call.input("network"))
    yield from (f"--{name}" for name in ("no-cache", "pull", "push") if _BOOLEANS[call.input(name, "false")])
    yield call.input("context")


def _attestations(call: ActionCall) -> Iterator[str]:
    for name in ("provenance", "sbom"):
        value = call.input(name)
        if value == "false":
            yield from ("--attest", f"type={name},disabled=true")
        elif value:
            yield from ("--attest", f"type={name}" + ("" if value == "true" else f",{value}"))


def _flags(call: ActionCall, table: tuple[tuple[str, str, bool], ...]) -> Iterator[str]:
    for name, flag, split in table:
        for item in _items(call.inputs.get(name, ""), split=split):
            yield from (flag, item)


def _items(text: str, *, split: bool) -> Iterator[str]:
    """The items of a list input: one record a line, empty items dropped (actions-toolkit src/util.ts)."""
    if not split:
        yield from (line.strip() for line in text.splitlines() if line.strip())
        return
    for record in csv.reader(text.splitlines()):
        yield from (item.strip() for item in record if item.strip())
