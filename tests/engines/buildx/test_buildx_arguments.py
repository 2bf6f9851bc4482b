"""A build request becomes a command line that leads to the gateway, and an environment that holds nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_cicache.buildx import parse_build
from pytest_cicache.engines.buildx._arguments import build_arguments
from pytest_cicache.engines.buildx._environment import DockerFolder
from pytest_cicache.oci import GatewayAddress

GATEWAY = GatewayAddress(port=5001, simulation="sim")
INSIDE = "127.0.0.1:5001/sim/ghcr.io/o/p"


def arguments(*words: str, environment: dict[str, str] | None = None) -> list[str]:
    request = parse_build(("build", *words, "."), environment=environment or {})
    found = build_arguments(request, GATEWAY, builder="b", scratch=Path("/s"), environment=environment or {})
    fixed = [
        "docker",
        "buildx",
        "build",
        "--builder",
        "b",
        "--progress",
        "rawjson",
        "--metadata-file",
        "/s/metadata.json",
    ]
    assert list(found[: len(fixed)]) == fixed
    assert found[-2:] == ("--", ".")
    return list(found[len(fixed) : -2])


def test_gha_is_reached_through_the_gateway() -> None:
    """The token and the gateway's URL are named; nothing is left that would ask api.github.com."""
    runtime = {
        "ACTIONS_RUNTIME_TOKEN": "t",
        "ACTIONS_RESULTS_URL": "https://results-receiver.actions.githubusercontent.com/",
        "ACTIONS_CACHE_SERVICE_V2": "True",
    }
    found = arguments("--cache-to", "type=gha,scope=x,mode=max,ghtoken=g,repository=o/r", environment=runtime)

    place = "http://127.0.0.1:5001/sim/results-receiver.actions.githubusercontent.com/"
    assert found == ["--cache-to", f"type=gha,version=2,scope=x,mode=max,token=t,url_v2={place}"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(("-t", "ghcr.io/o/p:1"), [], id="tag of nothing"),
        pytest.param(
            ("-t", "ghcr.io/o/p:1", "--push"), ["--output", f"type=image,push=true,name={INSIDE}:1"], id="tag"
        ),
        pytest.param(
            ("--push", "--output", "type=image,name=ghcr.io/o/p,push-by-digest=true"),
            ["--output", f"type=image,name={INSIDE},push-by-digest=true,push=true"],
            id="by digest",
        ),
        pytest.param(("--cache-from", "ghcr.io/o/p"), ["--cache-from", f"type=registry,ref={INSIDE}"], id="import"),
        pytest.param(
            ("--cache-to", "type=registry,ref=ghcr.io/o/p:c,mode=max"),
            ["--cache-to", f"type=registry,ref={INSIDE}:c,mode=max"],
            id="export",
        ),
        pytest.param(
            ("--cache-from", "type=registry,ref=ghcr.io/O/p"),
            ["--cache-from", "type=registry,ref=ghcr.io/O/p"],
            id="no-reference",
        ),
        pytest.param(("--cache-to", "type=gha,scope=x"), [], id="the Actions cache without a token"),
        pytest.param(("--cache-to", "type=s3,bucket=x"), ["--cache-to", "type=s3,bucket=x"], id="other-cache"),
        pytest.param(
            ("-o", 'type=image,push=true,"name=ghcr.io/o/p:1,ghcr.io/o/p:2"'),
            ["--output", f'type=image,push=true,"name={INSIDE}:1,{INSIDE}:2"'],
            id="output-names",
        ),
        pytest.param(("--load",), ["--output", "type=oci,dest=/s/0"], id="load"),
        pytest.param(("-o", "type=docker,dest=a.tar"), ["--output", "type=docker,dest=a.tar"], id="archive"),
        pytest.param(
            ("--build-context", "base=docker-image://ghcr.io/o/p:1"),
            ["--build-context", f"base=docker-image://{INSIDE}:1"],
            id="image-context",
        ),
        pytest.param(("--build-context", "src=../src"), ["--build-context", "src=../src"], id="folder-context"),
        pytest.param(("--builder", "mine", "--progress=plain", "-q"), [], id="ours"),
        pytest.param(
            ("--secret", "id=a,env=B", "--secret", "id=c,src=d"),
            ["--secret", "id=a,env=B", "--secret", "id=c,src=d"],
            id="secrets",
        ),
        pytest.param(
            (
                "--no-cache",
                "--pull",
                "--network=host",
                "--platform",
                "linux/arm64,linux/amd64",
                "--add-host",
                "h:1.2.3.4",
            ),
            [
                *("--platform", "linux/arm64,linux/amd64", "--no-cache", "--pull", "--network", "host"),
                *("--add-host", "h=1.2.3.4"),
            ],
            id="circumstances",
        ),
        pytest.param(
            ("--ulimit", "nofile=1:2", "--shm-size", "1k", "--label", "a=b", "--target", "t", "-f", "D"),
            ["--file", "D", "--target", "t", "--label", "a=b", "--ulimit", "nofile=1:2", "--shm-size", "1024"],
            id="what-and-limits",
        ),
        pytest.param(
            (
                "--provenance=false",
                "--sbom=true",
                "--annotation",
                "a=b",
                "--iidfile",
                "i",
                "--push",
                "-t",
                "ghcr.io/o/p:1",
            ),
            (
                "--annotation a=b --provenance=false --sbom=true "
                f"--output type=image,push=true,name={INSIDE}:1 --iidfile i"
            ).split(),
            id="attestations",
        ),
    ],
)
def test_names_lead_to_the_gateway(words: tuple[str, ...], expected: list[str]) -> None:
    """Registry names are rewritten, all else is passed on, and what is ours to decide is dropped."""
    assert arguments(*words) == expected


