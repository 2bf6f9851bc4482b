"""The pages of docs/: every block is run as a reader would, every link leads somewhere."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
TAUGHT = [DOCS / "tutorial.md", *sorted((DOCS / "how-to").glob("*.md"))]
_BLOCK = re.compile(
    r'^```(?P<language>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```$', re.MULTILINE | re.DOTALL
)
_LINK = re.compile(r"\]\((?!https?:|#)(?P<target>[^)#\s]+)")


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, the file it is the text of, if any, and its text."""

    language: str
    title: str | None
    text: str


def blocks(page: Path) -> list[Block]:
    found = _BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [Block(match["language"], match["title"], match["text"]) for match in found]


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a console block with what it prints."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *printed = part.splitlines()
        yield command, printed


def pattern(printed: list[str]) -> str:
    """What a command prints, as an expression: `...` stands for any lines, at the end of a line for its rest."""
    lines = [r"(?:.*\n)*?" if line == "..." else re.escape(line).removesuffix(r"\.\.\.") + r".*\n" for line in printed]
    return "".join(lines)


def run(command: str, folder: Path) -> str:
    """What a command prints, in the environment this test runs in, where no Docker engine answers."""
    tools = Path(sys.executable).parent
    environment = {**os.environ, "DOCKER_HOST": "unix:///nowhere", "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    environment |= {"PYTEST_ADDOPTS": "-p no:cacheprovider"}
    done = subprocess.run(shlex.split(command), cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("page", TAUGHT, ids=lambda page: page.stem)
def test_a_page_does_what_it_says(page: Path, tmp_path: Path) -> None:
    """Files are written and commands typed in the page's order, in a clone of one's own."""
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main"], cwd=tmp_path, check=True)
    remote = ["git", "remote", "add", "origin", "https://github.com/octo-org/app.git"]
    subprocess.run(remote, cwd=tmp_path, check=True)
    ran = 0
    for block in blocks(page):
        if block.title is not None:
            path = tmp_path / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language == "console":
            for command, printed in commands(block.text):
                found = run(command, tmp_path)
                assert re.fullmatch(pattern(printed), found), f"{command} printed\n{found}"
                ran += 1
        else:
            assert (block.language, block.text) == ("sh", "pip install pytest-cicache\n")
    assert ran


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    """To a file of this project."""
    targets = [match["target"] for match in _LINK.finditer(page.read_text(encoding="utf-8"))]

    assert [target for target in targets if not (page.parent / target).exists()] == []
