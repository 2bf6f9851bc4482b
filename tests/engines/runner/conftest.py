"""A bench for workflows written in a test: real bash, real docker command, a builder that only listens."""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_cicache import events
from pytest_cicache.actions import CheckOut
from pytest_cicache.buildkit import BuildRequest
from pytest_cicache.engines import (
    ArtifactStore,
    BuildPlace,
    Docker,
    DockerCall,
    DockerServer,
    JobSpec,
    LoopThread,
    Runner,
    Stubs,
    choose_runner,
    run_jobs,
)
from pytest_cicache.errors import UsageError
from pytest_cicache.events import Commits, Delivery, Repository
from pytest_cicache.observation import BuildRecord, Conclusion, JobResult, Purpose, StepResult
from pytest_cicache.oci import GatewayAddress
from pytest_cicache.permissions import Token
from pytest_cicache.plan import DueJob, JobSelection, PlannedRun, begin, started
from pytest_cicache.workflow import read_workflow

sys.path.insert(0, str(Path(__file__).parent))
from act_differences import BY_CHANCE, DIFFERENCES, IN_CONTAINERS

sys.path.pop(0)

DENIED = 'Error response from daemon: Get "https://ghcr.io/v2/": denied: denied'
STEPS_IMAGE = "cicache-steps:local"
CLOCK = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
GATEWAY = GatewayAddress(port=4321, simulation="s")


async def no_remote(call: object) -> int:
    """Git finds no repository."""
    return 128


async def no_api(call: DockerCall) -> int:
    """Nothing aims at GitHub's API: the command is stubbed."""
    call.write("s", "")
    return 0


@dataclass
class ListeningBuilder:
    """A builder that keeps every request with its place and answers with a record it was given."""

    name: str = "listening"
    requests: list[BuildRequest] = field(default_factory=list)
    places: list[BuildPlace] = field(default_factory=list)
    work: Callable[[BuildRequest, BuildPlace], Any] | None = None
    answer: BuildRecord = field(
        default_factory=lambda: BuildRecord(
            dockerfile="Dockerfile", target=None, vertices=(), operations=(), exit_code=0
        )
    )

    async def start(self) -> None:
        """Nothing to start."""

    async def prune(self) -> None:
        """Nothing is kept."""

    async def close(self) -> None:
        """Nothing to close."""

    async def build(self, request: BuildRequest, place: BuildPlace) -> BuildRecord:
        self.requests.append(request)
        self.places.append(place)
        place.say("#1 building")
        if self.work is not None:
            await self.work(request, place)
        return self.answer


@dataclass
class KnownRegistries:
    """Registries that accept one password; `begun` are the references of the builds, each with what for."""

    password: str
    begun: list[list[tuple[str, Purpose]]] = field(default_factory=list)

    def login(self, host: str, username: str, password: str) -> str | None:
        return None if password == self.password else DENIED

    def credential(self, logins: Mapping[str, tuple[str, str]]) -> tuple[str, str] | None:
        return ("logins", ",".join(f"{host}={user}:{key}" for host, (user, key) in logins.items())) if logins else None

    def holds(self, host: str, image_name: str) -> bool:
        return False

    @asynccontextmanager
    async def begin_build(self, uses: Iterable[tuple[str, Purpose]]) -> AsyncIterator[Any]:
        self.begun.append(list(uses))
        yield SimpleNamespace(gateway=GATEWAY, unrecorded=GATEWAY, requests=lambda: (), cache_requests=lambda: ())


