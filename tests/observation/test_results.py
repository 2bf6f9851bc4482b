"""What can be asked of a run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cicache.errors import UsageError
from pytest_cicache.observation import (
    Asked,
    BuildRecord,
    CacheOperation,
    Conclusion,
    Operation,
    Purpose,
    RegistryRecord,
    Result,
    RunQuestion,
    TagChange,
    Vertex,
)

REFERENCE = "ghcr.io/o/p:app-main"


def operation(kind: Operation, result: Result, reference: str | None = REFERENCE) -> CacheOperation:
    return CacheOperation(operation=kind, type="registry", reference=reference, result=result)


def build(*cached: bool | None) -> BuildRecord:
    vertices = tuple(Vertex(name=f"[{number}] RUN", cached=item) for number, item in enumerate(cached))
    return BuildRecord(dockerfile="Dockerfile", target=None, vertices=vertices, operations=(), exit_code=0)


def request(sent: int, received: int) -> RegistryRecord:
    return RegistryRecord(
        run=1,
        job="j",
        step="s",
        purpose=Purpose.PULL,
        method="GET",
        host="ghcr.io",
        image_name="o/p",
        status=200,
        sent=sent,
        received=received,
    )


def test_hits_misses_and_what_only_running_could_tell(make_run):
    """Vertices of all builds, by whether they were cached."""
    cache = make_run(builds=(build(True, False), build(None, True))).cache

    assert [vertex.name for vertex in cache.hits] == ["[0] RUN", "[1] RUN"]
    assert len(cache.misses) == 1
    assert len(cache.unknown) == 1


def test_counts_of_a_build():
    """A build counts its own."""
    record = build(True, True, False, None)

    assert (record.hits, record.misses) == (2, 1)


def test_imports_exports_and_denials(make_run):
    """Operations are found by kind, and by result."""
    found = (
        operation(Operation.LOGIN, Result.OK),
        operation(Operation.IMPORT, Result.HIT),
        operation(Operation.EXPORT, Result.DENIED),
    )
    run = make_run(operations=found)

    assert run.operations == found
    assert run.cache.imports == [found[1]]
    assert run.cache.exports == [found[2]]
    assert run.exports == (found[2],)
    assert run.denied == [found[2]]


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        (REFERENCE, True),
        ("app-main", True),
        ("main", True),
        ("ain", False),
        ("app", False),
        ("ghcr.io/o/p", False),
        ("main.", False),
    ],
)
def test_imported_from(make_run, name, fits):
    """A whole reference, a whole tag, or the end of a tag after a separator."""
    run = make_run(operations=(operation(Operation.IMPORT, Result.HIT), operation(Operation.IMPORT, Result.HIT)))

    assert run.cache.imported_from(name) == ([REFERENCE] if fits else [])


@pytest.mark.parametrize("result", [Result.MISS, Result.NOT_FOUND, Result.DENIED])
def test_only_hits_count_as_imported(make_run, result):
    """An import that gave nothing is none."""
    assert make_run(operations=(operation(Operation.IMPORT, result),)).cache.imported_from("main") == []


CHANGE = TagChange(before=("a", "b"), after=("b", "c"), moved=("b",), uncertain=("d",))


def test_tags_of_a_package():
    """Added and removed follow from before and after; sets, as those of all packages together."""
    assert (CHANGE.added, CHANGE.removed, CHANGE.moved) == ({"c"}, {"a"}, {"b"})
    assert CHANGE.added.uncertain == {"d"}


def test_a_package_that_the_run_did_not_meet(make_run):
    """The error lists those it met, the nearest first."""
    tags = make_run(packages={"octo/app": CHANGE, "octo/other": CHANGE}).tags

    with pytest.raises(
        UsageError, match="no package 'octo/ap'; did you mean 'octo/app'\\? it met octo/app, octo/other"
    ):
        tags["octo/ap"]
    assert "typo" not in tags
    assert tags.get("typo") is None


def test_tags_of_all_packages(make_run):
    """Tags of several packages together, and each by its name."""
    tags = make_run(packages={"o/p": CHANGE, "o/q": TagChange(after=("x",))}).tags

    assert tags.added == {"c", "x"}
    assert tags.moved == {"b"}
    assert tags.removed == {"a"}
    assert tags.after == {"b", "c", "x"}
    assert tags.added.uncertain == {"d"}
    assert tags["o/p"] == CHANGE
    assert list(tags) == ["o/p", "o/q"]
    assert len(tags) == 2


def test_tag_names_are_shown_sorted(make_run):
    """A failed comparison is the same every time."""
    tags = make_run(packages={"o/p": TagChange(after=("b", "a"))}).tags

    assert repr(tags.after) == "{'a', 'b'}"
    assert repr(tags.removed) == "set()"


def test_the_one_token_of_a_run(make_run, make_job):
    """When all jobs have the same one."""
    run = make_run(make_job("a", packages="read"), make_job("b", packages="read"), make_job("c"))

    assert run.token.packages == "read"


def test_tokens_that_differ(make_run, make_job):
    """The error says whom to ask."""
    run = make_run(make_job("a", packages="read"), make_job("b", packages="write"))

    with pytest.raises(UsageError, match=r"its jobs have different tokens; ask a job, run.job\(ID\).token, of a, b"):
        _ = run.token


def test_no_token(make_run, make_job):
    """Neither has a run without jobs one."""
    with pytest.raises(UsageError, match=r"no job started; ask a job"):
        _ = make_run(make_job("a")).token


def test_bytes(make_run):
    """Bytes are summed over all requests."""
    run = make_run(requests=(request(1, 20), request(300, 4)))

    assert (run.uploaded, run.downloaded) == (301, 24)


def test_the_log_is_that_of_all_steps(make_run, make_job, make_step):
    """In order."""
    run = make_run(
        make_job("a", steps=(make_step("s", log=("1", "2")),)), make_job("b", steps=(make_step("s", log=("3",)),))
    )

    assert run.log == "1\n2\n3"


def test_finding_a_job(make_run, make_job):
    """By id or name; one leg by its values, compared as text."""
    run = make_run(
        make_job("a", name="a (1)", matrix={"n": 1}), make_job("a", name="a (2)", matrix={"n": 2}), make_job("b")
    )

    assert run.job("a", n="2").name == "a (2)"
    assert run.job("a", n=2).name == "a (2)"
    assert run.job("a (1)").matrix == {"n": 1}
    assert run.job("b").id == "b"


@pytest.mark.parametrize(("job_id", "count"), [("a", 2), ("x", 0)])
def test_finding_no_one_job(make_run, make_job, job_id, count):
    """None or several: the error lists what there is."""
    run = make_run(make_job("a", name="a (1)"), make_job("a", name="a (2)"))

    with pytest.raises(UsageError, match=rf"{count} jobs fit '{job_id}'; the run's jobs are 'a \(1\)', 'a \(2\)'"):
        run.job(job_id)


def test_finding_a_step(make_job, make_step):
    """By id or name; the error lists the ids."""
    job = make_job("a", steps=(make_step("s1"), make_step("s0")))

    assert job.step("s1") is job.step("Step s1")
    with pytest.raises(UsageError, match="the job 'a' has no step 'x'; it has s0, s1"):
        job.step("x")


def test_answers_compare_as_plain_values(make_run):
    """A test compares with a str, a list, a set."""
    run = make_run(packages={"o/p": TagChange(after=("x",))})

    assert run.conclusion == "success"
    assert run.conclusion.asked == Asked(run, RunQuestion.CONCLUSION)
    assert run.denied == []
    assert run.denied.asked == Asked(run, RunQuestion.DENIED)
    assert run.tags.added == {"x"}
    assert run.tags.added.asked == Asked(run, RunQuestion.ADDED)
    assert run.tags["o/p"].moved.asked == Asked(run, RunQuestion.MOVED, "o/p")
    assert run.cache.imported_from("main").asked == Asked(run, RunQuestion.IMPORTED_FROM, "main")


def test_records_print_as_a_person_would_write_them(make_run):
    """A failed comparison shows them."""
    denied = replace(operation(Operation.EXPORT, Result.DENIED), status=403, where=".github/workflows/ci.yml:31:7")
    run = make_run(builds=(build(True, False, None),), operations=(denied, operation(Operation.IMPORT, Result.MISS)))

    assert repr(run.denied) == f"[<ci.yml:31: export {REFERENCE}: denied 403>]"
    assert repr(run.cache) == "<Cache: 1 hits, 1 misses, 1 imports, 1 exports>"
    assert repr([*run.cache.hits, *run.cache.misses, *run.cache.unknown]) == (
        "[<[0] RUN: cached>, <[1] RUN: ran>, <[2] RUN: unknown>]"
    )
    assert repr(run.builds) == "(<Build Dockerfile: 1 of 3 steps cached>,)"
    assert repr(run.cache.imported_from("dev")) == f"[] (tried {REFERENCE}: nothing usable)"
    assert repr(request(1, 2)) == "<GET ghcr.io/o/p for pull: 200>"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "<Run ci.yml on push: success>"),
        ({"outcome": Conclusion.STARTUP_FAILURE, "error": "Invalid"}, "<Run ci.yml on push: startup_failure: Invalid>"),
        (
            {"outcome": Conclusion.SKIPPED, "reason": "no branch fits", "triggered": False},
            "<Run ci.yml on push: skipped: no branch fits>",
        ),
    ],
)
def test_repr_of_a_run(make_run, fields, text):
    """One line that says why."""
    assert repr(make_run(**fields)) == text


def test_reprs_are_short(make_run, make_job, make_step):
    """No longer than pytest shows."""
    long = "x" * 500
    things = [make_run(error=long), make_job(reason=long), make_step(error=long)]

    assert all(len(repr(thing)) <= 120 for thing in things)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "<Step s: success>"),
        ({"note": "stubbed: npm"}, "<Step s: success: stubbed: npm>"),
        ({"error": "boom", "note": "n", "conclusion": Conclusion.FAILURE}, "<Step s: failure: boom>"),
    ],
)
def test_repr_of_a_step(make_step, fields, text):
    """The error before the note."""
    assert repr(make_step(**fields)) == text


def test_repr_of_a_job(make_job):
    """With the jobs that called it."""
    job = make_job("i", path=("c",), conclusion=Conclusion.SKIPPED, reason="its condition is false")

    assert repr(job) == "<Job c/i: skipped: its condition is false>"
