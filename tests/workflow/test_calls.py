"""Called workflows: fetched, checked against the call, capped in their permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_cicache.workflow import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_cicache.workflow import Workflow

REMOTE = "o/r/.github/workflows/c.yml@v1"


JOBS = "jobs: {deep: {runs-on: x}}"


def _caller(*lines: str, uses: str = REMOTE) -> str:
    return "".join(f"{line}\n" for line in ("on: push", "jobs:", "  call:", f"    uses: {uses}", *lines))


def _callee(*lines: str, on: str = "workflow_call") -> str:
    return "".join(f"{line}\n" for line in (f"on: {on}", *(lines or [JOBS])))


def _fetch(**files: str) -> Callable[[str], str]:
    return {REMOTE: files["remote"], **files}.__getitem__


TYPED = "{workflow_call: {inputs: {a: {type: boolean}, b: {type: number, default: x}, c: {type: string}}}}"
REQUIRED = "{workflow_call: {inputs: {In: {type: string, required: true}}, secrets: {S: {required: true}, t: }}}"


@pytest.mark.parametrize(
    ("caller", "on", "lines"),
    [
        pytest.param(
            [],
            "push",
            [
                f"In w.yml (Line: 4, Col: 11): Error from called workflow {REMOTE} (Line: 1, Col: 5): "
                "workflow_call key is not defined in the referenced workflow."
            ],
            id="cannot-be-called",
        ),
        pytest.param(
            [],
            REQUIRED,
            [
                "w.yml (Line: 4, Col: 11): Input In is required, but not provided while calling.",
                "w.yml (Line: 4, Col: 11): Secret S is required, but not provided while calling.",
            ],
            id="missing",
        ),
        pytest.param(
            ["    with: {IN: x, no: y}", "    secrets: {s: x, T: y, nor: z}"],
            REQUIRED,
            [
                "w.yml (Line: 5, Col: 23): Invalid input, no is not defined in the referenced workflow.",
                "w.yml (Line: 6, Col: 32): Invalid secret, nor is not defined in the referenced workflow.",
            ],
            id="unknown",
        ),
        pytest.param(
            ["    with: {a: 'true', b: 1, c: true}"],
            TYPED,
            [
                "w.yml (Line: 5, Col: 15): Unexpected value 'true'",
                f"In w.yml (Line: 4, Col: 11): Error from called workflow {REMOTE} (Line: 1, Col: 78): "
                "Unexpected value 'x'",
            ],
            id="type-and-default",
        ),
        pytest.param(
            ["    with: {a: '${{ inputs.x }}', b: 1, c: true}"],
            TYPED.replace(", default: x", ""),
            [],
            id="expressions-are-not-known-yet",
        ),
        pytest.param([], TYPED.replace(", default: x", ""), [], id="nothing-is-required"),
        pytest.param(["    with: {In: x}", "    secrets: inherit"], REQUIRED, [], id="inherited-secrets"),
        pytest.param(
            ["    secrets: {s: x}"],
            "[push, workflow_call]",
            ["w.yml (Line: 5, Col: 18): Invalid secret, s is not defined in the referenced workflow."],
            id="no-interface",
        ),
    ],
)
def test_a_call_fits_what_is_called(
    caller: list[str], on: str, lines: list[str], refusals: Callable[..., list[str]]
) -> None:
    """Missing, unknown and mistyped values are GitHub's errors; those inside the called file name the call."""
    assert refusals(_caller(*caller), fetch=_fetch(remote=_callee(on=on))) == lines


