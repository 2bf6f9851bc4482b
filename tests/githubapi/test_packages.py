"""Packages and versions: what is listed, deleted, restored and refused."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_cicache.errors import UnsupportedError
from pytest_cicache.gateway import Role, Visibility

from .conftest import World, digest

VERSIONS = "/orgs/octo/packages/container/app/versions"
INTEGRATION = "Resource not accessible by integration"


def listed(world: World, target: str = VERSIONS, token: str | None = "") -> list[Any]:
    reply = world.call("GET", target, token)
    assert reply.status == 200, reply.document
    return list(reply.document)


def test_versions_are_listed_newest_first_with_their_tags(stocked: World) -> None:
    found = listed(stocked)

    assert [version["name"] for version in found] == [digest(3), digest(2), digest(1)]
    assert [version["metadata"]["container"]["tags"] for version in found] == [["latest"], [], ["v1"]]
    assert found[2]["created_at"] == "2026-11-24T09:00:00Z"
    assert found[0]["url"] == f"https://api.github.com{VERSIONS}/{found[0]['id']}"


def test_a_moved_tag_leaves_its_version_untagged_and_touched(stocked: World) -> None:
    stocked.push("v1", 4)

    found = {version["name"]: version for version in listed(stocked)}

    assert found[digest(1)]["metadata"]["container"]["tags"] == []
    assert found[digest(1)]["updated_at"] == "2026-11-24T12:00:00Z"
    assert found[digest(1)]["created_at"] == "2026-11-24T09:00:00Z"
    assert found[digest(4)]["metadata"]["container"]["tags"] == ["v1"]


def test_a_deleted_version_is_gone_for_the_registry_and_can_be_restored_for_thirty_days(stocked: World) -> None:
    number = listed(stocked)[2]["id"]

    assert stocked.call("DELETE", f"{VERSIONS}/{number}").status == 204
    assert stocked.state.versions.is_gone("octo/app", "v1")
    assert stocked.state.versions.is_gone("octo/app", digest(1))
    assert stocked.call("GET", f"{VERSIONS}/{number}").status == 404
    assert [version["id"] for version in listed(stocked, f"{VERSIONS}?state=deleted")] == [number]

    assert stocked.call("POST", f"{VERSIONS}/{number}/restore").status == 204
    assert not stocked.state.versions.is_gone("octo/app", "v1")

    stocked.call("DELETE", f"{VERSIONS}/{number}")
    stocked.travel(days=31)
    assert stocked.call("POST", f"{VERSIONS}/{number}/restore").status == 404


def test_a_restored_version_does_not_take_back_a_tag_that_another_has(stocked: World) -> None:
    number = listed(stocked)[2]["id"]
    stocked.call("DELETE", f"{VERSIONS}/{number}")
    stocked.push("v1", 5)

    stocked.call("POST", f"{VERSIONS}/{number}/restore")

    tags = {version["name"]: version["metadata"]["container"]["tags"] for version in listed(stocked)}
    assert tags[digest(1)] == []
    assert tags[digest(5)] == ["v1"]


def test_pages_are_led_through_by_links(stocked: World) -> None:
    for number in range(10, 75):
        stocked.push("", number)

    first = stocked.call("GET", f"{VERSIONS}?per_page=20")
    last = stocked.call("GET", f"{VERSIONS}?per_page=20&page=4")

    assert len(first.document) == 20
    assert len(last.document) == 8
    url = f"https://api.github.com{VERSIONS}?per_page=20"
    assert first.headers["Link"] == f'<{url}&page=2>; rel="next", <{url}&page=4>; rel="last"'
    assert last.headers["Link"] == f'<{url}&page=3>; rel="prev", <{url}&page=1>; rel="first"'
    assert len(stocked.call("GET", VERSIONS).document) == 30
    assert len(stocked.call("GET", f"{VERSIONS}?per_page=1000").document) == 68


@pytest.mark.parametrize(
    ("levels", "role", "status", "message"),
    [
        ({"packages": "write"}, Role.ADMIN, 204, None),
        ({"packages": "write"}, Role.WRITE, 403, INTEGRATION),
        ({"packages": "read"}, Role.ADMIN, 403, INTEGRATION),
        ({}, Role.ADMIN, 403, INTEGRATION),
    ],
)
def test_a_job_deletes_with_packages_write_and_the_admin_role(
    world: World, levels: dict[str, str], role: Role, status: int, message: str | None
) -> None:
    world.package(visibility=Visibility.PUBLIC, access={"octo/app": role})
    number = world.push("", 1)
    world.push("latest", 2)

    reply = world.call("DELETE", f"{VERSIONS}/{number}", world.job(**levels))

    assert reply.status == status
    if message is not None:
        assert reply.document == {
            "message": message,
            "documentation_url": "https://docs.github.com/rest/packages/packages"
            "#delete-package-version-for-an-organization",
            "status": "403",
        }


def test_a_version_of_many_downloads_cannot_be_deleted_where_it_is_public(stocked: World) -> None:
    number = listed(stocked)[2]["id"]
    stocked.state.versions.count_download("octo/app", "v1", 5001)

    reply = stocked.call("DELETE", f"{VERSIONS}/{number}")

    assert reply.status == 400
    assert reply.document["message"] == (
        "Publicly visible package versions with more than 5000 downloads cannot be deleted. "
        "Contact GitHub support for further assistance."
    )
    assert stocked.call("DELETE", "/orgs/octo/packages/container/app").status == 400
    stocked.package(visibility=Visibility.PRIVATE)
    assert stocked.call("DELETE", f"{VERSIONS}/{number}").status == 204


def test_five_thousand_downloads_are_not_too_many(stocked: World) -> None:
    number = listed(stocked)[2]["id"]
    stocked.state.versions.count_download("octo/app", "v1", 5000)

    assert stocked.call("DELETE", f"{VERSIONS}/{number}").status == 204


def test_the_last_version_and_the_last_tagged_one_stay(world: World) -> None:
    world.package()
    only = world.push("v1", 1)
    last = world.call("DELETE", f"{VERSIONS}/{only}")
    world.push("", 2)
    tagged = world.call("DELETE", f"{VERSIONS}/{only}")

    assert (last.status, tagged.status) == (400, 400)
    assert last.document["message"].startswith("You cannot delete the last version of a package.")
    assert tagged.document["message"].startswith("You cannot delete the last tagged version of a package.")


def test_a_deleted_package_is_gone_and_comes_back_with_its_versions(stocked: World) -> None:
    place = "/orgs/octo/packages/container/app"

    assert stocked.call("DELETE", place).status == 204
    assert stocked.call("GET", place).document["message"] == "Package not found."
    assert listed(stocked, "/orgs/octo/packages?package_type=container") == []
    assert stocked.call("POST", f"{place}/restore").status == 204
    assert [version["name"] for version in listed(stocked)] == [digest(3), digest(2), digest(1)]
    assert stocked.call("GET", place).document["version_count"] == 3


def test_a_package_with_a_slash_in_its_name_is_one_component(world: World) -> None:
    world.package("octo/app/cache", visibility=Visibility.PRIVATE)
    world.push("main", 1, "octo/app/cache")

    found = listed(world, "/orgs/octo/packages/container/app%2Fcache/versions")

    assert found[0]["metadata"]["container"]["tags"] == ["main"]
    assert "/app%2Fcache/versions/" in found[0]["url"]
    with pytest.raises(UnsupportedError, match="no endpoint of GitHub's API that is simulated"):
        world.call("GET", "/orgs/octo/packages/container/app/cache/versions/1/2/3")


def test_an_organization_may_stand_below_users(stocked: World) -> None:
    below = listed(stocked, VERSIONS.replace("/orgs/", "/users/"))

    assert below == listed(stocked, VERSIONS)


@pytest.mark.parametrize(
    ("target", "status", "message"),
    [
        ("/orgs/octo/packages", 400, "Invalid argument."),
        ("/orgs/mona/packages?package_type=container", 404, "Not Found"),
        ("/users/nobody/packages?package_type=container", 404, "Not Found"),
        ("/orgs/nobody/packages?package_type=container", 404, "Not Found"),
        ("/orgs/octo/packages/container/unknown/versions", 404, "Package not found."),
        ("/orgs/octo/packages/npm/app/versions", 404, "Package not found."),
        ("/orgs/octo/packages/oci/app/versions", 400, "Invalid argument."),
        (f"{VERSIONS}/1", 404, "Not Found"),
        (f"{VERSIONS}/abc", 404, "Not Found"),
        (f"{VERSIONS}?state=gone", 400, "Invalid argument."),
    ],
)
def test_what_is_not_there_is_said_in_githubs_words(stocked: World, target: str, status: int, message: str) -> None:
    reply = stocked.call("GET", target)

    assert (reply.status, reply.document["message"], reply.document["status"]) == (status, message, str(status))


def test_a_users_packages_have_paths_of_their_own(world: World) -> None:
    from pytest_cicache.gateway import Identity
    from pytest_cicache.permissions import AccessLevel

    world.package("mona/tool")
    number = world.push("v1", 1, "mona/tool")
    mona = world.state.issue(Identity(user="mona", packages=AccessLevel.WRITE))

    for prefix in ("/users/mona", "/user"):
        assert listed(world, f"{prefix}/packages/container/tool/versions", mona)[0]["id"] == number
    job = world.job(packages="write")
    assert world.call("GET", "/user/packages?package_type=container", job).document["message"] == INTEGRATION


def test_tokens_without_the_scope_or_at_all_are_told_so(stocked: World) -> None:
    from pytest_cicache.gateway import Identity
    from pytest_cicache.permissions import AccessLevel

    reader = stocked.state.issue(Identity(user="octo", packages=AccessLevel.READ))
    scopeless = stocked.state.issue(Identity(user="octo"))
    number = listed(stocked)[0]["id"]

    assert stocked.call("GET", VERSIONS, None).document["message"] == "Requires authentication"
    wrong = stocked.call("GET", VERSIONS, "ghp_wrong")
    assert (wrong.status, wrong.document["message"]) == (401, "Bad credentials")
    assert wrong.document["documentation_url"] == "https://docs.github.com/rest"
    refused = stocked.call("GET", VERSIONS, scopeless).document["message"]
    assert refused == "You need at least read:packages scope to get a package's versions."
    refused = stocked.call("DELETE", f"{VERSIONS}/{number}", reader).document["message"]
    assert refused == "You need at least delete:packages scope to delete a package version."


def test_a_private_package_of_others_is_not_found(world: World) -> None:
    world.package(visibility=Visibility.PRIVATE, linked="octo/other")
    world.push("v1", 1)
    token = world.job(packages="write")

    assert world.call("GET", VERSIONS, token).document["message"] == "Package not found."
    assert world.call("GET", "/orgs/octo/packages?package_type=container", token).document == []
