"""What findings say beyond the line to change: why, how much, and what to do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_cicache.checks import Finding, Severity
from pytest_cicache.survey import Survey
from tests.checks.samples import BUILD, HEAD, IMPORT, LOGIN, ON_MAIN, SOUND, TWO_STAGES

CI = ".github/workflows/ci.yml"


def only(survey: Survey, check: str) -> Finding:
    (found,) = survey.findings(CI, check)
    return found


def test_an_argument_that_differs_is_named(surveyed: Callable[..., Survey]) -> None:
    """With what to do about it; of a long command its beginning."""
    command = "RUN make " + "--a-long-option=value " * 9
    workflow = SOUND + "          build-args: REVISION=${{ github.sha }}\n"

    found = only(
        surveyed({"ci.yml": workflow, "Dockerfile": f"FROM debian:12\nARG REVISION\n{command}\n"}), "repeat-not-cached"
    )

    assert "'[2/2] RUN make --a-long-option=value" in found.message
    assert "…' (REVISION is '" in found.message
    assert len(found.message) < 330
    assert found.cure == "let `REVISION` be the same, or declare it behind the costly steps"


def test_a_step_that_takes_the_whole_context_is_a_note(surveyed: Callable[..., Survey]) -> None:
    """Any change would run it and what follows."""
    found = only(surveyed({"ci.yml": SOUND, "Dockerfile": "FROM debian:12\nCOPY . .\nRUN make\n"}), "repeat-not-cached")

    assert found.severity is Severity.NOTE
    assert found.cure == "keep `.git` out of the context with a `.dockerignore`"


def test_a_folder_that_nothing_keeps(surveyed: Callable[..., Survey]) -> None:
    """A cache in a folder of the runner is gone with it."""
    folder = "          cache-from: type=local,src=/tmp/c\n          cache-to: type=local,dest=/tmp/c,mode=max\n"

    found = only(surveyed({"ci.yml": f"{HEAD}{BUILD}{folder}"}), "repeat-not-cached")

    assert found.cure == "keep the folder of the `type=local` cache with actions/cache: a runner starts without it"
    own = HEAD.replace("ubuntu-latest", "[self-hosted, linux]")
    assert surveyed({"ci.yml": f"{own}{BUILD}{folder}"}).findings(CI, "repeat-not-cached") == ()


def test_an_empty_branch_before_a_commit(surveyed: Callable[..., Survey]) -> None:
    """What docker/metadata-action makes of `{{branch}}-` where a tag was pushed."""
    meta = (
        "      - uses: docker/metadata-action@v5\n        id: meta\n        with:\n"
        "          images: ghcr.io/octo-org/app\n          tags: type=sha,prefix={{branch}}-\n"
    )
    head = HEAD.replace("{branches: [main]}\n  pull_request:", "{branches: [main], tags: ['v*']}")
    push = "          push: true\n          tags: ${{ steps.meta.outputs.tags }}\n"

    found = only(surveyed({"ci.yml": f"{head}{LOGIN}{meta}{BUILD}{push}"}), "invalid-reference")

    assert found.severity is Severity.ERROR
    assert found.message.startswith("A push of a tag fails, because 'ghcr.io/octo-org/app:-")
    assert "`{{branch}}` is empty" in found.cure


def test_what_only_an_export_takes_is_a_note_beside_an_import(surveyed: Callable[..., Survey]) -> None:
    """And of types that no simulation has the attributes are known as well."""
    harmless = IMPORT.replace("app:cache", "app:cache,mode=max")
    s3 = "          cache-to: type=s3,region=eu-west-1,bucket=b,mode=max,ignore-errors=true\n"

    survey = surveyed({"ci.yml": f"{HEAD}{BUILD}{harmless}{s3}"})

    found = {each.severity: each.message.partition(",")[0] for each in survey.findings(CI, "unknown-attribute")}
    assert found == {
        Severity.NOTE: "BuildKit ignores 'mode=max' of cache-from",
        Severity.WARNING: "BuildKit ignores 'ignore-errors=true' of cache-to",
    }


def test_steps_that_shall_always_run_are_no_finding(surveyed: Callable[..., Survey]) -> None:
    """`no-cache-filters` asks for it."""
    dockerfile = "FROM debian:12 AS deps\nRUN make\nFROM deps AS run\nRUN apt-get update\n"
    workflow = f"{SOUND}          no-cache-filters: run\n"

    assert surveyed({"ci.yml": workflow, "Dockerfile": dockerfile}).findings(CI, "repeat-not-cached") == ()


def test_one_command_of_one_stage(surveyed: Callable[..., Survey]) -> None:
    """In the singular."""
    found = only(surveyed({"ci.yml": SOUND.replace(",mode=max", ""), "Dockerfile": TWO_STAGES}), "min-mode")

    assert found.message.startswith("A change of one file runs the command of the stage 'deps' again")


@pytest.mark.parametrize(("secrets", "verb"), [(("T",), "is"), (("U", "T"), "are")], ids=["one", "two"])
def test_secrets_that_are_empty_are_named(surveyed: Callable[..., Survey], secrets: tuple[str, ...], verb: str) -> None:
    """Each once."""
    user = "me" if len(secrets) == 1 else "${{ secrets.U }}"
    given = f'{{username: "{user}", password: "${{{{ secrets.T }}}}"}}'
    login = f"      - uses: docker/login-action@v3\n        with: {given}\n"

    found = only(surveyed({"ci.yml": HEAD + login + BUILD}), "fork-pr-login")

    assert f"because {' and '.join(f'secrets.{name}' for name in secrets)} {verb} empty there" in found.message


def test_a_cache_without_the_layers_of_a_stage_is_not_a_missing_import(surveyed: Callable[..., Survey]) -> None:
    """`mode=min` is what is wrong then."""
    workflow = f"{HEAD}{LOGIN}{BUILD}{IMPORT}          cache-to: {ON_MAIN.replace(',mode=max', '')}\n"
    dockerfile = "FROM debian:12 AS deps\nRUN make\nRUN make test\nFROM debian:12\nCOPY --from=deps /lib /lib\n"
    survey = surveyed({"ci.yml": workflow, "Dockerfile": dockerfile})

    assert survey.findings(CI, "pr-never-hits") == ()
    assert len(survey.findings(CI, "min-mode")) == 1


def test_a_stage_without_steps_of_its_own_is_no_missing_import(surveyed: Callable[..., Survey]) -> None:
    """What a pull request adds to it here runs all that stands on it."""
    dockerfile = "FROM debian:12 AS base\nFROM base\nRUN make\nRUN make test\n"

    assert surveyed({"ci.yml": SOUND, "Dockerfile": dockerfile}).findings(CI, "pr-never-hits") == ()


def test_a_dockerfile_in_the_context_is_no_missing_import(surveyed: Callable[..., Survey]) -> None:
    """A pull request changes that here."""
    files = {"Dockerfile": "FROM debian:12\nCOPY . /\nRUN make\n", ".dockerignore": ".git\n.github\n"}

    assert surveyed({"ci.yml": SOUND, **files}).findings(CI, "pr-never-hits") == ()


def test_a_cache_of_several_builds_is_no_missing_import(surveyed: Callable[..., Survey]) -> None:
    """The last of them is what is wrong."""
    files = {"Dockerfile": "FROM debian:12\nRUN make one\nRUN one\n", "two": "FROM debian:12\nRUN make two\nRUN two\n"}
    second = f"          file: two\n{IMPORT}          cache-to: {ON_MAIN}\n"
    survey = surveyed({"ci.yml": f"{SOUND}{BUILD}{second}", **files})

    assert survey.findings(CI, "pr-never-hits") == ()
    assert len(survey.findings(CI, "shared-cache")) == 1


def test_an_import_of_another_name_is_told_once(surveyed: Callable[..., Survey]) -> None:
    """Not also as a cache that the default branch does not write."""
    own = "          cache-from: type=gha,scope=${{ github.ref_name }}\n"
    survey = surveyed({"ci.yml": f"{HEAD}{BUILD}{own}{own.replace('-from', '-to')}"})

    assert len(survey.findings(CI, "pr-never-hits")) == 1
    assert survey.findings(CI, "main-never-writes") == ()


def test_another_branch_that_the_workflow_names_serves_pull_requests(surveyed: Callable[..., Survey]) -> None:
    """Those into it read what it leaves."""
    only_next = "${{ github.event_name == 'push' && github.ref_name == 'next' && 'type=gha' || '' }}"
    head = HEAD.replace("branches: [main]", "branches: [main, next]")

    survey = surveyed({"ci.yml": f"{head}{BUILD}          cache-from: type=gha\n          cache-to: {only_next}\n"})

    assert survey.findings(CI, "main-never-writes") == ()


def test_a_last_step_that_differs_is_a_note(surveyed: Callable[..., Survey]) -> None:
    """Where most commands come from the cache."""
    dockerfile = "FROM debian:12\nRUN make\nRUN make test\nARG REVISION\nRUN mark $REVISION\n"
    workflow = SOUND + "          build-args: REVISION=${{ github.sha }}\n"

    found = only(surveyed({"ci.yml": workflow, "Dockerfile": dockerfile}), "repeat-not-cached")

    assert found.severity is Severity.NOTE
    assert "runs 1 of 3 steps again" in found.message


def test_a_mode_that_somebody_wrote_is_a_note(surveyed: Callable[..., Survey]) -> None:
    """Min may be what is wanted."""
    written = SOUND.replace(",mode=max", ",mode=min")

    assert only(surveyed({"ci.yml": written, "Dockerfile": TWO_STAGES}), "min-mode").severity is Severity.NOTE


def test_the_targets_of_one_command_are_told_apart(surveyed: Callable[..., Survey]) -> None:
    """By the lines that ask for them, where their Dockerfiles are the same."""
    bake = """\
target "app" {
  args = {NAME = "app"}
  cache-from = ["type=registry,ref=ghcr.io/octo-org/app:old-app"]
  cache-to = [EXPORT ? "type=registry,ref=ghcr.io/octo-org/app:app,mode=max" : ""]
}
target "web" {
  args = {NAME = "web"}
  cache-from = ["type=registry,ref=ghcr.io/octo-org/app:old-web"]
  cache-to = [EXPORT ? "type=registry,ref=ghcr.io/octo-org/app:web,mode=max" : ""]
}
variable "EXPORT" { default = false }
group "default" { targets = ["app", "web"] }
"""
    steps = "      - uses: docker/bake-action@v6\n        with: {source: .}\n"
    steps += "        env: {EXPORT: \"${{ github.event_name == 'push' }}\"}\n"
    files = {"docker-bake.hcl": bake, "Dockerfile": "FROM debian:12\nARG NAME\nRUN make\nRUN make test\n"}

    survey = surveyed({"ci.yml": f"{HEAD}{LOGIN}{steps}", **files})

    cures = [each.cure.rpartition(":")[2] for each in survey.findings(CI, "pr-never-hits")]
    assert sorted(cures) == ["app`", "web`"]
