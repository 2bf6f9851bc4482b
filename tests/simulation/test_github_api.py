"""The REST API through both doors, and from a job's steps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest
import requests

from pytest_cicache.errors import UnsupportedError, UsageError
from pytest_cicache.simulation import ApiAccess, Simulation

PACKAGES = "https://api.github.com/orgs/octo/packages/container/app/versions"
PURGE = """
    import json, os, urllib.request

    def call(method, path):
        url = os.environ["GITHUB_API_URL"] + path
        headers = {"Authorization": "Bearer " + os.environ["GITHUB_TOKEN"]}
        with urllib.request.urlopen(urllib.request.Request(url, method=method, headers=headers)) as answer:
            return answer.status, answer.read()

    place = "/orgs/octo/packages/container/app/versions"
    status, body = call("GET", place)
    for version in json.loads(body):
        if not version["metadata"]["container"]["tags"]:
            print(call("DELETE", f"{place}/{version['id']}")[0], version["name"])
    """


@pytest.fixture
def filled(simulation: Simulation) -> Simulation:
    """A package `octo/app` with the version behind `main` and one that lost its tag to it."""
    simulation.run("ci.yml", "main_merge")
    simulation.write("a.txt", "changed\n")
    simulation.run("ci.yml", "main_merge")
    return simulation


@pytest.fixture
def access(filled: Simulation) -> Iterator[ApiAccess]:
    made = filled.api_access()
    with made.in_process():
        yield made


@pytest.fixture
def step(simulate: Callable[..., Simulation], root: Path) -> Callable[..., Any]:
    """Run a script in a job of a simulation with a filled package; returns the simulation and the step's result."""

    def run(script: str, *, permissions: str = "packages: write, actions: write, contents: read") -> Any:
        workflow = f"""
            on: push
            permissions: {{{permissions}}}
            jobs:
              job:
                runs-on: ubuntu-latest
                env: {{GH_TOKEN: "${{{{ github.token }}}}"}}
                steps:
                  - id: it
                    run: |
            """
        text = dedent(workflow) + indent(dedent(script).strip("\n"), " " * 10) + "\n"
        (root / ".github" / "workflows" / "api.yml").write_text(text)
        simulation = simulate()
        simulation.run("ci.yml", "main_merge")
        simulation.write("a.txt", "changed\n")
        simulation.run("ci.yml", "main_merge")
        return simulation, simulation.run("api.yml", "push").job("job").step("it")

    return run


def test_requests_code_lists_and_deletes_and_the_registry_follows(filled: Simulation, access: ApiAccess) -> None:
    session = requests.Session()
    session.headers["Authorization"] = f"token {access.token}"

    versions = session.get(PACKAGES, timeout=5).json()
    untagged = [version for version in versions if not version["metadata"]["container"]["tags"]]
    tagged = next(version for version in versions if version["metadata"]["container"]["tags"] == ["main"])

    assert [session.delete(f"{PACKAGES}/{version['id']}", timeout=5).status_code for version in untagged] == [204]
    assert len(session.get(PACKAGES, timeout=5).json()) == 1
    run = filled.run("ci.yml", "fork_pr")
    assert run.cache.misses == []

    filled.api_access().count_downloads("octo/app", "main", 6000)
    refused = session.delete(f"{PACKAGES}/{tagged['id']}", timeout=5)
    assert refused.status_code == 400
    assert "more than 5000 downloads" in refused.json()["message"]


def test_a_deleted_cache_is_not_found_by_the_next_build_and_found_again_once_restored(
    filled: Simulation, access: ApiAccess
) -> None:
    headers = {"Authorization": f"Bearer {access.token}"}
    kept = access.versions("octo/app")
    extra = filled.run("ci.yml", "pr")
    main = next(version for version in kept if version.tags == ("main",))

    requests.delete(f"{PACKAGES}/{main.id}", headers=headers, timeout=5).raise_for_status()
    cold = filled.run("ci.yml", "fork_pr")
    requests.post(f"{PACKAGES}/{main.id}/restore", headers=headers, timeout=5).raise_for_status()
    warm = filled.run("ci.yml", "fork_pr")

    assert extra.conclusion == "success"
    assert [item.result for item in cold.cache.imports] == ["not-found"]
    assert cold.cache.hits == []
    assert warm.cache.misses == []