def test_a_build_argument_takes_the_steps_variable() -> None:
    """`--build-arg NAME` has the value of the workflow's environment; one that is not set is left out."""
    words = ("--build-arg", "A", "--build-arg", "B", "--build-arg", "C=3")
    assert arguments(*words, environment={"A": "1"}) == ["--build-arg", "A=1", "--build-arg", "C=3"]


def test_the_environment_holds_nothing_of_the_person(tmp_path: Path) -> None:
    """PATH and the engine's address are the person's; logins, builders and variables are not."""
    person = {
        "PATH": "/bin",
        "HOME": "/home/me",
        "DOCKER_HOST": "unix:///d.sock",
        "AWS_SECRET": "x",
        "BUILDX_BUILDER": "y",
    }
    folder = DockerFolder(tmp_path / "docker", person)
    workflow = {"SOURCE_DATE_EPOCH": "1", "BUILDX_NO_DEFAULT_ATTESTATIONS": "1", "KEY": "k", "OTHER": "o"}
    found = folder.build_environment("127.0.0.1:5001", ("u", "p"), workflow, ["KEY"])

    assert {name: found[name] for name in ("PATH", "DOCKER_HOST", "KEY")} == {
        "PATH": "/bin",
        "DOCKER_HOST": "unix:///d.sock",
        "KEY": "k",
    }
    assert not found.keys() & {"AWS_SECRET", "BUILDX_BUILDER", "SOURCE_DATE_EPOCH", "OTHER"}
    assert found["BUILDX_NO_DEFAULT_ATTESTATIONS"] == "1"
    assert all(found[name].startswith(str(tmp_path)) for name in ("HOME", "DOCKER_CONFIG", "BUILDX_CONFIG"))


def test_logins_are_kept_apart_and_forgotten(tmp_path: Path) -> None:
    """Each credential has a folder of its own, readable by nobody else; a cold builder knows none."""
    folder = DockerFolder(tmp_path / "docker", {})
    places = [
        Path(folder.build_environment("127.0.0.1:1", credential, {}, [])["DOCKER_CONFIG"])
        for credential in (("u", "p"), ("u", "q"), None)
    ]
    configs = [json.loads((place / "config.json").read_text()) for place in places]

    assert len(set(places)) == 3
    assert [config.get("auths") for config in configs] == [
        {"127.0.0.1:1": {"auth": "dTpw"}},
        {"127.0.0.1:1": {"auth": "dTpx"}},
        None,
    ]
    assert places[0].stat().st_mode & 0o077 == 0
    folder.forget_logins()
    assert not any(place.exists() for place in places)
