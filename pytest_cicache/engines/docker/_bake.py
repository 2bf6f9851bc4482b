"""`docker buildx bake`: the files on disk, and the builds that the targets come to."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from pytest_cicache.buildkit import BuildRequest
from pytest_cicache.buildx.bake import (
    BakeCommand,
    BakeDefinition,
    BakeError,
    BakeFile,
    BakeTarget,
    Clock,
    Surroundings,
    build_order,
    default_files,
    define,
    error_lines,
    missing_rights,
    parse_bake,
    target_request,
)
from pytest_cicache.engines._uses import export_use, push_use
from pytest_cicache.engines.docker._server import DockerCall
from pytest_cicache.errors import DockerfileError, UnsupportedError
from pytest_cicache.expressions import holds_unknown
from pytest_cicache.observation import BakeFileText, BuildRecord, Ending, How

__all__ = ["Bake", "cancelled"]

_LOCAL = "cwd://"
_NO_OUTPUT = (
    "WARNING: No output specified for {names} target(s) with docker-container driver. Build result will only remain in "
    "the build cache. To push result image into registry use --push or to load image into docker use --load"
)
_FAILED = "failed to build: "


@dataclass(slots=True)
class Bake:
    """One bake call; `build` carries one target out and returns its record, `None` where buildx refuses to start.

    A target that fails cancels those that have not begun, as buildx cancels all that have not ended.
    """

    call: DockerCall
    build: Callable[[BuildRequest, DockerCall], Awaitable[BuildRecord | None]]
    cancel: Callable[[BuildRequest], None]
    metadata: dict[str, object] = field(default_factory=dict)
    files: list[BakeFile] = field(default_factory=list)

    async def run(self, words: Sequence[str]) -> int:
        """Carry the command out and return its exit status. Raises DockerfileError, UnsupportedError."""
        files = self.files
        try:
            command = parse_bake(words, environment=self.call.environment)
            for warning in command.warnings:
                self.call.stderr(warning)
            files += await self._files(command)
            definition = define(self._attesting(command, files), files, self._surroundings())
        except BakeError as error:
            if self._reads_unknown(files):
                raise UnsupportedError(
                    f"`docker buildx bake` fails here on a value that nobody knows: {error}"
                ) from error
            for line in error_lines(error, files):
                self.call.stderr(line)
            return error.exit_code
        if definition.text is not None:
            self.call.stdout(definition.text)
            return 0
        refusal = self._refusal(command, definition, words)
        if refusal:
            for line in (*refusal, "ERROR: additional privileges requested"):
                self.call.stderr(line)
            return 1
        return await self._build(command, definition)

    def sources(self) -> list[BakeFileText]:
        """The files that were read and that are the repository's."""
        root = self.call.environment.get("GITHUB_WORKSPACE", "")
        found = ((_in_repository(file.name, self.call.directory, root), file.text) for file in self.files)
        return [BakeFileText(path, text) for path, text in found if path is not None]

    def _reads_unknown(self, files: Sequence[BakeFile]) -> bool:
        """Whether a value that nobody knows goes into the definition: by a word, or by a variable that a file names."""
        if holds_unknown(list(self.call.arguments)):
            return True
        names = [name for name, value in self.call.environment.items() if holds_unknown(value)]
        return any(re.search(rf"\b{re.escape(name)}\b", file.text) for name in names for file in files)

    def _refusal(self, command: BakeCommand, definition: BakeDefinition, words: Sequence[str]) -> tuple[str, ...]:
        """What the targets want beyond what is allowed; raises UnsupportedError where nothing would be built."""
        call = next((target.call for target in definition.targets.values() if target.call not in {None, "build"}), None)
        if call is not None:
            raise UnsupportedError(f"`docker buildx bake --call={call}` is not simulated")
        folder = self.call.directory
        return missing_rights(
            definition.targets,
            command.allow,
            words,
            directory=str(folder.resolve()),
            existing=lambda path: str(_existing(folder / path)),
            environment=self.call.environment,
        )

    async def _files(self, command: BakeCommand) -> list[BakeFile]:
        if command.source:
            raise UnsupportedError(f"the bake definition {command.source!r} on the network is not simulated")
        self.call.stderr("#1 [internal] load local bake definitions")
        found = []
        for name in command.files or default_files():
            bare = name.removeprefix(_LOCAL)
            data = await self.call.stdin() if bare == "-" else self._read(bare, is_named=bool(command.files))
            if data is not None:
                self.call.stderr(f"#1 reading {bare if bare != '-' else 'from stdin'} {len(data)}B / {len(data)}B done")
                found.append(BakeFile(bare, data.decode(errors="surrogateescape")))
        self.call.stderr("#1 DONE 0.0s")
        return found

    def _attesting(self, command: BakeCommand, files: Sequence[BakeFile]) -> BakeCommand:
        """The command with what docker/bake-action attests for targets that say nothing of provenance."""
        every = self.call.environment.get("CICACHE_BAKE_ATTEST_ALL")
        silent = self.call.environment.get("CICACHE_BAKE_ATTEST")
        if not (every or silent):
            return command
        targets = define(command, files, self._surroundings()).targets
        if any(output.type == "docker" for target in targets.values() for output in target.output or ()):
            return command
        wanted = {
            name: every or silent
            for name, target in targets.items()
            if every or not any(item.type == "provenance" for item in target.attest or ())
        }
        more = (f"{name}.attest={text}" for name, text in wanted.items())
        return replace(command, overrides=(*command.overrides, *more))

    def _read(self, name: str, *, is_named: bool) -> bytes | None:
        try:
            return (self.call.directory / name).read_bytes()
        except FileNotFoundError:
            if is_named:
                raise BakeError(f"open {name}: no such file or directory") from None
            return None
        except IsADirectoryError:
            raise BakeError(f"read {name}: is a directory") from None

    def _surroundings(self) -> Surroundings:
        folder = self.call.directory
        dotenv = folder / ".env"
        return Surroundings(
            environment=self.call.environment,
            clock=Clock(now=_now(self.call.environment), unique=_UNIQUE, home=self.call.environment.get("HOME", "/")),
            dotenv=_text(dotenv) or "",
            read=lambda name: _text(folder / name),
            exists=lambda name: (folder / name).exists(),
        )

    async def _build(self, command: BakeCommand, definition: BakeDefinition) -> int:
        targets = definition.targets
        order = build_order(targets)
        requests = self._requests(command, targets, order)
        status = 0
        for name, request in requests.items():
            if status:
                self.cancel(request)
                continue
            record = await self.build(request, _prefixed(self.call, name, is_one=len(order) == 1))
            status = 1 if record is None else record.exit_code
            if record is not None and not status:
                self.metadata[name] = dict(record.metadata)
        silent = [name for name in order if not requests[name].has_output and not targets[name].linked]
        if silent:
            self.call.stderr(_NO_OUTPUT.format(names=", ".join(silent)))
        if command.metadata_file is not None and not status:
            text = json.dumps(self.metadata, indent=2)
            (self.call.directory / command.metadata_file).write_text(text, encoding="utf-8")
        return status

    def _requests(
        self, command: BakeCommand, targets: Mapping[str, BakeTarget], order: Sequence[str]
    ) -> dict[str, BuildRequest]:
        """The builds of all targets; one that cannot begin ends the command before any has begun."""
        try:
            return {
                name: target_request(name, targets, self.call.environment, builder=command.builder) for name in order
            }
        except DockerfileError as error:
            message = str(error).removeprefix(_FAILED)
            raise DockerfileError(message, exit_code=error.exit_code) from None