def test_pygithub_works_unchanged(access: ApiAccess, filled: Simulation) -> None:
    filled.run("ci.yml", "pr:number=12")
    github = pytest.importorskip("github", reason="PyGithub is among the development tools")
    client = github.Github(auth=github.Auth.Token(access.token))

    repository = client.get_repo("octo/app")

    assert repository.default_branch == "main"
    assert [pull.number for pull in repository.get_pulls()] == [12]
    assert repository.get_contents("Dockerfile").decoded_content.startswith(b"\nFROM scratch")
    assert repository.get_commits().totalCount == 4
    assert client.get_rate_limit().rate.limit == 5000
    with pytest.raises(github.UnknownObjectException) as missing:
        repository.get_contents("nowhere")
    assert missing.value.data["message"] == "Not Found"


def test_ghapi_works_at_its_url(filled: Simulation) -> None:
    """It takes the address of the API as `gh_host`, or from the variable GH_HOST."""
    ghapi = pytest.importorskip("ghapi.all", reason="ghapi is among the development tools")
    filled.run("ci.yml", "pr:number=12")
    access = filled.api_access()
    client = ghapi.GhApi(owner="octo", repo="app", token=access.token, gh_host=access.url, sync=True)
    packages = client.packages

    versions = packages.get_all_package_versions_for_package_owned_by_org("container", "app", "octo")
    packages.delete_package_version_for_org("container", "app", "octo", versions[0].id)

    assert client.repos.get().default_branch == "main"
    assert [pull.number for pull in client.pulls.list()] == [12]
    assert [each.digest for each in access.versions("octo/app", deleted=True)] == [versions[0].name]
    with pytest.raises(Exception, match=r"404|Not Found|Package not found"):
        packages.get_package_for_organization("container", "nothing", "octo")


def test_everything_else_fails_in_process(access: ApiAccess) -> None:
    with pytest.raises(requests.ConnectionError):
        requests.get("https://example.org/", timeout=5)
    with pytest.raises(UnsupportedError, match="no endpoint of GitHub's API"):
        requests.get("https://api.github.com/emojis", timeout=5)
    with pytest.raises(UnsupportedError, match="GraphQL"):
        requests.post("https://api.github.com/graphql", json={"query": "{viewer{login}}"}, timeout=5)


def test_a_subprocess_reaches_it_by_url(filled: Simulation) -> None:
    access = filled.api_access()
    environment = {**os.environ, **access.environment}

    done = subprocess.run(
        [sys.executable, "-c", dedent(PURGE)], env=environment, capture_output=True, text=True, timeout=60, check=True
    )

    (gone,) = access.versions("octo/app", deleted=True)
    assert done.stdout == f"204 {gone.digest}\n"
    assert [version.tags for version in access.versions("octo/app")] == [("main",)]
    with pytest.raises(UsageError, match=r"has no version 'nothing'; its tags are main"):
        access.count_downloads("octo/app", "nothing", 1)


def test_links_and_urls_lead_back_to_where_the_client_asked(filled: Simulation) -> None:
    access = filled.api_access()
    headers = {"Authorization": f"Bearer {access.token}"}

    answer = requests.get(
        f"{access.url}/orgs/octo/packages/container/app/versions?per_page=1", headers=headers, timeout=5
    )

    assert answer.links["next"]["url"].startswith(access.url)
    assert requests.get(answer.links["next"]["url"], headers=headers, timeout=5).json()[0]["url"].startswith(access.url)
    undeclared = requests.get(f"{access.url}/emojis", headers=headers, timeout=5)
    assert undeclared.status_code == 501
    assert undeclared.json()["message"] == "cicache: 'GET /emojis' is no endpoint of GitHub's API that is simulated"