def test_errors_of_the_called_file_name_the_call(refusals: Callable[..., list[str]]) -> None:
    """The text is cut before the prefix, as GitHub cuts it."""
    (wrong,) = refusals(_caller(), fetch=_fetch(remote=_callee("jobs: {deep: {runs-on: x, foo: 1}}")))
    (broken,) = refusals(_caller(), fetch=_fetch(remote="a: b: c"))
    (empty,) = refusals(_caller(), fetch=_fetch(remote=""))

    prefix = f"In w.yml (Line: 4, Col: 11): Error from called workflow {REMOTE}"
    assert wrong == f"{prefix} (Line: 2, Col: 27): Unexpected value 'foo'"
    assert broken.startswith(f"{prefix} (Line: 1, Col: 5): You have an error in your yaml syntax on line 1")
    assert empty == f"{prefix}: Expected document start parse event"


def test_the_called_workflow_is_in_the_job(read: Callable[..., Workflow]) -> None:
    """It is read like any other, and its path is the reference."""
    called = read(_caller(), fetch=_fetch(remote=_callee())).jobs[0].called

    assert called is not None
    assert called.path == REMOTE
    assert called.jobs[0].position.path == REMOTE
    assert [job.id for job in called.jobs] == ["deep"]


def test_a_called_workflow_has_its_own_warnings(read: Callable[..., Workflow]) -> None:
    """They say which file they are about."""
    on = "{workflow_call: , push: {tags: a, tags-ignore: b}}"
    called = read(_caller(), fetch=_fetch(remote=_callee(on=on))).jobs[0].called

    assert called is not None
    assert [str(warning) for warning in called.warnings] == [
        f"{REMOTE} (Line: 1, Col: 39): you may only define one of `tags` and `tags-ignore` for a single event"
    ]


@pytest.mark.parametrize("error", [KeyError, FileNotFoundError])
def test_a_file_that_is_not_there_is_an_error(error: type[Exception], refusals: Callable[..., list[str]]) -> None:
    """In the words GitHub shows for a reference it cannot find."""

    def fetch(_: str) -> str:
        raise error

    assert refusals(_caller(), fetch=fetch) == [
        f'w.yml (Line: 4, Col: 11): error parsing called workflow "w.yml" -> "{REMOTE}" : workflow was not found. '
        "See https://docs.github.com/actions/learn-github-actions/reusing-workflows#access-to-reusable-workflows "
        "for more information."
    ]


def test_a_file_nobody_has_leaves_the_call_open(read: Callable[..., Workflow]) -> None:
    """`fetch` may answer `None`; then the job has no called workflow."""
    assert read(_caller(), fetch=lambda _: None).jobs[0].called is None


@pytest.mark.parametrize(
    ("home", "fetched", "named"),
    [
        pytest.param(
            None,
            ["./a.yml", "$/b.yml", "x/y/z/c.yml@v2", "x/y/d.yml@v2"],
            ["./a.yml", "$/b.yml", "x/y/z/c.yml@v2", "x/y/d.yml@v2"],
            id="unnamed",
        ),
        pytest.param(
            "me/mine@abc",
            ["./a.yml", "$/b.yml", "x/y/z/c.yml@v2", "x/y/d.yml@v2"],
            ["me/mine/a.yml@abc", "me/mine/b.yml@abc", "x/y/z/c.yml@v2", "x/y/d.yml@v2"],
            id="named",
        ),
    ],
)
def test_local_calls_belong_to_their_file(
    home: str | None, fetched: list[str], named: list[str], read: Callable[..., Workflow]
) -> None:
    """`./` and `$/` are the caller's repository and commit, also when the caller is in another one."""
    chain = {
        "./a.yml": _callee("jobs: {b: {uses: $/b.yml}}"),
        "$/b.yml": _callee("jobs: {c: {uses: x/y/z/c.yml@v2}}"),
        "x/y/z/c.yml@v2": _callee("jobs: {d: {uses: ./d.yml}}"),
        "x/y/d.yml@v2": _callee(),
    }
    asked: list[str] = []

    def fetch(reference: str) -> str:
        asked.append(reference)
        return chain[reference]

    workflow = read(_caller(uses="./a.yml"), fetch=fetch, home=home)
    names = []
    while (called := workflow.jobs[0].called) is not None:
        names.append(called.path)
        workflow = called

    assert asked == fetched
    assert names == named


