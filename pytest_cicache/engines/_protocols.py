"""What an engine must offer, and what it is offered: the simulation chooses engines by name and knows them by these."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from pytest_cicache.buildkit import BuildRequest, ImageConfig
from pytest_cicache.engines._loaded_image import LoadedImage
from pytest_cicache.observation import ActionsCacheRecord, BuildRecord, JobResult, Purpose, RegistryRecord
from pytest_cicache.oci import GatewayAddress

if TYPE_CHECKING:
    from pytest_cicache.engines._job_spec import JobSpec, StepTurn

__all__ = [
    "BuildIdentity",
    "BuildPlace",
    "Builder",
    "Builds",
    "ForgetfulRegistry",
    "Registries",
    "RegistryEngine",
    "Runner",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildPlace:
    """Where a build runs: everything about it that is not on its command line.

    `credential` is the user name and password the gateway knows the job by, `None` when the job has logged
    in nowhere; `stdin` is what was piped into the command; `say` takes each line of the progress log as it
    comes, in the workflow's names; `keep` takes the image of a build that loads it. What the builder looks at for
    itself it asks at `unrecorded`.
    """

    directory: Path
    environment: Mapping[str, str]
    gateway: GatewayAddress
    credential: tuple[str, str] | None
    stdin: bytes = b""
    opaque: bool = False
    real: bool = False
    base_digests: Mapping[str, str] = field(default_factory=dict)
    base_configs: Mapping[str, ImageConfig] = field(default_factory=dict)
    say: Callable[[str], None] = lambda line: None
    unrecorded: GatewayAddress | None = None
    keep: Callable[[LoadedImage], None] = lambda image: None


class Builds(Protocol):
    """Where the builds of a job go."""

    async def build(self, request: BuildRequest, place: BuildPlace) -> BuildRecord:
        """Build; a failed build is a record with its exit code, an exception is a broken engine."""


class Builder(Builds, Protocol):
    """Executes `docker buildx build`."""

    name: str

    async def start(self) -> None:
        """Get ready; raises EngineUnavailableError with the reason when it cannot run here."""

    async def prune(self) -> None:
        """Forget every cached step, as a fresh hosted runner has none."""

    async def close(self) -> None:
        """Remove everything `start` made; never raises for what is gone already."""


class RegistryEngine(Protocol):
    """Holds manifests, blobs and tags behind the gateway."""

    @property
    def name(self) -> str:
        """The engine's name on the command line."""

    @property
    def url(self) -> str:
        """The base address; known after `start`."""

    async def start(self) -> None:
        """Serve; afterwards `url` is the base address (`http://127.0.0.1:5000`)."""

    async def close(self) -> None:
        """Stop serving and remove what was made."""


class Runner(Protocol):
    """Executes the steps of jobs."""

    @property
    def name(self) -> str:
        """The engine's name on the command line."""

    def run(self, spec: JobSpec) -> Generator[StepTurn, bool, JobResult]:
        """Run a job, step by step: yield before each step, be sent whether the job is cancelled, return the result.

        Other jobs take their steps in between. A failed step is a result, what cannot be simulated raises
        `UnsupportedError`; a job that is closed leaves nothing behind.
        """

    def prepare(self) -> None:
        """Begin what the first job will need, while others start."""

    def close(self) -> None:
        """End what is kept from job to job."""


class BuildIdentity(Protocol):
    """One build as the gateway knows it, by the port its requests come in at."""

    @property
    def gateway(self) -> GatewayAddress:
        """Where the build finds the registries."""

    @property
    def unrecorded(self) -> GatewayAddress:
        """Where the builder looks at them for itself: no record, no fault."""

    def requests(self) -> Sequence[RegistryRecord]:
        """What the build has asked the registries so far, in order."""

    def cache_requests(self) -> Sequence[ActionsCacheRecord]:
        """What it has asked the Actions cache."""


class Registries(Protocol):
    """The registries as the docker command of one job sees them."""

    def login(self, host: str, username: str, password: str) -> str | None:
        """Try a login; return docker's error line for the refusal, `None` when it is accepted."""

    def credential(self, logins: Mapping[str, tuple[str, str]]) -> tuple[str, str] | None:
        """Return the user name and password that stand for these logins at the gateway.

        `logins` maps hosts to user name and password; the answer is `None` when there are none.
        """

    def holds(self, host: str, image_name: str) -> bool:
        """Tell whether an image is one of the simulation's: a package that exists, or a name that was pushed to."""

    def begin_build(self, uses: Iterable[tuple[str, Purpose]]) -> AbstractAsyncContextManager[BuildIdentity]:
        """Give a build its identity while it runs; `uses` are its references as written, each with what for."""


@runtime_checkable
class ForgetfulRegistry(Protocol):
    """A registry that can drop what one simulation left in it."""

    def forget(self, prefix: str) -> None:
        """Drop every image name that is or begins with `prefix/`."""
