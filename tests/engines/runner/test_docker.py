"""The docker command that steps see, through its shim."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import textwrap
import time
from dataclasses import replace

import pytest

from pytest_cicache.errors import EngineError
from pytest_cicache.observation import BuildRecord, Ending, How, Operation, Result, Use, operation_of

CONTEXT = "mkdir -p ctx; printf 'FROM scratch\\n' > ctx/Dockerfile\n"
DENIED = 'Error response from daemon: Get "https://ghcr.io/v2/": denied: denied'
NO_TERMINAL = "Error: Cannot perform an interactive login from a non TTY device"


def last(step, count: int = 1) -> tuple[str, ...]:
    """The last lines of a step's log, without the line that tells of a failure."""
    log = tuple(line for line in step.log if not line.startswith("Error: Process completed"))
    return log[-count:]


@pytest.mark.parametrize(
    ("script", "lines"),
    [
        pytest.param("docker --version", ("Docker version 28.5.2, build simulated",), id="--version"),
        pytest.param("docker version --format '{{.Server.Version}}'", ("28.5.2",), id="server version"),
        pytest.param("docker version -f '{{ .Client.Version }}'", ("28.5.2",), id="client version"),
        pytest.param("docker info --format='{{.OSType}}'", ("linux",), id="info"),
        pytest.param("docker info | grep Storage", (" Storage Driver: overlay2",), id="info in full"),
        pytest.param("docker context show", ("default",), id="context"),
        pytest.param("docker buildx version | cut -d' ' -f1", ("github.com/docker/buildx",), id="buildx version"),
        pytest.param("docker buildx inspect | grep Driver:", ("Driver: docker",), id="inspect"),
        pytest.param("docker buildx create --name b --use", ("b",), id="create"),
        pytest.param(
            "docker buildx create --name b --use; docker buildx inspect --bootstrap | sed -n '/Endpoint/,$p'",
            (
                "Endpoint:         unix:///var/run/docker.sock",
                "Status:           running",
                "BuildKit version: v0.34.2",
                "Platforms:        linux/amd64, linux/amd64/v2, linux/amd64/v3, linux/386",
            ),
            id="inspect a builder",
        ),
        pytest.param("docker buildx create --name b; docker buildx rm b", ("b removed",), id="rm"),
        pytest.param("docker buildx create --name b --use; docker buildx ls | grep -c 'b\\*'", ("1",), id="ls"),
        pytest.param("docker buildx prune -af", ("Total:\t0B",), id="prune"),
        pytest.param(
            "docker buildx create --name b; docker buildx stop b; docker buildx use b; echo ok", ("ok",), id="stop"
        ),
    ],
)
def test_answers(bench, script, lines):
    """Small commands answer as docker does."""
    step = bench.step(script)

    assert step.conclusion == "success"
    assert last(step, len(lines)) == lines


@pytest.mark.parametrize(
    ("script", "lines"),
    [
        pytest.param("docker buildx inspect nope", ('ERROR: no builder "nope" found',), id="inspect"),
        pytest.param(
            "docker buildx rm nope",
            ('failed to remove nope: no builder "nope" found', "ERROR: failed to remove one or more builders"),
            id="rm",
        ),
        pytest.param(
            "docker buildx create --name b; docker buildx create --name b",
            (
                'ERROR: existing instance for "b" but no append mode, specify the node name to make changes for '
                "existing instances",
            ),
            id="create twice",
        ),
        pytest.param("docker buildx build --builder nope .", ('ERROR: no builder "nope" found',), id="build"),
        pytest.param(
            f"{CONTEXT}docker build --push ctx",
            ("ERROR: failed to build: tag is needed when pushing to registry",),
            id="build without a tag",
        ),
    ],
)
def test_refusals(bench, script, lines):
    """Mistakes have docker's texts and fail the step."""
    step = bench.step(script)

    assert step.error == "Process completed with exit code 1."
    assert last(step, len(lines)) == lines


