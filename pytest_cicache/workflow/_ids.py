"""The ids of jobs and steps: which are legal, and what GitHub calls a step without one.

After the runner's IdBuilder.cs and WorkflowTemplateConverter.cs.
"""

from __future__ import annotations

import re

__all__ = ["StepIds", "call_problem", "id_problem", "is_in_workflow_folder", "uses_problem", "uses_segment"]

MAXIMUM_LENGTH = 100
_NO_PREFIX = "references to workflows must be prefixed with format 'owner/repository/' or './' for local workflows"
_LEGAL = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)
_ILLEGAL_CHARACTER = re.compile(r"[^A-Za-z0-9_-]", re.ASCII)
DOCKER_PREFIX = "docker://"
_LOCAL_PREFIXES = ("./", ".\\")
SELF_PREFIX = "$/"


def id_problem(text: str) -> str | None:
    """What is wrong with an id, in GitHub's words; `None` when nothing is."""
    if not _LEGAL.fullmatch(text) or len(text) >= MAXIMUM_LENGTH:
        return (
            f"The identifier '{text}' is invalid. IDs may only contain alphanumeric characters, '_', and "
            f"'-'. IDs must start with a letter or '_' and and must be less than {MAXIMUM_LENGTH} characters."
        )
    if text.startswith("__"):
        return f"The identifier '{text}' is invalid. IDs starting with '__' are reserved."
    return None


class StepIds:
    """The ids of one list of steps; they ignore case."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._given: set[str] = set()

    def has(self, text: str) -> bool:
        """Whether a step before has been given this id, written exactly so."""
        return text in self._given

    def claim(self, text: str) -> str | None:
        """Take a given id; gives GitHub's complaint when it cannot be had."""
        problem = id_problem(text)
        if problem is not None:
            return problem
        if text.lower() in self._taken:
            return f"The identifier '{text}' may not be used more than once within the same scope."
        self._taken.add(text.lower())
        self._given.add(text)
        return None

    def generate(self, word: str) -> str:
        """An id for a step that has none: `__run`, `__actions_checkout_2`."""
        base = _ILLEGAL_CHARACTER.sub("_", f"__{word}")
        number = 1
        while True:
            suffix = f"_{number}" if number > 1 else ""
            candidate = base[: MAXIMUM_LENGTH - len(suffix)] + suffix
            if candidate.lower() not in self._taken:
                self._taken.add(candidate.lower())
                return candidate
            number += 1


def uses_segment(uses: str) -> str:
    """What stands for a `uses` text in a generated id: image, `self`, `selfRepository` or `owner/name`."""
    if uses.startswith(DOCKER_PREFIX):
        return uses.removeprefix(DOCKER_PREFIX) or "run"
    if uses.startswith(_LOCAL_PREFIXES):
        return "self"
    if uses.startswith(SELF_PREFIX):
        return "selfRepository"
    name = action_repository(uses)
    return "run" if name is None else name


def action_repository(uses: str) -> str | None:
    """The `owner/name` of a remote `owner/name[/path]@ref`; `None` when the text has another form."""
    before, at, ref = uses.partition("@")
    names = [part for part in re.split(r"[/\\]", before) if part]
    if not at or not ref or "@" in ref or len(names) < 2:
        return None
    return f"{names[0]}/{names[1]}"


def uses_problem(uses: str) -> str | None:
    """What is wrong with a step's `uses`, in GitHub's words; `None` when nothing is."""
    if uses.startswith((DOCKER_PREFIX, SELF_PREFIX, *_LOCAL_PREFIXES)) or action_repository(uses) is not None:
        return None
    return f"Expected format {{org}}/{{repo}}[/path]@ref. Actual '{uses}'"


def call_problem(uses: str) -> str | None:
    """What is wrong with the reference of a called workflow, in GitHub's words; `None` when nothing is."""
    path, at, ref = uses.rpartition("@") if "@" in uses else (uses, "", "")
    if path.startswith(("./", SELF_PREFIX)):
        return "cannot specify version when calling local workflows" if at else None
    if not ref:
        return "no version specified"
    if len([name for name in path.split("/") if name]) < 3:
        return _NO_PREFIX
    return None


def is_in_workflow_folder(uses: str) -> bool:
    """Whether the reference of a called workflow, right otherwise, names a file directly in `.github/workflows`."""
    path = uses.rpartition("@")[0] or uses
    return path.rpartition("/")[0].endswith("/.github/workflows")
