"""`gh api` and `gh cache`, as scripts call them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_cicache.githubapi import ApiCall, ApiReply
from pytest_cicache.githubapi._gh import run_gh
from pytest_cicache.githubapi._tool import ToolEnd, ToolWorld

ENVIRONMENT = {"GH_TOKEN": "t", "GITHUB_REPOSITORY": "octo/app"}
CACHE = {
    "id": 7,
    "ref": "refs/heads/main",
    "key": "deps-1",
    "version": "v",
    "last_accessed_at": "2026-11-24T09:00:00Z",
    "created_at": "2026-11-23T09:00:00Z",
    "size_in_bytes": 2_097_141,
}


def gh(*words: str, caches: list[dict[str, Any]] | None = None, refuses: int = 0) -> ToolEnd:
    """Run a command against an API of two pages of numbers, and of some caches."""

    def answer(call: ApiCall) -> ApiReply:
        if refuses:
            return ApiReply(status=refuses, document={"message": "Resource not accessible by integration"})
        if call.path.endswith("/actions/caches"):
            return ApiReply(status=200, document={"total_count": len(caches or ()), "actions_caches": caches or []})
        page = int(call.query.get("page", "1"))
        link = {"Link": f'<https://api.github.com{call.path}?page=2>; rel="next"'} if page == 1 else {}
        return ApiReply(status=200, document=[page, page * 10], headers=link)

    return run_gh(words, ToolWorld(answer=answer, environment=ENVIRONMENT, read=lambda name: b"", bases=()))


def test_pages_are_one_list_for_a_reader_and_apart_for_a_filter() -> None:
    assert json.loads(gh("api", "numbers", "--paginate").stdout) == [1, 10, 2, 20]
    assert gh("api", "numbers", "--paginate", "-q", "length").stdout == b"[1,10][2,20]"
    assert json.loads(gh("api", "numbers", "--paginate", "--slurp").stdout) == [[1, 10], [2, 20]]
    assert json.loads(gh("api", "numbers").stdout) == [1, 10]


def test_the_head_of_an_answer() -> None:
    assert gh("api", "-i", "repos/octo/app", refuses=403).stdout.startswith(b"HTTP/2.0 403 Forbidden\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("api a b", "accepts 1 arg(s), received 2"),
        ("api a -X DELETE --paginate", "the `--paginate` option is not supported for non-GET requests"),
        ("api a --slurp", "`--paginate` required when passing `--slurp`"),
        ("api a --paginate --slurp -q .", "the `--slurp` option is not supported with `--jq` or `--template`"),
        ("cache list all", 'unknown command "all" for "gh cache list"'),
        ("cache list -L 0", "invalid limit: 0"),
        (
            "cache list -S age",
            'invalid argument "age" for "-S, --sort" flag: valid values are '
            "{created_at|last_accessed_at|size_in_bytes}",
        ),
        ("cache list -O up", 'invalid argument "up" for "-O, --order" flag: valid values are {asc|desc}'),
        (
            "cache list --json id,size",
            'Unknown JSON field: "size"\nAvailable fields:\n  createdAt\n  id\n  key\n  lastAccessedAt\n  ref\n'
            "  sizeInBytes\n  version",
        ),
        ("cache delete", "must provide either cache id, cache key, or use --all"),
        ("cache delete 7 --all", "specify only one of cache id, cache key, or --all"),
        ("cache delete --all", "X No caches to delete"),
    ],
)
def test_command_lines_that_gh_does_not_take(words: str, told: str) -> None:
    end = gh(*words.split())

    assert end.status == 1
    assert end.stderr == told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("api orgs/octo/packages", "gh: Resource not accessible by integration (HTTP 403)"),
        (
            "cache list -k deps",
            "X Failed to get caches: HTTP 403: Resource not accessible by integration (https://api.github.com/repos/octo/"
            "app/actions/caches?per_page=100&sort=last_accessed_at&direction=desc&key=deps)",
        ),
        (
            "cache delete deps-1",
            "X Failed to delete cache: HTTP 403: Resource not accessible by integration "
            "(https://api.github.com/repos/octo/app/actions/caches?key=deps-1)",
        ),
    ],
)
def test_refusals(words: str, told: str) -> None:
    end = gh(*words.split(), refuses=403)

    assert end.status == 1
    assert end.stderr == told


def test_caches_as_a_script_reads_them() -> None:
    assert gh("cache", "list", caches=[CACHE]).stdout == (
        b"7\tdeps-1\t1.99 MiB\t2026-11-23T09:00:00Z\t2026-11-24T09:00:00Z\n"
    )
    assert json.loads(gh("cache", "ls", "--json", "key,sizeInBytes", caches=[CACHE]).stdout) == [
        {"key": "deps-1", "sizeInBytes": 2_097_141}
    ]
    none = gh("cache", "list")
    assert (none.status, none.stdout, none.stderr) == (0, b"", "")
    assert gh("cache", "delete", "--all", "--succeed-on-no-caches").status == 0