@pytest.mark.parametrize(
    ("script", "named"),
    [
        pytest.param("docker cp a:/b c", "docker cp", id="cp"),
        pytest.param("docker run --rm alpine true || true", "docker run", id="run, forgiven by the script"),
        pytest.param("docker compose up -d", "docker compose", id="compose"),
        pytest.param("docker buildx bake https://github.com/o/r.git", "the bake definition", id="remote bake"),
        pytest.param("docker buildx imagetools", "docker buildx imagetools", id="imagetools alone"),
        pytest.param("docker image frobnicate", "docker image frobnicate", id="image"),
        pytest.param("docker manifest", "docker manifest", id="manifest alone"),
        pytest.param("crane mutate ghcr.io/o/p:t", "crane mutate", id="crane"),
        pytest.param("docker info --format '{{json .}}'", "docker info --format", id="format"),
        pytest.param("docker buildx create --driver kubernetes", "the buildx driver 'kubernetes'", id="driver"),
        pytest.param("docker", "docker", id="nothing"),
        pytest.param("docker buildx", "docker buildx", id="buildx alone"),
        pytest.param("docker build --check .", "--call=check", id="check"),
        pytest.param("docker buildx build --call=outline --push -t ghcr.io/o/p:t .", "--call=outline", id="call"),
    ],
)
def test_what_is_not_simulated_is_assumed(bench, script, named):
    """An unknown command succeeds, and the assumption names it and the step's position."""
    step = bench.step(script)

    assert step.conclusion == "success"
    (assumption,) = step.assumptions
    assert named in assumption.what
    assert "not simulated, and is assumed to succeed" in assumption.what
    assert re.fullmatch(r"\.github/workflows/ci\.yml:\d+:\d+", assumption.where)
    assert step.builds == ()


def test_what_it_would_have_said_is_unknown(bench):
    """Only to who captures it: the log has no line of it."""
    step = bench.step('docker run alpine date\necho "it=v$(docker run alpine date)" >>"$GITHUB_OUTPUT"')

    assert step.outputs == {"it": "v<the output of docker run>"}
    assert not any("unknown" in line or "<" in line for line in step.log)


def test_a_broken_engine_ends_the_run(bench):
    """An exception of the builder is not lost between shell and simulation."""

    async def breaks(request, place):
        raise KeyError("a defect")

    bench.builder.work = breaks

    with pytest.raises(EngineError, match=r"the simulated docker command broke: KeyError\('a defect'\)"):
        bench.step(f"{CONTEXT}docker build ctx")


@pytest.mark.parametrize(
    ("script", "status", "lines"),
    [
        pytest.param("docker login -u u -p nope ghcr.io", 1, (DENIED,), id="wrong password"),
        pytest.param("echo nope | docker login -u u --password-stdin ghcr.io", 1, (DENIED,), id="on stdin"),
        pytest.param("echo $T | docker login -u u --password-stdin ghcr.io", 0, ("Login Succeeded",), id="right"),
        pytest.param('docker login ghcr.io --username=u --password="$T"', 0, ("Login Succeeded",), id="options last"),
        pytest.param('docker login -uu -p"$T" https://ghcr.io/octo', 0, ("Login Succeeded",), id="attached values"),
        pytest.param(
            "printf '%s\\r\\n' $T | docker login -u u --password-stdin", 0, ("Login Succeeded",), id="line end"
        ),
        pytest.param(
            "docker login --password-stdin ghcr.io < /dev/null",
            1,
            ("the --password-stdin option requires --username to be set",),
            id="no user",
        ),
        pytest.param(
            "docker login -u u -p x --password-stdin",
            1,
            ("conflicting options: cannot specify both --password and --password-stdin",),
            id="both",
        ),
        pytest.param("docker login -u '' -p x ghcr.io", 1, ("username is empty",), id="empty user"),
        pytest.param("docker login -u u -p '' ghcr.io", 1, ("password is empty",), id="empty password"),
        pytest.param("docker login -u u ghcr.io", 1, (NO_TERMINAL,), id="no password"),
        pytest.param("docker login ghcr.io", 1, (NO_TERMINAL,), id="nothing"),
        pytest.param("docker login -u u --password-stdin ghcr.io </dev/null", 1, (NO_TERMINAL,), id="empty stdin"),
        pytest.param(
            "docker login a b 2>&1 | head -1; exit 1",
            1,
            ("docker: 'docker login' requires at most 1 argument",),
            id="two servers",
        ),
    ],
)
def test_login(bench, script, status, lines):
    """docker login's texts, and what each of its forms leads to."""
    step = bench.step(script, keys='env: {T: "${{ github.token }}"}')

    assert step.conclusion == ("success" if status == 0 else "failure")
    assert last(step, len(lines)) == lines


def test_a_login_is_an_operation(bench):
    """Whether it was refused or not, it is in the step's operations."""
    step = bench.step("docker login -u u -p nope ghcr.io || docker login -u u -p ${{ github.token }}")

    shown = [(item.operation, item.reference, item.result, item.status, item.fatal) for item in step.operations]
    assert shown == [
        (Operation.LOGIN, "ghcr.io", Result.DENIED, 403, True),
        (Operation.LOGIN, "docker.io", Result.OK, 200, False),
    ]


