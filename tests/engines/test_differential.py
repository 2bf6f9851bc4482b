"""The simulated builder against real BuildKit: the same Dockerfiles, edits and caches, the same outcome.

The Dockerfiles are made at random from a seed. Their shell is a program that does nothing, so that RUN works on
`FROM scratch` without any image.
"""

from __future__ import annotations

import asyncio
import json
import platform
import random
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from pytest_cicache.actionscache import RESULTS_URL, scope_access
from pytest_cicache.buildx import parse_build
from pytest_cicache.engines import Builder, BuildPlace
from pytest_cicache.engines.buildx import BuildxBuilder
from pytest_cicache.engines.registry import EmbeddedRegistry
from pytest_cicache.engines.simulated import SimulatedBuilder
from pytest_cicache.gateway import Gateway, Identity, Package, RegistryState, Visibility
from pytest_cicache.observation import BuildRecord, CacheOperation, Operation, Result
from pytest_cicache.oci import GatewayAddress
from pytest_cicache.permissions import AccessLevel

pytestmark = pytest.mark.docker

_HOST = "ghcr.io"
_CODE = {
    # exit(0) on Linux
    "x86_64": (62, bytes.fromhex("31ffb83c0000000f05")),
    "aarch64": (183, bytes.fromhex("000080d2a80b80d2010000d4")),
}


def do_nothing() -> bytes:
    """A static program of 140 bytes that succeeds."""
    machine, code = _CODE[platform.machine()]
    start, size = 0x400000 + 120, 120 + len(code)
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    header = struct.pack("<HHIQQQIHHHHHH", 2, machine, 1, start, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, 0x400000, 0x400000, size, size, 0x1000)
    return ident + header + segment + code


@dataclass
class Recipe:
    """A Dockerfile and its context, as data that can be edited."""

    stages: list[list[str]]
    files: dict[str, tuple[str, int]]
    ignore: str = ""

    @property
    def text(self) -> str:
        lines: list[str] = []
        for stage in self.stages:
            lines += stage
        return "\n".join(lines) + "\n"

    def lay_out(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "sh").write_bytes(do_nothing())
        (folder / "sh").chmod(0o755)
        (folder / "Dockerfile").write_text(self.text, encoding="utf-8")
        if self.ignore:
            (folder / ".dockerignore").write_text(self.ignore, encoding="utf-8")
        for path, (content, mode) in self.files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8")
            target.chmod(mode)
        for path in [folder, *folder.rglob("*")]:
            if path.is_dir():
                path.chmod(0o755)


