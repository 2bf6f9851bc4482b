"""Generated bake files with linked targets, built by both builders: the same steps cached, the same operations."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_cicache.events import Repository, push
from pytest_cicache.observation import Operation, Run
from pytest_cicache.simulation import EngineNames, Engines, Simulation

pytestmark = pytest.mark.docker

WORKFLOW = """
on: push
permissions: {contents: read, packages: write}
jobs:
  bake:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - uses: docker/setup-buildx-action@v3
      - uses: docker/login-action@v3
        with: {registry: ghcr.io, username: "${{ github.actor }}", password: "${{ secrets.GITHUB_TOKEN }}"}
      - uses: docker/bake-action@v6
        with: {source: ., provenance: false, push: true}
"""
FILES = ("a", "b", "c")


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Engines, Engines]]:
    """The parts that come along, and the real ones."""
    embedded = EngineNames(builder="simulated", registry="embedded")
    real = EngineNames(builder="buildx", registry="container")
    with Engines(embedded) as simulated, Engines(real) as built:
        yield simulated, built


def bake_file(chance: random.Random) -> str:
    """A chain or a fan of targets, each with a cache of its own, some pushed."""
    names = [f"t{number}" for number in range(chance.randint(2, 4))]
    # The stand-in of a RUN that begins with nothing has inputs that a cache of the result's layers alone leaves out.
    mode = chance.choice(("min", "max"))
    blocks = [target(chance, name, names[:number], mode) for number, name in enumerate(names)]
    wanted = ", ".join(f'"{name}"' for name in chance.sample(names, chance.randint(1, len(names))))
    return f'{"".join(blocks)}group "default" {{\n  targets = [{wanted}]\n}}\n'


def target(chance: random.Random, name: str, above: list[str], mode: str) -> str:
    base = chance.choice([*above, "scratch"]) if above else "scratch"
    source = chance.choice(above) if above and chance.random() < 0.4 else None
    lines = [f"FROM {base}", "ARG V", f"ENV N_{name}=$V"]
    # BuildKit does not say of a step without inputs that it was cached where only later ones are taken.
    lines += [f"COPY a /first-{name}"] if base == "scratch" else []
    for number in range(chance.randint(1, 3)):
        lines.append(
            chance.choice(
                (
                    f"COPY {chance.choice(FILES)} /{name}{number}",
                    f"RUN make {name}{number} $V",
                    f"WORKDIR /w{name}{number}",
                )
            )
        )
    lines.append(f"COPY {chance.choice(FILES)} /{name}")
    if source is not None:
        lines.append(f"COPY --from={source} /{source} /from")
    links = {item for item in (base, source) if item not in {"scratch", None}}
    contexts = ", ".join(f'{item} = "target:{item}"' for item in sorted(links))
    return f"""target "{name}" {{
  dockerfile-inline = <<EOT
{chr(10).join(lines)}
EOT
  contexts = {{ {contexts} }}
  args = {{ V = "{chance.randint(0, 1)}" }}
  cache-from = ["ghcr.io/octo/cache:{name}"]
  cache-to = ["type=registry,ref=ghcr.io/octo/cache:{name},mode={mode}"]
  tags = ["ghcr.io/octo/{name}:x"]
}}
"""


def told(run: Run) -> list[tuple[object, ...]]:
    """The operations, without what differs by design: which cache of several a hit is credited to."""
    return [
        (item.operation, item.reference, "read" if item.result in {"hit", "miss"} else item.result)
        for item in run.operations
        if item.operation is not Operation.LOGIN
    ]


def disagreements(ours: Run, theirs: Run) -> list[str]:
    """Steps that one builder has from a cache and the other executes; what one cannot know fits all."""
    found = []
    for mine, real in zip(ours.builds, theirs.builds, strict=True):
        names = [vertex.name for vertex in mine.vertices], [vertex.name for vertex in real.vertices]
        found += [f"{names[0]} and {names[1]}"] if names[0] != names[1] else []
        found += [
            f"{one.name}: {one.cached} and {other.cached}"
            for one, other in zip(mine.vertices, real.vertices, strict=False)
            if None not in {one.cached, other.cached} and one.cached is not other.cached
        ]
    return found


def compared(root: Path, both: tuple[Engines, Engines], edits: list[dict[str, str | None]]) -> list[object]:
    """What the builders do not agree on, in repositories of their own, up to the first edit after which they differ."""
    ours, theirs = (Simulation(engines, root, Repository(owner="octo", name="app")) for engines in both)
    with ours, theirs:
        for edit in edits:
            mine, real = (one.run("bake.yml", push(branch="main"), changes=edit) for one in (ours, theirs))
            found = [pair for pair in zip(told(mine), told(real), strict=True) if pair[0] != pair[1]]
            found += disagreements(mine, real)
            if found or mine.conclusion != real.conclusion:
                return [*found, mine.conclusion, real.conclusion]
    return []


@pytest.mark.parametrize("seed", range(12))
def test_both_builders_agree(tmp_path: Path, both: tuple[Engines, Engines], seed: int) -> None:
    """From nothing, again, and after an edit.

    Linked targets are under way at once, and share their first steps with the caches of all of them: which one BuildKit
    asks first is chance, and a later step may miss. What is no chance differs each of three times.
    """
    chance = random.Random(seed)
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "bake.yml").write_text(WORKFLOW)
    (tmp_path / "docker-bake.hcl").write_text(bake_file(chance))
    for name in FILES:
        (tmp_path / name).write_text(f"{name}\n")
    edits: list[dict[str, str | None]] = [{}, {}, {chance.choice(FILES): "new\n"}]

    assert any(not compared(tmp_path, both, edits) for _ in range(3)), compared(tmp_path, both, edits)