def test_gh_in_a_step_purges_what_is_untagged(step: Callable[..., Any]) -> None:
    simulation, done = step(
        """
        place=/orgs/octo/packages/container/app/versions
        ids=$(gh api --paginate "$place" --jq '.[] | select(.metadata.container.tags == []) | .id')
        for id in $ids; do gh api --method DELETE "$place/$id" && echo "deleted $id"; done
        gh api "$place?per_page=1" --jq length
        """
    )

    access = simulation.api_access()
    (gone,) = access.versions("octo/app", deleted=True)
    assert done.log[-2:] == (f"deleted {gone.id}", "1")
    assert done.assumptions == ()
    assert done.mode == "executed"


def test_gh_says_why_it_is_refused_and_fails_the_step(step: Callable[..., Any]) -> None:
    _, done = step("gh api -X DELETE orgs/octo/packages/container/app/versions/100000001", permissions="packages: read")

    assert any(line.endswith("gh: Resource not accessible by integration (HTTP 403)") for line in done.log)
    assert done.outcome == "failure"
    _, done = step("GH_TOKEN= GITHUB_TOKEN= gh api /rate_limit")
    assert any("set the GH_TOKEN environment variable" in line for line in done.log)
    assert done.error == "Process completed with exit code 4."


def test_curl_in_a_step_reaches_the_api_and_nothing_else(step: Callable[..., Any]) -> None:
    _, done = step(
        """
        code=$(curl -sS -o versions.json -w '%{http_code}' -H "Authorization: Bearer $GH_TOKEN" \\
          "$GITHUB_API_URL/orgs/octo/packages/container/app/versions")
        echo "$code $(jq length versions.json)"
        curl -fsSL -X DELETE -H "Authorization: token wrong" https://api.github.com/repos/octo/app/actions/caches/1 ||
          echo "curl ended with $?"
        curl -fsSL https://example.org/install.sh
        """
    )

    assert "200 2" in done.log
    assert "curl: (22) The requested URL returned error: 401" in done.log
    assert "curl ended with 22" in done.log
    assert [assumption.stub for assumption in done.assumptions] == ["command:curl=PATH"]


def test_gh_cache_lists_and_deletes(step: Callable[..., Any]) -> None:
    _, done = step(
        """
        gh cache list
        gh cache delete nothing || echo "ended with $?"
        gh cache delete --all --succeed-on-no-caches
        gh cache list --json key,id --jq length
        """
    )

    assert "No caches found in octo/app" not in done.log
    assert "X Could not find a cache matching nothing in octo/app" in done.log
    assert "ended with 1" in done.log
    assert done.log[-1] == "0"


def test_python_in_a_step_reaches_the_api(step: Callable[..., Any]) -> None:
    script = dedent(PURGE).replace('"GITHUB_TOKEN"', '"GH_TOKEN"')
    simulation, done = step("python3 - <<'END'\n" + script + "END\n")

    assert done.outcome == "success"
    assert len(simulation.api_access().versions("octo/app", deleted=True)) == 1


def test_other_commands_of_gh_are_stubbed(step: Callable[..., Any]) -> None:
    _, done = step("gh pr list")

    assert done.outcome == "success"
    assert [assumption.stub for assumption in done.assumptions] == ["command:gh=PATH"]


def test_tokens_of_jobs_can_be_made(access: ApiAccess) -> None:
    reader = access.job_token(packages="read")
    number = access.versions("octo/app")[0].id

    refused = requests.delete(f"{PACKAGES}/{number}", headers={"Authorization": f"Bearer {reader}"}, timeout=5)

    assert json.loads(refused.text)["message"] == "Resource not accessible by integration"
    with pytest.raises(UsageError, match="a token has no permission 'package'"):
        access.job_token(package="read")
    with pytest.raises(UsageError, match="unknown access level 'admin'"):
        access.personal_token(packages="admin")
