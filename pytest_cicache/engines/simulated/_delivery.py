"""What leaves the builder at the end: image pushes and cache exports, and what is told about them."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pytest_cicache.buildkit import BuildRequest, BuildVertex, CacheOption, Solver
from pytest_cicache.buildx import EMPTY_EXPORT, exporting_name, exports_of, pushed_names, pushes_of
from pytest_cicache.engines._progress import Progress
from pytest_cicache.engines._protocols import BuildPlace
from pytest_cicache.engines._uses import export_use, push_use
from pytest_cicache.engines.client import RefusedError, RegistryClient, Uploader
from pytest_cicache.engines.simulated._build_record import upload_ending
from pytest_cicache.engines.simulated._builder_cache import BuilderCache
from pytest_cicache.engines.simulated._cache_export import digest_target, registry_target
from pytest_cicache.engines.simulated._caches import Caches, Export
from pytest_cicache.engines.simulated._image import BuiltImage, ImagePush, ImageTree, attests, image_tree
from pytest_cicache.engines.simulated._outputs import Upload, UploadResult, upload_all
from pytest_cicache.observation import Ending, How

__all__ = ["Dispatch"]

_SLOTS = 4


@dataclass(slots=True, kw_only=True)
class Dispatch:
    """Sends the images and caches of one build. Afterwards `endings` and `metadata` say what came of it."""

    request: BuildRequest
    place: BuildPlace
    client: RegistryClient
    progress: Progress
    own_cache: BuilderCache
    salt: str
    endings: list[Ending] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)

    async def send(
        self,
        images: Sequence[BuiltImage],
        solver: Solver,
        targets: Sequence[BuildVertex],
        exports: Sequence[CacheOption],
    ) -> RefusedError | None:
        """Push and export side by side; gives the refusal that fails the build."""
        slots = asyncio.Semaphore(_SLOTS)
        try:
            pushes = self._pushes(images, slots)
        except RefusedError as error:
            return self._refused(error)
        doors = Caches(place=self.place, client=self.client)
        caches = [
            doors.prepare(option, solver, targets, own_cache=self.own_cache, slots=slots, say=self.progress.plain)
            for option in exports
            if option.type != "inline"
        ]
        uploads: list[tuple[Upload, bool]] = [(push, True) for _, push in pushes]
        uploads += [(cache, not cache.option.ignore_error) for cache in caches]
        results = await upload_all(uploads)
        self._tell(pushes, caches, results)
        self._describe(images, pushes, caches)
        refusals = (result.error for (_, fatal), result in zip(uploads, results, strict=True) if fatal)
        return next((error for error in refusals if error is not None), None)

    @property
    def _identity(self) -> str:
        """What buildx calls this build: of no other one."""
        return hashlib.sha256(f"{self.salt} {self.request.argv}".encode()).hexdigest()[:25]

    def _uploader(self, image_name: str, slots: asyncio.Semaphore) -> Uploader:
        return Uploader(client=self.client, image_name=image_name, slots=slots, say=self.progress.plain)

    def _pushes(self, images: Sequence[BuiltImage], slots: asyncio.Semaphore) -> list[tuple[str, ImagePush]]:
        tree = self._tree(images)
        pushes = []
        for reference, by_digest in pushes_of(self.request).items():
            aim = digest_target if by_digest else registry_target
            target = aim(reference, self.place.gateway)
            uploader = self._uploader(target.image_name, slots)
            push = ImagePush(images=images, tree=tree, uploader=uploader, target=target)
            pushes.append((reference, push))
        if pushes:
            self.own_cache.made.update(layer.digest for image in images for layer in image.layers)
        return pushes

    def _tree(self, images: Sequence[BuiltImage], *, archived: bool = False) -> ImageTree:
        attested = attests(self.request, dict(self.place.environment), archived=archived)
        lists = self.request.is_multi_platform
        return image_tree(images, lists=lists, attestation=self._identity if attested else None)

    def _refused(self, error: RefusedError) -> RefusedError:
        """Tell of a push that BuildKit refuses by itself, before any request."""
        number = self.progress.begin("exporting to image")
        self.progress.end(number, error=str(error))
        for reference in pushed_names(self.request):
            self.endings.append(upload_ending(push_use(reference), UploadResult(error=error), str(error)))
        return error

    def _tell(
        self,
        pushes: Sequence[tuple[str, ImagePush]],
        caches: Sequence[Export],
        results: Sequence[UploadResult],
    ) -> None:
        fatal = next((str(result.error) for result in results if result.error is not None), "")
        if pushes:
            number = self.progress.begin("exporting to image")
            self.progress.note(number, "exporting layers done")
            ended = None
            for (reference, _), result in zip(pushes, results, strict=False):
                message = self._message(result, f"failed to push {reference}", fatal)
                ended = ended or message
                self.endings.append(upload_ending(push_use(reference), result, message))
            self.progress.end(number, error=ended)
        for cache, result in zip(caches, results[len(pushes) :], strict=True):
            message = self._message(result, "error writing layer blob", fatal)
            ending = upload_ending(export_use(cache.option), result, message)
            number = self.progress.begin(exporting_name(cache.option.type))
            if cache.is_empty:
                self.progress.note(number, EMPTY_EXPORT)
                ending = Ending(use=ending.use, how=How.EMPTY, error=EMPTY_EXPORT)
            self.endings.append(ending)
            self.progress.end(number, error=message)

    def _message(self, result: UploadResult, words: str, fatal: str) -> str | None:
        """What BuildKit says at an upload's vertex: its own refusal, or that another one's ended it."""
        if result.error is not None:
            return self.place.gateway.outward(str(result.error))
        return self.place.gateway.outward(f"{words}: context canceled\n{fatal}") if result.canceled else None

    def _describe(
        self,
        images: Sequence[BuiltImage],
        pushes: Sequence[tuple[str, ImagePush]],
        caches: Sequence[Export],
    ) -> None:
        self.metadata["buildx.build.ref"] = f"simulated/simulated0/{self._identity}"
        for cache in caches:
            if cache.descriptor is not None:
                self.metadata["cache.manifest"] = json.dumps(cache.descriptor, separators=(",", ":"))
        types = {item.type for item in exports_of(self.request)}
        is_pushed = any(push.is_done for _, push in pushes)
        if is_pushed or "oci" in types:
            self.metadata["containerimage.descriptor"] = self._tree(images, archived=not is_pushed).descriptor
        elif "docker" in types:
            self.metadata["containerimage.descriptor"] = images[0].descriptor
        else:
            return
        self.metadata["containerimage.digest"] = self.metadata["containerimage.descriptor"]["digest"]
        if self.metadata["containerimage.digest"] == images[0].digest:
            self.metadata["containerimage.config.digest"] = images[0].config_digest
        names = [name for item in exports_of(self.request) for name in item.names]
        if names:
            self.metadata["image.name"] = ",".join(dict.fromkeys(names))