def test_a_file_is_fetched_once(read: Callable[..., Workflow]) -> None:
    """However often it is called."""
    asked: list[str] = []

    def fetch(reference: str) -> str:
        asked.append(reference)
        return _callee()

    read(f"on: push\njobs:\n  a: {{uses: {REMOTE}}}\n  b: {{uses: {REMOTE}}}\n", fetch=fetch)

    assert asked == [REMOTE]


def _denied(who: str, wanted: str, allowed: str, *, name: str = REMOTE) -> str:
    return f"Error calling workflow '{name}'. {who} is requesting '{wanted}', but is only allowed '{allowed}'."


@pytest.mark.parametrize(
    ("caller", "default", "callee", "denials"),
    [
        pytest.param(
            ["    permissions: {packages: read}"],
            "write",
            ["jobs: {deep: {name: Deep, runs-on: x, permissions: {packages: write}}}"],
            [_denied("The nested job 'deep'", "packages: write", "packages: read")],
            id="job-against-calling-job",
        ),
        pytest.param(
            ["permissions: {}"],
            "write",
            ["permissions: read-all", "jobs: {deep: {runs-on: x, if: false, permissions: {contents: read}}}"],
            [None, _denied("The nested job 'deep'", "contents: read", "contents: none")],
            id="top-block-first-and-conditions-do-not-matter",
        ),
        pytest.param(
            [],
            "read",
            ["permissions: {contents: read, packages: write, id-token: write}", JOBS],
            [_denied("The workflow", "packages: write, id-token: write", "packages: read, id-token: none")],
            id="restricted-default",
        ),
        pytest.param([], "write", ["permissions: {packages: write}", JOBS], [], id="permissive"),
        pytest.param(
            [],
            "write",
            ["permissions: {id-token: write}", JOBS],
            [_denied("The workflow", "id-token: write", "id-token: none")],
            id="a-strangers-file-gets-no-id-token",
        ),
        pytest.param(
            ["    permissions: write-all"],
            "read",
            ["permissions: write-all", JOBS],
            [],
            id="explicit-block-beats-the-default",
        ),
    ],
)
def test_a_called_workflow_may_not_ask_for_more(
    caller: list[str], default: str, callee: list[str], denials: list[str | None], refusals: Callable[..., list[str]]
) -> None:
    """Section 2.5 of the reference: every block of the called file, at the calling job's id."""
    found = refusals(_caller(*caller), fetch=_fetch(remote=_callee(*callee)), default_permissions=default)

    assert len(found) == len(denials)
    for line, denial in zip(found, denials, strict=True):
        assert line.startswith("w.yml (Line: 3, Col: 3): Error calling workflow")
        assert denial is None or line == f"w.yml (Line: 3, Col: 3): {denial}"


def test_a_long_denial_is_cut(refusals: Callable[..., list[str]]) -> None:
    """GitHub cuts the whole line at 500 characters."""
    callee = _callee("jobs: {deep: {runs-on: x, permissions: write-all}}")
    (line,) = refusals(_caller("    permissions: {}"), fetch=_fetch(remote=callee))

    assert len(line) == 505
    assert line.endswith("[...]")


@pytest.mark.parametrize(
    ("home", "uses", "is_refused"),
    [
        pytest.param("O/mine@abc", REMOTE, False, id="same-owner"),
        pytest.param("other/mine@abc", REMOTE, True, id="other-owner"),
        pytest.param(None, "./c.yml", False, id="own-repository"),
    ],
)
def test_an_id_token_by_default_needs_trust(
    home: str | None, uses: str, is_refused: bool, refusals: Callable[..., list[str]]
) -> None:
    """Under the permissive default a file of the same owner may have an ID token."""
    callee = _callee("permissions: {id-token: write}", "jobs: {deep: {runs-on: x}}")
    found = refusals(_caller(uses=uses), fetch=lambda _: callee, default_permissions="write", home=home)

    assert bool(found) == is_refused


