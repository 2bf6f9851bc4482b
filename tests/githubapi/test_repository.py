"""Commits, branches, files, pull requests, releases and Actions caches, with the rights they take."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from pytest_cicache.actionscache import ScopeAccess

from pytest_cicache.actionscache import CachePermission  # isort: skip
from pytest_cicache.errors import UnsupportedError
from pytest_cicache.events import Repository

from .conftest import World

REPOSITORY = "/repos/octo/app"


def fill_cache(world: World, *entries: tuple[str, str, int]) -> None:
    cache = world.state.actions_cache
    for key, ref, size in entries:
        both = CachePermission.READ | CachePermission.WRITE
        token = cache.issue("job", (ScopeAccess(scope=ref, permission=both),))
        reserved = cache.reserve(token, key, "v")
        assert not hasattr(reserved, "reason")
        cache.finish(reserved, size)
        world.travel(hours=1)


def got(world: World, target: str, token: str | None = "") -> Any:
    reply = world.call("GET", f"{REPOSITORY}{target}", token)
    assert reply.status == 200, reply.document
    return reply.document


def test_commits_are_read_by_branch_tag_and_sha(world: World) -> None:
    assert [commit["sha"][0] for commit in got(world, "/commits")] == ["b", "a"]
    assert [commit["sha"][0] for commit in got(world, "/commits?sha=v1")] == ["a"]
    one = got(world, "/commits/bbbb")
    assert (one["commit"]["message"], one["files"][0]["filename"]) == ("Go on", "Dockerfile")
    assert one["parents"][0]["sha"] == "a" * 40
    missing = world.call("GET", f"{REPOSITORY}/commits/nowhere")
    assert (missing.status, missing.document["message"]) == (422, "No commit found for SHA: nowhere")


def test_branches_tags_and_refs(world: World) -> None:
    assert [branch["name"] for branch in got(world, "/branches")] == ["feature/x", "main"]
    assert got(world, "/branches/feature/x")["commit"]["sha"] == "a" * 40
    assert world.call("GET", f"{REPOSITORY}/branches/no").document["message"] == "Branch not found"
    assert got(world, "/tags")[0]["name"] == "v1"
    assert got(world, "/git/ref/heads/main")["object"]["sha"] == "b" * 40
    assert world.call("GET", f"{REPOSITORY}/git/ref/heads/no").status == 404


def test_files_and_folders(world: World) -> None:
    file = got(world, "/contents/src/main.py")
    assert base64.b64decode(file["content"]) == b"print()\n"
    assert file["sha"] == "aec92917403fe09d962fb43a3bcef0ae21f4c217"
    assert [(entry["name"], entry["type"]) for entry in got(world, "/contents/src")] == [
        ("deep", "dir"),
        ("main.py", "file"),
    ]
    assert [entry["name"] for entry in got(world, "/contents")] == ["Dockerfile", "src"]
    assert world.call("GET", f"{REPOSITORY}/contents/no").status == 404
    ref = world.call("GET", f"{REPOSITORY}/contents/src?ref=gone")
    assert ref.document["message"] == "No commit found for the ref gone"


def test_pull_requests_and_releases_are_those_that_events_told_of(world: World) -> None:
    def pull(number: int, state: str, base: str = "main") -> dict[str, Any]:
        return {"number": number, "state": state, "base": {"ref": base}, "head": {"label": f"octo:b{number}"}}

    world.facts.told = [pull(9, "open"), pull(8, "closed"), pull(7, "open", "v2")]
    world.facts.released = [{"tag_name": "v2", "prerelease": True}, {"tag_name": "v1"}]

    assert [each["number"] for each in got(world, "/pulls")] == [9, 7]
    assert [each["number"] for each in got(world, "/pulls?state=all")] == [9, 8, 7]
    assert [each["number"] for each in got(world, "/pulls?base=v2")] == [7]
    assert [each["number"] for each in got(world, "/pulls?head=octo:b9")] == [9]
    assert got(world, "/pulls/8")["state"] == "closed"
    assert world.call("GET", f"{REPOSITORY}/pulls/1").status == 404
    assert got(world, "/releases/latest")["tag_name"] == "v1"
    assert got(world, "/releases/tags/v2")["prerelease"] is True
    assert len(got(world, "/releases")) == 2


def test_caches_are_listed_deleted_and_counted(world: World) -> None:
    fill_cache(
        world, ("deps-1", "refs/heads/main", 10), ("deps-2", "refs/heads/main", 30), ("x", "refs/pull/7/merge", 5)
    )

    found = got(world, "/actions/caches?key=deps")
    assert [entry["key"] for entry in found["actions_caches"]] == ["deps-2", "deps-1"]
    assert found["total_count"] == 2
    by_size = got(world, "/actions/caches?sort=size_in_bytes&direction=asc")
    assert [entry["size_in_bytes"] for entry in by_size["actions_caches"]] == [5, 10, 30]
    assert got(world, "/actions/caches?ref=7/merge")["total_count"] == 1
    assert got(world, "/actions/cache/usage") == {
        "full_name": "octo/app",
        "active_caches_size_in_bytes": 45,
        "active_caches_count": 3,
    }
    gone = world.call("DELETE", f"{REPOSITORY}/actions/caches?key=x")
    assert gone.document["actions_caches"][0]["ref"] == "refs/pull/7/merge"
    number = found["actions_caches"][0]["id"]
    assert world.call("DELETE", f"{REPOSITORY}/actions/caches/{number}").status == 204
    assert world.call("DELETE", f"{REPOSITORY}/actions/caches/{number}").status == 404
    assert [entry.key for entry in world.state.actions_cache.entries] == ["deps-1"]


def test_limits_of_the_cache_are_read_and_set_by_an_administrator(world: World) -> None:
    assert got(world, "/actions/cache/storage-limit") == {"max_cache_size_gb": 10}
    assert got(world, "/actions/cache/retention-limit") == {"max_cache_retention_days": 7}
    place = f"{REPOSITORY}/actions/cache"
    assert world.call("PUT", f"{place}/storage-limit", body={"max_cache_size_gb": 20}).status == 204
    assert world.call("PUT", f"{place}/retention-limit", body={"max_cache_retention_days": 30}).status == 204
    assert world.state.actions_cache.limits.size == 20 * 1024**3
    assert world.state.actions_cache.limits.unused.days == 30
    assert world.call("PUT", f"{place}/retention-limit", body={"max_cache_retention_days": "many"}).status == 400
    assert world.call("PUT", f"{place}/storage-limit", world.job(actions="write"), body={}).status == 403


@pytest.mark.parametrize(
    ("method", "target", "levels", "public", "private"),
    [
        ("GET", "/commits", {"contents": "read"}, 200, 200),
        ("GET", "/commits", {}, 200, 403),
        ("GET", "/pulls", {"pull-requests": "read"}, 200, 200),
        ("GET", "/actions/caches", {}, 200, 403),
        ("DELETE", "/actions/caches?key=k", {"actions": "read"}, 403, 403),
        ("DELETE", "/actions/caches?key=k", {"actions": "write"}, 404, 404),
    ],
)
def test_a_job_does_what_its_permissions_allow(
    world: World, method: str, target: str, levels: dict[str, str], public: int, private: int
) -> None:
    token = world.job(**levels)
    assert world.call(method, f"{REPOSITORY}{target}", token).status == public
    world.facts.repository = Repository(owner="octo", name="app", visibility="private")
    assert world.call(method, f"{REPOSITORY}{target}", token).status == private


def test_nobody_reads_what_is_public_and_another_repository_is_not_here(world: World) -> None:
    assert world.call("GET", f"{REPOSITORY}/commits", None).status == 200
    assert world.call("GET", "/repos/octo/other/commits").status == 404
    world.facts.repository = Repository(owner="octo", name="app", visibility="private")
    assert world.call("GET", f"{REPOSITORY}/commits", None).status == 404


def test_the_limit_of_an_hour(world: World) -> None:
    token = world.job(contents="read")
    first = world.call("GET", f"{REPOSITORY}/commits", token)
    assert first.headers["X-RateLimit-Limit"] == "1000"
    assert first.headers["X-RateLimit-Remaining"] == "999"
    for _ in range(999):
        world.call("GET", REPOSITORY, token)

    refused = world.call("GET", f"{REPOSITORY}/commits", token)
    assert (refused.status, refused.document["message"]) == (403, "API rate limit exceeded for octo/app.")
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert world.call("GET", "/rate_limit", token).document["rate"]["remaining"] == 0
    world.travel(hours=1)
    assert world.call("GET", f"{REPOSITORY}/commits", token).status == 200


def test_an_endpoint_that_is_not_simulated_fails_loudly_and_is_recorded(world: World) -> None:
    with pytest.raises(UnsupportedError, match="'POST /repos/octo/app/issues' is no endpoint of GitHub's API"):
        world.call("POST", f"{REPOSITORY}/issues")
    with pytest.raises(UnsupportedError, match="GraphQL API is not simulated"):
        world.call("POST", "/graphql")
    world.call("GET", REPOSITORY)

    assert [(record.method, record.path, record.status) for record in world.api.records] == [
        ("POST", f"{REPOSITORY}/issues", 501),
        ("POST", "/graphql", 501),
        ("GET", REPOSITORY, 200),
    ]