class Cook:
    """Makes recipes and edits them, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0

    def recipe(self) -> Recipe:
        """One to three stages of a few steps."""
        files = {
            path: (f"{path}\n", 0o644)
            for path in [
                "a.txt",
                "b.txt",
                "c.md",
                "dir/x",
                "dir/y",
                "dir/sub/z",
                "dir2/x",
                "src/m.c",
                "src/m.h",
                ".env",
            ]
        }
        stages: list[list[str]] = []
        names: list[str] = []
        for number in range(self.random.choice([1, 1, 2, 3])):
            parent = self.random.choice([None, None, *names])
            stage = [f"FROM {parent or 'scratch'} AS s{number}"]
            if parent is None:
                stage.append("COPY sh /bin/sh")
                stage.append("COPY a.txt /base/a.txt")
            stage += [self.step(names) for _ in range(self.random.randint(1, 5))]
            stages.append(stage)
            names.append(f"s{number}")
        ignore = self.random.choice(["", "", "*.md\n", "dir\n!dir/x\n", "**/z\nsrc/*.h\n", ".*\n"])
        return Recipe(stages, files, ignore)

    def step(self, names: list[str]) -> str:
        """One instruction."""
        self.count += 1
        n = self.count
        choices = [
            f"RUN echo {n}",
            f"RUN echo {n} > /o{n}",
            f"RUN --network=none echo {n}",
            f"RUN --mount=type=cache,target=/cache{n} echo {n}",
            f"RUN --mount=type=cache,target=/c,id=x{n},sharing=locked echo {n}",
            f"RUN --mount=type=tmpfs,target=/t{n} echo {n}",
            f"RUN --mount=type=bind,source=dir2,target=/m{n} echo {n}",
            f"RUN --mount=type=bind,target=/m{n},rw echo {n}",
            f"RUN --mount=type=secret,id=k{n} echo {n}",
            f"RUN --mount=type=secret,id=k{n},env=K{n} echo {n}",
            f'RUN ["/bin/sh", "-c", "exec {n}"]',
            f"RUN <<EOF\necho {n}\necho more\nEOF",
            f"WORKDIR /w{n}",
            f"WORKDIR w{n}/deep",
            f"ENV V{n}=value{n} W=$V{n}",
            f"ARG A{n}=d{n}",
            f"ARG A{n}",
            f"LABEL l{n}=x",
            f"COPY a.txt /f{n}",
            "COPY a.txt b.txt ./",
            f"COPY dir /d{n}/",
            f"COPY dir/ dir2 /e{n}/",
            f"COPY *.txt /g{n}/",
            f"COPY src/m.? dir*/x /h{n}/",
            f"COPY . /all{n}",
            f"COPY ./ ./here{n}/",
            f"COPY --chmod=640 b.txt /k{n}",
            f"COPY --chmod=u+x b.txt /ks{n}",
            f"COPY --chown=7:8 b.txt /q{n}",
            f"COPY --link b.txt /z{n}",
            f"COPY --link --chown=3 dir /zz{n}/",
            f"COPY --exclude=*.h src /src{n}/",
            f"COPY --parents dir/sub/z src/./m.c /p{n}/",
            f"ADD b.txt /add{n}",
            f"ADD dir /addd{n}/",
            f"COPY <<EOF /here{n}\nhello $V{n}\nEOF",
            f'COPY <<"EOF" /raw{n}\nhello $V{n}\nEOF',
            f"STOPSIGNAL SIGTERM\nRUN echo stop {n}",
            f'SHELL ["/bin/sh", "-e", "-c"]\nRUN echo shell {n}',
        ]
        for name in names:
            choices += [f"COPY --from={name} /base/a.txt /from{n}", f"COPY --from={name} /base /fromd{n}/"]
            choices += [f"RUN --mount=type=bind,from={name},source=/base,target=/b{n} echo {n}"]
        return self.random.choice(choices)

    def edit(self, recipe: Recipe) -> Recipe:
        """Change one thing."""
        stages = [list(stage) for stage in recipe.stages]
        files = dict(recipe.files)
        ignore = recipe.ignore
        kind = self.random.randrange(9)
        stage = self.random.choice(stages)
        if kind <= 1:
            path = self.random.choice(sorted(files))
            files[path] = (files[path][0] + "changed\n", files[path][1])
        elif kind == 2:
            path = self.random.choice(sorted(files))
            files[path] = (files[path][0], 0o600)
        elif kind == 3:
            files[f"dir/new{self.count}"] = ("new\n", 0o644)
        elif kind == 4 and len(stage) > 4:
            index = self.random.randrange(3, len(stage))
            stage[index] = self.step([])
        elif kind == 5:
            stage.append(self.step([]))
        elif kind == 6 and len(stage) > 4:
            del stage[self.random.randrange(3, len(stage))]
        elif kind == 7:
            ignore = self.random.choice(["", "b.txt\n", "*\n!a.txt\n!sh\n!b.txt\n!dir\n!dir2\n!src\n"])
        elif kind == 8 and len(stage) > 5:
            stage[3], stage[4] = stage[4], stage[3]
        return Recipe(stages, files, ignore)

    def options(self) -> list[str]:
        """What else may stand on the command line."""
        choices: list[list[str]] = [
            [],
            [],
            [],
            ["--build-arg", "A3=other"],
            ["--no-cache"],
            ["--no-cache-filter", "s0"],
            ["--network", "none"],
            ["--shm-size", "64m"],
            ["--ulimit", "nofile=64:64"],
            ["--add-host", "h:1.2.3.4"],
            ["--label", "a=b"],
            ["--build-arg", "SOURCE_DATE_EPOCH=5"],
            ["--target", "s0"],
        ]
        return self.random.choice(choices)


@dataclass
class Kitchen:
    """Both builders over one registry, each with its own simulation; `gateway` has an Actions cache for each."""

    folder: Path
    registry: EmbeddedRegistry
    gateway: Gateway
    states: dict[str, RegistryState]
    real: Builder
    simulated: Builder
    count: int = 0
    history: list[str] = field(default_factory=list)

    async def both(self, recipe: Recipe, words: list[str], *, swap: bool = False) -> tuple[BuildRecord, BuildRecord]:
        """Build with real BuildKit and with the simulated builder; `swap` gives each the other's caches.

        `NAME` in the words is whose caches they are.
        """
        self.count += 1
        folder = self.folder / str(self.count)
        recipe.lay_out(folder)
        self.history.append(f"--- {words}\n{recipe.text}ignore: {recipe.ignore!r}")
        names = ("simulated", "real") if swap else ("real", "simulated")
        found = []
        for builder, name in zip((self.real, self.simulated), names, strict=True):
            named = [word.replace("NAME", name) for word in words]
            request = parse_build(["buildx", "build", *named, "."], environment={})
            through = self.gateway.port if any("gha" in word for word in words) else self.registry.port
            gateway = GatewayAddress(port=through, simulation=name)
            environment = self.runtime(name)
            place = BuildPlace(directory=folder, environment=environment, gateway=gateway, credential=None, real=True)
            found.append(await builder.build(request, place))
        return found[0], found[1]

    def runtime(self, name: str) -> dict[str, str]:
        """What an action sees of the Actions cache on a push to main."""
        access = scope_access(writable=("refs/heads/main",), readable=("refs/heads/main",))
        token = self.states[name].actions_cache.issue("job", access)
        return {"ACTIONS_RUNTIME_TOKEN": token, "ACTIONS_RESULTS_URL": RESULTS_URL, "ACTIONS_CACHE_SERVICE_V2": "True"}

    async def prune(self) -> None:
        for builder in (self.real, self.simulated):
            await builder.prune()


def disagreements(real: BuildRecord, simulated: BuildRecord) -> Iterator[str]:
    """Where the two differ; what the simulated builder does not know is no difference."""
    if real.exit_code != simulated.exit_code:
        yield f"exit {simulated.exit_code}, really {real.exit_code}: {real.errors} {simulated.errors}"
    if real.exit_code or simulated.exit_code:
        return
    theirs = {vertex.name: vertex.cached for vertex in real.vertices}
    ours = {vertex.name: vertex.cached for vertex in simulated.vertices}
    if theirs.keys() != ours.keys():
        yield f"steps only here {sorted(ours.keys() - theirs.keys())}, only there {sorted(theirs.keys() - ours.keys())}"
    for name in theirs.keys() & ours.keys():
        if ours[name] is not None and ours[name] != theirs[name]:
            yield f"{name}: cached {ours[name]}, really {theirs[name]}"
    for operation in (Operation.IMPORT, Operation.EXPORT):
        results = [
            [item.result for item in record.operations if item.operation is operation] for record in (real, simulated)
        ]
        if operation is Operation.EXPORT and results[0] != results[1]:
            yield f"{operation} {results[1]}, really {results[0]}"


Scenario = Callable[[Kitchen], Any]


@pytest.fixture(scope="module")
def cook_with(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Scenario], Any]]:
    """Run a scenario in the loop that both builders live in."""
    loop = asyncio.new_event_loop()
    real, simulated = BuildxBuilder(), SimulatedBuilder()
    loop.run_until_complete(real.start())
    loop.run_until_complete(simulated.start())

    async def main(scenario: Scenario) -> Any:
        registry = EmbeddedRegistry()
        await registry.start()
        states = {name: RegistryState(seed=name) for name in ("real", "simulated")}
        async with Gateway(registry.url) as gateway:
            for name, state in states.items():
                gateway.open(name, state)
            kitchen = Kitchen(tmp_path_factory.mktemp("kitchen"), registry, gateway, states, real, simulated)
            try:
                await kitchen.prune()
                return await scenario(kitchen)
            finally:
                await registry.close()

    try:
        yield lambda scenario: loop.run_until_complete(main(scenario))
    finally:
        loop.run_until_complete(real.close())
        loop.run_until_complete(simulated.close())
        loop.close()


async def story(kitchen: Kitchen, seed: int, kind: str = "registry") -> list[str]:
    """Seed a cache of a kind, then edit and build again on fresh builders; gives what differed."""
    cook = Cook(seed)
    recipe = cook.recipe()
    mode = cook.random.choice(["max", "max", "min"])
    folder = kitchen.folder / f"cache-{seed}-NAME"
    reference, target = {
        "registry": (f"{_HOST}/acme/app:main", f"type=registry,ref={_HOST}/acme/app:main"),
        "gha": (f"type=gha,scope=s{seed}", f"type=gha,scope=s{seed}"),
        "local": (f"type=local,src={folder}", f"type=local,dest={folder}"),
    }[kind]
    export = ["--cache-to", f"{target},mode={mode}"]
    seeded = await kitchen.both(recipe, export)
    found = [f"seed: {line}" for line in disagreements(*seeded)]
    await kitchen.prune()
    swapped = await kitchen.both(recipe, ["--cache-from", reference], swap=True)
    found += [f"swapped: {line}" for line in disagreements(*swapped)]
    if swapped[1].exit_code == 0:
        found += [f"swapped: {vertex.name} not cached" for vertex in swapped[1].vertices if not vertex.cached]
    for turn in range(4):
        if turn < 2 or cook.random.random() < 0.7:
            await kitchen.prune()
        changed = cook.edit(recipe)
        words = ["--cache-from", reference, *cook.options()]
        if cook.random.random() < 0.3:
            words += export
        pair = await kitchen.both(changed, words)
        found += [f"turn {turn}: {line}" for line in disagreements(*pair)]
        if cook.random.random() < 0.5:
            recipe = changed
    return found


@pytest.mark.parametrize("seed", range(8))
def test_random_builds_agree(cook_with: Callable[[Scenario], Any], seed: int) -> None:
    """Steps cached, exports, exit codes: whatever the simulated builder claims, BuildKit does."""
    history: list[str] = []

    async def scenario(kitchen: Kitchen) -> list[str]:
        kitchen.history = history
        return await story(kitchen, seed)

    found = cook_with(scenario)

    assert found == [], "\n".join(history)


@pytest.mark.parametrize("seed", range(20, 24))
@pytest.mark.parametrize("kind", ["gha", "local"])
def test_random_builds_agree_over_other_caches(cook_with: Callable[[Scenario], Any], kind: str, seed: int) -> None:
    """The Actions cache and a folder, too; each builder reads what the other has written."""
    history: list[str] = []

    async def scenario(kitchen: Kitchen) -> list[str]:
        kitchen.history = history
        return await story(kitchen, seed, kind)

    found = cook_with(scenario)

    assert found == [], "\n".join(history)


SHELL = "FROM scratch\nCOPY sh /bin/sh\n"
CONSTRUCTS = [
    pytest.param("FROM scratch\nCOPY a.txt /a\nWORKDIR /x\n", "--platform linux/amd64,linux/arm64", id="platforms"),
    pytest.param("FROM scratch\nCOPY --from=ctx x /x\n", "--build-context ctx=dir2", id="folder-context"),
    pytest.param("FROM ctx\nCOPY a.txt /a\n", "--build-context ctx=dir2", id="context-as-base"),
    pytest.param(
        "ARG N=s\nFROM scratch AS s\nCOPY a.txt /a\nFROM scratch AS t\nCOPY b.txt /a\nFROM ${N}\nCOPY dir /d\n",
        "--build-arg N=t",
        id="stage-by-argument",
    ),
    pytest.param("FROM scratch AS s\nONBUILD COPY a.txt /on\nCOPY b.txt /b\nFROM s\nCOPY dir /d\n", "", id="onbuild"),
    pytest.param(
        "FROM scratch\nCOPY --exclude=*.h --exclude=m* src /s\nCOPY --parents src/** dir/*/z /p/\n"
        "COPY --parents ./dir/./sub/z /q/\n",
        "",
        id="patterns",
    ),
    pytest.param(
        f"{SHELL}RUN --mount=type=cache,target=/k,uid=5,mode=0700 x\nRUN --mount=type=ssh --mount=type=ssh,id=b x\n"
        "RUN --mount=type=secret,id=k,env=A,target=/x --mount=type=tmpfs,size=3k,target=/b x\n",
        "",
        id="mounts",
    ),
    pytest.param(
        f"{SHELL}COPY <<A <<B /x/\n1\nA\n2\nB\nCOPY --chown=5 --chmod=7 <<A a.txt /y/\n1\nA\nRUN <<E\n#!/bin/sh\nE\n"
        "WORKDIR x\nRUN --mount=target=q,source=./dir/,rw y\n",
        "",
        id="here-documents",
    ),
    pytest.param(
        f'{SHELL}ENV A="x y" B=\'z\' C=q\\ r\nENV D=${{A:-n}} E=${{NO:-d}} F=${{A%y}}\nRUN echo "$A" $D ${{E}}\n',
        "",
        id="variables",
    ),
    pytest.param(
        f"# escape=`\n{SHELL}RUN a `\n b\nRUN c \\\nCOPY a.txt `\n /x\n",
        "",
        id="escape",
    ),
    pytest.param(
        f"{SHELL}COPY --link --chown=1:1 a.txt /l\nADD --unpack dir /u\nUSER a:b\nWORKDIR /z\nCOPY --chown=c a.txt .\n",
        "--network none --add-host h:1.2.3.4 --ulimit nofile=7:9 --shm-size 2m --cgroup-parent /x",
        id="owners-and-options",
    ),
]


@pytest.mark.parametrize(("text", "line"), CONSTRUCTS)
def test_constructs_have_buildkits_record_digests(cook_with: Callable[[Scenario], Any], text: str, line: str) -> None:
    """What the simulated builder exports holds the digests real BuildKit exports, and no other."""

    async def scenario(kitchen: Kitchen) -> tuple[set[str], set[str]]:
        recipe = Cook(1).recipe()
        recipe = Recipe([text.rstrip("\n").split("\n")], recipe.files)
        export = ["--cache-to", f"type=registry,ref={_HOST}/acme/app:main,mode=max"]
        real, simulated = await kitchen.both(recipe, [*line.split(), *export])
        assert (real.exit_code, simulated.exit_code) == (0, 0), (real.errors, simulated.errors)
        return await _records(kitchen, "real"), await _records(kitchen, "simulated")

    theirs, ours = cook_with(scenario)

    assert ours == theirs


async def _records(kitchen: Kitchen, name: str) -> set[str]:
    root = f"{kitchen.registry.url}/v2/{name}/{_HOST}/acme/app"
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{root}/manifests/main") as answer:
            if answer.status == 404:
                return set()
            manifest = await answer.json(content_type=None)
        async with session.get(f"{root}/blobs/{manifest['config']['digest']}") as answer:
            config = json.loads(await answer.read())
    return {record["digest"] for record in config["records"]}


FIXED = "FROM scratch\nCOPY sh /bin/sh\nRUN x\nCOPY a.txt /a\nCOPY b.txt /b\nCOPY dir /d\n"
TO = "--cache-to type=registry,mode=max,ref=ghcr.io/acme/"
FROM = "--cache-from ghcr.io/acme/"
PUSH = "--push -t ghcr.io/acme/"
DIGEST = "type=image,push-by-digest=true,name-canonical=true,push=true"
ANSWERS = [
    ("write", f"{TO}app:main"),
    ("read", f"{TO}empty:pr"),
    ("read", f"{TO}empty:pr,ignore-error=true"),
    ("none", f"{TO}empty:pr"),
    ("nobody", f"{TO}empty:pr"),
    ("wrong", f"{TO}empty:pr"),
    ("read", f"{FROM}app:main"),
    ("read", f"{FROM}app:nope"),
    ("none", f"{FROM}app:main"),
    ("nobody", f"{FROM}app:main"),
    ("wrong", f"{FROM}app:main"),
    ("fork", f"{FROM}app:main"),
    ("fork", f"{FROM}public:main {TO}public:y,ignore-error=true"),
    ("nobody", f"{FROM}public:main"),
    ("wrong", f"{FROM}public:main"),
    ("write", f"{TO}other:x"),
    ("write", f"{FROM}absent:x"),
    ("read", f"{PUSH}app:v1"),
    ("write", f"{PUSH}app:v1"),
    ("write", f"{PUSH}app:v2 --provenance=false"),
    ("write", f"{PUSH}new:v1 -t ghcr.io/acme/app:v3"),
    ("write", f"{PUSH}app:v4 {TO}other:x"),
    ("write", f"{PUSH}app:v5 {TO}other:x,ignore-error=true"),
    ("write", f"{PUSH}other:v1 {TO}app:z"),
    ("write", f"{TO}app:7/merge"),
    ("write", f"{FROM}app:7/merge"),
    ("write", f"{FROM}App:x"),
    ("write", f"{TO}app:i,image-manifest=false"),
    ("write", f"{TO}app:i,oci-mediatypes=false"),
    ("write", f"{TO}app:i,oci-mediatypes=false,image-manifest=true"),
    ("write", "--cache-to type=nope"),
    ("write", "--cache-from type=nope"),
    ("write", "--cache-to type=gha --cache-from type=gha"),
    ("write", "--cache-from type=local,src=/nope"),
    ("write", "--output type=cacheonly"),
    ("write", "--output type=registry,name=ghcr.io/acme/app:o"),
    ("write", "--push --output type=image,name=ghcr.io/acme/app:p1"),
    ("write", f"{PUSH}app:p2 --output type=image,name=ghcr.io/acme/app:p3"),
    ("write", f"--output {DIGEST},name=ghcr.io/acme/app"),
    ("write", f"--push --output {DIGEST},name=ghcr.io/acme/app"),
    ("write", f"-t ghcr.io/acme/app --output {DIGEST}"),
    ("write", f"{PUSH}app:p4 --output {DIGEST}"),
    ("read", f"--output {DIGEST},name=ghcr.io/acme/app"),
    ("write", f"--output {DIGEST},name=ghcr.io/acme/app {TO}app:p5"),
    ("write", f"--output {DIGEST},name=ghcr.io/acme/app {TO}other:x"),
    ("write", "--output type=tar,dest=/dev/null"),
    ("write", f"{PUSH}app:p6 --output type=tar,dest=/dev/null"),
    ("write", "--output type=oci,dest=/dev/null -t ghcr.io/acme/app:p7"),
    ("write", f"{PUSH}app:i1 --build-arg BUILDKIT_INLINE_CACHE=1"),
    ("write", f"{FROM}app:i1"),
    ("write", f"{PUSH}app:i2 --build-arg BUILDKIT_INLINE_CACHE=0"),
    ("write", f"{FROM}app:i2"),
    ("write", f"{FROM}app:main --build-arg BUILDKIT_MULTI_PLATFORM=1"),
    ("write", f"{PUSH}app:i3 --provenance=false --build-arg BUILDKIT_MULTI_PLATFORM=1"),
    ("write", f"{FROM}app:main --build-arg BUILDKIT_SANDBOX_HOSTNAME=h"),
    ("write", f"{FROM}app:main --build-arg BUILDKIT_CACHE_MOUNT_NS=n"),
    ("write", f"{FROM}app:main --build-arg BUILDKIT_CONTEXT_KEEP_GIT_DIR=1"),
    ("write", f"{FROM}app:main --build-arg SOURCE_DATE_EPOCH=5"),
    ("write", f"{PUSH}app:i4 --build-arg SOURCE_DATE_EPOCH=5"),
    ("write", f"{TO}app:x1 {TO}app:x2,oci-mediatypes=false"),
    ("write", f"{TO}app:x1 --cache-to type=inline {PUSH}app:x3"),
    ("write", f"{PUSH}app:n1 -f none.Dockerfile"),
    ("write", f"{TO}app:n2 -f none.Dockerfile"),
    ("write", f"{PUSH}app:n3 {TO}app:n4 -f none.Dockerfile"),
    ("read", f"{TO}app:n5 -f none.Dockerfile"),
    ("write", f"--output {DIGEST},name=ghcr.io/acme/app -f none.Dockerfile"),
]


def _state(seed: str) -> RegistryState:
    state = RegistryState(seed=seed)
    state.add_package(Package(owner="acme", name="app", visibility=Visibility.PRIVATE, linked="acme/app"))
    # no layer is there by chance, as two builds within a second can give the same one
    state.add_package(Package(owner="acme", name="empty", visibility=Visibility.PRIVATE, linked="acme/app"))
    state.add_package(Package(owner="acme", name="public", visibility=Visibility.PUBLIC, linked="acme/app"))
    state.add_package(Package(owner="acme", name="other", linked="acme/else", inherits=False))
    return state


def _credential(state: RegistryState, who: str) -> tuple[str, str] | None:
    if who == "nobody":
        return None
    if who == "wrong":
        return "user", "nonsense"
    level = AccessLevel.READ if who == "fork" else AccessLevel(who)
    repository = "someone/fork" if who == "fork" else "acme/app"
    return "user", state.issue(Identity(repository=repository, packages=level))


def _words(operation: CacheOperation) -> str | None:
    return re.sub(r"sha256:[0-9a-f]+", "DIGEST", operation.message.splitlines()[0]) if operation.message else None


def answers(record: BuildRecord, races: frozenset[int]) -> tuple[Any, ...]:
    """What a maintainer would see of a build; `races` are the operations whose end is chance."""
    operations = [
        (item.operation, item.reference)
        if number in races
        else (item.operation, item.reference, item.result, item.status, _words(item), item.fatal)
        for number, item in enumerate(record.operations)
    ]
    errors = [re.sub(r"sha256:[0-9a-f]+", "DIGEST", line) for line in record.errors]
    cached = [vertex.cached for vertex in record.vertices]
    return record.exit_code, errors, operations, cached, sorted(record.metadata)


def test_the_registrys_answers_come_out_the_same(cook_with: Callable[[Scenario], Any]) -> None:
    """Rights of every kind: the same results, statuses, texts and exit codes with either builder."""

    async def scenario(kitchen: Kitchen) -> list[str]:
        gateway = Gateway(kitchen.registry.url)
        await gateway.start()
        folder = kitchen.folder / "context"
        recipe = Cook(1).recipe()
        Recipe([FIXED.splitlines()], recipe.files).lay_out(folder)
        (folder / "none.Dockerfile").write_text("FROM scratch\nLABEL a=1\n")
        states = {name: _state(name) for name in ("real", "simulated")}
        found = []
        for name, state in states.items():
            gateway.open(name, state)
        for who, line in ANSWERS:
            await kitchen.prune()
            request = parse_build(["buildx", "build", *line.split(), "."], environment={})
            seen = []
            for builder, name in ((kitchen.real, "real"), (kitchen.simulated, "simulated")):
                place = BuildPlace(
                    directory=folder,
                    environment={},
                    gateway=GatewayAddress(port=gateway.port, simulation=name),
                    credential=_credential(states[name], who),
                    real=True,
                )
                seen.append(await builder.build(request, place))
            unknown = (number for number, item in enumerate(seen[1].operations) if item.result is Result.UNKNOWN)
            races = frozenset(unknown)
            theirs, ours = (answers(record, races) for record in seen)
            if theirs != ours:
                found.append(f"{who}: {line}\n  really {theirs}\n  here   {ours}")
        await gateway.close()
        return found

    found = cook_with(scenario)

    assert found == [], "\n".join(found)