@pytest.mark.parametrize(
    ("middle", "lines"),
    [
        pytest.param(
            ["permissions: {packages: read}", "jobs: {mid: {uses: x/y/l.yml@v1}}"],
            [
                "m/n/mid.yml@v1 (Line: 3, Col: 8): "
                + _denied("The nested job 'leaf'", "packages: write", "packages: read", name="x/y/l.yml@v1")
            ],
            id="file-block-is-the-maximum-below",
        ),
        pytest.param(
            ["jobs:", "  mid: {uses: x/y/l.yml@v1, permissions: {packages: write}}"],
            [],
            id="job-block-within-the-caller",
        ),
        pytest.param(["jobs: {mid: {uses: x/y/l.yml@v1}}"], [], id="inherited"),
    ],
)
def test_the_maximum_of_a_nested_call(middle: list[str], lines: list[str], refusals: Callable[..., list[str]]) -> None:
    """It is the block of the job that calls, else of its file, else what that file inherited."""
    files = {
        "m/n/mid.yml@v1": _callee(*middle),
        "x/y/l.yml@v1": _callee("jobs: {leaf: {runs-on: x, permissions: {packages: write}}}"),
    }
    found = refusals(_caller("    permissions: {packages: write}", uses="m/n/mid.yml@v1"), fetch=files.__getitem__)

    assert found == lines


def test_ten_levels_are_too_many(refusals: Callable[..., list[str]]) -> None:
    """The caller and nine called ones; a file that calls itself never ends."""
    files = {f"o/r/{level}.yml@v1": _callee(f"jobs: {{j: {{uses: o/r/{level + 1}.yml@v1}}}}") for level in range(1, 9)}
    last = {"o/r/9.yml@v1": _callee()}

    assert refusals(_caller(uses="o/r/1.yml@v1"), fetch=(files | last).__getitem__) == []
    assert refusals(_caller(), fetch=_fetch(remote=_callee(f"jobs: {{j: {{uses: {REMOTE}}}}}"))) == [
        "Nested reusable workflow depth exceeded 9."
    ]


def test_fifty_files_are_enough(refusals: Callable[..., list[str]]) -> None:
    """The fifty-first different file is refused."""
    jobs = [f"  j{number}: {{uses: o/r/{number}.yml@v1}}" for number in range(51)]
    source = "on: push\njobs:\n" + "\n".join(jobs[:50])

    assert refusals(source, fetch=lambda _: _callee()) == []
    assert refusals(f"{source}\n{jobs[50]}", fetch=lambda _: _callee()) == [
        "In w.yml (Line: 53, Col: 15): Error from called workflow The maximum file count of 51 has been exceeded"
    ]


def test_the_size_of_all_files_counts(refusals: Callable[..., list[str]]) -> None:
    """A called file counts each time; GitHub's estimate is 24 bytes a node, 26 and two a character for text."""
    source = "on: push\njobs: {a: {runs-on: x}}"

    assert refusals(source, limits=Limits(result_size=410)) == []
    assert refusals(source, limits=Limits(result_size=409)) == ["w.yml: Maximum object size exceeded"]
    assert refusals(_caller(), fetch=_fetch(remote=_callee()), limits=Limits(result_size=800)) == [
        f"In w.yml (Line: 4, Col: 11): Error from called workflow {REMOTE}: Maximum object size exceeded"
    ]


def test_jobs_can_be_bounded(refusals: Callable[..., list[str]]) -> None:
    """All jobs of all files count."""
    fetch = _fetch(remote=_callee())

    assert refusals(_caller(), fetch=fetch, limits=Limits(jobs=2)) == []
    assert refusals(_caller(), fetch=fetch, limits=Limits(jobs=1)) == ["The workflow may not contain more than 1 jobs"]