LOGIN = 'echo "${{ github.token }}" | docker login -u u --password-stdin ghcr.io\n'


@pytest.mark.parametrize(
    ("script", "hosts"),
    [
        pytest.param(LOGIN, ["ghcr.io"], id="logged in"),
        pytest.param(f"{LOGIN}docker logout ghcr.io\n", [], id="logged out"),
        pytest.param(f"{LOGIN}docker logout\n", ["ghcr.io"], id="logged out elsewhere"),
        pytest.param(
            f"{LOGIN}docker login -u u -p nope ghcr.io || true\n", ["ghcr.io"], id="a refusal keeps the login"
        ),
        pytest.param(f"export DOCKER_CONFIG=$PWD/conf\n{LOGIN}", ["ghcr.io"], id="DOCKER_CONFIG"),
        pytest.param(f"{LOGIN}export DOCKER_CONFIG=$PWD/other\n", [], id="another DOCKER_CONFIG"),
        pytest.param(
            "docker --config conf login -u u -p ${{ github.token }} ghcr.io\nexport DOCKER_CONFIG=$PWD/conf\n",
            ["ghcr.io"],
            id="--config",
        ),
        pytest.param(
            'mkdir -p ~/.docker\necho \'{"auths": {"https://ghcr.io": {"auth": "\'$(printf u:p | base64)\'"}}}\' '
            "> ~/.docker/config.json\n",
            ["ghcr.io"],
            id="written by hand",
        ),
        pytest.param("mkdir -p ~/.docker\necho '{broken' > ~/.docker/config.json\n", [], id="broken file"),
        pytest.param("docker login -u u -p ${{ github.token }}\n", ["docker.io"], id="Docker Hub"),
    ],
)
def test_the_logins_a_build_finds(bench, script, hosts):
    """A build has the logins of the configuration it would read."""
    step = bench.step(f"{CONTEXT}{script}docker buildx build ctx")

    assert step.conclusion == "success"
    credential = bench.builder.places[0].credential
    found = [entry.partition("=")[0] for entry in credential[1].split(",")] if credential else []
    assert found == hosts


def test_what_a_login_writes(bench):
    """The file is docker's: Hub by its old address, user and password in base64, other keys kept."""
    script = """
        mkdir -p ~/.docker; echo '{"psFormat": "x"}' > ~/.docker/config.json
        docker login -u u -p ${{ github.token }}; cp ~/.docker/config.json conf.json
        python3 -c 'import json; c = json.load(open("conf.json")); print(json.dumps(c["psFormat"]), *c["auths"])'
        """

    assert bench.step(script).log[-1] == '"x" https://index.docker.io/v1/'


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("docker logout ghcr.io", "Removing login credentials for ghcr.io"),
        ("docker logout", "Removing login credentials for https://index.docker.io/v1/"),
    ],
)
def test_logout(bench, script, line):
    """docker says the same whether there was a login or not."""
    assert last(bench.step(script)) == (line,)


def test_a_password_on_the_command_line_is_warned_of(bench):
    """docker's two warnings are in the log."""
    log = "\n".join(bench.step("docker login -u u -p ${{ github.token }} ghcr.io").log)

    assert "WARNING! Using --password via the CLI is insecure. Use --password-stdin." in log
    assert "WARNING! Your credentials are stored unencrypted in '" in log


@pytest.mark.parametrize(
    ("before", "options", "refused"),
    [
        pytest.param("", "--cache-to type=registry,ref=ghcr.io/o/p:t", True, id="the engine's builder"),
        pytest.param("", "--cache-to type=inline", False, id="inline cache"),
        pytest.param("", "--cache-from type=registry,ref=ghcr.io/o/p:t", False, id="import only"),
        pytest.param("docker buildx create --use", "--cache-to type=registry,ref=ghcr.io/o/p:t", False, id="created"),
        pytest.param("docker buildx create --name b", "--cache-to type=gha", True, id="created, not used"),
        pytest.param("docker buildx create --name b", "--builder b --cache-to type=gha", False, id="named"),
        pytest.param(
            "docker buildx create --name b; export BUILDX_BUILDER=b", "--cache-to type=gha", False, id="variable"
        ),
        pytest.param(
            "docker buildx create --name b --use; docker buildx rm b", "--cache-to type=gha", True, id="removed"
        ),
        pytest.param("docker buildx create --name b; docker buildx use b", "--cache-to type=gha", False, id="use"),
    ],
)
def test_cache_export_needs_a_builder_of_its_own(bench, before, options, refused):
    """The docker driver refuses to export a cache (trap T12)."""
    step = bench.step(f"{CONTEXT}{before}\ndocker buildx build {options} ctx")

    if refused:
        assert last(step, 3) == (
            "ERROR: failed to build: Cache export is not supported for the docker driver.",
            "Switch to a different driver, or turn on the containerd image store, and try again.",
            "Learn more at https://docs.docker.com/go/build-cache-backends/",
        )
    assert (step.conclusion == "failure") is refused
    assert len(bench.builder.requests) == (0 if refused else 1)


