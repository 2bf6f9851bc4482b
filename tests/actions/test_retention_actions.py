"""The actions that delete versions: which ones they choose, and what they say."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pytest_cicache.actions import ActionCall, ActionReference, ApiAnswer, interpret
from pytest_cicache.errors import UnsupportedError

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass
class Shelf:
    """A package `app` as the API shows it: version n is n days old."""

    tags: dict[int, list[str]]
    below: dict[int, tuple[int, ...]] = field(default_factory=dict)
    refuses: int = 0
    gone: list[int] = field(default_factory=list)
    is_user: bool = False

    def ask(self, method: str, target: str) -> ApiAnswer:
        path = target.partition("?")[0]
        if path == "/orgs/octo/packages":
            return ApiAnswer(status=404 if self.is_user else 200, document=[{"name": "app"}, {"name": "other"}])
        if path.endswith("/packages"):
            return ApiAnswer(status=200, document=[{"name": "app"}])
        place = f"/{'users' if self.is_user else 'orgs'}/octo/packages/container"
        if path == f"{place}/app/versions":
            return ApiAnswer(status=200, document=[version(number, tags) for number, tags in self.tags.items()])
        if path == f"{place}/app":
            return ApiAnswer(status=200, document={"name": "app"})
        if not path.startswith(f"{place}/app/"):
            return ApiAnswer(status=404, document={"message": "Package not found."})
        number = int(path.rpartition("/")[2])
        if number == self.refuses:
            return ApiAnswer(status=400, document={"message": "more than 5000 downloads"})
        self.gone.append(number)
        self.tags = {each: tags for each, tags in self.tags.items() if each != number}
        return ApiAnswer(status=204)

    def children(self, image_name: str, digest: str) -> tuple[str, ...]:
        assert image_name == "octo/app"
        return tuple(f"sha256:{child}" for child in self.below.get(int(digest.partition(":")[2]), ()))

    def put_empty(self, image_name: str, tag: str) -> None:
        for tags in self.tags.values():
            tags[:] = [each for each in tags if each != tag]
        self.tags = {100 + len(self.tags): [tag], **self.tags}


def version(number: int, tags: list[str]) -> dict[str, Any]:
    at = (NOW - timedelta(days=number)).isoformat().replace("+00:00", "Z")
    metadata = {"container": {"tags": tags}}
    return {"id": number, "name": f"sha256:{number}", "created_at": at, "updated_at": at, "metadata": metadata}


def use(uses: str, shelf: Shelf, **inputs: str) -> Any:
    given = {name.replace("_", "-"): value for name, value in inputs.items()}
    github = {"repository": "octo/app", "repository_owner": "octo", "token": "t"}
    call = ActionCall(reference=ActionReference.parse(uses), inputs=given, github=github, now=NOW)
    effect = interpret(call)
    assert effect is not None
    return effect if effect.api is None else effect.api.work(shelf)


# An index 2 of the platforms 3 and 4, an old orphan 30, and two tagged images.
INDEX = {2: ["latest"], 3: [], 4: [], 10: ["v1"], 20: ["pr-1"], 30: []}
BELOW = {2: (3, 4)}
DELETE = "actions/delete-package-versions@v5"
POLICY = "snok/container-retention-policy@v3.0.0"
CLEANUP = "dataaxiom/ghcr-cleanup-action@v1"


@pytest.mark.parametrize(
    ("inputs", "gone"),
    [
        ({}, [30]),
        ({"num_old_versions_to_delete": "2"}, [30, 20]),
        ({"min_versions_to_keep": "4"}, [30, 20]),
        ({"delete_only_untagged_versions": "true"}, [30, 4, 3]),
        ({"delete_only_untagged_versions": "true", "min_versions_to_keep": "2"}, [30]),
        ({"package_version_ids": "10, 20"}, [10, 20]),
        ({"delete_only_pre_release_versions": "true", "min_versions_to_keep": "4"}, [30, 20]),
        ({"min_versions_to_keep": "9"}, []),
        ({"num_old_versions_to_delete": "2", "ignore_versions": "^sha256:30$"}, [20, 10]),
    ],
)
def test_delete_package_versions_goes_by_age_and_tags(inputs: dict[str, str], gone: list[int]) -> None:
    shelf = Shelf(INDEX, BELOW)

    end = use(DELETE, shelf, package_name="app", package_type="container", **inputs)

    assert end.error is None
    assert shelf.gone == gone
    assert end.log == ((f"Total versions deleted till now: {len(gone)}",) if gone else ())


def test_delete_package_versions_fails_with_the_words_of_the_api() -> None:
    refused = use(DELETE, Shelf(INDEX, refuses=30), package_name="app", package_type="container")
    missing = use(DELETE, Shelf(INDEX), package_name="nothing", package_type="container")

    assert refused.error == "delete version API failed. more than 5000 downloads \n0 versions deleted till now."
    assert missing.error == "get versions API failed. Package not found."
    shelf = Shelf(INDEX, refuses=20)
    use(DELETE, shelf, package_name="app", package_type="container", num_old_versions_to_delete="3")
    assert shelf.gone == [30, 10]
    with pytest.raises(UnsupportedError, match="packages of the type 'npm' are not simulated"):
        use(DELETE, Shelf({}), package_name="app", package_type="npm")


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"package_name": ""}, "Invalid input combination"),
        ({"package_type": ""}, "Invalid input combination"),
        ({"num_old_versions_to_delete": "2", "min_versions_to_keep": "1"}, "Invalid input combination"),
        ({"num_old_versions_to_delete": "2", "delete_only_untagged_versions": "true"}, "Invalid input combination"),
        ({"num_old_versions_to_delete": "all"}, "Could not get packageVersionIds."),
    ],
)
def test_inputs_of_delete_package_versions_that_do_not_go_together(inputs: dict[str, str], words: str) -> None:
    end = use(DELETE, Shelf({}), **{"package_name": "app", "package_type": "container", **inputs})

    assert end.error.startswith(words)


def test_delete_package_versions_of_a_number_of_none() -> None:
    end = use(DELETE, Shelf(INDEX), package_name="app", package_type="container", num_old_versions_to_delete="0")

    assert end.log == ("Number of old versions to delete input is 0 or less, no versions will be deleted",)


@pytest.mark.parametrize(
    ("inputs", "gone"),
    [
        ({"cut_off": "2w"}, [20, 30]),
        ({"cut_off": "2w", "tag_selection": "untagged"}, [30]),
        ({"cut_off": "1d", "tag_selection": "untagged"}, [3, 4, 30]),
        ({"cut_off": "1M"}, []),
        ({"cut_off": "1 day 12hours", "image_tags": "'pr-*'"}, [3, 4, 20, 30]),
        ({"cut_off": "1d", "tag_selection": "untagged", "skip_shas": "sha256:3,sha256:4"}, [30]),
        ({"cut_off": "1d", "tag_selection": "tagged", "image_tags": "pr-*"}, [20]),
        ({"cut_off": "1d", "tag_selection": "tagged", "image_tags": "!latest"}, [10, 20]),
        ({"cut_off": "1d", "keep_n_most_recent": "2"}, [3, 4, 20, 30]),
        ({"cut_off": "1d", "dry_run": "true"}, []),
        ({"cut_off": "1d", "image_names": "others"}, []),
    ],
)
def test_container_retention_policy_goes_by_age_and_tags(inputs: dict[str, str], gone: list[int]) -> None:
    shelf = Shelf(INDEX, BELOW)

    end = use(POLICY, shelf, **{"account": "octo", "image_names": "ap*", "token": "p", **inputs})

    assert sorted(shelf.gone) == gone
    assert end.error is None


def test_container_retention_policy_3_1_leaves_the_parts_of_indexes_that_stay() -> None:
    shelf = Shelf(INDEX, BELOW)

    end = use(
        "snok/container-retention-policy@v3.1.0", shelf, account="octo", image_names="app", cut_off="1d", token="p"
    )

    assert shelf.gone == [3, 4, 30, 20, 10, 2]
    kept = Shelf(INDEX, BELOW)
    policy = {"account": "octo", "image_names": "app", "cut_off": "1d", "image_tags": "!latest", "token": "p"}
    use("snok/container-retention-policy@v3", kept, **policy)
    assert kept.gone == [30, 20, 10]
    assert end.error is None


def test_container_retention_policy_cannot_look_for_packages_with_a_jobs_token() -> None:
    given = {"account": "octo", "cut_off": "2w", "token": "t"}

    assert "Image name ap* is therefore not valid" in use(POLICY, Shelf(INDEX), image_names="ap*", **given).error
    assert use(POLICY, Shelf(INDEX), image_names="none", **given).error == "Failed to fetch packages"
    shelf = Shelf(INDEX)
    use(POLICY, shelf, image_names="app", **given)
    assert sorted(shelf.gone) == [20, 30]


def test_container_retention_policy_goes_on_where_a_version_stays() -> None:
    end = use(POLICY, Shelf(INDEX, refuses=30), account="octo", image_names="app", cut_off="2w", token="p")

    assert end.error is None
    assert [line.partition(": ")[2] for line in end.log] == ["more than 5000 downloads", ""]
    own = Shelf(INDEX, is_user=True)
    use(POLICY, own, account="user", image_names="app", cut_off="2w", token="p")
    assert sorted(own.gone) == [20, 30]
    with pytest.raises(UnsupportedError, match="as of version 3"):
        use(POLICY, Shelf({}), account_type="org", org_name="octo", image_names="app", cut_off="2 weeks ago UTC")
    with pytest.raises(UnsupportedError, match="the cut-off 'long ago' is not simulated"):
        use(POLICY, Shelf({}), account="octo", image_names="app", cut_off="long ago")


@pytest.mark.parametrize(
    ("inputs", "gone"),
    [
        ({}, [30]),
        ({"delete_tags": "pr-*"}, [20]),
        ({"delete_tags": "latest"}, [2, 3, 4]),
        ({"delete_tags": "pr-*", "delete_untagged": "true"}, [20, 30]),
        ({"keep_n_tagged": "1"}, [10, 20]),
        ({"keep_n_tagged": "0", "exclude_tags": "v*"}, [2, 3, 4, 20]),
        ({"keep_n_untagged": "1"}, []),
        ({"older_than": "25 days", "delete_tags": "*", "delete_untagged": "true"}, [30]),
        ({"dry_run": "true"}, []),
    ],
)
def test_ghcr_cleanup_leaves_the_parts_of_an_index_with_it(inputs: dict[str, str], gone: list[int]) -> None:
    shelf = Shelf(INDEX, BELOW)

    end = use(CLEANUP, shelf, token="t", **inputs)

    assert end.error is None
    assert sorted(shelf.gone) == gone


def test_ghcr_cleanup_takes_one_of_several_tags_away() -> None:
    shelf = Shelf({1: ["v1", "pr-1"], 2: ["pr-2", "pr-3"], 3: ["pr-4"]})

    end = use(CLEANUP, shelf, token="t", delete_tags="pr-*")

    assert end.error is None
    assert shelf.tags[1] == ["v1"]
    assert shelf.gone == [103, 2, 3]
    kept = Shelf({1: ["v1", "pr-1"], 2: ["v2", "pr-2"], 3: ["pr-4"]})
    use(CLEANUP, kept, token="t", delete_tags="pr-*", keep_n_tagged="1")
    assert kept.tags[1] == ["v1", "pr-1"]
    assert kept.tags[2] == ["v2"]
    assert kept.gone == [103, 3]


def test_ghcr_cleanup_keeps_a_signature_with_what_it_signs() -> None:
    shelf = Shelf({1: ["v2"], 2: ["sha256-1.sig"], 10: ["v1"], 11: ["sha256-10.sig"]})

    use(CLEANUP, shelf, token="t", keep_n_tagged="1")

    assert shelf.gone == [10, 11]


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"tags": "a", "delete_tags": "b"}, "tags and delete-tags cannot be used at the same time, use either one"),
        ({"package": "a", "packages": "b"}, "package and packages cannot be used at the same time, use either one"),
        ({"keep_n_tagged": "few"}, "keep-n-tagged is not number"),
        ({"keep_n_untagged": "-1"}, "keep-n-untagged is negative"),
        (
            {"keep_n_untagged": "1", "delete_untagged": "true"},
            "delete-untagged and keep-n-untagged cannot be set at the same time",
        ),
    ],
)
def test_inputs_of_ghcr_cleanup_that_do_not_go_together(inputs: dict[str, str], words: str) -> None:
    assert use(CLEANUP, Shelf({}), token="t", **inputs).error == words


def test_ghcr_cleanup_ends_at_the_first_version_that_stays() -> None:
    shelf = Shelf({1: ["a"], 2: ["a2"], 3: ["a3"]}, refuses=2)

    end = use(CLEANUP, shelf, token="t", delete_tags="a*")

    assert end.error == "more than 5000 downloads"
    assert shelf.gone == [1]


def test_ghcr_cleanup_leaves_a_part_that_another_index_names() -> None:
    shelf = Shelf({1: ["b"], 2: ["a"], 3: [], 4: []}, {1: (3,), 2: (3, 4)})

    use(CLEANUP, shelf, token="t", delete_tags="a")

    assert sorted(shelf.gone) == [2, 4]
    with pytest.raises(UnsupportedError, match="the input use-regex of dataaxiom/ghcr-cleanup-action is not simulated"):
        use(CLEANUP, shelf, token="t", use_regex="true")
    assert use(CLEANUP, Shelf(INDEX), token="t", package="none").error == "Package not found."
