"""Ids of jobs and steps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_cicache.workflow._ids import (
    StepIds,
    call_problem,
    id_problem,
    is_in_workflow_folder,
    uses_problem,
    uses_segment,
)

FORM = (
    "The identifier '{}' is invalid. IDs may only contain alphanumeric characters, '_', and '-'. "
    "IDs must start with a letter or '_' and and must be less than 100 characters."
)


@pytest.mark.parametrize("text", ["a", "_", "_a", "A-b_9", "x" * 99])
def test_legal_ids(text: str) -> None:
    """Letters, digits, dashes and underscores, not starting with a digit or a dash."""
    assert id_problem(text) is None


@pytest.mark.parametrize("text", ["", "1a", "-a", "a.b", "a b", "ä", "x" * 100, "a\n"])
def test_illegal_ids(text: str) -> None:
    """Anything else is refused in GitHub's words."""
    assert id_problem(text) == FORM.format(text)


def test_ids_of_githubs_own_are_reserved() -> None:
    """Two underscores are for generated ids."""
    assert id_problem("__run") == "The identifier '__run' is invalid. IDs starting with '__' are reserved."


def test_an_id_is_taken_once() -> None:
    """Ids of steps ignore case."""
    ids = StepIds()

    assert ids.claim("one") is None
    assert ids.claim("ONE") == "The identifier 'ONE' may not be used more than once within the same scope."
    assert ids.claim("1") == FORM.format("1")
    assert ids.has("one")
    assert not ids.has("ONE")


def test_generated_ids_count_up() -> None:
    """The second step without an id gets `_2`; the length stays below 100."""
    ids = StepIds()

    assert [ids.generate("run"), ids.generate("run"), ids.generate("RUN")] == ["__run", "__run_2", "__RUN_3"]
    assert ids.generate("actions/checkout") == "__actions_checkout"
    assert ids.generate("x" * 200) == "__" + "x" * 98
    assert ids.generate("x" * 200) == "__" + "x" * 96 + "_2"


@given(st.lists(st.text(max_size=5), max_size=20))
def test_generated_ids_are_legal_and_distinct(words: list[str]) -> None:
    """Whatever a step uses, its id is one of its own and of legal characters."""
    ids = StepIds()
    made = [ids.generate(word) for word in words]

    assert len({each.lower() for each in made}) == len(words)
    assert all(id_problem(each[2:] or "x") is None or each[2:3].isascii() for each in made)
    assert all(len(each) <= 100 for each in made)


@pytest.mark.parametrize(
    ("uses", "word"),
    [
        pytest.param("actions/checkout@v4", "actions/checkout", id="remote"),
        pytest.param("github/codeql-action/init@v3", "github/codeql-action", id="path"),
        pytest.param("docker://alpine:3.20", "alpine:3.20", id="docker"),
        pytest.param("docker://", "run", id="empty-image"),
        pytest.param("./.github/actions/x", "self", id="local"),
        pytest.param(".\\x", "self", id="local-with-backslash"),
        pytest.param("$/.github/actions/x", "selfRepository", id="own-repository"),
        pytest.param("nothing", "run", id="unknown"),
    ],
)
def test_a_step_is_called_after_what_it_uses(uses: str, word: str) -> None:
    """GitHub's names for generated ids."""
    assert uses_segment(uses) == word


@pytest.mark.parametrize("uses", ["a/b@c", "a/b/c/d@v1", "docker://x", "./x", ".\\x", "$/x"])
def test_legal_uses_of_a_step(uses: str) -> None:
    """Remote actions have a ref; images and local ones need none."""
    assert uses_problem(uses) is None


@pytest.mark.parametrize("uses", ["a/b", "a@b", "a/b@", "a/b@c@d", "...docker://alpine:3.8", "/@x"])
def test_illegal_uses_of_a_step(uses: str) -> None:
    """What is no action is refused with the text as written."""
    assert uses_problem(uses) == f"Expected format {{org}}/{{repo}}[/path]@ref. Actual '{uses}'"


@pytest.mark.parametrize(
    ("uses", "problem"),
    [
        pytest.param("o/r/.github/workflows/x.yml@v1", None, id="remote"),
        pytest.param("./.github/workflows/x.yml", None, id="local"),
        pytest.param("$/.github/workflows/x.yml", None, id="own-repository"),
        pytest.param(
            "./.github/workflows/x.yml@v1", "cannot specify version when calling local workflows", id="local-ref"
        ),
        pytest.param("o/r/.github/workflows/x.yml", "no version specified", id="no-ref"),
        pytest.param(
            "x.yml@v1",
            "references to workflows must be prefixed with format 'owner/repository/' or './' for local workflows",
            id="no-repository",
        ),
    ],
)
def test_references_of_called_workflows(uses: str, problem: str | None) -> None:
    """https://github.com/jreleaser/jreleaser/issues/2117 shows the words."""
    assert call_problem(uses) == problem


@pytest.mark.parametrize(
    ("uses", "is_there"),
    [
        pytest.param("./.github/workflows/x.yml", True, id="local"),
        pytest.param("$/.github/workflows/x.yml", True, id="own-repository"),
        pytest.param("o/r/.github/workflows/x.yml@v1", True, id="remote"),
        pytest.param("./x.yml", False, id="local-elsewhere"),
        pytest.param("o/r/.github/workflows/sub/x.yml@v1", False, id="below"),
    ],
)
def test_called_workflows_live_in_one_folder(uses: str, is_there: bool) -> None:
    """https://docs.github.com/en/actions/how-tos/reuse-automations/reuse-workflows: no folders below are taken."""
    assert is_in_workflow_folder(uses) == is_there