@dataclass
class Bench:
    """Runs workflows; what a test may set or look at are the fields."""

    runner: Runner
    directory: Path
    builder: ListeningBuilder = field(default_factory=ListeningBuilder)
    files: dict[str, str] = field(default_factory=dict)
    called: dict[str, str] = field(default_factory=dict)
    sources: dict[str, Path] = field(default_factory=dict)
    stubs: Stubs = field(default_factory=Stubs)
    secrets: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    announced: list[str] = field(default_factory=list)
    checked_out: list[CheckOut] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    docker: Docker | None = None
    patience: float = 60.0
    artifacts: ArtifactStore = field(init=False)
    plan: PlannedRun | None = None
    most: int = 256

    def __post_init__(self) -> None:
        self.artifacts = ArtifactStore(self.directory / "artifacts")

    def run(self, text: str, *, event: str = "push", **parameters: Any) -> tuple[tuple[JobResult, ...], Conclusion]:
        """Run a workflow file, given as its text."""
        workflow = read_workflow(textwrap.dedent(text), path=".github/workflows/ci.yml", fetch=self.called.get)
        selection = JobSelection(**parameters)
        begun = begin(workflow, self.deliver(event), selection=selection, stand_ins=self.stubs.jobs)
        self.plan = begun
        results = run_jobs(begun.planner, self.runner, self.open, most=self.most)
        return results, Conclusion(begun.planner.result)

    def job(self, steps: str, *, event: str = "push", keys: str = "", top: str = "") -> JobResult:
        """Run the one job of a workflow, given by its steps, more keys of the job, and more keys of the file."""
        (job,), _ = self.run(workflow(steps, keys=keys, top=top), event=event)
        return job

    def step(self, script: str, *, keys: str = "", **more: str) -> StepResult:
        """Run one script as a step with more keys."""
        body = textwrap.indent(textwrap.dedent(script).strip("\n"), "    ")
        extra = textwrap.indent(textwrap.dedent(keys).strip("\n"), "  ")
        return self.job(f"- id: it\n{extra}\n  run: |\n{body}\n", **more).step("it")

    def deliver(self, event: str) -> Delivery:
        repository = Repository(owner="octo", name="app", secrets=self.secrets, variables=self.variables)
        commits = Commits(base="a" * 40, head="b" * 40, merge="c" * 40, before="a" * 40)
        return events.deliver(events.from_text(event), repository, commits, now=CLOCK, run_id=1, run_number=1)

    @contextmanager
    def open(self, due: DueJob) -> Iterator[JobSpec]:
        self.tokens.append(due.planned.token)
        secret = f"ghs_{len(self.tokens)}{'x' * 30}"
        self.docker = Docker(builder=self.builder, registries=KnownRegistries(secret))
        delivery = self.plan.base.delivery
        yield JobSpec(
            planned=due.planned,
            start=started(due, delivery, workflow_path=self.plan.base.path, token=secret),
            docker=self.docker,
            check_out=self._check_out,
            git_remote=no_remote,
            api_command=no_api,
            announce=self.announced.append,
            action_folder=self.sources.get,
            clock=CLOCK,
            stubs=self.stubs,
            artifacts=self.artifacts,
            changed_files=delivery.changed_files,
            patience=self.patience,
        )

    def _check_out(self, wanted: CheckOut, directory: Path) -> None:
        self.checked_out.append(wanted)
        if wanted.ref == "nowhere":
            raise UsageError("A branch or tag with the name 'nowhere' could not be found")
        (directory / ".git").mkdir(exist_ok=True)
        for name, text in self.files.items():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            (directory / name).write_text(text)


def workflow(steps: str, *, keys: str = "", top: str = "") -> str:
    """A workflow file with one job, `job`."""
    steps = textwrap.indent(textwrap.dedent(steps).strip("\n"), " " * 6)
    keys = textwrap.indent(textwrap.dedent(keys).strip("\n"), " " * 4)
    top = textwrap.dedent(top).strip("\n")
    triggers = "on: [push, pull_request, pull_request_target, workflow_run]"
    head = f"{triggers}\n{top}\njobs:\n  job:\n    runs-on: ubuntu-latest\n"
    return f"{head}{keys}\n    steps:\n{steps}\n"


@pytest.fixture(scope="session")
def loop() -> Iterator[LoopThread]:
    """The thread that servers live in."""
    thread = LoopThread()
    yield thread
    thread.close()


@pytest.fixture(scope="session")
def server(loop: LoopThread) -> Iterator[DockerServer]:
    """A docker server that listens."""
    made = DockerServer()
    loop.run(made.start())
    yield made
    loop.run(made.close())


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder below which jobs run."""
    return tmp_path_factory.mktemp("runner")


ACT = pytest.param("act", marks=pytest.mark.act)
IN_IMAGE = pytest.param("act-image", marks=[pytest.mark.act, pytest.mark.image])
# Modules and tests of what a container could make otherwise; it takes half a second a job.
CONTAINED = {
    *("test_artifacts", "test_composite", "test_environment", "test_file_commands", "test_hash_files", "test_masks"),
    *("test_isolation", "test_script", "test_side_by_side"),
    "test_login",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test of steps on each runner, those about act alone on act."""
    if "runner" in metafunc.fixturenames:
        is_about_act = Path(metafunc.module.__file__).parent.name == "act"
        names = {Path(metafunc.module.__file__).stem, metafunc.function.__name__}
        runners = (
            [IN_IMAGE]
            if "test_image" in names
            else [*([] if is_about_act else ["inprocess"]), ACT, *([IN_IMAGE] if names & CONTAINED else [])]
        )
        metafunc.parametrize("runner", runners, indirect=True, scope="session")


@pytest.fixture(scope="session")
def runner(
    request: pytest.FixtureRequest, loop: LoopThread, server: DockerServer, session_folder: Path
) -> Iterator[Runner]:
    """Each runner, with its tools laid out once."""
    folder = session_folder / request.param
    folder.mkdir()
    name, _, image = request.param.partition("-")
    made = choose_runner(name, folder, loop=loop, server=server, image=STEPS_IMAGE if image else None)
    yield made
    made.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is known to differ in act has to differ."""
    for item in items:
        if "act" in item.keywords and isinstance(item, pytest.Function):
            known = {**DIFFERENCES, **(IN_CONTAINERS if "image" in item.keywords else {})}
            reason = known.get(item.originalname) or known.get(_without_runner(item.name))
            if reason is not None:
                item.add_marker(pytest.mark.xfail(reason=reason, strict=item.originalname not in BY_CHANCE))


def _without_runner(name: str) -> str:
    """A test's name with its parameters but for the runner."""
    runner = r"act(?:-image)?"
    return re.sub(rf"\[{runner}-", "[", re.sub(rf"-{runner}\]", "]", name)).replace("[act]", "")


@pytest.fixture
def bench(runner: Runner, session_folder: Path) -> Bench:
    """A fresh bench."""
    return Bench(runner, session_folder)
