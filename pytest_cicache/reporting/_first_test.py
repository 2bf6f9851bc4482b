"""A first test file for a repository, from what its workflows do under its own events."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pytest_cicache.checks import REPEAT, Conduct

__all__ = ["FirstTest", "first_tests"]

_HEAD = '''"""What the image caches must do under each event: a start, to be changed at will."""

from __future__ import annotations
'''
_BUILD = re.compile(r"build (?P<dockerfile>\S+)( target \S+)? in .*")


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstTest:
    """A workflow to write tests for: its file's name, the kind that fills its caches, what it does in each case.

    `secrets` tells whether the workflow names any; `files` are the Dockerfiles that the repository has, `brought` those
    that only its callers have.
    """

    workflow: str
    seed: str | None
    conduct: Conduct
    secrets: bool
    files: frozenset[str]
    brought: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The workflow in the name of a test."""
        return re.sub(r"\W+", "_", self.workflow.rpartition(".")[0]).strip("_").lower()


def first_tests(workflows: Iterable[FirstTest]) -> str:
    """The text of a test file: what should hold, whether it does today or not."""
    return "\n\n".join((_HEAD, *("\n".join(lines) for each in workflows for lines in _tests(each))))


def _tests(workflow: FirstTest) -> Iterator[list[str]]:
    seed = workflow.conduct.get(workflow.seed or "", {})
    written = [name for name in _outcomes(seed, "export") if seed[f"export {name}"] == "written"]
    if _outcomes(seed, "export"):
        yield list(_writes(workflow))
    if written and REPEAT in workflow.conduct:
        yield list(_repeats(workflow))
    if "fork_pr" in workflow.conduct:
        yield list(_fork(workflow, written))


def _writes(workflow: FirstTest) -> Iterator[str]:
    yield f"def test_{workflow.name}_fills_its_caches(cicache):"
    yield from _given(workflow)
    yield f'    run = cicache.run("{workflow.workflow}", "{workflow.seed}")'
    yield ""
    yield '    assert run.conclusion == "success"'
    yield '    assert {export.result for export in run.cache.exports} == {"written"}'
    yield ""


def _repeats(workflow: FirstTest) -> Iterator[str]:
    yield f"def test_{workflow.name}_takes_every_step_from_the_cache_when_nothing_has_changed(cicache):"
    yield from _given(workflow)
    yield f'    cicache.run("{workflow.workflow}", "{workflow.seed}")'
    yield f'    run = cicache.run("{workflow.workflow}", "{workflow.seed}")'
    yield ""
    yield "    assert run.cache.misses == []"
    yield ""


def _fork(workflow: FirstTest, written: list[str]) -> Iterator[str]:
    conduct = workflow.conduct["fork_pr"]
    changed = _dockerfile(workflow, conduct)
    yield f"def test_{workflow.name}_lets_a_fork_read_its_caches_and_write_nothing(cicache):"
    yield from _given(workflow)
    if workflow.seed is not None and workflow.seed != "fork_pr":
        yield f'    cicache.run("{workflow.workflow}", "{workflow.seed}")'
    if changed is None:
        yield f'    run = cicache.run("{workflow.workflow}", "fork_pr")'
    else:
        yield f'    changes = {{"{changed}": cicache.read("{changed}") + "\\nRUN :\\n"}}'
        yield f'    run = cicache.run("{workflow.workflow}", "fork_pr", changes=changes)'
    yield ""
    yield '    assert run.conclusion == "success"'
    yield "    assert run.tags.added == run.tags.moved == set()"
    references = [name for name in written if " " not in name]
    if references and _outcomes(conduct, "build"):
        yield f'    assert run.cache.imported_from("{references[0]}")'
    yield ""


def _given(workflow: FirstTest) -> Iterator[str]:
    for path in workflow.brought:
        yield f'    cicache.write("{path}", "FROM debian:12\\nRUN make\\n")  # its callers bring their own'
    if workflow.secrets:
        yield '    cicache.secret("*", "")  # each secret that the workflow names has some value'


def _outcomes(conduct: Mapping[str, str], kind: str) -> list[str]:
    return [subject.partition(" ")[2] for subject in conduct if subject.partition(" ")[0] == kind]


def _dockerfile(workflow: FirstTest, conduct: Mapping[str, str]) -> str | None:
    """A Dockerfile that a pull request can change."""
    found = [match["dockerfile"].removeprefix("./") for subject in conduct if (match := _BUILD.fullmatch(subject))]
    return next((path for path in found if path in workflow.files or path in workflow.brought), None)
