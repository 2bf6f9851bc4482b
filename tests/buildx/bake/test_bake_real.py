"""The bake files of this folder and generated ones, put to the real `docker buildx bake`."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from pytest_cicache.buildx.bake import BakeFile, Clock, Surroundings, define, parse_bake
from pytest_cicache.errors import DockerfileError

pytestmark = pytest.mark.docker

CASES = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text(encoding="utf-8"))
TEXTS = ("a", "b-1", "x.y", "Ünï", "", "true", "3", "v1.2.3", "a,b")
# What builds with an older go-cty leave out of their words.
_HAVE = re.compile(r", but have \w+")


def ask(folder: Path, words: list[str], environment: Mapping[str, str]) -> tuple[int, str, str]:
    """The real command's status, stdout and stderr, without the progress of reading files."""
    found = subprocess.run(
        ("docker", "buildx", "bake", *words),
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = (line for line in found.stderr.splitlines() if not line.startswith("#1 "))
    return found.returncode, found.stdout, "\n".join(lines).strip()


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_the_recorded_answers(tmp_path: Path, case: Mapping[str, Any]) -> None:
    """They are still what it says."""
    for name, text in (*case["files"].items(), *((name, "") for name in case.get("others", ()))):
        (tmp_path / name).write_text(text, encoding="utf-8")

    status, stdout, stderr = ask(tmp_path, case["words"], case.get("environment", {}))

    assert status == case.get("status", 0)
    assert stdout == case.get("stdout", "")
    assert _HAVE.sub("", stderr if status else "") == _HAVE.sub("", case.get("stderr", "").strip())


def test_the_recorded_values_of_expressions(tmp_path: Path) -> None:
    """Those of expressions.yaml, in one file; each recorded refusal would need a call of its own.

    Of two `convert` in one block the real command says that the type's name is a variable in a cycle.
    """
    cases = yaml.safe_load((Path(__file__).parent / "expressions.yaml").read_text(encoding="utf-8"))
    values = {
        f"v{place}": case
        for place, case in enumerate(cases)
        if "value" in case and "convert(" not in case["expression"]
    }
    lines = "".join(f"    {name} = jsonencode({case['expression']})\n" for name, case in values.items())
    (tmp_path / "docker-bake.hcl").write_text(f'target "default" {{\n  args = {{\n{lines}  }}\n}}\n', encoding="utf-8")

    status, stdout, stderr = ask(tmp_path, ["--print"], {})

    assert status == 0, stderr
    found = json.loads(stdout)["target"]["default"]["args"]
    assert found == {name: case["value"] for name, case in values.items()}


class Maker:
    """Makes bake files at random, in HCL or JSON, of which most are right."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.variables = [f"V{number}" for number in range(self.random.randint(1, 4))]
        self.targets = [f"t{number}" for number in range(self.random.randint(2, 5))]

    def text(self) -> str:
        return self.random.choice(TEXTS)

    def expression(self, depth: int = 2) -> str:
        """An expression whose value is a text, or becomes one."""
        choose = self.random.choice
        if depth == 0:
            return choose((json.dumps(self.text()), choose(self.variables), str(self.random.randint(0, 9)), "true"))
        inner = self.expression(depth - 1)
        return choose(
            (
                json.dumps(self.text()),
                choose(self.variables),
                f'"${{{inner}}}-{self.random.randint(0, 9)}"',
                f"upper({inner})",
                f'replace({inner}, "a", "o")',
                f'join(",", sort([{inner}, {self.expression(depth - 1)}]))',
                f"{inner} == {self.expression(depth - 1)} ? {inner} : {json.dumps(self.text())}",
                f'coalesce({inner}, "z")',
                f"length([for v in [{inner}, 1] : v if v != 1])",
                f'format("%s/%05d", {inner}, {self.random.randint(0, 99)})',
                f'lookup({{ a = {inner} }}, "{choose("ab")}", "none")',
                f'"%{{ if {inner} == "" }}e%{{ else }}${{{inner}}}%{{ endif }}"',
                f"sanitize({inner})",
                f"jsonencode({{ k = [{inner}, null, 1.50] }})",
                f"try(nothing, {inner})",
            )
        )

    def hcl(self) -> str:
        blocks = [self.variable(name) for name in self.variables]
        blocks += [self.target(number, name) for number, name in enumerate(self.targets)]
        wanted = self.random.sample(self.targets, self.random.randint(1, len(self.targets)))
        blocks.append(f'group "default" {{\n  targets = {json.dumps(wanted)}\n}}\n')
        self.random.shuffle(blocks)
        return "".join(blocks)

    def variable(self, name: str) -> str:
        kinds = (
            "",
            f"  default = {json.dumps(self.text())}\n",
            f"  type = string\n  default = {json.dumps(self.text())}\n",
            f"  type = number\n  default = {self.random.randint(0, 5)}\n",
            f"  default = {self.random.choice(('true', 'false', '7', '1.5'))}\n",
        )
        return f'variable "{name}" {{\n{self.random.choice(kinds)}}}\n'

    def target(self, number: int, name: str) -> str:
        choose, above = self.random.choice, self.targets[:number]
        lines = [f"  args = {{ A{number} = {self.expression()}, B = {self.expression()} }}"]
        if above and choose((True, False)):
            lines.append(f"  inherits = {json.dumps(self.random.sample(above, self.random.randint(1, len(above))))}")
        if above and choose((True, False)):
            lines.append(f'  contexts = {{ base = "target:{choose(above)}", d = {self.expression(1)} }}')
        optional = (
            f"  tags = [{self.expression()}, {self.expression(1)}]",
            f'  cache-from = ["type=registry,ref=r/${{{self.expression(1)}}}", {{ type = "gha", scope = "s" }}]',
            '  cache-to = [{ type = "registry", ref = "r/c", mode = "max" }, "type=inline"]',
            f"  labels = {{ l = {self.expression()}, m = null }}",
            '  output = ["type=registry", { type = "local", dest = "o" }]',
            '  platforms = ["linux/amd64", "linux/arm64"]',
            f"  target = {self.expression(1)}",
            "  pull = true",
            '  attest = ["type=provenance,mode=max"]',
            f"  context = {self.expression(1)}",
            f"  description = {self.expression(1)}",
        )
        lines += self.random.sample(optional, self.random.randint(0, 5))
        body = "\n".join(lines)
        return f'target "{name}" {{\n{body}\n}}\n'

    def words(self) -> list[str]:
        choose = self.random.choice
        options = (
            ["--set", f"{choose(self.targets)}.args.B=over"],
            ["--set", "*.tags=one", "--set", "*.tags=two"],
            ["--set", "t*.cache-from+=x/y"],
            ["--set", f"{choose(self.targets)}.platform=linux/s390x"],
            ["--push"],
            ["--load"],
            ["--no-cache"],
            ["--provenance=false"],
            ["--sbom=true"],
            [choose(self.targets)],
        )
        picked = self.random.sample(options, self.random.randint(0, 3))
        if ["--push"] in picked and ["--load"] in picked:
            picked.remove(["--load"])  # the real command puts the two in an order that changes from call to call
        return [*(word for option in picked for word in option), "--print"]

    def environment(self) -> dict[str, str]:
        return {name: self.random.choice(TEXTS) for name in self.variables if self.random.random() < 0.3}


def ours(text: str, words: list[str], environment: Mapping[str, str]) -> tuple[str, str]:
    """What we would print, and what we would say is wrong."""
    clock = Clock(now=datetime(2026, 1, 1, tzinfo=UTC), unique="", home="/root")
    try:
        command = parse_bake(words, environment=environment)
        found = define(command, [BakeFile("docker-bake.hcl", text)], Surroundings(environment=environment, clock=clock))
    except DockerfileError as error:
        return "", error.printed
    return f"{found.text}\n", ""


@pytest.mark.parametrize("seed", range(60))
def test_generated_files(tmp_path: Path, seed: int) -> None:
    """The same output; where the real command refuses, so do we."""
    maker = Maker(seed)
    text, words, environment = maker.hcl(), maker.words(), maker.environment()
    (tmp_path / "docker-bake.hcl").write_text(text, encoding="utf-8")

    status, stdout, stderr = ask(tmp_path, words, environment)
    printed, error = ours(text, words, environment)

    assert (printed, bool(error)) == (stdout, status != 0), f"{stderr}\n{error}\n{text}\n{words}\n{environment}"