def _prefixed(call: DockerCall, name: str, *, is_one: bool) -> DockerCall:
    """The call with errors as bake says them: without `failed to build`, with the target's name among several."""
    lead = "ERROR: " if is_one else f"ERROR: target {name}: "

    def write(stream: str, text: str) -> None:
        call.write(stream, text.replace(f"ERROR: {_FAILED}", lead) if stream == "e" else text)

    return replace(call, write=write)


def _in_repository(name: str, directory: Path, workspace: str) -> str | None:
    """A file's path from the workspace, or from the clone that a build is made of; `None` for one outside of both."""
    file = Path(os.path.normpath(directory / name))
    if workspace and file.is_relative_to(workspace):
        return str(file.relative_to(workspace))
    return None if Path(name).is_absolute() or name == "-" else os.path.normpath(name)


def cancelled(request: BuildRequest) -> list[Ending]:
    """What a target that never began meant to write."""
    uses = [export_use(option) for option in request.cache_to if option.type != "inline"]
    uses += [push_use(tag) for tag in (request.tags if request.pushes else ())]
    return [Ending(use=use, how=How.NEVER_BEGAN) for use in uses]


_UNIQUE = "00000000-0000-4000-8000-000000000000"


def _now(environment: Mapping[str, str]) -> datetime:
    """The simulation's time where the step's environment tells it."""
    written = environment.get("CICACHE_EPOCH", "")
    return datetime.fromtimestamp(int(written), UTC) if written.isdecimal() else datetime.now(UTC)


def _existing(path: Path) -> Path:
    """The real path, or that of the nearest folder above that is there."""
    while not path.exists():
        path = path.parent
    return path.resolve()


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
