"""Which commands are about images, and what each of them is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_cicache.engines._loaded_image import LoadedImage
from pytest_cicache.engines._protocols import Registries
from pytest_cicache.engines.docker._config import DockerConfig
from pytest_cicache.engines.docker._image_store import StoredImage, StoredImages
from pytest_cicache.engines.docker._login import log_in
from pytest_cicache.errors import UnsupportedError
from pytest_cicache.expressions import told_placeholders
from pytest_cicache.observation import Assumption, AssumptionKind

if TYPE_CHECKING:
    from pytest_cicache.engines.docker._image_call import ImageCall
    from pytest_cicache.engines.docker._manifest_lists import ManifestLists
    from pytest_cicache.engines.docker._recorder import StepRecorder
    from pytest_cicache.engines.docker._server import DockerCall

__all__ = ["REGISTRY_TOOLS", "Images"]

REGISTRY_TOOLS = frozenset(("crane", "oras", "regctl", "skopeo"))
# What `docker VERB` is as `docker image VERB`.
_SHORT = {
    **{verb: verb for verb in ("push", "pull", "tag", "history", "save", "load", "inspect")},
    "images": "ls",
    "rmi": "rm",
}
# Commands that have commands of their own.
_NOUNS = frozenset(("builder", "compose", "container", "context", "image", "network", "plugin", "system", "volume"))
_LONG = {"list": "ls", "remove": "rm"}
_EMPTY = {
    "builder": {"prune": "Total:\t0B"},
    "system": {
        "df": "TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE\n"
        "Images          0         0         0B        0B\n"
        "Containers      0         0         0B        0B\n"
        "Local Volumes   0         0         0B        0B\n"
        "Build Cache     0         0         0B        0B",
    },
}


@dataclass(slots=True)
class Images:
    """The images of one job: its own store, its manifest lists, and what it does with those in registries."""

    registries: Registries
    store: StoredImages = field(default_factory=StoredImages)
    _lists: ManifestLists | None = None

    def keep(self, image: LoadedImage, names: Sequence[str], assumes: Sequence[str] = ()) -> None:
        """Take in what a build loads."""
        self.store.keep(StoredImage(image=image, assumes=tuple(assumes)), names)

    async def run(
        self, call: DockerCall, words: Sequence[str], recorder: StepRecorder, step: str, *, unsure: bool
    ) -> int:
        """Carry out a command, its words beginning with the tool; raises UnsupportedError for one that is not known.

        `step` is where the step stands; `unsure` tells that something before was assumed.
        """
        work = self._work(list(map(told_placeholders, words)))
        if isinstance(work, str):
            call.stdout(work)
            return 0
        tool = words[0] if words[0] in REGISTRY_TOOLS else None
        if tool is not None:
            from pytest_cicache.engines.docker._registry_tools import login_words

            login = login_words(tool, words[1:])
            if login is not None:
                status, operation = await log_in(call, login, self.registries)
                recorder.operations += [operation] if operation is not None else []
                return status
        return await self._in_registries(call, words, work, recorder, step, unsure=unsure)

    async def _in_registries(
        self,
        call: DockerCall,
        words: Sequence[str],
        work: Callable[[ImageCall], Awaitable[int]],
        recorder: StepRecorder,
        step: str,
        *,
        unsure: bool,
    ) -> int:
        from pytest_cicache.engines.docker._image_call import ImageCall
        from pytest_cicache.engines.docker._registry_tools import given_logins
        from pytest_cicache.engines.images import Registry

        def assume(what: str) -> Assumption:
            assumption = Assumption(
                kind=AssumptionKind.COMMAND,
                what=f"{what}, and is assumed to be there",
                where=step,
                stub=f"command:{words[0]}=PATH",
            )
            recorder.assume(assumption, leaves_gap=False)
            return assumption

        logins = {**DockerConfig(call.environment).logins(), **given_logins(words[1:])}
        async with (
            self.registries.begin_build(()) as identity,
            Registry.open(identity.gateway, self.registries.credential(logins)) as registry,
        ):
            image = ImageCall(
                call=call,
                registry=registry,
                store=self.store,
                repository=call.environment.get("GITHUB_REPOSITORY", "").lower(),
                is_unsure=unsure,
                assume=assume,
                holds=self.registries.holds,
            )
            try:
                return await work(image)
            finally:
                recorder.operations += image.operations

    def _work(self, words: list[str]) -> Callable[[ImageCall], Awaitable[int]] | str:
        """What a command line stands for: something to do, or a text to print."""
        from pytest_cicache.engines.docker._imagetools import run_imagetools
        from pytest_cicache.engines.docker._local_images import LOCAL_COMMANDS, run_local
        from pytest_cicache.engines.docker._manifest_lists import ManifestLists
        from pytest_cicache.engines.docker._registry_tools import run_tool_command

        match words:
            case [tool, *rest] if tool in REGISTRY_TOOLS:
                return lambda image: run_tool_command(image, tool, rest)
            case ["docker", "buildx", "imagetools", *rest]:
                return lambda image: run_imagetools(image, rest)
            case ["docker", "manifest", *rest]:
                self._lists = self._lists or ManifestLists()
                lists = self._lists
                return lambda image: lists.run(image, rest)
            case ["docker", "image", verb, *rest] if _LONG.get(verb, verb) in LOCAL_COMMANDS:
                return lambda image: run_local(image, _LONG.get(verb, verb), rest, f"image {verb}")
            case ["docker", ("builder" | "system") as noun, verb, *_] if verb in _EMPTY[noun]:
                return _EMPTY[noun][verb]
            case ["docker", "system", "prune", *rest]:
                return lambda image: run_local(image, "prune", rest, "system prune")
            case ["docker", verb, *rest] if verb in _SHORT:
                return lambda image: run_local(image, _SHORT[verb], rest, verb)
        named = words[: 3 if words[1] in _NOUNS else 2]
        raise UnsupportedError(f"'{' '.join(named)}' is not simulated")
