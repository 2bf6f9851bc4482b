"""The command `cicache`, run as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import pytest_cicache
from pytest_cicache.cli import main
from pytest_cicache.cli._parser import parser

SAMPLE = Path(__file__).parent.parent / "fixtures" / "app-build"
EMBEDDED = ("--builder", "simulated", "--registry", "embedded")
ENGINES = [
    pytest.param("simulated", "embedded", id="embedded"),
    pytest.param("buildx", "container", id="real", marks=pytest.mark.docker),
]
# Every key of schema pytest-cicache/1, with the type of its value.
SCHEMA: dict[str, Any] = {
    "schema": str,
    "scenario": {
        "workflow": str,
        "event": str,
        "after": [str],
        "repository": str,
        "runner": str,
        "builder": str,
        "registry": str,
        "hides_processes": bool,
        "act_image": (str, None),
    },
    "triggered": bool,
    "reason": (str, None),
    "conclusion": str,
    "error": (str, None),
    "jobs": [
        {
            "id": str,
            "name": str,
            "path": [str],
            "matrix": (dict, None),
            "conclusion": str,
            "reason": (str, None),
            "token": {"permissions": dict, "because": dict},
            "steps": [
                {
                    "id": str,
                    "name": str,
                    "kind": str,
                    "mode": str,
                    "outcome": str,
                    "conclusion": str,
                    "outputs": dict,
                    "note": (str, None),
                    "assumes": list,
                    "where": str,
                }
            ],
            "operations": [
                {
                    "step": str,
                    "op": str,
                    "type": (str, None),
                    "ref": (str, None),
                    "scope": (str, None),
                    "attrs": dict,
                    "result": str,
                    "status": (int, None),
                    "message": (str, None),
                    "fatal": bool,
                    "assumes": list,
                    "where": str,
                }
            ],
            "builds": [
                {
                    "step": str,
                    "where": str,
                    "dockerfile": str,
                    "target": (str, None),
                    "vertices": [{"name": str, "cached": (bool, None), "source": (str, None), "why": (dict, None)}],
                    "hits": int,
                    "misses": int,
                }
            ],
            "assumes": list,
            "warnings": list,
            "where": str,
        }
    ],
    "assumptions": [{"id": str, "kind": str, "what": str, "where": str, "stub": (str, None)}],
    "races": [{"what": str, "writer": str, "other": str, "reads": bool, "message": str}],
    "tags": dict,
    "bytes": {"uploaded": int, "downloaded": int},
}


def assert_follows(value: Any, schema: Any, where: str = "$") -> None:
    """Fail with the place where a value does not have the schema's keys and types."""
    if isinstance(schema, dict):
        assert set(value) == set(schema), where
        for key, inner in schema.items():
            assert_follows(value[key], inner, f"{where}.{key}")
    elif isinstance(schema, list):
        assert isinstance(value, list), where
        for number, item in enumerate(value):
            assert_follows(item, schema[0], f"{where}[{number}]")
    else:
        kinds = schema if isinstance(schema, tuple) else (schema,)
        assert any(value is None if kind is None else isinstance(value, kind) for kind in kinds), where


