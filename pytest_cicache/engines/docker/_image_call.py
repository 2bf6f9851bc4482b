"""What every command on images is given, and how what it did is recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pytest_cicache.engines._loaded_image import LoadedImage
from pytest_cicache.engines.client import RefusedError
from pytest_cicache.engines.docker._image_store import StoredImages
from pytest_cicache.engines.docker._server import DockerCall
from pytest_cicache.engines.images import ManifestContent, Registry, oci_manifest, placeholder
from pytest_cicache.expressions import origins, show_unknown
from pytest_cicache.observation import Assumption, CacheOperation, Operation, Result
from pytest_cicache.oci import OCI_MANIFEST, Reference

__all__ = ["ImageCall", "assumed_by", "denial_words", "reference_of", "registry_words"]

_GHCR = "ghcr.io"
_STATUS = {Result.OK: 200, Result.PUSHED: 201}
_LOCAL = frozenset(("localhost", "127.0.0.1", "[::1]"))
# What ghcr.io says to a push without credentials.
_UNAUTHENTICATED = "unauthorized: unauthenticated: User cannot be authenticated with the token provided."


@dataclass(slots=True, kw_only=True)
class ImageCall:
    """One command on images.

    `repository` is the full name, in lower case: images of others that are not in the simulation's registries are
    there on GitHub, as far as anybody can tell, unless `holds` knows theirs. `assume` notes an assumption,
    `is_unsure` tells that something before was assumed, so that an image that is not there may have been made by it.
    """

    call: DockerCall
    registry: Registry
    store: StoredImages
    repository: str
    is_unsure: bool
    assume: Callable[[str], Assumption]
    holds: Callable[[str, str], bool]
    operations: list[CacheOperation] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Print on stdout."""
        self.call.stdout(text)

    def complain(self, text: str) -> None:
        """Print on stderr, in the workflow's names."""
        self.call.stderr(self.registry.gateway.outward(text))

    def fail(self, text: str, status: int = 1) -> int:
        """Print on stderr and give the exit status."""
        self.complain(text)
        return status

    def note(
        self, operation: Operation, reference: str, result: Result, *, message: str | None = None, **more: Any
    ) -> None:
        """Record a push or a pull."""
        more = {"status": _STATUS.get(result), **more}
        self.operations.append(
            CacheOperation(
                operation=operation,
                type="registry",
                reference=reference,
                result=result,
                message=message,
                fatal=result in (Result.DENIED, Result.FAILED, Result.NOT_FOUND),
                **more,
            )
        )

    def note_refusal(self, operation: Operation, reference: str, error: RefusedError) -> None:
        """Record a refused push or pull."""
        result = Result.DENIED if error.status in (401, 403) else Result.FAILED
        if error.status == 404 and operation is Operation.PULL:
            result = Result.NOT_FOUND
        words = self.registry.gateway.outward(registry_words(error))
        self.note(operation, reference, result, message=words, status=error.status)

    def note_unknown(self, operation: Operation, text: str, *more: str) -> None:
        """Record an operation on a name that nobody knows; it is sent nowhere."""
        assumes = tuple(dict.fromkeys((*assumed_by(text), *more)))
        self.note(operation, show_unknown(text), Result.UNKNOWN, assumes=assumes)

    async def find(
        self, reference: Reference, *, looks: bool = False, needed: bool = False
    ) -> tuple[ManifestContent, tuple[str, ...]]:
        """Look a reference up, record the pull, and stand in for what lies outside of the simulation.

        A script that `looks` may wait for what another workflow of the owner makes. What is `needed` to go on may also
        come from something assumed before. Gives the content with the ids of
        what it rests on; raises RefusedError.
        """
        try:
            content = await self.registry.find(reference)
        except RefusedError as error:
            stand_in = self._stand_in(reference, error, looks=looks, needed=needed)
            if stand_in is None:
                self.note_refusal(Operation.PULL, str(reference), error)
                raise
            image, assumption = stand_in
            self.note(Operation.PULL, str(reference), Result.OK, assumes=(assumption.id,))
            data = oci_manifest(image)
            stood_in = ManifestContent(data=data, media_type=OCI_MANIFEST, source=reference, image=image)
            return stood_in, (assumption.id,)
        self.note(Operation.PULL, str(reference), Result.OK)
        return content, ()

    def _stand_in(
        self, reference: Reference, error: RefusedError, *, looks: bool, needed: bool
    ) -> tuple[LoadedImage, Assumption] | None:
        """A placeholder for an image that the simulation cannot know."""
        shown = str(reference.normalised)
        if self.is_others(reference, error, looks=looks):
            return placeholder(shown), self.assume(f"{shown} is not in the simulation's registries")
        if error.status == 404 and needed and self.is_unsure:
            return placeholder(shown), self.assume(f"{shown} is not there, and may come from something assumed before")
        return None

    def is_others(self, reference: Reference, error: RefusedError, *, looks: bool) -> bool:
        """Whether an image is missing because nothing in the simulation could have made it.

        ghcr.io refuses what it does not have as it refuses what is private; where the simulation knows the package, the
        refusal is about it.
        """
        own = f"{self.repository.partition('/')[0]}/" if looks else self.repository
        is_local = reference.host.partition(":")[0] in _LOCAL
        if is_local or reference.image_name.startswith(own) or self.holds(reference.host, reference.image_name):
            return False
        return error.status == 404 or (reference.host == _GHCR and error.status in (401, 403))


def registry_words(error: RefusedError) -> str:
    """The registry's own words in a refusal, or the client's where there are none."""
    return str(error).splitlines()[-1] if str(error) else ""


def denial_words(error: RefusedError, host: str) -> str:
    """What docker prints at the end of a refused push or pull."""
    if error.status == 401 and host == _GHCR:
        return _UNAUTHENTICATED
    if error.status == 401:
        return "denied: requested access to the resource is denied"
    return registry_words(error)


def reference_of(text: str) -> Reference:
    """A reference, with the tag `latest` where it has neither; raises ReferenceError in docker's words."""
    return Reference.parse(text).normalised


def assumed_by(*texts: str) -> tuple[str, ...]:
    """The ids of the assumptions that unknown texts rest on."""
    return tuple(dict.fromkeys(each for text in texts for origin in origins(text) for each in origin.assumptions))