def test_a_builder_lives_as_long_as_its_job(bench):
    """A builder made in one step is there in the next."""
    job = bench.job("- run: docker buildx create --name b --use\n- id: it\n  run: docker buildx inspect b")

    assert job.conclusion == "success"


def test_a_build_says_what_the_builder_says(bench):
    """Progress and errors come on stderr, and the status is the builder's."""
    use = Use(operation=Operation.EXPORT, reference="ghcr.io/o/p:t")
    ending = Ending(use=use, how=How.REFUSED, error="denied: no")
    bench.builder.answer = BuildRecord(
        dockerfile="Dockerfile",
        target=None,
        vertices=(),
        endings=(ending,),
        exit_code=1,
        errors=("ERROR: failed to build: failed to solve: boom",),
    )
    step = bench.step(f"{CONTEXT}docker build ctx > out || true; test ! -s out")

    assert last(step, 2) == ("#1 building", "ERROR: failed to build: failed to solve: boom")
    assert [replace(operation, where="") for operation in step.operations] == [operation_of(ending)]
    assert [build.exit_code for build in step.builds] == [1]


@pytest.mark.parametrize(
    "command",
    [
        "docker build ctx",
        "docker buildx build ctx",
        "docker image build ctx",
        "docker builder build ctx",
        "docker buildx b ctx",
    ],
)
def test_every_way_to_build(bench, command):
    """All of docker's names for a build lead to the builder."""
    bench.step(f"{CONTEXT}{command}")

    assert bench.builder.requests[0].context == "ctx"


@pytest.mark.parametrize(
    ("keys", "script"),
    [
        pytest.param("shell: sh", "docker build --label 'a=b c' .", id="sh"),
        pytest.param(
            "shell: python",
            "import subprocess\nsubprocess.run(['docker', 'build', '--label', 'a=b c', '.'], check=True)",
            id="python",
        ),
        pytest.param(
            "",
            "printf '#!/bin/sh\\nexec docker build --label \"a=b c\" .' > t; chmod +x t; ./t",
            id="a script of its own",
        ),
        pytest.param("", "env docker build --label 'a=b c' .", id="env"),
    ],
)
def test_callers(bench, keys, script):
    """Whoever starts docker gets ours."""
    step = bench.step(script, keys=keys)

    assert step.conclusion == "success"
    assert dict(bench.builder.requests[0].labels) == {"a": "b c"}


@pytest.mark.parametrize(
    "value", ["two words", "line\none", "tab\there", "ü €", "*", "$HOME `x` \"q\" 'r'", "back\\slash", "", "x=y=z", " "]
)
def test_arguments_and_environment_arrive_as_they_are(bench, value):
    """Blanks, line ends, UTF-8 and quotes survive the way to the simulation."""
    code = textwrap.dedent(
        f"""
        import os, subprocess
        value = {value!r}
        subprocess.run(["docker", "build", "--build-arg", "A=" + value, "--build-arg", "B", "."], check=True,
                       env={{**os.environ, "B": value}})
        """
    )
    step = bench.step(code, keys="shell: python")

    assert step.conclusion == "success", step.log
    assert dict(bench.builder.requests[0].build_args) == {"A": value, "B": value}


def test_the_folder_is_the_callers(bench):
    """Relative paths are relative to where docker was called."""
    bench.step(f"{CONTEXT}cd ctx && docker build .")

    assert bench.builder.places[0].directory.name == "ctx"


def test_the_engines_builder_stays(bench):
    """`buildx rm default` is refused, `buildx use nope` names the file it looked for."""
    log = bench.step("docker buildx rm default || true; docker buildx use nope || true").log

    assert "failed to remove default: context builder cannot be removed, run `docker context rm`" in log
    assert 'ERROR: failed to find instance "nope": open ' in log[-1]


def test_logout_takes_one_server(bench):
    """docker's message for two."""
    step = bench.step("docker logout a b")

    assert "docker: 'docker logout' requires at most 1 argument" in step.log
    assert step.conclusion == "failure"