def simulate(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """The JSON object that `cicache simulate` prints for the sample."""
    assert main(["simulate", "ci.yml", "--root", str(SAMPLE), "--repository", "octo-org/.github", *arguments]) == 0
    return json.loads(capsys.readouterr().out)  # type: ignore[no-any-return]


@pytest.mark.parametrize(("builder", "registry"), ENGINES)
def test_simulate_prints_the_schema(capsys: pytest.CaptureFixture[str], builder: str, registry: str) -> None:
    """The object has every key of pytest-cicache/1, and a fork's run is what it must be."""
    told = simulate(
        capsys, "--after", "main_merge", "--event", "fork_pr", "--json", "--builder", builder, "--registry", registry
    )

    assert_follows(told, SCHEMA)
    assert told["schema"] == "pytest-cicache/1"
    del told["scenario"]["hides_processes"]  # as this machine has it
    assert told["scenario"] == {
        "workflow": "ci.yml",
        "event": "fork_pr",
        "after": ["main_merge"],
        "repository": "octo-org/.github",
        "runner": "inprocess",
        "builder": builder,
        "registry": registry,
        "act_image": None,
    }
    job = told["jobs"][0]
    assert (job["id"], job["path"], job["matrix"]) == ("build", ["verify"], {"framework": "toga"})
    assert job["token"]["permissions"]["packages"] == "read"
    assert [item["result"] for item in job["operations"]] == ["ok", *["not-found", "hit", "denied"] * 2]
    assert {item["status"] for item in job["operations"] if item["result"] == "denied"} == {403}
    assert told["tags"]["octo-org/app-build-cache"]["added"] == []


@pytest.mark.docker
def test_both_builders_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """What the embedded parts say of a fork is what real BuildKit and registry:2 show."""
    words = ("--after", "main_merge", "--event", "fork_pr", "--json", "--clock", "2026-11-24")
    embedded = simulate(capsys, *words, *EMBEDDED)
    real = simulate(capsys, *words, "--builder", "buildx", "--registry", "container")

    for told in (embedded, real):
        del told["bytes"], told["scenario"]["builder"], told["scenario"]["registry"]
    assert embedded == real


def test_people_read_a_story_and_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json the output tells who had which token and why, and ends with the table of events."""
    assert main(["simulate", "ci.yml", "--root", str(SAMPLE), "--event", "fork_pr", *EMBEDDED]) == 0
    out = capsys.readouterr().out

    assert "pull request from a fork: write becomes read" in out
    assert out.rstrip().splitlines()[-1].startswith("fork_pr  packages: read")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["ci.yml", "--event", "fork"], "", id="a-github-event"),
        pytest.param(
            ["ci.yml", "--event", "forks"],
            "cicache: unknown event kind 'forks'; did you mean 'fork'? the kinds are",
            id="event",
        ),
        pytest.param(["c.yml", "--event", "pr"], "cicache: no workflow 'c.yml' in", id="workflow"),
        pytest.param(
            ["ci.yml", "--event", "pr", "--job", "x"], "cicache: .github/workflows/ci.yml has no job 'x'", id="job"
        ),
        pytest.param(["ci.yml", "--event", "@no.json"], "cicache: the event file 'no.json' cannot be read", id="file"),
        pytest.param(
            ["ci.yml", "--event", "pr:number=x"], "cicache: number takes a whole number, not 'x'", id="number"
        ),
        pytest.param(
            ["ci.yml", "--event", "pr", "--stub", "x:y"], "cicache: --stub 'x:y' is none of command:", id="stub"
        ),
        pytest.param(
            ["ci.yml", "--event", "pr", "--package", "p"], "cicache: a package is owner/name, not 'p'", id="package"
        ),
        pytest.param(
            ["ci.yml", "--event", "tag_push", "--job", "x"],
            "cicache: .github/workflows/ci.yml has no job 'x'",
            id="no-run",
        ),
        pytest.param(
            ["ci.yml", "--event", "pr", "--stub", "job:x"],
            "cicache: --stub 'job:x': the workflow has no job 'x'; its",
            id="job-stub",
        ),
        pytest.param(
            ["ci.yml", "--event", "pr", "--stub", "step:build/x:a=b"],
            "cicache: --stub 'step:build/x:a=b': the job 'build' has no step 'x'; its steps are __actions_checkout, ",
            id="step-stub",
        ),
    ],
)
def test_a_usage_error_is_one_line_and_exit_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    """The line quotes what is wrong; a plain GitHub event that starts nothing is no error."""
    status = main(["simulate", *arguments, "--root", str(SAMPLE), *EMBEDDED])
    error = capsys.readouterr().err

    assert status == (2 if message else 0)
    assert error.startswith(message)
    assert error.count("\n") == (1 if message else 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            ["--clock", "noon"], "argument --clock: 'noon' is no time; write 2026-11-24 or 2026-11-24T", id="time"
        ),
        pytest.param(["--visibility", "secret"], "argument --visibility: invalid choice: 'secret'", id="choice"),
        pytest.param(["--nope"], "unrecognized arguments: --nope; see cicache simulate --help", id="unknown"),
        pytest.param(["--evnt", "push"], "unrecognized arguments: --evnt; did you mean '--event'?", id="mistyped"),
    ],
)
def test_wrong_arguments_are_one_line_and_exit_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    """Without the usage text, which `--help` gives."""
    with pytest.raises(SystemExit, match="2"):
        main(["simulate", "ci.yml", "--event", "pr", *arguments])
    error = capsys.readouterr().err

    assert error.startswith(f"cicache: {message}")
    assert error.endswith(" --help\n")
    assert error.count("\n") == 1


def test_a_simulation_without_docker_loads_no_http_library() -> None:
    """The parts that are built in meet without a socket; what speaks HTTP over one takes long to load."""
    arguments = ["simulate", "ci.yml", "--root", str(SAMPLE), "--after", "main_merge", "--event", "fork_pr", *EMBEDDED]
    code = f"import sys; from pytest_cicache.cli import main; main({arguments!r}); print('aiohttp' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "False"


def test_a_reader_that_stops_is_no_error() -> None:
    """`cicache plan | head -1`"""
    command = f"{Path(sys.executable).parent / 'cicache'} plan --root {SAMPLE} 2>&1 | true; echo ${{PIPESTATUS[0]}}"

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)

    assert (done.stdout, done.stderr) == ("0\n", "")


def test_a_workflow_may_be_an_absolute_path(capsys: pytest.CaptureFixture[str]) -> None:
    """As a shell's completion or another tool gives it."""
    path = str(SAMPLE / ".github" / "workflows" / "ci.yml")

    assert main(["simulate", path, "--root", str(SAMPLE), "--event", "tag_push", *EMBEDDED]) == 0


def test_an_unreadable_workflow_says_where(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """One line, file:line:column: message."""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_text("on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    step: []\n")

    assert main(["simulate", "ci.yml", "--root", str(tmp_path), "--event", "push", *EMBEDDED]) == 2
    assert capsys.readouterr().err.startswith("cicache: .github/workflows/ci.yml:5:5: Unexpected value 'step'")


def test_what_is_not_simulated_is_named_with_its_place(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """An action nobody knows ends a strict run with its position and what to do, and no other."""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    text = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: octo-org/secret-sauce@v1\n"
    (folder / "ci.yml").write_text(text)
    words = ["simulate", "ci.yml", "--root", str(tmp_path), "--event", "push", *EMBEDDED]

    assert main([*words, "--strict"]) == 2
    assert ".github/workflows/ci.yml:6:15: the action 'octo-org/secret-sauce@v1' is not" in capsys.readouterr().err
    assert main([*words, "--strict", "--stub", "action:octo-org/secret-sauce:taste=good"]) == 0
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    (assumption,) = json.loads(capsys.readouterr().out)["assumptions"]
    assert assumption == {
        "id": "action:octo-org/secret-sauce@.github/workflows/ci.yml:6:15",
        "kind": "action",
        "what": "the action 'octo-org/secret-sauce@v1' is not simulated, and is assumed to succeed",
        "where": ".github/workflows/ci.yml:6:15",
        "stub": "action:octo-org/secret-sauce:output=value",
    }


def test_the_command_is_installed() -> None:
    """`cicache --help` lists the commands."""
    command = Path(sys.executable).parent / "cicache"

    done = subprocess.run([command, "--help"], capture_output=True, text=True, check=True)

    for name in ("simulate", "plan", "registry"):
        assert name in done.stdout


def test_a_plan_shows_the_rest_of_a_folder_with_an_unreadable_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The file that cannot be read is named on stderr, and the exit status tells of it."""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "a.yml").write_text("on: [\n")
    (folder / "b.yml").write_text(
        "on: push\njobs:\n  b:\n    runs-on: ubuntu-latest\n    steps:\n      - run: 'true'\n"
    )

    assert main(["plan", "--root", str(tmp_path), "--event", "push"]) == 2
    told = capsys.readouterr()

    assert "b.yml" in told.out
    assert "runs" in told.out
    assert told.err.startswith("cicache: .github/workflows/a.yml:")


SHARED = SAMPLE.parent / "shared-workflows"
SHARED_ROOT = ("--root", str(SHARED), "--repository", "acme/.github")
SHOP = ("--workflow-source", f"acme/shop={SHARED / 'callers' / 'shop'}")


def test_simulate_runs_a_caller_of_another_repository(capsys: pytest.CaptureFixture[str]) -> None:
    """OWNER/NAME/PATH is a workflow of a source, run as that repository's against the workflow here."""
    options = ("--event", "main_merge", *SHARED_ROOT, *SHOP, *EMBEDDED, "--json")
    assert main(["simulate", "acme/shop/ci.yml", *options]) == 0
    printed = json.loads(capsys.readouterr().out)

    assert printed["scenario"]["repository"] == "acme/shop"
    assert [job["name"] for job in printed["jobs"]] == ["images (web) / build", "images (worker) / build"]
    assert printed["conclusion"] == "success"


def test_simulate_calls_a_workflow_that_only_runs_when_called(capsys: pytest.CaptureFixture[str]) -> None:
    """`--input` is what the caller passes; the story says who stands in."""
    options = ("--event", "fork_pr", "--input", "image=web", "--job", "build", *SHARED_ROOT, *EMBEDDED)
    assert main(["simulate", "image.yml", *options]) == 0
    printed = capsys.readouterr().out

    assert "a stand-in calls it with image: web, all secrets, and contents: read, packages: write" in printed
    assert "job call / build:" in printed


def test_plan_shows_callers_and_what_is_assumed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Each workflow has its block, those of other repositories under their names."""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_text("on: push\njobs: {a: {runs-on: windows-2025, steps: [{uses: o/unknown@v1}]}}\n")
    assert main(["plan", "--event", "push", *SHARED_ROOT, *SHOP]) == 0
    blocks = capsys.readouterr().out.split("\n\n")
    assert main(["plan", "--event", "push", "--root", str(tmp_path), "--json"]) == 0
    (planned,) = json.loads(capsys.readouterr().out)["plans"]

    assert [block.splitlines()[0] for block in blocks] == [
        ".github/workflows/image.yml (Image)",
        "acme/shop: .github/workflows/ci.yml (CI)",
    ]
    assert [item["id"] for item in planned["assumptions"]] == ["job:a@.github/workflows/ci.yml:2:8"]
    assert planned["jobs"][0]["assumes"] == ["job:a@.github/workflows/ci.yml:2:8"]


def test_a_source_that_is_no_folder_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """One line says which."""
    assert main(["plan", "--root", str(SHARED), "--workflow-source", "acme/shop=/nowhere"]) == 2

    assert capsys.readouterr().err == "cicache: --workflow-source acme/shop: '/nowhere' is not a folder\n"


def test_an_unknown_option_is_told_before_a_missing_one(capsys: pytest.CaptureFixture[str]) -> None:
    """Who mistypes --event has not forgotten it."""
    with pytest.raises(SystemExit):
        main(["simulate", "ci.yml", "--evnt", "push"])
    assert capsys.readouterr().err.startswith("cicache: unrecognized arguments: --evnt; did you mean '--event'?")


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """In one line."""
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"cicache {pytest_cicache.__version__}\n")


def test_every_option_has_help() -> None:
    """Of each command."""
    command = parser()
    (commands,) = (action.choices for action in command._actions if isinstance(action.choices, dict))
    assert set(commands) >= {"simulate", "plan", "registry"}
    for each in (command, *commands.values()):
        assert [action.dest for action in each._actions if not action.help] == []


ODD = """
on: {push: , workflow_dispatch: {inputs: {level: {type: string}, loud: {type: boolean}}}}
jobs:
  build:
    runs-on: ubuntu-latest
    strategy: {matrix: {os: [a, b], arch: [x]}}
    steps: [{run: echo hi, id: hi}]
"""


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A repository with one workflow that is right and many that are not."""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_text(ODD)
    (folder / "dangling.yml").symlink_to("nowhere")
    (folder / "empty.yml").touch()
    (folder / "folder.yml").mkdir()
    (folder / "latin.yml").write_bytes(b"name: caf\xe9\n")
    (folder / "two.yml").write_text("on: push\njobs: {a: {runs-on: x, steps: [{run: a}]}}\n---\non: push\n")
    return tmp_path


def test_a_plan_tells_each_file_that_is_no_workflow_and_goes_on(odd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line each; the others are planned."""
    assert main(["plan", "--root", str(odd), "--event", "push"]) == 2
    told = capsys.readouterr()
    assert "build (a, x)  runs" in told.out
    where = "cicache: .github/workflows"
    assert told.err.splitlines() == [
        f"{where}/dangling.yml is a link to 'nowhere', which is not there",
        f"{where}/empty.yml:1:1: Expected document start parse event (the file is empty)",
        f"{where}/folder.yml cannot be read: Is a directory",
        f"{where}/latin.yml is not UTF-8 text: invalid continuation byte at byte 9",
        f"{where}/two.yml:3:1: Expected stream end parse event (a second document begins here)",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["push", "--matrix", "oss=a"], "no matrix has 'oss'; did you mean 'os'? the matrices have os, arch"),
        (["push", "--matrix", "os=c"], "no leg of the job 'build' has os=c; its legs have os=a; os=b"),
        (["push", "--input", "level=1"], "push has no inputs, such as 'level'; workflow_dispatch has"),
        (
            ["workflow_dispatch", "--input", "levl=1"],
            ".github/workflows/ci.yml has no input 'levl'; did you mean 'level'? its inputs are level, loud",
        ),
        (["push", "--strict", "--stub", "action:o/n"], "nothing used the stand-in for the action 'o/n'"),
    ],
)
def test_a_name_that_matches_nothing_is_an_error(
    odd: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    """It lists the names there are, the nearest first."""
    assert main(["simulate", "ci.yml", "--root", str(odd), *EMBEDDED, "--event", *arguments]) == 2
    assert capsys.readouterr().err == f"cicache: {message}\n"


def test_a_stand_in_that_nothing_used_is_told(odd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After the run, whose result stands."""
    words = ["simulate", "ci.yml", "--root", str(odd), *EMBEDDED, "--event", "push"]
    assert main([*words, "--stub", "action:o/n", "--stub", "step:build/hi:a=b"]) == 0
    assert capsys.readouterr().err == "cicache: nothing used the stand-in for the action 'o/n'\n"


def test_the_command_says_how_to_give_what_a_run_lacked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A secret that is not set, and a cache whose package does not exist."""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (tmp_path / "Dockerfile").write_text("FROM debian\nRUN make\n")
    cache = "--cache-from type=registry,ref=ghcr.io/octo/app:main"
    (folder / "ci.yml").write_text(
        "on: [push, pull_request]\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        f"      - uses: actions/checkout@v7\n      - run: docker buildx build {cache} .\n"
        "      - run: exit 1\n        env: {KEY: '${{ secrets.KEY }}'}\n"
    )
    words = ["simulate", "ci.yml", "--root", str(tmp_path), "--repository", "octo/x", *EMBEDDED]

    assert main([*words, "--event", "push"]) == 0
    told = capsys.readouterr()
    assert main([*words, "--event", "fork_pr", "--secret", "KEY=word"]) == 0
    fork = capsys.readouterr()

    absent = "octo/app does not exist; fill it with --after main_merge, or describe it with --package octo/app"
    unset = "secrets.KEY is not set; give it a value with --secret KEY=VALUE"
    assert told.err.splitlines() == [f"cicache: {absent}", f"cicache: {unset}"]
    assert "secrets.KEY is empty: the repository has no such secret" in told.out
    assert fork.err.splitlines() == [f"cicache: {absent}"]
    assert "secrets.KEY is empty: GitHub gives a fork's pull request no secrets" in fork.out


def test_an_engine_that_cannot_run_is_told_with_the_option_of_one_that_can(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine's own words name none: they are the plugin's too."""
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    words = ["simulate", "ci.yml", "--root", str(SAMPLE), "--event", "push", "--builder", "simulated"]

    assert main([*words, "--registry", "container"]) == 2
    line = capsys.readouterr().err
    assert line.startswith("cicache: ")
    assert line.endswith("or use the embedded registry (--registry embedded)\n")


def test_without_an_event_the_kinds_that_would_start_it_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """In one line."""
    assert main(["simulate", "ci.yml", "--root", str(SAMPLE)]) == 2

    assert capsys.readouterr().err == (
        "cicache: --event is missing: ci.yml starts on dependabot_pr, fork_pr, main_merge, pr\n"
    )


@pytest.mark.parametrize("seconds", ["0", "-1", "nan"])
def test_patience_is_more_than_nothing(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Else every script would be stopped at once, or none ever."""
    assert main(["simulate", "ci.yml", "--root", str(SAMPLE), "--event", "push", *EMBEDDED, "--patience", seconds]) == 2

    assert capsys.readouterr().err == f"cicache: patience takes a number of seconds above 0, not {seconds}\n"


def test_simulate_takes_one_event(capsys: pytest.CaptureFixture[str]) -> None:
    """Of two, none is dropped in silence."""
    assert main(["simulate", "ci.yml", "--event", "push", "--event", "fork_pr"]) == 2

    assert capsys.readouterr().err == (
        "cicache: --event takes one event, not 'push' and 'fork_pr'; what comes before it is an --after\n"
    )


@pytest.mark.parametrize(("options", "status"), [((), 0), (("--fail",), 1)])
def test_a_run_that_fails_may_end_with_1(tmp_path: Path, options: tuple[str, ...], status: int) -> None:
    """Where that is asked for."""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_text("on: push\njobs: {a: {runs-on: x, steps: [{run: exit 3}]}}\n")

    given = ["simulate", "ci.yml", "--root", str(tmp_path), "--event", "push", *EMBEDDED, *options]

    assert main(given) == status


def test_every_option_has_a_word_of_help() -> None:
    """Of every command."""
    commands = next(action for action in parser()._actions if isinstance(action.choices, dict))

    for name, command in commands.choices.items():
        assert [action.dest for action in command._actions if not action.help] == [], name