def test_a_login_with_what_is_stored(bench):
    """Without user and password the stored login is tried again."""
    step = bench.step(f"{LOGIN}docker login ghcr.io")

    assert last(step) == ("Login Succeeded",)
    assert "Authenticating with existing credentials... [Username: u]" in step.log


@pytest.mark.parametrize("words", ["-", "-f - ctx"])
def test_standard_input_is_read_when_it_is_asked_for(bench, words):
    """A Dockerfile or a context may come on stdin, of any size."""
    bench.step(f"{CONTEXT}head -c 300000 /dev/zero | tr '\\0' '#' | docker build {words}")

    assert len(bench.builder.places[0].stdin) == 300_000


def test_standard_input_is_left_alone_otherwise(bench):
    """A loop over lines is not eaten by the docker command in it."""
    step = bench.step(f"{CONTEXT}printf 'a\\nb\\n' | while read -r x; do docker build --label x=$x ctx; done")

    assert step.conclusion == "success"
    assert [dict(request.labels)["x"] for request in bench.builder.requests] == ["a", "b"]


def test_a_large_output_arrives(bench):
    """Many lines, with bytes of every kind, come through."""

    async def talks(request, place):
        for number in range(3000):
            place.say(f"#1 line {number} ü \\ %s x")

    bench.builder.work = talks
    step = bench.step(f"{CONTEXT}docker build ctx 2> out; tail -1 out; wc -l < out")

    assert last(step, 2)[0] == "#1 line 2999 ü \\ %s x"
    assert last(step)[0].strip() == "3001"


def test_a_killed_step_cancels_its_build(bench, monkeypatch):
    """When the step's time is over the build ends, before the workspace goes."""
    from pytest_cicache.engines.runner.steps import _timing

    ends = []

    async def slow(request, place):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ends.append(place.directory.exists())
            raise

    bench.builder.work = slow
    monkeypatch.setattr(_timing, "_SECONDS_PER_MINUTE", 0.15)
    began = time.monotonic()
    step = bench.step(f"{CONTEXT}docker build ctx", keys="timeout-minutes: 1")

    assert step.conclusion == "failure"
    assert ends == [True]
    assert time.monotonic() - began < 20


def test_results_are_written_for_the_builder(bench):
    """Metadata and image id files, and the id that `--quiet` prints, come from the record."""
    metadata = {"containerimage.digest": "sha256:d", "containerimage.config.digest": "sha256:c"}
    bench.builder.answer = BuildRecord(
        dockerfile="Dockerfile", target=None, vertices=(), operations=(), exit_code=0, metadata=metadata
    )
    step = bench.step(f"{CONTEXT}docker build -q --iidfile id --metadata-file meta ctx; cat id; echo; cat meta")

    text = "\n".join(step.log)
    assert "#1 building" not in text
    assert json.loads(text[text.index("{") :]) == metadata
    assert text.count("sha256:c") == 3


def test_config_values_may_be_plain(bench):
    """Credentials written as user name and password are read too."""
    auth = base64.b64encode(b"u:p").decode()
    config = {"auths": {"ghcr.io": {"username": "a", "password": "b"}, "q.io": {"auth": auth}, "z.io": {"auth": "!"}}}
    script = f"{CONTEXT}mkdir -p ~/.docker; echo '{json.dumps(config)}' > ~/.docker/config.json; docker build ctx"
    bench.step(script)

    assert bench.builder.places[0].credential == ("logins", "ghcr.io=a:b,q.io=u:p")


def test_a_call_after_the_job_is_refused(server, loop, tmp_path):
    """The key of a job that has ended opens nothing."""
    assert not server.is_busy("gone")
    loop.run(server.cancel("gone"))


def test_an_ended_simulation_says_so(tmp_path):
    """The shim has a message when nobody listens."""
    import subprocess
    from importlib.resources import files

    shim = files("pytest_cicache.engines.runner") / "shims" / "docker"
    done = subprocess.run(
        ["bash", str(shim), "version"],
        env={"CICACHE_DOCKER_PORT": "9", "CICACHE_DOCKER_KEY": "k", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 125
    assert done.stderr == "docker: the simulation that this step belongs to has ended\n"


@pytest.mark.parametrize("name", ["docker", "date", "stub"])
def test_shims_keep_to_bash_3(name):
    """What macOS's bash lacks is not used."""
    from importlib.resources import files

    text = (files("pytest_cicache.engines.runner") / "shims" / name).read_text()

    for word in ("mapfile", "readarray", "declare -A", "local -n", "coproc", ",,}", "^^}", "|&", "&>>", "${!@}"):
        assert word not in text
